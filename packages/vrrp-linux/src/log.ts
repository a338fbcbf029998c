// The daemon's log: lines to the system log's socket, to stderr and to a file; for people in keepalived's words, or for
// programs as one JSON object a line.
import { closeSync, openSync, writeSync } from 'node:fs'
import { type LocalDatagrams, openLocalDatagrams, SyscallError } from '@havip/linux'

export type LogOptions = {
  /** `Keepalived_vrrp`. */
  readonly ident: string
  /** Syslog facility number, 0 to 23; 3 = daemon. */
  readonly facility: number
  readonly toSyslog: boolean
  readonly toStderr: boolean
  /** Prefix lines on stderr with the date, as keepalived does with `-n -l`. */
  readonly dateOnStderr: boolean
  /** Appended to, line by line; undefined: to none. One that cannot be opened is said once, on the other ways. */
  readonly file?: string | undefined
  /** Of stderr and the file; the system log has a format of its own, and gets the text. */
  readonly format?: 'text' | 'json'
  /** Lines of a higher level number are dropped, 0 to 7. */
  readonly levelMax: number
  /** For tests; default `/dev/log`. */
  readonly socketPath?: string
}

const stderrDescriptor = 2
/** The system log cuts there too. */
const lineMax = 8192
const encoder = new TextEncoder()

/**
 * Never throws and never waits: a line that the log service does not take at once is lost. The socket is opened at the
 * first line and survives a restart of the service.
 */
export function createLog(options: LogOptions): (level: number, line: string) => void {
  let datagrams: LocalDatagrams | undefined
  const toSyslog = (level: number, line: string): void => {
    try {
      datagrams ??= openLocalDatagrams(options.socketPath ?? '/dev/log')
      const text = `<${options.facility * 8 + level}>${syslogDate(new Date())} ${options.ident}[${process.pid}]: ${line}`
      // Not connected: a service that came back has a new socket by the same name, and the next line finds it.
      datagrams.send(encoder.encode(text))
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error
    }
  }
  const asJson = options.format === 'json'
  const written = (level: number, line: string, withDate: boolean): string => {
    const now = new Date()
    if (asJson) return `${jsonLine(options.ident, level, line, now)}\n`
    return withDate ? `${calendarDate(now)}: ${line}\n` : `${line}\n`
  }
  const toStderr = (level: number, line: string): void => {
    try {
      writeSync(stderrDescriptor, written(level, line, options.dateOnStderr))
    } catch {
      // Closed, or a full pipe: there is nobody to tell.
    }
  }
  const toOthers = (level: number, line: string): void => {
    if (options.toSyslog) toSyslog(level, line)
    if (options.toStderr) toStderr(level, line)
  }
  const toFile = options.file === undefined ? undefined : fileWriter(options.file, (line) => toOthers(3, line))
  return (level, line) => {
    if (level > options.levelMax) return
    const text = line.length > lineMax ? line.slice(0, lineMax) : line
    toOthers(level, text)
    toFile?.(written(level, text, true))
  }
}

/** Opened for each line: what rotates logs may take the file away at any time. */
function fileWriter(path: string, onFault: (line: string) => void): (text: string) => void {
  let isTold = false
  return (text) => {
    try {
      const fd = openSync(path, 'a', 0o644)
      try {
        writeSync(fd, text)
      } finally {
        closeSync(fd)
      }
      isTold = false
    } catch (error) {
      if (!isTold) onFault(`Cannot write to the log file: ${error instanceof Error ? error.message : String(error)}`)
      isTold = true
    }
  }
}

const levelNames = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const

/** The instance in front of a message is a field of its own; `message` stays as the text has it. */
function jsonLine(ident: string, level: number, message: string, now: Date): string {
  const instance = /^\(([^()]*)\):? /.exec(message)?.[1]
  return JSON.stringify({
    time: now.toISOString(),
    level: levelNames[level] ?? 'debug',
    ident,
    pid: process.pid,
    ...(instance === undefined ? {} : { instance }),
    message,
  })
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')
const clockOf = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`

/** RFC 3164 §4.1.2: `Nov  2 22:09:05`, local time. */
const syslogDate = (date: Date): string => `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${clockOf(date)}`

/** As ctime(3): `Sun Nov 22 22:09:05 2026`. */
const calendarDate = (date: Date): string =>
  `${days[date.getDay()]} ${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${clockOf(date)} ${date.getFullYear()}`
