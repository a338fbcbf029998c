// The adverts that an instance heard, as stretches: a master says the same in its rhythm, and what a replay needs to know is
// when it began, when it was heard last, and how often in between. For one more advert nothing is made and nothing written.
import { type Instant, type IpAddress, instant, type Milliseconds, type Priority, type WallTime } from '@havip/base'

export type AdvertRun = {
  readonly from: IpAddress
  readonly priority: Priority
  /** As it announces it. */
  readonly interval: Milliseconds
  readonly first: Instant
  readonly count: number
}
export type TimedRun = { readonly sequence: number; readonly at: Instant; readonly wall: WallTime; readonly run: AdvertRun }
type Heard = Pick<AdvertRun, 'from' | 'priority' | 'interval'>
type Open = {
  from: IpAddress
  priority: Priority
  interval: Milliseconds
  first: Instant
  at: Instant
  wall: WallTime
  sequence: number
  count: number
}

/** A longer gap than this many intervals ends a stretch: some were lost. */
const gapMax = 1.5
/** A stretch is told after this long at the latest, so that a process that is killed takes no more of it along. */
const toldAfter = 600_000
/** Ended stretches that wait for the next notable entry. */
const waitingMax = 16
/** Whoever makes stretches faster than that makes us write no faster; those in between are lost. */
const tellGap = 10_000

export class AdvertRuns {
  #open: Open | undefined
  #ended: TimedRun[] = []
  #toldAt = Number.NEGATIVE_INFINITY
  #lastAt = Number.NEGATIVE_INFINITY

  get isEmpty(): boolean {
    return this.#open === undefined && this.#ended.length === 0
  }
  /** Not yet told, oldest first. */
  get waiting(): readonly TimedRun[] {
    return this.#open ? [...this.#ended, timed(this.#open)] : this.#ended
  }

  /** `count` of them in their rhythm, the last at `at`. True when it is time to tell. */
  heard({ from, priority, interval }: Heard, sequence: number, at: Instant, wall: WallTime, count = 1): boolean {
    const open = this.#open
    // Counted back; those that came more often than that began after the one before, at least.
    const first = instant(Math.max(at - (count - 1) * interval, Math.min(this.#lastAt, at)))
    this.#lastAt = at
    if (open && open.priority === priority && open.interval === interval && open.from === from && first - open.at <= gapMax * interval) {
      open.at = at
      open.wall = wall
      open.sequence = sequence
      open.count += count
      return at - open.first >= toldAfter
    }
    if (open && this.#ended.length < waitingMax) this.#ended.push(timed(open))
    this.#open = { from, priority, interval, first, at, wall, sequence, count }
    return this.#ended.length >= waitingMax && at - this.#toldAt >= tellGap
  }

  /** All of it; what comes next begins anew. */
  take(at: Instant): readonly TimedRun[] {
    const { waiting } = this
    this.#open = undefined
    this.#ended = []
    this.#toldAt = at
    return waiting
  }
}

const timed = ({ from, priority, interval, first, at, wall, sequence, count }: Open): TimedRun => ({
  sequence,
  at,
  wall,
  run: { from, priority, interval, first, count },
})
