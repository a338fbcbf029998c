// `.data`: the configuration and the state as keepalived writes them for people, section by section, empty ones left out.
// Exporters read it, too, by its keys and its indentation.
import { between, type Instant, type WallTime } from '@havip/base'
import type { AddressConf, CommandConf, Configuration, GlobalDefs, InstanceConf, NotifyConf, SyncGroupConf, TrackConf } from '@havip/conf'
import { masterDownInterval, type PublicState } from '@havip/vrrp'
import { bfdStatus } from './bfd/status.ts'
import { addressOf, addressText, commandText, inSeconds, momentText, routeText, ruleText } from './dump-texts.ts'
import type { UserIds } from './host.ts'
import { type Dumped, type Holds, holdersOf, vmacName, wantedState } from './keepalived-dumps.ts'
import type { VirtualRouter } from './router.ts'
import type { SyncGroup } from './sync-group.ts'
import type { Condition, TrackerKind } from './tracking.ts'

/** What keepalived shows when the file says nothing. */
const defaultRealTimeLimitUs = 10_000

type Line = string | undefined
const section = (title: string, lines: readonly Line[]): string => {
  const text = lines.filter((line) => line !== undefined)
  return text.length === 0 ? '' : `------< ${title} >------\n${text.join('\n')}\n`
}
const yes = (value: boolean): string => (value ? 'yes' : 'no')
const truth = (value: boolean): string => (value ? 'true' : 'false')
const enabled = (value: boolean): string => (value ? 'enabled' : 'disabled')

export function keepalivedData(dumped: Dumped): string {
  const { configuration, routers, groups } = dumped
  if (!configuration) return ''
  const holds = holdersOf(dumped)
  const now = dumped.now()
  return [
    globalData(configuration),
    section(
      'Static Addresses',
      configuration.staticAddresses.map((entry) => `     ${addressText(entry, entry.interface, isThere(dumped, entry))}`),
    ),
    section(
      'Static Routes',
      configuration.staticRoutes.map((route) => `     ${routeText(route)}`),
    ),
    section(
      'Static Rules',
      configuration.staticRules.map((rule) => `     ${ruleText(rule)}`),
    ),
    section(
      'Static Track groups',
      configuration.trackGroups.flatMap(({ name, members }) => [` Track Group = ${name}`, ...named('VRRP member instances', members)]),
    ),
    section(
      'VRRP Topology',
      routers.flatMap((router) => topologyOf(router, dumped, holds, now)),
    ),
    section(
      'VRRP Sync groups',
      groups.flatMap((group) => syncGroupOf(group, dumped)),
    ),
    section(
      'VRRP Scripts',
      configuration.scripts.flatMap((script) => scriptOf(script, dumped)),
    ),
    section(
      'VRRP Track files',
      configuration.files.flatMap((file) => fileOf(file, dumped)),
    ),
    section(
      'VRRP Track processes',
      configuration.processes.flatMap((tracked) => processOf(tracked, dumped)),
    ),
    section(
      'VRRP Track BFDs',
      configuration.bfdSessions.flatMap((session) => bfdTrackerOf(session, dumped)),
    ),
    section('Interfaces', interfacesOf(dumped)),
  ].join('')
}

// --- global ------------------------------------------------------------------------------------------------------

export const globalData = (configuration: Configuration): string => section('Global definitions', globalLines(configuration))

function globalLines({ global, daemon }: Configuration): readonly Line[] {
  const { mail, process: scheduling, snmp, dbus, firewall } = global
  return [
    ` Network namespace = ${daemon.netNamespace ?? '(default)'}`,
    daemon.instanceName === undefined ? undefined : ` Instance name = ${daemon.instanceName}`,
    ` Router ID = ${global.routerId ?? ''}`,
    mail.server && ` Smtp server = ${mail.server.host}`,
    mail.server && ` Smtp server port = ${mail.server.port}`,
    mail.helo === undefined ? undefined : ` Smtp HELO name = ${mail.helo}`,
    mail.server && ` Smtp server connection timeout = ${inSeconds(mail.connectTimeout)}`,
    mail.from === undefined ? undefined : ` Email notification from = ${mail.from}`,
    ...(mail.to.length > 0 ? [' Email notification to:', ...mail.to.map((address) => `   ${address}`)] : []),
    ` No email faults = ${truth(mail.noFaultMail)}`,
    global.reloadCheckConfig ? ' Test config before reload' : ' No test config before reload',
    ` Dynamic interfaces = ${truth(global.dynamicInterfaces)}`,
    ` Default interface = ${global.defaultInterface}`,
    ` Disable local IGMP = ${yes(global.disableLocalIgmp)}`,
    ...fifoLines('Global', global.notifyFifo),
    ...fifoLines('VRRP', global.vrrpNotifyFifo),
    ` FIFO write vrrp states on reload = ${truth(global.fifoWritesStatesOnReload)}`,
    ` VRRP IPv4 mcast group = ${global.mcastGroup4}`,
    ` VRRP IPv6 mcast group = ${global.mcastGroup6}`,
    global.garpInterval > 0 ? ` Gratuitous ARP interval = ${inSeconds(global.garpInterval).toFixed(6)}` : undefined,
    global.gnaInterval > 0 ? ` Gratuitous NA interval = ${inSeconds(global.gnaInterval).toFixed(6)}` : undefined,
    ` nftables ${firewall.counters ? 'with' : 'without'} counters`,
    ` nftables table = ${firewall.table}`,
    ` Max auto priority = ${scheduling.maxAutoPriority}`,
    ` Min auto priority delay = ${scheduling.minAutoPriorityDelayUs} usecs`,
    ` VRRP process priority = ${global.priority ?? 0}`,
    ` VRRP don't swap = ${truth(global.noSwap)}`,
    ` VRRP realtime priority = ${global.realTimePriority ?? 0}`,
    scheduling.cpuAffinity.length > 0 ? ` VRRP CPU Affinity = ${scheduling.cpuAffinity.join(' ')}` : undefined,
    ` VRRP realtime limit = ${scheduling.realTimeLimitUs ?? defaultRealTimeLimitUs}`,
    ` SNMP vrrp ${enabled(snmp.keepalived)}`,
    ` SNMP checker ${enabled(snmp.checker)}`,
    ` SNMP RFCv2 ${enabled(snmp.rfc2787)}`,
    ` SNMP RFCv3 ${enabled(snmp.rfc6527)}`,
    ` SNMP traps ${enabled(snmp.traps)}`,
    ` SNMP socket = ${snmp.socket ?? 'default'}`,
    ` DBus ${enabled(dbus.isEnabled)}`,
    ` DBus service name = ${dbus.serviceName}`,
    ` Script security ${enabled(global.scriptSecurity)}`,
    ` Default script user = ${accountText(global)}`,
    ` rx_bufs_multiples = ${scheduling.receiveBufferMultiplier}`,
    ` umask = 0${global.umask.toString(8)}`,
  ]
}

const accountText = ({ scriptUser }: GlobalDefs): string =>
  scriptUser === undefined ? '(none)' : `${scriptUser.user}${scriptUser.group === undefined ? '' : `:${scriptUser.group}`}`

/** keepalived shows numbers, whatever the file says. */
const userText = (user: UserIds | undefined): string => (user === undefined ? '' : `, uid:gid ${user.uid}:${user.gid}`)

const fifoLines = (title: string, fifo: GlobalDefs['notifyFifo']): readonly Line[] =>
  fifo === undefined
    ? []
    : [` ${title} notify fifo = ${fifo.path}`, fifo.script && ` ${title} notify fifo script = ${fifo.script.argv.join(' ')}`]

const isThere = ({ links }: Dumped, entry: AddressConf): boolean =>
  links().some(
    (link) =>
      (entry.interface === undefined || link.name === entry.interface) && link.addresses.some((one) => one.address === entry.address),
  )

// --- instances ---------------------------------------------------------------------------------------------------

const stateNames: Readonly<Record<PublicState, string>> = {
  init: 'INIT',
  backup: 'BACKUP',
  master: 'MASTER',
  fault: 'FAULT',
  stopped: 'STOP',
}

function topologyOf(
  router: VirtualRouter,
  dumped: Dumped,
  holds: Holds,
  now: { readonly at: Instant; readonly wall: WallTime },
): readonly Line[] {
  const { conf, view } = router
  const group = dumped.groups.find(({ members }) => members.some(({ name }) => name === conf.name))
  const isUnicast = conf.peers.length > 0
  const until = view.nextDeadline === undefined ? undefined : ((now.wall + between(now.at, view.nextDeadline)) as WallTime)
  const vmac = vmacName(router)
  return [
    ` VRRP Instance = ${conf.name}`,
    `   VRRP Version = ${conf.version}`,
    group && `   Sync group = ${group.conf.name}`,
    conf.family === 'ipv6' ? '   Using Native IPv6' : undefined,
    `   State = ${stateNames[router.publicState]}`,
    ...flagsOf(conf, isUnicast, vmac),
    `   Wantstate = ${stateNames[wantedState(router)]}`,
    '   Number of config faults = 0',
    `   Number of tracker faults = ${view.faults.length}`,
    `   Number of track scripts init = ${view.waitingFor.length}`,
    `   Last transition = ${momentText(view.since.wall)}`,
    until === undefined ? undefined : `   Read timeout = ${momentText(until)}`,
    `   Master down timer = ${masterDownMicroseconds(router)} usecs`,
    `   Interface = ${vmac ?? conf.interface ?? ''}`,
    conf.dontTrackPrimary ? '   VRRP interface tracking disabled' : undefined,
    conf.skipCheckAdvAddr ? '   Skip checking advert IP addresses' : undefined,
    conf.strict ? '   Enforcing strict VRRP compliance' : undefined,
    `   Using src_ip = ${view.source ?? ''}${conf.source === undefined ? '' : ' (from configuration)'}`,
    router.config.transport.kind === 'multicast' ? `   Multicast address ${router.config.transport.group}` : undefined,
    `   Gratuitous ARP delay = ${inSeconds(conf.garp.masterDelay)}`,
    `   Gratuitous ARP repeat = ${conf.garp.masterRepeat}`,
    `   Gratuitous ARP refresh = ${inSeconds(conf.garp.masterRefresh)}`,
    `   Gratuitous ARP refresh repeat = ${conf.garp.masterRefreshRepeat}`,
    `   Gratuitous ARP lower priority delay = ${inSeconds(conf.garp.lowerPrioDelay)}`,
    `   Gratuitous ARP lower priority repeat = ${conf.garp.lowerPrioRepeat}`,
    `   Down timer adverts = ${conf.downTimerAdverts}`,
    `   Send advert after receive lower priority advert = ${truth(!conf.lowerPrioNoAdvert)}`,
    `   Send advert after receive higher priority advert = ${truth(conf.higherPrioSendAdvert)}`,
    `   Virtual Router ID = ${conf.vrid}`,
    `   Priority = ${conf.priority}`,
    `   Effective priority = ${view.effective}`,
    `   Total priority = ${view.effective}`,
    `   Advert interval = ${conf.version === 2 ? `${inSeconds(conf.advertInterval)} sec` : `${conf.advertInterval} milli-sec`}`,
    `   Accept = ${enabled(conf.accept)}`,
    `   Preempt = ${enabled(conf.preempt)}`,
    conf.preemptDelay > 0 ? `   Preempt delay = ${inSeconds(conf.preemptDelay)} secs` : undefined,
    `   Promote_secondaries = ${enabled(conf.promoteSecondaries)}`,
    ...authenticationOf(conf),
    ...addressesOf(`Virtual IP (${conf.virtualAddresses.length}):`, conf.virtualAddresses, router, holds),
    ...addressesOf('Virtual IP Excluded :', conf.excludedAddresses, router, holds),
    ...(isUnicast ? peersOf(conf) : []),
    ...listed('Virtual Routes :', conf.virtualRoutes.map(routeText)),
    ...listed('Virtual Rules :', conf.virtualRules.map(ruleText)),
    ...trackedOf(group ? withoutShared(conf, group.conf) : conf, dumped),
    `   Using smtp notification = ${yes(conf.smtpAlert)}`,
    `   Notify deleted = ${conf.reportsDeleted ? 'Deleted' : 'Fault'}`,
    ...notifyOf(conf.notify, dumped),
    `   Notify priority changes = ${truth(conf.notifyPriorityChanges)}`,
  ]
}

/** Some of keepalived's flags have a line here, others only show by the title. */
function flagsOf(conf: InstanceConf, isUnicast: boolean, vmac: string | undefined): readonly Line[] {
  const flags = [vmac === undefined ? undefined : `     Using VMAC ${vmac}`, isUnicast ? '     Using unicast' : undefined].filter(
    (flag) => flag !== undefined,
  )
  const hasSilent = !conf.preempt || conf.dontTrackPrimary || conf.skipCheckAdvAddr || conf.source !== undefined
  return flags.length > 0 || hasSilent ? ['   Flags:', ...flags] : ['   Flags: none']
}

/** From our own interval, or the one that a version 3 master tells. */
function masterDownMicroseconds({ engine, view, conf }: VirtualRouter): number {
  const interval = engine.state.kind === 'backup' ? engine.state.masterInterval : conf.advertInterval
  return Math.floor(masterDownInterval(engine.config, view.effective, interval, 'raced') * 1000)
}

function authenticationOf({ version, authentication }: InstanceConf): readonly Line[] {
  if (authentication.kind === 'none') return version === 2 ? ['   Authentication type = none'] : []
  return [
    `   Authentication type = ${authentication.kind === 'pass' ? 'SIMPLE_PASSWORD' : 'IPSEC_AH'}`,
    `   Password = ${authentication.password}`,
  ]
}

const listed = (title: string, items: readonly string[]): readonly Line[] =>
  items.length === 0 ? [] : [`   ${title}`, ...items.map((item) => `     ${item}`)]
const named = (title: string, items: readonly { readonly name: string }[]): readonly Line[] =>
  listed(
    `${title} :`,
    items.map(({ name }) => name),
  )
const addressesOf = (title: string, entries: readonly AddressConf[], router: VirtualRouter, holds: Holds): readonly Line[] =>
  listed(
    title,
    entries.map((entry) => addressOf(entry, router, holds(router, entry))),
  )

const checksumWords = { unset: 'no', always: 'config', never: 'never' } as const

const peersOf = (conf: InstanceConf): readonly Line[] => [
  conf.unicastTtl === undefined ? undefined : `   Unicast TTL = ${conf.unicastTtl}`,
  `   Check unicast src : ${yes(conf.checkUnicastSource)}`,
  ...listed(
    'Unicast Peer :',
    conf.peers.map(({ address, ttlMin, ttlMax }) => `${address} min_ttl ${ttlMin ?? 0} max_ttl ${ttlMax ?? 255}`),
  ),
  `   Unicast checksum compatibility = ${checksumWords[conf.oldUnicastChecksum ?? 'unset']}`,
]

type Tracking = Pick<SyncGroupConf, 'trackInterfaces' | 'trackScripts' | 'trackFiles' | 'trackProcesses' | 'trackBfd'>

/** What a group tracks for its members stands with the group. */
function withoutShared(own: Tracking, shared: Tracking): Tracking {
  const without = (list: readonly TrackConf[], others: readonly TrackConf[]): readonly TrackConf[] =>
    list.filter(({ name }) => !others.some((other) => other.name === name))
  return {
    trackInterfaces: without(own.trackInterfaces, shared.trackInterfaces),
    trackScripts: without(own.trackScripts, shared.trackScripts),
    trackFiles: without(own.trackFiles, shared.trackFiles),
    trackProcesses: without(own.trackProcesses, shared.trackProcesses),
    trackBfd: without(own.trackBfd, shared.trackBfd),
  }
}

function trackedOf(conf: Tracking, { findTracker }: Dumped): readonly Line[] {
  const weightOf = (kind: TrackerKind, entry: TrackConf): string => {
    const weight = entry.weight ?? findTracker(kind, entry.name)?.defaults.weight ?? 0
    return `weight ${weight}${entry.reverse ? ' reverse' : ''}`
  }
  const entries = (title: string, kind: TrackerKind, list: readonly TrackConf[], joint: string): readonly Line[] =>
    listed(
      title,
      list.map((entry) => `${entry.name}${joint}${weightOf(kind, entry)}`),
    )
  return [
    ...entries('Tracked interfaces :', 'interface', conf.trackInterfaces, ' '),
    ...entries('Tracked scripts :', 'script', conf.trackScripts, ' '),
    ...entries('Tracked files :', 'file', conf.trackFiles, ', '),
    ...entries('Tracked processes :', 'process', conf.trackProcesses, ', '),
    ...entries('Tracked BFDs :', 'bfd', conf.trackBfd, ': '),
  ]
}

function notifyOf(notify: NotifyConf, { resolvePath, userOf }: Dumped): readonly Line[] {
  const scripts: readonly (readonly [string, CommandConf | undefined])[] = [
    ['Backup', notify.backup],
    ['Master', notify.master],
    ['Fault', notify.fault],
    ['Stop', notify.stop],
    ['Deleted', notify.deleted],
    ['Generic', notify.any],
    ['Master rx lower pri', notify.masterRxLowerPri],
  ]
  return scripts.map(
    ([title, command]) =>
      command && `   ${title} state transition script = ${commandText(command, resolvePath)}${userText(userOf(command))}`,
  )
}

// --- groups and trackers -----------------------------------------------------------------------------------------

function syncGroupOf({ conf, state, members }: SyncGroup, dumped: Dumped): readonly Line[] {
  const count = (wanted: PublicState): number =>
    members.filter(({ name }) => dumped.routers.find((router) => router.name === name)?.publicState === wanted).length
  return [
    ` VRRP Sync Group = ${conf.name}, ${state.toUpperCase()}`,
    `   Num member fault ${count('fault')}, num member init ${count('init')}`,
    ...named('VRRP member instances', members),
    `   Using smtp notification = ${yes(conf.smtpAlert)}`,
    conf.notifyPriorityChanges ? '   Notify priority changes = yes' : undefined,
    ...trackedOf(conf, dumped),
    ...notifyOf(conf.notify, dumped),
  ]
}

type Users = Pick<InstanceConf, 'trackScripts' | 'trackFiles' | 'trackProcesses' | 'trackBfd' | 'trackInterfaces'>
const usersOf = ({ routers }: Dumped, list: keyof Users, name: string, ownWeight: number): readonly Line[] =>
  listed(
    'Tracking instances :',
    routers.flatMap(({ conf }) =>
      conf[list].filter((entry) => entry.name === name).map((entry) => `${conf.name}, weight ${entry.weight ?? ownWeight}`),
    ),
  )

const wordOf = (condition: Condition | undefined): string =>
  condition?.kind === 'good' ? 'GOOD' : condition?.kind === 'bad' ? 'BAD' : condition?.kind === 'number' ? String(condition.value) : 'INIT'

const weightText = ({ weight, reverse }: { readonly weight: number; readonly reverse: boolean }): string =>
  `   Weight = ${weight}${reverse ? ' reverse' : ''}`

const scriptOf = (script: Configuration['scripts'][number], dumped: Dumped): readonly Line[] => {
  const tracker = dumped.findTracker('script', script.name)
  return [
    ` VRRP Script = ${script.name}`,
    `   Command = ${commandText(script.command, dumped.resolvePath)}`,
    `   Interval = ${inSeconds(script.interval)} sec`,
    `   Timeout = ${inSeconds(script.timeout)} sec`,
    weightText(script),
    `   Rise = ${script.rise}`,
    `   Fall = ${script.fall}`,
    `   Status = ${wordOf(tracker?.condition)}`,
    ...usersOf(dumped, 'trackScripts', script.name, script.weight),
    `   State = ${tracker && 'isRunning' in tracker && tracker.isRunning ? 'running' : 'idle'}`,
  ]
}

const fileOf = (file: Configuration['files'][number], dumped: Dumped): readonly Line[] => [
  ` Track file = ${file.name}`,
  `   File = ${file.path}`,
  `   Status = ${wordOf(dumped.findTracker('file', file.name)?.condition)}`,
  weightText(file),
  ...usersOf(dumped, 'trackFiles', file.name, file.weight),
]

const processOf = (tracked: Configuration['processes'][number], dumped: Dumped): readonly Line[] => [
  ` VRRP Track process = ${tracked.name}`,
  `   Process = ${tracked.argv.join(' ')}`,
  `   Min processes = ${tracked.quorum}`,
  tracked.quorumMax === undefined ? undefined : `   Max processes = ${tracked.quorumMax}`,
  `   Current processes = ${dumped.processesOf(tracked.name)}`,
  `   Have quorum = ${truth(dumped.findTracker('process', tracked.name)?.condition.kind === 'good')}`,
  weightText(tracked),
  `   Terminate delay = ${inSeconds(tracked.terminateDelay).toFixed(6)}s`,
  `   Fork delay = ${inSeconds(tracked.forkDelay).toFixed(6)}s`,
  `   Full command = ${truth(tracked.fullCommand)}`,
  ...usersOf(dumped, 'trackProcesses', tracked.name, tracked.weight),
]

const bfdTrackerOf = (session: Configuration['bfdSessions'][number], dumped: Dumped): readonly Line[] => [
  ` VRRP Track BFD = ${session.name}`,
  weightText(session),
  `   Bfd is ${dumped.findTracker('bfd', session.name)?.condition.kind === 'good' ? 'up' : 'down'}`,
  ...usersOf(dumped, 'trackBfd', session.name, session.weight),
]

function interfacesOf(dumped: Dumped): readonly Line[] {
  return dumped.links().flatMap((link) => {
    const users = dumped.routers.filter((router) => router.uses(link.name))
    const addresses = (isIpv6: boolean): string => {
      const found = link.addresses.filter(({ address }) => address.includes(':') === isIpv6).map(({ address }) => address)
      return found.length === 0 ? '(none)' : found.join(' ')
    }
    return [
      ` Name = ${link.name}`,
      `   index = ${link.index}`,
      `   IPv4 address = ${addresses(false)}`,
      `   IPv6 address = ${addresses(true)}`,
      link.mac === undefined || link.isLoopback ? undefined : `   MAC = ${link.mac}`,
      `   State = ${link.isUp ? 'UP, RUNNING' : 'DOWN'}${link.isLoopback ? ', loopback' : ''}${link.hasMulticast ? '' : ', no multicast'}`,
      `   MTU = ${link.mtu}`,
      ...listed(
        'Tracking VRRP instances :',
        users.map(({ conf }) => `${conf.name}, weight 0`),
      ),
    ]
  })
}

// --- BFD ---------------------------------------------------------------------------------------------------------

/** `keepalived_bfd.data`. */
export function bfdData({ bfd, configuration, now }: Dumped): string {
  if (!configuration) return ''
  const { sessions } = bfdStatus(bfd, now().at)
  const lines = sessions.flatMap((session) => {
    const conf = configuration.bfdSessions.find(({ name }) => name === session.name)
    return [
      ` BFD Instance = ${session.name}`,
      conf && `   Neighbor IP = ${conf.neighbor}`,
      conf?.source === undefined ? undefined : `   Source IP = ${conf.source}`,
      conf && `   Required min RX interval = ${conf.minRx * 1000} us`,
      conf && `   Desired min TX interval = ${conf.minTx * 1000} us`,
      conf && `   Desired idle TX interval = ${conf.idleTx * 1000} us`,
      conf && `   Detection multiplier = ${conf.multiplier}`,
      conf && `   passive = ${conf.passive ? 'yes' : 'no'}`,
      `   local state = ${session.state}`,
    ]
  })
  return `${globalData(configuration)}${section('BFD Topology', lines)}`
}
