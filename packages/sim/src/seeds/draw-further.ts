// What makes the rarer rules matter: members of a group that do not track the same, virtual routers in different rhythms,
// checks that need several runs, or fail for so short that nobody may notice. From a stream of its own, as the extras are.
import { type IpAddress, type Milliseconds, milliseconds, type Random } from '@havip/base'
import type { TimedFault } from '../fault.ts'
import type { Behaviour } from '../world.ts'

export type Further = {
  /** Of two in a sync group the first alone has trackers. */
  readonly isFirstTracking: boolean
  /** Of the second virtual router; undefined: that of the first. */
  readonly secondInterval: number | undefined
  readonly rise: number
  readonly fall: number
  /** From the start of a run until it counts as failed, seconds; undefined: an interval. */
  readonly timeout: number | undefined
  readonly isDoubtful: boolean
}

export function drawFurther(random: Random, version: 2 | 3): Further {
  return {
    isFirstTracking: random.chance(0.5),
    secondInterval: random.chance(0.4) ? random.pick(version === 2 ? [1000, 2000] : [100, 300, 1000]) : undefined,
    rise: random.integer(1, 3),
    fall: random.integer(1, 3),
    timeout: random.chance(0.5) ? 1 : undefined,
    isDoubtful: random.chance(0.2),
  }
}

/** A daemon that gives way when somebody takes an address from it, as keepalived does, and somebody who does. */
export type Losing = { readonly givesWay: boolean; readonly faults: readonly TimedFault[] }

export function drawLosing(random: Random, addresses: readonly IpAddress[], { names, start, end }: Span): Losing {
  if (!random.chance(0.12)) return { givesWay: false, faults: [] }
  const faults = Array.from({ length: random.integer(1, 2) }, (): TimedFault => {
    const fault = { kind: 'address-removed', node: random.pick(names), address: random.pick(addresses) } as const
    return { at: milliseconds(random.integer(start, end)), fault, lasts: undefined }
  })
  return { givesWay: true, faults }
}

type Span = { readonly names: readonly string[]; readonly start: number; readonly end: number }

/** Bad spells of the check: from less than a run to more than enough. Each is over before `end`. */
export function drawSpells(random: Random, { names, start, end }: Span): readonly TimedFault[] {
  if (end - start < 200 || random.chance(0.3)) return []
  return Array.from({ length: random.integer(1, 3) }, (): TimedFault => {
    const at = random.integer(start, end - 100)
    const lasts = Math.min(end - at, random.integer(100, 6000))
    const behaviour: Behaviour = random.chance(0.7)
      ? { kind: 'exits', status: random.integer(1, 3), after: after(random) }
      : { kind: 'hangs' }
    const fault = { kind: 'script', node: random.pick(names), program: 'check', behaviour } as const
    return { at: milliseconds(at), fault, lasts: milliseconds(lasts) }
  })
}

const after = (random: Random): Milliseconds => milliseconds(random.pick([2, 2, 30, 300]))

export const scriptLines = ({ rise, fall, timeout, isDoubtful }: Further): readonly string[] => [
  `  fall ${fall}`,
  `  rise ${rise}`,
  ...(timeout === undefined ? [] : [`  timeout ${timeout}`]),
  ...(isDoubtful ? ['  init_fail'] : []),
]
