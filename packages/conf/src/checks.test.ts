// The corrections and refusals of reference section 4, each with its place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectProblems, instanceWith, onlyInstance, statusOf, summaries } from '../test/check.ts'
import type { InstanceConf } from './model.ts'
import { parseText } from './parse.ts'

/** One line (or more) in an instance, the problems it gives, and what the instance then has. */
type Case = readonly [name: string, lines: string, problems: readonly string[], has?: Partial<InstanceConf>]

const cases: readonly Case[] = [
  ['without state and priority it is a BACKUP of 100', '', [], { wantsMaster: false, priority: 100 as never }],
  ['state MASTER without priority means 255', 'state MASTER', [], { wantsMaster: true, priority: 255 as never }],
  ['priority 255 without state means MASTER', 'priority 255', [], { wantsMaster: true }],
  ['an unknown state is BACKUP', 'state master', ['error corrected unknown-state 7:1 "state master"'], { wantsMaster: false }],
  ['MASTER once said stays', 'state MASTER\nstate BACKUP\npriority 9', [], { wantsMaster: true }],
  ['a priority out of range is 100', 'priority 256', ['error corrected bad-priority 7:1 "priority 256"'], { priority: 100 as never }],
  ['nopreempt goes with BACKUP', 'nopreempt', [], { preempt: false }],
  ['preempt after nopreempt cancels it', 'nopreempt\npreempt', [], { preempt: true }],
  ['nopreempt at 255 is cleared', 'priority 255\nnopreempt', ['warning corrected nopreempt-with-owner 8:1 "nopreempt"'], { preempt: true }],
  [
    'nopreempt with MASTER is cleared',
    'state MASTER\npriority 9\nnopreempt',
    ['warning corrected nopreempt-with-master 9:1 "nopreempt"'],
    { preempt: true },
  ],
  [
    'preempt_delay with MASTER is cleared',
    'state MASTER\npriority 9\npreempt_delay 5',
    ['warning corrected preempt-delay-cleared 9:1 "preempt_delay 5"'],
    { preemptDelay: 0 as never },
  ],
  [
    'preempt_delay with nopreempt is cleared',
    'nopreempt\npreempt_delay 5',
    ['warning corrected preempt-delay-cleared 8:1 "preempt_delay 5"'],
    { preemptDelay: 0 as never },
  ],
  ['preempt_delay takes fractions', 'preempt_delay 2.5', [], { preemptDelay: 2500 as never }],
  [
    'timer_expired_backup needs nopreempt',
    'timer_expired_backup',
    ['warning corrected timer-expired-needs-nopreempt 7:1 "timer_expired_backup"'],
    { timerExpiredBackup: undefined },
  ],
  ['timer_expired_backup alone is 254', 'nopreempt\ntimer_expired_backup', [], { timerExpiredBackup: 254 as never }],
  [
    'owner_ignore_adverts is for owners',
    'owner_ignore_adverts',
    ['warning corrected not-owner 7:1 "owner_ignore_adverts"'],
    { ownerIgnoreAdverts: false },
  ],
  [
    'an owner cannot say off',
    'priority 255\nowner_ignore_adverts off',
    ['warning corrected owner-ignores-adverts 8:1 "owner_ignore_adverts off"'],
    { ownerIgnoreAdverts: true },
  ],
  [
    'version 2 rounds to whole seconds, half up',
    'advert_int 1.5',
    ['warning corrected advert-interval-rounded 7:1 "advert_int 1.5"'],
    { advertInterval: 2000 as never },
  ],
  [
    'version 2 has at least one second',
    'advert_int 0.4',
    ['warning corrected advert-interval-rounded 7:1 "advert_int 0.4"'],
    { advertInterval: 1000 as never },
  ],
  ['version 3 counts hundredths', 'version 3\nadvert_int 0.29', [], { advertInterval: 290 as never }],
  [
    'version 3 rounds to hundredths',
    'version 3\nadvert_int 1.005',
    ['warning corrected advert-interval-rounded 8:1 "advert_int 1.005"'],
    { advertInterval: 1010 as never },
  ],
  [
    'version 3 ends at 40.95 s',
    'version 3\nadvert_int 50',
    ['warning corrected advert-interval-rounded 8:1 "advert_int 50"'],
    { advertInterval: 40950 as never },
  ],
  [
    'an interval out of range is one second',
    'advert_int 256',
    ['error corrected bad-advert-interval 7:1 "advert_int 256"'],
    { advertInterval: 1000 as never },
  ],
  ['a peer that is none is skipped', 'unicast_peer {\n10.0.0.300\n10.0.0.2\n}', ['error corrected bad-peer 8:1 "10.0.0.300"']],
  ['a peer twice is skipped', 'unicast_peer {\n10.0.0.2\n10.0.0.2\n}', ['error corrected duplicate-peer 9:1 "10.0.0.2"']],
  ['a peer of the other family is skipped', 'unicast_peer {\n10.0.0.2\nfe80::1\n}', ['error corrected wrong-family 9:1 "fe80::1"']],
  ['TTL limits of a peer turn on source checking', 'unicast_peer {\n10.0.0.2 min_ttl 254\n}', [], { checkUnicastSource: true }],
  [
    'min_ttl above max_ttl drops everything',
    'unicast_peer {\n10.0.0.2 min_ttl 9 max_ttl 8\n}',
    ['warning corrected ttl-range-empty 8:1 "10.0.0.2 min_ttl 9 max_ttl 8"'],
  ],
  ['unicast without peers is multicast', 'unicast_src_ip 10.0.0.1', ['warning corrected no-peer 7:1 "unicast_src_ip 10.0.0.1"']],
  [
    'unicast_ttl without peers is ignored',
    'unicast_ttl 3',
    ['warning corrected no-peer 7:1 "unicast_ttl 3"', 'warning corrected ttl-without-peers 7:1 "unicast_ttl 3"'],
    { unicastTtl: undefined },
  ],
  [
    'a group that is no multicast is ignored',
    'mcast_dst_ip 10.0.0.1',
    ['error corrected bad-group 7:1 "mcast_dst_ip 10.0.0.1"'],
    { mcastDestination: undefined },
  ],
  ['vrf with an interface is ignored', 'vrf red', ['error corrected vrf-needs-unicast 7:1 "vrf red"'], { vrf: undefined }],
  [
    'vmac_xmit_base without a virtual MAC is cleared',
    'vmac_xmit_base',
    ['warning corrected base-without-vmac 7:1 "vmac_xmit_base"'],
    { vmacTransmitsOnBase: false },
  ],
  [
    'a virtual MAC with unicast sends on its base',
    'use_vmac\nunicast_peer {\n10.0.0.2\n}',
    ['warning corrected unicast-needs-base 7:1 "use_vmac"'],
    { vmacTransmitsOnBase: true },
  ],
  [
    'authentication of version 3 is dropped',
    'version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}',
    ['error corrected authentication-dropped 8:1 "authentication"'],
    { authentication: { kind: 'none' } },
  ],
  [
    'a password over eight bytes is cut',
    'authentication {\nauth_type PASS\nauth_pass 123456789\n}',
    ['warning corrected password-too-long 9:1 "auth_pass 123456789"'],
    { authentication: { kind: 'pass', password: '12345678' } },
  ],
  [
    'auth_type without a password is dropped',
    'authentication {\nauth_type PASS\n}',
    ['error corrected type-without-password 8:1 "auth_type PASS"'],
    { authentication: { kind: 'none' } },
  ],
  [
    'auth_pass without a type is ignored',
    'authentication {\nauth_pass x\n}',
    ['warning note password-without-type 8:1 "auth_pass x"'],
    { authentication: { kind: 'none' } },
  ],
  [
    'AH does not start as MASTER',
    'state MASTER\npriority 9\nauthentication {\nauth_type AH\nauth_pass x\n}',
    ['warning corrected ah-with-master 7:1 "state MASTER"'],
    { wantsMaster: false },
  ],
  [
    'auth_hmac needs a defined active key',
    'auth_hmac {\nkey 1 short\nactive_key 1\n}',
    ['error corrected bad-key 8:1 "key 1 short"', 'error corrected no-active-key 9:1 "active_key 1"'],
    { authHmac: undefined },
  ],
  ['repeat 0 becomes 1', 'garp_master_repeat 0', ['warning corrected raised-to-minimum 7:1 "garp_master_repeat 0"']],
  [
    'the own interface is tracked anyway',
    'track_interface {\neth0\n}',
    ['error corrected tracks-own-interface 8:1 "eth0"'],
    { trackInterfaces: [] },
  ],
  ['an entry twice is ignored', 'track_interface {\neth1\neth1\n}', ['error corrected duplicate-tracker 9:1 "eth1"']],
  ['weight 254 of an interface becomes 253', 'track_interface {\neth1 weight 254\n}', ['warning corrected weight-out-of-range 8:13 "254"']],
  [
    'a weight beyond drops the entry',
    'track_interface {\neth1 weight 300\n}',
    ['error corrected weight-out-of-range 8:13 "300"'],
    { trackInterfaces: [] },
  ],
  ['an unknown script is ignored', 'track_script {\nchk\n}', ['error corrected tracked-script-not-found 8:1 "chk"'], { trackScripts: [] }],
  [
    'an owner has no weighted trackers',
    'priority 255\ntrack_interface {\neth1 weight -9\n}',
    ['warning corrected weight-with-owner 9:1 "eth1 weight -9"'],
    { trackInterfaces: [] },
  ],
  ['skip_check_adv_addr off switches it on', 'skip_check_adv_addr off', [], { skipCheckAdvAddr: true }],
  ['havip has a keyword of its own', 'sole_peer_takeover off', [], { solePeerTakeover: false }],
  [
    'strict mode turns sole_peer_takeover and accept off',
    'strict_mode\nsole_peer_takeover',
    [],
    { solePeerTakeover: false, accept: false },
  ],
  [
    'strict mode clears a preempt delay',
    'strict_mode\npreempt_delay 5',
    ['warning corrected preempt-delay-cleared 8:1 "preempt_delay 5"'],
    { preemptDelay: 0 as never },
  ],
  [
    'strict mode makes MASTER below 255 a BACKUP',
    'strict_mode\nstate MASTER\npriority 9',
    ['warning corrected strict-state 8:1 "state MASTER"'],
    { wantsMaster: false },
  ],
  [
    'strict mode drops authentication',
    'strict_mode\nauthentication {\nauth_type PASS\nauth_pass x\n}',
    ['error corrected authentication-dropped 8:1 "authentication"'],
    { authentication: { kind: 'none' } },
  ],
  ['strict mode refuses unicast', 'strict_mode\nunicast_peer {\n10.0.0.2\n}', ['error refused strict-with-unicast 8:1 "unicast_peer"']],
]

for (const [name, lines, problems, has] of cases) {
  test(name, () => {
    const instance = onlyInstance(expectProblems(instanceWith(lines), problems))
    for (const [key, expected] of Object.entries(has ?? {})) assert.deepEqual(instance[key as keyof InstanceConf], expected, key)
  })
}

test('an instance without virtual_router_id stops the daemon', () => {
  expectProblems('vrrp_instance VI {\ninterface eth0\nvirtual_ipaddress {\n10.0.0.9\n}\n}\n', ['error refused no-vrid 1:15 "VI"'])
})

test('an instance without interface and unicast stops the daemon', () => {
  const text = 'vrrp_instance VI {\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.9 dev eth0\n}\n}\n'
  expectProblems(text, ['error refused no-interface 1:15 "VI"'])
})

test('no address is a warning in version 2 and stops the daemon in version 3', () => {
  const without = (line: string): string => `vrrp_instance VI {\ninterface eth0\nvirtual_router_id 1\n${line}\n}\n`
  expectProblems(without(''), ['warning corrected no-address 1:15 "VI"'])
  expectProblems(without('version 3'), ['error refused no-address 1:15 "VI"'])
  expectProblems(without('version 3\nno_virtual_ipaddress'), [])
})

test('two multicast instances of one VRID, interface and family stop the daemon', () => {
  expectProblems(`${instanceWith('')}${instanceWith('').replace('VI', 'V2')}`, ['error refused vrid-in-use 9:15 "V2"'])
})

test('two unicast instances of one VRID are fine when they share no peer', () => {
  const unicast = (name: string, peer: string): string => instanceWith(`unicast_peer {\n${peer}\n}`).replace('VI', name)
  expectProblems(unicast('A', '10.0.0.1') + unicast('B', '10.0.0.2'), [])
  assert.deepEqual(summaries(parseText(unicast('A', '10.0.0.1') + unicast('B', '10.0.0.1'))), ['error refused vrid-in-use 11:15 "B"'])
})

test('the first address decides the family; others are ignored there', () => {
  const parsed = expectProblems(instanceWith('', '10.0.0.9\nfe80::9'), ['error corrected wrong-family 6:1 "fe80::9"'])
  assert.equal(onlyInstance(parsed).family, 'ipv4')
  assert.equal(onlyInstance(parseText(instanceWith('', 'fe80::9'))).version, 3)
})

test('an address has its options, and the mistakes in them', () => {
  const entry = '10.0.0.9/24 dev eth1 brd + label eth1:v scope link no_track'
  const [address] = onlyInstance(expectProblems(instanceWith('', entry), [])).virtualAddresses
  assert.deepEqual(
    { ...address, at: undefined },
    {
      address: '10.0.0.9',
      prefix: 24,
      interface: 'eth1',
      peer: undefined,
      broadcast: '10.0.0.255',
      label: 'eth1:v',
      scope: 253,
      noDad: false,
      preferredLifetime: undefined,
      flags: [],
      noTrack: true,
      onVmac: false,
      at: undefined,
    },
  )
  expectProblems(instanceWith('', '10.0.0.9/33'), ['error corrected bad-prefix 5:1 "10.0.0.9/33"'])
  expectProblems(instanceWith('', '10.0.0.9 foo'), ['error corrected unknown-option 5:10 "foo"'])
  expectProblems(instanceWith('', '10.0.0.9\n10.0.0.8 dev'), ['error corrected missing-argument 6:10 "dev"'])
  expectProblems(instanceWith('', '10.0.0.9\n10.0.0.9'), ['warning corrected duplicate-address 6:1 "10.0.0.9"'])
})

test('an IPv6 /128 is deprecated and skips duplicate address detection', () => {
  const [address] = onlyInstance(parseText(instanceWith('', 'fe80::9'))).virtualAddresses
  assert.deepEqual(
    { life: address?.preferredLifetime, noDad: address?.noDad, prefix: address?.prefix },
    { life: 0, noDad: true, prefix: 128 },
  )
})

test('more addresses than an advert has room for move to the excluded ones', () => {
  const many = Array.from({ length: 257 }, (_, index) => `10.0.${index >> 8}.${index & 255}`).join('\n')
  const instance = onlyInstance(expectProblems(instanceWith('', many), ['warning corrected too-many-addresses 4:1 "virtual_ipaddress"']))
  assert.deepEqual([instance.virtualAddresses.length, instance.excludedAddresses.length], [255, 2])
})

test('a script has to stand before the line that tracks it', () => {
  const script = 'vrrp_script chk {\nscript /bin/x\nweight -20\ninterval 0.5\n}\n'
  const tracking = instanceWith('track_script {\nchk\n}')
  const after = parseText(tracking + script)
  assert.ok(summaries(after).includes('error corrected tracked-script-not-found 8:1 "chk"'))
  const before = parseText(script + tracking)
  assert.equal(onlyInstance(before).trackScripts[0]?.name, 'chk')
  assert.deepEqual([before.configuration.scripts[0]?.weight, before.configuration.scripts[0]?.timeout], [-20, 500])
})

test('a member of a sync group loses its weights', () => {
  const text = `${instanceWith('track_interface {\neth1 weight -9\n}')}vrrp_sync_group G {\ngroup {\nVI\n}\n}\n`
  const parsed = parseText(text)
  assert.deepEqual(summaries(parsed), [
    'warning corrected group-of-one 11:17 "G"',
    'warning corrected weight-in-group 8:1 "eth1 weight -9"',
  ])
  assert.equal(onlyInstance(parsed).trackInterfaces[0]?.weight, 0)
})

test('a member of a sync group keeps the weight of a process', () => {
  const process = 'vrrp_track_process p {\nprocess nginx\nweight -60\n}\n'
  const text = `${process}${instanceWith('track_process {\np\n}')}vrrp_sync_group G {\ngroup {\nVI\n}\n}\n`
  const parsed = parseText(text)
  assert.deepEqual(summaries(parsed), ['warning corrected group-of-one 15:17 "G"'])
  assert.deepEqual(
    onlyInstance(parsed).trackProcesses.map(({ name }) => name),
    ['p'],
  )
})

test('routes and rules are read, and dropped when they cannot be meant', () => {
  const lines =
    'virtual_routes {\n10.1.0.0/16 via 10.0.0.1 dev eth0 table 7\n10.1.0.0/16 via fe80::1\nfoo\n}\nvirtual_rules {\nfrom 10.0.0.9/32 table 7 preference 5\nfrom 10.0.0.9 sport 80 table 7\n}'
  const parsed = expectProblems(instanceWith(lines), [
    'error corrected mixed-families 9:1 "10.1.0.0/16 via fe80::1"',
    'error corrected unknown-option 10:1 "foo"',
    'error corrected bad-option 14:21 "80"',
  ])
  const [route] = onlyInstance(parsed).virtualRoutes
  assert.deepEqual([route?.destination, route?.prefix, route?.gateway, route?.table], ['10.1.0.0', 16, '10.0.0.1', '7'])
  assert.deepEqual(onlyInstance(parsed).virtualRules[0]?.action, { kind: 'table', table: '7' })
})

test('a route option without its value would end keepalived', () => {
  assert.equal(statusOf(instanceWith('virtual_routes {\n10.1.0.0/16 via\n}')), 2)
})

test('an LVS block is listed, checked for form and said not to run', () => {
  const text = 'virtual_server 10.0.0.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nwieght 1\n}\n}\n'
  const parsed = expectProblems(text, [
    'warning note lvs-not-run 1:1 "virtual_server 10.0.0.1 80"',
    'error corrected unknown-keyword 6:1 "wieght"',
  ])
  assert.deepEqual(
    parsed.configuration.lvsBlocks.map(({ name }) => name),
    ['virtual_server 10.0.0.1 80'],
  )
})

test('garp groups, interface delays and track groups are read', () => {
  const { configuration } = expectProblems(
    `garp_group {\ngarp_interval 0.1\ninterfaces { eth0 eth1 }\n}\ninterface_up_down_delays {\neth0 1.5 0.5\neth1 1\n}\n${instanceWith('')}track_group T {\ngroup { VI }\n}\n`,
    [],
  )
  assert.deepEqual(configuration.garpGroups[0]?.interfaces, ['eth0', 'eth1'])
  assert.deepEqual(
    configuration.interfaceDelays.map(({ down, up }) => [down, up]),
    [
      [1500, 500],
      [1000, 0],
    ],
  )
  assert.deepEqual(
    configuration.trackGroups[0]?.members.map(({ name }) => name),
    ['VI'],
  )
})

test('a delay as long as the master-down interval is cut', () => {
  const parsed = expectProblems(`interface_up_down_delays {\neth0 2\n}\n${instanceWith('')}`, ['warning note delay-too-long 2:1 "eth0 2"'])
  assert.equal(parsed.configuration.interfaceDelays[0]?.down, 2000 - 1000 / 256)
})
