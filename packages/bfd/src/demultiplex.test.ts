import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IpAddress } from '@havip/base'
import type { Envelope } from '@havip/wire'
import { createDemultiplexer, type Endpoint, ttlMinOf } from './demultiplex.ts'
import { packetOf } from './fixture.ts'

const ours = '10.9.0.1' as IpAddress
const other = '10.9.0.9' as IpAddress
const neighbor = '10.9.0.2' as IpAddress
const from: Envelope & { readonly isMultihop: boolean } = {
  family: 'ipv4',
  source: neighbor,
  destination: ours,
  ttl: 255,
  isMultihop: false,
}
const endpoint = (over: Partial<Endpoint> = {}): Endpoint => ({
  discriminator: 1,
  neighbor,
  source: undefined,
  ttlMin: 255,
  isMultihop: false,
  ...over,
})
const find = (endpoints: readonly Endpoint[], yourDiscriminator: number, envelope: Partial<typeof from> = {}) =>
  createDemultiplexer(endpoints).find(packetOf({ yourDiscriminator }), { ...from, ...envelope })

test('our discriminator says whose packet it is', () => {
  const two = endpoint({ discriminator: 2, source: other })
  assert.deepEqual(find([endpoint(), two], 2, { destination: other }), { ok: true, value: two })
})
test('a packet that knows no discriminator goes by the addresses, the exact pair first', () => {
  const exact = endpoint({ discriminator: 2, source: ours })
  assert.deepEqual(find([endpoint(), exact], 0), { ok: true, value: exact })
  assert.deepEqual(find([endpoint(), exact], 0, { destination: other }), { ok: true, value: endpoint() })
})
test('a discriminator that nobody has is nobody’s packet', () => {
  assert.deepEqual(find([endpoint()], 5), { ok: false, fault: { kind: 'no-session', yourDiscriminator: 5 } })
})
test('a stranger who knows our discriminator is refused', () => {
  assert.deepEqual(find([endpoint()], 1, { source: other }), { ok: false, fault: { kind: 'wrong-addresses' } })
})
test('a packet on the multihop port is not for a single-hop session', () => {
  assert.deepEqual(find([endpoint()], 0, { isMultihop: true }), { ok: false, fault: { kind: 'no-session', yourDiscriminator: 0 } })
})
test('a packet from too many hops away is refused', () => {
  assert.deepEqual(find([endpoint()], 1, { ttl: 254 }), { ok: false, fault: { kind: 'ttl-too-low', ttl: 254, ttlMin: 255 } })
})
test('max_hops lowers the least TTL, and -1 switches the check off', () => {
  assert.deepEqual([ttlMinOf(255, 0), ttlMinOf(255, 2), ttlMinOf(64, 100), ttlMinOf(255, -1)], [255, 253, 0, 0])
})
