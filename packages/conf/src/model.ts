// The typed configuration: keepalived's words, checked, defaults filled in from global_defs. What an operator left out is
// undefined only where the default depends on the running machine. Every item knows its place in the text.
import type { Family, IpAddress, Milliseconds, Priority, Vrid } from '@havip/base'
import type { Span } from './diagnostic.ts'

export type Configuration = {
  readonly global: GlobalDefs
  readonly instances: readonly InstanceConf[]
  readonly syncGroups: readonly SyncGroupConf[]
  readonly scripts: readonly ScriptConf[]
  readonly files: readonly TrackFileConf[]
  readonly processes: readonly TrackProcessConf[]
  readonly bfdSessions: readonly BfdConf[]
  readonly staticAddresses: readonly AddressConf[]
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
}

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
}

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

export type ScriptUser = { readonly user: string; readonly group: string | undefined }
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
  readonly at: Span
}

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
  readonly at: Span
}
