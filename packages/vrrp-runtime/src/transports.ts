// The sockets, shared by every instance of the same family, interface, protocol and groups; the VRID of a packet says
// whose it is. Whoever asks for a transport joins it, and the last one to leave closes it.
import { fail, type IpAddress, ok, type Result } from '@havip/base'
import { vridOf } from '@havip/vrrp'
import type { AdvertTransport, Host, HostFault, ReceivedPacket, TransportSpec } from './host.ts'

/** An instance, seen from the socket. */
export type Listener = {
  readonly vrid: number
  /** Undefined: multicast, or anyone. */
  readonly sources: readonly IpAddress[] | undefined
  /** Its share of the receive buffer in bytes; undefined: it asks for none. */
  readonly bufferBytes?: number | undefined
  receive(packet: ReceivedPacket): void
}

export type Membership = {
  readonly spec: TransportSpec
  send: AdvertTransport['send']
  /** Leaves together with others where the host can do that. */
  sendSoon: NonNullable<AdvertTransport['sendSoon']>
  leave(): void
}

type Shared = { readonly spec: TransportSpec; readonly transport: AdvertTransport; readonly listeners: Map<number, Listener[]> }

export class Transports {
  readonly #host: Host
  readonly #shared = new Map<string, Shared>()
  readonly #soon: (run: () => void) => void
  readonly #unfiltered = new Set<Shared>()
  readonly #onUnknownVrid: ((packet: ReceivedPacket, vrid: number) => void) | undefined

  /**
   * With `onUnknownVrid` packets for other routers are not filtered away. `soon` runs something in the next turn of the
   * loop: a thousand routers join one after the other, and one filter at the end serves them all.
   */
  constructor(host: Host, soon: (run: () => void) => void, onUnknownVrid: ((packet: ReceivedPacket, vrid: number) => void) | undefined) {
    this.#host = host
    this.#soon = soon
    this.#onUnknownVrid = onUnknownVrid
  }

  join(spec: TransportSpec, listener: Listener): Result<Membership, HostFault> {
    const key = keyOf(spec)
    const shared = this.#shared.get(key) ?? this.#open(spec)
    if ('errno' in shared) return fail(shared)
    this.#shared.set(key, shared)
    shared.listeners.set(listener.vrid, [...(shared.listeners.get(listener.vrid) ?? []), listener])
    this.#filter(shared)
    sizeBuffer(shared)
    return ok({
      spec,
      send: (datagram, to) => shared.transport.send(datagram, to),
      sendSoon: (datagram, to, refused) => {
        if (shared.transport.sendSoon) {
          shared.transport.sendSoon(datagram, to, refused)
          return
        }
        const sent = shared.transport.send(datagram, to)
        if (!sent.ok) refused(sent.fault)
      },
      leave: () => this.#leave(key, shared, listener),
    })
  }

  get count(): number {
    return this.#shared.size
  }

  #open(spec: TransportSpec): Shared | HostFault {
    const listeners = new Map<number, Listener[]>()
    const opened = this.#host.openTransport(spec, (packet) => this.#dispatch(listeners, packet))
    return opened.ok ? { spec, transport: opened.value, listeners } : opened.fault
  }

  #leave(key: string, shared: Shared, listener: Listener): void {
    const left = (shared.listeners.get(listener.vrid) ?? []).filter((other) => other !== listener)
    if (left.length > 0) shared.listeners.set(listener.vrid, left)
    else shared.listeners.delete(listener.vrid)
    if (shared.listeners.size > 0) {
      this.#filter(shared)
      return
    }
    shared.transport.close()
    if (this.#shared.get(key) === shared) this.#shared.delete(key)
  }

  /** The VRID's place is the same in both versions; whatever else is wrong with the packet is the instance's to judge and count. */
  #dispatch(listeners: Map<number, Listener[]>, packet: ReceivedPacket): void {
    const vrid = vridOf(packet.protocol, packet.payload)
    if (vrid === undefined) return
    const mine = listeners.get(vrid)
    if (!mine) {
      this.#onUnknownVrid?.(packet, vrid)
      return
    }
    // Two unicast routers may share a VRID when they have no peer in common: the source tells them apart.
    const chosen = mine.length === 1 ? mine[0] : (mine.find((listener) => listener.sources?.includes(packet.source)) ?? mine[0])
    chosen?.receive(packet)
  }

  #filter(shared: Shared): void {
    if (this.#onUnknownVrid || this.#unfiltered.has(shared)) return
    this.#unfiltered.add(shared)
    this.#soon(() => {
      this.#unfiltered.delete(shared)
      if (shared.listeners.size === 0) return
      // Sources are left open: a stranger's advertisement has to be counted and logged, not only dropped.
      shared.transport.accept({ vrids: [...shared.listeners.keys()], sources: undefined })
    })
  }
}

const keyOf = (spec: TransportSpec): string =>
  `${spec.family} ${spec.protocol} ${spec.interface ?? '*'} ${spec.sendInterface ?? ''} ${spec.groups.join(',')}`

/** The sum of the shares (keepalived); without any the system's default stays. */
function sizeBuffer({ transport, listeners }: Shared): void {
  const bytes = [...listeners.values()].flat().reduce((sum, { bufferBytes }) => sum + (bufferBytes ?? 0), 0)
  if (bytes > 0) transport.sizeBuffer?.(bytes)
}
