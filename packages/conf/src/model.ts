// The typed configuration: keepalived's words, checked, defaults filled in from global_defs. What an operator left out is
// undefined only where the default depends on the running machine. Every item knows its place in the text.
import type { Family, IpAddress, Mac, Milliseconds, Priority, Vrid } from '@havip/base'
import type { Span } from './diagnostic.ts'

export type Configuration = {
  readonly global: GlobalDefs
  readonly instances: readonly InstanceConf[]
  readonly syncGroups: readonly SyncGroupConf[]
  readonly scripts: readonly ScriptConf[]
  readonly files: readonly TrackFileConf[]
  readonly processes: readonly TrackProcessConf[]
  readonly bfdSessions: readonly BfdConf[]
  readonly staticAddresses: readonly StaticAddressConf[]
  readonly staticRoutes: readonly RouteConf[]
  readonly staticRules: readonly RuleConf[]
  readonly trackGroups: readonly TrackGroupConf[]
  readonly garpGroups: readonly GarpGroupConf[]
  readonly interfaceDelays: readonly InterfaceDelayConf[]
  /** `net_namespace`, `instance`, `child_wait_time` and the like: outside of any block. */
  readonly daemon: DaemonConf
  /** Names of blocks that belong to LVS, one entry per block: parsed, not run. */
  readonly lvsBlocks: readonly { readonly name: string; readonly at: Span }[]
}

export type DaemonConf = {
  readonly netNamespace: string | undefined
  readonly instanceName: string | undefined
  readonly usePidDir: boolean
  readonly childWaitTime: Milliseconds
  /** `linkbeat_use_polling`: ask every interface for its state once a second. */
  readonly linkbeatPolling: boolean
  readonly linkbeatInterfaces: readonly { readonly interface: string; readonly method: LinkbeatMethod | undefined; readonly at: Span }[]
}
export type LinkbeatMethod = 'mii' | 'ethtool' | 'ioctl'

export type GlobalDefs = {
  /** Undefined: the host name. */
  readonly routerId: string | undefined
  readonly mail: MailConf
  readonly scriptUser: ScriptUser | undefined
  readonly scriptSecurity: boolean
  readonly startupScript: CommandConf | undefined
  readonly shutdownScript: CommandConf | undefined
  readonly notifyFifo: FifoConf | undefined
  readonly vrrpNotifyFifo: FifoConf | undefined
  readonly mcastGroup4: IpAddress
  readonly mcastGroup6: IpAddress
  readonly defaultInterface: string
  /** Gap between gratuitous ARPs of one interface; 0 = none. */
  readonly garpInterval: Milliseconds
  readonly gnaInterval: Milliseconds
  readonly startupDelay: Milliseconds
  readonly dynamicInterfaces: boolean
  readonly logUnknownVrids: boolean
  /** nice value, -20 to 19. */
  readonly priority: number | undefined
  /** SCHED_RR, 1 to 99. */
  readonly realTimePriority: number | undefined
  readonly noSwap: boolean
  readonly umask: number
  readonly jsonVersion: 1 | 2
  readonly reloadCheckConfig: boolean
  readonly startupScriptTimeout: Milliseconds
  readonly shutdownScriptTimeout: Milliseconds
  readonly setSupplementaryGroups: boolean
  readonly useSymlinkPaths: boolean
  readonly fifoWritesStatesOnReload: boolean
  /** Passive until the system has been up this long; 0 = at once. */
  readonly delayAfterBoot: Milliseconds
  /** `dynamic_interfaces allow_if_changes`: an interface may come back as one of another type. */
  readonly dynamicInterfacesMayChange: boolean
  readonly disableLocalIgmp: boolean
  readonly vmacPrefix: string
  readonly vmacAddressPrefix: string
  readonly firewall: FirewallConf
  readonly process: ProcessConf
  readonly reload: ReloadConf
  readonly files: FilesConf
  readonly snmp: SnmpConf
  readonly dbus: DbusConf
}

export type FirewallConf = {
  /** `nftables` (or iptables) was asked for; otherwise it is used only where no_accept or a virtual MAC needs it. */
  readonly isRequested: boolean
  readonly table: string
  readonly priority: number
  readonly counters: boolean
  readonly byInterfaceIndex: boolean
}

export type ProcessConf = {
  /** `process_name` and `vrrp_process_name`; undefined: unchanged. */
  readonly parentName: string | undefined
  readonly name: string | undefined
  readonly cpuAffinity: readonly number[]
  /** RLIMIT_RTTIME in microseconds. */
  readonly realTimeLimitUs: number
  /** -1 to 99; see max_auto_priority. */
  readonly maxAutoPriority: number
  readonly minAutoPriorityDelayUs: number
  /** Undefined: the system's default. */
  readonly receiveBufferPolicy: 'mtu' | 'advert' | number | undefined
  readonly receiveBufferMultiplier: number
  /** Bytes; undefined: the system's default. */
  readonly netlinkReceiveBuffer: { readonly bytes: number; readonly force: boolean } | undefined
}

export type ReloadConf = {
  readonly checkLog: string | undefined
  readonly timeFile: string | undefined
  readonly repeats: boolean
  /** `true`: keepalived.reload in the pid directory. */
  readonly file: string | true | undefined
}

export type FilesConf = {
  readonly configSaveDirectory: string | undefined
  readonly dataUsesInstance: boolean
  readonly stateDump: string | undefined
  readonly statsDump: string | undefined
  readonly jsonDump: string | undefined
  readonly iprouteDirectories: readonly string[]
}

export type SnmpConf = {
  readonly keepalived: boolean
  readonly rfc2787: boolean
  readonly rfc6527: boolean
  readonly traps: boolean
  readonly socket: string | undefined
}
export type DbusConf = { readonly isEnabled: boolean; readonly serviceName: string; readonly noInterfaceName: string }

export type MailConf = {
  readonly to: readonly string[]
  /** Undefined: user@host. */
  readonly from: string | undefined
  /** Undefined: no mail is sent. */
  readonly server: { readonly host: string; readonly port: number } | undefined
  /** Undefined: the local host name. */
  readonly helo: string | undefined
  readonly connectTimeout: Milliseconds
  readonly noFaultMail: boolean
}

export type ScriptUser = {
  readonly user: string
  readonly group: string | undefined
  /** The group was written with a colon before it: set the supplementary groups, too. */
  readonly supplementaryGroups?: true
}
/** A script with its arguments, cut as keepalived cuts it. */
export type CommandConf = { readonly argv: readonly string[]; readonly user: ScriptUser | undefined; readonly at: Span }
export type FifoConf = {
  readonly path: string
  readonly owner: ScriptUser | undefined
  readonly script: CommandConf | undefined
  readonly at: Span
}

export type InstanceConf = {
  readonly name: string
  readonly at: Span
  readonly wantsMaster: boolean
  /** Undefined: unicast without `interface`. */
  readonly interface: string | undefined
  readonly vrid: Vrid
  readonly family: Family
  readonly version: 2 | 3
  readonly priority: Priority
  /** Rounded as the version needs. */
  readonly advertInterval: Milliseconds
  readonly downTimerAdverts: number
  readonly preempt: boolean
  readonly preemptDelay: Milliseconds
  readonly strict: boolean
  readonly accept: boolean
  /** mcast_src_ip or unicast_src_ip; undefined: the interface's first. */
  readonly source: IpAddress | undefined
  readonly trackSource: boolean
  readonly mcastDestination: IpAddress | undefined
  readonly peers: readonly PeerConf[]
  readonly unicastTtl: number | undefined
  readonly checkUnicastSource: boolean
  readonly unicastFaultNoPeer: boolean
  readonly dontTrackPrimary: boolean
  readonly authentication: { readonly kind: 'none' } | { readonly kind: 'pass' | 'ah'; readonly password: string }
  readonly checksumAsV2: boolean
  readonly skipCheckAdvAddr: boolean
  readonly lowerPrioNoAdvert: boolean
  readonly higherPrioSendAdvert: boolean
  readonly ownerIgnoreAdverts: boolean
  readonly virtualAddresses: readonly AddressConf[]
  readonly excludedAddresses: readonly AddressConf[]
  readonly garp: GarpConf
  readonly trackInterfaces: readonly TrackConf[]
  readonly trackScripts: readonly TrackConf[]
  readonly trackFiles: readonly TrackConf[]
  readonly trackProcesses: readonly TrackConf[]
  readonly trackBfd: readonly TrackConf[]
  readonly notify: NotifyConf
  readonly smtpAlert: boolean
  readonly notifyPriorityChanges: boolean
  /** havip's own keyword `sole_peer_takeover off` sets this to false; off under strict mode. */
  readonly solePeerTakeover: boolean
  readonly vrf: string | undefined
  readonly vmac: VmacConf | undefined
  /** `use_vmac_addr`. */
  readonly vmacForAddresses: boolean
  readonly vmacTransmitsOnBase: boolean
  readonly ipvlan: IpvlanConf | undefined
  readonly promoteSecondaries: boolean
  /** `timer_expired_backup`: priority in adverts until a late timer has been sorted out. */
  readonly timerExpiredBackup: Priority | undefined
  /** `old_unicast_checksum`; undefined: found out from what the peer sends. */
  readonly oldUnicastChecksum: 'always' | 'never' | undefined
  readonly authHmac: AuthHmacConf | undefined
  readonly virtualRoutes: readonly RouteConf[]
  readonly virtualRules: readonly RuleConf[]
  /** `no_virtual_ipaddress`. */
  readonly mayHaveNoAddress: boolean
  /** `garp_extra_if`; undefined: off. */
  readonly extraGarp: ExtraGarpConf | undefined
  readonly receiveBufferBytes: number | undefined
  /** A deleted instance reports DELETED, because `notify_deleted` is there, with or without a script. */
  readonly reportsDeleted: boolean
  /** Of the interface, once a second. */
  readonly linkbeatPolling: boolean
}

export type VmacConf = {
  /** Undefined: generated from the prefix and the VRID. */
  readonly name: string | undefined
  /** Undefined: that of the RFC. */
  readonly mac: Mac | undefined
  readonly netlinkNotify: boolean
  readonly group: string | undefined
  readonly at: Span
}
export type IpvlanConf = {
  readonly name: string | undefined
  readonly address: IpAddress | undefined
  readonly prefix: number | undefined
  readonly mode: 'bridge' | 'private' | 'vepa'
  readonly group: string | undefined
  readonly at: Span
}
export type ExtraGarpConf = { readonly every: Milliseconds; readonly all: boolean }

export type AuthHmacConf = {
  readonly keys: readonly HmacKeyConf[]
  readonly activeKey: number
  readonly antiReplay: 'time' | 'monotonic'
  readonly timeWindow: Milliseconds
  readonly mode: 'enforce' | 'permissive' | 'receive-only'
}
/** The bytes themselves, or the file that holds them. */
export type HmacKeyConf = {
  readonly id: number
  readonly secret: { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'file'; readonly path: string }
  readonly at: Span
}

export type PeerConf = {
  readonly address: IpAddress
  readonly ttlMin: number | undefined
  readonly ttlMax: number | undefined
  readonly at: Span
}

export type GarpConf = {
  readonly masterDelay: Milliseconds
  readonly masterRepeat: number
  readonly masterRefresh: Milliseconds
  readonly masterRefreshRepeat: number
  readonly lowerPrioDelay: Milliseconds
  readonly lowerPrioRepeat: number
}

export type NotifyConf = {
  readonly master: CommandConf | undefined
  readonly backup: CommandConf | undefined
  readonly fault: CommandConf | undefined
  readonly stop: CommandConf | undefined
  readonly deleted: CommandConf | undefined
  readonly any: CommandConf | undefined
  readonly masterRxLowerPri: CommandConf | undefined
}

/** One line of a track_… block. Weight 0: failure means FAULT. Undefined: the tracker's own weight counts. */
export type TrackConf = {
  readonly name: string
  readonly weight: number | undefined
  readonly reverse: boolean
  readonly at: Span
}

export type AddressConf = {
  readonly address: IpAddress
  readonly prefix: number
  /** Undefined: the instance's interface. */
  readonly interface: string | undefined
  readonly peer: IpAddress | undefined
  readonly broadcast: IpAddress | undefined
  readonly label: string | undefined
  readonly scope: number
  readonly noDad: boolean
  readonly preferredLifetime: number | undefined
  readonly flags: readonly ('home' | 'mngtmpaddr' | 'noprefixroute' | 'autojoin')[]
  readonly noTrack: boolean
  /** `use_vmac`: on a virtual MAC of its own interface. */
  readonly onVmac: boolean
  readonly at: Span
}

export type StaticAddressConf = AddressConf & { readonly trackGroup: string | undefined }

/** A route as written; names of tables, protocols and scopes are the machine's to resolve. */
export type RouteConf = {
  readonly family: Family
  readonly type: string
  readonly destination: IpAddress | 'default'
  readonly prefix: number
  readonly gateway: IpAddress | undefined
  readonly interface: string | undefined
  readonly source: IpAddress | undefined
  readonly table: string | undefined
  readonly metric: number | undefined
  readonly scope: string | undefined
  readonly protocol: string | undefined
  readonly nextHops: readonly NextHopConf[]
  /** All other options, by their word, as written. */
  readonly options: readonly { readonly name: string; readonly value: string | undefined; readonly isLocked: boolean }[]
  readonly mode: 'add' | 'append' | 'prepend'
  readonly noTrack: boolean
  readonly trackGroup: string | undefined
  readonly at: Span
}
export type NextHopConf = {
  readonly gateway: IpAddress | undefined
  readonly interface: string | undefined
  /** 1 to 256. */
  readonly weight: number
  readonly onLink: boolean
  readonly encapsulation: readonly string[]
  readonly realms: string | undefined
}
export type RuleConf = {
  readonly family: Family
  readonly from: { readonly address: IpAddress; readonly prefix: number } | undefined
  readonly to: { readonly address: IpAddress; readonly prefix: number } | undefined
  readonly negated: boolean
  readonly preference: number
  readonly action:
    | { readonly kind: 'table'; readonly table: string }
    | { readonly kind: 'goto'; readonly preference: number }
    | { readonly kind: 'nop' | 'blackhole' | 'unreachable' | 'prohibit' }
  /** All other selectors, by their word, as written. */
  readonly selectors: readonly { readonly name: string; readonly value: string | undefined }[]
  readonly noTrack: boolean
  readonly trackGroup: string | undefined
  readonly at: Span
}

export type TrackGroupConf = {
  readonly name: string
  readonly members: readonly { readonly name: string; readonly at: Span }[]
  readonly at: Span
}
export type GarpGroupConf = {
  readonly interfaces: readonly string[]
  /** Undefined: not limited by this group. */
  readonly garpInterval: Milliseconds | undefined
  readonly gnaInterval: Milliseconds | undefined
  readonly at: Span
}
export type InterfaceDelayConf = { readonly interface: string; readonly down: Milliseconds; readonly up: Milliseconds; readonly at: Span }

export type ScriptConf = {
  readonly name: string
  readonly command: CommandConf
  readonly interval: Milliseconds
  readonly timeout: Milliseconds
  readonly weight: number
  readonly reverse: boolean
  readonly rise: number
  readonly fall: number
  readonly initFail: boolean
  readonly at: Span
}

export type TrackFileConf = {
  readonly name: string
  readonly path: string
  readonly weight: number
  readonly reverse: boolean
  readonly init: { readonly value: number; readonly overwrite: boolean } | undefined
  readonly at: Span
}

export type TrackProcessConf = {
  readonly name: string
  readonly argv: readonly string[]
  readonly fullCommand: boolean
  readonly paramMatch: 'none' | 'exact' | 'initial' | 'partial'
  readonly weight: number
  readonly reverse: boolean
  readonly quorum: number
  readonly quorumMax: number | undefined
  readonly forkDelay: Milliseconds
  readonly terminateDelay: Milliseconds
  readonly at: Span
}

export type BfdConf = {
  readonly name: string
  readonly neighbor: IpAddress
  readonly source: IpAddress | undefined
  readonly minRx: Milliseconds
  readonly minTx: Milliseconds
  readonly idleTx: Milliseconds
  readonly multiplier: number
  readonly passive: boolean
  readonly ttl: number
  readonly maxHops: number
  readonly multihop: boolean
  readonly weight: number
  readonly reverse: boolean
  /** Instances may track it; false: `checker` only. */
  readonly forVrrp: boolean
  readonly at: Span
}

export type SyncGroupConf = {
  readonly name: string
  readonly members: readonly { readonly name: string; readonly at: Span }[]
  readonly trackInterfaces: readonly TrackConf[]
  readonly trackScripts: readonly TrackConf[]
  readonly trackFiles: readonly TrackConf[]
  readonly trackProcesses: readonly TrackConf[]
  readonly trackBfd: readonly TrackConf[]
  readonly notify: NotifyConf
  readonly smtpAlert: boolean
  readonly trackingWeight: boolean
  readonly notifyPriorityChanges: boolean
  readonly at: Span
}
