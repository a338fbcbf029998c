// Asks a running havipd over its status socket: one JSON line there, one JSON line back.
import { createConnection } from 'node:net'
import { type DaemonStatus, type Entry, entryFromJsonLine, statusVersion } from '@havip/vrrp-runtime'
import { UsageError } from './usage-error.ts'

export const defaultSocket = '/run/havipd.sock'
/** An answer longer than this is none of ours; 1,000 instances take about 4 MB. */
const answerBytesMax = 64 * 1024 * 1024
const answerTimeoutMs = 5000

/** @throws UsageError when nobody listens there, or may not be asked, with what to do about it */
export function askDaemon(
  socketPath: string,
  request: Readonly<Record<string, unknown>>,
  timeoutMs: number = answerTimeoutMs,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath)
    let text = ''
    const refuse = (message: string): void => {
      socket.destroy()
      reject(new UsageError(message))
    }
    socket.setEncoding('utf8')
    socket.setTimeout(timeoutMs, () => refuse(`${socketPath}: no answer within ${timeoutMs / 1000} s: is havipd stopped or frozen?`))
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('data', (data: string) => {
      text += data
      const end = text.indexOf('\n')
      if (end < 0) {
        if (text.length > answerBytesMax) refuse(`${socketPath}: an answer without end: is this havipd?`)
        return
      }
      socket.destroy()
      try {
        const answer = JSON.parse(text.slice(0, end)) as Record<string, unknown>
        if (answer.ok === true) resolve(answer)
        else refuse(`${socketPath}: ${String(answer.error)}`)
      } catch {
        refuse(`${socketPath}: an answer that is not JSON: is this havipd?`)
      }
    })
    socket.on('error', (error: NodeJS.ErrnoException) => refuse(`${socketPath}: ${explainSocketError(error)}`))
    socket.on('close', () => refuse(`${socketPath}: closed without an answer`))
  })
}

/** @throws UsageError, also when the daemon speaks another version of the document */
export async function readStatus(socketPath: string): Promise<DaemonStatus> {
  const { status } = (await askDaemon(socketPath, { op: 'status' })) as { status: DaemonStatus }
  if (status.version === statusVersion) return status
  throw new UsageError(
    `${socketPath}: speaks version ${String(status.version)} of the status document; this havip knows version ${statusVersion}`,
  )
}

/** What a running daemon has recorded, with its node's name. @throws UsageError */
export async function readRecording(socketPath: string): Promise<{ readonly node: string; readonly entries: readonly Entry[] }> {
  const { daemon } = await readStatus(socketPath)
  const { entries } = (await askDaemon(socketPath, { op: 'recording' })) as { entries: readonly unknown[] }
  return { node: daemon.hostName, entries: entries.flatMap((entry) => entryFromJsonLine(JSON.stringify(entry)) ?? []) }
}

export function explainSocketError(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such socket: is havipd running? Another place is given with --socket'
    case 'ECONNREFUSED':
      return 'nobody listens: havipd has ended'
    case 'EACCES':
      return 'permission denied: ask as root, or as the user havipd runs as'
    default:
      return error.message
  }
}
