import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeProcessEvent, encodeListen } from './process-event.ts'

const words = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value, true)
  return bytes
}
/** `struct cn_msg` and `struct proc_event` with these words after the time stamp. */
const event = (what: number, ...rest: readonly number[]): Uint8Array => words(1, 1, 7, 0, 4 * (4 + rest.length), what, 0, 0, 0, ...rest)
const decoded = (payload: Uint8Array): unknown => {
  const result = decodeProcessEvent(payload)
  return result.ok ? result.value : result.fault.kind
}

test('the events that matter are told by the process, threads are not', () => {
  assert.deepEqual(decoded(event(0, 1, 0)), { kind: 'acknowledged', errno: 1 })
  assert.deepEqual(decoded(event(1, 10, 10, 11, 11)), { kind: 'began', pid: 11 })
  assert.deepEqual(decoded(event(1, 10, 10, 12, 10)), { kind: 'other' })
  assert.deepEqual(decoded(event(2, 11, 11)), { kind: 'changed', pid: 11 })
  assert.deepEqual(decoded(event(0x200, 11, 11, 0, 0, 0, 0)), { kind: 'changed', pid: 11 })
  assert.deepEqual(decoded(event(0x80000000, 11, 11, 0, 17)), { kind: 'ended', pid: 11 })
  assert.deepEqual(decoded(event(0x80000000, 12, 11, 0, 17)), { kind: 'other' })
  assert.deepEqual(decoded(event(4, 11, 11, 0, 0)), { kind: 'other' })
})

test('the request is one message of the connector that says listen', () => {
  const request = encodeListen(5)
  assert.deepEqual([...request.subarray(0, 16)], [40, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0])
  assert.deepEqual(request.subarray(16), words(1, 1, 5, 0, 4, 1))
})

test('any bytes give an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (payload) => {
      assert.equal(typeof decodeProcessEvent(payload).ok, 'boolean')
    }),
  )
})
