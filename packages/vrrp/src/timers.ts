// The protocol's arithmetic of time and priority: RFC 9568 §6.1, RFC 3768 §6.1, and keepalived's reading of both.
import { assert, type Milliseconds, milliseconds, type Priority, priority } from '@havip/base'
import type { InstanceConfig } from './config.ts'

type Timing = Pick<InstanceConfig, 'version' | 'downTimerAdverts' | 'takeover'>

/**
 * What keeps backups from claiming all at once: the higher the priority, the shorter. Version 2 does not scale it with
 * the interval (RFC 3768 §6.1), version 3 does (RFC 9568 §6.1).
 *
 * @param own effective priority; an owner's 255 makes it 1/256.
 * @param masterInterval what the master announced (version 3), or our own.
 */
export const skewTime = (config: Pick<Timing, 'version'>, own: Priority, masterInterval: Milliseconds): Milliseconds =>
  milliseconds(((256 - own) * (config.version === 2 ? 1000 : masterInterval)) / 256)

/**
 * Whether another backup may claim at the same moment. Not when the only peer is the master itself; but while no master
 * is known, that peer may be waiting as we are.
 */
export type Race = 'raced' | 'alone'

/** What we wait beyond the missed adverts: the skew, or the margin against jitter when there is nobody to race. */
export const takeoverSlack = (config: Timing, own: Priority, masterInterval: Milliseconds, race: Race): Milliseconds =>
  config.takeover.kind === 'sole-peer' && race === 'alone' ? config.takeover.margin : skewTime(config, own, masterInterval)

/** How long a master may be silent before we take its place (RFC 9568 §6.1, with keepalived's `down_timer_adverts`). */
export const masterDownInterval = (config: Timing, own: Priority, masterInterval: Milliseconds, race: Race): Milliseconds =>
  milliseconds(config.downTimerAdverts * masterInterval + takeoverSlack(config, own, masterInterval, race))

/** The owner's priority; nothing changes it (RFC 9568 §5.2.4). */
export const ownerPriority = 255

/**
 * Base priority and what the trackers add or take, kept within 1 to 254. The owner's is always 255.
 *
 * @param contributions whole numbers of any sign, one per tracker.
 */
export function effectivePriority(base: Priority, contributions: readonly number[]): Priority {
  if (base === ownerPriority) return base
  const sum = contributions.reduce((total, each) => total + each, base as number)
  return asPriority(Math.min(254, Math.max(1, Math.trunc(sum))))
}

/** For numbers that are in range by how they were made. */
export function asPriority(value: number): Priority {
  const made = priority(value)
  assert(made.ok, `${value} is no priority`)
  return made.value
}
