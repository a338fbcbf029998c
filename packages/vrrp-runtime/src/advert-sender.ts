// Turns "send an advertisement" into datagrams: one for the group, or one for each unicast peer. A message is encoded
// once for each priority and destination and kept; only the IP identification changes from one to the next.
import { type IpAddress, isIpv6, type Priority, type Result } from '@havip/base'
import { type InstanceConfig, outgoingAdvert } from '@havip/vrrp'
import { type ChecksumForm, encodeAdvert, encodeIpv4, ipv4HeaderBytes } from '@havip/wire'
import type { HostFault } from './host.ts'
import { vrrpProtocol } from './translate.ts'
import type { Membership } from './transports.ts'

export type Outgoing = {
  readonly datagram: Uint8Array
  readonly destination: IpAddress
  readonly source: IpAddress
  readonly hopLimit: number
}

export class AdvertSender {
  #config: InstanceConfig
  #source: IpAddress | undefined
  #checksum: ChecksumForm
  readonly #encoded = new Map<Priority, readonly Outgoing[]>()
  #identification = 0

  constructor(config: InstanceConfig) {
    this.#config = config
    this.#checksum = config.checksum
  }

  /** New settings or a new source address: everything encoded so far is wrong. */
  configure(config: InstanceConfig, source: IpAddress | undefined, checksum: ChecksumForm): void {
    this.#config = config
    this.#checksum = checksum
    this.#source = source
    this.#encoded.clear()
  }

  /** One attempt for each destination; the faults, if any. Without a source address nothing can be sent. */
  send(priority: Priority, through: Membership): readonly HostFault[] {
    const faults: HostFault[] = []
    this.#identification = (this.#identification + 1) & 0xffff
    for (const outgoing of this.outgoing(priority)) {
      if (this.#config.family === 'ipv4') setIdentification(outgoing.datagram, this.#identification)
      const sent: Result<void, HostFault> = through.send(outgoing.datagram, outgoing)
      if (!sent.ok) faults.push(sent.fault)
    }
    return faults
  }

  /** The datagrams of one advertisement of this priority; the identification in them is that of the last one sent. */
  outgoing(priority: Priority): readonly Outgoing[] {
    const known = this.#encoded.get(priority)
    if (known) return known
    const fresh = this.#encode(priority)
    // Priorities come and go with trackers; a handful at a time is all that is ever needed.
    if (this.#encoded.size >= 8) this.#encoded.clear()
    this.#encoded.set(priority, fresh)
    return fresh
  }

  #encode(priority: Priority): readonly Outgoing[] {
    const source = this.#source
    if (!source) return []
    const config = this.#config
    const { transport } = config
    const destinations = transport.kind === 'multicast' ? [transport.group] : transport.peers.map((peer) => peer.address)
    const hopLimit = transport.kind === 'multicast' ? 255 : transport.ttl
    const advert = outgoingAdvert(config, priority)
    return destinations.map((destination) => {
      const message = encodeAdvert(advert, { family: config.family, source, destination }, { checksum: this.#checksum })
      return { datagram: withIpHeader(message, source, destination, hopLimit), destination, source, hopLimit }
    })
  }
}

/** Over IPv6 the kernel builds the header. */
function withIpHeader(message: Uint8Array, source: IpAddress, destination: IpAddress, ttl: number): Uint8Array {
  if (isIpv6(source) || isIpv6(destination)) return message
  const head = encodeIpv4({ source, destination, ttl, protocol: vrrpProtocol, id: 0, payloadLength: message.length })
  const datagram = new Uint8Array(ipv4HeaderBytes + message.length)
  datagram.set(head)
  datagram.set(message, ipv4HeaderBytes)
  return datagram
}

/** The header checksum stays as it is: the kernel computes it anew for a header that we include. */
function setIdentification(datagram: Uint8Array, id: number): void {
  datagram[4] = id >> 8
  datagram[5] = id & 255
}
