// Virtual time: a heap of what is to happen. Time jumps from one event to the next, so an hour costs what happens in it.
import { assert, type Instant, instant } from '@havip/base'

export type Scheduled = { cancel(): void }

type Item = { at: number; order: number; run: (() => void) | undefined }

/** A run away: this many events in one instant mean that somebody waits for nothing. */
const eventsPerInstantMax = 200_000

export class EventQueue {
  #now = 0
  #order = 0
  #heap: Item[] = []
  #events = 0

  /** Milliseconds since the world began. */
  get now(): Instant {
    return instant(this.#now)
  }

  /** How many events have run. */
  get events(): number {
    return this.#events
  }

  /** Runs `run` at `at`, a past time meaning now; equal times in the order they were asked for. */
  at(at: number, run: () => void): Scheduled {
    const item: Item = { at: Math.max(at, this.#now), order: this.#order++, run }
    push(this.#heap, item)
    return {
      cancel: () => {
        item.run = undefined
      },
    }
  }

  in(delay: number, run: () => void): Scheduled {
    return this.at(this.#now + delay, run)
  }

  /** Runs everything up to and including `end`; the time is `end` afterwards. */
  runUntil(end: number): void {
    let inThisInstant = 0
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      pop(this.#heap)
      const run = next.run
      if (!run) continue
      inThisInstant = next.at === this.#now ? inThisInstant + 1 : 0
      assert(inThisInstant < eventsPerInstantMax, `simulated time stands still at ${next.at} ms`)
      this.#now = next.at
      this.#events++
      next.run = undefined
      run()
    }
    this.#now = Math.max(this.#now, end)
  }
}

const isBefore = (a: Item, b: Item): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function push(heap: Item[], item: Item): void {
  let at = heap.length
  heap.push(item)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent] as Item
    if (!isBefore(item, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = item
}

function pop(heap: Item[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    if (left >= heap.length) break
    const right = left + 1
    const child = right < heap.length && isBefore(heap[right] as Item, heap[left] as Item) ? right : left
    if (!isBefore(heap[child] as Item, last)) break
    heap[at] = heap[child] as Item
    at = child
  }
  heap[at] = last
}
