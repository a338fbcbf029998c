// IPv4 (RFC 791) and IPv6 (RFC 8200) headers, as far as VRRP and neighbour discovery need them.
import { fail, type Ipv4, type Ipv6, ok, type Result } from '@havip/base'
import { checksumOf } from './checksum.ts'
import { header, type TooShort } from './header.ts'

const ipv4 = header({
  version: { at: 0, bits: 4 },
  headerWords: { at: 4, bits: 4 },
  tos: { at: 8, bits: 8 },
  totalLength: { at: 16, bits: 16 },
  id: { at: 32, bits: 16 },
  reservedFlag: { at: 48, bits: 1 },
  dontFragment: { at: 49, bits: 1 },
  moreFragments: { at: 50, bits: 1 },
  fragmentOffset: { at: 51, bits: 13 },
  ttl: { at: 64, bits: 8 },
  protocol: { at: 72, bits: 8 },
  checksum: { at: 80, bits: 16 },
  source: { at: 96, bits: 32, as: 'ipv4' },
  destination: { at: 128, bits: 32, as: 'ipv4' },
})
const ipv6 = header({
  version: { at: 0, bits: 4 },
  trafficClass: { at: 4, bits: 8 },
  flowLabel: { at: 12, bits: 20 },
  payloadLength: { at: 32, bits: 16 },
  nextHeader: { at: 48, bits: 8 },
  hopLimit: { at: 56, bits: 8 },
  source: { at: 64, bits: 128, as: 'ipv6' },
  destination: { at: 192, bits: 128, as: 'ipv6' },
})

export const ipv4HeaderBytes = ipv4.bytes
export const ipv6HeaderBytes = ipv6.bytes
export const ipProtocol = { icmp: 1, tcp: 6, udp: 17, authenticationHeader: 51, icmpv6: 58, vrrp: 112 } as const
/** Internetwork control (CS6): what routers mark their own protocols with. */
export const internetworkControl = 0xc0

export type Ipv4Header = {
  readonly source: Ipv4
  readonly destination: Ipv4
  readonly ttl: number
  readonly protocol: number
  readonly id: number
  readonly tos: number
}
export type Ipv6Header = {
  readonly source: Ipv6
  readonly destination: Ipv6
  readonly hopLimit: number
  /** The first extension header's, if there is one: none is skipped here. */
  readonly nextHeader: number
  readonly trafficClass: number
  readonly flowLabel: number
}

export type IpFault =
  | TooShort
  | { readonly kind: 'wrong-ip-version'; readonly version: number }
  | { readonly kind: 'bad-header-length'; readonly bytes: number }
  | { readonly kind: 'bad-total-length'; readonly claimed: number; readonly have: number }

/** 20 bytes, no options, DF clear, checksum filled in. TOS is internetwork control when left out. */
export function encodeIpv4(head: Omit<Ipv4Header, 'tos'> & { readonly tos?: number; readonly payloadLength: number }): Uint8Array {
  const { payloadLength, ...rest } = head
  const bytes = ipv4.write({
    version: 4,
    headerWords: 5,
    tos: internetworkControl,
    totalLength: ipv4.bytes + payloadLength,
    reservedFlag: 0,
    dontFragment: 0,
    moreFragments: 0,
    fragmentOffset: 0,
    checksum: 0,
    ...rest,
  })
  new DataView(bytes.buffer).setUint16(10, checksumOf([bytes]))
  return bytes
}

export type Ipv4Packet = {
  readonly header: Ipv4Header
  /** True for every part of a datagram that is not whole. */
  readonly isFragment: boolean
  /** 20, or more with options. */
  readonly headerBytes: number
  /** A view, cut to the total length: what follows is Ethernet padding. */
  readonly payload: Uint8Array
}

/** Any header length. The header's own checksum is not judged: the kernel has done it for whatever a socket delivers. */
export function decodeIpv4(packet: Uint8Array): Result<Ipv4Packet, IpFault> {
  const read = ipv4.read(packet)
  if (!read.ok) return read
  const { version, headerWords, totalLength, moreFragments, fragmentOffset, source, destination, ttl, protocol, id, tos } = read.value
  if (version !== 4) return fail({ kind: 'wrong-ip-version', version })
  const headerBytes = 4 * headerWords
  if (headerBytes < ipv4.bytes || headerBytes > packet.length) return fail({ kind: 'bad-header-length', bytes: headerBytes })
  if (totalLength < headerBytes || totalLength > packet.length) {
    return fail({ kind: 'bad-total-length', claimed: totalLength, have: packet.length })
  }
  return ok({
    header: { source, destination, ttl, protocol, id, tos },
    isFragment: moreFragments === 1 || fragmentOffset !== 0,
    headerBytes,
    payload: packet.subarray(headerBytes, totalLength),
  })
}

export function encodeIpv6(
  head: Omit<Ipv6Header, 'trafficClass' | 'flowLabel'> & {
    readonly trafficClass?: number
    readonly flowLabel?: number
    readonly payloadLength: number
  },
): Uint8Array {
  return ipv6.write({ version: 6, trafficClass: 0, flowLabel: 0, ...head })
}

/** `payload` is a view, cut to the payload length; extension headers, if any, are in it. */
export function decodeIpv6(packet: Uint8Array): Result<{ readonly header: Ipv6Header; readonly payload: Uint8Array }, IpFault> {
  const read = ipv6.read(packet)
  if (!read.ok) return read
  const { version, payloadLength, ...head } = read.value
  if (version !== 6) return fail({ kind: 'wrong-ip-version', version })
  const end = ipv6.bytes + payloadLength
  if (end > packet.length) return fail({ kind: 'bad-total-length', claimed: end, have: packet.length })
  return ok({ header: head, payload: packet.subarray(ipv6.bytes, end) })
}
