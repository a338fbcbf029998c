import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pair } from './testing/pair.ts'

const refusal = { call: 'RTM_NEWADDR', errno: 'EBUSY', detail: 'not now' }
const stateOf = (pair: Pair): string | undefined => pair.one.daemon.status().instances[0]?.state
const blocks = `track_group WAY_OUT {
  group {
    VI_1
  }
}
static_ipaddress {
  10.9.2.1/24 dev eth1 track_group WAY_OUT
  10.9.3.1/24 dev eth1
}
static_routes {
  10.30.0.0/16 via 192.168.0.1 dev eth0 track_group WAY_OUT
}
`
const running = (): Pair => {
  const pair = Pair.ofSeed({ blocks })
  pair.one.host.setLink('eth1', ['10.7.0.1'])
  pair.start(pair.one)
  pair.time.advance(10_000)
  assert.equal(stateOf(pair), 'master')
  return pair
}

test('a static item that vanishes is put back, and its track group notices nothing', () => {
  const pair = running()
  pair.one.host.loseAddress('10.9.2.1')
  pair.time.advance(1)
  pair.one.host.parts.loseRoute('10.30.0.0')
  assert.ok(pair.one.host.has('10.9.2.1'))
  assert.equal(pair.one.host.parts.routes.length, 1)
  assert.equal(stateOf(pair), 'master')
})

test('one that cannot be put back keeps the instances of its track group in FAULT until it is there again', () => {
  const pair = running()
  pair.one.host.refuses.addAddress = refusal
  pair.one.host.loseAddress('10.9.3.1')
  pair.time.advance(1)
  assert.equal(stateOf(pair), 'master')
  pair.one.host.loseAddress('10.9.2.1')
  pair.time.advance(1)
  assert.equal(stateOf(pair), 'fault')
  assert.equal(pair.one.host.lines(/static address 10\.9\.2\.1 on eth1 is missing/).length, 1)
  delete pair.one.host.refuses.addAddress
  pair.time.advance(1100)
  assert.equal(stateOf(pair), 'backup')
  assert.ok(pair.one.host.has('10.9.2.1') && pair.one.host.has('10.9.3.1'))
})

test('a route of a track group that is refused says FAULT, too, and is told once', () => {
  const pair = running()
  pair.one.host.parts.refusesRoutes = refusal
  pair.one.host.parts.loseRoute('10.30.0.0')
  pair.time.advance(5000)
  assert.equal(stateOf(pair), 'fault')
  assert.equal(pair.one.host.lines(/cannot add a route/).length, 1)
  pair.one.host.parts.refusesRoutes = undefined
  pair.time.advance(1100)
  assert.equal(stateOf(pair), 'backup')
})

test('the instances of a track group follow the interfaces of its items', () => {
  const pair = running()
  pair.one.host.setUp('eth1', false)
  assert.equal(stateOf(pair), 'fault')
  pair.one.host.setUp('eth1', true)
  assert.equal(stateOf(pair), 'backup')
})

test('a static address comes with its interface, at the start and after it was gone', () => {
  const pair = Pair.ofSeed({ blocks, global: 'dynamic_interfaces' })
  pair.start(pair.one)
  pair.time.advance(10_000)
  assert.equal(stateOf(pair), 'fault')
  pair.one.host.setLink('eth1', ['10.7.0.1'])
  assert.ok(pair.one.host.has('10.9.2.1') && pair.one.host.has('10.9.3.1'))
  pair.time.advance(10_000)
  assert.equal(stateOf(pair), 'master')
  pair.one.host.removeLink('eth1')
  assert.equal(stateOf(pair), 'fault')
  pair.one.host.setLink('eth1', ['10.7.0.1'], { index: 77 as never })
  assert.ok(pair.one.host.has('10.9.2.1'))
  assert.equal(stateOf(pair), 'backup')
})

test('routes that the kernel has dropped with their interface, without a word, are there again when it is up', () => {
  const virtual = 'virtual_routes {\n 10.31.0.0/16 via 192.168.0.1 dev eth0\n 10.32.0.0/16 via 10.7.0.2 dev eth1\n }\n dont_track_primary'
  const pair = Pair.ofSeed({ blocks: 'static_routes {\n 10.30.0.0/16 via 192.168.0.1 dev eth0\n}\n', instance: virtual })
  pair.one.host.setLink('eth1', ['10.7.0.1'])
  pair.start(pair.one)
  pair.time.advance(10_000)
  const { routes } = pair.one.host.parts
  const there = (): readonly unknown[] => routes.map(({ destination }) => destination).sort()
  assert.deepEqual(there(), ['10.30.0.0', '10.31.0.0', '10.32.0.0'])
  pair.one.host.setUp('eth0', false)
  routes.splice(0, routes.length, ...routes.filter(({ destination }) => destination === '10.32.0.0'))
  pair.time.advance(1000)
  pair.one.host.setUp('eth0', true)
  pair.time.advance(1)
  assert.equal(stateOf(pair), 'master')
  assert.deepEqual(there(), ['10.30.0.0', '10.31.0.0', '10.32.0.0'])
})
