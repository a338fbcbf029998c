import assert from 'node:assert/strict'
import { test } from 'node:test'
import { microseconds } from '@havip/base'
import fc from 'fast-check'
import { type BfdControl, bfdDiagnostics, bfdStates, decodeBfd, encodeBfd } from './bfd.ts'

const word = fc.integer({ min: 0, max: 0xffffffff })
const time = word.map(microseconds)
const packets: fc.Arbitrary<BfdControl> = fc
  .record({
    state: fc.constantFrom(...bfdStates),
    diagnostic: fc.constantFrom(...bfdDiagnostics),
    flag: fc.constantFrom('poll', 'final', 'none'),
    controlPlaneIndependent: fc.boolean(),
    demand: fc.boolean(),
    multiplier: fc.integer({ min: 1, max: 255 }),
    myDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
    yourDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
    desiredMinTx: time,
    requiredMinRx: time,
    requiredMinEchoRx: time,
  })
  .map(({ flag, ...rest }) => ({ ...rest, poll: flag === 'poll', final: flag === 'final' }))

test('reading undoes writing', () => {
  fc.assert(fc.property(packets, (packet) => assert.deepEqual(decodeBfd(encodeBfd(packet)), { ok: true, value: packet })))
})
test('any bytes give an answer, and what is accepted keeps the promises of the type', () => {
  const nearly = fc
    .tuple(packets, fc.array(fc.tuple(fc.nat(23), fc.nat(255)), { maxLength: 3 }), fc.uint8Array({ maxLength: 8 }))
    .map(([packet, changes, tail]) => {
      const bytes = Uint8Array.of(...encodeBfd(packet), ...tail)
      for (const [at, value] of changes) bytes[at] = value
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), nearly), (bytes) => {
      const read = decodeBfd(bytes)
      if (!read.ok) return
      const { multiplier, myDiscriminator, yourDiscriminator, state, poll, final } = read.value
      assert(multiplier >= 1 && multiplier <= 255 && myDiscriminator >= 1)
      assert(yourDiscriminator > 0 || state === 'down' || state === 'admin-down')
      assert(!(poll && final))
    }),
    { numRuns: 500 },
  )
})
