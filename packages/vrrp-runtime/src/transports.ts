// The sockets, shared by every instance of the same family, interface, protocol and groups; the VRID of a packet says
// whose it is. Whoever asks for a transport joins it, and the last one to leave closes it.
import { fail, type IpAddress, type Milliseconds, ok, type Result } from '@havip/base'
import { vridOf } from '@havip/vrrp'
import type { AdvertTransport, Host, HostFault, ReceivedPacket, TransportSpec } from './host.ts'
import { Noise, shutFor, strangersMax } from './noise.ts'

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
  noteRepeats: NonNullable<AdvertTransport['noteRepeats']>
  prepare: NonNullable<AdvertTransport['prepare']>
  /** Whoever has the same one sends by the same socket. */
  readonly channel: object
  leave(): void
}

type Shared = {
  readonly spec: TransportSpec
  readonly transport: AdvertTransport
  readonly listeners: Map<number, Listener[]>
  readonly noise: Noise
  /** The kernel drops what is for nobody here, unseen and uncounted. */
  isShut: boolean
}
/** Runs something in the next turn of the loop, or after a while. */
export type Soon = (run: () => void, after?: Milliseconds) => void

export class Transports {
  readonly #host: Host
  readonly #shared = new Map<string, Shared>()
  readonly #soon: Soon
  readonly #unfiltered = new Set<Shared>()
  readonly #onUnknownVrid: ((packet: ReceivedPacket, vrid: number) => void) | undefined

  /**
   * With `onUnknownVrid` packets for other routers are not filtered away. `soon` runs something in the next turn of the
   * loop: a thousand routers join one after the other, and one filter at the end serves them all.
   */
  constructor(host: Host, soon: Soon, onUnknownVrid: ((packet: ReceivedPacket, vrid: number) => void) | undefined) {
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
      noteRepeats: (packet, interval) => shared.transport.noteRepeats?.(packet, interval),
      prepare: (datagrams) => shared.transport.prepare?.(datagrams),
      channel: shared,
      leave: () => this.#leave(key, shared, listener),
    })
  }

  get count(): number {
    return this.#shared.size
  }

  #open(spec: TransportSpec): Shared | HostFault {
    const opened = this.#host.openTransport(spec, (packet) => this.#dispatch(shared, packet))
    if (!opened.ok) return opened.fault
    const shared: Shared = { spec, transport: opened.value, listeners: new Map(), noise: new Noise(), isShut: false }
    return shared
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
  #dispatch(shared: Shared, packet: ReceivedPacket): void {
    const vrid = vridOf(packet.protocol, packet.payload)
    if (vrid === undefined) return
    const mine = shared.listeners.get(vrid)
    if (!mine) {
      this.#hearStranger(shared, packet)
      this.#onUnknownVrid?.(packet, vrid)
      return
    }
    // Two unicast routers may share a VRID when they have no peer in common: the source tells them apart.
    const known = mine.find(({ sources }) => sources === undefined || sources.includes(packet.source))
    if (!known) this.#hearStranger(shared, packet)
    ;(known ?? mine[0])?.receive(packet)
  }

  /** A few are counted and told; a flood of them is the kernel's to drop, before it wakes us. */
  #hearStranger(shared: Shared, { at, source }: ReceivedPacket): void {
    if (shared.isShut || !shared.noise.isTooMuch(at)) return
    shared.isShut = true
    this.#host.log(
      4,
      `More than ${strangersMax} packets a second from ${source} and others that are nobody's here: the kernel drops such for ${shutFor / 1000} s`,
    )
    this.#accept(shared)
    this.#soon(() => {
      shared.isShut = false
      this.#accept(shared)
    }, shutFor)
  }

  #filter(shared: Shared): void {
    if (this.#unfiltered.has(shared)) return
    this.#unfiltered.add(shared)
    this.#soon(() => {
      this.#unfiltered.delete(shared)
      this.#accept(shared)
    })
  }

  /** A stranger's advertisement has to be counted and logged, as long as that costs nothing. */
  #accept({ transport, listeners, isShut }: Shared): void {
    if (listeners.size === 0) return
    const isOpen = this.#onUnknownVrid !== undefined && !isShut
    transport.accept({ vrids: isOpen ? undefined : [...listeners.keys()], sources: isShut ? sourcesOf(listeners) : undefined })
  }
}

/** Undefined when one of them listens to anybody. */
function sourcesOf(listeners: Shared['listeners']): readonly IpAddress[] | undefined {
  const all = [...listeners.values()].flat()
  return all.every(({ sources }) => sources !== undefined) ? [...new Set(all.flatMap(({ sources }) => sources ?? []))] : undefined
}

const keyOf = (spec: TransportSpec): string =>
  `${spec.family} ${spec.protocol} ${spec.interface ?? '*'} ${spec.sendInterface ?? ''} ${spec.groups.join(',')}`

/** The sum of the shares (keepalived); without any the system's default stays. */
function sizeBuffer({ transport, listeners }: Shared): void {
  const bytes = [...listeners.values()].flat().reduce((sum, { bufferBytes }) => sum + (bufferBytes ?? 0), 0)
  if (bytes > 0) transport.sizeBuffer?.(bytes)
}
