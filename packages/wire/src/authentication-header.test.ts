// The golden packet is one of keepalived's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ipv4 } from '@havip/base'
import fc from 'fast-check'
import { authenticationDigest, decodeAuthenticationHeader, encodeAuthenticationHeader } from './authentication-header.ts'
import { encodeIpv4 } from './ip.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const key = new Uint8Array(8)
key.set(new TextEncoder().encode('abcd'))
const message = bytesOf('2133fe010201d45c 0a090064 0000000000000000')
const golden = '70040000 0a090001 00000001 0304519d20adcaa3153190aa'
const source = '10.9.0.1' as Ipv4
const ipHeader = encodeIpv4({
  source,
  destination: '224.0.0.18' as Ipv4,
  ttl: 255,
  protocol: 51,
  id: 1,
  payloadLength: 24 + message.length,
})

test("the authentication header is keepalived's", () => {
  const bytes = encodeAuthenticationHeader(ipHeader, message, key, { source, sequence: 1, isMulticast: true })
  assert.equal(Buffer.from(bytes).toString('hex'), golden.replaceAll(' ', ''))
})
test('the authentication header reads back, with the message behind it', () => {
  const payload = Uint8Array.from([...bytesOf(golden), ...message])
  const read = decodeAuthenticationHeader(payload)
  assert(read.ok)
  assert.deepEqual([read.value.header.source, read.value.header.sequence], [source, 1])
  assert.deepEqual(read.value.message, message)
  assert.deepEqual(authenticationDigest(ipHeader, payload, message, key, true), read.value.header.digest)
})
test('what routers change of a unicast packet is not covered', () => {
  const digest = (ttl: number) => {
    const ip = encodeIpv4({ source, destination: '10.9.0.2' as Ipv4, ttl, protocol: 51, id: 1, payloadLength: 24 + message.length })
    return authenticationDigest(ip, bytesOf(golden), message, key, false)
  }
  assert.deepEqual(digest(255), digest(17))
})
test('another header than VRRP inside is malformed', () => {
  const other = bytesOf(golden)
  other[0] = 6
  assert.deepEqual(decodeAuthenticationHeader(other), {
    ok: false,
    fault: { kind: 'malformed-authentication-header', nextHeader: 6, length: 4 },
  })
})
test('any bytes as an authentication header give an answer', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodeAuthenticationHeader(bytes)))
})
