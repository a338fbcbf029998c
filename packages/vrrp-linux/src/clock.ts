// The daemon's clock: CLOCK_MONOTONIC, and one timer descriptor that is armed for the nearest of all deadlines. Node's
// own timers fire up to a millisecond early and drift; this one is never early.
import { type Instant, instant, wallTime } from '@havip/base'
import { closeDescriptor, monotonicMilliseconds, onReadable, openTimer } from '@havip/linux'
import type { LinuxClock } from './options.ts'
import { createTimerHeap, type HeapEntry } from './timer-heap.ts'

/** `fn` is gone once it ran or was cancelled. */
type Pending = HeapEntry & {
  fn: (() => void) | undefined
  /** What lateness is counted from: a timer set for the past could not have run before it was set. */
  readonly countedFrom: number
}

/** Throws SyscallError when the kernel gives no timer descriptor. Instants are comparable between processes of one boot. */
export function createLinuxClock(): LinuxClock {
  const timer = openTimer()
  const heap = createTimerHeap<Pending>()
  let sequence = 0
  /** What the descriptor is armed for; Infinity when it is not. It may be earlier than the first deadline, never later. */
  let armedFor = Number.POSITIVE_INFINITY
  let isRunning = false
  let before: ((lateBy: number) => void) | undefined
  const late = { timers: 0, maximum: 0, sum: 0, last: 0 }

  const arm = (): void => {
    const first = heap.first()
    if (first === undefined || first.at >= armedFor) return
    timer.arm(first.at)
    armedFor = first.at
  }
  const measure = (by: number): void => {
    late.timers++
    late.sum += by
    late.last = by
    if (by > late.maximum) late.maximum = by
  }
  const run = (): void => {
    timer.acknowledge()
    armedFor = Number.POSITIVE_INFINITY
    isRunning = true
    try {
      // One look at the time: what becomes due after it was not looked at before, and waits for the next round.
      const now = monotonicMilliseconds()
      const first = heap.first()
      if (first === undefined || first.at > now) return
      before?.(now - first.at)
      runDue(now)
    } finally {
      isRunning = false
      arm()
    }
  }
  const runDue = (now: number): void => {
    // All that is due now and no more: timers set by timers wait for the next round, so that packets are never starved.
    const due: Pending[] = []
    for (let first = heap.first(); first !== undefined && first.at <= now; first = heap.first()) {
      heap.remove(first)
      due.push(first)
    }
    for (const entry of due) {
      const { fn } = entry
      if (fn === undefined) continue
      entry.fn = undefined
      measure(monotonicMilliseconds() - entry.countedFrom)
      try {
        fn()
      } catch (error) {
        setImmediate(() => {
          throw error
        })
      }
    }
  }
  const watch = onReadable(timer.fd, run)

  return {
    now: () => instant(monotonicMilliseconds()),
    wallTime: () => wallTime(Date.now()),
    setTimer(at: Instant, fn) {
      const countedFrom = Math.max(at, monotonicMilliseconds())
      const entry: Pending = { at, sequence: ++sequence, position: -1, fn, countedFrom }
      heap.add(entry)
      if (!isRunning) arm()
      return {
        cancel() {
          entry.fn = undefined
          heap.remove(entry)
        },
      }
    },
    lateness: () => ({
      timers: late.timers,
      maximum: late.maximum,
      mean: late.timers === 0 ? 0 : late.sum / late.timers,
      last: late.last,
    }),
    resetLateness: () => {
      Object.assign(late, { timers: 0, maximum: 0, sum: 0, last: 0 })
    },
    beforeTimers: (fn) => {
      before = fn
    },
    ref: () => watch.ref(),
    unref: () => watch.unref(),
    close() {
      watch.close()
      closeDescriptor(timer.fd)
    },
  }
}
