// The Internet checksum (RFC 1071), over a message that comes in several parts.
import { assert, type Family, type IpAddress, ipToBytes } from '@havip/base'

/**
 * Adds 16-bit words, carries folded in at the end. Parts go in order; only the last one may have an odd length, so that
 * each part begins on a word. `sum` is what an earlier call returned.
 */
export function addWords(sum: number, part: Uint8Array): number {
  let total = sum
  const even = part.length & ~1
  for (let i = 0; i < even; i += 2) total += ((part[i] as number) << 8) | (part[i + 1] as number)
  if (part.length & 1) total += (part[part.length - 1] as number) << 8
  // A packet has at most 2^15 words of 16 bits: folding here keeps any number of parts exact.
  return (total & 0xffff) + Math.floor(total / 0x10000)
}

/** The number to put into the checksum field; 0 over a message that holds its own, right checksum. */
export function finishChecksum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000)
  return ~folded & 0xffff
}

export function checksumOf(parts: readonly Uint8Array[]): number {
  let sum = 0
  for (const [i, part] of parts.entries()) {
    assert(part.length % 2 === 0 || i === parts.length - 1, 'only the last part of a checksum may have an odd length')
    sum = addWords(sum, part)
  }
  return finishChecksum(sum)
}

/** What transport checksums cover of the IP header: RFC 9568 §5.2.8 for IPv4, RFC 8200 §8.1 for IPv6. */
export function pseudoHeader(
  envelope: { readonly family: Family; readonly source: IpAddress; readonly destination: IpAddress },
  protocol: number,
  length: number,
): Uint8Array {
  const size = envelope.family === 'ipv4' ? 4 : 16
  const bytes = new Uint8Array(envelope.family === 'ipv4' ? 12 : 40)
  bytes.set(ipToBytes(envelope.source), 0)
  bytes.set(ipToBytes(envelope.destination), size)
  const view = new DataView(bytes.buffer)
  if (envelope.family === 'ipv4') {
    bytes[9] = protocol
    view.setUint16(10, length)
  } else {
    view.setUint32(32, length)
    bytes[39] = protocol
  }
  return bytes
}
