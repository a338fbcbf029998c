// What a test of high availability showed, from the requests of its probe.
import type { ProbeSample } from './ha-resource.ts'

export type Measured = {
  /** The longest stretch from an answered request to the next one, if any was lost in it; else 0. Undefined: nobody answers again. */
  readonly outageMs: number | undefined
  readonly lost: number
  /** Who answered last before, and last of all; empty: nobody. */
  readonly before: string
  readonly after: string
}

/**
 * @param samples in any order.
 * @param struckAtMs when the fault was done, on the samples' own time; only what was asked from then on counts.
 */
export function measureTest(samples: readonly ProbeSample[], struckAtMs: number): Measured {
  const sorted = [...samples].sort((a, b) => a.atMs - b.atMs)
  const before = sorted.findLast((sample) => sample.atMs < struckAtMs && sample.outcome === 'answered')
  let last = before
  let lostInARow = 0
  let lost = 0
  let outageMs = 0
  for (const sample of sorted) {
    if (sample.atMs < struckAtMs) continue
    if (sample.outcome !== 'answered') {
      lost++
      lostInARow++
      continue
    }
    if (lostInARow > 0) outageMs = Math.max(outageMs, sample.atMs - (last?.atMs ?? struckAtMs))
    lostInARow = 0
    last = sample
  }
  const isOver = lostInARow === 0 || sorted.length === 0
  return { outageMs: isOver ? outageMs : undefined, lost, before: before?.by ?? '', after: isOver ? (last?.by ?? '') : '' }
}

/** Whether the last `count` requests, over at least `forMs`, were all answered, by one. */
export function isSteady(samples: readonly ProbeSample[], count: number, forMs: number): boolean {
  const sorted = [...samples].sort((a, b) => a.atMs - b.atMs)
  const last = sorted.at(-1)
  if (!last || sorted.length < count) return false
  const recent = sorted.filter(({ atMs }, index) => atMs >= last.atMs - forMs || index >= sorted.length - count)
  const isLongEnough = last.atMs - (sorted[0]?.atMs ?? last.atMs) >= forMs
  return isLongEnough && recent.every(({ outcome, by }) => outcome === 'answered' && by === last.by)
}
