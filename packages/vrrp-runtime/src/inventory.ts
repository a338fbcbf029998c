// Everything that tables of a management system show of the daemon, as a JSON document in two parts: what the configuration says,
// which a reader keeps until its revision changes, and what is so at this moment.
import { between, type IpAddress, type Mac } from '@havip/base'
import type {
  AddressConf,
  CommandConf,
  Configuration,
  InstanceConf,
  NotifyConf,
  RouteConf,
  RuleConf,
  SyncGroupConf,
  TrackConf,
} from '@havip/conf'
import type { GroupState, PublicState, TransitionReason } from '@havip/vrrp'
import type { RouteRequest, RuleRequest } from '@havip/wire'
import type { Counters } from './counters.ts'
import { commandText } from './dump-texts.ts'
import type { Link } from './host.ts'
import { type Dumped, vmacName, wantedState } from './keepalived-dumps.ts'
import type { ProtocolError } from './packet-judge.ts'
import { routeRequest, ruleRequest } from './route-request.ts'
import type { VirtualRouter } from './router.ts'
import type { PastTransition } from './router-view.ts'
import type { Condition, TrackerKind } from './tracking.ts'

export type Inventory = {
  /** Of the configured part. */
  readonly revision: string
  /** Left out for a reader that knows this revision. */
  readonly configured?: ConfiguredInventory
  readonly now: PresentInventory
}

export type ConfiguredInventory = {
  readonly release: string
  readonly routerId: string
  readonly mail: Configuration['global']['mail']
  readonly mailAlerts: Configuration['global']['mailAlerts']
  readonly snmp: Configuration['global']['snmp']
  readonly dbus: boolean
  readonly dynamicInterfaces: boolean
  readonly linkbeatPolling: boolean
  readonly netNamespace: string
  readonly statics: RoutingInventory & { readonly addresses: readonly AddressInventory[] }
  readonly groups: readonly ConfiguredGroup[]
  readonly instances: readonly ConfiguredInstance[]
  readonly scripts: readonly (Weighted & {
    readonly command: string
    readonly intervalMs: number
    readonly rise: number
    readonly fall: number
    readonly initFail: boolean
  })[]
  readonly files: readonly (Weighted & { readonly path: string })[]
  readonly bfdSessions: readonly Weighted[]
  readonly processes: readonly (Weighted & {
    readonly argv: readonly string[]
    readonly paramMatch: 'none' | 'exact' | 'initial' | 'partial'
    readonly quorum: number
    readonly quorumMax: number | undefined
    readonly forkDelayMs: number
    readonly terminateDelayMs: number
    readonly fullCommand: boolean
  })[]
}

export type Weighted = { readonly name: string; readonly weight: number; readonly reverse: boolean }
/** A command line with each word in quotes, by the state it is for. */
export type NotifyInventory = Readonly<Partial<Record<keyof NotifyConf, string>>>
export type TrackedInventory = Readonly<Record<TrackerKind, readonly Weighted[]>>

export type ConfiguredGroup = {
  readonly name: string
  readonly members: readonly string[]
  readonly notify: NotifyInventory
  readonly smtpAlert: boolean
  readonly trackingWeight: boolean
  readonly tracked: TrackedInventory
}

export type ConfiguredInstance = RoutingInventory & {
  readonly name: string
  readonly vrid: number
  readonly family: 'ipv4' | 'ipv6'
  readonly version: 2 | 3
  readonly wantsMaster: boolean
  readonly isUnicast: boolean
  /** Of its multicast adverts; undefined: unicast. */
  readonly group: IpAddress | undefined
  /** The one it is on, without a virtual MAC. */
  readonly baseInterface: string | undefined
  readonly advertIntervalMs: number
  readonly preemptDelayMs: number
  readonly garpDelayMs: number
  readonly authentication: InstanceConf['authentication']['kind']
  readonly syncGroup: string | undefined
  readonly smtpAlert: boolean
  readonly accept: boolean
  readonly promoteSecondaries: boolean
  readonly linkbeatPolling: boolean
  readonly reportsDeleted: boolean
  readonly notify: NotifyInventory
  /** Without what it follows because of its group. */
  readonly tracked: TrackedInventory
  /** The virtual addresses, then the excluded ones. */
  readonly addresses: readonly AddressInventory[]
}

export type AddressInventory = {
  readonly address: IpAddress
  readonly prefix: number
  readonly broadcast: IpAddress | undefined
  readonly peer: IpAddress | undefined
  readonly label: string | undefined
  /** The kernel's number. */
  readonly scope: number
  readonly advertised: boolean
}

export type RoutingInventory = { readonly routes: readonly RouteInventory[]; readonly rules: readonly RuleInventory[] }
/** `request` has the kernel's numbers, but none of an interface; undefined when a name in it means nothing here. */
export type RouteInventory = {
  readonly interface: string | undefined
  /** Of each next hop; empty for none. */
  readonly hopInterfaces: readonly string[]
  readonly family: 'ipv4' | 'ipv6'
  readonly request: RouteRequest | undefined
}
export type RuleInventory = {
  readonly family: 'ipv4' | 'ipv6'
  readonly action: RuleConf['action']['kind']
  readonly request: RuleRequest | undefined
}

export type PresentInventory = {
  readonly runningForMs: number
  readonly links: readonly Pick<Link, 'name' | 'index' | 'mac'>[]
  readonly statics: PresentRouting & { readonly addresses: readonly PresentAddress[] }
  readonly groups: readonly { readonly name: string; readonly state: GroupState }[]
  /** In the order of the configured part, as all lists here. */
  readonly instances: readonly PresentInstance[]
  readonly scripts: readonly Condition[]
  readonly files: readonly Condition[]
  readonly bfdSessions: readonly Condition[]
  readonly processes: readonly { readonly condition: Condition; readonly count: number }[]
}

export type PresentAddress = { readonly interface: string | undefined; readonly isSet: boolean }
export type PresentRouting = { readonly routes: readonly boolean[]; readonly rules: readonly boolean[] }

export type PresentInstance = PresentRouting & {
  readonly state: PublicState
  readonly wanted: PublicState
  readonly basePriority: number
  readonly effectivePriority: number
  readonly preempt: boolean
  /** The virtual MAC's where there is one. */
  readonly interface: string | undefined
  readonly mac: Mac | undefined
  /** Its own address on the wire. */
  readonly source: IpAddress | undefined
  readonly master: IpAddress | undefined
  /** It has put its addresses up. */
  readonly isHolding: boolean
  /** Since it was last neither MASTER nor BACKUP; undefined while it is neither. */
  readonly upForMs: number | undefined
  /** Why it is master; undefined while it is not. */
  readonly masterBecause: TransitionReason['kind'] | undefined
  readonly lastProtocolError: ProtocolError | undefined
  /** Those that are not 0. */
  readonly counters: Readonly<Partial<Counters>>
  readonly addresses: readonly PresentAddress[]
}

/** @param known the revision that the reader has. */
export function inventoryOf(dumped: Dumped, revision: string, known: string | undefined): Inventory | undefined {
  const { configuration } = dumped
  if (!configuration) return undefined
  const now = presentInventory(dumped, configuration)
  return known === revision ? { revision, now } : { revision, configured: configuredInventory(dumped, configuration), now }
}

// --- configured --------------------------------------------------------------------------------------------------

function configuredInventory(dumped: Dumped, configuration: Configuration): ConfiguredInventory {
  const { global, daemon } = configuration
  return {
    release: dumped.release,
    routerId: global.routerId ?? dumped.hostName,
    mail: global.mail,
    mailAlerts: global.mailAlerts,
    snmp: global.snmp,
    dbus: global.dbus.isEnabled,
    dynamicInterfaces: global.dynamicInterfaces,
    linkbeatPolling: daemon.linkbeatPolling,
    netNamespace: daemon.netNamespace ?? '',
    statics: {
      addresses: configuration.staticAddresses.map((entry) => addressOf(entry, false)),
      ...routingOf(configuration.staticRoutes, configuration.staticRules, dumped),
    },
    groups: configuration.syncGroups.map((group) => groupOf(group, dumped)),
    instances: dumped.routers.map((router) => instanceOf(router, configuration, dumped)),
    scripts: configuration.scripts.map((script) => ({
      ...weighted(script),
      command: commandText(script.command, dumped.resolvePath),
      intervalMs: script.interval,
      rise: script.rise,
      fall: script.fall,
      initFail: script.initFail,
    })),
    files: configuration.files.map((file) => ({ ...weighted(file), path: file.path })),
    bfdSessions: configuration.bfdSessions.filter(({ forVrrp }) => forVrrp).map(weighted),
    processes: configuration.processes.map((tracked) => ({
      ...weighted(tracked),
      argv: tracked.argv,
      paramMatch: tracked.paramMatch,
      quorum: tracked.quorum,
      quorumMax: tracked.quorumMax,
      forkDelayMs: tracked.forkDelay,
      terminateDelayMs: tracked.terminateDelay,
      fullCommand: tracked.fullCommand,
    })),
  }
}

const weighted = ({ name, weight, reverse }: Weighted): Weighted => ({ name, weight, reverse })

const addressOf = ({ address, prefix, broadcast, peer, label, scope }: AddressConf, advertised: boolean): AddressInventory => ({
  address,
  prefix,
  broadcast,
  peer,
  label,
  scope,
  advertised,
})

/** Interfaces come and go: the numbers of those are asked for each time, by their names. */
function routingOf(routes: readonly RouteConf[], rules: readonly RuleConf[], { names }: Dumped): RoutingInventory {
  const anyLink = { names, findLink: () => noLink }
  return {
    routes: routes.map((conf) => {
      const request = routeRequest(conf, anyLink)
      return {
        interface: conf.interface,
        hopInterfaces: conf.nextHops.map((hop) => hop.interface ?? ''),
        family: conf.family,
        request: request.ok ? request.value : undefined,
      }
    }),
    rules: rules.map((conf) => {
      const request = ruleRequest(conf, anyLink)
      return { family: conf.family, action: conf.action.kind, request: request.ok ? request.value : undefined }
    }),
  }
}
const noLink: Link = {
  index: 0 as Link['index'],
  name: '',
  isUp: true,
  mac: undefined,
  mtu: 0,
  hasArp: true,
  hasMulticast: true,
  isLoopback: false,
  addresses: [],
}

function notifyOf(notify: NotifyConf, { resolvePath }: Dumped): NotifyInventory {
  const commands = Object.entries(notify) as [keyof NotifyConf, CommandConf | undefined][]
  return Object.fromEntries(commands.flatMap(([state, command]) => (command ? [[state, commandText(command, resolvePath)]] : [])))
}

const noWeight = { weight: 0, reverse: false }
type TrackLists = Pick<InstanceConf, 'trackInterfaces' | 'trackScripts' | 'trackFiles' | 'trackProcesses' | 'trackBfd'>
function trackedOf(lists: TrackLists, { findTracker }: Dumped, without: TrackLists | undefined): TrackedInventory {
  const own = (kind: TrackerKind, of: (lists: TrackLists) => readonly TrackConf[]): readonly Weighted[] => {
    const shared = new Set(without ? of(without).map(({ name }) => name) : [])
    return of(lists)
      .filter(({ name }) => !shared.has(name))
      .map(({ name, weight, reverse }) => ({
        name,
        ...(weight === undefined ? (findTracker(kind, name)?.defaults ?? noWeight) : { weight, reverse }),
      }))
      .map(weighted)
  }
  return {
    interface: own('interface', (of) => of.trackInterfaces),
    script: own('script', (of) => of.trackScripts),
    file: own('file', (of) => of.trackFiles),
    process: own('process', (of) => of.trackProcesses),
    bfd: own('bfd', (of) => of.trackBfd),
  }
}

const groupOf = (group: SyncGroupConf, dumped: Dumped): ConfiguredGroup => ({
  name: group.name,
  members: group.members.map(({ name }) => name),
  notify: notifyOf(group.notify, dumped),
  smtpAlert: group.smtpAlert,
  trackingWeight: group.trackingWeight,
  tracked: trackedOf(group, dumped, undefined),
})

function instanceOf({ conf, config }: VirtualRouter, { syncGroups }: Configuration, dumped: Dumped): ConfiguredInstance {
  const group = syncGroups.find(({ members }) => members.some(({ name }) => name === conf.name))
  return {
    name: conf.name,
    vrid: conf.vrid,
    family: conf.family,
    version: conf.version,
    wantsMaster: conf.wantsMaster,
    isUnicast: config.transport.kind !== 'multicast',
    group: config.transport.kind === 'multicast' ? config.transport.group : undefined,
    baseInterface: conf.interface,
    advertIntervalMs: conf.advertInterval,
    preemptDelayMs: conf.preemptDelay,
    garpDelayMs: conf.garp.masterDelay,
    authentication: conf.authentication.kind,
    syncGroup: group?.name,
    smtpAlert: conf.smtpAlert,
    accept: conf.accept,
    promoteSecondaries: conf.promoteSecondaries,
    linkbeatPolling: conf.linkbeatPolling,
    reportsDeleted: conf.reportsDeleted,
    notify: notifyOf(conf.notify, dumped),
    tracked: trackedOf(conf, dumped, group),
    addresses: [
      ...conf.virtualAddresses.map((entry) => addressOf(entry, true)),
      ...conf.excludedAddresses.map((entry) => addressOf(entry, false)),
    ],
    ...routingOf(conf.virtualRoutes, conf.virtualRules, dumped),
  }
}

// --- at this moment ----------------------------------------------------------------------------------------------

function presentInventory(dumped: Dumped, configuration: Configuration): PresentInventory {
  const links = dumped.links()
  const byName = new Map(links.map((link) => [link.name, link]))
  const held = new Map(links.map(({ name, addresses }) => [name, new Set(addresses.map(({ address }) => address))]))
  const isSet = (link: string | undefined, address: IpAddress): boolean => link !== undefined && (held.get(link)?.has(address) ?? false)
  const pending = { kind: 'pending' } as const
  const conditionOf =
    (kind: TrackerKind) =>
    (conf: { readonly name: string }): Condition =>
      dumped.findTracker(kind, conf.name)?.condition ?? pending
  const missing = new Set(dumped.missingStatics)
  return {
    runningForMs: dumped.runningForMs,
    links: links.map(({ name, index, mac }) => ({ name, index, mac })),
    statics: {
      addresses: configuration.staticAddresses.map((entry) => {
        const link = entry.interface ?? configuration.global.defaultInterface
        return { interface: link, isSet: isSet(link, entry.address) }
      }),
      routes: configuration.staticRoutes.map((conf) => !missing.has(conf)),
      rules: configuration.staticRules.map((conf) => !missing.has(conf)),
    },
    groups: dumped.groups.map(({ conf, state }) => ({ name: conf.name, state })),
    instances: dumped.routers.map((router) => presentInstance(router, dumped, byName, isSet)),
    scripts: configuration.scripts.map(conditionOf('script')),
    files: configuration.files.map(conditionOf('file')),
    bfdSessions: configuration.bfdSessions.filter(({ forVrrp }) => forVrrp).map(conditionOf('bfd')),
    processes: configuration.processes.map((conf) => ({ condition: conditionOf('process')(conf), count: dumped.processesOf(conf.name) })),
  }
}

function presentInstance(
  router: VirtualRouter,
  dumped: Dumped,
  links: ReadonlyMap<string, Link>,
  isSet: (link: string | undefined, address: IpAddress) => boolean,
): PresentInstance {
  const { conf, view, publicState: state, missingRoutes } = router
  const isMaster = state === 'master'
  const link = vmacName(router) ?? conf.interface
  const isThere = (item: RouteConf | RuleConf): boolean => isMaster && !missingRoutes.has(item)
  return {
    state,
    wanted: wantedState(router),
    basePriority: conf.priority,
    effectivePriority: view.effective,
    preempt: conf.preempt,
    interface: link,
    mac: link === undefined ? undefined : links.get(link)?.mac,
    source: view.source,
    master: isMaster ? view.source : view.master?.address,
    isHolding: isMaster,
    upForMs: upFor(router, dumped),
    masterBecause: isMaster ? view.transitions.at(-1)?.transition.reason.kind : undefined,
    lastProtocolError: view.lastProtocolError,
    counters: nonZero(view.counters),
    addresses: router.placements.map((placement) => ({
      interface: placement.interfaceName || undefined,
      isSet: isSet(placement.interfaceName, placement.conf.address),
    })),
    routes: conf.virtualRoutes.map(isThere),
    rules: conf.virtualRules.map(isThere),
  }
}

/** A thousand instances are asked once a second while somebody walks over them, and most counters never move. */
function nonZero(counters: Readonly<Counters>): Partial<Counters> {
  const counted: Partial<Counters> = {}
  for (const name of Object.keys(counters) as (keyof Counters)[]) if (counters[name] !== 0) counted[name] = counters[name]
  return counted
}

const isUp = (state: PublicState): boolean => state === 'master' || state === 'backup'

/** As far back as the transitions go that are remembered. */
function upFor({ publicState, view }: VirtualRouter, { now }: Dumped): number | undefined {
  if (!isUp(publicState)) return undefined
  const came = view.transitions.findLast(({ transition }) => !isUp(transition.from)) ?? view.transitions[0]
  return between((came as PastTransition | undefined)?.at ?? view.since.at, now().at)
}
