// What a daemon has changed on the machine (virtual MACs, settings of the kernel) when another process goes on for it: it stays
// while there is a daemon, and is undone by the last one, or by whoever says goodbye for it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startEcho, startPing } from '../../tools/bench/probe.ts'
import { sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'

const address = '10.9.0.100'
const file = `global_defs {
  vrrp_version 3
  disable_local_igmp
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 200
  advert_int 0.5
  use_vmac
  virtual_ipaddress {
    ${address}/24
  }
}
vrrp_instance VI_2 {
  state BACKUP
  interface d0
  virtual_router_id 52
  priority 200
  advert_int 0.5
  promote_secondaries
  virtual_ipaddress {
    10.9.7.100/24
  }
}
`
const settings = [
  'ipv4/conf/eth0/arp_ignore',
  'ipv4/conf/eth0/arp_filter',
  'ipv4/conf/all/rp_filter',
  'ipv4/conf/d0/promote_secondaries',
  'ipv4/igmp_link_local_mcast_reports',
]

type Stage = {
  readonly segment: Segment
  readonly node: Node
  readonly client: Node
  readonly daemon: Daemon
  /** Values of `settings` now. */
  now(): readonly string[]
  readonly before: readonly string[]
  readonly during: readonly string[]
  links(): string
}

async function onStage(body: (stage: Stage) => Promise<void>): Promise<void> {
  const segment = await createSegment()
  try {
    const [node, client] = segment.nodes
    const inside = (argv: readonly string[]): string => {
      const [program, ...rest] = node.inside(argv) as [string, ...string[]]
      return execFileSync(program, rest, { encoding: 'utf8' })
    }
    for (const words of ['link add d0 type veth peer name d1', 'link set d0 up', 'link set d1 up', 'address add 10.9.7.1/24 dev d0']) {
      inside(['ip', ...words.split(' ')])
    }
    inside(['sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=2', 'net.ipv4.conf.d0.promote_secondaries=0'])
    const now = (): string[] =>
      inside(['cat', ...settings.map((name) => `/proc/sys/net/${name}`)])
        .trim()
        .split('\n')
    const before = now()
    segment.adopt(startEcho(node))
    const daemon = await segment.startHavipd(node, file)
    const links = (): string => inside(['ip', '-brief', 'address', 'show'])
    await until('it has its address', () => (links().includes(address) && links().includes('10.9.7.100') ? true : undefined))
    await sleep(500)
    const during = now()
    assert.deepEqual(during, ['1', '1', '0', '1', '0'])
    await body({ segment, node, client, daemon, now, before, during, links })
  } finally {
    await segment.destroy()
  }
}

const isUndone = async ({ links, now, before }: Stage): Promise<void> => {
  await until('everything is undone', () => (/vrrp|10\.9\.7\.100/.test(links()) ? undefined : true))
  await until('the settings are back', () => (JSON.stringify(now()) === JSON.stringify(before) ? true : undefined)).catch(() => {})
  assert.deepEqual(now(), before)
}
const pidIn = (node: Node, name: string): number => Number(readFileSync(join(node.folder, name), 'utf8').trim())

test('a handover keeps the virtual MAC and the settings, and the new process gives them back', { skip: needsRoot }, () =>
  onStage(async (stage) => {
    const { segment, node, client, daemon, now, during, links } = stage
    const index =
      /^vrrp\.51@/m.test(links()) && execFileSync('ip', ['-n', node.namespace, '-o', 'link', 'show', 'vrrp.51'], { encoding: 'utf8' })
    const ping = startPing(client, address)
    await sleep(500)
    const fresh = await segment.startHavipd(node, file, ['--handover'])
    await until('the old one has ended', () => (daemon.service.isRunning() ? undefined : true))
    await sleep(1500)
    const { lost, asked } = await ping.stop()
    assert.equal(lost, 0, `${lost} of ${asked} requests`)
    assert.deepEqual(now(), during)
    assert.equal(execFileSync('ip', ['-n', node.namespace, '-o', 'link', 'show', 'vrrp.51'], { encoding: 'utf8' }), index)
    await fresh.service.stop()
    await isUndone(stage)
  }),
)

test(
  'a handover to a file without use_vmac leaves no virtual MAC behind, and the neighbours learn where the address is now',
  {
    skip: needsRoot,
  },
  () =>
    onStage(async (stage) => {
      const { segment, node, client, daemon, before, now, links } = stage
      const lookUp = (): string => execFileSync('ip', ['-n', client.namespace, 'neighbour', 'show', address], { encoding: 'utf8' })
      const ping = startPing(client, address)
      await until('the client knows the virtual MAC', () => (lookUp().includes('00:00:5e:00:01:33') ? true : undefined))
      const plain = (file.split('vrrp_instance VI_2')[0] ?? '').replace('  use_vmac\n', '')
      const fresh = await segment.startHavipd(node, plain, ['--handover'])
      await until('the old one has ended', () => (daemon.service.isRunning() ? undefined : true))
      await until('the virtual MAC is gone', () => (links().includes('vrrp.51') ? undefined : true))
      assert.match(links(), /^eth0@.*10\.9\.0\.100\/24/m)
      assert.doesNotMatch(links(), /10\.9\.7\.100/, 'the address of an instance that is configured no more')
      await until('the client knows another MAC', () => (lookUp().includes('00:00:5e') ? undefined : true))
      await until('it answers there', () => (ping.lastBy() === node.name ? true : undefined))
      const { lost, asked } = await ping.stop()
      // What was under way to the MAC that went. Who is not told sends there until its entry ages.
      assert.ok(lost < 2000, `${lost} of ${asked} requests`)
      // disable_local_igmp is wanted still.
      assert.deepEqual(now().slice(0, -1), before.slice(0, -1))
      const status = await segment.status(node)
      assert.deepEqual(
        status.instances.map(({ state, transitions }) => [state, transitions.length]),
        [['master', 0]],
      )
      await fresh.service.stop()
      await isUndone(stage)
    }),
)

test('a spare that has become the daemon gives back what the dead one borrowed', { skip: needsRoot }, () =>
  onStage(async (stage) => {
    const { node, client, daemon, now, during } = stage
    const ping = startPing(client, address)
    await sleep(500)
    const speaker = daemon.vrrpPid()
    process.kill(speaker, 'SIGKILL')
    await until('the spare is the daemon', () => (daemon.vrrpPid() === speaker ? undefined : true))
    await sleep(1500)
    const { lost, asked } = await ping.stop()
    assert.equal(lost, 0, `${lost} of ${asked} requests`)
    assert.deepEqual(now(), during)
    process.kill(pidIn(node, 'keepalived.pid'), 'SIGTERM')
    await isUndone(stage)
  }),
)

test('whoever says goodbye for a dead daemon removes its virtual MAC and gives the settings back', { skip: needsRoot }, () =>
  onStage(async (stage) => {
    const { daemon, links } = stage
    for (let death = 0; death < 3; death++) {
      process.kill(daemon.vrrpPid(), 'SIGKILL')
      await sleep(1200)
    }
    assert.match(daemon.log(), /3 deaths within 10 s: resigning/)
    assert.doesNotMatch(links(), /vrrp|10\.9\.7\.100/)
    await isUndone(stage)
  }),
)
