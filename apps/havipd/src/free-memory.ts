// Memory that was needed once: by a start, a reload, a thousand takeovers at a time. It goes back to the system when that is over.
import { releaseFreeMemory } from '@havip/linux'

/** By then the start, and what was compiled during it, is over. */
const settledAfterMs = 1500
const lookEveryMs = 10_000
/** Less than this is not worth the pause, some milliseconds for a hundred times as much. */
const grownMin = 8 * 1024 * 1024

/** From now on, for as long as the process lives; keeps nothing alive. */
export function giveBackFreeMemory(): void {
  let least = Number.POSITIVE_INFINITY
  const release = (): void => {
    releaseFreeMemory()
    least = process.memoryUsage.rss()
  }
  setTimeout(release, settledAfterMs).unref()
  setInterval(() => {
    const now = process.memoryUsage.rss()
    if (now > least + grownMin) release()
    else least = Math.min(least, now)
  }, lookEveryMs).unref()
}
