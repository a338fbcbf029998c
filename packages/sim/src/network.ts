// The wires: who hears whom, after how long, how often. It moves opaque payloads between named stations; what they mean
// is the machines' business.
import type { Random } from '@havip/base'
import type { EventQueue } from './event-queue.ts'
import type { Streams } from './streams.ts'
import type { Conditions, SegmentSpec } from './world.ts'

/** Something plugged into a segment. */
export type Station = {
  readonly name: string
  readonly segment: string
  /** Carrier and power: a station that is off neither sends nor hears. */
  isOn(): boolean
}

export type NetworkCounters = {
  sent: number
  delivered: number
  lost: number
  cut: number
  duplicated: number
  /** The receiver was without power or carrier. */
  unheard: number
}

export class Network {
  readonly #queue: EventQueue
  readonly #streams: Streams
  readonly #segments: ReadonlyMap<string, SegmentSpec>
  readonly #stations = new Map<string, Station[]>()
  /** `from→to` by machine name. */
  readonly #cuts = new Map<string, number>()
  #changes: {
    readonly id: number
    readonly from: string | undefined
    readonly to: string | undefined
    readonly change: Partial<Conditions>
  }[] = []
  readonly #effective = new Map<string, Conditions>()
  readonly #lastArrival = new Map<string, number>()
  #nextId = 1
  readonly counters: NetworkCounters = { sent: 0, delivered: 0, lost: 0, cut: 0, duplicated: 0, unheard: 0 }

  constructor(queue: EventQueue, streams: Streams, segments: readonly SegmentSpec[]) {
    this.#queue = queue
    this.#streams = streams
    this.#segments = new Map(segments.map((segment) => [segment.name, segment]))
  }

  plug(station: Station): void {
    const list = this.#stations.get(station.segment) ?? []
    list.push(station)
    this.#stations.set(station.segment, list)
  }

  stationsOf(segment: string): readonly Station[] {
    return this.#stations.get(segment) ?? []
  }

  /** Sends to one station; `arrive` runs once for each copy that gets there. */
  send(from: Station, to: Station, arrive: () => void): void {
    if (from === to || !from.isOn()) return
    this.counters.sent++
    if (!this.hears(to.name, from.name)) {
      this.counters.cut++
      return
    }
    const conditions = this.conditions(from, to)
    const path = `${from.name}>${to.name}`
    const random = this.#streams(`path ${path}`)
    if (conditions.loss > 0 && random.chance(conditions.loss)) {
      this.counters.lost++
      return
    }
    this.#deliver(to, this.#delay(conditions, random, path), arrive)
    if (conditions.duplicate > 0 && random.chance(conditions.duplicate)) {
      this.counters.duplicated++
      this.#deliver(to, this.#delay(conditions, random, path), arrive)
    }
  }

  /** How long a packet takes now, in order behind its predecessors unless it is drawn to overtake. */
  #delay(conditions: Conditions, random: Random, path: string): number {
    const jitter = conditions.jitter > 0 ? conditions.jitter * random.next() : 0
    const arrival = this.#queue.now + conditions.delay + jitter
    if (conditions.reorder > 0 && random.chance(conditions.reorder)) {
      return arrival + 3 * (conditions.delay + conditions.jitter) * random.next()
    }
    const inOrder = Math.max(arrival, this.#lastArrival.get(path) ?? 0)
    this.#lastArrival.set(path, inOrder)
    return inOrder
  }

  #deliver(to: Station, arrival: number, arrive: () => void): void {
    this.#queue.at(arrival, () => {
      if (!to.isOn()) {
        this.counters.unheard++
        return
      }
      this.counters.delivered++
      arrive()
    })
  }

  /** False while the way from `from` to `listener` is cut. */
  hears(listener: string, from: string): boolean {
    return !this.#cuts.has(`${from}>${listener}`)
  }

  hearEachOther(a: string, b: string): boolean {
    return this.hears(a, b) && this.hears(b, a)
  }

  /** Cuts add up: what is cut twice has to be mended twice, or healed. */
  cut(from: string, to: string): void {
    const path = `${from}>${to}`
    this.#cuts.set(path, (this.#cuts.get(path) ?? 0) + 1)
  }

  mend(from: string, to: string): void {
    const path = `${from}>${to}`
    const count = (this.#cuts.get(path) ?? 0) - 1
    if (count > 0) this.#cuts.set(path, count)
    else this.#cuts.delete(path)
  }

  /** Worse (or better) conditions on a path, on all from or to one machine, or everywhere. Later ones win. */
  change(change: Partial<Conditions>, from: string | undefined, to: string | undefined): number {
    const id = this.#nextId++
    this.#changes.push({ id, from, to, change })
    this.#effective.clear()
    return id
  }

  takeBack(id: number): void {
    this.#changes = this.#changes.filter((change) => change.id !== id)
    this.#effective.clear()
  }

  healEverything(): void {
    this.#cuts.clear()
    this.#changes = []
    this.#effective.clear()
  }

  healBetween(a: string, b: string): void {
    this.#cuts.delete(`${a}>${b}`)
    this.#cuts.delete(`${b}>${a}`)
    this.#changes = this.#changes.filter(({ from, to }) => !((from === a && to === b) || (from === b && to === a)))
    this.#effective.clear()
  }

  /** Whether packets may get lost anywhere just now. */
  hasLoss(): boolean {
    if (this.#changes.some(({ change }) => (change.loss ?? 0) > 0)) return true
    return [...this.#segments.values()].some((segment) => segment.conditions.loss > 0)
  }

  conditions(from: Station, to: Station): Conditions {
    const key = `${to.segment} ${from.name}>${to.name}`
    const known = this.#effective.get(key)
    if (known) return known
    const segment = this.#segments.get(to.segment)
    if (!segment) throw new RangeError(`no segment ${to.segment}`)
    let result = segment.conditions
    for (const change of this.#changes) {
      if (change.from !== undefined && change.from !== from.name) continue
      if (change.to !== undefined && change.to !== to.name) continue
      result = { ...result, ...change.change }
    }
    this.#effective.set(key, result)
    return result
  }
}
