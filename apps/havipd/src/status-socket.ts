// The status socket: one JSON request a line, one JSON answer a line; `events` goes on answering. A client that does not
// read is dropped, and none can hold up the daemon.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { parseIp, priority } from '@havip/base'
import {
  bytesToJson,
  type Daemon,
  type DaemonStatus,
  keepalivedJson,
  keepalivedStats,
  type SwitchoverRequest,
  toJsonLine,
} from '@havip/vrrp-runtime'
import { EventFeed, type Subscription, socketHasRoom } from './event-feed.ts'

/** Webhooks are eight of them at most. */
const clientsMax = 24
const requestBytesMax = 64 * 1024
/** A client that leaves this much unread is dropped. */
const unreadBytesMax = 8 * 1024 * 1024

export type StatusSocket = { close(): void }
export type StatusRequests = {
  status(): DaemonStatus
  reload(): unknown
  /** Writes one of keepalived's files. */
  dump(what: DumpKind): void
  /** Falls silent and says how things stand, for another process to go on. */
  handOver(): unknown
  /** After the answer has left and the socket's name is free. */
  afterHandOver(): void
}

/**
 * `onFault` is told why the socket could not be opened; the daemon runs without it then.
 *
 * @param firstEvent the number of the first event that this process recorded.
 */
export function openStatusSocket(
  path: string,
  daemon: Daemon,
  firstEvent: number,
  requests: StatusRequests,
  onFault: (text: string) => void,
): StatusSocket {
  const clients = new Set<Socket>()
  const feed = new EventFeed(daemon, { stream: `${process.pid}-${Date.now()}`, own: firstEvent })
  const server = createServer((socket) => {
    if (clients.size >= clientsMax) {
      socket.end(`${JSON.stringify({ ok: false, error: `more than ${clientsMax} clients` })}\n`)
      return
    }
    clients.add(socket)
    serve(socket, daemon, feed, requests, () => {
      server.close()
      rmSync(path, { force: true })
    })
    socket.on('close', () => clients.delete(socket))
  })
  server.on('error', (error) => onFault(`Status socket ${path}: ${error.message}`))
  // Whoever holds the pid file is the only one who may have left this behind.
  rmSync(path, { force: true })
  server.listen(path, () => chmodSync(path, 0o600))
  return {
    close: () => {
      for (const client of clients) client.destroy()
      feed.close()
      server.close()
      rmSync(path, { force: true })
    },
  }
}

function serve(socket: Socket, daemon: Daemon, feed: EventFeed, requests: StatusRequests, giveUpName: () => void): void {
  let rest = ''
  let subscription: Subscription | undefined
  const write = (line: string): void => {
    if (socket.destroyed) return
    socket.write(`${line}\n`)
    if (socket.writableLength > unreadBytesMax) socket.destroy()
  }
  socket.setEncoding('utf8')
  socket.on('error', () => {})
  socket.on('close', () => subscription?.close())
  socket.on('drain', () => subscription?.pump())
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > requestBytesMax) {
      socket.destroy()
      return
    }
    for (const line of lines) {
      if (line.trim() === '') continue
      const request = readRequest(line)
      if (request?.op === 'events') {
        if (subscription) write(JSON.stringify({ ok: false, error: 'this connection has its events already' }))
        else subscription = subscribe(request, feed, socket, write)
        continue
      }
      if (request?.op === 'switchover') {
        switchOver(request, daemon, write)
        continue
      }
      write(answer(request, daemon, requests))
      if (request?.op === 'handover') {
        giveUpName()
        requests.afterHandOver()
        socket.end()
        return
      }
    }
  })
}

const dumpKinds = ['data', 'stats', 'stats-clear', 'json'] as const
export type DumpKind = (typeof dumpKinds)[number]

type StatusRequest = { readonly op: string; readonly instance: string | undefined; readonly rest: Readonly<Record<string, unknown>> }

/** The head, then what is kept after `since`, then what happens. */
function subscribe({ rest }: StatusRequest, feed: EventFeed, socket: Socket, write: (line: string) => void): Subscription {
  const since = typeof rest.since === 'number' ? { since: rest.since } : {}
  const stream = typeof rest.stream === 'string' ? { stream: rest.stream } : {}
  write(JSON.stringify({ ok: true, op: 'events', ...feed.head }))
  const subscription = feed.subscribe({ hasRoom: () => socketHasRoom(socket), write }, { ...since, ...stream })
  subscription.pump()
  return subscription
}

/** Answered when it has ended: after seconds, while others are served. */
function switchOver({ instance, rest }: StatusRequest, daemon: Daemon, write: (line: string) => void): void {
  const to = typeof rest.to === 'string' ? parseIp(rest.to) : undefined
  if (instance === undefined || (rest.to !== undefined && !to?.ok)) {
    write(JSON.stringify({ ok: false, error: 'switchover needs "instance", and "to" has to be an IP address' }))
    return
  }
  const request: SwitchoverRequest = {
    instance,
    ...(to?.ok ? { to: to.value } : {}),
    isReturn: rest.return === true,
    isRehearsal: rest.rehearsal === true,
  }
  daemon.switchOver(request, (report) => write(JSON.stringify({ ok: true, op: 'switchover', report })))
}

function readRequest(line: string): StatusRequest | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || !('op' in value) || typeof value.op !== 'string') return undefined
    const instance = 'instance' in value && typeof value.instance === 'string' ? value.instance : undefined
    return { op: value.op, instance, rest: value as Record<string, unknown> }
  } catch {
    return undefined
  }
}

function answer(request: StatusRequest | undefined, daemon: Daemon, requests: StatusRequests): string {
  switch (request?.op) {
    case undefined:
      return JSON.stringify({ ok: false, error: 'not a request: one JSON object a line, {"op":"status"}' })
    case 'status':
      return JSON.stringify({ ok: true, op: 'status', status: requests.status() })
    case 'recording':
      return `{"ok":true,"op":"recording","entries":[${daemon.recording(request?.instance).map(toJsonLine).join(',')}]}`
    case 'reload':
      return JSON.stringify({ ok: true, op: 'reload', result: requests.reload() })
    case 'dump': {
      const kind = dumpKinds.find((one) => one === request?.rest.what)
      if (kind === undefined) return JSON.stringify({ ok: false, error: `dump needs what: ${dumpKinds.join(', ')}` })
      requests.dump(kind)
      return JSON.stringify({ ok: true, op: 'dump' })
    }
    case 'announce': {
      const router = daemon.routers.find(({ name }) => name === request?.instance)
      if (!router) return JSON.stringify({ ok: false, error: `no instance ${JSON.stringify(request?.instance)}` })
      if (!router.announceNow()) return JSON.stringify({ ok: false, error: `${router.name} is not master: it has nothing to announce` })
      return JSON.stringify({ ok: true, op: 'announce' })
    }
    case 'inventory': {
      const known = request?.rest.revision
      const inventory = daemon.inventory(typeof known === 'string' ? known : undefined)
      return JSON.stringify(inventory ? { ok: true, op: 'inventory', inventory } : { ok: false, error: 'nothing is loaded' })
    }
    case 'adjust':
      return adjust(request as StatusRequest, daemon)
    case 'handover':
      return JSON.stringify({ ok: true, op: 'handover', heritage: requests.handOver() }, bytesToJson)
    case 'stats':
      return JSON.stringify({ ok: true, op: 'stats', text: keepalivedStats(daemon.dumped) })
    case 'json':
      return JSON.stringify({ ok: true, op: 'json', text: keepalivedJson(daemon.dumped) })
    default:
      return JSON.stringify({
        ok: false,
        error: `unknown op ${JSON.stringify(request?.op)}: status, recording, events, switchover, reload, dump, announce, inventory, adjust, handover, stats, json`,
      })
  }
}

function adjust({ instance, rest }: StatusRequest, daemon: Daemon): string {
  const wanted = typeof rest.priority === 'number' ? priority(rest.priority) : undefined
  if (rest.priority !== undefined && (!wanted?.ok || wanted.value === 0)) {
    return JSON.stringify({ ok: false, error: '"priority" has to be a whole number from 1 to 255' })
  }
  if (rest.preempt !== undefined && typeof rest.preempt !== 'boolean') {
    return JSON.stringify({ ok: false, error: '"preempt" has to be true or false' })
  }
  const change = {
    ...(wanted?.ok ? { priority: wanted.value } : {}),
    ...(typeof rest.preempt === 'boolean' ? { preempt: rest.preempt } : {}),
  }
  if (instance === undefined || !daemon.adjust(instance, change)) {
    return JSON.stringify({ ok: false, error: `no instance ${JSON.stringify(instance)}` })
  }
  return JSON.stringify({ ok: true, op: 'adjust' })
}
