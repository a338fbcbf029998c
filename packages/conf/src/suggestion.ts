// The known word that an unknown one was probably meant to be.

/** Further apart than this many single mistakes and a suggestion would only confuse. */
const DISTANCE_MAX = 3
const LENGTH_MAX = 64

/** The nearest of `candidates`, or undefined when none is near. */
export function suggestion(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > LENGTH_MAX || text.length < 2) return undefined
  let best: string | undefined
  let bestDistance = Math.min(DISTANCE_MAX, Math.floor(text.length / 3) + 1) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) >= bestDistance) continue
    const distance = editDistance(text.toLowerCase().replaceAll('-', '_'), candidate.toLowerCase())
    if (distance < bestDistance) {
      bestDistance = distance
      best = candidate
    }
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (beforeLast[j - 2] as number) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] as number
}
