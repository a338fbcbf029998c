// The arithmetic of a session's times: RFC 5880 §6.8.4 (detection) and §6.8.7 (transmission).
import { type Instant, later, type Milliseconds, milliseconds, type Random } from '@havip/base'
import type { SessionConfig } from './config.ts'
import { type Active, type Neighbor, strictest } from './state.ts'

/**
 * How far apart our periodic packets are before jitter; undefined while there shall be none: a passive session that has
 * heard nobody, a neighbor that wants none, or one in demand mode while both sides are up and we ask nothing.
 */
export function transmitInterval(config: SessionConfig, state: Active): Milliseconds | undefined {
  const { neighbor, polling } = state
  if (neighbor === undefined && config.passive) return undefined
  if (neighbor?.requiredMinRx === 0) return undefined
  const isUndemanded = neighbor?.demand === true && neighbor.state === 'up' && state.kind === 'up' && polling === 'no'
  if (isUndemanded) return undefined
  const { desiredMinTx } = strictest(state.announced, state.agreed)
  return milliseconds(Math.max(desiredMinTx, neighbor?.requiredMinRx ?? 0))
}

/** How long the neighbor may be silent: its own multiplier times the slower of what it sends and what we take. */
export const detectionTime = (state: Active & { readonly neighbor: Neighbor }): Milliseconds =>
  milliseconds(state.neighbor.multiplier * Math.max(strictest(state.announced, state.agreed).requiredMinRx, state.neighbor.desiredMinTx))

/**
 * Shortened at random by up to a quarter, so that packets of many sessions do not come to march in step; with a
 * multiplier of 1 by a tenth at least, so that one packet always is in time (RFC 5880 §6.8.7).
 */
export const jittered = (interval: Milliseconds, config: Pick<SessionConfig, 'multiplier'>, random: Random): Milliseconds =>
  milliseconds(interval * (0.75 + (config.multiplier === 1 ? 0.15 : 0.25) * random.next()))

/** When the next periodic packet is due, counted from the last one; not before now. */
export function nextTransmission(config: SessionConfig, state: Active, now: Instant, random: Random): Instant | undefined {
  const interval = transmitInterval(config, state)
  if (interval === undefined) return undefined
  if (state.sentAt === undefined) return now
  const due = later(state.sentAt, jittered(interval, config, random))
  return due > now ? due : now
}
