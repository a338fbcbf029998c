import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { IfIndex } from '@havip/base'
import type { RouteRequest, RuleRequest } from '@havip/wire'
import { createLinuxClock } from './clock.ts'
import { createLinuxHost } from './host.ts'
import type { LinuxClock, LinuxHost } from './options.ts'
import { createTestNetwork, ipv4, skipWithoutNamespaces, type TestNetwork } from './test-network.ts'

const plain = { mac: undefined, prefix: 'vrrp', ipvlan: undefined, group: undefined, notifies: false } as const

describe('routes, rules and virtual MACs in a namespace', { skip: skipWithoutNamespaces }, () => {
  let network: TestNetwork
  let clock: LinuxClock
  let host: LinuxHost
  let eth0: IfIndex

  before(() => {
    network = createTestNetwork()
    clock = createLinuxClock()
    host = network.left.within(() => createLinuxHost({ clock, log: () => {} }))
    eth0 = network.left.indexOf('eth0')
  })
  after(() => {
    network.left.within(() => host.close())
    clock.close()
    network.close()
  })
  const setting = (path: string): string => network.left.within(() => readFileSync(`/proc/sys/net/${path}`, 'latin1').trim())

  test('a route is added and removed, and doing it twice is no fault', () => {
    const route: RouteRequest = {
      family: 'ipv4',
      destination: ipv4('10.20.0.0'),
      prefix: 16,
      gateway: ipv4('10.9.0.2'),
      outInterface: eth0,
      table: 100,
    }
    for (let i = 0; i < 2; i++) assert.deepEqual(host.routing.addRoutes([route]), [{ ok: true, value: undefined }])
    assert.match(network.left.ip('route show table 100'), /^10\.20\.0\.0\/16 via 10\.9\.0\.2 dev eth0 proto (18|keepalived)/)
    for (const value of ['removed', 'was-not-there']) assert.deepEqual(host.routing.removeRoutes([route]), [{ ok: true, value }])
    assert.equal(network.left.ip('route show table 100').trim(), '')
  })

  test('a route whose gateway cannot be reached is refused, and the others of the batch are done', () => {
    const good: RouteRequest = { family: 'ipv4', destination: ipv4('10.21.0.0'), prefix: 16, outInterface: eth0 }
    const results = host.routing.addRoutes([
      { family: 'ipv4', destination: ipv4('10.22.0.0'), prefix: 16, gateway: ipv4('203.0.113.1') },
      good,
    ])
    const [refused, done] = results
    assert.equal(refused && !refused.ok && refused.fault.errno, 'ENETUNREACH')
    assert.match(refused && !refused.ok ? refused.fault.detail : '', /^route 10\.22\.0\.0\/16 via 203\.0\.113\.1: /)
    assert.equal(done?.ok, true)
    host.routing.removeRoutes([good])
  })

  test('a rule is added and removed, and doing it twice is no fault', () => {
    const rule: RuleRequest = { family: 'ipv4', source: { address: ipv4('10.9.0.100'), prefix: 32 }, table: 100, priority: 1234 }
    for (let i = 0; i < 2; i++) assert.deepEqual(host.routing.addRules([rule]), [{ ok: true, value: undefined }])
    assert.match(network.left.ip('rule show'), /1234:\s+from 10\.9\.0\.100 lookup 100/)
    for (const value of ['removed', 'was-not-there']) assert.deepEqual(host.routing.removeRules([rule]), [{ ok: true, value }])
    assert.doesNotMatch(network.left.ip('rule show'), /1234:/)
  })

  test('a virtual MAC is a private macvlan with the router’s MAC, tuned, taken over when there, and gone without a trace', () => {
    const filterBefore = setting('ipv4/conf/eth0/arp_filter')
    const spec = { ...plain, parent: eth0, family: 'ipv4', vrid: 51, name: undefined } as const
    const first = network.left.within(() => host.vmacs.open(spec))
    const again = network.left.within(() => host.vmacs.open(spec))
    assert.ok(first.ok, JSON.stringify(first))
    assert.deepEqual(again, first)
    assert.equal(first.value.name, 'vrrp.51')
    assert.match(network.left.ip('-d link show vrrp.51'), /link\/ether 00:00:5e:00:01:33[\s\S]*macvlan mode private/)
    assert.deepEqual(
      ['accept_local', 'arp_ignore', 'promote_secondaries'].map((key) => setting(`ipv4/conf/vrrp.51/${key}`)),
      ['1', '1', '1'],
    )
    assert.deepEqual([setting('ipv6/conf/vrrp.51/addr_gen_mode'), setting('ipv4/conf/eth0/arp_filter')], ['1', '1'])
    assert.ok(host.vmacs.setUp(first.value.index, true).ok)
    assert.match(network.left.ip('link show vrrp.51'), /[<,]UP[,>]/)
    const { index } = first.value
    for (let i = 0; i < 2; i++) {
      const removed = network.left.within(() => host.vmacs.remove(index))
      assert.ok(removed.ok)
    }
    assert.equal(setting('ipv4/conf/eth0/arp_filter'), filterBefore)
    assert.doesNotMatch(network.left.ip('link show'), /vrrp\.51/)
  })

  test('a taken name makes room for the next one, unless it was asked for', () => {
    network.left.ip('link add vrrp.9 type veth peer name other')
    const spec = { ...plain, parent: eth0, family: 'ipv4', vrid: 9 } as const
    const named = network.left.within(() => host.vmacs.open({ ...spec, name: 'vrrp.9' }))
    assert.equal(!named.ok && named.fault.errno, 'EEXIST')
    const free = network.left.within(() => host.vmacs.open({ ...spec, name: undefined }))
    assert.equal(free.ok && free.value.name, 'vrrp1.9')
    const nowhere = host.vmacs.open({ ...spec, parent: 4711 as IfIndex, name: undefined })
    assert.equal(!nowhere.ok && nowhere.fault.errno, 'ENODEV')
  })

  test('a prefix names it, a group takes it in, and the interface below is reported once more on demand', () => {
    const spec = { ...plain, parent: eth0, family: 'ipv6', vrid: 12, name: undefined, prefix: 'ha', group: 77, notifies: true } as const
    network.left.ip('link set eth0 group 5')
    const opened = network.left.within(() => host.vmacs.open(spec))
    assert.equal(opened.ok && opened.value.name, 'ha.12')
    assert.match(network.left.ip('-d link show ha.12'), /group 77 /)
    assert.match(network.left.ip('-d link show eth0'), /group 5 /)
  })

  test('an ipvlan of layer 2 shares the MAC of the interface below', (t) => {
    const spec = { ...plain, parent: eth0, family: 'ipv4', vrid: 13, name: undefined, ipvlan: 'private' } as const
    const opened = network.left.within(() => host.vmacs.open(spec))
    if (!opened.ok && opened.fault.errno === 'EOPNOTSUPP') {
      t.skip('this kernel has no ipvlan')
      return
    }
    assert.equal(opened.ok && opened.value.name, 'vrrp.13')
    assert.match(network.left.ip('-d link show vrrp.13'), /ipvlan\s+mode l2 private/)
  })
})
