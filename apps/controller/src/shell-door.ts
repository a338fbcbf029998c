// Terminals: a signed call gives a token, the token opens one WebSocket at /shell/INSTANCE, and that is a shell inside.
//
// Binary messages are terminal bytes, both ways. Text messages are JSON: {"columns":80,"rows":24} from the client when its
// window changes, {"exit":0} from here when the shell has ended.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { wallTime } from '@havip/base'
import type { ActionPorts } from '@havip/rpc-api'
import type { InstanceId } from '@havip/vpc'
import type { Compute, Shell } from '@havip/vpc-service'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'

export type ShellLog = (event: { readonly instance: string; readonly who: string; readonly outcome: string }) => void
export type ShellDoor = {
  readonly offerShell: ActionPorts['offerShell']
  /** Takes an HTTP upgrade; answers those that are not for a shell, or have no right to one. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends all shells. */
  close(): void
}

const offerLifetimeMs = 60_000
const offersMax = 1_000
const shellsMax = 200
const messageBytesMax = 256 * 1024
/** A reader that is this far behind is cut off. */
const unsentBytesMax = 8 * 1024 * 1024
const earlyBytesMax = 1024 * 1024
type Offer = { readonly instance: InstanceId; readonly who: string; readonly expiresAtMs: number }
type Size = { readonly columns: number; readonly rows: number }

export function openShellDoor(compute: Compute, log: ShellLog): ShellDoor {
  const offers = new Map<string, Offer>()
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax, perMessageDeflate: false })

  /** A token counts once, whether or not it was for this instance. */
  const redeem = (token: string, instance: string): Offer | undefined => {
    const offer = offers.get(token)
    offers.delete(token)
    return offer && offer.instance === instance && Date.now() < offer.expiresAtMs ? offer : undefined
  }

  return {
    offerShell: ({ instance, who }) => {
      const now = Date.now()
      for (const [token, offer] of offers) if (offer.expiresAtMs <= now || offers.size >= offersMax) offers.delete(token)
      const token = randomBytes(24).toString('base64url')
      offers.set(token, { instance, who, expiresAtMs: now + offerLifetimeMs })
      return { token, expiresAt: wallTime(now + offerLifetimeMs) }
    },
    upgrade: (request, socket, head) => {
      socket.on('error', () => socket.destroy())
      const url = new URL(request.url ?? '/', 'http://localhost')
      const instance = /^\/shell\/(i-[a-z0-9]{1,40})$/.exec(url.pathname)?.[1]
      if (instance === undefined) return refuse(socket, '404 Not Found')
      const offer = redeem(url.searchParams.get('token') ?? '', instance)
      if (!offer) return refuse(socket, '403 Forbidden')
      if (sockets.clients.size >= shellsMax) return refuse(socket, '503 Service Unavailable')
      const size = sizeOf(url.searchParams.get('columns'), url.searchParams.get('rows')) ?? { columns: 80, rows: 24 }
      sockets.handleUpgrade(request, socket, head, (peer) => {
        serveShell(compute, offer, size, peer)
        peer.on('close', () => log({ instance, who: offer.who, outcome: 'closed' }))
        log({ instance, who: offer.who, outcome: 'opened' })
      })
    },
    close: () => {
      for (const peer of sockets.clients) peer.close(1001, 'the controller stops')
    },
  }
}

function serveShell(compute: Compute, offer: Offer, size: Size, peer: WebSocket): void {
  let shell: Shell | undefined
  let latest = size
  /** Typed before the shell was there. */
  const early: Buffer[] = []
  let earlyBytes = 0
  const type = (data: Buffer): void => {
    earlyBytes += shell ? 0 : data.length
    if (shell) shell.write(data)
    else if (earlyBytes > earlyBytesMax) peer.close(1009, 'too much before the shell was there')
    else early.push(data)
  }
  peer.on('message', (data, isBinary) => {
    if (isBinary) return type(bytesOf(data))
    latest = readSize(bytesOf(data).toString('utf8')) ?? latest
    shell?.resize(latest)
  })
  peer.on('close', () => shell?.close())
  // A close follows an error; without a listener the error would end the process.
  peer.on('error', () => undefined)
  compute.openShell(offer.instance, size).then(
    (opened) => {
      if (peer.readyState !== peer.OPEN) return opened.close()
      shell = opened
      opened.onData((data) => {
        peer.send(data)
        if (peer.bufferedAmount > unsentBytesMax) peer.terminate()
      })
      opened.onEnd((status) => {
        peer.send(JSON.stringify({ exit: status }))
        peer.close(1000, 'the shell has ended')
      })
      if (latest !== size) opened.resize(latest)
      for (const data of early) opened.write(data)
    },
    () => peer.close(1011, 'no shell could be opened'),
  )
}

/** The library gives one buffer unless it is told otherwise. */
const bytesOf = (data: RawData): Buffer => (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data))

function readSize(text: string): Size | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('columns' in value) || !('rows' in value)) return undefined
    return sizeOf(String(value.columns), String(value.rows))
  } catch {
    return undefined
  }
}

function sizeOf(columns: string | null, rows: string | null): Size | undefined {
  const size = { columns: Number(columns), rows: Number(rows) }
  const isSound = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 1000
  return columns !== null && rows !== null && isSound(size.columns) && isSound(size.rows) ? size : undefined
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
