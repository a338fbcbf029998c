// Outages by fault, as a client in the segment sees them with a datagram a millisecond: havipd on both nodes, and keepalived on
// both, one after the other in each round, so that the machine's mood is the same for both.
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tutorialPair, vip } from '../../tests/system/configurations.ts'
import { must, sleep, until } from '../lab/processes.ts'
import { createSegment, type Daemon, type Node, type Segment } from '../lab/segment.ts'
import { root } from '../lab/world.ts'
import { startEcho, startPing } from './probe.ts'

export type Program = 'havipd' | 'keepalived'
export type Measured = { readonly outageMs: number; readonly lost: number; readonly owners: number }

type Pair = {
  readonly segment: Segment
  readonly program: Program
  readonly first: Daemon
  /** The primary's file, so that it may be changed. */
  readonly text: string
  readonly stop: (daemon: Daemon, signal: NodeJS.Signals) => void
}
export type FaultKind =
  | 'power loss'
  | 'SIGKILL of the daemon'
  | 'SIGTERM'
  | 'interface down'
  | 'tracked script fails'
  | 'reload, nothing changed'
  | 'moved on purpose'
export const faultKinds: readonly FaultKind[] = [
  'power loss',
  'SIGKILL of the daemon',
  'SIGTERM',
  'interface down',
  'tracked script fails',
  'reload, nothing changed',
  'moved on purpose',
]

export async function measureOutage(program: Program, interval: string, fault: FaultKind): Promise<Measured> {
  const segment = await createSegment(3)
  try {
    const [primary, secondary, client] = segment.nodes as [Node, Node, Node]
    const texts = configurationsFor(interval, fault === 'tracked script fails' ? healthFile(primary) : undefined)
    const [one, two] = movesByPriority(program, fault) ? texts.map((text) => text.replace(/^ *nopreempt\n/m, '')) : texts
    assert(one !== undefined && two !== undefined)
    for (const host of [primary, secondary]) segment.adopt(startEcho(host))
    const start = (host: Node, configuration: string): Promise<Daemon> =>
      program === 'havipd' ? segment.startHavipd(host, configuration) : segment.startKeepalived(host, configuration)
    const first = await start(primary, one)
    await start(secondary, two)
    await segment.waitForOwner(primary, vip, 20_000)
    // Past the second burst of announcements, and at a moment of the interval that is not always the same.
    await sleep(1300 + Math.random() * Number(interval) * 1000)
    const ping = startPing(client, vip)
    await until('the primary answers', () => (ping.lastBy() === primary.name ? true : undefined), 10_000)
    await sleep(200)
    const struck = performance.now()
    await strike(fault, { segment, program, first, text: one, stop: (daemon, signal) => daemon.service.kill(signal) }, primary)
    if (fault === 'moved on purpose') await segment.waitForOwner(secondary, vip)
    const settle = 3 * Number(interval) * 1000 + 1000 + 800
    await sleep(Math.max(fault === 'tracked script fails' ? 3000 : 1500, settle - (performance.now() - struck)))
    const owners = (await segment.owners(vip)).filter((owner) => !(owner === primary && fault === 'power loss')).length
    return { ...(await ping.stop()), owners }
  } finally {
    await segment.destroy()
  }
}

/** keepalived has no order for it: whoever wants to move the address lowers the owner's priority and reloads, which needs a peer that preempts. */
const movesByPriority = (program: Program, fault: FaultKind): boolean => program === 'keepalived' && fault === 'moved on purpose'

const healthFile = (host: Node): string => join(host.folder, 'healthy')

/** With a file to watch: a script that fails as soon as it is gone, asked once a second, makes the primary FAULT. */
function configurationsFor(interval: string, watched: string | undefined): readonly [string, string] {
  const timing = interval === '1' ? {} : { version: 3 as const, interval }
  if (watched === undefined) return tutorialPair(timing)
  writeFileSync(watched, '')
  const script = `vrrp_script health {\n script "/usr/bin/test -e ${watched}"\n interval 1\n fall 1\n user root\n}\n`
  const [one] = tutorialPair({ ...timing, extra: 'track_script {\n health\n }' })
  return [script + one, tutorialPair(timing)[1]]
}

async function strike(fault: FaultKind, pair: Pair, primary: Node): Promise<void> {
  switch (fault) {
    case 'power loss':
      await pair.segment.setLink(primary, false)
      process.kill(pair.first.vrrpPid(), 'SIGKILL')
      pair.first.service.kill('SIGKILL')
      return
    case 'SIGKILL of the daemon':
      process.kill(pair.first.vrrpPid(), 'SIGKILL')
      return
    case 'SIGTERM':
      pair.first.service.kill('SIGTERM')
      return
    case 'interface down':
      await must(['ip', '-n', primary.namespace, 'link', 'set', 'eth0', 'down'])
      return
    case 'tracked script fails':
      rmSync(healthFile(primary))
      return
    case 'reload, nothing changed':
      pair.first.service.kill('SIGHUP')
      return
    case 'moved on purpose':
      if (pair.program === 'havipd') {
        await must([...primary.inside([join(root, 'bin', 'havip'), 'switchover', 'VI_1', '--socket', join(primary.folder, 'havipd.sock')])])
        return
      }
      writeFileSync(join(primary.folder, 'keepalived.conf'), pair.text.replace('priority 100', 'priority 5'))
      pair.first.service.kill('SIGHUP')
      return
  }
}
