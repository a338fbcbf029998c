// Being on time on a busy machine: real-time scheduling of the main thread, a better nice value, processors of its own, the
// program's text in memory. Each is a wish that the system may refuse.
import { readFileSync, writeFileSync } from 'node:fs'
import { fail, ok } from '@havip/base'
import { limitsOf, lockMapping, RLIMIT, SCHED, setLimit, setNice, setProcessors, setScheduler } from '@havip/linux'
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

/** The main thread alone: the engine's helpers go where there is room. */
export const bindToProcessors = (processors: readonly number[]): Result<void, HostFault> =>
  attempt(() => setProcessors(callingThread, processors))

/**
 * RLIMIT_RTTIME: after so long at real-time priority without waiting once, the kernel sends SIGXCPU, and again each second.
 * The hard limit, at which it would kill us, is lifted out of the way: a daemon that is slow for once is better than none.
 */
export const limitRealTime = (microseconds: number): Result<void, HostFault> =>
  attempt(() => {
    const { hard } = limitsOf(RLIMIT.RTTIME)
    setLimit(RLIMIT.RTTIME, BigInt(microseconds) < hard ? BigInt(microseconds) : hard, hard)
  })

/** Text that comes from files, ours and the libraries'. Returns bytes. Memory of the collector is never locked, see `lockMapping`. */
export const lockProgramText = (): Result<number, HostFault> =>
  attempt(() => {
    let total = 0
    for (const { start, length } of textMappings(readFileSync('/proc/self/maps', 'utf8'))) {
      lockMapping(start, length)
      total += length
    }
    return total
  })

/** `55d0-55e0 r-xp 00000000 fe:00 131 /usr/bin/node`: readable, executable, private, of a file. */
export function textMappings(maps: string): readonly { readonly start: bigint; readonly length: number }[] {
  return maps.split('\n').flatMap((line) => {
    const found = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ [1-9]\d*\s+\//.exec(line)
    if (!found) return []
    const [start, end] = [BigInt(`0x${found[1]}`), BigInt(`0x${found[2]}`)]
    return [{ start, length: Number(end - start) }]
  })
}

/** @param pattern for core files of the whole machine, see core(5); undefined leaves it. */
export function allowCoreFiles(pattern: string | undefined): Result<void, HostFault> {
  const allowed = attempt(() => {
    const { hard } = limitsOf(RLIMIT.CORE)
    setLimit(RLIMIT.CORE, hard, hard)
  })
  if (!allowed.ok || pattern === undefined) return allowed
  try {
    writeFileSync('/proc/sys/kernel/core_pattern', pattern)
    return ok(undefined)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return fail({ call: 'write', errno: code ?? 'EIO', detail: message })
  }
}
