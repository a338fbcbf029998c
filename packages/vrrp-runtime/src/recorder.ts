// What happened to an instance, in order, in bounded memory: what explain and golden transcripts are made of. Steady
// traffic (adverts sent and accepted) has a ring of its own, so that an hour of quiet never pushes out a transition.
import { type Instant, type IpAddress, instant, type Milliseconds, milliseconds, type Priority, type WallTime, wallTime } from '@havip/base'
import type { TransitionReason as BfdReason, Remark as BfdRemark, DeliveryFault } from '@havip/bfd'
import type { Action, Event, InstanceConfig, Legacy } from '@havip/vrrp'
import type { BfdFault, BfdState } from '@havip/wire'
import { type AdvertRun, AdvertRuns } from './advert-runs.ts'
import type { Clock, HostFault, ProcessEnd } from './host.ts'

export type Recorded =
  /** The instance begins, with these settings: a replay begins here. */
  | { readonly kind: 'configured'; readonly config: RecordedConfig }
  /** It goes on where another process stopped. */
  | { readonly kind: 'resumed'; readonly legacy: Legacy }
  /** It belongs to a sync group now, whose members are these. */
  | { readonly kind: 'grouped'; readonly group: string; readonly members: readonly string[] }
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'advert-sent'; readonly priority: Priority }
  | { readonly kind: 'advert-heard'; readonly from: IpAddress; readonly priority: Priority; readonly interval: Milliseconds }
  /** The same advertisement, again and again in its rhythm; the entry's time is that of the last. */
  | ({ readonly kind: 'adverts-heard' } & AdvertRun)
  /** Why a packet for this router was not believed. */
  | { readonly kind: 'advert-refused'; readonly from: IpAddress; readonly fault: { readonly kind: string } }
  | { readonly kind: 'system-fault'; readonly fault: HostFault }
  | { readonly kind: 'script-ended'; readonly script: string; readonly end: ProcessEnd }
  | { readonly kind: 'notified'; readonly argv: readonly string[] }
  | { readonly kind: 'mailed'; readonly subject: string; readonly fault: HostFault | undefined }
  /** Of a BFD session, whose entries bear the name `bfd_instance NAME`. */
  | { readonly kind: 'bfd-transition'; readonly from: BfdState; readonly to: BfdState; readonly reason: BfdReason }
  | { readonly kind: 'bfd-remark'; readonly remark: BfdRemark }
  | { readonly kind: 'bfd-refused'; readonly from: IpAddress; readonly fault: BfdFault | DeliveryFault }
  | { readonly kind: 'late'; readonly by: Milliseconds }
  | { readonly kind: 'guard'; readonly text: string }
  /** The member's sync group moved because of it. */
  | { readonly kind: 'group-moved'; readonly group: string; readonly from: string; readonly to: string; readonly because: string }

/** Settings as they may be shown: nothing in them proves anybody's right to speak. */
export type RecordedConfig = Omit<InstanceConfig, 'authentication' | 'hmac'>
export type RecordedEvent =
  | Exclude<Event, { readonly kind: 'reconfigured' }>
  | { readonly kind: 'reconfigured'; readonly config: RecordedConfig }

export function recordedConfig({ authentication, hmac, ...config }: InstanceConfig): RecordedConfig {
  return config
}

export const recordedEvent = (event: Event): RecordedEvent =>
  event.kind === 'reconfigured' ? { kind: 'reconfigured', config: recordedConfig(event.config) } : event

export type Entry = {
  /** One sequence for the whole daemon, without gaps while the rings hold. */
  readonly sequence: number
  /** Monotonic milliseconds. */
  readonly at: Instant
  readonly wall: WallTime
  readonly instance: string
  readonly what: Recorded
}

/** Notable entries kept for each instance. */
export const notableMax = 512
/** Adverts sent and heard kept for each instance, one by one. */
export const steadyMax = 64
/** Stretches of adverts in their rhythm, kept for each instance. */
const runsMax = 256

type HeardAdvert = Extract<Recorded, { kind: 'advert-heard' }>

export type Recorder = {
  record(what: Recorded): void
  /** Adverts in their rhythm that nobody saw one by one, the last at `at`: that one is kept as if it had been. */
  recordRepeats(what: HeardAdvert, count: number, at: Instant): void
  /** Our own adverts that were sent while nobody looked, the last at `at`: that one is kept. */
  recordSung(priority: Priority, at: Instant): void
  entries(): readonly Entry[]
}

/** Gives out recorders that share one sequence; `listener` hears every notable entry. */
export class Recording {
  readonly #clock: Clock
  readonly #listener: (entry: Entry) => void
  /** What daemons before this one recorded, oldest first. */
  readonly earlier: readonly Entry[]
  #sequence: number

  constructor(clock: Clock, listener: (entry: Entry) => void = () => {}, earlier: readonly Entry[] = []) {
    this.#clock = clock
    this.#listener = listener
    this.earlier = earlier
    this.#sequence = earlier.at(-1)?.sequence ?? 0
  }

  /** @param catchUp records what has happened without anybody having looked, and is called before anything notable is recorded or shown. */
  recorderFor(instance: () => string, catchUp: () => void = () => {}): Recorder {
    const notable = new Ring<Entry>(notableMax)
    const steady = new SteadyRing(steadyMax)
    const told = new Ring<Entry>(runsMax)
    const runs = new AdvertRuns()
    const entryOf = ({ sequence, at, wall, run }: ReturnType<AdvertRuns['take']>[number]): Entry => ({
      sequence,
      at,
      wall,
      instance: instance(),
      what: { kind: 'adverts-heard', ...run },
    })
    const tellRuns = (at: Instant): void => {
      for (const run of runs.take(at)) {
        const entry = entryOf(run)
        told.push(entry)
        this.#listener(entry)
      }
    }
    return {
      record: (what) => {
        if (!isSteady(what)) catchUp()
        const sequence = ++this.#sequence
        const at = this.#clock.now()
        const wall = this.#clock.wallTime()
        if (isSteady(what)) {
          steady.push(sequence, at, wall, what)
          if (what.kind === 'advert-heard' && runs.heard(what, sequence, at, wall)) tellRuns(at)
          return
        }
        // What was heard before comes before.
        if (!runs.isEmpty) tellRuns(at)
        const entry: Entry = { sequence, at, wall, instance: instance(), what }
        notable.push(entry)
        this.#listener(entry)
      },
      recordRepeats: (what, count, at) => {
        const sequence = ++this.#sequence
        const now = this.#clock.now()
        const wall = wallTime(this.#clock.wallTime() - (now - at))
        steady.push(sequence, at, wall, what)
        if (runs.heard(what, sequence, at, wall, count)) tellRuns(now)
      },
      recordSung: (priority, at) => {
        const wall = wallTime(this.#clock.wallTime() - (this.#clock.now() - at))
        steady.push(++this.#sequence, at, wall, { kind: 'advert-sent', priority })
      },
      entries: () => {
        catchUp()
        return [...notable.values(), ...told.values(), ...runs.waiting.map(entryOf), ...steady.values(instance())].sort(
          (a, b) => a.sequence - b.sequence,
        )
      },
    }
  }
}

type Steady = Extract<Recorded, { kind: 'advert-sent' | 'advert-heard' }>
const isSteady = (what: Recorded): what is Steady => (what.kind === 'advert-sent' || what.kind === 'advert-heard') && what.priority !== 0

/** Of one row: sequence, instant, wall time, who said what, and the interval it named. */
const columns = 5
const saidColumn = 3
/** A speaker's number counts from 1; 0 is ourselves. Priorities fit below it. */
const speakerUnit = 256
/** Where it begins; it doubles as it fills. */
const rowsMin = 8

/** Adverts come a thousand a second: nothing is made for one of them, its facts go side by side into one row of numbers. */
class SteadyRing {
  readonly #max: number
  #rows = new Float64Array(rowsMin * columns)
  /** Those that rows speak of; at most one more than there are rows. */
  #speakers: IpAddress[] = []
  #count = 0

  constructor(max: number) {
    this.#max = max
  }

  push(sequence: number, at: Instant, wall: WallTime, what: Steady): void {
    const row = this.#count++ % this.#max
    if (row * columns === this.#rows.length) this.#grow()
    const said = what.kind === 'advert-heard' ? speakerUnit * this.#speakerNumber(what.from) : 0
    const from = row * columns
    this.#rows[from] = sequence
    this.#rows[from + 1] = at
    this.#rows[from + 2] = wall
    this.#rows[from + saidColumn] = said + what.priority
    this.#rows[from + 4] = what.kind === 'advert-heard' ? what.interval : 0
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(2 * this.#rows.length, this.#max * columns))
    larger.set(this.#rows)
    this.#rows = larger
  }

  #speakerNumber(address: IpAddress): number {
    const known = this.#speakers.indexOf(address)
    if (known >= 0) return known + 1
    if (this.#speakers.length > this.#max) this.#forgetSpeakers()
    return this.#speakers.push(address)
  }

  /** Keeps those that a row still names. */
  #forgetSpeakers(): void {
    const before = this.#speakers
    this.#speakers = []
    for (let at = saidColumn; at < this.#rows.length; at += columns) {
      const said = this.#rows[at] ?? 0
      const address = before[Math.floor(said / speakerUnit) - 1]
      if (address !== undefined) this.#rows[at] = (said % speakerUnit) + speakerUnit * this.#speakerNumber(address)
    }
  }

  values(instance: string): Entry[] {
    return Array.from({ length: Math.min(this.#count, this.#max) }, (_, row) => {
      const [sequence = 0, at = 0, wall = 0, said = 0, interval = 0] = this.#rows.subarray(row * columns, (row + 1) * columns)
      const from = this.#speakers[Math.floor(said / speakerUnit) - 1]
      const value = (said % speakerUnit) as Priority
      return {
        sequence,
        at: instant(at),
        wall: wallTime(wall),
        instance,
        what:
          from === undefined
            ? { kind: 'advert-sent', priority: value }
            : { kind: 'advert-heard', from, priority: value, interval: milliseconds(interval) },
      }
    })
  }
}

/** The last `max` values, oldest first. Grows only as far as it is filled. */
export class Ring<T> {
  readonly #max: number
  readonly #items: T[] = []
  #next = 0

  constructor(max: number) {
    this.#max = max
  }

  push(item: T): void {
    if (this.#items.length < this.#max) {
      this.#items.push(item)
      return
    }
    this.#items[this.#next] = item
    this.#next = (this.#next + 1) % this.#max
  }

  values(): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)]
  }
}

/** Undoes `toJsonLine` as far as a reader needs: bytes stay hex. Undefined for anything that is no entry. */
export function entryFromJsonLine(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || !('sequence' in value) || !('what' in value) || !('wall' in value)) return undefined
    const wall = Date.parse(String(value.wall))
    return Number.isNaN(wall) ? undefined : { ...(value as Entry), wall: wallTime(wall) }
  } catch {
    return undefined
  }
}

/** One JSON line, without newline. Bytes are written in hex; passwords never appear. */
export function toJsonLine(entry: Entry): string {
  return JSON.stringify({ ...entry, wall: new Date(entry.wall).toISOString() }, (key, value: unknown) => {
    if (key === 'password') return '…'
    return value instanceof Uint8Array ? Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('') : value
  })
}
