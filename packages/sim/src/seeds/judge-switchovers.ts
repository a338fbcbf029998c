// Planned switchovers in a finished report: each ends with a word of how, and where nothing else happens no client is without an answer
// and two machines have an address for as long as planned.
import type { TimedFault } from '../fault.ts'
import type { NodePlan } from '../node-plan.ts'
import type { LaneState, Report, TimelineEntry } from '../report.ts'
import type { World } from '../world.ts'
import { settlingTime, timesOf } from './calm.ts'
import { isMadeBeforeBroken, longestGiving, overlapOfGiving, overlapOfReturn } from './planned-moves.ts'
import type { Violation } from './violation.ts'

type Plans = ReadonlyMap<string, NodePlan>
type Switchover = Extract<TimedFault['fault'], { kind: 'switchover' }>

export function judgeSwitchovers(world: World, report: Report, plans: Plans): Violation[] {
  if (!world.faults.some(({ fault }) => fault.kind === 'switchover')) return []
  return [...withoutWord(world, report, plans), ...notAsPlanned(world, report, plans)]
}

const instancesOf = (plans: Plans, node: string) => plans.get(node)?.configuration.instances ?? []

/** Every switchover ends with a report, and in time, unless its process ends first. */
function withoutWord(world: World, report: Report, plans: Plans): Violation[] {
  const found: Violation[] = []
  const told = report.timeline.filter((entry) => entry.kind === 'life' && entry.life.kind === 'switchover')
  const isDisturbed = (node: string): boolean =>
    world.faults.some(({ fault }) => 'node' in fault && fault.node === node && ['freeze', 'pause', 'reload'].includes(fault.kind))
  for (const { at, fault } of world.faults) {
    if (fault.kind !== 'switchover') continue
    const longest = isDisturbed(fault.node) ? Number.POSITIVE_INFINITY : longestOf(world, plans, fault)
    for (const instance of askedOf(plans, fault)) {
      const state = stateAt(report, fault.node, instance, at)
      if (state === undefined || ['off', 'no-daemon', 'frozen', 'stopped'].includes(state)) continue
      const isWordOfIt = (entry: TimelineEntry): boolean =>
        entry.kind === 'life' &&
        entry.life.kind === 'switchover' &&
        entry.node === fault.node &&
        entry.life.instance === instance &&
        entry.at >= at
      const word = told.find(isWordOfIt)
      const until = Math.min(word?.at ?? report.durationMs, endOfProcess(report, fault.node, at))
      if (word !== undefined ? until - at <= longest : until < report.durationMs || until - at <= longest) continue
      const detail = `${fault.node} ${instance} was asked to ${fault.isReturn ? 'take back' : 'give'}, and said nothing of it for ${(until - at).toFixed(0)} ms`
      found.push({ rule: 'no-word', at, detail })
    }
  }
  return found
}

/** Of a sync group one member is asked. */
function askedOf(plans: Plans, { node, instance }: Switchover): readonly string[] {
  if (instance !== undefined) return [instance]
  const groups = plans.get(node)?.configuration.syncGroups ?? []
  const led = new Set(groups.flatMap(({ members }) => members.slice(1).map(({ name }) => name)))
  return instancesOf(plans, node).flatMap(({ name }) => (led.has(name) ? [] : [name]))
}

/** A return is watched for contradiction for an interval and a little more. */
function longestOf(world: World, plans: Plans, { node, isReturn }: Switchover): number {
  const lag = world.nodes.find(({ name }) => name === node)?.lag.max ?? 0
  return Math.max(...instancesOf(plans, node).map((conf) => (isReturn ? conf.advertInterval + 150 : longestGiving(conf)))) + 2 * lag + 10
}

const stateAt = (report: Report, node: string, instance: string, at: number): LaneState | undefined =>
  report.lanes.find((lane) => lane.node === node && lane.instance === instance)?.spans.find(({ from, to }) => from <= at && at < to)?.value

function endOfProcess(report: Report, node: string, since: number): number {
  const ends = ['power-off', 'daemon-killed', 'daemon-exited', 'daemon-crashed']
  const end = report.timeline.find(
    (entry) => entry.kind === 'life' && entry.node === node && entry.at >= since && ends.includes(entry.life.kind),
  )
  return end?.at ?? report.durationMs
}

/** As long as nothing but switchovers has happened for so long that everybody agreed. */
function notAsPlanned(world: World, report: Report, plans: Plans): Violation[] {
  // Files that do not name the same addresses move some of them away for good.
  if (world.faults.some(({ fault }) => fault.kind === 'reload' && fault.file !== undefined)) return []
  if (isRestless(plans)) return []
  const settling = settlingTime(world, plans)
  const others = [0, ...world.nodes.flatMap(({ startsAt = 0 }) => startsAt), ...world.faults.flatMap(timesUnplanned)]
  const isCalm = (at: number): boolean => others.every((other) => at < other || at - other >= settling)
  const slack = slackOf(world)
  const found: Violation[] = []
  const longestOutage = outageMax(world, plans, slack)
  for (const { address, client, from, lasted, after } of report.outages) {
    // An announcement that the old master still had to make, when the first word was already under way: the next ones put it right.
    const isCrossed = report.timeline.some(
      (entry) => entry.kind === 'announced' && entry.node !== after && Math.abs(entry.until - from) <= slack,
    )
    if (!isCalm(from) || lasted <= longestOutage + (isCrossed ? 50 + slack : 0)) continue
    found.push({ rule: 'planned-outage', at: from, detail: `${client} reaches nobody under ${address} for ${lasted.toFixed(1)} ms` })
  }
  for (const { address, from, to, lasted, nodes } of report.splitBrains) {
    const longest = overlapMax(report, plans, { address, from, to, nodes }, slack)
    // Something else may end it in its own way.
    if (!isCalm(from) || !isCalm(to) || lasted <= longest) continue
    const detail = `${nodes.join(' and ')} have ${address} for ${lasted.toFixed(1)} ms; the most is ${longest.toFixed(1)} ms`
    found.push({ rule: 'planned-overlap', at: from, detail })
  }
  return found
}

/** Who neither hears often of its master nor is answered when it claims, claims again and again. */
function isRestless(plans: Plans): boolean {
  const instances = [...plans.values()].flatMap(({ configuration }) => configuration.instances)
  return instances.some((conf) => conf.lowerPrioNoAdvert && instances.some((other) => other.advertInterval !== conf.advertInterval))
}

const timesUnplanned = (timed: TimedFault): readonly number[] => (timed.fault.kind === 'switchover' ? [] : timesOf(timed))

/** How long an advert may be under way, and how late who sends and who hears it. */
function slackOf(world: World): number {
  const lag = Math.max(...world.nodes.map((node) => node.lag.max))
  const ways = world.segments.map(({ conditions: { delay, jitter, reorder } }) => (reorder > 0 ? 4 : 1) * (delay + jitter))
  return 2 * lag + Math.max(...ways) + 1
}

/**
 * Nobody is without an answer, except where docs/switchover.md says so, and where several race for what is given away: the one that
 * loses may have announced last.
 */
function outageMax(world: World, plans: Plans, slack: number): number {
  const configurations = [...plans.values()].map(({ configuration }) => configuration)
  if (configurations.some(({ global }) => global.garpInterval > 0 || global.gnaInterval > 0)) return Number.POSITIVE_INFINITY
  const instances = configurations.flatMap((one) => one.instances)
  const isSmooth = world.nodes.length === 2 && instances.every((conf) => isMadeBeforeBroken(conf) && conf.vmac === undefined)
  return isSmooth ? dust : slack
}

type Shared = { readonly address: string; readonly from: number; readonly to: number; readonly nodes: readonly string[] }

/** What was asked in the middle of an overlap has one of its own. */
function overlapMax(report: Report, plans: Plans, { address, from, to, nodes }: Shared, slack: number): number {
  let longest = slack
  for (const entry of report.timeline) {
    if (entry.at < from - dust || entry.at > to + dust || !('node' in entry) || entry.node === null || !nodes.includes(entry.node)) continue
    const configuration = plans.get(entry.node)?.configuration
    if (!configuration) continue
    // The members of a group wait for the one whose announcements take longest.
    const giving = Math.max(...configuration.instances.map((conf) => overlapOfGiving(conf, configuration.global))) + 2 * slack
    if (entry.kind === 'life' && entry.life.kind === 'switchover' && entry.life.outcome === 'stayed') longest += giving
    if (entry.kind !== 'state') continue
    const conf = configuration.instances.find(({ name }) => name === entry.instance)
    if (!conf?.virtualAddresses.some((one) => one.address === address)) continue
    if (entry.reason.kind === 'switched-over') longest += giving
    const mayBeBack = entry.reason.kind === 'taken-back' || entry.reason.kind === 'sync-group'
    if (entry.to === 'master' && mayBeBack) longest += overlapOfReturn(conf) + slack
  }
  return longest
}

/** Rounding. */
const dust = 0.001
