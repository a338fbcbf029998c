// The daemon's log: lines to the system log's socket and to stderr.
import { writeSync } from 'node:fs'
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
  const toStderr = (line: string): void => {
    try {
      writeSync(stderrDescriptor, options.dateOnStderr ? `${calendarDate(new Date())}: ${line}\n` : `${line}\n`)
    } catch {
      // Closed, or a full pipe: there is nobody to tell.
    }
  }
  return (level, line) => {
    if (level > options.levelMax) return
    const text = line.length > lineMax ? line.slice(0, lineMax) : line
    if (options.toSyslog) toSyslog(level, text)
    if (options.toStderr) toStderr(text)
  }
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
