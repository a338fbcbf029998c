// A raw socket of a daemon: which packets it hears, as the kernel decides it.
import { isMulticast, type Milliseconds } from '@havip/base'
import type { ReceivedPacket, RepeatNotes, TransportSpec } from '@havip/vrrp-runtime'
import { decodeIpv4, ipProtocol } from '@havip/wire'
import type { KernelLink } from './kernel.ts'
import { NotedRepeats } from './noted-repeats.ts'
import type { Process } from './process.ts'

export type Filter = { readonly vrids: readonly number[] | undefined; readonly sources: readonly string[] | undefined }

export class Socket {
  readonly spec: TransportSpec
  readonly #run: Process
  readonly #onPacket: (packet: ReceivedPacket) => void
  readonly #notes = new Map<number, NotedRepeats>()
  filter: Filter | undefined

  constructor(run: Process, spec: TransportSpec, onPacket: (packet: ReceivedPacket) => void) {
    this.#run = run
    this.spec = spec
    this.#onPacket = onPacket
  }

  /** Whether a packet that came in by `link` is for this socket. */
  hears(packet: Omit<ReceivedPacket, 'at'>, link: KernelLink): boolean {
    if (packet.family !== this.spec.family || packet.protocol !== this.spec.protocol) return false
    if (this.spec.interface !== undefined && this.spec.interface !== link.index) return false
    if (isMulticast(packet.destination) && !this.spec.groups.includes(packet.destination)) return false
    if (!this.filter) return true
    const { vrids, sources } = this.filter
    if (sources && !sources.includes(packet.source)) return false
    const vrid = packet.payload[packet.protocol === ipProtocol.authenticationHeader ? 25 : 1]
    return vrid !== undefined && (vrids === undefined || vrids.includes(vrid))
  }

  deliver(packet: Omit<ReceivedPacket, 'at'>): void {
    // A stopped process's kernel goes on noting; that of a paused machine does nothing.
    const vrid = packet.payload[1]
    if (vrid !== undefined && !this.#run.machine.isPaused && this.#notes.get(vrid)?.takes(packet, this.#run.now())) return
    // A copy for each reader: the port says that the bytes are read, never kept.
    this.#run.call(() => this.#onPacket({ ...packet, at: this.#run.now() }), true)
  }

  /** One packet for each VRID, as with the real kernel. */
  noteRepeats(packet: ReceivedPacket, interval: Milliseconds): RepeatNotes | undefined {
    const vrid = packet.payload[1]
    if (vrid === undefined || this.#notes.has(vrid)) return undefined
    const notes = new NotedRepeats(packet, interval, () => this.#notes.delete(vrid))
    this.#notes.set(vrid, notes)
    return notes
  }
}

/** What the kernel makes of an IPv4 datagram off the wire; undefined when it drops it unseen. */
export function parseIpv4Datagram(bytes: Uint8Array): Omit<ReceivedPacket, 'at'> | undefined {
  const decoded = decodeIpv4(bytes)
  if (!decoded.ok || decoded.value.isFragment) return undefined
  const { header, headerBytes, payload } = decoded.value
  return {
    family: 'ipv4',
    protocol: header.protocol,
    source: header.source,
    destination: header.destination,
    ttl: header.ttl,
    header: bytes.slice(0, headerBytes),
    payload,
  }
}
