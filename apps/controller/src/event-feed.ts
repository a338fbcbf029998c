// The newest events in memory, read once from the store for everybody who follows them.
import { later, milliseconds } from '@havip/base'
import type { Clock, EventKind, EventRecord, Store, Timer } from '@havip/vpc-service'

/** Events kept for those who follow closely; others read the store. */
const tailMax = 2_000
const batchMax = 500
/** A burst of writes is looked at together. */
const gapMs = 15
/** What other controllers wrote is looked for so often. */
const lookEveryMs = 500

export type Followed = {
  readonly events: readonly EventRecord[]
  /** Everything up to here was looked at: where to go on. */
  readonly seen: number
}
export type Wanted = { readonly account: EventRecord['account']; readonly kinds: readonly EventKind[] }

export class EventFeed {
  readonly #store: Store
  readonly #clock: Clock
  readonly #report: (error: unknown) => void
  /** All events after `#floor` up to `#last`. */
  #tail: EventRecord[] = []
  #floor = 0
  #last = 0
  #isReady = false
  #looking: Promise<void> | undefined
  #timer: Timer | undefined
  #isStopped = false
  readonly #waiting = new Set<() => void>()

  constructor(store: Store, clock: Clock, report: (error: unknown) => void) {
    this.#store = store
    this.#clock = clock
    this.#report = report
  }

  /** Begins at the newest event. */
  async start(): Promise<void> {
    const [newest] = await this.#store.read((tx) => tx.events({ range: { before: Number.MAX_SAFE_INTEGER }, limit: 1 }))
    this.#floor = this.#last = newest?.sequence ?? 0
    this.#isReady = true
    this.#schedule(lookEveryMs)
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#release()
  }

  /** Something was written here. */
  wake(): void {
    if (this.#isReady) this.#schedule(gapMs)
  }

  get last(): number {
    return this.#last
  }

  /** Those after `cursor` that are wanted, at most `limit` of them, oldest first. */
  async after(cursor: number, { account, kinds }: Wanted, limit: number): Promise<Followed> {
    if (cursor >= this.#floor) {
      const events = this.#tail
        .filter((event) => event.sequence > cursor && event.account === account && kinds.includes(event.kind))
        .slice(0, limit)
      return { events, seen: events.length < limit ? Math.max(cursor, this.#last) : (events.at(-1)?.sequence ?? cursor) }
    }
    const floor = this.#floor
    const events = await this.#store.read((tx) => tx.events({ account, kinds, range: { after: cursor }, limit }))
    return { events, seen: events.length < limit ? Math.max(floor, events.at(-1)?.sequence ?? 0) : (events.at(-1)?.sequence ?? cursor) }
  }

  /** Resolves when there is something after `cursor`, after `timeoutMs`, or at the end. */
  next(cursor: number, timeoutMs: number): Promise<void> {
    if (this.#last > cursor || this.#isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        this.#waiting.delete(done)
        resolve()
      }
      const timer = this.#clock.setTimer(later(this.#clock.now(), milliseconds(timeoutMs)), done)
      this.#waiting.add(done)
    })
  }

  #dueAt = Number.POSITIVE_INFINITY

  #schedule(afterMs: number): void {
    const at = later(this.#clock.now(), milliseconds(afterMs))
    if (this.#isStopped || (this.#timer && this.#dueAt <= at)) return
    this.#timer?.cancel()
    this.#dueAt = at
    this.#timer = this.#clock.setTimer(at, () => {
      this.#timer = undefined
      this.#dueAt = Number.POSITIVE_INFINITY
      this.#looking ??= this.#look()
        .catch(this.#report)
        .finally(() => {
          this.#looking = undefined
          this.#schedule(lookEveryMs)
        })
    })
  }

  async #look(): Promise<void> {
    for (;;) {
      const found = await this.#store.read((tx) => tx.events({ range: { after: this.#last }, limit: batchMax }))
      const newest = found.at(-1)
      if (!newest) return
      this.#tail.push(...found)
      this.#last = newest.sequence
      const surplus = this.#tail.length - tailMax
      if (surplus > 0) {
        this.#floor = this.#tail[surplus - 1]?.sequence ?? this.#floor
        this.#tail = this.#tail.slice(surplus)
      }
      this.#release()
      if (found.length < batchMax) return
    }
  }

  #release(): void {
    for (const resolve of [...this.#waiting]) resolve()
  }
}
