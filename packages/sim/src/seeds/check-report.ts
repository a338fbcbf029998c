// What a finished report must not show, whatever went wrong in between.
import type { NodePlan } from '../node-plan.ts'
import type { Lane, Report, Span, TimelineEntry } from '../report.ts'
import type { World } from '../world.ts'
import { judgeSwitchovers } from './judge-switchovers.ts'
import type { Violation } from './violation.ts'

/** Addresses are taken away before the state is told; the same instant either way. */
const dust = 1e-6

/** @param plans as the nodes began */
export function checkReport(world: World, report: Report, plans: ReadonlyMap<string, NodePlan>): Violation[] {
  const isOf = (lane: Lane, address: string): boolean =>
    plans
      .get(lane.node)
      ?.configuration.instances.some(
        (conf) => conf.name === lane.instance && conf.virtualAddresses.some((entry) => entry.address === address),
      ) === true
  return [
    ...crashes(report),
    ...strayAddresses(world, report, isOf),
    ...lackingAddresses(world, report, isOf),
    ...silentMasters(report, plans),
    ...judgeSwitchovers(world, report, plans),
  ]
}

type IsOf = (lane: Lane, address: string) => boolean

function crashes(report: Report): Violation[] {
  return report.timeline.flatMap((entry) => {
    if (entry.kind !== 'life') return []
    const { life, node, at } = { ...entry }
    if (life.kind === 'daemon-crashed') return [{ rule: 'crash', at, detail: `${node}: ${life.detail}` }]
    return life.kind === 'daemon-refused' ? [{ rule: 'refused', at, detail: `${node}: the daemon refused its configuration` }] : []
  })
}

/** No address without ownership: a kernel has it only while its daemon is master, frozen as master, or just killed. */
function strayAddresses(world: World, report: Report, isOf: IsOf): Violation[] {
  const found: Violation[] = []
  for (const { address, owners } of report.addresses) {
    for (const lane of report.lanes) {
      if (!isOf(lane, address)) continue
      const spec = world.nodes.find((node) => node.name === lane.node)
      const guardAfter = Math.max(spec?.guardAfter ?? Number.POSITIVE_INFINITY, spec?.spareAfter ?? 0)
      for (const state of lane.spans) {
        if (state.value === 'master' || state.value === 'frozen') continue
        const allowed = state.value === 'no-daemon' ? guardAfter + pausedFor(report, lane.node) : 0
        for (const owned of owners) {
          const overlap = overlapOf(owned, state)
          if (!owned.value.includes(lane.node) || overlap <= allowed + dust) continue
          found.push({
            rule: 'address-without-ownership',
            at: Math.max(owned.from, state.from),
            detail: `${lane.node} is ${state.value} and has ${address} for ${overlap.toFixed(3)} ms`,
          })
        }
      }
    }
  }
  return found
}

/** A guard of a paused machine is paused too. */
function pausedFor(report: Report, node: string): number {
  let total = 0
  let since: number | undefined
  for (const entry of report.timeline) {
    if (entry.kind !== 'life' || entry.node !== node) continue
    if (entry.life.kind === 'paused') since = entry.at
    if (entry.life.kind === 'resumed' && since !== undefined) total += entry.at - since
  }
  return total
}

/** A master has its addresses, except in the moment after somebody else took one away. */
function lackingAddresses(world: World, report: Report, isOf: IsOf): Violation[] {
  const found: Violation[] = []
  const removals = world.faults.filter(({ fault }) => fault.kind === 'address-removed').map(({ at }) => at)
  // Other files may name other addresses.
  const reloaded = new Set(world.faults.flatMap(({ fault }) => (fault.kind === 'reload' && fault.file !== undefined ? [fault.node] : [])))
  for (const { address, owners } of report.addresses) {
    for (const lane of report.lanes) {
      if (!isOf(lane, address) || reloaded.has(lane.node)) continue
      for (const state of lane.spans) {
        if (state.value !== 'master') continue
        for (const owned of owners) {
          const overlap = overlapOf(owned, state)
          const at = Math.max(owned.from, state.from)
          // The kernel's word of it takes a moment; a daemon that ignores it is no excuse.
          const isExcused = overlap < 5 && removals.some((removed) => Math.abs(removed - at) < 1)
          if (owned.value.includes(lane.node) || overlap <= dust || isExcused || isDown(report, lane.node, at)) continue
          found.push({
            rule: 'ownership-without-address',
            at,
            detail: `${lane.node} is master and lacks ${address} for ${overlap.toFixed(3)} ms`,
          })
        }
      }
    }
  }
  return found
}

/** The link just went down, or the machine pauses: the kernel does not answer, and the daemon hears of it in this instant. */
function isDown(report: Report, node: string, at: number): boolean {
  return report.timeline.some(
    (entry) => Math.abs(entry.at - at) < 1 && (entry.kind === 'fault' || (entry.kind === 'life' && entry.node === node)),
  )
}

/** Who becomes master says so: at least one announcement of each address in the same instant. */
function silentMasters(report: Report, plans: ReadonlyMap<string, NodePlan>): Violation[] {
  const found: Violation[] = []
  // With a gap between announcements another instance's may be before it.
  if ([...plans.values()].some(({ configuration: { global } }) => global.garpInterval > 0 || global.gnaInterval > 0)) return found
  for (const [i, entry] of report.timeline.entries()) {
    if (entry.kind !== 'state' || entry.to !== 'master') continue
    if (!announcedAround(report.timeline, i, entry.node, entry.at)) {
      found.push({ rule: 'silent-master', at: entry.at, detail: `${entry.node} became master and announced nothing` })
    }
  }
  return found
}

function announcedAround(timeline: readonly TimelineEntry[], index: number, node: string, at: number): boolean {
  for (let i = index; i >= 0; i--) {
    const entry = timeline[i] as TimelineEntry
    if (entry.at < at && entry.kind !== 'announced') break
    if (entry.kind === 'announced' && entry.node === node && (entry.at === at || entry.until === at)) return true
  }
  return false
}

const overlapOf = (a: Span<unknown>, b: Span<unknown>): number => Math.min(a.to, b.to) - Math.max(a.from, b.from)
