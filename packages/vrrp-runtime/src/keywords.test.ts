// Election and announcement keywords in the whole daemon, one at a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IfIndex, IpAddress } from '@havip/base'
import { Pair, seedLike } from './testing/pair.ts'

test('an interface that is deleted means FAULT, and its successor an election on the new one', () => {
  const pair = Pair.ofSeed({ global: 'dynamic_interfaces' })
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.removeLink('eth0')
  assert.deepEqual(pair.one.daemon.status().instances[0]?.faults, ['interface eth0 does not exist', 'no address to send from'].slice(0, 1))
  pair.time.advance(5000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  pair.one.host.setLink('eth0', ['192.168.0.209'], { index: 77 as IfIndex })
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(pair.one.host.announced.at(-1)?.announcement.interface, 77)
})
test('garp_extra_if all: addresses on another interface are announced every so often, the others are not', () => {
  const pair = Pair.ofSeed({
    instance: 'garp_extra_if all 4\n virtual_ipaddress_excluded {\n 10.1.0.1 dev eth1\n }\n garp_master_refresh 0',
  })
  pair.one.host.setLink('eth1', ['10.1.0.2'])
  pair.start(pair.one)
  pair.time.advance(6000)
  const before = pair.one.host.announced.length
  pair.time.advance(12_000)
  const extra = pair.one.host.announced.slice(before).map(({ announcement }) => announcement.address)
  assert.deepEqual(extra, ['10.1.0.1', '10.1.0.1', '10.1.0.1'] as IpAddress[])
})
test('old_unicast_checksum: adverts are computed over 224.0.0.18, and the peer follows unless told never to', () => {
  const v3 = (own: 1 | 2, more: string): string =>
    seedLike(own, { priority: own === 1 ? 100 : 10, instance: `version 3\n ${more}` }).replace(/authentication \{[^}]*\}/, '')
  const following = new Pair(v3(1, 'old_unicast_checksum'), v3(2, ''))
  following.start()
  following.time.advance(10_000)
  assert.deepEqual(following.owners(), ['ecs-1'])
  assert.equal(following.two.host.lines(/computes checksums in the old unicast way/).length, 1)
  const refusing = new Pair(v3(1, 'old_unicast_checksum'), v3(2, 'old_unicast_checksum never'))
  refusing.start()
  refusing.time.advance(10_000)
  assert.deepEqual(refusing.owners(), ['ecs-1', 'ecs-2'])
})
test('v3_checksum_as_v2: both sides without pseudo header understand each other', () => {
  const v3 = (own: 1 | 2): string =>
    seedLike(own, { priority: own === 1 ? 100 : 10, instance: 'version 3\n v3_checksum_as_v2' }).replace(/authentication \{[^}]*\}/, '')
  const pair = new Pair(v3(1), v3(2))
  pair.start()
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(pair.two.daemon.status().instances[0]?.counters.checksum_err, 0)
})
test('track_src_ip: without the configured source address the router is in FAULT', () => {
  const pair = Pair.ofSeed({ instance: 'track_src_ip' })
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.setLink('eth0', ['192.168.0.3'])
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'fault')
  pair.one.host.setLink('eth0', ['192.168.0.209'])
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})
test('dont_track_primary: the own interface may be down', () => {
  const pair = Pair.ofSeed({ instance: 'dont_track_primary' })
  pair.start()
  pair.time.advance(10_000)
  pair.one.host.setUp('eth0', false)
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'master')
})
test('down_timer_adverts: silence counts after as many adverts', () => {
  const pair = Pair.ofSeed({ instance: 'down_timer_adverts 6' })
  pair.start(pair.one)
  pair.time.advance(6600)
  assert.deepEqual(pair.owners(), [])
  pair.time.advance(10)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})
test('timer_expired_backup: after a freeze that others must have noticed the master lets go, however short the interval', () => {
  const fast = (own: 1 | 2, more: string): string =>
    seedLike(own, { priority: own === 1 ? 100 : 90, instance: `version 3\n ${more}` })
      .replace(/authentication \{[^}]*\}/, '')
      .replace('advert_int 1', 'advert_int 0.1')
  const reasonAfterFreeze = (more: string): string | undefined => {
    const pair = new Pair(fast(1, more), fast(2, ''))
    pair.start(pair.one)
    pair.time.advance(5000)
    pair.one.host.clock.freeze((pair.time.now + 700) as never)
    pair.time.advance(705)
    return pair.one.daemon.status().instances[0]?.transitions[0]?.reason.kind
  }
  assert.equal(reasonAfterFreeze('nopreempt\n timer_expired_backup 90'), 'own-stall')
  assert.equal(reasonAfterFreeze('nopreempt'), 'master-silent', 'not without the keyword')
})
test('a shorter freeze is healed: the master announces its addresses again', () => {
  const pair = new Pair(
    seedLike(1, { priority: 100, instance: 'version 3' })
      .replace(/authentication \{[^}]*\}/, '')
      .replace('advert_int 1', 'advert_int 0.1'),
    seedLike(2, { priority: 10 }),
  )
  pair.start(pair.one)
  pair.time.advance(7500)
  const before = pair.one.host.announced.length
  pair.one.host.clock.freeze((pair.time.now + 700) as never)
  pair.time.advance(705)
  assert.equal(pair.one.host.announced.length - before, 5)
  assert.equal(pair.one.host.lines(/announcing our addresses again: for 7\d\d ms/).length, 1)
})
test('unicast_fault_no_peer: no peers is FAULT, not multicast', () => {
  const text = seedLike(1, { priority: 100, instance: 'unicast_fault_no_peer' }).replace(/unicast_peer \{[^}]*\}/, '')
  const pair = new Pair(text, text)
  pair.start(pair.one)
  assert.equal(pair.one.daemon.status().instances[0]?.state, 'fault')
})
test('mcast_dst_ip: another group', () => {
  const text = seedLike(1, { priority: 100, instance: 'mcast_dst_ip 224.0.0.99' })
    .replace(/unicast_peer \{[^}]*\}/, '')
    .replace('unicast_src_ip', 'mcast_src_ip')
  const pair = new Pair(text, text)
  pair.start(pair.one)
  pair.time.advance(4000)
  assert.deepEqual([...(pair.segment.sent[0]?.datagram.subarray(16, 20) ?? [])], [224, 0, 0, 99])
})
