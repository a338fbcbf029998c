// SNMP as keepalived 2.2.7 has it: the same file, each daemon in a segment of its own with its own snmpd, every column of every table and
// every notification compared. What differs is in the list below, with its reason.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { must, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Segment } from '../../tools/lab/segment.ts'
import { needsSnmp, SnmpLab } from './snmp-lab.ts'

const keepalived = '.1.3.6.1.4.1.9586.100.5'
const vrrpMib = '.1.3.6.1.2.1.68'
const vrrpv3Mib = '.1.3.6.1.2.1.207'
const subtrees = [keepalived, vrrpMib, vrrpv3Mib]

const file = (trackFile: string): string => `global_defs {
  router_id R1
  notification_email {
    a@example.org
    b@example.org
  }
  notification_email_from f@example.org
  smtp_server 192.0.2.25 2525
  smtp_connect_timeout 7
  enable_traps
  enable_script_security
  script_user root
  dynamic_interfaces
  vrrp_garp_master_delay 3
}
static_ipaddress {
  198.51.100.7/24 dev d0 label d0:x
}
static_routes {
  203.0.113.0/24 via 10.9.0.254 dev eth0 metric 5
}
static_rules {
  from 198.51.100.0/24 lookup 77 priority 501
}
vrrp_script ok {
  script "/usr/bin/true"
  interval 3
  weight 10
  rise 2
  fall 3
}
vrrp_script bad {
  script "/usr/bin/false x"
  interval 2
  weight -5 reverse
}
vrrp_track_file tf {
  file ${trackFile}
  weight 2
}
vrrp_track_process tp {
  process none-of-this-name 1000
  param_match partial
  weight 3
  quorum 1
  quorum_max 4
  delay 2
}
bfd_instance b1 {
  neighbor_ip 10.9.0.9
  source_ip 10.9.0.1
  weight 4
}
vrrp_sync_group G1 {
  group {
    V2
    V3
  }
  track_interface {
    d0
  }
  track_script {
    ok weight 0
  }
  track_file {
    tf
  }
  track_bfd {
    b1 weight 4
  }
  notify_master "/usr/bin/true gmaster x"
  notify "/usr/bin/true gany"
  notify_stop "/usr/bin/true gstop"
  sync_group_tracking_weight
  smtp_alert
}
vrrp_instance V2 {
  interface eth0
  version 2
  virtual_router_id 51
  priority 150
  state MASTER
  authentication {
    auth_type PASS
    auth_pass 1234
  }
  virtual_ipaddress {
    10.9.0.100/24 brd 10.9.0.255 label eth0:1
    10.9.0.101/32 dev d0 scope host
  }
  virtual_ipaddress_excluded {
    10.9.1.102/24 dev d0
    2001:db8:9::5/64
  }
  virtual_routes {
    src 10.9.0.100 to 203.0.114.0/24 via 10.9.0.254 dev eth0 scope global table 100 metric 9 mtu lock 1400 window 30 rto_min 200ms initcwnd 10 initrwnd 12 rtt 300ms rttvar 280ms reordering 3 quickack 1 hoplimit 9 ssthresh 7 cwnd lock 8 congctl cubic tos 4
    blackhole 203.0.115.0/24
    unreachable 203.0.118.0/24 metric 3
    203.0.116.0/24 nexthop via 10.9.0.253 dev eth0 weight 2 nexthop via 10.9.0.252 dev eth0 weight 5 onlink
    203.0.117.0/24 dev d0 scope link realms 4/5
  }
  virtual_rules {
    from 10.9.0.0/24 to 203.0.120.0/24 lookup 100 priority 600
    fwmark 7/0xff iif eth0 table 101 priority 601 suppress_prefixlength 5
    from 10.9.5.0/24 blackhole priority 602
    not to 10.9.6.0/24 iif eth0 oif d0 tos 8 lookup main priority 603 uidrange 5-9
    from 10.9.7.1 goto 700 priority 604
    from 10.9.8.1 prohibit priority 606
    to 10.9.9.0/24 lookup 102 priority 607 realms 3/4
    tunnel-id 5 lookup 102 priority 608
  }
  track_interface {
    d1 weight 11 reverse
  }
  track_script {
    bad
  }
  notify_master "/usr/bin/true m a"
  notify_backup "/usr/bin/true b"
  notify_fault "/usr/bin/true f"
  notify_stop "/usr/bin/true s"
  notify "/usr/bin/true n"
  notify_master_rx_lower_pri "/usr/bin/true l"
  smtp_alert
  garp_master_delay 4
}
vrrp_instance V3 {
  interface eth0
  version 3
  virtual_router_id 52
  priority 120
  advert_int 0.5
  nopreempt
  accept
  virtual_ipaddress {
    10.9.0.110/24
  }
  promote_secondaries
}
vrrp_instance V6 {
  interface eth0
  version 3
  virtual_router_id 53
  priority 90
  preempt_delay 2
  native_ipv6
  virtual_ipaddress {
    fe80::53/64
    2001:db8::53/64
  }
  virtual_routes {
    2001:db8:77::/64 via fe80::9 dev eth0 metric 5 pref high
  }
  virtual_rules {
    from 2001:db8:5::/64 lookup 100 priority 605
  }
  notify_deleted
}
vrrp_instance VM {
  interface eth0
  use_vmac vr.61
  virtual_router_id 61
  priority 255
  version 2
  virtual_ipaddress {
    10.9.0.61/24
    10.9.0.62 peer 10.9.9.9 dev d1
  }
}
vrrp_instance U1 {
  interface d1
  virtual_router_id 62
  priority 100
  unicast_src_ip 10.9.3.1
  unicast_peer {
    10.9.3.2
  }
  virtual_ipaddress {
    10.9.3.63/24
  }
  track_process {
    tp
  }
}
`

/** Of the peer that nobody believes: the same virtual router with another password. */
const stranger = `vrrp_instance V2 {
  interface eth0
  version 2
  virtual_router_id 51
  priority 50
  authentication {
    auth_type PASS
    auth_pass 9999
  }
  virtual_ipaddress {
    10.9.0.100/24
    10.9.0.101/32
  }
}
`

const differences: readonly (readonly [RegExp, string])[] = [
  [/^K\.1\.1\.0$/, 'each tells its own version'],
  [/^K\.2\.3\.1\.27\./, 'vrrpInstanceAccept: keepalived says 0 of version 2, which the MIB does not have; here it is true or false'],
  [/^K\.2\.6\.1\.11\./, 'vrrpAddressAdvertising: keepalived knows it of its first instance only'],
  [/^K\.2\.7\.1\.25\./, 'vrrpRouteAdvmss: keepalived leaves it out'],
  [/^K\.2\.8\.1\.(3[3-8])\./, 'from vrrpRuleProtocol on keepalived leaves everything out'],
  [/^K\.2\.1[56]\.1\.3\.|^K\.2\.(19|22)\.1\.3\./, "the weight that a group tracks with: keepalived shows the tracker's own"],
  [/^K\.2\.21\.1\.5\./, 'vrrpProcessParamMatch: keepalived has initial and partial the other way round than the MIB'],
  [/^K\.2\.21\.1\.1[34]\./, 'where the kernel tells no process events keepalived counts nothing'],
  [/^V2\.(1\.3|2\.4)\.1\.\d+\.(2\.61|6\.62)$/, 'keepalived 2.2.7 shows the first row of these tables only'],
  [/^V2\.1\.3\.1\.7\./, 'vrrpOperMasterIpAddr: keepalived says 0.0.0.0 while it is master itself'],
  [/^V2\.1\.3\.1\.13\.|^V3\.1\.1\.1\.1\.12\./, 'times'],
  [/^V3\.1\.1\.2\.1\.2\./, 'the index of an address: keepalived 2.2.7 leaves out how long it is, later versions do not'],
]
const isKnown = (name: string): boolean => differences.some(([pattern]) => pattern.test(name))

const short = (oid: string): string =>
  oid
    .replace(new RegExp(`^\\${keepalived}`), 'K')
    .replace(new RegExp(`^\\${vrrpMib}\\.`), 'V2.')
    .replace(new RegExp(`^\\${vrrpv3Mib}\\.`), 'V3.')

type Side = { readonly segment: Segment; readonly lab: SnmpLab; readonly name: string }

async function begin(name: 'havipd' | 'keepalived'): Promise<Side> {
  const segment = await createSegment()
  const [node] = segment.nodes
  const lab = new SnmpLab(segment, node)
  const link = (...args: readonly string[]) => must(['ip', '-n', node.namespace, ...args])
  await link('link', 'set', 'eth0', 'down')
  await link('link', 'set', 'eth0', 'address', '02:00:00:00:09:01')
  await link('link', 'set', 'eth0', 'up')
  for (const pair of ['d0', 'd1']) {
    await link('link', 'add', pair, 'address', `02:00:00:00:0${pair}:01`, 'type', 'veth', 'peer', 'name', `${pair}p`)
    await link('link', 'set', pair, 'up')
    await link('link', 'set', `${pair}p`, 'up')
  }
  await link('address', 'add', '10.9.3.1/24', 'dev', 'd1')
  await lab.startMaster()
  await lab.startReceiver()
  const trackFile = join(node.folder, 'tracked')
  writeFileSync(trackFile, '6\n')
  // The link-local address is ready only after its detection of duplicates.
  await until('eth0 has its address', async () => {
    const shown = await link('-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link')
    return /inet6 fe80/.test(shown) && !/tentative/.test(shown) ? true : undefined
  })
  const options = ['-x', '-A', lab.place]
  if (name === 'havipd') await segment.startHavipd(node, file(trackFile), options)
  else await segment.startKeepalived(node, file(trackFile), ['-P', '-b', join(node.folder, 'bfd.pid'), ...options])
  return { segment, lab, name }
}

const stateOf = async ({ lab }: Side): Promise<string> =>
  (await lab.get(...[1, 2, 3, 4, 5].map((row) => `${keepalived}.2.3.1.4.${row}`))).output.replaceAll(/\S+ = /g, ' ').replaceAll(/\s+/g, ' ')

async function everything({ lab, segment }: Side): Promise<ReadonlyMap<string, string>> {
  const cells = new Map<string, string>()
  for (const subtree of subtrees)
    for (const [oid, value] of await lab.walk(subtree)) cells.set(short(oid), value.replace(segment.nodes[0].folder, '').trim())
  return cells
}

const compare = (havipd: ReadonlyMap<string, string>, keepalived: ReadonlyMap<string, string>): readonly string[] =>
  [...new Set([...keepalived.keys(), ...havipd.keys()])]
    .filter((name) => !isKnown(name) && havipd.get(name) !== keepalived.get(name))
    .map((name) => `${name}: keepalived ${keepalived.get(name) ?? '-'}, havipd ${havipd.get(name) ?? '-'}`)

test('every column and every notification, as keepalived has them', {
  skip: needsSnmp || (existsSync('/usr/sbin/keepalived') ? false : 'needs keepalived'),
  timeout: 300_000,
}, async () => {
  const sides: Side[] = []
  try {
    for (const name of ['havipd', 'keepalived'] as const) sides.push(await begin(name))
    const [havipd, other] = sides as [Side, Side]
    const all = (wanted: string) =>
      Promise.all(
        sides.map((side) =>
          until(`${side.name}: ${wanted}`, async () => ((await stateOf(side)).includes(wanted) ? true : undefined), 60_000, 200),
        ),
      )
    const masters = ' INTEGER: 2 INTEGER: 2 INTEGER: 2 INTEGER: 2 INTEGER: 2'
    await all(masters)
    // Scripts have reported, and the cache of a second is over.
    await sleep(4000)
    const cells = await Promise.all([everything(havipd), everything(other)])
    assert(cells[1].size > 450, `keepalived answers with ${cells[1].size} cells`)
    assert.deepEqual(compare(...cells), [])
    // A fault and its end, at the same moment.
    const links = async (state: 'up' | 'down') => {
      for (const { segment } of sides) await must(['ip', '-n', segment.nodes[0].namespace, 'link', 'set', 'd0', state])
    }
    await links('down')
    await all(' INTEGER: 3 INTEGER: 3 INTEGER: 2')
    await links('up')
    await all(masters)
    // Somebody without the password.
    for (const { segment } of sides) await segment.startKeepalived(segment.nodes[1], stranger)
    await Promise.all(
      sides.map(({ lab, name }) =>
        until(
          `${name} tells of the wrong password`,
          () => (lab.traps().some((trap) => trap.startsWith(`${vrrpMib}.0.2 `)) ? true : undefined),
          30_000,
        ),
      ),
    )
    await Promise.all(sides.map(({ segment }) => stopVrrp(segment)))
    await Promise.all(
      sides.map(({ lab, name }) =>
        until(
          `${name} tells that it stops`,
          () => (lab.traps().some((trap) => trap.includes(`${keepalived}.2.1.1.3 = INTEGER: 5`)) ? true : undefined),
          30_000,
        ),
      ),
    )
    // Each instance and group for itself: which of them is first is nobody's promise. A wrong password is told once.
    const told = sides.map(({ lab }) => groupBySubject(lab.traps()))
    assert.deepEqual(told[0], told[1])
    assert(Object.keys(told[1] ?? {}).length >= 8)
  } finally {
    for (const { segment } of sides) await segment.destroy()
  }
})

async function stopVrrp(segment: Segment): Promise<void> {
  const pid = Number(readFileSync(join(segment.nodes[0].folder, 'keepalived.pid'), 'utf8'))
  process.kill(pid, 'SIGTERM')
  await until('the daemon has ended', () => (existsSync(`/proc/${pid}`) ? undefined : true), 20_000)
}

/** What each notification is about, and then what was said of it, in order. */
function groupBySubject(traps: readonly string[]): Record<string, readonly string[]> {
  const said: Record<string, string[]> = {}
  for (const trap of traps) {
    const subject = /^\.1\.3\.6\.1\.4/.test(trap) ? (/STRING: ("\w+")/.exec(trap)?.[1] ?? '') : (trap.split(' = ')[0] ?? '')
    const lines = said[subject] ?? []
    if (trap !== lines.at(-1)) said[subject] = [...lines, trap]
  }
  return said
}
