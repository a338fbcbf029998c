// The samples of a test, told as stretches of time in which the same node answered.
import type { Sample } from '../api/types.ts'

export type Phase = { readonly by: string; readonly fromMs: number; readonly toMs: number; readonly count: number }

/** Nobody when the request failed, whatever is written beside it. */
export const answeredBy = (sample: Sample): string => (sample.Outcome === 'answered' ? sample.By : '')

export function phasesOf(samples: readonly Sample[]): readonly Phase[] {
  const phases: { by: string; fromMs: number; toMs: number; count: number }[] = []
  for (const sample of samples) {
    const by = answeredBy(sample)
    const last = phases.at(-1)
    if (last) last.toMs = sample.AtMs
    if (last?.by === by) last.count++
    else phases.push({ by, fromMs: sample.AtMs, toMs: sample.AtMs, count: 1 })
  }
  return phases
}
