// What one virtual router remembers between two events. Deadlines live here; the caller keeps one timer, for `wakeAt`.
import { type Instant, type IpAddress, later, type Milliseconds, type Priority } from '@havip/base'
import type { Action, PublicState } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { FaultCause } from './event.ts'

/** True in every state. */
export type Known = {
  /** Effective priority after trackers. */
  readonly priority: Priority
  /** Where our adverts come from; it decides ties. */
  readonly source: IpAddress | undefined
  readonly faults: readonly FaultCause[]
  readonly waitingFor: readonly string[]
  /** An owner that yields to another one speaks with 254 until that one is gone or another speaks (6.4 of keepalived's rules). */
  readonly yieldsTo: IpAddress | undefined
  /** A startup delay: until then we claim nothing, and what is heard does not count. */
  readonly passiveUntil?: Instant
  /** Since a planned switchover: a lower master is left in peace until it is gone or we are told to take the addresses back. */
  readonly standsBackSince?: Instant | undefined
}

/** Another router's advertisement, as far as it matters later. */
export type Heard = { readonly source: IpAddress; readonly priority: Priority; readonly at: Instant }

/** Not started, or waiting for a tracker's first result. Silent. */
export type Init = { readonly kind: 'init'; readonly known: Known; readonly isStarted: boolean }

export type Backup = {
  readonly kind: 'backup'
  readonly known: Known
  readonly masterDownAt: Instant
  /** Learned from the master (version 3), else our own. */
  readonly masterInterval: Milliseconds
  /** The master we follow, with its last accepted advert. */
  readonly master: Heard | undefined
  /** A lower master's last advert that we did not accept. */
  readonly discarded: Heard | undefined
  /** The followed master's goodbye; the timer runs for the skew. */
  readonly resigned: Heard | undefined
  /** Since a lower master was first heard: until then it is left in peace. May be past. */
  readonly preemptAfter: Instant | undefined
  /** Said goodbye before the present master, another one, spoke: after a planned switchover its last word is still to come. */
  readonly departed: IpAddress | undefined
}

/** A master that makes room for another router and keeps the addresses until that one has them. */
export type Yielding = {
  readonly since: Instant
  /** How long both have the addresses, so that everybody has heard the other's announcements before ours go. */
  readonly overlap: Milliseconds
  /** Whether the other is told when our addresses are gone, by an advert that any master answers with announcements. */
  readonly saysLastWord: boolean
} & (
  | {
      readonly kind: 'asking'
      /** The goodbye may have been lost. */
      readonly sayAgainAt: Instant
      /** Nobody took over by then: it stays master. */
      readonly giveUpAt: Instant
    }
  | {
      readonly kind: 'overlapping'
      readonly successor: Heard
      readonly successorInterval: Milliseconds
      readonly firstHeardAt: Instant
      readonly releaseAt: Instant
    }
)

export type Master = {
  readonly kind: 'master'
  readonly known: Known
  readonly advertiseAt: Instant
  /** When the last advert went out: after a freeze it tells whether others have taken over. */
  readonly advertisedAt: Instant
  readonly announceAgainAt: Instant | undefined
  readonly refreshAt: Instant | undefined
  readonly announceOverLowerAt: Instant | undefined
  /** When an advert was last sent because of a goodbye, and because of a lower master; such answers are limited, each alone. */
  readonly answeredAt: Instant | undefined
  readonly correctedAt: Instant | undefined
  /** Addresses that were put back: how often since when. */
  readonly reasserted: { readonly since: Instant; readonly last: Instant; readonly times: number } | undefined
  /** Another owner speaks: after `until` we yield if it still does. */
  readonly dispute: { readonly with: IpAddress; readonly until: Instant; readonly endsAt: Instant } | undefined
  /** While it is set, no advert and no announcement is due. */
  readonly yielding?: Yielding | undefined
  /** It claimed because nothing was heard: the silent one may have been master all the time. */
  readonly claimedInSilence?: true | undefined
  /** The lower master that we pushed aside and told at `toldAt`, until it has had time to hear of it: what it says before is no conflict. */
  readonly displaced?: { readonly source: IpAddress; readonly toldAt: Instant; readonly until: Instant } | undefined
  /** The router whose goodbye made us master: it may have kept the addresses until we had them. */
  readonly predecessor?: IpAddress | undefined
}

export type Fault = { readonly kind: 'fault'; readonly known: Known; readonly causes: readonly FaultCause[] }
export type Stopped = { readonly kind: 'stopped'; readonly known: Known }

export type State = Init | Backup | Master | Fault | Stopped

export type Step = { readonly state: State; readonly actions: readonly Action[] }

/** Before `startup`. */
export const initialState = (config: InstanceConfig): State => ({
  kind: 'init',
  known: { priority: config.priority, source: undefined, faults: [], waitingFor: [], yieldsTo: undefined },
  isStarted: false,
})

/** The nearest deadline: send a `tick` then, or any time. Undefined when only events can change anything. */
export function wakeAt(state: State): Instant | undefined {
  switch (state.kind) {
    case 'init':
    case 'fault':
    case 'stopped':
      return undefined
    case 'backup':
      return state.masterDownAt
    case 'master':
      return state.yielding ? yieldingWakeAt(state.yielding) : nearestOf(state, state.advertiseAt)
  }
}

/** The nearest deadline of a master whose next advert is due at `advertiseAt`. */
export function nearestOf({ announceAgainAt, refreshAt, announceOverLowerAt }: Master, advertiseAt: Instant): Instant {
  let nearest = advertiseAt
  if (announceAgainAt !== undefined && announceAgainAt < nearest) nearest = announceAgainAt
  if (refreshAt !== undefined && refreshAt < nearest) nearest = refreshAt
  if (announceOverLowerAt !== undefined && announceOverLowerAt < nearest) nearest = announceOverLowerAt
  return nearest
}

/** The next point of a fixed rhythm that is still to come: late once, we do not send two at once. */
export const nextIn = (due: Instant, gap: Milliseconds, now: Instant): Instant => {
  const next = later(due, gap)
  return next > now ? next : later(now, gap)
}

const yieldingWakeAt = (yielding: Yielding): Instant => {
  if (yielding.kind === 'overlapping') return yielding.releaseAt
  return yielding.sayAgainAt < yielding.giveUpAt ? yielding.sayAgainAt : yielding.giveUpAt
}

export const publicState = (state: State): PublicState => state.kind

/** The priority our adverts carry and elections use. */
export const ownPriority = (known: Known): Priority => (known.yieldsTo === undefined ? known.priority : ((known.priority - 1) as Priority))

export const stay = (state: State): Step => ({ state, actions: [] })
