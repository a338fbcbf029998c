import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEncapsulation } from './route-encap.ts'

const read = (text: string): unknown => {
  const result = readEncapsulation(text.split(' '), (word) => Number(`0x${word}`))
  return result.ok ? result.value : result.fault
}

test('each kind of encapsulation is read from its words', () => {
  assert.deepEqual(read('ip id 33 dst 10.9.0.77 src 10.9.0.1 tos 4 ttl 60 flags 8'), {
    kind: 'ip',
    id: 33,
    destination: '10.9.0.77',
    source: '10.9.0.1',
    tos: 4,
    ttl: 60,
    flags: 8,
  })
  assert.deepEqual(read('ip6 dst 2001:db8::77 tc 10 hoplimit 0x40'), { kind: 'ip6', destination: '2001:db8::77', tos: 16, ttl: 64 })
  assert.deepEqual(read('mpls 100/200'), { kind: 'mpls', labels: [100, 200] })
  assert.deepEqual(read('ila 1:2:ab:ffff'), { kind: 'ila', locator: [1, 2, 0xab, 0xffff] })
})

test('what is no encapsulation is said in words', () => {
  assert.match(String(read('gre id 1')), /no encapsulation `gre`; it is ip, ip6, mpls or ila/)
  assert.match(String(read('ip dst 2001:db8::1')), /`2001:db8::1` is no IPv4 address/)
  assert.match(String(read('ip ttl many')), /`many` is no number for the ttl/)
  assert.match(String(read('mpls 100/1048576')), /no stack of MPLS labels/)
  assert.match(String(read('mpls')), /no stack of MPLS labels/)
  assert.match(String(read('ila 1:2:3')), /no ILA locator/)
})
