// How long to leave a resource alone after it failed: 1 s, doubled each time, at most a minute.
import { type Instant, later, milliseconds } from '@havip/base'

type Trouble = { readonly attempts: number; readonly nextAt: Instant }

const firstMs = 1_000
const longestMs = 60_000

export class BackOff {
  readonly #troubles = new Map<string, Trouble>()

  failed(key: string, now: Instant): void {
    const attempts = (this.#troubles.get(key)?.attempts ?? 0) + 1
    const wait = Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 16))
    this.#troubles.set(key, { attempts, nextAt: later(now, milliseconds(wait)) })
  }

  succeeded(key: string): void {
    this.#troubles.delete(key)
  }

  /** True: not yet. */
  mustWait(key: string, now: Instant): boolean {
    const trouble = this.#troubles.get(key)
    return trouble !== undefined && trouble.nextAt > now
  }

  has(key: string): boolean {
    return this.#troubles.has(key)
  }

  /** Keys whose wait is over. */
  due(now: Instant): string[] {
    return [...this.#troubles].filter(([, trouble]) => trouble.nextAt <= now).map(([key]) => key)
  }

  /** When the first wait that is still on ends. */
  nextAt(now: Instant): Instant | undefined {
    let next: Instant | undefined
    for (const { nextAt } of this.#troubles.values()) {
      if (nextAt > now && (next === undefined || nextAt < next)) next = nextAt
    }
    return next
  }
}
