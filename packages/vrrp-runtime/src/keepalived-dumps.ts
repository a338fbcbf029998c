// What keepalived writes on request, in its own shape: `.stats`, `.json`, `.data`. Tools of its ecosystem read these files.
import type { WallTime } from '@havip/base'
import type { AddressConf, CommandConf, Configuration, InstanceConf } from '@havip/conf'
import type { PublicState } from '@havip/vrrp'
import { type Counters, keepalivedCounters } from './counters.ts'
import type { VirtualRouter } from './router.ts'

type Dumped = { readonly routers: readonly VirtualRouter[]; readonly configuration: Configuration | undefined }

export const keepalivedStats = ({ routers }: Dumped): string => routers.map((router) => statsOf(router.name, router.view.counters)).join('')

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
export function keepalivedJson({ routers, configuration }: Dumped): string {
  const instances = routers.map((router) => ({ data: dataOf(router), stats: jsonStatsOf(router.view.counters) }))
  const document = configuration?.global.jsonVersion === 2 ? { vrrp: instances, track_process: [] } : instances
  return `${JSON.stringify(document).replaceAll('/', '\\/')}\n`
}

const jsonStatsOf = (counters: Counters): Record<string, number> =>
  Object.fromEntries(keepalivedCounters.map((name) => [name, counters[name]]))

const stateNumbers: Readonly<Record<PublicState, number>> = { init: 0, backup: 1, master: 2, fault: 3, stopped: 0 }
const bit = (value: boolean): number => (value ? 1 : 0)
const inSeconds = (ms: number): number => ms / 1000

function dataOf(router: VirtualRouter): Record<string, unknown> {
  const { conf, view } = router
  const isMaster = router.publicState === 'master'
  return {
    iname: conf.name,
    dont_track_primary: bit(conf.dontTrackPrimary),
    skip_check_adv_addr: bit(conf.skipCheckAdvAddr),
    strict_mode: bit(conf.strict),
    vmac_ifname: '',
    ifp_ifname: conf.interface ?? '',
    master_priority: isMaster ? view.effective : (view.master?.priority ?? 0),
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
    vipset: isMaster,
    promote_secondaries: false,
    adver_int: inSeconds(conf.advertInterval),
    master_adver_int: inSeconds(conf.advertInterval),
    accept: bit(conf.accept),
    nopreempt: !conf.preempt,
    preempt_delay: Math.round(inSeconds(conf.preemptDelay)),
    state: stateNumbers[router.publicState],
    wantstate: conf.wantsMaster ? 2 : 1,
    version: conf.version,
    smtp_alert: conf.smtpAlert,
    notify_deleted: conf.notify.deleted !== undefined,
    ...scriptsOf(conf),
    ...listsOf(conf),
    ...(conf.authentication.kind === 'none'
      ? {}
      : { auth_type: conf.authentication.kind === 'pass' ? 1 : 2, auth_data: conf.authentication.password }),
  }
}

function scriptsOf({ notify }: InstanceConf): Record<string, string> {
  const commands: readonly (readonly [string, CommandConf | undefined])[] = [
    ['script_backup', notify.backup],
    ['script_master', notify.master],
    ['script_fault', notify.fault],
    ['script_stop', notify.stop],
    ['script_deleted', notify.deleted],
    ['script', notify.any],
    ['script_master_rx_lower_pri', notify.masterRxLowerPri],
  ]
  return Object.fromEntries(
    commands.flatMap(([name, command]) => (command ? [[name, command.argv.map((word) => `'${word}'`).join(' ')]] : [])),
  )
}

const scopes: Readonly<Record<number, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }
export const addressText = (entry: AddressConf, conf: InstanceConf): string => {
  const length = entry.prefix === (entry.address.includes(':') ? 128 : 32) ? '' : `/${entry.prefix}`
  const label = entry.label === undefined ? '' : ` label ${entry.label}`
  return `${entry.address}${length} dev ${entry.interface ?? conf.interface ?? ''} scope ${scopes[entry.scope] ?? entry.scope}${label}`
}

function listsOf(conf: InstanceConf): Record<string, readonly string[]> {
  const names = (entries: readonly { readonly name: string }[]): readonly string[] => entries.map((entry) => entry.name)
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['vips', conf.virtualAddresses.map((entry) => addressText(entry, conf))],
    ['evips', conf.excludedAddresses.map((entry) => addressText(entry, conf))],
    ['track_ifp', names(conf.trackInterfaces)],
    ['track_script', names(conf.trackScripts)],
    ['track_process', names(conf.trackProcesses)],
  ]
  return Object.fromEntries(lists.filter(([, items]) => items.length > 0))
}

/** `.data`: for people; only the parts that are asked for most. */
export function keepalivedData({ routers, configuration }: Dumped, now: WallTime): string {
  const routerId = configuration?.global.routerId
  const head = `------< Global definitions >------\n Router ID = ${routerId ?? ''}\n`
  return `${head}------< VRRP Topology >------\n${routers.map((router) => topologyOf(router, now)).join('')}`
}

const stateNames: Readonly<Record<PublicState, string>> = {
  init: 'INIT',
  backup: 'BACKUP',
  master: 'MASTER',
  fault: 'FAULT',
  stopped: 'STOP',
}

function topologyOf(router: VirtualRouter, now: WallTime): string {
  const { conf, view } = router
  const isMaster = router.publicState === 'master'
  const addresses = (title: string, entries: readonly AddressConf[]): readonly string[] =>
    entries.length === 0
      ? []
      : [`   ${title} (${entries.length}):`, ...entries.map((entry) => `     ${addressText(entry, conf)}${isMaster ? ' set' : ''}`)]
  const lines = [
    ` VRRP Instance = ${conf.name}`,
    `   VRRP Version = ${conf.version}`,
    `   State = ${stateNames[router.publicState]}`,
    `   Wantstate = ${conf.wantsMaster ? 'MASTER' : 'BACKUP'}`,
    `   Number of tracker faults = ${view.faults.length}`,
    `   Last transition = ${inSeconds(view.since.wall).toFixed(6)} (${((now - view.since.wall) / 1000).toFixed(3)} s ago)`,
    `   Interface = ${conf.interface ?? ''}`,
    `   Using src_ip = ${view.source ?? ''}`,
    `   Gratuitous ARP delay = ${inSeconds(conf.garp.masterDelay)}`,
    `   Gratuitous ARP repeat = ${conf.garp.masterRepeat}`,
    `   Gratuitous ARP refresh = ${inSeconds(conf.garp.masterRefresh)}`,
    `   Down timer adverts = ${conf.downTimerAdverts}`,
    `   Virtual Router ID = ${conf.vrid}`,
    `   Priority = ${conf.priority}`,
    `   Effective priority = ${view.effective}`,
    `   Advert interval = ${inSeconds(conf.advertInterval)} sec`,
    `   Accept = ${conf.accept ? 'enabled' : 'disabled'}`,
    `   Preempt = ${conf.preempt ? 'enabled' : 'disabled'}`,
    ...addresses('Virtual IP', conf.virtualAddresses),
    ...addresses('Virtual IP Excluded', conf.excludedAddresses),
  ]
  return `${lines.join('\n')}\n`
}
