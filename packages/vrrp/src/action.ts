// What the router wants done: what, never how. Order counts.
import type { Instant, IpAddress, Milliseconds, Priority } from '@havip/base'
import type { ChecksumForm } from '@havip/wire'
import type { TransitionReason } from './reason.ts'

/** The states that the outside world hears of. */
export type PublicState = 'init' | 'backup' | 'master' | 'fault' | 'stopped'

export type Action =
  /** One advertisement to the group, or to each peer. Priority 0 resigns. */
  | { readonly kind: 'send-advert'; readonly priority: Priority }
  | { readonly kind: 'add-addresses' }
  | { readonly kind: 'remove-addresses' }
  /** Gratuitous ARP or neighbour advertisements, `rounds` times over all addresses. */
  | { readonly kind: 'announce'; readonly rounds: number }
  /** Throw away announcements that are still queued: the addresses are no longer ours. */
  | { readonly kind: 'cancel-announcements' }
  /** Unicast, on leaving FAULT: one ARP or NA for our own source address, so that the peer can reach us. */
  | { readonly kind: 'announce-source' }
  | {
      readonly kind: 'transition'
      readonly from: PublicState
      readonly to: PublicState
      readonly reason: TransitionReason
      /** False where keepalived tells nobody, e.g. INIT. */
      readonly notify: boolean
    }
  | { readonly kind: 'priority-changed'; readonly from: Priority; readonly to: Priority; readonly because: string }
  /** A remark for the log and the recorder that changes nothing. */
  | { readonly kind: 'remark'; readonly remark: Remark }

export type SwitchoverFailure = 'nobody-took-over' | 'other-gives-too' | 'successor-resigned' | 'successor-silent' | 'group-member-stays'

export type Remark =
  | { readonly kind: 'lower-priority-discarded'; readonly from: IpAddress; readonly theirs: Priority }
  /** While master; also MASTER_RX_LOWER_PRI for scripts and FIFOs. */
  | { readonly kind: 'lower-priority-while-master'; readonly from: IpAddress; readonly theirs: Priority; readonly ours: Priority }
  | { readonly kind: 'same-priority-same-address'; readonly from: IpAddress }
  | { readonly kind: 'two-owners'; readonly from: IpAddress }
  | { readonly kind: 'master-changed'; readonly from: IpAddress | undefined; readonly to: IpAddress }
  | { readonly kind: 'resignation-heard'; readonly from: IpAddress }
  | { readonly kind: 'preempt-delay-started'; readonly for: Milliseconds }
  | { readonly kind: 'receive-timeout' }
  /** Something else on the machine removed it; it is back, and announced. `times` within the last seconds. */
  | { readonly kind: 'address-reasserted'; readonly address: IpAddress; readonly times: number }
  /** We may not have been heard for so long that another took over meanwhile: our addresses are announced again. */
  | { readonly kind: 'announced-after-silence'; readonly silentFor: Milliseconds }
  | { readonly kind: 'interval-differs'; readonly from: IpAddress; readonly theirs: Milliseconds; readonly ours: Milliseconds }
  /** From `judgeAdvert`; the advert counts all the same. */
  | { readonly kind: 'address-list-differs'; readonly from: IpAddress; readonly theirs: readonly IpAddress[] }
  /** From `judgeAdvert`: a unicast peer computes the checksum in the old way, and from now on so do we. */
  | { readonly kind: 'checksum-form-switched'; readonly from: IpAddress; readonly to: ChecksumForm }
  /** From `judgeAdvert`: a signed advert's clock is more than half the window away from ours. */
  | { readonly kind: 'clock-differs'; readonly from: IpAddress; readonly by: Milliseconds }
  /** The goodbye is out, the addresses stay until another router has them; `giveUpAt` says how long that may take. */
  | { readonly kind: 'yielding'; readonly giveUpAt: Instant }
  /** Another router has taken over; ours go in a moment. */
  | { readonly kind: 'successor-heard'; readonly from: IpAddress; readonly theirs: Priority; readonly after: Milliseconds }
  /** The switchover came to nothing: we speak as master again, and nobody was without an answer. */
  | { readonly kind: 'switchover-given-up'; readonly because: SwitchoverFailure; readonly after: Milliseconds }
  /** There is nobody lower to take them from: a better master would take them back at once. */
  | { readonly kind: 'take-back-refused'; readonly master: IpAddress | undefined; readonly theirs: Priority | undefined }
  /** The router that made room for us has removed its addresses: ours are announced again, for those that it answered last. */
  | { readonly kind: 'predecessor-released'; readonly from: IpAddress }
  | { readonly kind: 'stalled'; readonly frozenFor: Milliseconds; readonly listenUntil: Instant }
