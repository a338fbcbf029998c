// What an advertisement says, whatever its version: RFC 3768 §5 (version 2) and RFC 9568 §5 (version 3).
import type { Centiseconds, Family, IpAddress, Priority, Vrid } from '@havip/base'

export type VrrpVersion = 2 | 3

export type Advert = {
  readonly version: VrrpVersion
  readonly vrid: Vrid
  /** 0 when the sender resigns, 255 when it owns the addresses. */
  readonly priority: Priority
  /** Version 2 carries whole seconds; they are converted on reading. */
  readonly interval: Centiseconds
  /** In the sender's order. */
  readonly addresses: readonly IpAddress[]
  readonly authentication: AdvertAuthentication
}

export type AdvertAuthentication =
  | { readonly kind: 'none' }
  /** RFC 2338 §5.3.6.1: eight bytes in clear, padded with zeros. */
  | { readonly kind: 'pass'; readonly password: Uint8Array }
  /** The packet came inside an AH header (RFC 2338 §5.3.6.2); the digest is judged elsewhere. */
  | { readonly kind: 'ah' }

/** What the kernel tells of a packet: the checksum and several checks need it. */
export type Envelope = {
  readonly family: Family
  readonly source: IpAddress
  readonly destination: IpAddress
  /** TTL or hop limit as received. */
  readonly ttl: number
}

/** Which bytes the version 3 IPv4 checksum covers besides the message (keepalived's three ways). */
export type ChecksumForm = 'pseudo-header' | 'message-only' | 'multicast-pseudo-header'
