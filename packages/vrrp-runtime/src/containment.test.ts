import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pair, seedLike } from './testing/pair.ts'

const twoInstances = (own: 1 | 2, priority: number): string => {
  const first = seedLike(own, { priority, instance: 'notify /etc/keepalived/one.sh' })
  const second = seedLike(own, { priority, address: '192.168.0.90' }).replace('VI_1', 'VI_2').replace('router_id 51', 'router_id 52')
  return `${first}\n${second.slice(second.indexOf('vrrp_instance'))}`
}

test('a mistake of ours in one instance stops that one, resigning, and leaves the other running', () => {
  const pair = new Pair(twoInstances(1, 100), twoInstances(2, 10))
  pair.start()
  pair.time.advance(10_000)
  // Something that must not happen happens while the first instance tells its script.
  const start = pair.one.host.startProcess.bind(pair.one.host)
  pair.one.host.startProcess = (spec, done) => {
    if (spec.argv.includes('FAULT')) throw new TypeError('a bug')
    return start(spec, done)
  }
  pair.write(pair.one, twoInstances(1, 100).replace('interface eth0', 'interface eth0\n track_interface {\n eth1\n }'))
  pair.one.host.setLink('eth1', [], { isUp: false })
  pair.one.daemon.reload()
  pair.time.advance(5000)
  const [one, two] = pair.one.daemon.status().instances
  assert.equal(one?.state, 'stopped')
  assert.equal(one?.stoppedBecause, 'a bug')
  assert.equal(two?.state, 'master')
  assert.deepEqual(pair.owners('192.168.0.88'), ['ecs-2'])
  assert.deepEqual(pair.owners('192.168.0.90'), ['ecs-1'])
  assert.ok(pair.one.daemon.recording('VI_1').length > 5, 'its recording stays')
})

test('a tracked interface that is down is FAULT for the instance that tracks it, not for its neighbour', () => {
  const pair = new Pair(
    twoInstances(1, 100).replace('interface eth0', 'interface eth0\n track_interface {\n eth1\n }'),
    twoInstances(2, 10),
  )
  pair.one.host.setLink('eth1', [])
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.setUp('eth1', false)
  pair.time.advance(5000)
  assert.deepEqual(pair.owners('192.168.0.88'), ['ecs-2'])
  assert.deepEqual(pair.owners('192.168.0.90'), ['ecs-1'])
})
