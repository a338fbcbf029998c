// Token buckets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenBuckets } from './throttle.ts'

test('a burst passes, then calls pass at the steady rate', () => {
  const throttle = tokenBuckets({ perSecond: 10, burst: 3 })
  assert.deepEqual(
    [0, 0, 0].map((at) => throttle.take('a', at)),
    [undefined, undefined, undefined],
  )
  assert.equal(throttle.take('a', 0), 100)
  assert.equal(throttle.take('a', 50), 50)
  assert.equal(throttle.take('a', 100), undefined)
  assert.equal(throttle.take('a', 100), 100)
})
test('callers have buckets of their own', () => {
  const throttle = tokenBuckets({ perSecond: 1, burst: 1 })
  assert.equal(throttle.take('a', 0), undefined)
  assert.equal(throttle.take('b', 0), undefined)
  assert.equal(throttle.take('a', 0), 1000)
})
test('a clock that steps back gives nobody anything', () => {
  const throttle = tokenBuckets({ perSecond: 1, burst: 1 })
  throttle.take('a', 10_000)
  assert.equal(throttle.take('a', 0), 1000)
})
