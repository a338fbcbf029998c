// A clock that stands still until it is told to go on, and then runs every timer in order: the same world, every time.
import { type Instant, instant, type WallTime, wallTime } from '@havip/base'
import type { Clock, Timer } from '../host.ts'

type Waiting = { readonly at: number; readonly order: number; readonly run: () => void; readonly belongsTo: object }

/** More timers than this within one `advance` mean that something waits for nothing, for ever. */
const timersPerAdvanceMax = 2_000_000

export class VirtualTime {
  #now = 1000
  #order = 0
  readonly #waiting: Waiting[] = []

  get now(): Instant {
    return instant(this.#now)
  }

  /** A clock of one machine: `stop` on it makes its timers never run, as a power loss does. */
  clock(): MachineClock {
    const belongsTo = {}
    let frozenUntil = instant(0)
    return {
      now: () => this.now,
      wallTime: (): WallTime => wallTime(Date.UTC(2026, 0, 1) + this.#now),
      setTimer: (at, run) => this.#set(Math.max(at, frozenUntil), run, belongsTo),
      cancelAll: () => this.#drop((waiting) => waiting.belongsTo === belongsTo),
      frozenUntil: () => frozenUntil,
      freeze: (until) => {
        frozenUntil = until
        const mine = this.#drop((waiting) => waiting.belongsTo === belongsTo)
        for (const { at, run } of mine) this.#set(Math.max(at, until), run, belongsTo)
      },
    }
  }

  /** Something that happens to nobody's machine in particular: a packet on its way. */
  at(at: number, run: () => void): void {
    this.#set(at, run, this)
  }

  /** Lets `ms` milliseconds pass. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let count = 0; ; count++) {
      if (count > timersPerAdvanceMax) throw new Error('timers without end')
      const next = this.#waiting[0]
      if (!next || next.at > end) break
      this.#waiting.shift()
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = end
  }

  #set(at: number, run: () => void, belongsTo: object): Timer {
    const entry: Waiting = { at: Math.max(at, this.#now), order: this.#order++, run, belongsTo }
    let place = this.#waiting.length
    while (place > 0 && isBefore(entry, this.#waiting[place - 1] as Waiting)) place--
    this.#waiting.splice(place, 0, entry)
    return { cancel: () => void this.#drop((waiting) => waiting === entry) }
  }

  #drop(isUnwanted: (waiting: Waiting) => boolean): readonly Waiting[] {
    const dropped = this.#waiting.filter(isUnwanted)
    if (dropped.length === 0) return dropped
    const left = this.#waiting.filter((waiting) => !isUnwanted(waiting))
    this.#waiting.splice(0, this.#waiting.length, ...left)
    return dropped
  }
}

export type MachineClock = Clock & {
  cancelAll(): void
  /** SIGSTOP: nothing runs before `until`. */
  freeze(until: Instant): void
  /** Past when the machine runs. */
  frozenUntil(): Instant
}

const isBefore = (a: Waiting, b: Waiting): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
