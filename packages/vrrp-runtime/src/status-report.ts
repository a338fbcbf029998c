// Puts the daemon's status together. The addresses come from the kernel at the moment of asking.
import { between, type Instant, type WallTime } from '@havip/base'
import { describeCause, describeReason } from '@havip/vrrp'
import type { BfdSet } from './bfd/set.ts'
import { bfdStatus } from './bfd/status.ts'
import type { Host, Link } from './host.ts'
import type { VirtualRouter } from './router.ts'
import type { PastTransition } from './router-view.ts'
import type { AddressStatus, DaemonStatus, InstanceStatus, TransitionStatus } from './status.ts'
import { statusVersion } from './status.ts'
import type { SyncGroup } from './sync-group.ts'

export function reportStatus(of: {
  readonly host: Host
  readonly now: Instant
  readonly wall: WallTime
  readonly routers: readonly VirtualRouter[]
  readonly groups: readonly SyncGroup[]
  readonly bfd: BfdSet
  readonly daemon: DaemonStatus['daemon']
}): DaemonStatus {
  const links = of.host.links()
  return {
    version: statusVersion,
    daemon: of.daemon,
    instances: of.routers.map((router) => instanceStatus(router, links, of.now)),
    bfd: bfdStatus(of.bfd, of.now),
    groups: of.groups.map((group) => ({
      name: group.conf.name,
      state: group.state,
      sinceMs: between(group.since.at, of.now),
      since: new Date(group.since.wall).toISOString(),
      members: group.members.map(({ name }) => name),
      ...(group.because === undefined ? {} : { because: group.because }),
    })),
  }
}

function instanceStatus(router: VirtualRouter, links: readonly Link[], now: Instant): InstanceStatus {
  const { conf, config, view } = router
  const addresses = addressesOf(router, links)
  const isMaster = router.publicState === 'master'
  return {
    name: conf.name,
    state: router.publicState,
    sinceMs: between(view.since.at, now),
    since: new Date(view.since.wall).toISOString(),
    vrid: conf.vrid,
    protocolVersion: conf.version,
    family: conf.family,
    interface: conf.interface,
    source: view.source,
    priority: { base: conf.priority, effective: view.effective },
    preempt: conf.preempt,
    advertIntervalMs: config.interval,
    downTimerAdverts: config.downTimerAdverts,
    takeover: config.takeover.kind,
    ...(view.rhythm === undefined ? {} : { rhythm: view.rhythm }),
    master: masterOf(router, now),
    addresses,
    consistent: addresses.every((entry) => entry.present === isMaster),
    faults: view.faults.map(describeCause),
    waitingFor: view.waitingFor,
    trackers: view.tracked.map(({ tracker, by }) => ({
      kind: tracker.kind,
      name: tracker.name,
      weight: by.weight,
      reverse: by.reverse,
      condition: tracker.condition,
    })),
    counters: view.counters,
    transitions: [...view.transitions].reverse().map((past) => transitionStatus(past, now)),
    nextDeadlineMs: view.nextDeadline === undefined ? undefined : between(now, view.nextDeadline),
    ...(view.standsBackSince === undefined || view.isSwitchingOver ? {} : { standsBackForMs: between(view.standsBackSince, now) }),
    ...(view.isSwitchingOver ? { isSwitchingOver: true } : {}),
    ...(view.brokenBecause === undefined ? {} : { stoppedBecause: view.brokenBecause }),
  }
}

function addressesOf(router: VirtualRouter, links: readonly Link[]): readonly AddressStatus[] {
  return router.placements.map((placement) => {
    const link = links.find((candidate) => candidate.name === placement.interfaceName)
    return {
      address: placement.conf.address,
      prefix: placement.conf.prefix,
      interface: placement.interfaceName || undefined,
      present: link?.addresses.some((entry) => entry.address === placement.conf.address) ?? false,
      advertised: placement.advertised,
    }
  })
}

function masterOf(router: VirtualRouter, now: Instant): InstanceStatus['master'] {
  const { source, effective, master } = router.view
  if (router.publicState === 'master' && source !== undefined) return { address: source, priority: effective, lastHeardMs: 0, isUs: true }
  if (!master) return undefined
  return { address: master.address, priority: master.priority, lastHeardMs: between(master.at, now), isUs: false }
}

const transitionStatus = ({ transition, at, wall }: PastTransition, now: Instant): TransitionStatus => ({
  from: transition.from,
  to: transition.to,
  at: new Date(wall).toISOString(),
  agoMs: between(at, now),
  reason: transition.reason,
  sentence: describeReason(transition.reason),
})
