import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSteady, measureTest } from './ha-measure.ts'
import type { ProbeSample } from './ha-resource.ts'

/** One character for each 10 ms: a letter answers, a dot is lost. */
const heard = (text: string): ProbeSample[] =>
  [...text].map((letter, at) => ({ atMs: at * 10, outcome: letter === '.' ? 'timed-out' : 'answered', by: letter === '.' ? '' : letter }))

test('the outage is the time between the two answers around what was lost', () => {
  assert.deepEqual(measureTest(heard('aaaa...bbb'), 40), { outageMs: 40, lost: 3, before: 'a', after: 'b' })
})
test('what was lost before the fault does not count', () => {
  assert.deepEqual(measureTest(heard('a..aaaabbb'), 60), { outageMs: 0, lost: 0, before: 'a', after: 'b' })
})
test('of several stretches the longest counts', () => {
  assert.deepEqual(measureTest(heard('aa.b...bb.bb'), 20), { outageMs: 40, lost: 5, before: 'a', after: 'b' })
})
test('an outage that has not ended has no length', () => {
  assert.deepEqual(measureTest(heard('aaaa....'), 40), { outageMs: undefined, lost: 4, before: 'a', after: '' })
})
test('the order in which requests ended does not matter', () => {
  const samples = heard('aaaa...bbb')
  assert.deepEqual(measureTest([...samples].reverse(), 40), measureTest(samples, 40))
})
test('nothing was heard at all', () => {
  assert.deepEqual(measureTest([], 0), { outageMs: 0, lost: 0, before: '', after: '' })
})
test('steady is one answerer, long enough and often enough', () => {
  assert.equal(isSteady(heard('aaaaa'), 4, 40), true)
  assert.equal(isSteady(heard('aaaaa'), 4, 50), false)
  assert.equal(isSteady(heard('aaaab'), 4, 20), false)
  assert.equal(isSteady(heard('a.aaa'), 4, 20), false)
  assert.equal(isSteady(heard('.aaaa'), 4, 30), true)
  assert.equal(isSteady([], 1, 0), false)
})
