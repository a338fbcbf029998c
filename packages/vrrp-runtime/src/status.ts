// The daemon's status as a JSON document. Every age is in milliseconds at the moment of asking; what the kernel has is
// read from the kernel then, never remembered.
import type { GroupState, PublicState, TransitionReason } from '@havip/vrrp'
import type { Rhythm } from './advert-rhythm.ts'
import type { BfdStatus } from './bfd/status.ts'
import type { Counters } from './counters.ts'
import type { Condition, TrackerKind } from './tracking.ts'

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const statusVersion = 1

export type DaemonStatus = {
  readonly version: typeof statusVersion
  readonly daemon: {
    readonly pid: number
    readonly release: string
    readonly hostName: string
    readonly routerId: string
    /** ISO 8601. */
    readonly startedAt: string
    readonly runningForMs: number
    readonly configFile: string
    readonly loadedAt: string
    /** Problems of the running configuration. */
    readonly diagnostics: { readonly errors: number; readonly warnings: number }
    /** Of the latest reload; undefined when there was none. */
    readonly lastReload?: { readonly at: string; readonly accepted: boolean; readonly message: string }
    readonly loop: { readonly lagLastMs: number; readonly lagWorstMs: number; readonly wakeUps: number }
    /** Set when the guard had to say goodbye for the daemon before this one. */
    readonly guard?: GuardReport
  }
  readonly instances: readonly InstanceStatus[]
  readonly bfd: BfdStatus
  readonly groups: readonly GroupStatus[]
  /** From the process that delivers them, beside the daemon; undefined where there can be none. */
  readonly webhooks?: readonly WebhookStatus[]
}

/** How far a receiver of events has come. */
export type WebhookStatus = {
  readonly name: string
  /** `https://host:port`: the rest of the address may be a secret. */
  readonly to: string
  /** `stopped`: the process that delivers is not there; `pausing`: until the next try. */
  readonly state: 'stopped' | 'idle' | 'sending' | 'pausing'
  /** The latest event that was taken or refused; undefined before the first. */
  readonly last?: { readonly stream: string; readonly number: number; readonly at: string }
  /** Events that wait here; those that the daemon still has for it are not counted. */
  readonly pending: number
  /** Events taken by the receiver, and events that it refused or that were given up. */
  readonly delivered: number
  readonly refused: number
  /** Numbers that the daemon no longer had when it was their turn: so many events at most. */
  readonly dropped: number
  /** Tries that failed since the last that went well. */
  readonly failures: number
  readonly lastError?: string
}

/** A vrrp_sync_group. */
export type GroupStatus = {
  readonly name: string
  readonly state: GroupState
  readonly sinceMs: number
  readonly since: string
  /** In the group's order. */
  readonly members: readonly string[]
  /** The member that began the last move. */
  readonly because?: string
}

/** Why the address moved although nobody here decided so: the daemon before this one died. */
export type GuardReport = {
  readonly reason: 'daemon-died'
  readonly at: string
  readonly pid: number
  readonly how: string
  /** Addresses that the guard took away, and how many resignations it sent. */
  readonly addressesRemoved: readonly string[]
  readonly resignations: number
  readonly faults: readonly string[]
  /** True when the guard became the daemon: nothing moved, and nobody was told goodbye. */
  readonly wentOn?: boolean
  readonly tookMs: number
}

export type InstanceStatus = {
  readonly name: string
  readonly state: PublicState
  readonly sinceMs: number
  readonly since: string
  readonly vrid: number
  readonly protocolVersion: 2 | 3
  readonly family: 'ipv4' | 'ipv6'
  readonly interface: string | undefined
  readonly source: string | undefined
  readonly priority: { readonly base: number; readonly effective: number }
  readonly preempt: boolean
  readonly advertIntervalMs: number
  /** Missed adverts that make a master dead, and what is waited beyond them (ADR 1). */
  readonly downTimerAdverts: number
  readonly takeover: 'skew' | 'sole-peer'
  /** How regularly the master was heard; absent until two of its adverts were. */
  readonly rhythm?: Rhythm
  /** Who was heard last as master, ourselves included while we are. */
  readonly master: { readonly address: string; readonly priority: number; readonly lastHeardMs: number; readonly isUs: boolean } | undefined
  readonly addresses: readonly AddressStatus[]
  /** True when the state and the kernel agree: a master's addresses are all there, nobody else's are. */
  readonly consistent: boolean
  readonly faults: readonly string[]
  readonly waitingFor: readonly string[]
  readonly trackers: readonly TrackerStatus[]
  readonly counters: Readonly<Counters>
  /** Newest first. */
  readonly transitions: readonly TransitionStatus[]
  /** Since a planned switchover made it backup: it leaves a lower master in peace, until that one is gone or it is told to return. */
  readonly standsBackForMs?: number
  /** Set while a planned switchover is under way. */
  readonly isSwitchingOver?: true
  /** Milliseconds until the next deadline; undefined when nothing is awaited. */
  readonly nextDeadlineMs: number | undefined
  /** Set when the instance was stopped because of a mistake in our own code. */
  readonly stoppedBecause?: string
}

export type AddressStatus = {
  readonly address: string
  readonly prefix: number
  readonly interface: string | undefined
  /** As the kernel has it now. */
  readonly present: boolean
  readonly advertised: boolean
}

export type TrackerStatus = {
  readonly kind: TrackerKind
  readonly name: string
  readonly weight: number
  readonly reverse: boolean
  readonly condition: Condition
}

export type TransitionStatus = {
  readonly from: PublicState
  readonly to: PublicState
  readonly at: string
  readonly agoMs: number
  readonly reason: TransitionReason
  /** `reason` as a sentence, with its numbers. */
  readonly sentence: string
}
