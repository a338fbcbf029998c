// The port to time and chance.
import { type Instant, later, milliseconds, type WallTime } from '@havip/base'

export type Clock = {
  /** Monotonic. */
  now(): Instant
  wallTime(): WallTime
  /** Calls `fn` once, at `at` or as soon after as possible, never before. */
  setTimer(at: Instant, fn: () => void): Timer
}
export type Timer = { cancel(): void }

/** Uniform bytes that nobody can guess: identities are made from them. */
export type Entropy = (count: number) => Uint8Array

/** What `work` gives, or `late` when it takes longer; the work goes on then, and nobody hears of it. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, late: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(later(clock.now(), milliseconds(ms)), () => resolve(late))
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
