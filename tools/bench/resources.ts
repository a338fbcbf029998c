// What running daemons cost: time until they are BACKUP, memory and processor time in their role, by the number of instances. Both
// programs run at the same time, each in a segment of its own, and are looked at in the same windows: what else the machine does
// falls on both alike.
import { readdirSync, readFileSync } from 'node:fs'
import { sleep, until } from '../lab/processes.ts'
import { createSegment, type Daemon, type Segment } from '../lab/segment.ts'
import { manyInstances } from './many-instances.ts'
import type { Program } from './outage.ts'
import { watchAdverts } from './probe.ts'

export type Role = 'master' | 'backup'
export type Cost = {
  /** From the start of the process to the last instance in BACKUP. */
  readonly startMs: number
  /** Of all processes of the daemon together; private pages, which is what one more daemon costs the machine. */
  readonly privateKb: number
  readonly residentKb: number
  /** Of the process that speaks VRRP alone. */
  readonly daemonPrivateKb: number
  /** From the first advert after a silence to the last instance's, on the wire; NaN as backup. */
  readonly spreadMs: number
  /** Percent of one core while it stays in its role, of all its processes; one value for each window. */
  readonly cpuPercent: readonly number[]
  /** Changes of state during the windows: none is right. */
  readonly changes: number
}

const windowMs = 2000
/** The announcements that follow a takeover, and compiling what is called often, are not what it costs to stay. */
const settleMs = 6000

type Running = { readonly daemon: Daemon; readonly startMs: number; readonly spreadMs: number }

/** @param count instances, 1 to 1000 */
export async function measureCosts(
  programs: readonly Program[],
  count: number,
  interval: string,
  role: Role,
  windows: number,
  tell: (what: string) => void,
): Promise<Record<Program, Cost | undefined>> {
  const segments: Segment[] = []
  const costs: Record<Program, Cost | undefined> = { havipd: undefined, keepalived: undefined }
  try {
    const running: (readonly [Program, Running])[] = []
    for (const program of programs) {
      tell(`${program} starts`)
      running.push([program, await startOne(segments, program, count, interval, role)])
    }
    tell('both settle')
    await sleep(settleMs)
    const before = running.map(([, { daemon }]) => changesIn(daemon))
    const spent = running.map((): number[] => [])
    for (let i = 0; i < windows; i++) {
      tell(`window ${i + 1} of ${windows}`)
      const families = running.map(([, { daemon }]) => familyOf(daemon.service.pid))
      const since = performance.now()
      const used = families.map(nanosecondsOf)
      await sleep(windowMs)
      const elapsed = (performance.now() - since) * 1e6
      for (const [k, pids] of families.entries()) spent[k]?.push((100 * (nanosecondsOf(pids) - (used[k] ?? 0))) / elapsed)
    }
    for (const [k, [program, { daemon, startMs, spreadMs }]] of running.entries()) {
      const pids = familyOf(daemon.service.pid)
      costs[program] = {
        startMs,
        spreadMs,
        privateKb: pids.reduce((sum, pid) => sum + memory(pid, privatePages), 0),
        residentKb: pids.reduce((sum, pid) => sum + memory(pid, /^Rss:\s+(\d+)/gm), 0),
        daemonPrivateKb: memory(daemon.vrrpPid(), privatePages),
        cpuPercent: spent[k] ?? [],
        changes: changesIn(daemon) - (before[k] ?? 0),
      }
    }
  } finally {
    for (const segment of segments) await segment.destroy()
  }
  return costs
}

async function startOne(segments: Segment[], program: Program, count: number, interval: string, role: Role): Promise<Running> {
  const segment = await createSegment(2)
  segments.push(segment)
  const [node, other] = segment.nodes
  // The same master for both, and not held up by what else the machine does: what is measured is the backup.
  if (role === 'backup') {
    const master = await segment.startKeepalived(other, manyInstances(count, interval, 200, 'vrrp_priority -20'))
    await untilEntered(master, 'MASTER', count)
  }
  const watching = role === 'master' ? await watchAdverts(segment, node) : undefined
  const began = performance.now()
  const text = manyInstances(count, interval, 100)
  const daemon = program === 'havipd' ? await segment.startHavipd(node, text) : await segment.startKeepalived(node, text)
  await untilEntered(daemon, 'BACKUP', count)
  const startMs = performance.now() - began
  if (role === 'master') await untilEntered(daemon, 'MASTER', count)
  if (watching) await sleep(200)
  const times = await watching?.stop()
  const spreadMs = times === undefined ? Number.NaN : (times[count - 1] ?? Number.NaN) - (times[0] ?? 0)
  return { daemon, startMs, spreadMs }
}

const changesIn = (daemon: Daemon): number => (daemon.log().match(/Entering (?:MASTER|BACKUP|FAULT) STATE/g) ?? []).length

const untilEntered = (daemon: Daemon, state: string, count: number): Promise<true> =>
  until(
    `all are ${state}`,
    () => ((daemon.log().match(new RegExp(`Entering ${state} STATE`, 'g')) ?? []).length >= count ? true : undefined),
    60_000,
    5,
  )

/** The process and all that descend from it. */
function familyOf(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // Ended while we looked.
    }
  }
  const family = [pid]
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child)
  return family
}

/** All threads of these processes, to the nanosecond: ticks of 10 ms would be coarser than what is measured. */
function nanosecondsOf(pids: readonly number[]): number {
  let sum = 0
  for (const pid of pids) {
    try {
      for (const thread of readdirSync(`/proc/${pid}/task`))
        sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // A script that has ended meanwhile.
    }
  }
  return sum
}

const privatePages = /^Private_(?:Clean|Dirty):\s+(\d+)/gm
const memory = (pid: number, pattern: RegExp): number =>
  [...readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0)
