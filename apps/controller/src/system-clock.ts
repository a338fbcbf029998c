// The machine's clock and its source of chance.
import { randomBytes } from 'node:crypto'
import { instant, wallTime } from '@havip/base'
import type { Clock, Entropy } from '@havip/vpc-service'

/** Longer waits are cut into pieces: a timer of Node holds 31 bits of milliseconds. */
const waitMaxMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => instant(performance.now()),
  wallTime: () => wallTime(Date.now()),
  setTimer: (at, fn) => {
    let timer: NodeJS.Timeout
    const arm = (): void => {
      // Node's timers fire up to a millisecond early; the port promises never before.
      const leftMs = at - performance.now()
      if (leftMs <= 0) timer = setTimeout(fn, 0)
      else timer = setTimeout(() => (performance.now() < at ? arm() : fn()), Math.min(Math.ceil(leftMs), waitMaxMs))
    }
    arm()
    return { cancel: () => clearTimeout(timer) }
  },
}

export const systemEntropy: Entropy = (count) => randomBytes(count)
