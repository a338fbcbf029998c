import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IpAddress, type WallTime, wallTime } from '@havip/base'
import { encodeAdvert, encodeTrailer, type HmacKey, sequenceOf } from '@havip/wire'
import fc from 'fast-check'
import { advertOf, configOf, lowerPeer, ms, ours, peer } from './fixture.ts'
import { clockSequence, type HmacConfig, type HmacMemory, initialHmacMemory, judgeTrailer, nextSequence, signingKey } from './hmac-judge.ts'

const key: HmacKey = { id: 1, secret: new Uint8Array(32).fill(7) }
const newKey: HmacKey = { id: 2, secret: new Uint8Array(32).fill(8) }
const config: HmacConfig = { keys: [key], activeKeyId: 1, mode: 'enforce', window: ms(5000) }
const now = wallTime(1_800_000_000_500)
const message = encodeAdvert(advertOf(configOf(), 100), { family: 'ipv4', source: peer, destination: ours })
const signed = (sequence: bigint, source: IpAddress = peer, by: HmacKey = key) => ({
  source,
  message,
  trailing: encodeTrailer(message, source, by, sequence),
})
const at = (secondsLater: number): WallTime => wallTime(now + 1000 * secondsLater)
const judge = (packet: ReturnType<typeof signed>, memory: HmacMemory = initialHmacMemory, when = now, settings = config) =>
  judgeTrailer(settings, memory, packet, when)
const faultKind = (judged: ReturnType<typeof judge>): string =>
  judged.verdict.kind === 'rejected' ? judged.verdict.fault.kind : 'accepted'

test('a signed packet of now is accepted', () => {
  assert.deepEqual(judge(signed(clockSequence(now))).verdict, { kind: 'accepted', clockDifference: undefined })
})
test('without trailer: dropped where enforced, accepted while rolling out', () => {
  const bare = { source: peer, message, trailing: new Uint8Array(0) }
  assert.equal(faultKind(judge(bare)), 'hmac-missing')
  for (const mode of ['permissive', 'receive-only'] as const) {
    assert.equal(faultKind(judge(bare, initialHmacMemory, now, { ...config, mode })), 'accepted')
  }
})
test('a trailer of another length is malformed in every mode', () => {
  for (const mode of ['enforce', 'permissive', 'receive-only'] as const) {
    for (const length of [1, 27, 29]) {
      const packet = { source: peer, message, trailing: new Uint8Array(length).fill(1) }
      assert.equal(faultKind(judge(packet, initialHmacMemory, now, { ...config, mode })), 'hmac-malformed')
    }
  }
})
test('a clock beyond the window is stale, beyond half of it worth a warning', () => {
  assert.equal(faultKind(judge(signed(clockSequence(at(-6))))), 'hmac-stale')
  assert.equal(faultKind(judge(signed(clockSequence(at(6))))), 'hmac-stale')
  assert.deepEqual(judge(signed(clockSequence(at(-5)))).verdict, { kind: 'accepted', clockDifference: 5000 })
  assert.deepEqual(judge(signed(clockSequence(at(-2)))).verdict, { kind: 'accepted', clockDifference: undefined })
})
test('without a window clocks are not compared', () => {
  assert.equal(faultKind(judge(signed(sequenceOf(1, 0, 0)), initialHmacMemory, now, { ...config, window: undefined })), 'accepted')
})
test("a key that we do not have, and a digest that is not the key's", () => {
  assert.equal(faultKind(judge(signed(clockSequence(now), peer, newKey))), 'hmac-unknown-key')
  assert.equal(faultKind(judge(signed(clockSequence(now), peer, { ...key, secret: newKey.secret }))), 'hmac-wrong')
})
test("a packet of another source under this one's signature is wrong", () => {
  assert.equal(faultKind(judge({ ...signed(clockSequence(now)), source: lowerPeer })), 'hmac-wrong')
})
test('while keys rotate both are believed', () => {
  const both = { ...config, keys: [key, newKey] }
  assert.equal(faultKind(judge(signed(clockSequence(now), peer, newKey), initialHmacMemory, now, both)), 'accepted')
})
test('the same packet twice is a replay, and so is an older one', () => {
  const sequence = clockSequence(now)
  const { memory } = judge(signed(sequence))
  assert.equal(faultKind(judge(signed(sequence), memory)), 'hmac-replay')
  assert.equal(faultKind(judge(signed(sequence - 1n), memory)), 'hmac-replay')
  assert.equal(faultKind(judge(signed(sequence + 1n), memory)), 'accepted')
})
test('sources are remembered apart', () => {
  const { memory } = judge(signed(clockSequence(now) + 5n))
  assert.equal(faultKind(judge(signed(clockSequence(now), lowerPeer), memory)), 'accepted')
})
test('a fifth multicast source takes the place of the least recently used', () => {
  const sources = [1, 2, 3, 4, 5].map((last) => `10.0.0.${last}` as IpAddress)
  let memory = initialHmacMemory
  for (const source of sources) memory = judge(signed(clockSequence(now), source), memory).memory
  assert.deepEqual(
    memory.accepted.map(({ source }) => source),
    sources.slice(1).reverse(),
  )
})
test('a sender whose clock was set back is heard again after one window', () => {
  const ahead = judge(signed(clockSequence(at(4)))).memory
  assert.equal(faultKind(judge(signed(clockSequence(now)), ahead)), 'hmac-replay')
  const later = at(10)
  assert.equal(faultKind(judge(signed(clockSequence(later)), ahead, later)), 'accepted')
  // Its sequence of +4 s lies outside the window now, so even an older one than that counts.
  const setBack = at(-2)
  assert.equal(faultKind(judge(signed(clockSequence(setBack)), ahead, setBack)), 'accepted')
})
test('serial arithmetic: the number after the largest is the smallest', () => {
  const settings = { ...config, window: undefined }
  const { memory } = judge(signed((1n << 64n) - 1n), initialHmacMemory, now, settings)
  assert.equal(faultKind(judge(signed(0n), memory, now, settings)), 'accepted')
})
test('what is rejected is not remembered', () => {
  assert.deepEqual(judge(signed(clockSequence(now), peer, { ...key, secret: newKey.secret })).memory, initialHmacMemory)
})
test('our own numbers follow the clock, and always grow within one moment', () => {
  const first = nextSequence(config, undefined, now)
  assert.equal(first, sequenceOf(1_800_000_000, 32768, 0))
  assert.equal(nextSequence(config, first, now), first + 1n)
})
test('our own numbers go back to a clock that they have left behind by more than the window', () => {
  assert.equal(nextSequence(config, clockSequence(at(60)), now), clockSequence(now))
  assert.equal(nextSequence(config, clockSequence(at(3)), now), clockSequence(at(3)) + 1n)
})
test('receive-only signs nothing', () => {
  assert.deepEqual(signingKey({ ...config, mode: 'receive-only' }), { ok: false, fault: 'receive-only' })
  assert.deepEqual(signingKey(config), { ok: true, value: key })
})
test('any bytes behind a message get a verdict', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (trailing) => void judge({ source: peer, message, trailing })))
})
