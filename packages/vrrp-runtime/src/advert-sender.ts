// Turns "send an advertisement" into datagrams: one for the group, or one for each unicast peer. A message is encoded
// once for each priority and destination and kept; only the IP identification changes from one to the next, and with
// authentication the sequence and what proves it.
import { type IpAddress, type Ipv4, isIpv6, isMulticast, type Priority, type WallTime } from '@havip/base'
import { type AhMemory, type InstanceConfig, initialAhMemory, nextAhSequence, nextSequence, outgoingAdvert, signingKey } from '@havip/vrrp'
import {
  authenticationHeaderBytes,
  type ChecksumForm,
  concatBytes,
  encodeAdvert,
  encodeAuthenticationHeader,
  encodeIpv4,
  encodeTrailer,
  ipProtocol,
  trailerBytes,
} from '@havip/wire'
import type { HostFault, Outgoing, ResignationSeal } from './host.ts'
import type { Membership } from './transports.ts'

/** As encoded: without what differs from one advertisement to the next. */
type Encoded = {
  readonly head: Uint8Array
  readonly message: Uint8Array
  readonly to: Omit<Outgoing, 'datagram'>
  readonly plain: Uint8Array
}

/** So far beyond our own sequence is the goodbye that somebody else may have to send for us, see `will`. */
const ahReserve = 0x10000

export class AdvertSender {
  #config: InstanceConfig
  #source: IpAddress | undefined
  #checksum: ChecksumForm
  readonly #encoded = new Map<Priority, readonly Encoded[]>()
  #identification = 0
  #ahSequence = 0
  #ahMemory: AhMemory = initialAhMemory
  #hmacSequence: bigint | undefined

  constructor(config: InstanceConfig) {
    this.#config = config
    this.#checksum = config.checksum
  }

  /** New settings or a new source address: everything encoded so far is wrong. Sequences go on. */
  configure(config: InstanceConfig, source: IpAddress | undefined, checksum: ChecksumForm): void {
    this.#config = config
    this.#checksum = checksum
    this.#source = source
    this.#encoded.clear()
  }

  /** What was heard under an authentication header: our own sequence goes on from there. */
  heard(memory: AhMemory): void {
    this.#ahMemory = memory
  }

  /** True now and then with AH: the goodbye that was entrusted to somebody else has to be made anew. */
  get wantsNewWill(): boolean {
    return this.#config.authentication.kind === 'ah' && this.#ahSequence % (ahReserve / 2) === 0
  }

  get ahSequence(): number {
    return this.#ahSequence
  }

  /** Beyond everything that the process before this one may have sent, its goodbye included. */
  continueFrom(ahSequence: number): void {
    if (ahSequence > 0) this.#ahSequence = (ahSequence + 2 * ahReserve) >>> 0
  }

  /** One attempt for each destination; `refused` hears of each that failed. Without a source address nothing can be sent. */
  send(priority: Priority, through: Membership, now: WallTime, refused: (fault: HostFault) => void): void {
    // Never 0: the kernel would put a number of its own there, and the digest of AH covers it.
    this.#identification = (this.#identification % 0xffff) + 1
    const { authentication } = this.#config
    if (authentication.kind === 'ah') this.#ahSequence = nextAhSequence(this.#ahSequence, this.#ahMemory)
    const trailer = this.#trailer(priority, now)
    for (const encoded of this.#encode(priority)) {
      through.sendSoon(this.#datagram(encoded, trailer, this.#ahSequence, this.#identification), encoded.to, refused)
    }
  }

  /**
   * The datagrams of this priority, if they are the same every time: the identification is left to the kernel. Undefined where something in them
   * counts.
   */
  constant(priority: Priority): readonly Outgoing[] | undefined {
    const { authentication, family, hmac } = this.#config
    if (authentication.kind === 'ah' || hmac || family !== 'ipv4') return undefined
    return this.#encode(priority).map((encoded) => ({ ...encoded.to, datagram: this.#datagram(encoded, undefined, 0, 0).slice() }))
  }

  /**
   * One advertisement of this priority for somebody else to send later. With AH its sequence lies ahead of ours; a
   * trailer has a time in it, so only the means to make one are given. Where nothing covers the identification, it is left to the kernel: the
   * same state makes the same will.
   */
  will(priority: Priority): readonly (Outgoing & { readonly seal?: ResignationSeal })[] {
    const { hmac } = this.#config
    const key = hmac && signingKey(hmac)
    const seal: ResignationSeal | undefined = key?.ok ? { keyId: key.value.id, secret: key.value.secret } : undefined
    const ahead = (nextAhSequence(this.#ahSequence, this.#ahMemory) + ahReserve) >>> 0
    return this.#encode(priority).map((encoded) => ({
      ...encoded.to,
      datagram: this.#datagram(encoded, undefined, ahead, 0).slice(),
      ...(seal ? { seal } : {}),
    }))
  }

  /** One for all destinations: it covers none. */
  #trailer(priority: Priority, now: WallTime): Uint8Array | undefined {
    const { hmac } = this.#config
    if (!hmac) return undefined
    const source = this.#source
    const [first] = this.#encode(priority)
    if (!source || !first) return undefined
    const key = signingKey(hmac)
    if (!key.ok) return undefined
    this.#hmacSequence = nextSequence(hmac, this.#hmacSequence, now)
    return encodeTrailer(first.message, source, key.value, this.#hmacSequence)
  }

  #datagram(encoded: Encoded, trailer: Uint8Array | undefined, ahSequence: number, identification: number): Uint8Array {
    const { authentication, family } = this.#config
    const { head, message, plain, to } = encoded
    if (authentication.kind === 'ah' && !isIpv6(to.source)) {
      setIdentification(head, this.#identification)
      const facts = { source: to.source as Ipv4, sequence: ahSequence, isMulticast: isMulticast(to.destination) }
      return concatBytes([head, encodeAuthenticationHeader(head, message, authentication.key, facts), message])
    }
    if (trailer) {
      if (family !== 'ipv4') return concatBytes([head, message, trailer])
      setIdentification(head, identification)
      return concatBytes([withLength(head, message.length + trailerBytes), message, trailer])
    }
    if (family === 'ipv4') setIdentification(plain, identification)
    return plain
  }

  #encode(priority: Priority): readonly Encoded[] {
    const known = this.#encoded.get(priority)
    if (known) return known
    const fresh = this.#encodeAnew(priority)
    // Priorities come and go with trackers; a handful at a time is all that is ever needed.
    if (this.#encoded.size >= 8) this.#encoded.clear()
    this.#encoded.set(priority, fresh)
    return fresh
  }

  #encodeAnew(priority: Priority): readonly Encoded[] {
    const source = this.#source
    if (!source) return []
    const config = this.#config
    const { transport, family } = config
    const destinations = transport.kind === 'multicast' ? [transport.group] : transport.peers.map((peer) => peer.address)
    const hopLimit = transport.kind === 'multicast' ? 255 : transport.ttl
    const advert = outgoingAdvert(config, priority)
    return destinations.map((destination) => {
      const message = encodeAdvert(advert, { family, source, destination }, { checksum: this.#checksum })
      const head = ipHeader(config, message.length, source, destination, hopLimit)
      return { head, message, plain: concatBytes([head, message]), to: { destination, source, hopLimit } }
    })
  }
}

/** Over IPv6 the kernel builds the header. */
function ipHeader(config: InstanceConfig, messageBytes: number, source: IpAddress, destination: IpAddress, ttl: number): Uint8Array {
  if (isIpv6(source) || isIpv6(destination)) return new Uint8Array(0)
  const isAh = config.authentication.kind === 'ah'
  const protocol = isAh ? ipProtocol.authenticationHeader : ipProtocol.vrrp
  const payloadLength = messageBytes + (isAh ? authenticationHeaderBytes : 0)
  return encodeIpv4({ source, destination, ttl, protocol, id: 0, payloadLength })
}

/** The header checksum stays as it is: the kernel computes it anew for a header that we include. */
function setIdentification(datagram: Uint8Array, id: number): void {
  datagram[4] = id >> 8
  datagram[5] = id & 255
}

function withLength(head: Uint8Array, payloadBytes: number): Uint8Array {
  const total = head.length + payloadBytes
  const changed = Uint8Array.from(head)
  changed[2] = total >> 8
  changed[3] = total & 255
  return changed
}
