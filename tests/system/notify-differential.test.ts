// Everything a daemon tells of its states (scripts with their arguments, FIFO lines, mails), ours beside keepalived's: each
// is driven through the same faults on a segment of its own, with keepalived as the peer, and what was told is compared.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { must, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { append, createEar, type Ear, type Told } from './told.ts'

type Stage = { readonly segment: Segment; readonly subject: Node; readonly peer: Node; readonly daemon: Daemon; readonly ear: Ear }
type Scenario = {
  readonly name: string
  readonly file: (ear: Ear, folder: string) => string
  readonly peerFile: string
  /** Files of the subject's folder that are there at the start. */
  readonly files?: Readonly<Record<string, string>>
  readonly startsWithoutCable?: boolean
  readonly drive: (stage: Stage) => Promise<void>
}

const globalDefs = (ear: Ear, more = ''): string => `global_defs {
  router_id R1
  script_user root
  notify_fifo ${ear.fifo}
  vrrp_notify_fifo ${ear.vrrpFifo}
  notification_email {
    ops@example.org
  }
  notification_email_from r1@example.org
  smtp_server 127.0.0.1 ${ear.mailPort}
  smtp_connect_timeout 5
  smtp_alert
  vrrp_garp_master_delay 1
  ${more}
}
`
const scripts = (ear: Ear, name: string): string =>
  ['master', 'backup', 'fault', 'stop']
    .map((state) => `  notify_${state} "${ear.script} ${name} ${state}"\n`)
    .join('')
    .concat(`  notify ${ear.script}\n`)
const instance = (ear: Ear | undefined, name: string, vrid: number, priority: number, more = ''): string => `vrrp_instance ${name} {
  state BACKUP
  interface eth0
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    10.9.0.${vrid}
  }
${ear ? scripts(ear, name) : ''}  ${more}
}
`
const group = (ear: Ear, name: string, members: string, more = ''): string => `vrrp_sync_group ${name} {
  group {
    ${members}
  }
${scripts(ear, name)}  ${more}
}
`
const lowerPri = (ear: Ear, name: string): string => `notify_master_rx_lower_pri "${ear.script} ${name} rx-lower"`
const put = (node: Node, file: string, text: string): void => writeFileSync(join(node.folder, file), text)
const owns = ({ segment, subject }: Stage, vrid: number): Promise<void> => segment.waitForOwner(subject, `10.9.0.${vrid}`)
const peerOwns = ({ segment, peer }: Stage, vrid: number): Promise<void> => segment.waitForOwner(peer, `10.9.0.${vrid}`)
const settle = (): Promise<void> => sleep(1200)

async function reload({ subject, daemon }: Stage, file: string): Promise<void> {
  const before = daemon.log().match(/Reload(ing)? (complete|finished)|Reload refused/gi)?.length ?? 0
  put(subject, 'keepalived.conf', file)
  daemon.service.kill('SIGHUP')
  await until('it has reloaded', () => {
    const now = daemon.log().match(/Reload(ing)? (complete|finished)|Reload refused/gi)?.length ?? 0
    return now > before ? true : undefined
  })
  await sleep(1500)
}

const scenarios: Scenario[] = [
  {
    name: 'the peer goes and comes back, the cable is pulled',
    file: (ear) =>
      globalDefs(ear) +
      instance(ear, 'HIGH', 51, 150, lowerPri(ear, 'HIGH')) +
      instance(ear, 'LOW', 52, 90) +
      instance(ear, 'KEEP', 53, 150, 'nopreempt'),
    peerFile: instance(undefined, 'HIGH', 51, 100) + instance(undefined, 'LOW', 52, 100) + instance(undefined, 'KEEP', 53, 100),
    drive: async (stage) => {
      const { segment, subject, peer } = stage
      await owns(stage, 51)
      await settle()
      await segment.setLink(peer, false)
      await until('LOW alone', async () => ((await subject.holds('10.9.0.52')) ? true : undefined))
      await settle()
      await segment.setLink(peer, true)
      await peerOwns(stage, 52)
      await owns(stage, 51)
      await settle()
      await segment.setLink(subject, false)
      await sleep(5000)
      await segment.setLink(subject, true)
      await owns(stage, 51)
      await settle()
    },
  },
  {
    name: 'trackers with and without weight, priority changes',
    files: { fault: '0', weight: '0', script: '0' },
    file: (ear, folder) =>
      globalDefs(ear, 'vrrp_notify_priority_changes') +
      `vrrp_track_file fault {\n file ${join(folder, 'fault')}\n weight 0\n}\n` +
      `vrrp_track_file weight {\n file ${join(folder, 'weight')}\n weight 1\n}\n` +
      `vrrp_script check {\n script "/usr/bin/grep -q 0 ${join(folder, 'script')}"\n interval 1\n fall 1\n rise 1\n}\n` +
      `vrrp_script bonus {\n script "/usr/bin/grep -q 0 ${join(folder, 'script')}"\n interval 1\n weight 20\n}\n` +
      instance(ear, 'OWNER', 57, 255).replace('state BACKUP', 'state MASTER') +
      instance(ear, 'FAULT', 51, 150, 'track_file {\n fault\n }') +
      instance(ear, 'WEIGHT', 52, 150, 'track_file {\n weight\n }') +
      instance(ear, 'SCRIPT', 53, 150, 'track_script {\n check\n }') +
      instance(ear, 'BONUS', 54, 90, 'track_script {\n bonus\n }') +
      group(ear, 'G1', 'ONE\n TWO', 'track_file {\n fault\n }') +
      instance(ear, 'ONE', 55, 150) +
      instance(ear, 'TWO', 56, 150),
    peerFile: [51, 52, 53, 54, 55, 56].map((vrid) => instance(undefined, `VI_${vrid}`, vrid, 100)).join(''),
    drive: async (stage) => {
      const { subject } = stage
      for (const vrid of [51, 52, 53, 54, 55, 56]) await owns(stage, vrid)
      await settle()
      put(subject, 'fault', '1')
      for (const vrid of [51, 55, 56]) await peerOwns(stage, vrid)
      put(subject, 'fault', '0')
      for (const vrid of [51, 55, 56]) await owns(stage, vrid)
      put(subject, 'weight', '-60')
      await peerOwns(stage, 52)
      put(subject, 'weight', '-10')
      await owns(stage, 52)
      put(subject, 'weight', '-260')
      await peerOwns(stage, 52)
      put(subject, 'script', '1')
      for (const vrid of [53, 54]) await peerOwns(stage, vrid)
      put(subject, 'script', '0')
      for (const vrid of [53, 54]) await owns(stage, vrid)
      put(subject, 'weight', '0')
      await owns(stage, 52)
      await settle()
    },
  },
  {
    name: 'a sync group follows one member',
    files: { fault: '0' },
    file: (ear, folder) =>
      globalDefs(ear) +
      `vrrp_track_file fault {\n file ${join(folder, 'fault')}\n weight 0\n}\n` +
      group(ear, 'G1', 'ONE\n TWO\n THREE') +
      instance(ear, 'ONE', 51, 150, 'track_file {\n fault\n }') +
      instance(ear, 'TWO', 52, 150) +
      instance(ear, 'THREE', 53, 150),
    peerFile:
      'vrrp_sync_group G1 {\n group {\n VI_51\n VI_52\n VI_53\n }\n}\n' +
      [51, 52, 53].map((vrid) => instance(undefined, `VI_${vrid}`, vrid, 100)).join(''),
    drive: async (stage) => {
      const { segment, subject } = stage
      for (const vrid of [51, 52, 53]) await owns(stage, vrid)
      await settle()
      put(subject, 'fault', '1')
      for (const vrid of [51, 52, 53]) await peerOwns(stage, vrid)
      await settle()
      put(subject, 'fault', '0')
      for (const vrid of [51, 52, 53]) await owns(stage, vrid)
      await settle()
      await segment.setLink(subject, false)
      await sleep(5000)
      await segment.setLink(subject, true)
      for (const vrid of [51, 52, 53]) await owns(stage, vrid)
      await settle()
    },
  },
  {
    name: 'reloads: an instance removed, one with notify_deleted, one added, one changed',
    file: (ear) =>
      globalDefs(ear) +
      instance(ear, 'STAYS', 51, 150) +
      instance(ear, 'GOES', 52, 150) +
      instance(ear, 'DELETED', 53, 150, `notify_deleted "${ear.script} DELETED deleted"`) +
      instance(ear, 'SILENT', 54, 150, 'notify_deleted') +
      instance(ear, 'CHANGES', 55, 150) +
      instance(ear, 'BACKUP', 57, 90, 'notify_deleted') +
      group(ear, 'G1', 'ONE\n TWO') +
      instance(ear, 'ONE', 58, 150) +
      instance(ear, 'TWO', 59, 150),
    peerFile: [51, 52, 53, 54, 55, 56, 57, 58, 59].map((vrid) => instance(undefined, `VI_${vrid}`, vrid, 100)).join(''),
    drive: async (stage) => {
      const { ear } = stage
      for (const vrid of [51, 52, 53, 54, 55, 58, 59]) await owns(stage, vrid)
      await settle()
      await reload(
        stage,
        globalDefs(ear) + instance(ear, 'STAYS', 51, 150) + instance(ear, 'CHANGES', 55, 140) + instance(ear, 'ADDED', 56, 150),
      )
      await owns(stage, 56)
      await settle()
    },
  },
  {
    name: 'a start with trouble: no cable, a failing tracker, a slow one',
    startsWithoutCable: true,
    files: { fault: '1', script: '1' },
    file: (ear, folder) =>
      globalDefs(ear) +
      `vrrp_track_file fault {\n file ${join(folder, 'fault')}\n weight 0\n}\n` +
      `vrrp_script check {\n script "/usr/bin/grep -q 0 ${join(folder, 'script')}"\n interval 1\n}\n` +
      `vrrp_script slow {\n script "/usr/bin/sleep 2"\n interval 5\n timeout 4\n}\n` +
      `vrrp_script doomed {\n script "/usr/bin/grep -q 0 ${join(folder, 'script')}"\n interval 1\n init_fail\n rise 2\n}\n` +
      instance(ear, 'PLAIN', 51, 150) +
      instance(ear, 'FILE', 52, 150, 'track_file {\n fault\n }') +
      instance(ear, 'SCRIPT', 53, 150, 'track_script {\n check\n }') +
      instance(ear, 'SLOW', 54, 150, 'track_script {\n slow\n }') +
      instance(ear, 'DOOMED', 55, 150, 'track_script {\n doomed\n }') +
      group(ear, 'G1', 'ONE\n TWO') +
      instance(ear, 'ONE', 57, 150, 'track_script {\n check\n }') +
      instance(ear, 'TWO', 58, 150),
    peerFile: [51, 52, 53, 54, 55, 57, 58].map((vrid) => instance(undefined, `VI_${vrid}`, vrid, 100)).join(''),
    drive: async (stage) => {
      const { segment, subject } = stage
      await sleep(3500)
      await segment.setLink(subject, true)
      for (const vrid of [51, 54]) await owns(stage, vrid)
      put(subject, 'fault', '0')
      put(subject, 'script', '0')
      for (const vrid of [52, 53, 55, 57, 58]) await owns(stage, vrid)
      await settle()
    },
  },
]

scenarios.push({
  name: 'an interface that comes, goes, and comes back as another one',
  file: (ear) =>
    globalDefs(ear, 'dynamic_interfaces') +
    instance(ear, 'COMES', 51, 150).replace('interface eth0', 'interface eth7').replace('advert_int 1', 'advert_int 1\n  version 3') +
    instance(ear, 'STAYS', 52, 150),
  peerFile: instance(undefined, 'STAYS', 52, 100),
  drive: async (stage) => {
    const { subject } = stage
    const ip = (words: string): Promise<string> => must(['ip', '-n', subject.namespace, ...words.split(' ')])
    const make = async (address: string): Promise<void> => {
      await ip('link add eth7 type veth peer name far7')
      for (const words of [`address add ${address}/24 dev eth7`, 'link set far7 up', 'link set eth7 up']) await ip(words)
    }
    const owns7 = (): Promise<true> =>
      until('it has its address', async () => ((await ip('-brief address show dev eth7')).includes('10.9.0.51/') ? true : undefined))
    await owns(stage, 52)
    await settle()
    await make('10.7.0.1')
    await owns7()
    await settle()
    await ip('link delete eth7')
    await settle()
    // Another number, another address.
    await ip('link add other type veth peer name another')
    await make('10.7.0.9')
    await owns7()
    await settle()
  },
})

async function record(scenario: Scenario, which: 'startHavipd' | 'startKeepalived'): Promise<Told> {
  const segment = await createSegment()
  const [subject, peer] = segment.nodes
  const ear = createEar(subject)
  try {
    for (const [file, text] of Object.entries(scenario.files ?? {})) put(subject, file, text)
    await segment.startKeepalived(peer, scenario.peerFile)
    await sleep(4000)
    if (scenario.startsWithoutCable) await segment.setLink(subject, false)
    const daemon = await segment[which](subject, scenario.file(ear, subject.folder))
    await ear.listen()
    await scenario.drive({ segment, subject, peer, daemon, ear })
    await daemon.service.stop()
    await sleep(500)
    return ear.told()
  } finally {
    ear.close()
    await segment.destroy()
  }
}

/** How often a lower advert is heard depends on the instant, and for an instant at the start of the peer whether at all. */
const withoutChance = (lines: readonly string[]): readonly string[] =>
  lines.filter((line, i) => !/RX_LOWER|rx-lower/.test(line) || (/HIGH|rx-lower/.test(line) && line !== lines[i - 1]))
const bySubject = (lines: readonly string[]): Readonly<Record<string, readonly string[]>> => {
  const all: Record<string, string[]> = {}
  for (const line of lines) append(all, line.split('"')[1] ?? '', line)
  return all
}
const comparable = (told: Told): unknown => ({
  specific: Object.fromEntries(Object.entries(told.specific).map(([name, words]) => [name, withoutChance(words)])),
  generic: told.generic,
  fifo: bySubject(withoutChance(told.fifo)),
  vrrpFifo: bySubject(withoutChance(told.vrrpFifo)),
  // The one at the stop rarely leaves in time.
  mails: Object.fromEntries(Object.entries(told.mails).map(([name, subjects]) => [name, subjects.filter((one) => one !== 'Stopping')])),
})

for (const scenario of scenarios) {
  test(`told alike: ${scenario.name}`, { skip: needsRoot }, async () => {
    const [theirs, ours] = await Promise.all([record(scenario, 'startKeepalived'), record(scenario, 'startHavipd')])
    assert.ok(theirs.fifo.length >= 6, theirs.fifo.join('\n'))
    assert.deepEqual(comparable(ours), comparable(theirs))
  })
}
