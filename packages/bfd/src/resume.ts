// A session that changes its process: what the next process has to know to go on without the neighbor noticing. Only one
// that is up leaves anything; any other begins anew.
import { type Instant, later, type Milliseconds } from '@havip/base'
import type { SessionConfig } from './config.ts'
import { type Neighbor, type State, type Up, upTiming } from './state.ts'
import { detectionTime } from './timers.ts'

/** JSON as it is. */
export type Legacy = {
  readonly discriminator: number
  readonly neighbor: {
    readonly discriminator: number
    readonly desiredMinTx: Milliseconds
    readonly requiredMinRx: Milliseconds
    readonly multiplier: number
    readonly demand: boolean
  }
}

export function legacyOf(state: State): Legacy | undefined {
  if (state.kind !== 'up') return undefined
  const { discriminator, desiredMinTx, requiredMinRx, multiplier, demand } = state.neighbor
  return { discriminator: state.discriminator, neighbor: { discriminator, desiredMinTx, requiredMinRx, multiplier, demand } }
}

/**
 * Up, with the next packet due now and a whole detection time for the neighbor to be heard in. A poll makes sure of the
 * times, which the neighbor may have been told others of.
 */
export function resume(config: SessionConfig, { discriminator, neighbor: left }: Legacy, now: Instant): State {
  const neighbor: Neighbor = { ...left, state: 'up', diagnostic: 'no-diagnostic', heardAt: now }
  const timing = upTiming(config)
  const up: Up = {
    kind: 'up',
    discriminator,
    diagnostic: 'no-diagnostic',
    sentAt: undefined,
    transmitAt: now,
    announced: timing,
    agreed: timing,
    polling: 'yes',
    neighbor,
    detectAt: now,
  }
  return { ...up, detectAt: later(now, detectionTime(up)) }
}
