// A process goes on with another file than the one before it: what that one had made and this one does not want goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IfIndex, type IpAddress, ok, type Result } from '@havip/base'
import { configPath, Pair, seedLike } from './testing/pair.ts'
import { bytesFromJson, bytesToJson } from './will.ts'

const second = `vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 52
  priority 200
  virtual_ipaddress {
    192.168.0.99
  }
}
`

/** The first node hands over to a process that reads `text`. */
function handedOver(before: Parameters<typeof Pair.ofSeed>[0], text: string, meanwhile: (pair: Pair) => void = () => {}): Pair {
  const pair = Pair.ofSeed(before)
  pair.start()
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  const heritage = JSON.parse(JSON.stringify(pair.one.daemon.handOver(), bytesToJson), bytesFromJson)
  meanwhile(pair)
  pair.one.host.killDaemon()
  pair.one.host.fileTexts.set(configPath, text)
  pair.restart(pair.one, { succession: { heritage, how: 'handover' } })
  // The kernel's reports come in.
  pair.time.advance(1)
  return pair
}
const held = (pair: Pair): readonly string[] => pair.one.host.links().flatMap(({ addresses }) => addresses.map(({ address }) => address))

test('with the same file everything stays, and nobody is told anything', () => {
  const pair = handedOver({ priority: 100, blocks: second }, seedLike(1, { priority: 100, blocks: second }))
  const { length } = pair.one.host.announced
  assert.deepEqual([...held(pair)].sort(), ['192.168.0.209', '192.168.0.88', '192.168.0.99'])
  pair.time.advance(100)
  assert.equal(pair.one.host.announced.length, length)
})

test('an address that is configured no more goes, and so does that of an instance that is', () => {
  const pair = handedOver({ priority: 100, blocks: second, address: '192.168.0.88\n192.168.0.89' }, seedLike(1, { priority: 100 }))
  assert.deepEqual([...held(pair)].sort(), ['192.168.0.209', '192.168.0.88'])
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'master')
  pair.time.advance(5000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(pair.one.daemon.status().instances[0]?.transitions.length, 0, 'its removal was taken for a loss')
})

test('an instance that is configured no more says goodbye, and its backup takes over at once', () => {
  const pair = Pair.ofSeed({ priority: 100, blocks: second }, { priority: 50, blocks: second.replace('200', '100') })
  pair.start()
  pair.time.advance(10_000)
  const heldBy = (node: typeof pair.one) => node.host.links().flatMap(({ addresses }) => addresses.map(({ address }) => address))
  assert(!heldBy(pair.two).includes('192.168.0.99' as IpAddress))
  const heritage = JSON.parse(JSON.stringify(pair.one.daemon.handOver(), bytesToJson), bytesFromJson)
  pair.one.host.killDaemon()
  pair.one.host.fileTexts.set(configPath, seedLike(1, { priority: 100 }))
  pair.restart(pair.one, { succession: { heritage, how: 'handover' } })
  // The skew of priority 100 in version 2, and no silence of three seconds.
  pair.time.advance(700)
  assert(heldBy(pair.two).includes('192.168.0.99' as IpAddress))
  assert.deepEqual(pair.owners(), ['ecs-1'], 'the other instance says nothing')
})

test('a static address that is configured no more goes', () => {
  const both = 'static_ipaddress {\n 192.168.0.70/24 dev eth0\n 192.168.0.71/24 dev eth0\n}'
  const one = both.replace(/ 192.168.0.71.*\n/, '')
  const pair = handedOver({ priority: 100, blocks: both }, seedLike(1, { priority: 100, blocks: one }))
  assert.deepEqual([...held(pair)].sort(), ['192.168.0.209', '192.168.0.70', '192.168.0.88'])
})

test('an address that moves to another interface is announced there', () => {
  const both = 'virtual_ipaddress_excluded {\n 192.168.0.90 dev DEVICE\n }'
  const pair = Pair.ofSeed({ instance: both.replace('DEVICE', 'eth1') })
  pair.one.host.setLink('eth1', [])
  pair.start()
  pair.time.advance(10_000)
  const heritage = pair.one.daemon.handOver()
  pair.one.host.killDaemon()
  const { length } = pair.one.host.announced
  pair.one.host.fileTexts.set(configPath, seedLike(1, { priority: 100, instance: both.replace('DEVICE', 'eth0') }))
  pair.restart(pair.one, { succession: { heritage, how: 'handover' } })
  pair.time.advance(1)
  const places = pair.one.host.links().flatMap(({ name, addresses }) => addresses.map(({ address }) => `${name} ${address}`))
  assert.ok(places.includes('eth0 192.168.0.90') && !places.includes('eth1 192.168.0.90'), places.join(', '))
  pair.time.advance(100)
  assert.ok(pair.one.host.announced.length > length)
})

test('routes and rules go, and an interface only if it is still the one that was made', () => {
  const removed: IfIndex[] = []
  const text = seedLike(1, { priority: 100 })
  const routes = 'virtual_routes {\n 10.8.0.0/16 via 192.168.0.1\n }'
  const pair = Pair.ofSeed({ instance: routes })
  pair.start()
  pair.time.advance(10_000)
  assert.equal(pair.one.host.parts.routes.length, 1)
  const heritage = pair.one.daemon.handOver()
  const links = [
    { index: 41 as IfIndex, name: 'vrrp.51' },
    { index: 42 as IfIndex, name: 'vrrp.52' },
    { index: 43 as IfIndex, name: 'vrrp.53' },
  ]
  pair.one.host.setLink('vrrp.51', [], { index: 41 as IfIndex })
  pair.one.host.setLink('somebody', [], { index: 42 as IfIndex })
  const remove = (index: IfIndex): Result<void, never> => {
    removed.push(index)
    return ok(undefined)
  }
  Object.assign(pair.one.host, { vmacs: { remove } })
  pair.one.host.killDaemon()
  pair.one.host.fileTexts.set(configPath, text)
  const holdings = { removeAddresses: [], ...heritage.holdings, removeLinks: links }
  pair.restart(pair.one, { succession: { heritage: { ...heritage, holdings }, how: 'handover' } })
  assert.deepEqual(removed, [41])
  assert.equal(pair.one.host.parts.routes.length, 0)
})
