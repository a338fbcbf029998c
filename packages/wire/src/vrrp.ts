// VRRP advertisements as bytes: version 2 (RFC 3768 §5, authentication of RFC 2338) and version 3 (RFC 9568 §5).
import {
  assert,
  type Centiseconds,
  centiseconds,
  type Family,
  fail,
  type IpAddress,
  type Ipv4,
  ipFromBytes,
  ipToBytes,
  ok,
  type Priority,
  priority,
  type Result,
  vrid,
} from '@havip/base'
import type { Advert, AdvertAuthentication, ChecksumForm, Envelope, VrrpVersion } from './advert.ts'
import { checksumOf, pseudoHeader } from './checksum.ts'
import { concatBytes, header } from './header.ts'
import { ipProtocol } from './ip.ts'

/** RFC 3768 §5.1. */
const vrrp2 = header({
  version: { at: 0, bits: 4 },
  type: { at: 4, bits: 4 },
  vrid: { at: 8, bits: 8 },
  priority: { at: 16, bits: 8 },
  addresses: { at: 24, bits: 8 },
  authentication: { at: 32, bits: 8 },
  interval: { at: 40, bits: 8 },
  checksum: { at: 48, bits: 16 },
})
/** RFC 9568 §5.1. */
const vrrp3 = header({
  version: { at: 0, bits: 4 },
  type: { at: 4, bits: 4 },
  vrid: { at: 8, bits: 8 },
  priority: { at: 16, bits: 8 },
  addresses: { at: 24, bits: 8 },
  reserved: { at: 32, bits: 4 },
  interval: { at: 36, bits: 12 },
  checksum: { at: 48, bits: 16 },
})
const versionOf = header({ version: { at: 0, bits: 4 }, type: { at: 4, bits: 4 } })

export const vrrpHeaderBytes = vrrp3.bytes
export const passwordBytes = 8
/** RFC 2338 §5.3.6, the numbers on the wire. */
export const authenticationType = { none: 0, pass: 1, ah: 2 } as const
/** 224.0.0.18 and ff02::12: where VRRP is spoken (RFC 9568 §5.1). */
export const vrrpGroup = { ipv4: '224.0.0.18' as Ipv4, ipv6: 'ff02::12' as IpAddress } as const

/** Why bytes are no advertisement. */
export type AdvertFault =
  | { readonly kind: 'too-short'; readonly needed: number; readonly have: number }
  | { readonly kind: 'wrong-version'; readonly version: number }
  | { readonly kind: 'wrong-type'; readonly type: number }
  | { readonly kind: 'wrong-length'; readonly expected: number; readonly have: number }
  | { readonly kind: 'bad-vrid' }
  | { readonly kind: 'bad-interval' }
  | { readonly kind: 'unknown-authentication'; readonly type: number }
  | { readonly kind: 'bad-checksum'; readonly have: number; readonly expected: number }

/** An advertisement cut into its fields, nothing judged beyond the lengths. Byte runs are views into the payload. */
export type AdvertParts = {
  readonly version: VrrpVersion
  readonly type: number
  readonly vrid: number
  readonly priority: Priority
  /** Version 2 has whole seconds; they are converted. */
  readonly interval: Centiseconds
  /** The number on the wire; 0 in version 3. */
  readonly authenticationType: number
  readonly checksum: number
  readonly addresses: readonly IpAddress[]
  /** Version 2 over IPv4: eight bytes; else empty. */
  readonly authenticationData: Uint8Array
  /** The VRRP message: header, addresses, authentication data. */
  readonly message: Uint8Array
  /** What follows the message, e.g. the trailer of `auth_hmac`. */
  readonly trailing: Uint8Array
}

type Ends = Pick<Envelope, 'family' | 'source' | 'destination'>

/** Only version 2 over IPv4 has the eight bytes of RFC 2338 §5.3.6 behind its addresses; keepalived sends none over IPv6. */
const authenticationBytes = (version: VrrpVersion, family: Family): number => (version === 2 && family === 'ipv4' ? passwordBytes : 0)

/**
 * Cuts an IP payload into the fields of an advertisement. Fails on what cannot be cut: an unknown version, fewer bytes
 * than its own count of addresses needs. Never throws.
 */
export function readAdvert(payload: Uint8Array, family: Family): Result<AdvertParts, AdvertFault> {
  const first = versionOf.read(payload)
  if (!first.ok) return fail({ kind: 'too-short', needed: vrrpHeaderBytes, have: payload.length })
  const { version } = first.value
  if (version !== 2 && version !== 3) return fail({ kind: 'wrong-version', version })
  const old = version === 2 ? vrrp2.read(payload) : undefined
  const head = old ?? vrrp3.read(payload)
  if (!head.ok) return head
  const size = family === 'ipv4' ? 4 : 16
  const listEnd = vrrpHeaderBytes + size * head.value.addresses
  const end = listEnd + authenticationBytes(version, family)
  if (payload.length < end) return fail({ kind: 'wrong-length', expected: end, have: payload.length })
  const addresses: IpAddress[] = []
  for (let at = vrrpHeaderBytes; at < listEnd; at += size) addresses.push(ipFromBytes(payload, family, at))
  return ok({
    version,
    type: head.value.type,
    vrid: head.value.vrid,
    priority: priorityOf(head.value.priority),
    interval: centiseconds(old ? 100 * head.value.interval : head.value.interval),
    authenticationType: old?.ok ? old.value.authentication : authenticationType.none,
    checksum: head.value.checksum,
    addresses,
    authenticationData: payload.subarray(listEnd, end),
    message: payload.subarray(0, end),
    trailing: payload.subarray(end),
  })
}

/** Eight bits always are a priority. */
function priorityOf(byte: number): Priority {
  const read = priority(byte)
  assert(read.ok, 'eight bits hold a priority')
  return read.value
}

/** What the checksum field should hold. `covered` is the message, over IPv6 with the trailer: the kernel computes it there. */
export function advertChecksum(version: VrrpVersion, covered: Uint8Array, ends: Ends, form: ChecksumForm): number {
  const parts = [covered.subarray(0, 6), new Uint8Array(2), covered.subarray(8)]
  const hasPseudoHeader = ends.family === 'ipv6' || (version === 3 && form !== 'message-only')
  if (!hasPseudoHeader) return checksumOf(parts)
  const destination = form === 'multicast-pseudo-header' && ends.family === 'ipv4' ? vrrpGroup.ipv4 : ends.destination
  return checksumOf([pseudoHeader({ ...ends, destination }, ipProtocol.vrrp, covered.length), ...parts])
}

/** The bytes that the checksum of a received advertisement covers: 5.5 of the trailer's description, see `advertChecksum`. */
export const checksummedBytes = (parts: AdvertParts, family: Family, payload: Uint8Array): Uint8Array =>
  family === 'ipv6' ? payload : parts.message

/**
 * The VRRP message, ready to be an IP payload. Asserts what a configuration has already been checked for: at most 255
 * addresses of one family; version 2: whole seconds, 1 to 255; version 3: 1 to 4095 centiseconds.
 *
 * @param ends both IP addresses: version 3 and IPv6 cover them with the checksum.
 * @param options.checksum for version 3 over IPv4; the pseudo header when left out.
 */
export function encodeAdvert(advert: Advert, ends: Ends, options: { readonly checksum?: ChecksumForm } = {}): Uint8Array {
  const { version, authentication } = advert
  assert(version === 2 || authentication.kind === 'none', 'version 3 has no authentication of its own')
  const common = { version, type: 1, vrid: advert.vrid, priority: advert.priority, addresses: advert.addresses.length, checksum: 0 }
  const head =
    version === 2
      ? vrrp2.write({ ...common, authentication: authenticationType[authentication.kind], interval: advert.interval / 100 })
      : vrrp3.write({ ...common, reserved: 0, interval: advert.interval })
  const data = new Uint8Array(authenticationBytes(version, ends.family))
  if (authentication.kind === 'pass' && data.length > 0) data.set(authentication.password)
  const bytes = concatBytes([head, ...advert.addresses.map(ipToBytes), data])
  const size = ends.family === 'ipv4' ? 4 : 16
  assert(bytes.length === head.length + size * advert.addresses.length + data.length, 'addresses are of the family of the packet')
  new DataView(bytes.buffer).setUint16(6, advertChecksum(version, bytes, ends, options.checksum ?? 'pseudo-header'))
  return bytes
}

/**
 * Reads one advertisement, strictly: no bytes behind it, type 1, checksum of the given form.
 *
 * @param payload IP payload, already cut to the IP total length; read, never kept.
 * @param envelope what the kernel told of it: the checksum covers both IP addresses.
 * @returns the advertisement, or the first check of RFC 9568 §7.1 that it fails. Never throws.
 */
export function decodeAdvert(
  payload: Uint8Array,
  envelope: Ends,
  options: { readonly checksum?: ChecksumForm } = {},
): Result<Advert, AdvertFault> {
  const parts = readAdvert(payload, envelope.family)
  if (!parts.ok) return parts
  const { message, trailing, version, checksum } = parts.value
  if (trailing.length > 0) return fail({ kind: 'wrong-length', expected: message.length, have: payload.length })
  const expected = advertChecksum(version, message, envelope, options.checksum ?? 'pseudo-header')
  if (!sameChecksum(checksum, expected)) return fail({ kind: 'bad-checksum', have: checksum, expected })
  return advertOf(parts.value)
}

/** 0 and 0xffff are both zero in ones' complement. */
export const sameChecksum = (a: number, b: number): boolean => a % 0xffff === b % 0xffff

/** The advertisement that the parts make; the checksum is somebody else's. A copy: nothing of the payload is kept. */
export function advertOf(parts: AdvertParts): Result<Advert, AdvertFault> {
  if (parts.type !== 1) return fail({ kind: 'wrong-type', type: parts.type })
  const id = vrid(parts.vrid)
  if (!id.ok) return fail({ kind: 'bad-vrid' })
  // An interval of zero would make a receiver take over at once, for ever: no sender means that.
  if (parts.interval === 0) return fail({ kind: 'bad-interval' })
  const authentication = authenticationOf(parts)
  if (!authentication) return fail({ kind: 'unknown-authentication', type: parts.authenticationType })
  const { version, priority, interval, addresses } = parts
  return ok({ version, vrid: id.value, priority, interval, addresses, authentication })
}

function authenticationOf(parts: AdvertParts): AdvertAuthentication | undefined {
  if (parts.authenticationType === authenticationType.none) return { kind: 'none' }
  if (parts.authenticationType === authenticationType.pass) {
    return { kind: 'pass', password: Uint8Array.from({ length: passwordBytes }, (_, i) => parts.authenticationData[i] ?? 0) }
  }
  if (parts.authenticationType === authenticationType.ah) return { kind: 'ah' }
  return undefined
}
