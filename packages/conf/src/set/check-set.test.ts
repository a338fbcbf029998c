// Mistakes planted in sets of files are found, at their place, and nothing is found in sets that are right.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseText } from '../parse.ts'
import { checkSet } from './check-set.ts'
import type { SetNode } from './member.ts'

type Lines = { readonly [key: string]: string }
const peer = (...addresses: readonly string[]): string => `unicast_peer {\n${addresses.join('\n')}\n}`
const vips = (...addresses: readonly string[]): string => `virtual_ipaddress {\n${addresses.join('\n')}\n}`
const pass = (word: string): string => `authentication {\nauth_type PASS\nauth_pass ${word}\n}`
const block = (name: string, lines: Lines): string => `vrrp_instance ${name} {\n${Object.values(lines).join('\n')}\n}\n`
const file = (name: string, text: string): SetNode => ({ name, ...parseText(text, {}, `/${name}.conf`) })

/** A pair over unicast, version 2; each test changes a line or two. */
const node = (name: string, own: string, others: string, priority: number, changes: Lines, head: string): SetNode =>
  file(
    name,
    `${head}${block('VI', {
      interface: 'interface eth0',
      virtual_router_id: 'virtual_router_id 51',
      priority: `priority ${priority}`,
      unicast_src_ip: `unicast_src_ip ${own}`,
      unicast_peer: peer(others),
      virtual_ipaddress: vips('10.0.0.9'),
      authentication: pass('x'),
      ...changes,
    })}`,
  )
const a = (changes: Lines = {}, head = ''): SetNode => node('a', '10.0.0.1', '10.0.0.2', 100, changes, head)
const b = (changes: Lines = {}, head = ''): SetNode => node('b', '10.0.0.2', '10.0.0.1', 50, changes, head)

/** `CODE NODE`, predictions left out. */
function findings(nodes: readonly SetNode[]): string[] {
  return checkSet(nodes)
    .filter(({ code }) => code !== 'set-predicted-outage')
    .map(({ code, message }) => `${code} ${message.split(' ')[0]}`)
}

const script = (weight: number, more = ''): string => `vrrp_script chk {\nscript /bin/x\nweight ${weight}\n${more}\n}\n`
const two = (first: number, second: number): string =>
  `vrrp_script p {\nscript /bin/x\nweight ${first}\n}\nvrrp_script q {\nscript /bin/y\nweight ${second}\n}\n`
const tracking = { track: 'track_script {\nchk\n}' }
const trackingTwo = { track: 'track_script {\np\nq\n}' }
const key = (id: number, char: string): string => `key ${id} ${char.repeat(32)}`
const hmac = (...lines: readonly string[]): Lines => ({ authentication: `auth_hmac {\n${lines.join('\n')}\n}` })
const multicast = { unicast_peer: '', unicast_src_ip: '' }
const v3 = { authentication: '', version: 'version 3' }
const v6 = { ...v3, unicast_peer: '', unicast_src_ip: '' }
const group = (...names: readonly string[]): string => `vrrp_sync_group G {\ngroup {\n${names.join('\n')}\n}\n}\n`
const pairOf = (name: string, priority: number, vridB = 52, head = ''): SetNode =>
  file(
    name,
    `${head}${block('VI_1', { i: 'interface eth0', v: 'virtual_router_id 51', p: `priority ${priority}`, a: vips('10.0.0.9') })}${block(
      'VI_2',
      { i: 'interface eth1', v: `virtual_router_id ${vridB}`, p: `priority ${priority}`, a: vips('10.1.0.9') },
    )}`,
  )
const mail = (id: string): string =>
  `global_defs {\nrouter_id ${id}\nnotification_email {\no@example.org\n}\nsmtp_server 10.0.0.5\nsmtp_alert on\n}\n`
const third = (changes: Lines = {}): SetNode => node('c', '10.0.0.3', '10.0.0.1\n10.0.0.2', 20, changes, '')
const full = (list: string): Lines => ({ unicast_peer: peer(list) })

type Case = readonly [name: string, nodes: readonly SetNode[], expected: readonly string[]]
const planted: readonly Case[] = [
  ['another VRID', [a(), b({ virtual_router_id: 'virtual_router_id 52' })], ['set-vrid-differs b']],
  ['VRIDs of two routers, one of them wrong', [pairOf('a', 100), pairOf('b', 50, 53)], ['set-vrid-differs b']],
  ['another version', [a({ authentication: '' }), b(v3)], ['set-version-differs b']],
  ['another family', [a(v6), b({ ...v6, virtual_ipaddress: vips('fe80::9') })], ['set-family-differs b']],
  ['another password', [a(), b({ authentication: pass('y') })], ['set-password-differs b']],
  ['no password on one side', [a(), b({ authentication: '' })], ['set-authentication-differs b']],
  ['AH against PASS', [a(), b({ authentication: pass('x').replace('PASS', 'AH') })], ['set-authentication-differs b']],
  ['another interval in version 2', [a(), b({ advert_int: 'advert_int 2' })], ['set-interval-differs b']],
  ['another interval in version 3', [a(v3), b({ ...v3, advert_int: 'advert_int 0.2' })], ['set-interval-differs b']],
  ['another address', [a(), b({ virtual_ipaddress: vips('10.0.0.8') })], ['set-addresses-differ b', 'set-addresses-differ a']],
  ['an address less', [a({ virtual_ipaddress: vips('10.0.0.9', '10.0.0.8') }), b()], ['set-addresses-differ b']],
  ['an excluded address less', [a({ x: 'virtual_ipaddress_excluded {\n10.0.0.7\n}' }), b()], ['set-addresses-differ b']],
  [
    'an address excluded on one side only',
    [a({ virtual_ipaddress: vips('10.0.0.9', '10.0.0.8') }), b({ x: 'virtual_ipaddress_excluded {\n10.0.0.8\n}' })],
    ['set-advertised-differ b'],
  ],
  ['another prefix length', [a({ virtual_ipaddress: vips('10.0.0.9/24') }), b()], ['set-prefix-differs b']],
  ['a peer that is not the other node', [a({ unicast_peer: peer('10.0.0.3') }), b()], ['set-peer-missing a']],
  ['a third node that one forgot', [a(), b(full('10.0.0.1\n10.0.0.3')), third()], ['set-peer-missing a']],
  ['itself as its peer', [a({ unicast_peer: peer('10.0.0.1') }), b()], ['set-peer-itself a', 'set-peer-missing a']],
  ['files that were copied', [a({ unicast_src_ip: '' }), b({ unicast_src_ip: '', unicast_peer: peer('10.0.0.2') })], ['set-peers-equal b']],
  ['a peer that nobody is', [a({ unicast_peer: peer('10.0.0.2', '10.0.0.77') }), b()], ['set-peer-unknown a']],
  [
    'one source address for both',
    [a(), b({ unicast_src_ip: 'unicast_src_ip 10.0.0.1', unicast_peer: peer('10.0.0.2') })],
    ['set-source-equal b'],
  ],
  [
    'a virtual address that is one node’s own',
    [a({ virtual_ipaddress: vips('10.0.0.2') }), b({ virtual_ipaddress: vips('10.0.0.2') })],
    ['set-source-virtual b'],
  ],
  ['unicast on one side only', [a(), b(multicast)], ['set-transport-differs a']],
  ['another multicast group', [a({ ...multicast, g: 'mcast_dst_ip 224.0.0.99' }), b(multicast)], ['set-multicast-group-differs b']],
  [
    'another multicast group in global_defs',
    [a(multicast, 'global_defs {\nvrrp_mcast_group4 224.0.0.99\n}\n'), b(multicast)],
    ['set-multicast-group-differs b'],
  ],
  ['TTL limits that the other does not keep', [a({ ttl: 'unicast_ttl 1' }), b(full('10.0.0.1 min_ttl 255'))], ['set-ttl-outside b']],
  ['equal priorities', [a(), b({ priority: 'priority 100' })], ['set-priority-equal b']],
  ['priorities equal by default', [a({ priority: '' }), b({ priority: '' })], ['set-priority-equal b']],
  ['two owners', [a({ priority: 'priority 255' }), b({ priority: 'priority 255' })], ['set-two-owners b']],
  ['another checksum form', [a({ ...v3, v: 'v3_checksum_as_v2' }), b(v3)], ['set-checksum-differs b']],
  [
    'old checksums against new ones',
    [a({ ...v3, v: 'old_unicast_checksum' }), b({ ...v3, v: 'old_unicast_checksum never' })],
    ['set-checksum-differs b'],
  ],
  ['a weight that is too small', [a(tracking, script(-20)), b(tracking, script(-20))], ['set-weight-too-small a']],
  ['a positive weight that is too small', [a(tracking, script(20)), b(tracking, script(20))], ['set-weight-too-small a']],
  ['a weight that ties', [a(tracking, script(-50)), b(tracking, script(-50))], ['set-weight-ties a']],
  [
    'two weights that are too small together',
    [a(trackingTwo, two(-10, -20)), b(trackingTwo, two(-10, -20))],
    ['set-weight-too-small a', 'set-weight-too-small a'],
  ],
  [
    'an interface weight that is too small',
    [a({ t: 'track_interface {\neth1 weight -5\n}' }), b({ t: 'track_interface {\neth1 weight -5\n}' })],
    ['set-weight-too-small a'],
  ],
  [
    'a weight that the priority of 1 cuts off',
    [a({ ...tracking, priority: 'priority 2' }, script(-200)), b({ ...tracking, priority: 'priority 1' }, script(-200))],
    ['set-weight-ties a'],
  ],
  ['a weight that always wins for the lower', [a(), b(tracking, script(60))], ['set-weights-reverse a', 'set-not-tracked a']],
  [
    'weights with nopreempt',
    [a({ ...tracking, n: 'nopreempt' }, script(-60)), b({ ...tracking, n: 'nopreempt' }, script(-60))],
    ['set-weight-with-nopreempt a'],
  ],
  ['a service that one node does not look at', [a(tracking, script(0)), b()], ['set-not-tracked b']],
  ['nopreempt on the backup only', [a({ state: 'state MASTER' }), b({ n: 'nopreempt' })], ['set-preempts-anyway a']],
  ['nopreempt under an owner', [a({ priority: 'priority 255' }), b({ n: 'nopreempt' })], ['set-preempts-anyway a']],
  ['nopreempt that MASTER cancels', [a({ state: 'state MASTER', n: 'nopreempt' }), b({ n: 'nopreempt' })], ['set-preempts-anyway a']],
  ['preempt_delay on the wrong node', [a(), b({ d: 'preempt_delay 30' })], ['set-preempt-delay-misplaced a']],
  ['MASTER on both', [a({ state: 'state MASTER' }), b({ state: 'state MASTER' })], ['set-two-masters-wished b']],
  ['MASTER on the lower one', [a(), b({ state: 'state MASTER' })], ['set-state-misleads b']],
  ['a router that only one node has', [a(), file('b', '')], ['set-alone a']],
  [
    'a key that the other does not know',
    [a(hmac(key(1, 'k'), 'active_key 1')), b(hmac(key(2, 'k'), 'active_key 2'))],
    ['set-key-unknown b', 'set-key-unknown a'],
  ],
  ['a key that is another there', [a(hmac(key(1, 'k'), 'active_key 1')), b(hmac(key(1, 'l'), 'active_key 1'))], ['set-key-differs b']],
  [
    'signatures on one side only',
    [a(hmac(key(1, 'k'), 'active_key 1')), b({ authentication: '' })],
    ['set-hmac-differs b', 'set-hmac-differs a'],
  ],
  [
    'a node that only receives signatures',
    [a(hmac(key(1, 'k'), 'active_key 1')), b(hmac(key(1, 'k'), 'active_key 1', 'mode receive-only'))],
    ['set-hmac-differs a'],
  ],
  [
    'another way to know old adverts',
    [a(hmac(key(1, 'k'), 'active_key 1', 'anti_replay monotonic')), b(hmac(key(1, 'k'), 'active_key 1'))],
    ['set-replay-differs b'],
  ],
  ['no_accept on one side', [a(), b({ n: 'no_accept' })], ['set-accept-differs b']],
  ['a virtual MAC on one side', [a({ m: 'use_vmac' }), b()], ['set-vmac-differs b']],
  ['two routers that only one node has', [pairOf('a', 100, 52, ''), file('b', '')], ['set-alone a', 'set-alone a']],
  [
    'members that move together on one node only',
    [
      file(
        'a',
        `${block('VI_1', { i: 'interface eth0', v: 'virtual_router_id 51', p: 'priority 90', a: vips('10.0.0.9') })}${block('VI_2', { i: 'interface eth1', v: 'virtual_router_id 52', p: 'priority 90', a: vips('10.1.0.9') })}${group('VI_1', 'VI_2')}`,
      ),
      pairOf('b', 50),
    ],
    ['set-sync-group-differs b'],
  ],
  [
    'a sync group whose members belong on different nodes',
    (['a', 'b'] as const).map((name, i) =>
      file(
        name,
        `${block('VI_1', { i: 'interface eth0', v: 'virtual_router_id 51', p: `priority ${150 - 50 * i}`, a: vips('10.0.0.9') })}${block('VI_2', { i: 'interface eth1', v: 'virtual_router_id 52', p: `priority ${100 + 50 * i}`, a: vips('10.1.0.9') })}${group('VI_1', 'VI_2')}`,
      ),
    ),
    ['set-sync-group-torn a'],
  ],
  ['mails that look alike', [a({}, mail('LVS')), b({}, mail('LVS'))], ['set-router-id-equal b']],
]

for (const [name, nodes, expected] of planted) {
  test(`a set is told of ${name}`, () => assert.deepEqual(findings(nodes), expected))
}

const gentle = { state: 'state BACKUP', n: 'nopreempt' }
const good: readonly (readonly [name: string, nodes: readonly SetNode[]])[] = [
  ['a plain unicast pair', [a(), b()]],
  ['a pair with its wishes in the order of its priorities', [a({ state: 'state MASTER' }), b({ state: 'state BACKUP' })]],
  ['a pair by multicast', [a(multicast), b(multicast)]],
  ['a pair of version 3', [a(v3), b(v3)]],
  [
    'a pair of IPv6',
    [
      a({ ...v6, virtual_ipaddress: vips('fe80::9', '2001:db8::9/64') }),
      b({ ...v6, virtual_ipaddress: vips('fe80::9', '2001:db8::9/64') }),
    ],
  ],
  ['nopreempt on both', [a(gentle), b(gentle)]],
  ['nopreempt on the higher one only', [a(gentle), b()]],
  ['preempt_delay on both', [a({ d: 'preempt_delay 30' }), b({ d: 'preempt_delay 30' })]],
  ['preempt_delay on the higher one', [a({ d: 'preempt_delay 30' }), b()]],
  ['a weight that does its job', [a(tracking, script(-60)), b(tracking, script(-60))]],
  ['a positive weight that does its job', [a(tracking, script(60)), b(tracking, script(60))]],
  ['a tracker without weight', [a(tracking, script(0)), b(tracking, script(0))]],
  [
    'a maintenance file read the other way round',
    [a(tracking, script(60, '').replace('weight 60', 'weight -60 reverse')), b(tracking, script(-60).replace('-60', '-60 reverse'))],
  ],
  [
    'addresses in another order',
    [a({ virtual_ipaddress: vips('10.0.0.9', '10.0.0.8') }), b({ virtual_ipaddress: vips('10.0.0.8', '10.0.0.9') })],
  ],
  ['other names and interfaces', [a(), b({ interface: 'interface ens3' })]],
  ['three nodes that know each other', [a(full('10.0.0.2\n10.0.0.3')), b(full('10.0.0.1\n10.0.0.3')), third()]],
  ['an owner and a backup', [a({ priority: 'priority 255', state: 'state MASTER' }), b()]],
  [
    'two routers, each node master of one',
    [
      file(
        'a',
        `${block('VI_1', { i: 'interface eth0', v: 'virtual_router_id 51', p: 'priority 90', a: vips('10.0.0.9') })}${block('VI_2', { i: 'interface eth0', v: 'virtual_router_id 52', p: 'priority 50', a: vips('10.0.0.10') })}`,
      ),
      file(
        'b',
        `${block('VI_1', { i: 'interface eth0', v: 'virtual_router_id 51', p: 'priority 50', a: vips('10.0.0.9') })}${block('VI_2', { i: 'interface eth0', v: 'virtual_router_id 52', p: 'priority 90', a: vips('10.0.0.10') })}`,
      ),
    ],
  ],
  [
    'one VRID on two interfaces',
    [
      file(
        'a',
        `${block('VI_1', { i: 'interface eth0', v: 'virtual_router_id 51', p: 'priority 90', a: vips('10.0.0.9') })}${block('VI_2', { i: 'interface eth1', v: 'virtual_router_id 51', p: 'priority 90', a: vips('10.1.0.9') })}`,
      ),
      file(
        'b',
        `${block('VI_2', { i: 'interface eth1', v: 'virtual_router_id 51', p: 'priority 50', a: vips('10.1.0.9') })}${block('VI_1', { i: 'interface eth0', v: 'virtual_router_id 51', p: 'priority 50', a: vips('10.0.0.9') })}`,
      ),
    ],
  ],
  ['a sync group on both', [pairOf('a', 100, 52, group('VI_1', 'VI_2')), pairOf('b', 50, 52, group('VI_2', 'VI_1'))]],
  [
    'two keys, one of them active on each',
    [a(hmac(key(1, 'k'), key(2, 'l'), 'active_key 1')), b(hmac(key(1, 'k'), key(2, 'l'), 'active_key 2'))],
  ],
  [
    'a roll-out of signatures',
    [a(hmac(key(1, 'k'), 'active_key 1', 'mode receive-only')), b(hmac(key(1, 'k'), 'active_key 1', 'mode permissive'))],
  ],
  ['TTL limits that are kept', [a(full('10.0.0.2 min_ttl 254')), b(full('10.0.0.1 min_ttl 254'))]],
  ['sources left to the machine', [a({ unicast_src_ip: '' }), b({ unicast_src_ip: '' })]],
  ['mails with a name each', [a({}, mail('A')), b({}, mail('B'))]],
  ['VRIDs that nobody shares by accident', [pairOf('a', 100), pairOf('b', 50)]],
]

for (const [name, nodes] of good) {
  test(`nothing is found in ${name}`, () => assert.deepEqual(findings(nodes), []))
}

test('weights that only suffice together are said to, without blame', () => {
  const found = checkSet([a(trackingTwo, two(-30, -30)), b(trackingTwo, two(-30, -30))]).filter(
    ({ code }) => code !== 'set-predicted-outage',
  )
  assert.deepEqual(
    found.map(({ code, severity }) => `${code} ${severity}`),
    ['set-weight-only-together note', 'set-weight-only-together note'],
  )
})

test('a finding stands at the keyword it is about, and shows the other node’s', () => {
  const [found] = checkSet([a(), b({ virtual_router_id: 'virtual_router_id 52' })])
  assert.equal(
    found?.message,
    'b (VI): virtual_router_id is 52, but 51 on a, so each drops the other’s adverts and both hold the addresses at once',
  )
  assert.deepEqual(found.at, { file: '/b.conf', start: 34, end: 54 })
  assert.deepEqual(found.related, [{ at: { file: '/a.conf', start: 34, end: 54 }, note: 'a has it here' }])
})

test('without trees findings stand at the instance', () => {
  const bare = ({ name, configuration }: SetNode): SetNode => ({ name, configuration })
  const [found] = checkSet([bare(a()), bare(b({ virtual_router_id: 'virtual_router_id 52' }))])
  assert.deepEqual(found?.at, { file: '/b.conf', start: 14, end: 16 })
})

test('the outage of each kind of fault is predicted', () => {
  const predicted = checkSet([a(tracking, script(0, 'interval 2\nfall 3')), b(tracking, script(0, 'interval 2\nfall 3'))])
  assert.deepEqual(
    predicted.map(({ message }) => message),
    [
      'a (VI): when this node loses power or its network, b takes over 2.05 s to 3.05 s later (keepalived: 0.755 s more); only cut off from each other, both hold the addresses until the network is mended',
      'a (VI): when the daemon of this node is stopped or dies, b takes over at once (keepalived: 0.805 s later)',
      'a (VI): when script chk fails, that is noticed after 4 s to 6 s (one that hangs: 2 s more) and b takes over at once',
    ],
  )
})

test('by multicast the skew is waited for', () => {
  const messages = checkSet([a(multicast), b(multicast)]).map(({ message }) => message)
  assert.match(messages[0] ?? '', /takes over 2\.805 s to 3\.805 s later; only/)
  assert.match(messages[1] ?? '', /takes over 0\.805 s later$/)
})

test('where the nodes do not hear each other no outage is predicted', () =>
  assert.deepEqual(
    checkSet([a(), b({ virtual_router_id: 'virtual_router_id 52' })]).map(({ code }) => code),
    ['set-vrid-differs'],
  ))
