// Repeats that a host takes note of instead of handing them over. A backup learns nothing from an advert that says what the one before
// said but that its master was alive then: a thousand routers need not be woken a thousand times a second for that.
import { type Instant, type Milliseconds, milliseconds } from '@havip/base'

/** The fields say what the latest `update` brought. */
export type RepeatNotes = {
  /** False: nothing came since the last time. */
  update(): boolean
  /** Repeats since the update before. */
  readonly count: number
  /** When the latest arrived, whenever this process got round to asking. */
  readonly at: Instant
  /** Since the notes began. */
  readonly longestGapMs: number
  /** By how much the latest gap was longer than the interval. */
  readonly latenessMs: number
  /** Gaps since the update before, by that measure: below `latenessClassMs`, below twice that, and so on. */
  readonly classes: Readonly<Uint32Array>
  /** Repeats are handed over again. One more update tells what was noted until now. */
  end(): void
}

/** Lateness is counted in classes that double, of which this is the first. */
export const latenessClassMs = 0.1
/** As many of them as there may be slack. */
export const noteClasses = 14
const slackMax = latenessClassMs * 2 ** (noteClasses - 1)
/** Of an interval; by half of it more, and an advert was lost. */
const slackShare = 0.45

/** Gaps that are longer than the interval by more than this are handed over: they may be more than a delay. */
export const noteSlack = (interval: Milliseconds): Milliseconds => milliseconds(Math.min(slackMax, slackShare * interval))
