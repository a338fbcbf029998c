// What keepalived writes on request, in its own shape: `.stats` and `.json`. Tools of its ecosystem read these files.
import { familyOf, type IfIndex, type Instant, type WallTime } from '@havip/base'
import type { AddressConf, CommandConf, Configuration, InstanceConf, RouteConf, RuleConf, TrackProcessConf } from '@havip/conf'
import type { PublicState } from '@havip/vrrp'
import type { BfdSet } from './bfd/set.ts'
import { type Counters, keepalivedCounters } from './counters.ts'
import { addressOf, commandText, inSeconds, routeText, ruleText } from './dump-texts.ts'
import type { Link, UserIds } from './host.ts'
import type { RouteNames } from './route-names.ts'
import type { VirtualRouter } from './router.ts'
import type { SyncGroup } from './sync-group.ts'
import type { Tracker, TrackerKind } from './tracking.ts'

/** What the dumps are made of: the running daemon. */
export type Dumped = {
  readonly routers: readonly VirtualRouter[]
  readonly configuration: Configuration | undefined
  readonly groups: readonly SyncGroup[]
  readonly bfd: BfdSet
  readonly hostName: string
  /** Our version, for people. */
  readonly release: string
  /** Of routing tables, protocols and the like. */
  readonly names: RouteNames
  /** Static routes and rules that are not in the kernel. */
  readonly missingStatics: readonly (RouteConf | RuleConf)[]
  readonly runningForMs: number
  now(): { readonly at: Instant; readonly wall: WallTime }
  /** What the kernel has now. */
  links(): readonly Link[]
  findTracker(kind: TrackerKind, name: string): Tracker | undefined
  /** The path that is run for a script; undefined when there is none. */
  resolvePath(path: string): string | undefined
  /** Who a script runs as; undefined: it does not run, or as somebody whose numbers nobody knows here. */
  userOf(command: CommandConf): UserIds | undefined
  /** Processes that a vrrp_track_process counts now. */
  processesOf(name: string): number
}

export const keepalivedStats = ({ routers }: Pick<Dumped, 'routers'>): string =>
  routers.map((router) => statsOf(router.name, router.view.counters)).join('')

const statsOf = (name: string, counters: Counters): string => `VRRP Instance: ${name}
  Advertisements:
    Received: ${counters.advert_rcvd}
    Sent: ${counters.advert_sent}
  Became master: ${counters.become_master}
  Released master: ${counters.release_master}
  Packet Errors:
    Length: ${counters.packet_len_err}
    TTL: ${counters.ip_ttl_err}
    Invalid Type: ${counters.invalid_type_rcvd}
    Advertisement Interval: ${counters.advert_interval_err}
    Address List: ${counters.addr_list_err}
  Authentication Errors:
    Invalid Type: ${counters.invalid_authtype}
    Type Mismatch: ${counters.authtype_mismatch}
    Failure: ${counters.auth_failure}
  Authentication Extension Errors:
    Missing: ${counters.auth_ext_missing}
    Malformed: ${counters.auth_ext_malformed}
    Unknown Key: ${counters.auth_ext_unknown_key}
    Invalid HMAC: ${counters.auth_ext_invalid_hmac}
    Stale: ${counters.auth_ext_stale}
    Replay: ${counters.auth_ext_replay}
  Priority Zero:
    Received: ${counters.pri_zero_rcvd}
    Sent: ${counters.pri_zero_sent}
`

/** One line, slashes escaped, as keepalived's writer does. */
export function keepalivedJson(dumped: Dumped): string {
  const { routers, configuration } = dumped
  const holds = holdersOf(dumped)
  const instances = routers.map((router) => ({ data: dataOf(router, dumped, holds), stats: jsonStatsOf(router.view.counters) }))
  const processes = (configuration?.processes ?? []).map((tracked) => processOf(tracked, dumped))
  const document = configuration?.global.jsonVersion === 2 ? { vrrp: instances, track_process: processes } : instances
  return `${JSON.stringify(document).replaceAll('/', '\\/')}\n`
}

const jsonStatsOf = (counters: Counters): Record<string, number> =>
  Object.fromEntries(keepalivedCounters.map((name) => [name, counters[name]]))

const stateNumbers: Readonly<Record<PublicState, number>> = { init: 0, backup: 1, master: 2, fault: 3, stopped: 0 }
const bit = (value: boolean): number => (value ? 1 : 0)

/** Says of a router's address whether the kernel has it where it belongs. */
export type Holds = (router: VirtualRouter, entry: AddressConf) => boolean

export function holdersOf({ links }: Pick<Dumped, 'links'>): Holds {
  const present = new Map<IfIndex, ReadonlySet<string>>()
  for (const link of links()) present.set(link.index, new Set(link.addresses.map(({ address }) => address)))
  return (router, entry) => {
    const spec = router.placements.find(({ conf }) => conf === entry)?.spec
    return spec !== undefined && (present.get(spec.interface)?.has(spec.address) ?? false)
  }
}

/** keepalived changes it at a transition: what it would rather be. */
export function wantedState({ publicState, conf }: VirtualRouter): 'master' | 'backup' | 'fault' {
  if (publicState === 'master' || publicState === 'fault' || publicState === 'backup') return publicState
  return conf.wantsMaster ? 'master' : 'backup'
}

function dataOf(router: VirtualRouter, dumped: Dumped, holds: Holds): Record<string, unknown> {
  const { conf, view } = router
  return {
    iname: conf.name,
    dont_track_primary: bit(conf.dontTrackPrimary),
    skip_check_adv_addr: bit(conf.skipCheckAdvAddr),
    strict_mode: bit(conf.strict),
    vmac_ifname: vmacName(router) ?? '',
    ifp_ifname: vmacName(router) ?? conf.interface ?? '',
    master_priority: router.publicState === 'backup' ? (view.master?.priority ?? 0) : 0,
    last_transition: inSeconds(view.since.wall),
    garp_delay: inSeconds(conf.garp.masterDelay),
    garp_refresh: inSeconds(conf.garp.masterRefresh),
    garp_rep: conf.garp.masterRepeat,
    garp_refresh_rep: conf.garp.masterRefreshRepeat,
    garp_lower_prio_delay: inSeconds(conf.garp.lowerPrioDelay),
    garp_lower_prio_rep: conf.garp.lowerPrioRepeat,
    lower_prio_no_advert: bit(conf.lowerPrioNoAdvert),
    higher_prio_send_advert: bit(conf.higherPrioSendAdvert),
    vrid: conf.vrid,
    base_priority: conf.priority,
    effective_priority: view.effective,
    vipset: router.publicState === 'master',
    promote_secondaries: conf.promoteSecondaries,
    adver_int: inSeconds(conf.advertInterval),
    master_adver_int: inSeconds(masterInterval(router)),
    accept: bit(conf.accept),
    nopreempt: !conf.preempt,
    preempt_delay: inSeconds(conf.preemptDelay),
    state: stateNumbers[router.publicState],
    wantstate: stateNumbers[wantedState(router)],
    version: conf.version,
    smtp_alert: conf.smtpAlert,
    notify_deleted: conf.reportsDeleted,
    ...scriptsOf(conf, dumped),
    ...listsOf(router, holds),
    auth_type: authenticationNumbers[conf.authentication.kind],
    ...(conf.authentication.kind === 'none' ? {} : { auth_data: conf.authentication.password }),
  }
}

/** Of the virtual MAC that the instance's own addresses stand on. */
export const vmacName = ({ conf, placements }: VirtualRouter): string | undefined =>
  conf.vmac
    ? placements.find(
        ({ conf: entry }) => (entry.interface ?? conf.interface) === conf.interface && familyOf(entry.address) === conf.family,
      )?.interfaceName
    : undefined

/** VRRPv3: a backup learns it from the master's adverts. */
const masterInterval = ({ conf, engine }: VirtualRouter): number =>
  engine.state.kind === 'backup' ? engine.state.masterInterval : conf.advertInterval

const authenticationNumbers = { none: 0, pass: 1, ah: 2 } as const

function scriptsOf({ notify }: InstanceConf, { resolvePath }: Dumped): Record<string, string> {
  const commands: readonly (readonly [string, CommandConf | undefined])[] = [
    ['script_backup', notify.backup],
    ['script_master', notify.master],
    ['script_fault', notify.fault],
    ['script_stop', notify.stop],
    ['script_deleted', notify.deleted],
    ['script', notify.any],
    ['script_master_rx_lower_pri', notify.masterRxLowerPri],
  ]
  return Object.fromEntries(commands.flatMap(([name, command]) => (command ? [[name, commandText(command, resolvePath)]] : [])))
}

function listsOf(router: VirtualRouter, holds: Holds): Record<string, readonly string[]> {
  const { conf } = router
  const names = (entries: readonly { readonly name: string }[]): readonly string[] => entries.map((entry) => entry.name)
  const addresses = (entries: readonly AddressConf[]): readonly string[] =>
    entries.map((entry) => addressOf(entry, router, holds(router, entry)))
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['vips', addresses(conf.virtualAddresses)],
    ['evips', addresses(conf.excludedAddresses)],
    ['vroutes', conf.virtualRoutes.map(routeText)],
    ['vrules', conf.virtualRules.map(ruleText)],
    ['track_ifp', names(conf.trackInterfaces)],
    ['track_script', names(conf.trackScripts)],
    ['track_process', names(conf.trackProcesses)],
  ]
  return Object.fromEntries(lists.filter(([, items]) => items.length > 0))
}

function processOf(tracked: TrackProcessConf, { findTracker, processesOf }: Dumped): Record<string, unknown> {
  return {
    process: tracked.argv.join(' '),
    param_match: tracked.paramMatch,
    min_processes: tracked.quorum,
    current_processes: processesOf(tracked.name),
    have_quorum: findTracker('process', tracked.name)?.condition.kind === 'good',
    weight: tracked.weight,
    terminate_delay: inSeconds(tracked.terminateDelay),
    fork_delay: inSeconds(tracked.forkDelay),
    fork_delay_timer_running: false,
    terminate_delay_timer_running: false,
    full_command: tracked.fullCommand,
  }
}
