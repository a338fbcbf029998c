// track_file: the number in a small file, times a weight, counts for the priority. Files in use are watched; others are
// left alone.
import type { Configuration, TrackFileConf } from '@havip/conf'
import type { Host } from './host.ts'
import { describeHostFault } from './host-words.ts'
import { sameTracker, usedBy } from './tracker-use.ts'
import type { Condition, Tracker } from './tracking.ts'

/** As C's strtol with base 0: leading blanks, a sign, 0x for hexadecimal, 0 for octal, and what follows is ignored. */
export function numberIn(text: string): number {
  const [, sign, hexadecimal, octal, decimal] = /^\s*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))/.exec(text) ?? []
  const size = hexadecimal ? Number.parseInt(hexadecimal, 16) : octal ? Number.parseInt(octal, 8) : Number(decimal ?? 0)
  // Beyond these it makes no difference any more, whatever the weight.
  const value = Math.min(size, 0x7fffffff)
  return sign === '-' ? 0 - value : value
}

type Running = { readonly conf: TrackFileConf; readonly tracker: { condition: Condition } & Tracker; readonly watch: { close(): void } }

export class FileSet {
  readonly #host: Host
  readonly #changed: (name: string) => void
  #running = new Map<string, Running>()

  constructor(host: Host, changed: (name: string) => void) {
    this.#host = host
    this.#changed = changed
  }

  find(name: string): Tracker | undefined {
    return this.#running.get(name)?.tracker
  }

  /** At start and at each reload. A file that is tracked as before keeps its watch, and none is written again. */
  configure(configuration: Configuration): void {
    const before = this.#running
    this.#running = new Map()
    for (const conf of configuration.files) {
      if (this.#running.has(conf.name) || !usedBy(configuration, 'trackFiles', conf.name)) continue
      const old = before.get(conf.name)
      const running = old && sameTracker(old.conf, conf) ? old : this.#begin(conf)
      if (running) this.#running.set(conf.name, running)
    }
    for (const [name, old] of before) if (this.#running.get(name) !== old) old.watch.close()
  }

  stop(): void {
    for (const { watch } of this.#running.values()) watch.close()
    this.#running.clear()
  }

  #begin(conf: TrackFileConf): Running | undefined {
    const files = this.#host.trackedFiles
    if (!files) return undefined
    const { init, path } = conf
    if (init && (init.overwrite || files.read(path) === undefined)) {
      const written = files.write(path, `${init.value}\n`)
      if (!written.ok) this.#host.log(4, `Track file ${conf.name}: cannot write ${path}: ${describeHostFault(written.fault)}`)
    }
    const watch = files.watch(path, () => this.#look(conf.name))
    if (!watch.ok) {
      this.#host.log(4, `Track file ${conf.name}: cannot watch ${path}: ${describeHostFault(watch.fault)}; it is not tracked`)
      return undefined
    }
    const tracker = { kind: 'file', name: conf.name, condition: this.#read(conf), defaults: conf } as const
    return { conf, tracker, watch: watch.value }
  }

  #read(conf: TrackFileConf): Condition {
    return { kind: 'number', value: numberIn(this.#host.trackedFiles?.read(conf.path) ?? '') }
  }

  #look(name: string): void {
    const running = this.#running.get(name)
    if (!running) return
    const { tracker, conf } = running
    const before = tracker.condition
    const now = this.#read(conf)
    if (before.kind === 'number' && now.kind === 'number' && before.value === now.value) return
    tracker.condition = now
    this.#changed(name)
  }
}
