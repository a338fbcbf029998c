// A planned switchover: a master makes room while it keeps the addresses. It says goodbye, so that the peer takes over at once,
// and lets go only when that one has spoken and had time to announce. If nobody takes over it is master as before.
import { between, compareIp, type Instant, later, type Milliseconds, milliseconds, toMilliseconds } from '@havip/base'
import type { Action, Remark, SwitchoverFailure } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { Event } from './event.ts'
import { type Backup, type Heard, type Master, ownPriority, type Step, stay, type Yielding } from './state.ts'
import { asPriority, masterDownInterval, takeoverSlack } from './timers.ts'
import { listen, raceOver, resignation, transition, withdraw } from './transition.ts'

type Asking = Extract<Yielding, { kind: 'asking' }>
type Overlapping = Extract<Yielding, { kind: 'overlapping' }>

/**
 * What the last word says. A goodbye would start elections among others; this is lower than any other router, so backups pass
 * it over and the new master, keepalived too, answers with announcements.
 */
export const lastWordPriority = asPriority(1)

const remark = (said: Remark): Action => ({ kind: 'remark', remark: said })

/** No backup's skew is longer: it claims that long after a goodbye at the latest. */
const skewMax = (config: InstanceConfig): Milliseconds => (config.version === 2 ? milliseconds(1000) : config.interval)
/** A second goodbye must not come before the longest skew has passed: keepalived would start it anew. */
const sayAgainAfter = (config: InstanceConfig): Milliseconds => milliseconds(Math.max(100, 1.5 * skewMax(config)))
/** Three goodbyes, and then a skew; the shortest intervals get a second, for a peer that is slow. */
const patience = (config: InstanceConfig): Milliseconds => milliseconds(Math.max(1000, 3 * sayAgainAfter(config) + skewMax(config)))

export function beginYield(config: InstanceConfig, state: Master, event: Extract<Event, { kind: 'yield' }>, now: Instant): Step {
  if (state.yielding) return stay(state)
  const giveUpAt = later(now, patience(config))
  const { overlap, saysLastWord } = event
  const yielding: Asking = { kind: 'asking', since: now, overlap, saysLastWord, sayAgainAt: later(now, sayAgainAfter(config)), giveUpAt }
  return {
    // The announcements that are still to come would contradict the successor's.
    state: { ...state, known: { ...state.known, standsBackSince: now }, yielding },
    actions: [{ kind: 'cancel-announcements' }, resignation, remark({ kind: 'yielding', giveUpAt })],
  }
}

export function yieldingTick(config: InstanceConfig, state: Master, yielding: Yielding, now: Instant): Step {
  if (yielding.kind === 'overlapping') return now < yielding.releaseAt ? stay(state) : letGo(config, state, yielding, now)
  if (now >= yielding.giveUpAt) return giveUp(config, state, 'nobody-took-over', now)
  if (now < yielding.sayAgainAt) return stay(state)
  const again: Asking = { ...yielding, sayAgainAt: later(now, sayAgainAfter(config)) }
  return { state: { ...state, yielding: again }, actions: [resignation] }
}

/** Whoever speaks with a priority has taken over. Of two the better one will stay. */
export function yieldingAdvert(
  config: InstanceConfig,
  state: Master,
  yielding: Yielding,
  event: Extract<Event, { kind: 'advert' }>,
  now: Instant,
): Step {
  const heard: Heard = { source: event.envelope.source, priority: event.advert.priority, at: now }
  if (heard.source === state.known.source) return stay(state)
  const before = yielding.kind === 'overlapping' ? yielding.successor : undefined
  if (heard.priority === 0) return hearGoodbye(config, state, before, heard, now)
  if (before && before.source !== heard.source && !isBetter(heard, before)) return stay(state)
  const successorInterval = config.version === 3 ? toMilliseconds(event.advert.interval) : config.interval
  if (yielding.kind === 'overlapping') return stay({ ...state, yielding: { ...yielding, successor: heard, successorInterval } })
  const { since, overlap, saysLastWord } = yielding
  const releaseAt = later(now, overlap)
  const next: Overlapping = {
    kind: 'overlapping',
    since,
    overlap,
    saysLastWord,
    successor: heard,
    successorInterval,
    firstHeardAt: now,
    releaseAt,
  }
  return {
    state: { ...state, yielding: next },
    actions: [remark({ kind: 'successor-heard', from: heard.source, theirs: heard.priority, after: between(since, now) })],
  }
}

/**
 * A master that says goodbye while we do makes room for us as we do for it, and neither would ever take over: the one with the higher address stays.
 * Each had been asked within the moment in which both have the addresses.
 */
function hearGoodbye(config: InstanceConfig, state: Master, successor: Heard | undefined, { source }: Heard, now: Instant): Step {
  if (source === successor?.source) return giveUp(config, state, 'successor-resigned', now)
  const own = state.known.source
  return !successor && own !== undefined && compareIp(own, source) > 0 ? giveUp(config, state, 'other-gives-too', now) : stay(state)
}

const isBetter = (one: Heard, other: Heard): boolean =>
  one.priority > other.priority || (one.priority === other.priority && compareIp(one.source, other.source) > 0)

/** A freeze of ours says nothing of the others: they get a second after it. */
export function yieldingStalled(config: InstanceConfig, state: Master, yielding: Yielding, now: Instant): Step {
  if (yielding.kind === 'overlapping') return stay(state)
  const atLeast = later(now, patience(config))
  return stay({ ...state, yielding: { ...yielding, giveUpAt: yielding.giveUpAt > atLeast ? yielding.giveUpAt : atLeast } })
}

/** An address is gone already: the rest follows. Where nobody else has it, it is put back. */
export function yieldingLoss(config: InstanceConfig, state: Master, yielding: Overlapping, now: Instant): Step {
  const step = letGo(config, state, yielding, now)
  return step.state.kind === 'master' ? { state: step.state, actions: [{ kind: 'add-addresses' }, ...step.actions] } : step
}

export function letGo(config: InstanceConfig, state: Master, yielding: Overlapping, now: Instant): Step {
  const { known } = state
  const { successor, successorInterval, firstHeardAt, releaseAt, since, saysLastWord } = yielding
  const [own, race] = [ownPriority(known), raceOver(config, successor)]
  const silentAt = later(successor.at, masterDownInterval(config, own, successorInterval, race))
  if (silentAt <= now && silentAt <= releaseAt) return giveUp(config, state, 'successor-silent', now)
  // We come late, from a freeze: that nothing was heard meanwhile says nothing of the successor. Its next advert comes within an interval.
  const listenUntil = later(now, milliseconds(successorInterval + takeoverSlack(config, own, successorInterval, race)))
  const masterDownAt = silentAt > now ? silentAt : listenUntil
  const backup: Backup = { ...listen(config, known, now), masterDownAt, masterInterval: successorInterval, master: successor }
  const lastWord: readonly Action[] =
    saysLastWord && successor.priority > lastWordPriority ? [{ kind: 'send-advert', priority: lastWordPriority }] : []
  const after = between(since, firstHeardAt)
  const reason = {
    kind: 'switched-over',
    to: successor.source,
    theirs: successor.priority,
    after,
    overlap: between(firstHeardAt, now),
  } as const
  return { state: backup, actions: [...withdraw, ...lastWord, transition(state, 'backup', reason)] }
}

/** Master as before. Whoever spoke meanwhile was believed, so the addresses are announced again. */
export function giveUp(config: InstanceConfig, state: Master, because: SwitchoverFailure, now: Instant): Step {
  const { yielding } = state
  if (!yielding) return stay(state)
  const { refresh, repeat } = config.announcing
  const said: Remark = { kind: 'switchover-given-up', because, after: between(yielding.since, now) }
  return {
    state: {
      ...state,
      known: { ...state.known, standsBackSince: undefined },
      advertiseAt: later(now, config.interval),
      advertisedAt: now,
      announceAgainAt: undefined,
      announceOverLowerAt: undefined,
      refreshAt: refresh > 0 ? later(now, refresh) : undefined,
      yielding: undefined,
    },
    actions: [{ kind: 'send-advert', priority: ownPriority(state.known) }, { kind: 'announce', rounds: repeat }, remark(said)],
  }
}
