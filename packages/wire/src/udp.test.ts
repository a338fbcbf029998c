// UDP datagrams: golden bytes, their way back, and what is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IpAddress } from '@havip/base'
import fc from 'fast-check'
import { decodeUdp, encodeUdp } from './udp.ts'

const ends = { family: 'ipv4', source: '10.9.0.1' as IpAddress, destination: '10.9.0.2' as IpAddress } as const
const ends6 = { family: 'ipv6', source: 'fe80::1' as IpAddress, destination: 'fe80::2' as IpAddress } as const
const ports = { sourcePort: 49152, destinationPort: 3784 }

test('a datagram has the bytes of RFC 768, the pseudo header in its checksum', () => {
  // 0a09 0001 0a09 0002 0011 000a c000 0ec8 000a 0102 add up to e404 in ones' complement.
  assert.equal(Buffer.from(encodeUdp(ports, Uint8Array.of(1, 2), ends)).toString('hex'), 'c0000ec8000a1bfb' + '0102')
})
test('reading undoes writing, over either family', () => {
  const port = fc.nat(0xffff)
  fc.assert(
    fc.property(
      port,
      port,
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom(ends, ends6),
      (sourcePort, destinationPort, payload, both) => {
        const read = decodeUdp(encodeUdp({ sourcePort, destinationPort }, payload, both), both)
        assert(read.ok)
        assert.deepEqual({ ...read.value, payload: Uint8Array.from(read.value.payload) }, { sourcePort, destinationPort, payload })
      },
    ),
  )
})
test('any bytes give an answer', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodeUdp(bytes, ends)))
})
test('one changed bit is a wrong checksum', () => {
  const bytes = encodeUdp(ports, Uint8Array.of(1, 2), ends)
  bytes[9] = 3
  assert.deepEqual(decodeUdp(bytes, ends), { ok: false, fault: { kind: 'bad-checksum', have: 0x1bfb } })
})
test('no checksum at all is allowed over IPv4 only', () => {
  const bytes = encodeUdp(ports, Uint8Array.of(1), ends)
  bytes.fill(0, 6, 8)
  assert(decodeUdp(bytes, ends).ok)
  assert(!decodeUdp(bytes, ends6).ok)
})
test('a length beyond the packet is refused', () => {
  const bytes = encodeUdp(ports, Uint8Array.of(1), ends)
  assert.deepEqual(decodeUdp(bytes.subarray(0, 8), ends), { ok: false, fault: { kind: 'wrong-length', claimed: 9, have: 8 } })
})
