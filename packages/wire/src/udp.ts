// UDP datagrams (RFC 768, over IPv6 RFC 8200 §8.1). Kernels make them for us; simulated ones need this.
import { assert, fail, ok, type Result } from '@havip/base'
import type { Envelope } from './advert.ts'
import { checksumOf, pseudoHeader } from './checksum.ts'
import { concatBytes, header, type TooShort } from './header.ts'
import { ipProtocol } from './ip.ts'

const udp = header({
  sourcePort: { at: 0, bits: 16 },
  destinationPort: { at: 16, bits: 16 },
  length: { at: 32, bits: 16 },
  checksum: { at: 48, bits: 16 },
})
const checksumAt = 6
/** On the wire this says that there is none, so a sum of zero is sent as its other form. */
const noChecksum = 0

export type UdpPorts = { readonly sourcePort: number; readonly destinationPort: number }
export type UdpDatagram = UdpPorts & {
  /** A view, cut to the length in the header. */
  readonly payload: Uint8Array
}
export type UdpFault =
  | TooShort
  | { readonly kind: 'wrong-length'; readonly claimed: number; readonly have: number }
  | { readonly kind: 'bad-checksum'; readonly have: number }

type Ends = Pick<Envelope, 'family' | 'source' | 'destination'>

/** Header and payload, with checksum. Asserts that both fit 16 bits of length. */
export function encodeUdp(ports: UdpPorts, payload: Uint8Array, ends: Ends): Uint8Array {
  const length = udp.bytes + payload.length
  assert(length <= 0xffff, `a UDP datagram of ${length} bytes`)
  const bytes = concatBytes([udp.write({ ...ports, length, checksum: 0 }), payload])
  const checksum = checksumOf([pseudoHeader(ends, ipProtocol.udp, length), bytes])
  new DataView(bytes.buffer).setUint16(checksumAt, checksum === noChecksum ? 0xffff : checksum)
  return bytes
}

/** @param payload of IP, cut to the IP total length; read, never kept. */
export function decodeUdp(payload: Uint8Array, ends: Ends): Result<UdpDatagram, UdpFault> {
  const head = udp.read(payload)
  if (!head.ok) return head
  const { length, checksum, sourcePort, destinationPort } = head.value
  if (length < udp.bytes || length > payload.length) return fail({ kind: 'wrong-length', claimed: length, have: payload.length })
  const isUnchecked = checksum === noChecksum && ends.family === 'ipv4'
  const whole = payload.subarray(0, length)
  // A sum that includes the right checksum comes out as zero.
  if (!isUnchecked && checksumOf([pseudoHeader(ends, ipProtocol.udp, length), whole]) !== 0) {
    return fail({ kind: 'bad-checksum', have: checksum })
  }
  return ok({ sourcePort, destinationPort, payload: payload.subarray(udp.bytes, length) })
}
