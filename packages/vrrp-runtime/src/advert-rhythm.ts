// How regularly a master is heard: gaps between its adverts as this process saw them, its own scheduling delay included; where the host
// takes note of them, as the host saw them, since then no delay of ours keeps an advert from being counted in time. Counts in bounded
// memory, nothing made for an advert: what timer advice and live views are drawn from.
import type { Instant, IpAddress, Milliseconds } from '@havip/base'
import { latenessClassMs, type RepeatNotes } from './repeat-notes.ts'

/** Lateness in classes that double: below 0.1 ms, below 0.2 ms, … below 52 s. */
const classes = 20
/** A gap of more intervals than this is an absence, not loss: the master was gone. */
const absence = 20

export type Rhythm = {
  readonly from: IpAddress
  readonly intervalMs: Milliseconds
  /** Gaps measured: one less than adverts heard in a row. */
  readonly gaps: number
  /** Adverts that did not come, as far as the gaps say so. */
  readonly lost: number
  readonly longestGapMs: number
  /** By how much the latest gap was longer than its intervals. */
  readonly lastLatenessMs: number
  /** Gaps by how much longer they were than a whole number of intervals, in classes that are not empty, the most regular first. */
  readonly lateness: readonly { readonly belowMs: number; readonly count: number }[]
}

export class AdvertRhythm {
  #from: IpAddress | undefined
  #interval = 0 as Milliseconds
  #lastAt = 0
  #gaps = 0
  #lost = 0
  #longest = 0
  #latest = 0
  readonly #classes = new Uint32Array(classes)

  /** An accepted advert of a master, with the interval that it announces. Another master or interval begins anew. */
  heard(from: IpAddress, interval: Milliseconds, at: Instant): void {
    if (from !== this.#from || interval !== this.#interval) {
      this.#from = from
      this.#interval = interval
      this.#lastAt = at
      this.#gaps = this.#lost = this.#longest = this.#latest = 0
      this.#classes.fill(0)
      return
    }
    const gap = at - this.#lastAt
    this.#lastAt = at
    if (gap > absence * interval) return
    const intervals = Math.max(1, Math.round(gap / interval))
    this.#gaps++
    this.#lost += intervals - 1
    if (gap > this.#longest) this.#longest = gap
    // One that comes early, an answer for instance, takes nothing from anybody's timer.
    this.#latest = Math.max(0, gap - intervals * interval)
    const index = this.#latest < latenessClassMs ? 0 : Math.min(classes - 1, 1 + Math.floor(Math.log2(this.#latest / latenessClassMs)))
    this.#classes[index] = (this.#classes[index] as number) + 1
  }

  /** Repeats of the advert that was heard last. */
  noted(notes: RepeatNotes): void {
    this.#lastAt = notes.at
    this.#gaps += notes.count
    if (notes.longestGapMs > this.#longest) this.#longest = notes.longestGapMs
    this.#latest = notes.latenessMs
    for (let i = 0; i < notes.classes.length; i++) this.#classes[i] = (this.#classes[i] as number) + (notes.classes[i] as number)
  }

  /** Undefined until a gap was measured. */
  get view(): Rhythm | undefined {
    if (this.#from === undefined || this.#gaps === 0) return undefined
    return {
      from: this.#from,
      intervalMs: this.#interval,
      gaps: this.#gaps,
      lost: this.#lost,
      longestGapMs: this.#longest,
      lastLatenessMs: this.#latest,
      lateness: [...this.#classes].flatMap((count, i) => (count === 0 ? [] : [{ belowMs: latenessClassMs * 2 ** i, count }])),
    }
  }
}
