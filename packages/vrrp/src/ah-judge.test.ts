// The authentication header: whose digest counts, and that none counts twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Ipv4, wallTime } from '@havip/base'
import { encodeAdvert, encodeAuthenticationHeader, encodeIpv4, ipProtocol } from '@havip/wire'
import { type AhMemory, initialAhMemory, judgeAuthenticationHeader, nextAhSequence } from './ah-judge.ts'
import { advertOf, configOf, ours, peer } from './fixture.ts'
import { initialJudgeMemory, judgeAdvert, type PacketFacts } from './judge.ts'
import { initialState } from './state.ts'

const key = new TextEncoder().encode('abcd\0\0\0\0')
const other = new TextEncoder().encode('abce\0\0\0\0')
const config = configOf({ authentication: { kind: 'ah', key } })

function packetOf(sequence: number, change: { readonly key?: Uint8Array; readonly ttl?: number } = {}): PacketFacts {
  const ends = { family: 'ipv4' as const, source: peer, destination: ours }
  const message = encodeAdvert(advertOf(config, 100, { authentication: { kind: 'ah' } }), ends)
  const facts = { source: peer as Ipv4, destination: ours as Ipv4, ttl: 255, protocol: ipProtocol.authenticationHeader, id: 7 }
  const header = encodeIpv4({ ...facts, payloadLength: 24 + message.length })
  const head = encodeAuthenticationHeader(header, message, change.key ?? key, { source: peer as Ipv4, sequence, isMulticast: false })
  return { ...ends, ttl: change.ttl ?? 255, protocol: facts.protocol, header, payload: Uint8Array.from([...head, ...message]) }
}
const judge = (packet: PacketFacts, memory = initialJudgeMemory(config)) =>
  judgeAdvert(config, initialState(config), memory, packet, wallTime(0))
const faultOf = (packet: PacketFacts, memory = initialJudgeMemory(config)) => {
  const { verdict } = judge(packet, memory)
  assert(verdict.kind === 'rejected', 'was accepted')
  return verdict.fault
}

test('a packet with the right digest counts, and then never again', () => {
  const first = judge(packetOf(5))
  assert.equal(first.verdict.kind, 'accepted')
  assert.deepEqual(faultOf(packetOf(5), first.memory), { kind: 'digest-replay', last: 5, sequence: 5 })
  assert.deepEqual(faultOf(packetOf(4), first.memory), { kind: 'digest-replay', last: 5, sequence: 4 })
  assert.equal(judge(packetOf(6), first.memory).verdict.kind, 'accepted')
})
test('another key is another digest', () => {
  assert.deepEqual(faultOf(packetOf(1, { key: other })), { kind: 'wrong-digest' })
})
test('a header is expected exactly where it is configured', () => {
  const bare = packetOf(1)
  assert.deepEqual(faultOf({ ...bare, protocol: 112, payload: bare.payload.subarray(24) }), {
    kind: 'authentication-header',
    expected: true,
  })
})
test('a changed message or IP header is seen; the TTL of unicast may change on the way', () => {
  const packet = packetOf(1)
  const changed = Uint8Array.from(packet.payload)
  changed[26] = 200
  assert.deepEqual(faultOf({ ...packet, payload: changed }), { kind: 'wrong-digest' })
  const header = Uint8Array.from(packet.header)
  header[8] = 12
  assert.equal(judge({ ...packet, header, ttl: 12 }).verdict.kind, 'accepted')
  header[5] = 99
  assert.deepEqual(faultOf({ ...packet, header }), { kind: 'wrong-digest' })
})
test('a packet that fails a later check leaves no trace: the real one still counts', () => {
  const other = configOf({ authentication: { kind: 'ah', key }, transport: { kind: 'unicast', peers: [], checksSource: true, ttl: 255 } })
  const { memory } = judgeAdvert(other, initialState(other), initialJudgeMemory(other), packetOf(5), wallTime(0))
  assert.deepEqual(memory.ah, initialAhMemory)
})
test('our own sequence goes on above everything sent and heard, over the wrap too', () => {
  const heard: AhMemory = { accepted: [], highest: 40 }
  assert.equal(nextAhSequence(7, heard), 41)
  assert.equal(nextAhSequence(70, heard), 71)
  assert.equal(nextAhSequence(0xffffffff, { accepted: [], highest: 0xfffffff0 }), 0)
})
test('short and foreign headers are faults, not mistakes', () => {
  const facts = { source: peer, header: new Uint8Array(20), isMulticast: false }
  assert.equal(judgeAuthenticationHeader(key, initialAhMemory, { ...facts, payload: new Uint8Array(23) }).ok, false)
  assert.equal(judgeAuthenticationHeader(key, initialAhMemory, { ...facts, payload: new Uint8Array(64) }).ok, false)
})
