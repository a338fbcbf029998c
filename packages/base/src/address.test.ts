import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addressInCidr,
  cidrContains,
  cidrsOverlap,
  compareIp,
  type Ipv4,
  ipFromBytes,
  ipToBytes,
  isMulticast,
  parseCidr,
  parseIp,
  parseIpv4,
  parseIpv6,
  parseMac,
} from './address.ts'

const cidr = (text: string) => {
  const parsed = parseCidr(text)
  assert(parsed.ok, text)
  return parsed.value
}

test('an IPv4 address is four decimal numbers without leading zeros', () => {
  assert(parseIpv4('192.168.0.88').ok)
  for (const text of ['010.0.0.1', '1', '10.1', '256.0.0.1', '1.2.3.4.5', '1.2.3.4 ', '', '0x1.0.0.0', '1.2.3.-4'])
    assert.equal(parseIpv4(text).ok, false, text)
})

test('an IPv6 address comes out as RFC 5952 writes it', () => {
  const cases = {
    '2001:DB8:0:0:0:0:0:1': '2001:db8::1',
    '::': '::',
    'fe80:0:0:1:0:0:0:2': 'fe80:0:0:1::2',
    '::ffff:1.2.3.4': '::ffff:102:304',
    '1:0:2:0:3:0:4:0': '1:0:2:0:3:0:4:0',
    '0:0:1:0:0:1:0:0': '::1:0:0:1:0:0',
  }
  for (const [text, canonical] of Object.entries(cases)) {
    const parsed = parseIpv6(text)
    assert(parsed.ok, text)
    assert.equal(parsed.value, canonical)
  }
  for (const text of [
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    'g::',
    '12345::',
    '1.2.3.4',
    '::1.2.3',
    '1:2:3:4:5:6:7::8',
  ])
    assert.equal(parseIpv6(text).ok, false, text)
})

test('bytes and text undo each other for every address', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const address = ipFromBytes(bytes, 'ipv6')
      assert.deepEqual(ipToBytes(address), bytes)
      const again = parseIp(address)
      assert(again.ok)
      assert.equal(again.value, address)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => assert.deepEqual(ipToBytes(ipFromBytes(bytes, 'ipv4')), bytes)),
  )
})

test('any text gets an answer', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseIp(text)
      parseCidr(text)
      parseMac(text)
    }),
  )
})

test('order is that of the bytes, not of the text', () => {
  assert(compareIp('10.0.0.9' as Ipv4, '10.0.0.10' as Ipv4) < 0)
  assert(compareIp('200.0.0.1' as Ipv4, '10.0.0.10' as Ipv4) > 0)
  assert.equal(compareIp('10.0.0.9' as Ipv4, '10.0.0.9' as Ipv4), 0)
})

test('a CIDR block has no host bits and knows what lies in it', () => {
  const block = cidr('192.168.0.0/24')
  assert(cidrContains(block, '192.168.0.88' as Ipv4))
  assert(!cidrContains(block, '192.168.1.0' as Ipv4))
  assert.equal(addressInCidr(block, 88), '192.168.0.88')
  assert.deepEqual(parseCidr('192.168.0.1/24'), { ok: false, fault: 'host-bits-set' })
  assert.deepEqual(parseCidr('192.168.0.0/33'), { ok: false, fault: 'not-a-cidr' })
  assert(cidrsOverlap(cidr('0.0.0.0/0'), block))
  assert(!cidrsOverlap(cidr('192.168.1.0/24'), block))
})

test('multicast is known in both families', () => {
  assert(isMulticast('224.0.0.18' as Ipv4))
  assert(!isMulticast('192.168.0.1' as Ipv4))
  assert(isMulticast('239.255.255.255' as Ipv4))
  for (const other of ['223.255.255.255', '240.0.0.1', '22.4.0.1', '2.240.0.1']) assert(!isMulticast(other as Ipv4), other)
})
