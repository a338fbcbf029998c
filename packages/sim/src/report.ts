// What came of a simulation, as plain data: it goes to JSON as it is. All times are milliseconds since the world began.
import type { PublicState, TransitionReason } from '@havip/vrrp'
import type { NetworkCounters } from './network.ts'
import type { Life } from './observer.ts'

export type Span<T> = { readonly from: number; readonly to: number; readonly value: T }

/** `off`: no power. `no-daemon`: the machine runs without one. `frozen`: stopped by a signal, or paused with its machine. */
export type LaneState = PublicState | 'off' | 'no-daemon' | 'frozen'

export type Lane = { readonly node: string; readonly instance: string; readonly spans: readonly Span<LaneState>[] }

export type AddressReport = {
  readonly address: string
  readonly segment: string
  /** Which machines' kernels have it and would answer for it. More than one is a split brain. */
  readonly owners: readonly Span<readonly string[]>[]
  /** Which machine each client reaches under it; null: nobody. */
  readonly reached: readonly { readonly client: string; readonly spans: readonly Span<string | null>[] }[]
}

export type TimelineEntry = { readonly at: number } & (
  | { readonly kind: 'fault'; readonly text: string; readonly isEnd: boolean }
  | { readonly kind: 'life'; readonly node: string; readonly life: Life }
  | {
      readonly kind: 'state'
      readonly node: string
      readonly instance: string
      readonly from: PublicState
      readonly to: PublicState
      readonly reason: TransitionReason
      /** The reason as a sentence. */
      readonly because: string
    }
  | {
      readonly kind: 'priority'
      readonly node: string
      readonly instance: string
      readonly from: number
      readonly to: number
      readonly because: string
    }
  | { readonly kind: 'notify'; readonly node: string; readonly instance: string; readonly argv: readonly string[] }
  /** A line in a notification pipe. */
  | { readonly kind: 'piped'; readonly node: string; readonly path: string; readonly text: string }
  | { readonly kind: 'mail'; readonly node: string; readonly subject: string; readonly to: readonly string[] }
  /** Gratuitous ARP or neighbour advertisements, `count` of them until `until` without anything else between. */
  | { readonly kind: 'announced'; readonly node: string; readonly address: string; readonly count: number; readonly until: number }
  | { readonly kind: 'owners'; readonly address: string; readonly owners: readonly string[] }
  | { readonly kind: 'reached'; readonly client: string; readonly address: string; readonly node: string | null }
)

export type Outage = {
  readonly address: string
  readonly client: string
  readonly from: number
  readonly to: number
  readonly lasted: number
  /** Who was reached before and after; null after: nobody until the end. */
  readonly before: string
  readonly after: string | null
  readonly cause: Cause
}

export type SplitBrain = {
  readonly address: string
  readonly from: number
  readonly to: number
  readonly lasted: number
  readonly nodes: readonly string[]
  /** No longer than a packet's way: the old owner let go as soon as it heard of the new one. Or a planned switchover, which overlaps. */
  readonly isHandover: boolean
  readonly cause: Cause
}

export type Cause = {
  /** The fault that came last before it, as text; null: none did. */
  readonly fault: string | null
  readonly faultAt: number | null
  /** Why the next owner took over, in its own words; null: nobody did. */
  readonly takeover: string | null
}

export type Totals = {
  readonly transitions: number
  readonly notifyCalls: number
  readonly mails: number
  readonly announcements: number
  readonly outages: number
  /** Of all addresses and clients together. */
  readonly outageMs: number
  readonly longestOutageMs: number
  /** Without the overlaps at handovers, which are in `handoverOverlaps`. */
  readonly splitBrains: number
  readonly splitBrainMs: number
  readonly handoverOverlaps: number
  readonly packets: Readonly<NetworkCounters>
  readonly events: number
  readonly crashes: number
}

export type LogLine = { readonly at: number; readonly node: string; readonly level: number; readonly line: string }

export type Report = {
  readonly version: 1
  readonly title: string
  readonly seed: number
  readonly durationMs: number
  readonly nodes: readonly string[]
  readonly clients: readonly string[]
  readonly faults: readonly string[]
  readonly lanes: readonly Lane[]
  readonly addresses: readonly AddressReport[]
  readonly timeline: readonly TimelineEntry[]
  readonly outages: readonly Outage[]
  readonly splitBrains: readonly SplitBrain[]
  readonly totals: Totals
  /** What the daemons logged; the oldest are dropped when there are very many. */
  readonly log: readonly LogLine[]
}
