// Engine states as seen from the present: every instant relative to now, and what lies so far back that it cannot matter
// forgotten. Two states that behave alike from here on then look alike, and exploring ends.
import { type Instant, instant } from '@havip/base'
import type { State } from '@havip/vrrp'

/** Where the engine keeps instants. A field that is missing here would make the exploration endless, which it reports. */
const instantFields: ReadonlySet<string> = new Set([
  'masterDownAt',
  'advertiseAt',
  'advertisedAt',
  'announceAgainAt',
  'announceOverLowerAt',
  'refreshAt',
  'answeredAt',
  'preemptAfter',
  'at',
  'until',
  'endsAt',
  'standsBackSince',
  'since',
  'sayAgainAt',
  'giveUpAt',
  'firstHeardAt',
  'releaseAt',
])

/** The state as it looks `by` milliseconds later. Instants longer ago than `memory` are all the same. */
export function shifted(state: State, by: number, memory: number): State {
  return walk(state, by, memory) as State
}

function walk(value: unknown, by: number, memory: number): unknown {
  if (Array.isArray(value)) return value.map((one) => walk(one, by, memory))
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    copy[key] = instantFields.has(key) && typeof inner === 'number' ? back(inner, by, memory) : walk(inner, by, memory)
  }
  return copy
}

/** Sums of fractions leave dust that would keep equal states apart: a microsecond is enough here. */
function back(at: number, by: number, memory: number): Instant {
  return instant(Math.max(-memory, Math.round((at - by) * 1000) / 1000))
}
