// MD5 (RFC 1321), for the authentication header of VRRP version 2 and for nothing else: it protects no secret any more.
import { padMessage } from './sha256.ts'

/** Integer part of 2^32 × |sin(i)| (§3.4). */
const sines = Uint32Array.from({ length: 64 }, (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))))
/** Rotations of the four rounds, four steps each. */
const rotations = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const

/** 16 bytes. */
export function md5(message: Uint8Array): Uint8Array {
  const padded = padMessage(message, true)
  const view = new DataView(padded.buffer)
  const hash = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)
  for (let at = 0; at < padded.length; at += 64) {
    let [a, b, c, d] = hash as unknown as [number, number, number, number]
    for (let i = 0; i < 64; i++) {
      const round = i >> 4
      const [mixed, word] = mix(round, i, b, c, d)
      const sum = (a + mixed + (sines[i] as number) + view.getUint32(at + 4 * word, true)) | 0
      const by = rotations[round]?.[i & 3] as number
      a = d
      d = c
      c = b
      b = (b + ((sum << by) | (sum >>> (32 - by)))) | 0
    }
    for (const [i, word] of [a, b, c, d].entries()) hash[i] = (hash[i] as number) + word
  }
  const digest = new Uint8Array(16)
  const out = new DataView(digest.buffer)
  for (const [i, word] of hash.entries()) out.setUint32(4 * i, word, true)
  return digest
}

/** The round's function of three words, and which word of the block it takes. */
function mix(round: number, i: number, b: number, c: number, d: number): readonly [mixed: number, word: number] {
  if (round === 0) return [(b & c) | (~b & d), i]
  if (round === 1) return [(b & d) | (c & ~d), (5 * i + 1) & 15]
  if (round === 2) return [b ^ c ^ d, (3 * i + 5) & 15]
  return [c ^ (b | ~d), (7 * i) & 15]
}
