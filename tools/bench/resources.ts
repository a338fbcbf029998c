// What a running daemon costs: time until it is BACKUP, private memory, processor time as backup, by the number of instances.
import { readdirSync, readFileSync } from 'node:fs'
import { sleep, until } from '../lab/processes.ts'
import { createSegment } from '../lab/segment.ts'
import type { Program } from './outage.ts'

export type Cost = {
  /** From the start of the process to the last instance in BACKUP. */
  readonly startMs: number
  /** Of all processes of the daemon together; private pages, which is what one more daemon costs the machine. */
  readonly privateKb: number
  readonly residentKb: number
  /** Percent of one core while it runs as master of all its instances. */
  readonly cpuPercent: number
}

const ticksPerSecond = 100
const measureSeconds = 5

/** @param count instances, 1 to 1000; beyond 255 they are spread over several VRIDs' worth of multicast groups */
export async function measureCost(program: Program, count: number, interval: string): Promise<Cost> {
  const segment = await createSegment(2)
  try {
    const [node] = segment.nodes
    const started = performance.now()
    const daemon =
      program === 'havipd'
        ? await segment.startHavipd(node, manyInstances(count, interval))
        : await segment.startKeepalived(node, manyInstances(count, interval))
    await until(
      'all are BACKUP',
      () => ((daemon.log().match(/Entering BACKUP STATE/g) ?? []).length >= count ? true : undefined),
      60_000,
      5,
    )
    const startMs = performance.now() - started
    await until(
      'all are MASTER',
      () => ((daemon.log().match(/Entering MASTER STATE/g) ?? []).length >= count ? true : undefined),
      60_000,
      50,
    )
    // The announcements that follow a takeover are not what it costs to stay.
    await sleep(6000)
    const pids = familyOf(daemon.service.pid)
    const before = pids.reduce((sum, pid) => sum + cpuTicks(pid), 0)
    await sleep(measureSeconds * 1000)
    const ticks = pids.reduce((sum, pid) => sum + cpuTicks(pid), 0) - before
    return {
      startMs,
      privateKb: pids.reduce((sum, pid) => sum + memory(pid, /^Private_(?:Clean|Dirty):\s+(\d+)/gm), 0),
      residentKb: pids.reduce((sum, pid) => sum + memory(pid, /^Rss:\s+(\d+)/gm), 0),
      cpuPercent: ((ticks / ticksPerSecond) * 100) / measureSeconds,
    }
  } finally {
    await segment.destroy()
  }
}

function manyInstances(count: number, interval: string): string {
  const instance = (index: number): string => `vrrp_instance VI_${index} {
  state BACKUP
  interface eth0
  virtual_router_id ${(index % 255) + 1}
  mcast_dst_ip 224.0.0.${18 + Math.floor(index / 255)}
  priority 100
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
