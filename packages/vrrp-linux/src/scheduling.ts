// Being on time on a busy machine: real-time scheduling of the main thread, or a better nice value.
import { ok } from '@havip/base'
import { SCHED, setNice, setScheduler } from '@havip/linux'
import { attempt } from './fault.ts'
import type { HostFault, Result } from './port.ts'

export type SchedulingWish = {
  /** SCHED_RR priority of the main thread, 1 to 99; undefined leaves it as it is. */
  readonly realTimePriority?: number
  /** −20 to 19. */
  readonly nice?: number
}

const callingThread = 0

/**
 * Children (scripts) and the engine's helper threads do not get it: the policy is set for the calling thread alone and
 * reset at fork. Stops at the first refusal.
 */
export function raiseScheduling(wish: SchedulingWish): Result<void, HostFault> {
  const { realTimePriority, nice } = wish
  if (realTimePriority !== undefined) {
    const set = attempt(() => setScheduler(callingThread, SCHED.RR | SCHED.RESET_ON_FORK, realTimePriority))
    if (!set.ok) return set
  }
  return nice === undefined ? ok(undefined) : attempt(() => setNice(callingThread, nice))
}
