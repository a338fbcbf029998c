// What a virtual router shows of itself, for status and dumps.
import type { Instant, IpAddress, Priority, WallTime } from '@havip/base'
import type { FaultCause } from '@havip/vrrp'
import type { Rhythm } from './advert-rhythm.ts'
import type { Tracked } from './assessment.ts'
import type { Counters } from './counters.ts'
import type { Transition } from './log-lines.ts'
import type { ProtocolError } from './packet-judge.ts'

export type PastTransition = { readonly transition: Transition; readonly at: Instant; readonly wall: WallTime }
export type HeardMaster = { readonly address: IpAddress; readonly priority: Priority; readonly at: Instant }

export type RouterView = {
  /** Of the state it is in. */
  readonly since: { readonly at: Instant; readonly wall: WallTime }
  readonly counters: Counters
  /** Oldest first. */
  readonly transitions: readonly PastTransition[]
  readonly source: IpAddress | undefined
  readonly effective: Priority
  readonly faults: readonly FaultCause[]
  readonly waitingFor: readonly string[]
  readonly master: HeardMaster | undefined
  readonly lastProtocolError: ProtocolError | undefined
  readonly nextDeadline: Instant | undefined
  /** A mistake of our own code stopped it. */
  readonly brokenBecause: string | undefined
  readonly tracked: readonly Tracked[]
  /** Since a planned switchover: it does not preempt. */
  readonly standsBackSince: Instant | undefined
  readonly isSwitchingOver: boolean
  readonly rhythm: Rhythm | undefined
}
