// Golden vectors, as recorded from keepalived 2.4.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IpAddress } from '@havip/base'
import fc from 'fast-check'
import { decodeTrailer, encodeTrailer, sequenceOf } from './hmac-trailer.ts'
import { advertChecksum, readAdvert } from './vrrp.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const key1 = { id: 1, secret: Uint8Array.from({ length: 32 }, (_, i) => i) }
const key9 = { id: 9, secret: new TextEncoder().encode('abcdefghijklmnopqrstuvwxyz012345') }

const golden = [
  {
    name: 'version 2 over IPv4',
    key: key1,
    source: '10.9.0.1' as IpAddress,
    message: '2133ff010001d55c0a0900640000000000000000',
    trailer: '010100006b034153a1b70000 7e27103080b18c4c9f47213941fddb82',
    sequence: sequenceOf(0x6b034153, 0xa1b7, 0),
  },
  {
    name: 'version 3 over IPv4',
    key: key1,
    source: '10.9.0.1' as IpAddress,
    message: '3133ff010064da600a090064',
    trailer: '010100006b03415691620000 c671a768f9c35feb141c6e87311b3ced',
    sequence: sequenceOf(0x6b034156, 0x9162, 0),
  },
  {
    name: 'version 3 over IPv6',
    key: key9,
    source: 'fe80::c8f7:ecff:fecc:10b0' as IpAddress,
    message: '3133ff010064f412fe800000000000000000000000000100',
    trailer: '010900006b034159cdd70000 94a8684810c3ccfa8455c43ad28fa717',
    sequence: sequenceOf(0x6b034159, 0xcdd7, 0),
  },
]
for (const { name, key, source, message, trailer, sequence } of golden) {
  test(`${name}: the trailer is keepalived's`, () => {
    assert.equal(hex(encodeTrailer(bytesOf(message), source, key, sequence)), trailer.replaceAll(' ', ''))
  })
  test(`${name}: the trailer is found behind the message and reads back`, () => {
    const parts = readAdvert(bytesOf(message + trailer), source.includes(':') ? 'ipv6' : 'ipv4')
    assert(parts.ok)
    assert.equal(hex(parts.value.message), message)
    const read = decodeTrailer(parts.value.trailing)
    assert(read.ok)
    assert.deepEqual([read.value.keyId, read.value.sequence], [key.id, sequence])
  })
}
test('over IPv6 the VRRP checksum covers the trailer', () => {
  const given = golden[2]
  assert(given)
  const ends = { family: 'ipv6' as const, source: given.source, destination: 'ff02::12' as IpAddress }
  assert.equal(advertChecksum(3, bytesOf(given.message + given.trailer), ends, 'pseudo-header'), 0xf412)
})
test('another type, a reserved bit or another length is malformed, with the facts', () => {
  const good = bytesOf(golden[0]?.trailer ?? '')
  const typed = good.slice()
  typed[0] = 2
  assert.deepEqual(decodeTrailer(typed), { ok: false, fault: { kind: 'malformed-trailer', type: 2, reserved: 0, bytes: 28 } })
  const reserved = good.slice()
  reserved[3] = 1
  assert.deepEqual(decodeTrailer(reserved), { ok: false, fault: { kind: 'malformed-trailer', type: 1, reserved: 1, bytes: 28 } })
  assert.deepEqual(decodeTrailer(good.subarray(1)), { ok: false, fault: { kind: 'too-short', needed: 28, have: 27 } })
})
test('any bytes as a trailer give an answer', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodeTrailer(bytes)))
})
