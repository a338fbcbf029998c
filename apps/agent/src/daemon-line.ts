// The line to the daemon: its status socket, one JSON object a line, for requests and for the stream of events.
import { createConnection, type Socket } from 'node:net'
import type { DaemonStatus } from '@havip/vrrp-runtime'

export type Answer = { readonly ok: boolean; readonly error?: string } & Readonly<Record<string, unknown>>

const answerBytesMax = 64 * 1024 * 1024
const answerWithinMs = 5000
const reconnectMs = 500

/** One request. @throws Error in the daemon's words, or when there is none */
export function ask(path: string, request: Readonly<Record<string, unknown>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path)
    let text = ''
    const settle = (act: () => void): void => {
      socket.destroy()
      act()
    }
    socket.setEncoding('utf8')
    socket.setTimeout(answerWithinMs, () => settle(() => reject(new Error('the daemon does not answer'))))
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('close', () => reject(new Error('the daemon closed the line')))
    socket.on('data', (chunk: string) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end < 0 && text.length < answerBytesMax) return
      settle(() => {
        const answer = parse(text.slice(0, end))
        if (answer?.ok) resolve(answer)
        else reject(new Error(answer?.error ?? 'an answer that is none'))
      })
    })
  })
}

export const readStatus = async (path: string): Promise<DaemonStatus> => (await ask(path, { op: 'status' })).status as DaemonStatus

export type EventLine = { readonly instance: string; readonly what: { readonly kind: string; readonly action?: { readonly kind: string } } }

/** `heard` gets each event; `connected` is called at first and whenever another daemon has the socket. Never gives up. */
export function follow(path: string, handlers: { connected(): void; heard(event: EventLine): void }): void {
  const socket: Socket = createConnection(path)
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('connect', () => {
    socket.write('{"op":"events"}\n')
    handlers.connected()
  })
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = parse(line)
      if (event && 'what' in event) handlers.heard(event as unknown as EventLine)
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => setTimeout(() => follow(path, handlers), reconnectMs))
}

function parse(line: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined
  } catch {
    return undefined
  }
}
