// The way to the master agent: a stream, or datagrams that hold one message each (RFC 2741 knows streams only; net-snmp takes both).
import { createSocket } from 'node:dgram'
import { createConnection } from 'node:net'
import type { MasterPlace } from './master-place.ts'

export type Link = {
  /** The most bytes that one message may have. */
  readonly messageMax: number
  /** Messages may come in pieces. */
  readonly isStream: boolean
  readonly isClosed: boolean
  write(message: Uint8Array): void
  /** Bytes that were written and not taken yet. */
  unread(): number
  /** Once what was written is on its way. */
  end(): void
  destroy(): void
}

export type LinkEvents = {
  readonly connected: (link: Link) => void
  /** Of a stream any piece of it; of datagrams whole messages, one or more. */
  readonly heard: (link: Link, bytes: Uint8Array) => void
  /** Once, also when there was no connection. */
  readonly closed: (link: Link, why: string) => void
}

/** Payload of UDP over IPv4. */
const datagramMax = 65_507
const ended = 'closed the connection'

export const connectTo = (place: MasterPlace, events: LinkEvents): Link =>
  place.kind === 'udp' ? datagrams(place, events) : stream(place, events)

function stream(place: Exclude<MasterPlace, { kind: 'udp' }>, events: LinkEvents): Link {
  const socket = place.kind === 'unix' ? createConnection(place.path) : createConnection(place.port, place.host)
  let why = ended
  const link: Link = {
    messageMax: Number.POSITIVE_INFINITY,
    isStream: true,
    get isClosed() {
      return socket.destroyed
    },
    write: (message) => void socket.write(message),
    unread: () => socket.writableLength,
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
  socket.on('connect', () => events.connected(link))
  socket.on('data', (bytes: Uint8Array) => events.heard(link, bytes))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    why = error.code ?? error.message
  })
  socket.on('close', () => events.closed(link, why))
  return link
}

/** Nobody says that the other side is gone; who asks and gets no answer, or an ICMP message, knows it. */
function datagrams({ family, host, port }: Extract<MasterPlace, { kind: 'udp' }>, events: LinkEvents): Link {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  let why = ended
  let isClosed = false
  let isEnding = false
  let sending = 0
  const destroy = (): void => {
    if (isClosed) return
    isClosed = true
    socket.close()
  }
  const fail = (error: NodeJS.ErrnoException): void => {
    why = error.code ?? error.message
    destroy()
  }
  const link: Link = {
    messageMax: datagramMax,
    isStream: false,
    get isClosed() {
      return isClosed
    },
    write: (message) => {
      if (isClosed) return
      sending++
      socket.send(message, (error) => {
        sending--
        if (error) fail(error)
        else if (isEnding && sending === 0) destroy()
      })
    },
    unread: () => socket.getSendQueueSize(),
    end: () => {
      isEnding = true
      if (sending === 0) destroy()
    },
    destroy,
  }
  socket.on('connect', () => events.connected(link))
  socket.on('message', (bytes) => events.heard(link, bytes))
  socket.on('error', fail)
  socket.on('close', () => events.closed(link, why))
  socket.connect(port, host)
  return link
}
