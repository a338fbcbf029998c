import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addWords, checksumOf, finishChecksum } from './checksum.ts'

test('the example of RFC 1071 §3 sums to ddf2', () => {
  const words = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)
  assert.equal(checksumOf([words]), ~0xddf2 & 0xffff)
})
test('an odd byte at the end counts as if a zero followed', () => {
  assert.equal(checksumOf([Uint8Array.of(1, 2, 3)]), checksumOf([Uint8Array.of(1, 2, 3, 0)]))
})
test('an odd part before the last one is our own mistake', () => {
  assert.throws(() => checksumOf([Uint8Array.of(1), Uint8Array.of(2)]), /only the last part/)
})
test('a message that holds its own checksum sums to zero', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 200 }), (message) => {
      message[2] = 0
      message[3] = 0
      const sum = checksumOf([message])
      message[2] = sum >> 8
      message[3] = sum & 255
      assert.equal(checksumOf([message]), 0)
    }),
  )
})
test('where a message is cut into parts does not matter', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 150 }), (message, words) => {
      const cut = Math.min(message.length & ~1, 2 * words)
      assert.equal(checksumOf([message.subarray(0, cut), message.subarray(cut)]), checksumOf([message]))
    }),
  )
})
test('the largest possible datagram does not overflow', () => {
  assert.equal(finishChecksum(addWords(0, new Uint8Array(65534).fill(0xff))), 0)
})
