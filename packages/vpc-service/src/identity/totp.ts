// Time-based one-time passwords: RFC 6238 with HMAC-SHA-1, over the HOTP of RFC 4226. What authenticator apps speak.

export type HmacSha1 = (key: Uint8Array, data: Uint8Array) => Uint8Array

/** RFC 6238 §4.1, X: seconds of a time step. */
export const stepSeconds = 30
/** Steps before and after now whose codes count too (RFC 6238 §5.2): clocks differ, and typing takes time. */
const stepsAround = 1

/** RFC 4226 §5.3. */
export function hotp(key: Uint8Array, counter: number, hmacSha1: HmacSha1, digits = 6): string {
  const message = new Uint8Array(8)
  new DataView(message.buffer).setBigUint64(0, BigInt(counter))
  const hash = hmacSha1(key, message)
  // Dynamic truncation: the low four bits of the last byte say where the 31 bits begin.
  const offset = (hash[19] as number) & 15
  const bits = new DataView(hash.buffer, hash.byteOffset, hash.byteLength).getUint32(offset) & 0x7fffffff
  return String(bits % 10 ** digits).padStart(digits, '0')
}

export const stepAt = (unixMs: number): number => Math.floor(unixMs / 1000 / stepSeconds)

/**
 * The time step that the code belongs to; undefined: it is none of now, or one of a step up to `lastStep`, which was used.
 * All candidates are computed, whichever matches.
 */
export function checkTotp(code: string, key: Uint8Array, unixMs: number, lastStep: number, hmacSha1: HmacSha1): number | undefined {
  let found: number | undefined
  for (let step = stepAt(unixMs) - stepsAround; step <= stepAt(unixMs) + stepsAround; step++) {
    if (hotp(key, step, hmacSha1) === code && step > lastStep) found ??= step
  }
  return found
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6 without padding: the form that people type into apps. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff
    bits += 8
    for (; bits >= 5; bits -= 5) text += alphabet[(value >>> (bits - 5)) & 31]
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31] : text
}

/** Undefined when the text is no Base32. */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const letter of text) {
    const digit = alphabet.indexOf(letter)
    if (digit < 0) return undefined
    value = ((value << 5) | digit) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >>> bits) & 255)
  }
  return Uint8Array.from(bytes)
}

/** What an authenticator app reads from a QR code. */
export const totpUri = (issuer: string, user: string, secret: string): string =>
  `otpauth://totp/${encodeURIComponent(issuer)}:${encodeURIComponent(user)}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=6&period=${stepSeconds}`
