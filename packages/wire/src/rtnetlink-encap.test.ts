import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IpAddress } from '@havip/base'
import { encodeAttributes } from './netlink.ts'
import { type Encapsulation, encodeEncapsulation } from './rtnetlink-encap.ts'

const hexOf = (encapsulation: Encapsulation): string => Buffer.from(encodeAttributes(encodeEncapsulation(encapsulation))).toString('hex')

// Read off iproute2's requests (ip route add … encap …) with strace.
test('an IP tunnel: id in 64 bits of network order, then addresses, TTL and TOS', () => {
  assert.equal(
    hexOf({ kind: 'ip', id: 33, destination: '10.9.0.77' as IpAddress, source: '10.9.0.1' as IpAddress, ttl: 60, tos: 4 }),
    [
      '30001600',
      '0c000100',
      '0000000000000021',
      '080002000a09004d',
      '080003000a090001',
      '050004003c000000',
      '0500050004000000',
      '060015000200',
      '0000',
    ].join(''),
  )
})

test('an IPv6 tunnel has another type, and addresses of 16 bytes', () => {
  assert.equal(
    hexOf({ kind: 'ip6', destination: '2001:db8::77' as IpAddress }),
    ['18001600', '14000200', '20010db8000000000000000000000077', '060015000400', '0000'].join(''),
  )
})

test('MPLS labels are a stack whose last entry says so', () => {
  assert.equal(
    hexOf({ kind: 'mpls', labels: [100, 200] }),
    ['10001600', '0c000100', '00064000', '000c8100', '060015000100', '0000'].join(''),
  )
})

test('an ILA locator is 64 bits of network order', () => {
  assert.equal(hexOf({ kind: 'ila', locator: [1, 2, 3, 4] }), ['10001600', '0c000100', '0001000200030004', '060015000300', '0000'].join(''))
})
