// What a running daemon costs: time until it is BACKUP, private memory, processor time as backup, by the number of instances.
import { readdirSync, readFileSync } from 'node:fs'
import { sleep, until } from '../lab/processes.ts'
import { createSegment, type Daemon } from '../lab/segment.ts'
import type { Program } from './outage.ts'
import { watchAdverts } from './probe.ts'

export type Cost = {
  /** From the start of the process to the last instance in BACKUP. */
  readonly startMs: number
  /** Of all processes of the daemon together; private pages, which is what one more daemon costs the machine. */
  readonly privateKb: number
  readonly residentKb: number
  /** From the first advert after a silence to the last instance's, on the wire; NaN as backup. */
  readonly spreadMs: number
  /** Percent of one core while it runs in its role. */
  readonly cpuPercent: number
}

const ticksPerSecond = 100
const measureSeconds = 5

/** @param count instances, 1 to 1000; beyond 255 they are spread over several VRIDs' worth of multicast groups */
export async function measureCost(program: Program, count: number, interval: string, role: 'master' | 'backup' = 'master'): Promise<Cost> {
  const segment = await createSegment(2)
  try {
    const [node, other] = segment.nodes
    // The same master for both: what is measured is the backup.
    if (role === 'backup') {
      const master = await segment.startKeepalived(other, manyInstances(count, interval, 200))
      await untilEntered(master, 'MASTER', count)
    }
    const watching = role === 'master' ? await watchAdverts(segment, node) : undefined
    const started = performance.now()
    const daemon =
      program === 'havipd'
        ? await segment.startHavipd(node, manyInstances(count, interval, 100))
        : await segment.startKeepalived(node, manyInstances(count, interval, 100))
    await untilEntered(daemon, 'BACKUP', count)
    const startMs = performance.now() - started
    if (role === 'master') await untilEntered(daemon, 'MASTER', count)
    if (watching) await sleep(200)
    const times = await watching?.stop()
    const spreadMs = times === undefined ? Number.NaN : (times[count - 1] ?? Number.NaN) - (times[0] ?? 0)
    // The announcements that follow a takeover are not what it costs to stay.
    await sleep(6000)
    const pids = familyOf(daemon.service.pid)
    const before = pids.reduce((sum, pid) => sum + cpuTicks(pid), 0)
    await sleep(measureSeconds * 1000)
    const ticks = pids.reduce((sum, pid) => sum + cpuTicks(pid), 0) - before
    return {
      startMs,
      spreadMs,
      privateKb: pids.reduce((sum, pid) => sum + memory(pid, /^Private_(?:Clean|Dirty):\s+(\d+)/gm), 0),
      residentKb: pids.reduce((sum, pid) => sum + memory(pid, /^Rss:\s+(\d+)/gm), 0),
      cpuPercent: ((ticks / ticksPerSecond) * 100) / measureSeconds,
    }
  } finally {
    await segment.destroy()
  }
}

const untilEntered = (daemon: Daemon, state: string, count: number): Promise<true> =>
  until(
    `all are ${state}`,
    () => ((daemon.log().match(new RegExp(`Entering ${state} STATE`, 'g')) ?? []).length >= count ? true : undefined),
    60_000,
    5,
  )

function manyInstances(count: number, interval: string, priority: number): string {
  const instance = (index: number): string => `vrrp_instance VI_${index} {
  state BACKUP
  interface eth0
  virtual_router_id ${(index % 255) + 1}
  mcast_dst_ip 224.0.0.${18 + Math.floor(index / 255)}
  priority ${priority}
  advert_int ${interval}
  version 3
  virtual_ipaddress {
    10.${20 + (index >> 8)}.${index & 255}.1
  }
  garp_master_delay 0
}`
  return `global_defs {\n vrrp_garp_master_repeat 1\n}\n${Array.from({ length: count }, (_, index) => instance(index)).join('\n')}\n`
}

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

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

const memory = (pid: number, pattern: RegExp): number =>
  [...readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0)
