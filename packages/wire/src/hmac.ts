// Keyed digests (RFC 2104) over the two hashes that VRRP's authentication uses; both work in blocks of 64 bytes.
import { concatBytes } from './header.ts'
import { md5 } from './md5.ts'
import { sha256 } from './sha256.ts'

const blockBytes = 64

function hmac(hash: (message: Uint8Array) => Uint8Array, key: Uint8Array, message: Uint8Array): Uint8Array {
  const short = key.length > blockBytes ? hash(key) : key
  const inner = new Uint8Array(blockBytes).fill(0x36)
  const outer = new Uint8Array(blockBytes).fill(0x5c)
  for (const [i, byte] of short.entries()) {
    inner[i] = 0x36 ^ byte
    outer[i] = 0x5c ^ byte
  }
  return hash(concatBytes([outer, hash(concatBytes([inner, message]))]))
}

/** 32 bytes. */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(sha256, key, message)
/** 16 bytes. */
export const hmacMd5 = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(md5, key, message)

/** Takes equally long wherever the difference is, so that time tells nothing of a secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] ?? 0)
  return difference === 0
}
