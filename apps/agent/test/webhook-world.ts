// What tests of webhooks need: a daemon's end of the status socket with the real feed behind it, and a receiver that does as it is told.
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Entry } from '@havip/vrrp-runtime'
import { EventFeed, socketHasRoom } from '../../havipd/src/event-feed.ts'
import type { EventItem } from '../src/webhook/event-item.ts'

export const secret = 'a secret that is long enough'

export function transition(sequence: number, wall = 1_700_000_000_000 + sequence): Entry {
  const action = { kind: 'transition', from: 'backup', to: 'master', reason: { kind: 'startup' }, notify: true }
  return { sequence, at: 0, wall, instance: 'VI_1', what: { kind: 'action', action } } as unknown as Entry
}

/** Something that nobody asks for. */
export const noise = (sequence: number): Entry =>
  ({ sequence, at: 0, wall: 1_700_000_000_000 + sequence, instance: 'VI_1', what: { kind: 'notified', argv: ['x'] } }) as unknown as Entry

/** A run of the daemon. */
export type Run = {
  happen(...entries: readonly Entry[]): void
  /** As after SIGKILL: what was written is there to be read, and nothing else comes. */
  die(): Promise<void>
}

export function startRun(socketPath: string, stream: string, before: readonly Entry[] = [], own = 1): Promise<Run> {
  let listener: (entry: Entry) => void = () => {}
  const source = {
    recording: () => before,
    onEvent: (told: (entry: Entry) => void) => {
      listener = told
      return () => {}
    },
  }
  const feed = new EventFeed(source, { stream, own })
  const clients = new Set<Socket>()
  const server = createServer((socket) => {
    clients.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => clients.delete(socket))
    socket.on('data', (data) => {
      const request = JSON.parse(data.toString()) as { since?: number; stream?: string }
      const write = (line: string): void => void socket.write(`${line}\n`)
      write(JSON.stringify({ ok: true, op: 'events', ...feed.head }))
      const subscription = feed.subscribe({ hasRoom: () => socketHasRoom(socket), write }, request)
      socket.on('drain', () => subscription.pump())
      socket.on('close', () => subscription.close())
      subscription.pump()
    })
  })
  return new Promise((resolve) => {
    server.listen(socketPath, () =>
      resolve({
        happen: (...entries) => {
          for (const entry of entries) listener(entry)
        },
        die: () =>
          new Promise((closed) => {
            server.close(() => closed())
            for (const client of clients) client.end()
          }),
      }),
    )
  })
}

export type Received = {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly stream: string
  readonly events: readonly EventItem[]
}

export type Receiver = {
  readonly url: string
  /** Everything that came, answered well or not. */
  readonly received: Received[]
  /** Of what was answered with 2xx: `stream/id`. */
  readonly taken: string[]
  /** What it does with the next ones. */
  behave(how: (request: IncomingMessage, response: ServerResponse) => void): void
  close(): Promise<void>
}

const takeAll = (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(204).end()

export function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const taken: string[] = []
  let behaviour = takeAll
  const server = createHttpServer((request, response) => {
    let body = ''
    request.on('error', () => {})
    request.on('data', (data) => (body += data))
    request.on('end', () => {
      const one = { headers: request.headers, body, ...(JSON.parse(body) as Pick<Received, 'stream' | 'events'>) }
      received.push(one)
      behaviour(request, response)
      if (response.statusCode >= 200 && response.statusCode < 300 && response.headersSent)
        taken.push(...one.events.map(({ id }) => `${one.stream}/${id}`))
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
        received,
        taken,
        behave: (how) => {
          behaviour = how
        },
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      }),
    )
  })
}

export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(status, headers).end()

/** As the documentation tells a receiver to do it. */
export function isSigned({ headers, body }: Received, key = secret): boolean {
  const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-havip-signature'])) ?? []
  return mac === createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex') && Math.abs(Date.now() / 1000 - Number(seconds)) < 60
}

export type Folder = {
  readonly path: string
  readonly socket: string
  readonly secretFile: string
  readonly stateFile: string
  remove(): void
}

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'havip-webhook-'))
  const secretFile = join(path, 'secret')
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 })
  return {
    path,
    socket: join(path, 'havipd.sock'),
    secretFile,
    stateFile: join(path, 'state', 'webhook.json'),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Asks until it is so. @throws Error */
export async function until(what: string, holds: () => boolean, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`)
    await new Promise((wait) => setTimeout(wait, 10))
  }
}
