// Removals of addresses that we made ourselves: the kernel reports them a moment later, and that report is no loss.

import type { Result } from '@havip/base'
import type { Removal } from './host-parts.ts'

/** More than could ever be under way; a report that never came must not be waited for without end. */
const expectedMax = 100_000

export class ExpectedRemovals {
  readonly #counts = new Map<string, number>()

  expect(key: string): void {
    if (this.#counts.size >= expectedMax) this.#counts.clear()
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** After the removal: of what was not there no report will come, and one that waits for ever would hide a loss. */
  removed<Fault>(key: string, outcome: Result<Removal, Fault>): void {
    if (!outcome.ok || outcome.value === 'was-not-there') this.take(key)
  }

  /** True when the report was awaited; it is then no longer. */
  take(key: string): boolean {
    const count = this.#counts.get(key) ?? 0
    if (count === 0) return false
    if (count === 1) this.#counts.delete(key)
    else this.#counts.set(key, count - 1)
    return true
  }

  /** Reports were lost. */
  forget(): void {
    this.#counts.clear()
  }
}
