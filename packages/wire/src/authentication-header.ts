// The IP authentication header around version 2 advertisements (RFC 2402, RFC 2403, RFC 2338 §5.3.6.2), as keepalived fills it.
import { fail, type Ipv4, ok, type Result } from '@havip/base'
import { concatBytes, header, type TooShort } from './header.ts'
import { hmacMd5 } from './hmac.ts'
import { ipProtocol } from './ip.ts'

const authentication = header({
  nextHeader: { at: 0, bits: 8 },
  length: { at: 8, bits: 8 },
  reserved: { at: 16, bits: 16 },
  /** keepalived takes the source address as security parameter index. */
  source: { at: 32, bits: 32, as: 'ipv4' },
  sequence: { at: 64, bits: 32 },
  digest: { at: 96, bits: 96, as: 'bytes' },
})
export const authenticationHeaderBytes = authentication.bytes
const digestBytes = 12
/** In words of 32 bits, less two. */
const lengthField = authentication.bytes / 4 - 2

export type AuthenticationHeader = { readonly source: Ipv4; readonly sequence: number; readonly digest: Uint8Array }
export type AuthenticationHeaderFault =
  | TooShort
  | { readonly kind: 'malformed-authentication-header'; readonly nextHeader: number; readonly length: number }

/**
 * The header that goes between the IP header and the message.
 *
 * @param ipHeader the IPv4 header as it will be sent (20 bytes; its total length counts this header too).
 * @param key the password, padded with zeros to eight bytes.
 */
export function encodeAuthenticationHeader(
  ipHeader: Uint8Array,
  message: Uint8Array,
  key: Uint8Array,
  head: { readonly source: Ipv4; readonly sequence: number; readonly isMulticast: boolean },
): Uint8Array {
  const { source, sequence, isMulticast } = head
  const blank = { nextHeader: ipProtocol.vrrp, length: lengthField, reserved: 0, source, sequence, digest: new Uint8Array(digestBytes) }
  const bytes = authentication.write(blank)
  bytes.set(authenticationDigest(ipHeader, bytes, message, key, isMulticast), authentication.bytes - digestBytes)
  return bytes
}

/** Reads the header at the beginning of the payload of an IP packet of protocol 51; `message` is a view of the rest. */
export function decodeAuthenticationHeader(
  payload: Uint8Array,
): Result<{ readonly header: AuthenticationHeader; readonly message: Uint8Array }, AuthenticationHeaderFault> {
  const read = authentication.read(payload)
  if (!read.ok) return read
  const { nextHeader, length, source, sequence, digest } = read.value
  if (nextHeader !== ipProtocol.vrrp || length !== lengthField) return fail({ kind: 'malformed-authentication-header', nextHeader, length })
  return ok({ header: { source, sequence, digest }, message: payload.subarray(authentication.bytes) })
}

/**
 * First 12 bytes of HMAC-MD5 over the IP header without what routers change, this header without digest, the message.
 * keepalived leaves the TTL in for multicast, where no router may touch it.
 */
export function authenticationDigest(
  ipHeader: Uint8Array,
  authenticationHeader: Uint8Array,
  message: Uint8Array,
  key: Uint8Array,
  isMulticast: boolean,
): Uint8Array {
  const ip = ipHeader.slice()
  ip[1] = 0
  ip.fill(0, 6, 8)
  if (!isMulticast) ip[8] = 0
  ip.fill(0, 10, 12)
  const blank = authenticationHeader.slice(0, authentication.bytes)
  blank.fill(0, authentication.bytes - digestBytes)
  return hmacMd5(key, concatBytes([ip, blank, message])).subarray(0, digestBytes)
}
