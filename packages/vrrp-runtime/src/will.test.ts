import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pair } from './testing/pair.ts'
import { willFromJson, willToJson } from './will.ts'

test('a will read back from its JSON is the same will, bytes included', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  const { will } = pair.one.host
  assert.ok(will && will.resignations.length === 1)
  assert.deepEqual(willFromJson(willToJson(will)), will)
})

test('the resignation in the will is what a stop sends', () => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  const resignation = pair.one.host.will?.resignations[0]?.datagram
  pair.one.daemon.stop(() => {})
  const sent = pair.segment.sent.at(-1)?.datagram
  // Bytes 4 and 5 are the IP identification, which counts; 10 and 11 its checksum, which the kernel fills in.
  const without = (bytes: Uint8Array | undefined) => bytes && [...bytes].map((byte, at) => ([4, 5, 10, 11].includes(at) ? 0 : byte))
  assert.deepEqual(without(resignation), without(sent))
})
