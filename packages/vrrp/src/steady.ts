// What a router does nearly all of the time and what decides nothing: the followed master says the same once more, or an advert
// of our own is due and nothing else. Such a moment moves one deadline, which the caller may keep beside the state until something
// else happens; the state then catches up. `step` gives the same states, one by one.
import { type Instant, later, type Milliseconds, toMilliseconds } from '@havip/base'
import type { InstanceConfig } from './config.ts'
import type { Event } from './event.ts'
import { type Backup, type Master, nextIn, ownPriority, type State } from './state.ts'
import { masterDownInterval } from './timers.ts'
import { raceOver } from './transition.ts'

/** How long the master may be silent after this advert, when hearing it moves that deadline and nothing else; else undefined. */
export function silenceAfterRepeat(
  config: InstanceConfig,
  state: State,
  { advert, envelope }: Extract<Event, { kind: 'advert' }>,
  now: Instant,
): Milliseconds | undefined {
  if (state.kind !== 'backup') return undefined
  const { known, master, masterInterval } = state
  if (advert.priority === 0 || master?.source !== envelope.source || master.priority !== advert.priority) return undefined
  if (state.discarded !== undefined || state.resigned !== undefined || state.preemptAfter !== undefined) return undefined
  if (known.yieldsTo !== undefined || (known.passiveUntil !== undefined && now < known.passiveUntil)) return undefined
  const own = ownPriority(known)
  if (advert.priority < own && config.preempt) return undefined
  if ((config.version === 3 ? toMilliseconds(advert.interval) : config.interval) !== masterInterval) return undefined
  return masterDownInterval(config, own, masterInterval, raceOver(config, master))
}

/** The state after the last of any number of such adverts, heard at `at`. */
export const heardAgain = (state: Backup, at: Instant, silence: Milliseconds): Backup => ({
  ...state,
  masterDownAt: later(at, silence),
  master: state.master && { ...state.master, at },
})

/** When the advert after this one is due, if one is due at `advertiseAt` and nothing else is due now; else undefined. */
export function nextAdvertOnly(config: InstanceConfig, state: Master, advertiseAt: Instant, now: Instant): Instant | undefined {
  if (advertiseAt > now || state.yielding) return undefined
  const { announceAgainAt, announceOverLowerAt, refreshAt } = state
  if (announceAgainAt !== undefined && announceAgainAt <= now) return undefined
  if (announceOverLowerAt !== undefined && announceOverLowerAt <= now) return undefined
  if (refreshAt !== undefined && refreshAt <= now) return undefined
  return nextIn(advertiseAt, config.interval, now)
}

/** The state after the last of any number of such adverts, sent at `at`. */
export const advertisedAgain = (state: Master, at: Instant, next: Instant): Master => ({ ...state, advertiseAt: next, advertisedAt: at })
