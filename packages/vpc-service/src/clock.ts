// The port to time and chance.
import type { Instant, WallTime } from '@havip/base'

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
