// The monotonic clock and a timer descriptor on it.
import { layout, viewOf } from './layout.ts'
import { bindPrototypes, bytes, check, lastErrno } from './library.ts'

const libc = bindPrototypes({
  timerfd_create: 'int timerfd_create(int clock, int flags)',
  timerfd_settime: 'int timerfd_settime(int fd, int flags, const void *value, void *old)',
  read: 'int64_t read(int fd, void *data, size_t length)',
})

const CLOCK_MONOTONIC = 1
const TFD_NONBLOCK = 0o4000
const TFD_CLOEXEC = 0o2000000
const TFD_TIMER_ABSTIME = 1

const itimerspec = layout(
  'itimerspec',
  { intervalSeconds: 'int64_t', intervalNanoseconds: 'int64_t', seconds: 'int64_t', nanoseconds: 'int64_t' },
  32,
)

/** Seconds fit into 32 bits for 136 years of uptime, so no BigInt is needed to write them. */
const high = 4

/**
 * CLOCK_MONOTONIC in milliseconds, with its nanoseconds as a fraction: the same clock in every process of the machine. `performance.now()` is no
 * quicker, counts from the start of the process, and takes 2 ms of it to load.
 */
export function monotonicMilliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

export type TimerDescriptor = {
  readonly fd: number
  /** Readable from this instant on (milliseconds of CLOCK_MONOTONIC); one in the past is readable at once. */
  arm(at: number): void
  disarm(): void
  /** Takes note of the expiry, so that the descriptor is no longer readable. */
  acknowledge(): void
}

/** The caller closes `fd`. Throws SyscallError. */
export function openTimer(): TimerDescriptor {
  const fd = check(libc.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), 'timerfd_create')
  const value = bytes(itimerspec.size)
  const view = viewOf(value)
  const count = bytes(8)
  const set = (seconds: number, nanoseconds: number): void => {
    view.setUint32(itimerspec.at.seconds, seconds, true)
    view.setUint32(itimerspec.at.seconds + high, 0, true)
    view.setUint32(itimerspec.at.nanoseconds, nanoseconds, true)
    check(libc.timerfd_settime(fd, TFD_TIMER_ABSTIME, value, null), 'timerfd_settime')
  }
  return {
    fd,
    arm(at) {
      // Rounded up to whole nanoseconds: never early. All zeros would disarm.
      let seconds = Math.max(0, Math.floor(at / 1000))
      let nanoseconds = Math.max(1, Math.ceil((at - seconds * 1000) * 1e6))
      if (nanoseconds >= 1e9) {
        seconds++
        nanoseconds -= 1e9
      }
      set(seconds, nanoseconds)
    },
    disarm: () => set(0, 0),
    acknowledge() {
      // EAGAIN when it was armed anew since: nothing to take note of.
      if (libc.read(fd, count, count.length) < 0) lastErrno()
    },
  }
}
