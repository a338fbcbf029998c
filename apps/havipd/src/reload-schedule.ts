// reload_time_file: a file with a time in it has the configuration read again at that time. Removed afterwards, or with
// reload_repeat left for the next day.
import { readFileSync, rmSync } from 'node:fs'
import type { TrackedFiles } from '@havip/vrrp-runtime'
import type { Log } from './succession.ts'

const day = 86_400_000
/** The longest that a timer of Node waits in one go; later times are looked at again then. */
const timerMax = 2 ** 31 - 1

export type ReloadTime = { readonly at: number; readonly isDaily: boolean }

/**
 * `HH:MM:SS`, `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, each with `Z` for UTC; a time alone is the next one that comes.
 * Undefined: no such time.
 *
 * @param now milliseconds since the epoch, as the result.
 */
export function readReloadTime(text: string, now: number): ReloadTime | undefined {
  const found = /^(?:(\d{2}|\d{4})-(\d{2})-(\d{2}) )?(\d{2}):(\d{2}):(\d{2})(Z?)\n?$/.exec(text)
  if (!found) return undefined
  const [, year, month, date, hour, minute, second, zone] = found
  const isDaily = year === undefined
  const today = new Date(now)
  const utc = zone === 'Z'
  const parts = [
    isDaily ? (utc ? today.getUTCFullYear() : today.getFullYear()) : Number(year) + (year.length === 2 ? 2000 : 0),
    isDaily ? (utc ? today.getUTCMonth() : today.getMonth()) : Number(month) - 1,
    isDaily ? (utc ? today.getUTCDate() : today.getDate()) : Number(date),
    Number(hour),
    Number(minute),
    Number(second),
  ] as const
  const at = utc ? Date.UTC(...parts) : new Date(...parts).getTime()
  const back = new Date(at)
  const isReal = utc
    ? back.getUTCMonth() === parts[1] && back.getUTCDate() === parts[2] && back.getUTCHours() === parts[3]
    : back.getMonth() === parts[1] && back.getDate() === parts[2]
  if (!isReal || Number(minute) > 59 || Number(second) > 59 || Number(hour) > 23) return undefined
  return { at: isDaily && at <= now ? at + day : at, isDaily }
}

export class ReloadSchedule {
  readonly #files: TrackedFiles
  readonly #reload: () => unknown
  readonly #log: Log
  #path: string | undefined
  #repeats = false
  #watch: { close(): void } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(files: TrackedFiles, reload: () => unknown, log: Log) {
    this.#files = files
    this.#reload = reload
    this.#log = log
  }

  /** At start and after each reload. */
  configure(path: string | undefined, repeats: boolean): void {
    this.#repeats = repeats
    if (path === this.#path) return
    this.close()
    this.#path = path
    if (path === undefined) return
    const watch = this.#files.watch(path, () => this.#look())
    if (watch.ok) this.#watch = watch.value
    else this.#log(3, `reload_time_file ${path} cannot be watched: ${watch.fault.detail}`)
    this.#look()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#watch?.close()
    this.#watch = undefined
    this.#path = undefined
  }

  #look(): void {
    clearTimeout(this.#timer)
    const path = this.#path
    const text = path === undefined ? undefined : readText(path)
    if (path === undefined || text === undefined) return
    const time = readReloadTime(text, Date.now())
    if (!time) {
      this.#log(4, `${path} holds no time: HH:MM:SS, YYYY-MM-DD HH:MM:SS, with Z at the end for UTC`)
      return
    }
    if (time.at <= Date.now()) {
      this.#log(4, `${path}: that time is over, nothing is scheduled`)
      return
    }
    this.#log(6, `Reload scheduled at ${new Date(time.at).toISOString()}`)
    this.#wait(path, time)
  }

  #wait(path: string, time: ReloadTime): void {
    const left = time.at - Date.now()
    if (left > 0) {
      this.#timer = setTimeout(() => this.#wait(path, time), Math.min(left, timerMax))
      this.#timer.unref()
      return
    }
    const again = this.#repeats && time.isDaily
    if (!this.#repeats) rmSync(path, { force: true })
    this.#reload()
    if (again && this.#path === path) this.#look()
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').slice(0, 64)
  } catch {
    return undefined
  }
}
