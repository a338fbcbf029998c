// What the kernel makes of the runtime's routes and rules, word by word as `ip` shows them.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IfIndex } from '@havip/base'
import { type RouteRequest, type RuleRequest, routeType, ruleAction } from '@havip/wire'
import { createLinuxClock } from './clock.ts'
import { createLinuxHost } from './host.ts'
import type { LinuxClock, LinuxHost } from './options.ts'
import type { GoneRoute } from './port.ts'
import { createTestNetwork, eventually, ipv4, ipv6, skipWithoutNamespaces, type TestNetwork } from './test-network.ts'

/** Stands for eth0, whose number is not known before the namespace is there. */
const noInterface = 0 as IfIndex

describe('every kind of route and rule in a namespace', { skip: skipWithoutNamespaces }, () => {
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

  const routes: readonly (readonly [RouteRequest, RegExp])[] = [
    [
      {
        family: 'ipv4',
        destination: ipv4('10.20.0.0'),
        prefix: 16,
        gateway: ipv4('10.9.0.2'),
        outInterface: noInterface,
        metrics: [
          { name: 'mtu', value: 1400, isLocked: true },
          { name: 'advmss', value: 1300, isLocked: false },
          { name: 'congctl', value: 'reno', isLocked: false },
          { name: 'quickack', value: 1, isLocked: false },
        ],
        mode: 'prepend',
      },
      /10\.20\.0\.0\/16 via 10\.9\.0\.2 dev eth0.*mtu lock 1400 advmss 1300.*congctl reno.*quickack 1|10\.20\.0\.0\/16 via 10\.9\.0\.2 dev eth0.*mtu lock 1400 advmss 1300.*quickack 1.*congctl reno/,
    ],
    [
      { family: 'ipv4', destination: ipv4('10.21.0.0'), prefix: 16, gateway: ipv4('203.0.113.1'), isOnLink: true },
      /10\.21\.0\.0\/16 via 203\.0\.113\.1 dev eth0.*onlink/,
    ],
    [{ family: 'ipv4', destination: ipv4('10.22.0.0'), prefix: 16, type: routeType.blackhole }, /blackhole 10\.22\.0\.0\/16/],
    [
      { family: 'ipv4', destination: ipv4('10.23.0.0'), prefix: 16, type: routeType.unreachable, metric: 9 },
      /unreachable 10\.23\.0\.0\/16.*metric 9/,
    ],
    [
      {
        family: 'ipv4',
        destination: ipv4('10.24.0.0'),
        prefix: 16,
        nextHops: [
          { gateway: ipv4('10.9.0.2'), weight: 1, isOnLink: false },
          { gateway: ipv4('10.9.0.3'), weight: 3, isOnLink: false },
        ],
      },
      /10\.24\.0\.0\/16[^\n]*\n\s*nexthop via 10\.9\.0\.2 dev eth0 weight 1\s*\n\s*nexthop via 10\.9\.0\.3 dev eth0 weight 3/,
    ],
    [
      { family: 'ipv6', destination: ipv6('2001:db8:5::'), prefix: 48, gateway: ipv6('fe80::2'), outInterface: noInterface, preference: 1 },
      /2001:db8:5::\/48 via fe80::2 dev eth0.*pref high/,
    ],
  ]
  test('the kernel has each route as it was asked for, and none afterwards', () => {
    for (const [request, shown] of routes) {
      const route: RouteRequest = 'outInterface' in request || request.isOnLink ? { ...request, outInterface: eth0 } : request
      const [added] = host.routing.addRoutes([route])
      assert.ok(added?.ok, JSON.stringify(added))
      const show = network.left.ip(request.family === 'ipv6' ? '-6 route show' : 'route show')
      assert.match(show, shown)
      const [removed] = host.routing.removeRoutes([route])
      assert.ok(removed?.ok, JSON.stringify(removed))
      assert.doesNotMatch(network.left.ip(request.family === 'ipv6' ? '-6 route show' : 'route show'), shown)
    }
  })

  const rules: readonly (readonly [RuleRequest, RegExp])[] = [
    [
      { family: 'ipv4', table: 100, priority: 900, mark: { value: 16, mask: 255 }, inInterface: 'eth0' },
      /900:\s+from all fwmark 0x10\/0xff iif eth0 lookup 100/,
    ],
    [
      { family: 'ipv4', table: 100, priority: 901, ipProtocol: 6, sourcePorts: { first: 80, last: 90 }, users: { first: 0, last: 10 } },
      /901:\s+from all (uidrange 0-10 )?ipproto tcp sport 80-90 (uidrange 0-10 )?lookup 100/,
    ],
    [
      {
        family: 'ipv4',
        table: 0,
        priority: 902,
        action: ruleAction.blackhole,
        isInverted: true,
        source: { address: ipv4('10.8.0.0'), prefix: 16 },
      },
      /902:\s+not from 10\.8\.0\.0\/16 blackhole/,
    ],
    [{ family: 'ipv4', table: 100, priority: 903, suppressPrefixLength: 0 }, /903:\s+from all lookup 100 suppress_prefixlength 0/],
    [{ family: 'ipv4', table: 0, priority: 904, action: ruleAction.goto, goto: 32766 }, /904:\s+from all goto 32766/],
  ]
  test('the kernel has each rule as it was asked for, and none afterwards', () => {
    for (const [rule, shown] of rules) {
      const [added] = host.routing.addRules([rule])
      assert.ok(added?.ok, JSON.stringify([rule, added]))
      assert.match(network.left.ip('rule show'), shown)
      const [removed] = host.routing.removeRules([rule])
      assert.ok(removed?.ok, JSON.stringify([rule, removed]))
      assert.doesNotMatch(network.left.ip('rule show'), shown)
    }
  })

  test('what somebody else removes is reported, with what it takes to recognise it', async () => {
    const gone: GoneRoute[] = []
    const watch = network.left.within(() => host.routing.watch?.((what) => gone.push(what)))
    host.routing.addRoutes([{ family: 'ipv4', destination: ipv4('10.25.0.0'), prefix: 16, outInterface: eth0, scope: 253, table: 77 }])
    host.routing.addRules([{ family: 'ipv4', table: 77, priority: 905 }])
    network.left.ip('route del 10.25.0.0/16 table 77')
    network.left.ip('rule del preference 905')
    await eventually('both are reported', () => gone.length === 2)
    watch?.close()
    const [route, rule] = gone
    assert.deepEqual(route?.kind === 'route' && [route.route.destination, route.route.table, route.route.outInterface], [
      '10.25.0.0',
      77,
      eth0,
    ])
    assert.deepEqual(rule?.kind === 'rule' && [rule.rule.priority, rule.rule.table], [905, 77])
  })
})
