// What the machine and the trackers mean for one instance at this moment: a pure reading, compared by the router with
// what the engine was told last.
import type { IpAddress, Priority } from '@havip/base'
import type { InstanceConf, RuleConf, TrackConf } from '@havip/conf'
import type { FaultCause } from '@havip/vrrp'
import type { Link } from './host.ts'
import { effectivePriority, effectOf, faultOf, type TrackedBy, type Tracker, type TrackerKind } from './tracking.ts'
import { machineFaults } from './translate.ts'

export type Tracked = { readonly tracker: Tracker; readonly by: TrackedBy }

export type Assessment = {
  readonly source: IpAddress | undefined
  readonly effective: Priority
  /** A file with a weight says FAULT: until it is over the priority stays what it was, whatever else changes (keepalived). */
  readonly holdsPriority: boolean
  /** Which trackers make it so. */
  readonly because: string
  readonly faults: readonly FaultCause[]
  /** Trackers of weight 0 that have not reported yet. */
  readonly waitingFor: readonly string[]
}

/** @param source where the advertisements come from, if there is such an address */
export function assess(
  conf: InstanceConf,
  link: Link | undefined,
  source: IpAddress | undefined,
  tracked: readonly Tracked[],
  refused: Iterable<FaultCause>,
): Assessment {
  const faults: FaultCause[] = [...machineFaults(conf, link, source), ...refused]
  const waitingFor: string[] = []
  const because: string[] = []
  let sum = 0
  let holdsPriority = false
  for (const { tracker, by } of tracked) {
    const effect = effectOf(tracker.condition, by)
    if (effect.kind === 'fault' && !faults.some((other) => isSameInterface(other, tracker))) faults.push(faultOf(tracker))
    if (effect.kind === 'fault' && by.weight !== 0) holdsPriority = true
    if (effect.kind === 'awaited') waitingFor.push(`${tracker.kind} ${tracker.name}`)
    if (effect.kind !== 'contributes' || effect.amount === 0) continue
    sum += effect.amount
    because.push(`${tracker.kind} ${tracker.name} ${effect.amount > 0 ? '+' : ''}${effect.amount}`)
  }
  return {
    source,
    effective: effectivePriority(conf.priority, sum),
    holdsPriority,
    because: because.join(', ') || 'no tracker contributes',
    faults,
    waitingFor,
  }
}

/** An interface may be followed for more than one reason. */
const isSameInterface = (fault: FaultCause, { kind, name }: Tracker): boolean =>
  fault.kind === 'tracked-interface-down' && kind === 'interface' && fault.interface === name

const trackerKinds = ['interface', 'script', 'file', 'process', 'bfd'] as const

export function trackEntries(conf: InstanceConf, kind: TrackerKind): readonly TrackConf[] {
  switch (kind) {
    case 'interface':
      return conf.trackInterfaces
    case 'script':
      return conf.trackScripts
    case 'file':
      return conf.trackFiles
    case 'process':
      return conf.trackProcesses
    case 'bfd':
      return conf.trackBfd
  }
}

/** Everything an instance tracks, with the weight that counts for it. */
export const trackedBy = (conf: InstanceConf, find: (kind: TrackerKind, name: string) => Tracker | undefined): readonly Tracked[] =>
  trackerKinds.flatMap((kind) =>
    trackEntries(conf, kind).flatMap((entry) => {
      const tracker = find(kind, entry.name)
      if (!tracker) return []
      return [{ tracker, by: entry.weight === undefined ? tracker.defaults : { weight: entry.weight, reverse: entry.reverse } }]
    }),
  )

/** Does a change of this interface concern the instance? */
export const usesInterface = (conf: InstanceConf, name: string): boolean =>
  conf.interface === name ||
  conf.vrf === name ||
  conf.trackInterfaces.some((entry) => entry.name === name) ||
  conf.virtualAddresses.some((entry) => entry.interface === name) ||
  conf.excludedAddresses.some((entry) => entry.interface === name) ||
  itemInterfaces(conf).includes(name)

/**
 * Other interfaces that its addresses, routes and rules are on: each is followed as with `track_interface`, whatever that says of it,
 * except for items with `no_track` (keepalived).
 */
export function itemInterfaces(conf: InstanceConf): readonly string[] {
  const names = [
    ...[...conf.virtualAddresses, ...conf.excludedAddresses, ...conf.virtualRoutes].map((item) =>
      item.noTrack ? undefined : item.interface,
    ),
    ...conf.virtualRules.map((rule) => (rule.noTrack ? undefined : inInterfaceOf(rule))),
  ]
  return [...new Set(names.filter((name) => name !== undefined && name !== conf.interface))] as readonly string[]
}

/** Of a rule: where the packets come in that it is for. */
export const inInterfaceOf = ({ selectors }: RuleConf): string | undefined =>
  selectors.find(({ name }) => name === 'iif' || name === 'dev')?.value
