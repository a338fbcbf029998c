import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pair } from './testing/pair.ts'

const stateOf = (pair: Pair): string | undefined => pair.one.daemon.status().instances[0]?.state

test('a link that flaps faster than its delay is not noticed, one that stays down is, and coming up has its own delay', () => {
  const pair = Pair.ofSeed({ blocks: 'interface_up_down_delays {\n eth0 2 1\n}' })
  pair.start(pair.one)
  pair.time.advance(10_000)
  const { host } = pair.one
  host.setUp('eth0', false)
  pair.time.advance(1500)
  host.setUp('eth0', true)
  pair.time.advance(5000)
  assert.equal(stateOf(pair), 'master')
  assert.equal(host.lines(/eth0 down/).length, 0)
  host.setUp('eth0', false)
  pair.time.advance(1900)
  assert.equal(stateOf(pair), 'master')
  pair.time.advance(200)
  assert.equal(stateOf(pair), 'fault')
  host.setUp('eth0', true)
  pair.time.advance(900)
  assert.equal(stateOf(pair), 'fault')
  pair.time.advance(200)
  assert.equal(stateOf(pair), 'backup')
})

test('a link that is down at the start counts as down at once', () => {
  const pair = Pair.ofSeed({ blocks: 'interface_up_down_delays {\n eth0 5\n}' })
  pair.one.host.setUp('eth0', false)
  pair.start(pair.one)
  assert.equal(stateOf(pair), 'fault')
})
