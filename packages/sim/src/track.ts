// A value over time: what it was from when to when.
import type { Span } from './report.ts'

export class Track<T> {
  readonly #points: { at: number; value: T }[] = []
  readonly #same: (a: T, b: T) => boolean

  constructor(first: T, same: (a: T, b: T) => boolean = (a, b) => a === b) {
    this.#points.push({ at: 0, value: first })
    this.#same = same
  }

  get value(): T {
    return (this.#points.at(-1) as { value: T }).value
  }

  /** True when that is news. What lasts no time at all leaves no trace. */
  set(at: number, value: T): boolean {
    const last = this.#points.at(-1) as { at: number; value: T }
    if (this.#same(last.value, value)) return false
    if (last.at === at) {
      this.#points.pop()
      const before = this.#points.at(-1)
      if (before && this.#same(before.value, value)) return true
    }
    this.#points.push({ at, value })
    return true
  }

  spans(end: number): Span<T>[] {
    return this.#points.flatMap(({ at, value }, i) => {
      const to = Math.min(end, this.#points[i + 1]?.at ?? end)
      return to > at || this.#points.length === 1 ? [{ from: at, to, value }] : []
    })
  }
}

export const sameList = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one, i) => one === b[i])
