// What one virtual router has to do, in the RFC's words. Made from keepalived's words by vrrp-runtime, once.
import type { Family, IpAddress, Milliseconds, Priority, Vrid } from '@havip/base'
import type { ChecksumForm, VrrpVersion } from '@havip/wire'
import type { HmacConfig } from './hmac-judge.ts'

export type Peer = {
  readonly address: IpAddress
  /** Limits on the TTL or hop limit of what this peer sends, 0 to 255. */
  readonly ttlMin?: number
  readonly ttlMax?: number
}

export type Transport =
  | { readonly kind: 'multicast'; readonly group: IpAddress }
  | {
      readonly kind: 'unicast'
      readonly peers: readonly Peer[]
      /** Drop what does not come from a configured peer. */
      readonly checksSource: boolean
      /** TTL or hop limit of what we send, 0 to 255; -1: the kernel's own, for IPv6. */
      readonly ttl: number
    }

export type Announcing = {
  /** Second burst after becoming master; 0 = none. */
  readonly delay: Milliseconds
  /** Rounds in a burst, 1 or more. */
  readonly repeat: number
  /** Gap between refreshes while master; 0 = off. */
  readonly refresh: Milliseconds
  readonly refreshRepeat: number
  readonly lowerPriorityDelay: Milliseconds
  /** 0 = none. */
  readonly lowerPriorityRepeat: number
}

export type InstanceConfig = {
  readonly version: VrrpVersion
  readonly family: Family
  readonly vrid: Vrid
  /** Base priority, 1 to 255; 255 owns the addresses. Trackers change the effective one, see `priority-changed`. */
  readonly priority: Priority
  /** Our own advert_int. */
  readonly interval: Milliseconds
  /** Multiplier in the master-down interval, 1 to 100; 3 by the RFC. */
  readonly downTimerAdverts: number
  readonly preempt: boolean
  /** How long a lower master is left in peace; 0 = not at all. */
  readonly preemptDelay: Milliseconds
  /** `state MASTER`: matters only for the address owner (see docs/protocol). */
  readonly wantsMaster: boolean
  /** In the advertisement, in configuration order. */
  readonly addresses: readonly IpAddress[]
  readonly transport: Transport
  readonly authentication:
    | { readonly kind: 'none' }
    /** Exactly eight bytes, padded with zeros. */
    | { readonly kind: 'pass'; readonly password: Uint8Array }
    /** Each packet inside an authentication header (IP protocol 51) with this key: eight bytes, padded with zeros. */
    | { readonly kind: 'ah'; readonly key: Uint8Array }
  /** A trailer on each packet that proves the sender (`auth_hmac`); absent: none, and none is accepted. */
  readonly hmac?: HmacConfig
  readonly checksum: ChecksumForm
  /** Never follow a unicast peer that uses the old checksum (`old_unicast_checksum never`). */
  readonly neverSwitchesChecksum?: boolean
  /** Do not compare the address list of a master we already follow. */
  readonly skipsAddressCheck: boolean
  /** Stay silent when a lower-priority advertisement arrives while master. */
  readonly lowerPriorityNoAdvert: boolean
  /** Answer a higher-priority advertisement once before yielding. */
  readonly higherPrioritySendAdvert: boolean
  readonly ownerIgnoresAdverts: boolean
  /**
   * How long to wait beyond the missed adverts. `skew` is the protocol's. `sole-peer` replaces it by a fixed margin
   * against jitter (and by nothing after a resignation): with one peer there is nobody to race. See docs/adr.
   */
  readonly takeover: { readonly kind: 'skew' } | { readonly kind: 'sole-peer'; readonly margin: Milliseconds }
  readonly announcing: Announcing
  /**
   * An address of ours that something else removes is put back at once, and we stay master; only when that goes on do we
   * make room. Absent or false: we step down each time, as keepalived does.
   */
  readonly reassertsAddresses?: boolean
  /**
   * A master that claimed in silence and then hears a better one says a last word when it has let go: that one may have been
   * master all the time, and learns only so that somebody believed another. See docs/adr.
   */
  readonly tellsConflicts?: boolean
  /** `timer_expired_backup`: the best of the others, which decides how long a freeze may last before we let go. */
  readonly timerExpiredBackup?: Priority
}
