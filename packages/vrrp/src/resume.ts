// A router that changes its process: what the next process has to know to go on in the same state, without anybody on the
// network noticing. Timers of a master go on where they were when they are known; a backup listens for a whole interval.
import { type Instant, type IpAddress, later, type Milliseconds, milliseconds, type Priority } from '@havip/base'
import type { InstanceConfig } from './config.ts'
import { ownPriority, type State } from './state.ts'
import { masterDownInterval } from './timers.ts'
import { listen, raceOver } from './transition.ts'

/** JSON as it is. Only a router that takes part in elections leaves one. */
export type Legacy =
  | {
      readonly kind: 'master'
      readonly yieldsTo?: IpAddress
      /** When the next advert is due on the machine's monotonic clock; absent: at once. */
      readonly advertiseAt?: Instant
      readonly claimedInSilence?: true
    }
  | {
      readonly kind: 'backup'
      readonly yieldsTo?: IpAddress
      /** After a planned switchover. */
      readonly standsBackSince?: Instant
      readonly master?: { readonly source: IpAddress; readonly priority: Priority }
      readonly masterInterval: Milliseconds
      /** When to claim; absent: a master-down interval from now on. */
      readonly masterDownAt?: Instant
    }

/** @param withTimers false for a copy that is kept for long: it shall change only when the state does. */
export function legacyOf(state: State, withTimers: boolean): Legacy | undefined {
  if (state.kind !== 'master' && state.kind !== 'backup') return undefined
  const yields = state.known.yieldsTo === undefined ? {} : { yieldsTo: state.known.yieldsTo }
  const overlapping = state.kind === 'master' && state.yielding?.kind === 'overlapping' ? state.yielding : undefined
  if (overlapping) {
    // Another has the addresses: the next process need not wait to let go of them.
    const { successor, successorInterval } = overlapping
    const { source, priority } = successor
    return { kind: 'backup', ...yields, ...standsBack(state), master: { source, priority }, masterInterval: successorInterval }
  }
  if (state.kind === 'master') {
    // Nobody has taken over yet: the next process stays master, and the switchover has come to nothing.
    const { claimedInSilence } = state
    return {
      kind: 'master',
      ...yields,
      ...(claimedInSilence ? { claimedInSilence } : {}),
      ...(withTimers && !state.yielding ? { advertiseAt: state.advertiseAt } : {}),
    }
  }
  const { master, masterInterval, masterDownAt } = state
  return {
    kind: 'backup',
    ...yields,
    ...standsBack(state),
    ...(master ? { master: { source: master.source, priority: master.priority } } : {}),
    masterInterval,
    ...(withTimers ? { masterDownAt } : {}),
  }
}

const standsBack = ({ known: { standsBackSince } }: State): { readonly standsBackSince?: Instant } =>
  standsBackSince === undefined ? {} : { standsBackSince }

/**
 * The state to begin in. `before` holds what this process has found out by itself: source, priority, faults. A fault that
 * it has found is the next event's business.
 */
export function resume(config: InstanceConfig, before: State, legacy: Legacy, now: Instant): State {
  const known = { ...before.known, yieldsTo: legacy.yieldsTo }
  if (legacy.kind === 'master') {
    const { refresh } = config.announcing
    return {
      kind: 'master',
      known,
      advertiseAt: legacy.advertiseAt ?? now,
      advertisedAt: now,
      announceAgainAt: undefined,
      refreshAt: refresh > 0 ? later(now, milliseconds(refresh)) : undefined,
      announceOverLowerAt: undefined,
      answeredAt: undefined,
      correctedAt: undefined,
      reasserted: undefined,
      dispute: undefined,
      claimedInSilence: legacy.claimedInSilence,
    }
  }
  const listening = listen(config, { ...known, standsBackSince: legacy.standsBackSince }, now)
  const master = legacy.master && { ...legacy.master, at: now }
  const { masterInterval } = legacy
  const wait = masterDownInterval(config, ownPriority(known), masterInterval, raceOver(config, master))
  return { ...listening, master, masterInterval, masterDownAt: legacy.masterDownAt ?? later(now, wait) }
}
