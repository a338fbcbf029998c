// Every wait of the daemon in one place: one timer of the host for the nearest deadline, and the one spot that sees how
// late our own loop runs.
import { between, type Instant, type Milliseconds, milliseconds } from '@havip/base'
import type { Clock, Timer } from './host.ts'

/** One wait. Whoever waits again and again keeps it and sets it anew: nothing is made for a thousand adverts a second. */
export type Appointment = {
  cancel(): void
  /**
   * To a time not before the one it has; false when it has run or was cancelled. Costs nothing: where it stands among the
   * others is looked at only when its old time comes, so a backup that hears its master a thousand times moves once.
   */
  moveLater(at: Instant): boolean
  /** Once more after it has run; false when it was cancelled or has yet to run. */
  again(at: Instant): boolean
}

export type LoopLag = {
  /** Lateness of the latest wake-up. */
  readonly last: Milliseconds
  /** The worst since the daemon started. */
  readonly worst: Milliseconds
  readonly wakeUps: number
}

type EntryState = 'waiting' | 'ran' | 'cancelled'

class Entry implements Appointment {
  at: Instant
  wanted: Instant
  order: number
  state: EntryState = 'waiting'
  readonly run: () => void
  readonly #enter: (entry: Entry) => void

  constructor(at: Instant, order: number, run: () => void, enter: (entry: Entry) => void) {
    this.at = at
    this.wanted = at
    this.order = order
    this.run = run
    this.#enter = enter
  }

  cancel(): void {
    this.state = 'cancelled'
  }

  moveLater(at: Instant): boolean {
    if (this.state !== 'waiting') return false
    this.wanted = at
    return true
  }

  again(at: Instant): boolean {
    if (this.state !== 'ran') return false
    this.at = at
    this.wanted = at
    this.state = 'waiting'
    this.#enter(this)
    return true
  }
}

/**
 * Later than this, a deadline is looked at again one turn of the loop later: what the sockets hold by then is read
 * first, so an advertisement that arrived in time is never taken for silence.
 */
const lateEnoughToReadFirst = milliseconds(3)
/** One wake-up never runs more than this many appointments, so that packets get their turn. */
const runsPerWakeUpMax = 4096

export class Agenda {
  readonly #clock: Clock
  readonly #onLate: (lateBy: Milliseconds, since: Instant) => void
  readonly #around: { begin(): void; end(): void } | undefined
  #heap: Entry[] = []
  #order = 0
  #timer: Timer | undefined
  #timerAt: Instant | undefined
  #deferredSince: Instant | undefined
  /** What was already told of the deadline that is overdue now. */
  #told: { readonly due: Instant; readonly lateBy: number } | undefined
  #running = false
  #last = 0
  #worst = 0
  #wakeUps = 0

  /**
   * `onLate` is told of every wake-up's lateness before the due appointments run; `around` begins before the first of
   * them and ends after the last.
   */
  constructor(clock: Clock, onLate: (lateBy: Milliseconds, since: Instant) => void = () => {}, around?: { begin(): void; end(): void }) {
    this.#clock = clock
    this.#onLate = onLate
    this.#around = around
  }

  get lag(): LoopLag {
    return { last: milliseconds(this.#last), worst: milliseconds(this.#worst), wakeUps: this.#wakeUps }
  }

  /** Runs `run` once, at `at` or soon after; equal times in the order they were asked for. */
  schedule(at: Instant, run: () => void): Appointment {
    const entry = new Entry(at, 0, run, this.#enter)
    this.#enter(entry)
    return entry
  }

  readonly #enter = (entry: Entry): void => {
    entry.order = this.#order++
    push(this.#heap, entry)
    if (!this.#running) this.#arm()
  }

  /**
   * For whoever is woken by something else than a timer, a packet that waited through a freeze for instance: a deadline
   * that has long passed is told of before that packet is acted upon.
   */
  notice(now: Instant): void {
    const due = this.#deferredSince ?? this.#timerAt
    if (due === undefined) return
    const lateBy = between(due, now)
    if (lateBy > lateEnoughToReadFirst) this.#tell(due, lateBy)
  }

  /** Once for one freeze: again only when it has turned out to be much longer. */
  #tell(due: Instant, lateBy: Milliseconds): void {
    if (this.#told?.due === due && lateBy < 2 * this.#told.lateBy) return
    this.#told = { due, lateBy }
    this.#onLate(lateBy, due)
  }

  /** Forgets everything; nothing runs afterwards. */
  close(): void {
    this.#heap = []
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = undefined
  }

  #arm(): void {
    const next = this.#first()
    if (!next) return
    if (this.#timer && this.#timerAt !== undefined && this.#timerAt <= next.at) return
    this.#set(next.at)
  }

  /** The nearest that is still wanted. Those that were moved take their new places when they come up. */
  #first(): Entry | undefined {
    for (let next = this.#heap[0]; next; next = this.#heap[0]) {
      const isWanted = next.state === 'waiting'
      if (isWanted && next.wanted <= next.at) return next
      pop(this.#heap)
      if (!isWanted) continue
      next.at = next.wanted
      push(this.#heap, next)
    }
    return undefined
  }

  #set(at: Instant): void {
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#clock.setTimer(at, () => this.#wake(at))
  }

  #wake(armedFor: Instant): void {
    this.#timer = undefined
    this.#timerAt = undefined
    const now = this.#clock.now()
    const due = this.#deferredSince ?? armedFor
    const lateBy = between(due, now)
    if (lateBy > lateEnoughToReadFirst && this.#deferredSince === undefined) {
      this.#deferredSince = due
      this.#set(now)
      return
    }
    this.#deferredSince = undefined
    this.#wakeUps++
    this.#last = lateBy
    if (lateBy > this.#worst) this.#worst = lateBy
    this.#running = true
    this.#around?.begin()
    try {
      this.#tell(due, lateBy)
      this.#runDue(now)
    } finally {
      this.#around?.end()
      this.#running = false
      this.#arm()
    }
  }

  #runDue(now: Instant): void {
    for (let count = 0; count < runsPerWakeUpMax; count++) {
      const next = this.#first()
      if (!next || next.at > now) return
      pop(this.#heap)
      next.state = 'ran'
      next.run()
    }
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length
  heap.push(entry)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent] as Entry
    if (!isBefore(entry, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = entry
}

function pop(heap: Entry[]): Entry | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (!last || !top || heap.length === 0) return top
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    if (left >= heap.length) break
    const right = left + 1
    const child = right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left
    if (!isBefore(heap[child] as Entry, last)) break
    heap[at] = heap[child] as Entry
    at = child
  }
  heap[at] = last
  return top
}
