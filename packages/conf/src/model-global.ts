// The model of global_defs, and of the commands and FIFOs that blocks of every kind share.
import type { IpAddress, Milliseconds } from '@havip/base'
import type { Span } from './diagnostic.ts'

export type GlobalDefs = {
  /** Undefined: the host name. */
  readonly routerId: string | undefined
  readonly mail: MailConf
  /** Where its server is named. */
  readonly mailServerAt: Span | undefined
  /** `smtp_alert`, `smtp_alert_vrrp` and `smtp_alert_checker` as written; undefined: not written. */
  readonly mailAlerts: { readonly all: boolean | undefined; readonly vrrp: boolean | undefined; readonly checker: boolean | undefined }
  readonly scriptUser: (ScriptUser & { readonly at: Span }) | undefined
  readonly scriptSecurity: boolean
  readonly startupScript: CommandConf | undefined
  readonly shutdownScript: CommandConf | undefined
  readonly notifyFifo: FifoConf | undefined
  /** Scripts of all FIFOs that are named, whether their FIFO is or not. */
  readonly fifoScripts: readonly CommandConf[]
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
  /** RLIMIT_RTTIME in microseconds; undefined: not limited. */
  readonly realTimeLimitUs: number | undefined
  /** -1 to 99; see max_auto_priority. */
  readonly maxAutoPriority: number
  readonly minAutoPriorityDelayUs: number
  /** Undefined: the system's default. */
  readonly receiveBufferPolicy: 'mtu' | 'advert' | number | undefined
  readonly receiveBufferMultiplier: number
  /** Undefined: ours. */
  readonly netlinkReceiveBuffer: ReceiveBufferConf | undefined
  /** Of the socket that gives orders to the kernel; those below as above. */
  readonly netlinkCommandBuffer: ReceiveBufferConf | undefined
  readonly processEventBuffer: ReceiveBufferConf | undefined
}

/** Bytes; with `force` also beyond the system's limit. */
export type ReceiveBufferConf = { readonly bytes: number; readonly force: boolean }

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
  /** Of LVS: there is nothing to show, and that is shown where keepalived would run LVS. */
  readonly checker: boolean
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
export type CommandConf = {
  readonly argv: readonly string[]
  readonly user: ScriptUser | undefined
  /** The user comes from a statement of its own, which keepalived checks when it reads it. */
  readonly hasUserStatement?: true
  readonly at: Span
}
export type FifoConf = {
  readonly path: string
  readonly owner: ScriptUser | undefined
  readonly script: CommandConf | undefined
  readonly at: Span
}
