import assert from 'node:assert/strict'
import { test } from 'node:test'
import { priority } from '@havip/base'
import type { Inventory } from './inventory.ts'
import { Pair } from './testing/pair.ts'

const prio = (value: number) => {
  const read = priority(value)
  assert(read.ok)
  return read.value
}
const running = (): Pair => {
  const pair = Pair.ofSeed()
  pair.start()
  pair.time.advance(10_000)
  return pair
}
const inventory = (pair: Pair, known?: string): Inventory => {
  const found = pair.one.daemon.inventory(known)
  assert(found)
  return JSON.parse(JSON.stringify(found)) as Inventory
}

test('the configured part comes once, until a reload makes another', () => {
  const pair = running()
  const first = inventory(pair)
  assert.equal(first.configured?.instances[0]?.name, 'VI_1')
  assert.equal(inventory(pair, first.revision).configured, undefined)
  pair.one.daemon.reload()
  const second = inventory(pair, first.revision)
  assert.notEqual(second.revision, first.revision)
  assert.notEqual(second.configured, undefined)
})

test('it shows no secret', () => {
  const pair = running()
  const text = pair.one.host.fileTexts.values().next().value ?? ''
  const password = /auth_pass (\S+)/.exec(text)?.[1]
  assert(password !== undefined && password.length > 0)
  assert(!JSON.stringify(inventory(pair)).includes(password))
})

test('states, addresses and counters of the moment', () => {
  const pair = running()
  const [now] = inventory(pair).now.instances
  assert.equal(now?.state, 'master')
  assert.equal(now?.masterBecause, 'master-silent')
  assert.deepEqual(
    now?.addresses.map(({ isSet }) => isSet),
    [true],
  )
  assert.equal(now?.master, now?.source)
  assert((now?.upForMs ?? 0) > 5000 && (now?.counters.advert_sent ?? 0) > 0)
  const other = pair.two.daemon.inventory()?.now.instances[0]
  assert.deepEqual([other?.state, other?.isHolding, other?.master, other?.masterBecause], ['backup', false, now?.source, undefined])
})

test('what SNMP sets holds until a reload: a lower priority gives the address away, the file takes it back', () => {
  const pair = running()
  const { daemon, host } = pair.one
  assert.equal(daemon.adjust('nobody', { priority: prio(7) }), false)
  assert.equal(daemon.adjust('VI_1', { priority: prio(7) }), true)
  assert.deepEqual(host.lines(/via SNMP/), ['(VI_1) base priority changed from 100 to 7 via SNMP.'])
  assert.equal(inventory(pair).now.instances[0]?.basePriority, 7)
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  assert.equal(daemon.adjust('VI_1', { preempt: false }), true)
  assert.deepEqual(host.lines(/with SNMP/), ['(VI_1) preemption disabled with SNMP'])
  assert.equal(daemon.reload().accepted, true)
  assert.equal(inventory(pair).now.instances[0]?.basePriority, 100)
  assert.equal(inventory(pair).now.instances[0]?.preempt, true)
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})
