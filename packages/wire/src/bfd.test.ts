// BFD control packets: golden bytes, their way back, and each check of RFC 5880 §6.8.6.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { microseconds } from '@havip/base'
import { type BfdControl, type BfdFault, decodeBfd, encodeBfd } from './bfd.ts'

const packet: BfdControl = {
  state: 'up',
  diagnostic: 'neighbor-signaled-down',
  poll: true,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  multiplier: 5,
  myDiscriminator: 0x01020304,
  yourDiscriminator: 0xfffefdfc,
  desiredMinTx: microseconds(10_000),
  requiredMinRx: microseconds(1_000_000),
  requiredMinEchoRx: microseconds(0),
}
const bytes = (): Uint8Array => encodeBfd(packet)
/** The golden packet with some bytes changed. */
const withBytes = (...changes: readonly (readonly [at: number, value: number])[]): Uint8Array => {
  const changed = bytes()
  for (const [at, value] of changes) changed[at] = value
  return changed
}
const faultOf = (payload: Uint8Array): BfdFault | undefined => {
  const read = decodeBfd(payload)
  return read.ok ? undefined : read.fault
}

test('a control packet has the bytes of the figure in RFC 5880', () => {
  assert.equal(
    Buffer.from(bytes()).toString('hex'),
    '23' + 'e0' + '05' + '18' + '01020304' + 'fffefdfc' + '00002710' + '000f4240' + '00000000',
  )
})
test('a control packet reads back', () => {
  assert.deepEqual(decodeBfd(bytes()), { ok: true, value: packet })
})
test('bytes behind the length of the packet are ignored', () => {
  assert.deepEqual(decodeBfd(Uint8Array.of(...bytes(), 1, 2, 3)), { ok: true, value: packet })
})
test('a diagnostic that has no meaning yet is read as reserved', () => {
  const read = decodeBfd(withBytes([0, 0x20 | 31]))
  assert(read.ok)
  assert.equal(read.value.diagnostic, 'reserved')
})
test('fewer than 24 bytes are no control packet', () => {
  assert.deepEqual(faultOf(bytes().subarray(0, 23)), { kind: 'too-short', needed: 24, have: 23 })
})
test('a version other than 1 is refused', () => {
  assert.deepEqual(faultOf(withBytes([0, 0x03])), { kind: 'wrong-version', version: 0 })
})
test('a length below 24 is refused', () => {
  assert.deepEqual(faultOf(withBytes([3, 23])), { kind: 'wrong-length', claimed: 23, have: 24 })
})
test('a length beyond the payload is refused', () => {
  assert.deepEqual(faultOf(withBytes([3, 25])), { kind: 'wrong-length', claimed: 25, have: 24 })
})
test('with the authentication bit the length has to be 26 at least', () => {
  assert.deepEqual(faultOf(withBytes([1, 0xe4])), { kind: 'wrong-length', claimed: 24, have: 24 })
})
test('a detection multiplier of zero is refused', () => {
  assert.deepEqual(faultOf(withBytes([2, 0])), { kind: 'zero-multiplier' })
})
test('the multipoint bit is refused', () => {
  assert.deepEqual(faultOf(withBytes([1, 0xe1])), { kind: 'multipoint' })
})
test('a sender without a discriminator is refused', () => {
  assert.deepEqual(faultOf(withBytes([4, 0], [5, 0], [6, 0], [7, 0])), { kind: 'zero-my-discriminator' })
})
test('a packet for no session in particular is refused when its sender says Init or Up', () => {
  const noSession = [8, 9, 10, 11].map((at) => [at, 0] as const)
  assert.deepEqual(faultOf(withBytes(...noSession)), { kind: 'zero-your-discriminator', state: 'up' })
  assert.deepEqual(faultOf(withBytes(...noSession, [1, 0x80])), { kind: 'zero-your-discriminator', state: 'init' })
})
test('a packet for no session in particular is taken when its sender says Down or AdminDown', () => {
  const noSession = [8, 9, 10, 11].map((at) => [at, 0] as const)
  assert.equal(faultOf(withBytes(...noSession, [1, 0x40])), undefined)
  assert.equal(faultOf(withBytes(...noSession, [1, 0x00])), undefined)
})
test('an authenticated packet is refused, with the type of its authentication', () => {
  const authenticated = Uint8Array.of(...withBytes([1, 0xe4], [3, 26]), 5, 28)
  assert.deepEqual(faultOf(authenticated), { kind: 'authenticated', type: 5 })
})
test('poll and final together are refused', () => {
  assert.deepEqual(faultOf(withBytes([1, 0xf0])), { kind: 'poll-and-final' })
})
