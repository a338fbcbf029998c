// Figures of several runs: the middle and the spread, and ratios between two programs measured in the same run.

export type Figure = { readonly min: number; readonly median: number; readonly max: number; readonly count: number }

/** @param values at least one */
export function figure(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const median = sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
  return { min: sorted[0] as number, median, max: sorted.at(-1) as number, count: sorted.length }
}

const short = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1))
export const formatFigure = (value: Figure | undefined): string =>
  value === undefined ? '–' : value.count === 1 ? short(value.median) : `${short(value.median)} (${short(value.min)}–${short(value.max)})`
/** Of the medians; below one is better than the other. */
export const formatRatio = (ours: Figure | undefined, theirs: Figure | undefined): string =>
  ours && theirs && theirs.median > 0 ? (ours.median / theirs.median).toFixed(2) : '–'
