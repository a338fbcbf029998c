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

/** Where the daemon's events are read from; see docs/watching.md. */
export type EventPosition = { readonly since: number; readonly stream: string | undefined }
export type EventHead = { readonly stream: string; readonly own: number }
export type EventHandlers = {
  /** Where to go on; asked for each connection. */
  from(): EventPosition
  head(head: EventHead): void
  /** An event or a gap, as it came; a connection begins with its head. False: not now, until `resume`. */
  line(text: string): boolean
}

/** A line longer than this is no event. */
const eventBytesMax = 1024 * 1024

/** Reads every event from a position on, over restarts of the daemon, no faster than they are taken. Never gives up until it is stopped. */
export class EventReader {
  readonly #path: string
  readonly #handlers: EventHandlers
  #socket: Socket | undefined
  #timer: NodeJS.Timeout | undefined
  #isPaused = false
  #isStopped = false

  constructor(path: string, handlers: EventHandlers) {
    this.#path = path
    this.#handlers = handlers
    this.#connect()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket?.resume()
  }

  /** Reads what a daemon that has ended left in the connection; of one that lives only what comes within `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    const socket = this.#socket
    if (!socket || socket.closed) return
    this.resume()
    await new Promise<void>((resolve) => {
      setTimeout(resolve, withinMs)
      socket.once('close', resolve)
    })
    socket.destroy()
  }

  #connect(): void {
    const socket = createConnection(this.#path)
    this.#socket = socket
    let rest = ''
    let hasHead = false
    socket.setEncoding('utf8')
    socket.on('connect', () => {
      const { since, stream } = this.#handlers.from()
      socket.write(`${JSON.stringify({ op: 'events', since, stream })}\n`)
    })
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > eventBytesMax) socket.destroy()
      for (const line of lines) {
        if (hasHead) {
          if (!this.#handlers.line(line)) this.#pause()
          continue
        }
        const head = parse(line)
        if (head?.ok !== true || typeof head.stream !== 'string' || typeof head.own !== 'number') {
          socket.destroy()
          return
        }
        hasHead = true
        this.#handlers.head({ stream: head.stream, own: head.own })
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!this.#isStopped) this.#timer = setTimeout(() => this.#connect(), reconnectMs)
    })
  }

  #pause(): void {
    if (this.#isPaused || this.#isStopped) return
    this.#isPaused = true
    this.#socket?.pause()
  }
}

function parse(line: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined
  } catch {
    return undefined
  }
}
