// The typed configuration: keepalived's words, checked, defaults filled in from global_defs. What an operator left out is
// undefined only where the default depends on the running machine. Every item knows its place in the text.
import type { Family, IpAddress, Mac, Milliseconds, Priority, Vrid } from '@havip/base'
import type { Span } from './diagnostic.ts'
import type { WebhookEventKind } from './keywords/webhook.ts'
import type { CommandConf, GlobalDefs } from './model-global.ts'
import type { RouteConf, RuleConf } from './model-routing.ts'
import type { BfdConf, ScriptConf, TrackFileConf, TrackProcessConf } from './model-trackers.ts'

export * from './model-global.ts'
export * from './model-routing.ts'
export * from './model-trackers.ts'

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
  readonly webhooks: readonly WebhookConf[]
  /** `net_namespace`, `instance`, `child_wait_time` and the like: outside of any block. */
  readonly daemon: DaemonConf
  /** Names of blocks that belong to LVS, one entry per block: parsed, not run. */
  readonly lvsBlocks: readonly LvsBlockConf[]
  /** What instances would run that cannot be: the daemon does not start with them, and their scripts are looked at nevertheless. */
  readonly unusable: readonly { readonly interface: string | undefined; readonly notify: NotifyConf; readonly at: Span }[]
}

/** Where events are sent to. Every path is absolute. */
export type WebhookConf = {
  readonly name: string
  readonly url: string
  /** Undefined: deliveries are not signed. */
  readonly secretFile: FileConf | undefined
  /** Undefined: the system's certificates count. */
  readonly caFile: FileConf | undefined
  /** Undefined: the daemon's place for it. */
  readonly stateFile: FileConf | undefined
  readonly events: readonly WebhookEventKind[]
  readonly at: Span
}
export type FileConf = { readonly path: string; readonly at: Span }

/** A block of LVS: checked and not run. */
export type LvsBlockConf = {
  readonly name: string
  readonly at: Span
  /** What keepalived would run for it, were it there. */
  readonly commands: readonly CommandConf[]
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
  /** havip's own keyword `reassert_addresses off` sets this to false; off under strict mode. */
  readonly reassertsAddresses: boolean
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
