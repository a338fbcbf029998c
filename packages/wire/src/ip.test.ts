import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ipv4, Ipv6 } from '@havip/base'
import fc from 'fast-check'
import { checksumOf } from './checksum.ts'
import { concatBytes } from './header.ts'
import { decodeIpv4, decodeIpv6, encodeIpv4, encodeIpv6 } from './ip.ts'

const head = { source: '10.9.0.1' as Ipv4, destination: '224.0.0.18' as Ipv4, ttl: 255, protocol: 112, id: 7 }

test('an IPv4 header has 20 bytes, internetwork control, no DF and a checksum that holds', () => {
  const bytes = encodeIpv4({ ...head, payloadLength: 20 })
  assert.equal(Buffer.from(bytes.subarray(0, 10)).toString('hex'), '45c00028' + '00070000' + 'ff70')
  assert.equal(Buffer.from(bytes.subarray(12)).toString('hex'), '0a090001e0000012')
  assert.equal(checksumOf([bytes]), 0)
})
test('an IPv4 packet is cut to its total length: Ethernet padding is not payload', () => {
  const packet = concatBytes([encodeIpv4({ ...head, payloadLength: 3 }), Uint8Array.of(1, 2, 3), new Uint8Array(20)])
  const read = decodeIpv4(packet)
  assert(read.ok)
  assert.deepEqual([...read.value.payload], [1, 2, 3])
  assert.deepEqual(read.value.header, { ...head, tos: 0xc0 })
})
test('IPv4 options are stepped over', () => {
  const plain = encodeIpv4({ ...head, payloadLength: 6 })
  plain[0] = 0x46
  const packet = concatBytes([plain, Uint8Array.of(1, 1, 1, 0), Uint8Array.of(9, 8)])
  const read = decodeIpv4(packet)
  assert(read.ok)
  assert.equal(read.value.headerBytes, 24)
  assert.deepEqual([...read.value.payload], [9, 8])
})
test('a total length beyond the packet is a fault with both numbers', () => {
  const bytes = encodeIpv4({ ...head, payloadLength: 20 })
  assert.deepEqual(decodeIpv4(bytes), { ok: false, fault: { kind: 'bad-total-length', claimed: 40, have: 20 } })
})
test('an IPv4 header shorter than 20 bytes is a fault', () => {
  const bytes = encodeIpv4({ ...head, payloadLength: 0 })
  bytes[0] = 0x44
  assert.deepEqual(decodeIpv4(bytes), { ok: false, fault: { kind: 'bad-header-length', bytes: 16 } })
})
test('a part of a datagram is told as one', () => {
  const bytes = encodeIpv4({ ...head, payloadLength: 0 })
  bytes[6] = 0x20
  const read = decodeIpv4(bytes)
  assert(read.ok && read.value.isFragment)
})
test('an IPv6 header reads back', () => {
  const given = { source: 'fe80::1' as Ipv6, destination: 'ff02::12' as Ipv6, hopLimit: 255, nextHeader: 112 }
  const bytes = concatBytes([encodeIpv6({ ...given, trafficClass: 0xc0, payloadLength: 2 }), Uint8Array.of(1, 2, 3)])
  const read = decodeIpv6(bytes)
  assert(read.ok)
  assert.deepEqual(read.value.header, { ...given, trafficClass: 0xc0, flowLabel: 0 })
  assert.deepEqual([...read.value.payload], [1, 2])
})
test('any bytes as an IP packet give an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      decodeIpv4(bytes)
      decodeIpv6(bytes)
    }),
  )
})
