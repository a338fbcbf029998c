// Everything that can happen to a virtual router. Every event is legal in every state.
import type { Instant, IpAddress, Milliseconds, Priority } from '@havip/base'
import type { Advert, Envelope } from '@havip/wire'
import type { InstanceConfig } from './config.ts'

/** One reason to be in FAULT; the router leaves FAULT when the list is empty. Names are the operator's. */
export type FaultCause =
  | { readonly kind: 'interface-down'; readonly interface: string }
  | { readonly kind: 'interface-missing'; readonly interface: string }
  | { readonly kind: 'no-source-address'; readonly interface: string }
  | { readonly kind: 'tracked-interface-down'; readonly interface: string }
  | { readonly kind: 'script-failed'; readonly script: string; readonly detail: string }
  | { readonly kind: 'file-bad'; readonly file: string; readonly value: number }
  | { readonly kind: 'process-missing'; readonly process: string }
  | { readonly kind: 'bfd-down'; readonly session: string; readonly detail: string }
  /** A static address, route or rule that a track_group of the instance watches. */
  | { readonly kind: 'static-item-missing'; readonly item: string }
  /** Only ever set by the sync group itself. */
  | { readonly kind: 'group-member-fault'; readonly member: string }
  | { readonly kind: 'configuration'; readonly detail: string }
  /** The kernel refused what the router needs: socket, address. */
  | { readonly kind: 'system'; readonly call: string; readonly errno: string; readonly detail: string }

export type Event =
  /** Begin. Comes once, after the first `health-changed` and `source-changed`. */
  /** `passiveUntil` is keepalived's startup delay: until then nothing is claimed, and the timers start from there. */
  | { readonly kind: 'startup'; readonly passiveUntil?: Instant }
  /** Resign and stop. `keepAddresses` is keepalived's -V: say nothing and leave everything in place. */
  | { readonly kind: 'shutdown'; readonly keepAddresses: boolean }
  /** Some deadline of the state may have passed; harmless when none has. */
  | { readonly kind: 'tick' }
  /** An advertisement that `judgeAdvert` accepted. */
  | { readonly kind: 'advert'; readonly advert: Advert; readonly envelope: Envelope }
  /**
   * The whole list of what is wrong now, and of trackers that have not reported yet (`waitingFor`): while one is
   * missing the router stays in INIT and says nothing.
   */
  | { readonly kind: 'health-changed'; readonly faults: readonly FaultCause[]; readonly waitingFor: readonly string[] }
  /** Effective priority after trackers, 1 to 254, or 255 for the owner; `because` names what changed. */
  | { readonly kind: 'priority-changed'; readonly priority: Priority; readonly because: string }
  /** The address our advertisements come from; undefined when the interface has none. */
  | { readonly kind: 'source-changed'; readonly source: IpAddress | undefined }
  /** A virtual address (or route, or rule) vanished although we are master. */
  | { readonly kind: 'address-lost'; readonly address: IpAddress; readonly what?: string }
  /**
   * Our own process did not run for `frozenFor`: timers that ran out meanwhile say nothing about the peer. Has
   * to come before the `tick` that was late by it.
   */
  | { readonly kind: 'stalled'; readonly frozenFor: Milliseconds; readonly since: Instant }
  /** A planned switchover: a master makes room, and keeps the addresses for `overlap` beyond the successor's first advert. */
  | { readonly kind: 'yield'; readonly overlap: Milliseconds; readonly saysLastWord: boolean }
  /**
   * The way back: a backup takes the addresses from a lower master. `addresses-first`: that one hears of it only when they have
   * been here and announced for a moment. `advert-first`, as at any claim: for addresses that cannot be on two machines even for a moment.
   */
  | { readonly kind: 'take-back'; readonly order: 'addresses-first' | 'advert-first' }
  /** Reload: same router, new settings. State and timers go on as far as they can. */
  | { readonly kind: 'reconfigured'; readonly config: InstanceConfig }
