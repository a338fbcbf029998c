import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ipv4, Mac } from '@havip/base'
import type { EipId, HavipId, InstanceId, NetworkInterfaceId, PlaneEip, PlanePort, VpcId, VswitchId } from '@havip/vpc'
import {
  linksOfElements,
  putEipElements,
  putHavipElements,
  putPortElements,
  readDrops,
  readEipElements,
  readHavipElements,
  readPortElements,
  removeEipElements,
  removeHavipElements,
  removePortElements,
} from './rule-elements.ts'
import { chains } from './rule-tables.ts'
import { baseScript, copyRules, differenceScript, noRules, readRules } from './ruleset.ts'

const port: PlanePort = {
  port: 'eni-1' as NetworkInterfaceId,
  instance: 'i-1' as InstanceId,
  device: 0,
  vswitch: 'vsw-1' as VswitchId,
  vpc: 'vpc-1' as VpcId,
  mac: '00:16:3e:00:00:01' as Mac,
  address: '192.168.0.209' as Ipv4,
  havips: ['192.168.0.88' as Ipv4, '192.168.0.89' as Ipv4],
}
const eip: PlaneEip = {
  eip: 'eip-1' as EipId,
  vpc: 'vpc-1' as VpcId,
  address: '203.0.113.1' as Ipv4,
  target: '192.168.0.88' as Ipv4,
  bandwidthMbit: 5,
}
const havip = { havip: 'havip-1' as HavipId, vpc: 'vpc-1' as VpcId, vswitch: 'vsw-1' as VswitchId, address: '192.168.0.88' as Ipv4 }

describe('elements', () => {
  test('of a port are read back as they were put', () => {
    const rules = noRules()
    putPortElements(rules, 'p1', port, false)
    assert.deepEqual([...readPortElements(rules)], [['p1', { mac: port.mac, address: port.address, havips: port.havips }]])
  })

  test('of a port that lacks one of its counters make no port', () => {
    const rules = noRules()
    putPortElements(rules, 'p1', port, false)
    rules.elements.get('unbound_havip')?.clear()
    assert.equal(readPortElements(rules).size, 0)
  })

  test('of one port go without those of another whose name begins alike', () => {
    const rules = noRules()
    putPortElements(rules, 'p1', port, false)
    putPortElements(rules, 'p12', port, false)
    removePortElements(rules, 'p1')
    assert.deepEqual([...linksOfElements(rules)], ['p12'])
  })

  test('of a HAVIP and an EIP are read back, and go wholly', () => {
    const rules = noRules()
    putHavipElements(rules, havip)
    putEipElements(rules, eip)
    assert.deepEqual(readHavipElements(rules), [{ havip: 'havip-1', vswitch: 'vsw-1', address: '192.168.0.88' }])
    assert.deepEqual(readEipElements(rules), [{ eip: 'eip-1', address: '203.0.113.1', target: '192.168.0.88', bandwidthMbit: 5 }])
    removeHavipElements(rules, havip.havip)
    removeEipElements(rules, eip.eip)
    assert.deepEqual(rules, noRules())
  })

  test('of an EIP that is put with another target replace the old ones', () => {
    const rules = noRules()
    putEipElements(rules, eip)
    putEipElements(rules, { ...eip, target: '192.168.0.99' as Ipv4 })
    assert.deepEqual([...(rules.elements.get('eip_out') ?? [])], [['192.168.0.99', ': 203.0.113.1']])
    assert.deepEqual([...(rules.elements.get('eip_pairs') ?? [])], [['203.0.113.1 . 192.168.0.99', 'comment "eip-1"']])
  })
})

describe('the script of a difference', () => {
  test('is empty when nothing differs', () => {
    const rules = noRules()
    putPortElements(rules, 'p1', port, false)
    assert.equal(differenceScript(rules, copyRules(rules)), '')
  })

  test('touches nothing but the one address that was unbound', () => {
    const before = noRules()
    putPortElements(before, 'p1', port, false)
    const after = copyRules(before)
    putPortElements(after, 'p1', { ...port, havips: ['192.168.0.88' as Ipv4] }, false)
    assert.equal(differenceScript(before, after), 'delete element bridge havip sources { "p1" . 192.168.0.89 }\n')
  })

  test('frees a limit before it is made anew, and names it after', () => {
    const before = noRules()
    putEipElements(before, eip)
    const after = noRules()
    putEipElements(after, { ...eip, bandwidthMbit: 10 })
    const lines = differenceScript(before, after).trim().split('\n')
    assert.deepEqual(lines, [
      'delete element ip havip eip_limit_in { 203.0.113.1 }',
      'delete element ip havip eip_limit_out { 203.0.113.1 }',
      'delete limit ip havip eip-1-in',
      'delete limit ip havip eip-1-out',
      'add limit ip havip eip-1-in { rate over 1250000 bytes/second burst 125000 bytes }',
      'add limit ip havip eip-1-out { rate over 1250000 bytes/second burst 125000 bytes }',
      'add element ip havip eip_limit_in { 203.0.113.1 : "eip-1-in" }',
      'add element ip havip eip_limit_out { 203.0.113.1 : "eip-1-out" }',
    ])
  })

  test('never names what packets wrote', () => {
    const before = noRules()
    before.elements.get('announced')?.set('192.168.0.88 . "p1"', '')
    assert.equal(differenceScript(before, noRules()), '')
  })
})

describe('what nft tells', () => {
  const listing = (objects: object[]) => JSON.stringify({ nftables: [{ metainfo: {} }, ...objects] })

  test('is read with keys, values, comments and limits', () => {
    const { rules } = readRules(
      listing([
        { limit: { family: 'ip', table: 'havip', name: 'eip-1-in', rate: 15625, per: 'second', rate_unit: 'kbytes' } },
        {
          map: {
            family: 'ip',
            table: 'havip',
            name: 'eip_in',
            type: 'ipv4_addr',
            map: 'ipv4_addr',
            elem: [['203.0.113.1', '192.168.0.88']],
          },
        },
        {
          map: { family: 'ip', table: 'havip', name: 'eip_limit_in', type: 'ipv4_addr', map: 'limit', elem: [['203.0.113.1', 'eip-1-in']] },
        },
        {
          set: {
            family: 'bridge',
            table: 'havip',
            name: 'sources',
            type: ['ifname', 'ipv4_addr'],
            elem: [{ elem: { val: { concat: ['p1', '192.168.0.9'] }, comment: 'own' } }, { concat: ['p1', '192.168.0.88'] }],
          },
        },
      ]),
    )
    assert.deepEqual(
      [...(rules.elements.get('sources') ?? [])],
      [
        ['"p1" . 192.168.0.9', 'comment "own"'],
        ['"p1" . 192.168.0.88', ''],
      ],
    )
    assert.deepEqual([...(rules.elements.get('eip_in') ?? [])], [['203.0.113.1', ': 192.168.0.88']])
    assert.deepEqual([...(rules.elements.get('eip_limit_in') ?? [])], [['203.0.113.1', ': "eip-1-in"']])
    assert.equal(rules.limits.get('eip-1-in')?.bytesPerSecond, 16_000_000)
  })

  test('is not intact when a rule is missing', () => {
    assert.equal(readRules(listing([])).intact, false)
  })

  test('counts drops for each port and kind', () => {
    const counted = (name: string, packets: number) => ({ set: { name, elem: [{ elem: { val: 'p1', counter: { packets, bytes: 0 } } }] } })
    const drops = readDrops(listing([counted('spoofed_mac', 1), counted('spoofed_arp', 3), counted('unbound_havip', 2)]))
    assert.deepEqual(drops.get('p1'), {
      spoofedMac: 1,
      spoofedIpv4: 0,
      spoofedArp: 3,
      spoofedIpv6: 0,
      spoofedNd: 0,
      unboundHavip: 2,
      ipv6: 0,
      fenced: 0,
      forbidden: 0,
    })
  })
})

test('the base script defines a chain before a rule goes there', () => {
  const script = baseScript()
  for (const [, target] of script.matchAll(/(?:goto|jump) (\S+)/g))
    assert.ok(
      chains.some((chain) => chain.name === target),
      `no chain ${target}`,
    )
})
