import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Priority, priority } from '@havip/base'
import { type Condition, effectivePriority, effectOf } from './tracking.ts'

const good: Condition = { kind: 'good' }
const bad: Condition = { kind: 'bad', detail: '' }
const amount = (condition: Condition, weight: number, reverse = false): number | string => {
  const effect = effectOf(condition, { weight, reverse })
  return effect.kind === 'contributes' ? effect.amount : effect.kind
}

test('a positive weight is added while good, a negative one while bad', () => {
  assert.deepEqual([amount(good, 20), amount(bad, 20)], [20, 0])
  assert.deepEqual([amount(good, -20), amount(bad, -20)], [0, -20])
})

test('reverse turns the sign around', () => {
  assert.deepEqual([amount(good, 20, true), amount(bad, 20, true)], [-20, 0])
  assert.deepEqual([amount(good, -20, true), amount(bad, -20, true)], [0, 20])
})

test('weight 0 is FAULT while bad, reversed while good', () => {
  assert.deepEqual([amount(good, 0), amount(bad, 0)], [0, 'fault'])
  assert.deepEqual([amount(good, 0, true), amount(bad, 0, true)], ['fault', 0])
})

test('before the first report a weight counts nothing, and weight 0 is awaited', () => {
  assert.deepEqual([amount({ kind: 'pending' }, 20), amount({ kind: 'pending' }, 0)], [0, 'awaited'])
})

test('a file counts its number times the weight; -254 and less is FAULT; weight 0 asks for zero', () => {
  const says = (value: number): Condition => ({ kind: 'number', value })
  assert.deepEqual([amount(says(3), 5), amount(says(3), 5, true), amount(says(1000), 1)], [15, -15, 253])
  assert.deepEqual([amount(says(-254), 1), amount(says(-253), 1)], ['fault', -253])
  assert.deepEqual([amount(says(0), 0), amount(says(7), 0), amount(says(0), 0, true)], [0, 'fault', 'fault'])
})

test('the effective priority stays within 1 to 254, and an owner stays 255', () => {
  const of = (base: number): Priority => {
    const result = priority(base)
    assert.ok(result.ok)
    return result.value
  }
  assert.deepEqual([effectivePriority(of(100), -200), effectivePriority(of(100), 200), effectivePriority(of(255), -200)], [1, 254, 255])
})
