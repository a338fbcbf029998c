// Why a router changed its state: typed, with the numbers behind it. `describeReason` turns it into a sentence.
import type { IpAddress, Milliseconds, Priority } from '@havip/base'
import type { FaultCause } from './event.ts'

export type TransitionReason =
  | { readonly kind: 'startup' }
  /** No acceptable advertisement for a master-down interval. `silentFor` is undefined when none was ever heard. */
  | {
      readonly kind: 'master-silent'
      readonly master: IpAddress | undefined
      readonly silentFor: Milliseconds | undefined
      readonly masterDownInterval: Milliseconds
      /** How late the timer ran, our own doing. */
      readonly lateBy: Milliseconds
    }
  /** The master said goodbye with priority 0. */
  | { readonly kind: 'master-resigned'; readonly master: IpAddress; readonly waited: Milliseconds }
  /** We discarded a lower master's advertisements until our timer ran out. */
  | {
      readonly kind: 'preempted-lower'
      readonly master: IpAddress
      readonly theirs: Priority
      readonly ours: Priority
      /** How long the preempt_delay held us back; 0 without one. */
      readonly delayed: Milliseconds
    }
  | { readonly kind: 'address-owner' }
  | { readonly kind: 'higher-priority'; readonly from: IpAddress; readonly theirs: Priority; readonly ours: Priority }
  | { readonly kind: 'equal-priority-higher-address'; readonly from: IpAddress; readonly priority: Priority }
  | { readonly kind: 'fault'; readonly causes: readonly FaultCause[] }
  | { readonly kind: 'fault-cleared'; readonly cleared: readonly FaultCause[] }
  /** `what` is a route or a rule; without it the address itself. */
  | { readonly kind: 'address-lost'; readonly address: IpAddress; readonly what?: string }
  | { readonly kind: 'own-stall'; readonly frozenFor: Milliseconds }
  /** Another member of the sync group moved, and all move together. */
  | { readonly kind: 'sync-group'; readonly member: string }
  | { readonly kind: 'shutdown' }
  /** As the operator wished. `after` our goodbye it spoke first; for `overlap` both had the addresses. */
  | {
      readonly kind: 'switched-over'
      readonly to: IpAddress
      readonly theirs: Priority
      readonly after: Milliseconds
      readonly overlap: Milliseconds
    }
  /** As the operator wished, too. */
  | { readonly kind: 'taken-back'; readonly master: IpAddress; readonly theirs: Priority; readonly ours: Priority }
