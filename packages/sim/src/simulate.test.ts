import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report, TimelineEntry } from './report.ts'
import { simulate } from './simulate.ts'
import { pair, pairText, vip } from './testing/pair.ts'

const ownersAt = (report: Report, at: number): readonly string[] =>
  report.addresses[0]?.owners.findLast((span) => span.from <= at)?.value ?? []
const reachedAt = (report: Report, at: number): string | null =>
  report.addresses[0]?.reached[0]?.spans.findLast((span) => span.from <= at)?.value ?? null
const states = (report: Report, node: string): (TimelineEntry & { kind: 'state' })[] =>
  report.timeline.filter((entry): entry is TimelineEntry & { kind: 'state' } => entry.kind === 'state' && entry.node === node)

test('the higher priority is master after the start, and the client reaches it', () => {
  const report = simulate(pair())
  assert.deepEqual(ownersAt(report, 10_000), ['a'])
  assert.equal(reachedAt(report, 10_000), 'a')
  assert.equal(report.totals.crashes, 0)
})

test('the same world gives the same report, and another seed another one', () => {
  const world = (seed: number) => pair(['loss 30% for 20s @5s', 'freeze a for 2s @9s', 'hostile random-bytes 20 times @12s'], { seed })
  assert.deepEqual(simulate(world(7)), simulate(world(7)))
  assert.notDeepEqual(simulate(world(7)).timeline, simulate(world(8)).timeline)
})

test('power loss costs three adverts and the margin of a sole peer, and the reason says so', () => {
  const report = simulate(pair(['power-loss a @10s']))
  const [outage] = report.outages
  assert(outage)
  assert.equal(outage.before, 'a')
  assert.equal(outage.after, 'b')
  assert.equal(outage.cause.fault, 'power-loss a')
  assert.match(outage.cause.takeover ?? '', /b: no advertisement from 10\.0\.0\.1/)
  assert(outage.lasted > 2000 && outage.lasted < 3100, String(outage.lasted))
  assert.equal(states(report, 'b').at(-1)?.reason.kind, 'master-silent')
})

test('a stopped daemon resigns: the outage is that of a packet', () => {
  const report = simulate(pair(['stop a @10s']))
  assert.equal(report.outages.length, 1)
  // And of the other's work: it adds the address before it says so.
  assert((report.outages[0]?.lasted ?? Number.NaN) < 5)
  assert.equal(states(report, 'b').at(-1)?.reason.kind, 'master-resigned')
})

test('a spare goes on for a killed daemon, and nothing moves', () => {
  const report = simulate(pair(['kill a @10s']))
  assert.deepEqual(ownersAt(report, 20_000), ['a'])
  assert.deepEqual([report.outages, report.splitBrains, report.totals.transitions], [[], [], 3])
})

test('a planned switchover and the way back: no outage, no split brain, and the report says that it moved', () => {
  const report = simulate(pair(['switchover a @10s', 'switchover a back @20s']))
  assert.deepEqual([ownersAt(report, 15_000), ownersAt(report, 25_000)], [['b'], ['a']])
  assert.deepEqual(report.outages, [])
  assert.equal(report.totals.splitBrains, 0)
  const told = report.timeline.flatMap((entry) => (entry.kind === 'life' && entry.life.kind === 'switchover' ? [entry.life.outcome] : []))
  assert.deepEqual(told, ['moved', 'moved'])
})

test('a switchover that nobody answers to stays, and is refused where there is no such instance', () => {
  const report = simulate(pair(['isolate b @8s', 'switchover a @10s', 'switchover b VI_9 @20s']))
  const told = report.timeline.flatMap((entry) => (entry.kind === 'life' && entry.life.kind === 'switchover' ? [entry.life] : []))
  assert.deepEqual(
    told.map(({ outcome }) => outcome),
    ['stayed', 'refused'],
  )
  assert.match(told[1]?.reason ?? '', /no instance is called VI_9; there are: VI_1/)
})

test('after the third death in a row the guard takes the address away and resigns', () => {
  const report = simulate(pair(['kill a @10s', 'kill a @10.5s', 'kill a @11s']))
  assert.deepEqual(ownersAt(report, 11_100), ['b'])
  assert.equal(report.totals.splitBrains, 0)
  assert(report.timeline.some((entry) => entry.kind === 'life' && entry.life.kind === 'guard-done'))
})

test('without a guard a killed daemon leaves its address behind: two owners, as with keepalived', () => {
  const report = simulate(pair(['kill a @10s'], { guardAfter: undefined }))
  assert.deepEqual(ownersAt(report, 20_000), ['a', 'b'])
  assert.equal(report.totals.splitBrains, 1)
})

test('a cut between the nodes makes two owners, and healing leaves one', () => {
  const report = simulate(pair(['cut a-b for 8s @10s']))
  assert.deepEqual(ownersAt(report, 17_000), ['a', 'b'])
  assert.deepEqual(ownersAt(report, 25_000), ['a'])
  assert.equal(report.splitBrains.filter((one) => !one.isHandover)[0]?.cause.fault, 'cut a<->b')
})

test('one direction cut: the backup that hears nothing claims, the master hears it and stays', () => {
  const report = simulate(pair(['cut a->b for 8s @10s']))
  assert.deepEqual(ownersAt(report, 17_000), ['a', 'b'])
  assert.deepEqual(ownersAt(report, 25_000), ['a'])
})

test('a client that is cut off reaches nobody although there is an owner', () => {
  const report = simulate(pair(['isolate client for 4s @10s']))
  assert.equal(reachedAt(report, 12_000), null)
  assert.deepEqual(ownersAt(report, 12_000), ['a'])
  assert.equal(reachedAt(report, 15_000), 'a')
})

test('a client whose neighbour table missed the announcements asks anew', () => {
  const report = simulate(pair(['cut b->client for 4s @9s', 'power-loss a @10s'], { seconds: 40 }))
  assert.deepEqual(ownersAt(report, 14_000), ['b'])
  assert.equal(reachedAt(report, 14_000), null)
  assert.equal(reachedAt(report, 25_000), 'b')
})

test('a frozen master keeps its kernel answering; thawed, it lets go of what another has taken', () => {
  const report = simulate(pair(['freeze a for 6s @10s']))
  assert.deepEqual(ownersAt(report, 15_000), ['a', 'b'])
  assert.equal(states(report, 'a').find((entry) => entry.at >= 16_000)?.reason.kind, 'own-stall')
  assert.deepEqual(ownersAt(report, 25_000), ['a'])
})

test('a paused machine does not answer', () => {
  const report = simulate(pair(['pause a for 2s @10s']))
  assert.deepEqual(ownersAt(report, 11_000), [])
  assert.deepEqual(ownersAt(report, 20_000), ['a'])
})

test('a failing check with weight 0 is FAULT with its cause, and over when it succeeds', () => {
  const check = 'track_script {\n check\n }'
  const world = pair(['script check on a fails for 6s @10s'], { more: [check, check] })
  const script = 'vrrp_script check {\n script "/usr/bin/check it"\n interval 1\n fall 2\n rise 2\n}\n'
  const nodes = world.nodes.map((node) => ({ ...node, files: { [node.configFile]: script + node.files[node.configFile] } }))
  const report = simulate({ ...world, nodes })
  const fault = states(report, 'a').find((entry) => entry.to === 'fault')
  assert.match(fault?.because ?? '', /script check failed/)
  assert.deepEqual(ownersAt(report, 15_000), ['b'])
  assert.deepEqual(ownersAt(report, 29_000), ['a'])
})

test('an interface that goes down is FAULT, and comes back', () => {
  const report = simulate(pair(['link a eth0 down for 5s @10s']))
  assert.deepEqual(ownersAt(report, 14_000), ['b'])
  assert.deepEqual(ownersAt(report, 25_000), ['a'])
})

test('an address that somebody removes is noticed', () => {
  const more = ['reassert_addresses off', 'reassert_addresses off'] as const
  const report = simulate(pair([`address-removed a ${vip} @10s`], { more }))
  assert(states(report, 'a').some((entry) => entry.reason.kind === 'address-lost'))
  assert.equal(ownersAt(report, 25_000).length, 1)
})
test('an address that somebody removes is put back at once, and nobody moves', () => {
  const report = simulate(pair([`address-removed a ${vip} @10s`]))
  assert.equal(report.totals.transitions, simulate(pair()).totals.transitions)
  assert.deepEqual(ownersAt(report, 10_500), ['a'])
})

test('a reload with another file applies it, and setting the wall clock moves nothing', () => {
  const files = { '/tmp/new.conf': pairText(0).replace('priority 100', 'priority 20') }
  const report = simulate(pair(['reload a /tmp/new.conf @10s', 'clock b -100s @5s'], { files }))
  assert.deepEqual(ownersAt(report, 9_000), ['a'])
  assert.deepEqual(ownersAt(report, 25_000), ['b'])
})

test('hostile packets that any check can tell move nothing', () => {
  const report = simulate(
    pair(['hostile higher-priority 50 times every 20ms @10s', 'hostile bad-checksum 50 times every 20ms @12s'], {
      more: ['check_unicast_src', 'check_unicast_src'],
    }),
  )
  assert.equal(report.totals.transitions, simulate(pair()).totals.transitions)
})

test('scripts and mails are in the report', () => {
  const report = simulate(pair())
  assert(report.timeline.some((entry) => entry.kind === 'notify' && entry.argv.join(' ') === '/bin/tell INSTANCE VI_1 MASTER 100'))
  assert(report.timeline.some((entry) => entry.kind === 'mail' && /Entering MASTER state/.test(entry.subject)))
})

test('an IPv6 pair over multicast works as well', () => {
  const six = (i: 0 | 1): string =>
    pairText(i)
      .replace(/unicast_src_ip[^}]*}/, '')
      .replaceAll(vip, 'fe80::100')
      .replace('advert_int 1', 'advert_int 1\n  version 3')
  const world = pair(['power-loss a @10s'])
  const nodes = world.nodes.map((node, i) => ({ ...node, files: { [node.configFile]: six(i as 0 | 1) } }))
  const report = simulate({ ...world, nodes })
  assert.equal(report.addresses[0]?.address, 'fe80::100')
  assert.deepEqual(ownersAt(report, 9_000), ['a'])
  assert.equal(reachedAt(report, 20_000), 'b')
})

test('a world that names what it does not have is refused', () => {
  const world = pair()
  const fault = { at: world.duration, fault: { kind: 'kill', node: 'nobody' }, lasts: undefined } as const
  assert.throws(() => simulate({ ...world, faults: [fault] }), /no machine is called nobody/)
})

const other = (entry: Report['timeline'][number], kind: string): boolean => entry.kind === kind

test('a tracked program that ends is FAULT, and over when it runs again', () => {
  const more = 'track_process {\nserved weight 0\n}'
  const extra = { global: '}\nvrrp_track_process served {\nprocess /usr/sbin/served' }
  const report = simulate(pair(['process a served stops for 5s @10s'], { more: [more, ''], ...extra }))
  assert.deepEqual(ownersAt(report, 14_000), ['b'])
  assert.deepEqual(ownersAt(report, 25_000), ['a'])
})

test('a number in a tracked file moves the priority', () => {
  const more = 'track_file {\nload weight 1\n}'
  const extra = { global: '}\ntrack_file load {\nfile /var/lib/load' }
  const report = simulate(pair(["write a /var/lib/load '-80' @10s"], { more: [more, ''], ...extra }))
  assert.deepEqual(ownersAt(report, 20_000), ['b'])
})

test('a virtual MAC stays the same at a failover, and the client needs no announcement to be believed', () => {
  const report = simulate(pair(['power-loss a @10s'], { more: ['use_vmac\nvmac_xmit_base', 'use_vmac\nvmac_xmit_base'] }))
  assert.deepEqual(ownersAt(report, 15_000), ['b'])
  assert.equal(report.outages.length, 1)
})

test('whoever goes on for a killed daemon takes its virtual MAC interface over, and clears it later', () => {
  const more = ['use_vmac\nvmac_xmit_base', 'use_vmac\nvmac_xmit_base'] as const
  const report = simulate(pair(['kill a @10s', 'switchover a @15s'], { more }))
  assert.deepEqual(ownersAt(report, 20_000), ['b'])
  assert.equal(report.totals.splitBrains, 0)
})

test('what goes into a named pipe is in the report', () => {
  const report = simulate(pair(['stop a @10s'], { global: 'vrrp_notify_fifo /run/vrrp.fifo' }))
  const lines = report.timeline.filter((entry) => other(entry, 'piped')).map((entry) => ('text' in entry ? entry.text : ''))
  assert(lines.includes('INSTANCE "VI_1" MASTER 50'), lines.join('\n'))
})

test('members of a sync group move together when one loses its interface', () => {
  const second = `}
vrrp_instance VI_2 {
  interface eth1
  virtual_router_id 52
  priority 100
  virtual_ipaddress {
    10.1.0.100
  }
}
vrrp_sync_group G {
  group {
    VI_1
    VI_2
  }`
  const report = simulate(pair(['link a eth1 down @10s'], { more: [second, second.replace('priority 100', 'priority 50')] }))
  for (const { owners } of report.addresses) assert.deepEqual(owners.findLast((span) => span.from <= 20_000)?.value, ['b'])
})
