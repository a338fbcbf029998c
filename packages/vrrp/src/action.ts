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
  | { readonly kind: 'stalled'; readonly frozenFor: Milliseconds; readonly listenUntil: Instant }
