// What trackers make of a node's priority: while all is well, and when one of them fails.
import type { TrackConf } from '../model.ts'
import type { Member } from './member.ts'

/** A tracker that changes the priority by a fixed amount; files hold any number and are not among them. */
export type Weighted = {
  readonly kind: 'interface' | 'script' | 'process' | 'bfd'
  readonly name: string
  /** Never 0. */
  readonly weight: number
  /** What it adds in its better condition, and in its worse one: better > worse. */
  readonly better: number
  readonly worse: number
}

type Known = { readonly name: string; readonly weight: number; readonly reverse: boolean }

export function weightsOf({ node, instance }: Member): readonly Weighted[] {
  const { scripts, processes, bfdSessions } = node.configuration
  return [
    ...instance.trackInterfaces.flatMap((entry) => weighted('interface', entry, [])),
    ...instance.trackScripts.flatMap((entry) => weighted('script', entry, scripts)),
    ...instance.trackProcesses.flatMap((entry) => weighted('process', entry, processes)),
    ...instance.trackBfd.flatMap((entry) => weighted('bfd', entry, bfdSessions)),
  ]
}

/** Whether anything but the interfaces is watched, whatever its weight. */
export const hasTrackers = ({ instance, node }: Member): boolean =>
  [instance.trackScripts, instance.trackFiles, instance.trackProcesses, instance.trackBfd].some((list) => list.length > 0) ||
  node.configuration.syncGroups.some(
    (group) =>
      group.members.some(({ name }) => name === instance.name) &&
      [group.trackScripts, group.trackFiles, group.trackProcesses, group.trackBfd].some((list) => list.length > 0),
  )

/** A weight of its own replaces the tracker's, sign and `reverse` alike. */
function weighted(kind: Weighted['kind'], entry: TrackConf, known: readonly Known[]): readonly Weighted[] {
  const own = known.find(({ name }) => name === entry.name)
  const weight = entry.weight ?? own?.weight ?? 0
  if (weight === 0) return []
  const reverse = entry.weight === undefined ? (own?.reverse ?? false) : entry.reverse
  const good = Math.max(0, weight) * (reverse ? -1 : 1)
  const bad = Math.min(0, weight) * (reverse ? -1 : 1)
  return [{ kind, name: entry.name, weight, better: Math.max(good, bad), worse: Math.min(good, bad) }]
}

const OWNER = 255
const within = (sum: number): number => Math.min(254, Math.max(1, sum))

/** Base priority and what the trackers add while all is well. */
export const healthyPriority = (member: Member): number => priorityWithout(member, [])

/** The same with these trackers in their worse condition. */
export function priorityWithout(member: Member, failed: readonly Weighted[]): number {
  const base: number = member.instance.priority
  if (base === OWNER) return base
  const names = new Set(failed.map(({ kind, name }) => `${kind} ${name}`))
  return within(weightsOf(member).reduce((sum, one) => sum + (names.has(`${one.kind} ${one.name}`) ? one.worse : one.better), base))
}

/** The node that is master while all is well comes first. */
export const byRank = (members: readonly Member[]): readonly Member[] =>
  [...members].sort((a, b) => healthyPriority(b) - healthyPriority(a))
