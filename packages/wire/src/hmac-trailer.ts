// The 28 bytes behind an advertisement by which keepalived 2.4 (`auth_hmac`) proves who sent it, and when.
import { assert, fail, type IpAddress, ipToBytes, isIpv6, ok, type Result } from '@havip/base'
import { concatBytes, header } from './header.ts'
import { hmacSha256 } from './hmac.ts'

const trailer = header({
  type: { at: 0, bits: 8 },
  keyId: { at: 8, bits: 8 },
  reserved: { at: 16, bits: 16 },
  seconds: { at: 32, bits: 32 },
  fraction: { at: 64, bits: 16 },
  counter: { at: 80, bits: 16 },
  mac: { at: 96, bits: 128, as: 'bytes' },
})
const covered = header({
  family: { at: 0, bits: 8 },
  version: { at: 8, bits: 8 },
  vrid: { at: 16, bits: 8 },
  zero: { at: 24, bits: 8 },
  source: { at: 32, bits: 128, as: 'bytes' },
})

export const trailerBytes = trailer.bytes
const macBytes = 16
const trailerType = 1

/** 1 to 255. */
export type HmacKey = { readonly id: number; readonly secret: Uint8Array }

export type HmacTrailer = {
  readonly keyId: number
  /**
   * Always growing, 64 bits: seconds of Unix time, then 1/65536 of a second, then a counter. As one number it is
   * compared by serial arithmetic.
   */
  readonly sequence: bigint
  readonly mac: Uint8Array
}

export type TrailerFault =
  | { readonly kind: 'too-short'; readonly needed: number; readonly have: number }
  | { readonly kind: 'malformed-trailer'; readonly type: number; readonly reserved: number; readonly bytes: number }

export const sequenceOf = (seconds: number, fraction: number, counter: number): bigint =>
  (BigInt(seconds) << 32n) | (BigInt(fraction) << 16n) | BigInt(counter)
export const secondsOf = (sequence: bigint): number => Number(sequence >> 32n)

/**
 * @param message the whole VRRP message, with the authentication data of version 2 over IPv4, without trailer. Its
 *   checksum may be anything: it is not covered.
 */
export function encodeTrailer(message: Uint8Array, source: IpAddress, key: HmacKey, sequence: bigint): Uint8Array {
  assert(sequence >= 0n && sequence < 1n << 64n, 'a sequence has 64 bits')
  const bytes = trailer.write({
    type: trailerType,
    keyId: key.id,
    reserved: 0,
    seconds: secondsOf(sequence),
    fraction: Number((sequence >> 16n) & 0xffffn),
    counter: Number(sequence & 0xffffn),
    mac: new Uint8Array(macBytes),
  })
  bytes.set(trailerMac(message, source, key.secret, bytes), trailerBytes - macBytes)
  return bytes
}

/** Reads the bytes behind a message; whose they are is `trailerMac`'s to tell. */
export function decodeTrailer(bytes: Uint8Array): Result<HmacTrailer, TrailerFault> {
  const read = trailer.read(bytes)
  if (!read.ok) return read
  const { type, reserved, keyId, seconds, fraction, counter, mac } = read.value
  if (type !== trailerType || reserved !== 0 || bytes.length !== trailerBytes) {
    return fail({ kind: 'malformed-trailer', type, reserved, bytes: bytes.length })
  }
  return ok({ keyId, sequence: sequenceOf(seconds, fraction, counter), mac })
}

/** First 16 bytes of HMAC-SHA256 over a head with the source, the message without checksum, and the trailer without MAC. */
export function trailerMac(message: Uint8Array, source: IpAddress, secret: Uint8Array, trailerOf: Uint8Array): Uint8Array {
  const address = new Uint8Array(16)
  address.set(ipToBytes(source))
  const head = covered.write({
    family: isIpv6(source) ? 6 : 4,
    version: (message[0] as number) >> 4,
    vrid: message[1] as number,
    zero: 0,
    source: address,
  })
  const withoutChecksum = message.slice()
  withoutChecksum.fill(0, 6, 8)
  const withoutMac = trailerOf.slice(0, trailerBytes)
  withoutMac.fill(0, trailerBytes - macBytes)
  return hmacSha256(secret, concatBytes([head, withoutChecksum, withoutMac])).subarray(0, macBytes)
}
