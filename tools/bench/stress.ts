// What a router does under pressure: a flood of hostile packets, both processors busy, the daemon stopped for five seconds. What
// counts is on the wire and in the log: adverts on time, and no change of state that nothing but the pressure caused.
import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { IpAddress } from '@havip/base'
import { tutorialPair, vip } from '../../tests/system/configurations.ts'
import { must, run, sleep } from '../lab/processes.ts'
import { createSegment, type Daemon, type Node, type Segment } from '../lab/segment.ts'
import { root } from '../lab/world.ts'
import type { FloodOrder, FloodResult } from './flood.ts'
import type { Victim } from './flood-kinds.ts'
import type { Program } from './outage.ts'
import { watchAdverts } from './probe.ts'

const node = join(root, 'node_modules', '.bin', 'node')

export type Pressure = {
  /** Adverts of the master seen on the wire, of those that the time asks for: 100 is all. */
  readonly advertsPercent: number
  /** The longest silence of the master, in intervals. */
  readonly longestGap: number
  /** Changes of state on either node after the pressure began. */
  readonly transitions: number
  readonly owners: number
  /** Processor time of the backup's and the master's daemons while the pressure lasted, percent of one core each. */
  readonly cpuPercent: number
  readonly note: string
}

type Pair = {
  readonly segment: Segment
  readonly primary: Node
  readonly secondary: Node
  readonly extra: Node
  readonly daemons: readonly Daemon[]
}

export type PairKind = { readonly version: 2 | 3; readonly interval: string; readonly multicast: boolean }

async function withPair<T>(program: Program, kind: PairKind, body: (pair: Pair) => Promise<T>): Promise<T> {
  const segment = await createSegment(3)
  try {
    const [primary, secondary, extra] = segment.nodes as [Node, Node, Node]
    const [one, two] = tutorialPair({ ...kind, ...(program === 'keepalived' ? { global: 'vrrp_rt_priority 1' } : {}) })
    const start = (host: Node, text: string): Promise<Daemon> =>
      program === 'havipd' ? segment.startHavipd(host, text) : segment.startKeepalived(host, text)
    const daemons = [await start(primary, one), await start(secondary, two)]
    await segment.waitForOwner(primary, vip, 20_000)
    // Past the announcements that follow a takeover.
    await sleep(2000)
    return await body({ segment, primary, secondary, extra, daemons })
  } finally {
    await segment.destroy()
  }
}

const changesIn = (daemon: Daemon): number => (daemon.log().match(/Entering (?:MASTER|BACKUP|FAULT) STATE/g) ?? []).length
const cpuOf = async (pids: readonly number[]): Promise<number> => {
  let ticks = 0
  for (const pid of pids) {
    const stat = (await run(['cat', `/proc/${pid}/stat`])).output
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks
}

async function underPressure(program: Program, kind: PairKind, press: (pair: Pair) => Promise<string>): Promise<Pressure> {
  return withPair(program, kind, async (pair) => {
    const watching = await watchAdverts(pair.segment, pair.primary)
    const before = pair.daemons.map(changesIn)
    const pids = pair.daemons.map((daemon) => daemon.vrrpPid())
    const ticks = await cpuOf(pids)
    const began = performance.now()
    const note = await press(pair)
    const seconds = (performance.now() - began) / 1000
    const spent = (await cpuOf(pids)) - ticks
    const times = await watching.stop()
    // What the pressure set off may show only after the timers.
    await sleep(3 * Number(kind.interval) * 1000 + 1500)
    const transitions = pair.daemons.reduce((sum, daemon, i) => sum + changesIn(daemon) - (before[i] ?? 0), 0)
    const owners = (await pair.segment.owners(vip)).length
    const interval = Number(kind.interval) * 1000
    const gaps = times.slice(1).map((time, i) => time - (times[i] as number))
    return {
      advertsPercent: (100 * times.length * interval) / (seconds * 1000),
      longestGap: Math.max(0, ...gaps) / interval,
      transitions,
      owners,
      cpuPercent: spent / seconds / pids.length,
      note,
    }
  })
}

/** `rate` packets a second for `seconds`, half of them at each node when they go to addresses, all at both when to the group. */
export function measureFlood(program: Program, kind: PairKind, rate: number, seconds: number): Promise<Pressure> {
  return underPressure(program, kind, async ({ primary, secondary, extra }) => {
    const base = {
      version: kind.version,
      vrid: 51,
      interval: Math.round(Number(kind.interval) * 100),
      isMulticast: kind.multicast,
      stranger: extra.address as IpAddress,
      addresses: [vip as IpAddress],
      password: kind.version === 2 ? '1111' : undefined,
    }
    const victims: readonly Victim[] = kind.multicast
      ? [{ ...base, destination: '224.0.0.18' as IpAddress, trusted: extra.address as IpAddress }]
      : [
          { ...base, destination: secondary.address as IpAddress, trusted: primary.address as IpAddress },
          { ...base, destination: primary.address as IpAddress, trusted: secondary.address as IpAddress },
        ]
    const order: FloodOrder = { victims, interface: 'eth0', rate, seconds }
    const output = await must([...extra.inside([node, join(root, 'tools/bench/flood.ts'), JSON.stringify(order)])], (seconds + 20) * 1000)
    const result = JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as FloodResult
    return `${Math.round(result.sent / result.seconds)} packets/s of ${result.kinds} kinds`
  })
}

/** Both processors busy with work of the same priority class, for `seconds`. */
export function measureBusy(program: Program, kind: PairKind, seconds: number): Promise<Pressure> {
  return underPressure(program, kind, async () => {
    const hogs = cpus().map(() => spawn(node, ['-e', 'for(;;);'], { stdio: 'ignore' }))
    await sleep(seconds * 1000)
    for (const hog of hogs) hog.kill('SIGKILL')
    return `${hogs.length} busy loops`
  })
}

/** Stops the daemon that is master, or the one that is backup, for `seconds`, and lets it go on. */
export function measureFreeze(program: Program, kind: PairKind, which: 'master' | 'backup', seconds: number): Promise<Pressure> {
  return underPressure(program, kind, async ({ daemons }) => {
    const pid = (daemons[which === 'master' ? 0 : 1] as Daemon).vrrpPid()
    process.kill(pid, 'SIGSTOP')
    await sleep(seconds * 1000)
    process.kill(pid, 'SIGCONT')
    await sleep(1000)
    return `${which} stopped for ${seconds} s`
  })
}
