// Writes the report while the world runs.
import type { Family, IpAddress, Mac } from '@havip/base'
import { describeReason, type PublicState } from '@havip/vrrp'
import type { Entry, Mail } from '@havip/vrrp-runtime'
import type { EventQueue } from './event-queue.ts'
import type { TimedFault } from './fault.ts'
import { describeFault } from './fault-text.ts'
import type { Life, Observer } from './observer.ts'
import type { Lane, LaneState, LogLine, TimelineEntry } from './report.ts'
import { Track } from './track.ts'

/** The report keeps this many lines of log, the latest. */
const logLinesMax = 4000

type LaneRecord = { readonly node: string; readonly instance: string; readonly track: Track<LaneState>; state: PublicState }

/** Hears every entry of every daemon, for checkers that want more than the report. */
export type EntryListener = (node: string, entry: Entry) => void

export type Watch = {
  now(now: number): void
  readonly entry: EntryListener
  readonly heard: Observer['heard']
  readonly sent: Observer['sent']
  readonly announced: Observer['announced']
  readonly piped: Observer['piped']
  readonly mailed: Observer['mailed']
  readonly life: Observer['life']
  started(node: string): void
  /** The daemon started another program. */
  ran(node: string, argv: readonly string[]): void
}

type Written<T> = T extends unknown ? Omit<T, 'at'> : never

export class Recording implements Observer {
  readonly #queue: EventQueue
  readonly timeline: TimelineEntry[] = []
  readonly #lines: LogLine[] = []
  readonly #lanes = new Map<string, LaneRecord>()
  readonly #machines = new Map<string, { off: boolean; daemon: boolean; still: number }>()
  readonly #lastAnnounced = new Map<string, { index: number; node: string }>()
  readonly #watch: Partial<Watch>
  announcements = 0
  notifyCalls = 0
  mails = 0
  transitions = 0
  crashes = 0
  onGroundMoved: () => void = () => {}

  constructor(queue: EventQueue, lanes: readonly { readonly node: string; readonly instance: string }[], watch: Partial<Watch> = {}) {
    this.#queue = queue
    this.#watch = watch
    for (const { node, instance } of lanes) this.#lane(node, instance)
  }

  /** What the daemons logged, oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines
  }

  lanes(end: number): Lane[] {
    return [...this.#lanes.values()].map(({ node, instance, track }) => ({ node, instance, spans: track.spans(end) }))
  }

  #lane(node: string, instance: string): LaneRecord {
    const key = `${node} ${instance}`
    let lane = this.#lanes.get(key)
    if (!lane) {
      lane = { node, instance, track: new Track<LaneState>('off'), state: 'init' }
      this.#lanes.set(key, lane)
      this.#drawLane(lane)
    }
    return lane
  }

  #machine(node: string): { off: boolean; daemon: boolean; still: number } {
    let machine = this.#machines.get(node)
    if (!machine) {
      machine = { off: true, daemon: false, still: 0 }
      this.#machines.set(node, machine)
    }
    return machine
  }

  #drawLane(lane: LaneRecord): void {
    const { off, daemon, still } = this.#machine(lane.node)
    const shown = off ? 'off' : !daemon ? 'no-daemon' : still > 0 ? 'frozen' : lane.state
    lane.track.set(this.#queue.now, shown)
  }

  #redraw(node: string): void {
    for (const lane of this.#lanes.values()) if (lane.node === node) this.#drawLane(lane)
  }

  #write(entry: Written<TimelineEntry>): void {
    this.timeline.push({ at: this.#queue.now, ...entry })
  }

  // --- Observer

  entry(node: string, entry: Entry): void {
    this.#watch.now?.(this.#queue.now)
    this.#watch.entry?.(node, entry)
    const { instance, what } = entry
    if (what.kind === 'notified') {
      this.notifyCalls++
      this.#write({ kind: 'notify', node, instance, argv: what.argv })
    }
    if (what.kind === 'resumed') {
      const lane = this.#lane(node, instance)
      lane.state = what.legacy.kind
      this.#drawLane(lane)
    }
    if (what.kind !== 'action') return
    const { action } = what
    if (action.kind === 'transition') {
      const { from, to, reason } = action
      this.transitions++
      this.#write({ kind: 'state', node, instance, from, to, reason, because: describeReason(reason) })
      const lane = this.#lane(node, instance)
      lane.state = to
      this.#drawLane(lane)
    }
    if (action.kind === 'priority-changed') {
      this.#write({ kind: 'priority', node, instance, from: action.from, to: action.to, because: action.because })
    }
  }

  log(node: string, level: number, line: string): void {
    this.#lines.push({ at: this.#queue.now, node, level, line })
    if (this.#lines.length > 2 * logLinesMax) this.#lines.splice(0, logLinesMax)
  }

  announced(node: string, address: IpAddress, mac: Mac): void {
    this.announcements++
    this.#watch.now?.(this.#queue.now)
    this.#watch.announced?.(node, address, mac)
    // A refresh every few seconds would drown the rest: what follows without anything between is one entry.
    const last = this.#lastAnnounced.get(address)
    const entry = last ? this.timeline[last.index] : undefined
    const isQuiet = last?.node === node && entry?.kind === 'announced' && !this.#somethingOf(node, last.index)
    if (last && isQuiet) this.timeline[last.index] = { ...entry, count: entry.count + 1, until: this.#queue.now }
    else {
      this.#lastAnnounced.set(address, { index: this.timeline.length, node })
      this.#write({ kind: 'announced', node, address, count: 1, until: this.#queue.now })
    }
  }

  #somethingOf(node: string, since: number): boolean {
    for (let i = this.timeline.length - 1; i > since; i--) {
      const entry = this.timeline[i] as TimelineEntry
      if ((entry.kind === 'state' || entry.kind === 'life') && entry.node === node) return true
    }
    return false
  }

  mailed(node: string, mail: Mail, delivered: boolean): void {
    if (!delivered) return
    this.mails++
    this.#watch.now?.(this.#queue.now)
    this.#watch.mailed?.(node, mail, delivered)
    const subject = mail.headers.find(([name]) => name === 'Subject')?.[1] ?? ''
    this.#write({ kind: 'mail', node, subject, to: mail.to })
  }

  started(node: string, argv: readonly string[]): void {
    this.#watch.now?.(this.#queue.now)
    this.#watch.ran?.(node, argv)
  }

  piped(node: string, path: string, text: string): void {
    this.#watch.now?.(this.#queue.now)
    this.#watch.piped?.(node, path, text)
    this.#write({ kind: 'piped', node, path, text: text.trimEnd() })
  }

  life(node: string, life: Life): void {
    this.#watch.now?.(this.#queue.now)
    this.#watch.life?.(node, life)
    const machine = this.#machine(node)
    if (life.kind === 'power-on') machine.off = false
    if (life.kind === 'power-off') Object.assign(machine, { off: true, daemon: false, still: 0 })
    if (life.kind === 'daemon-started') {
      this.#watch.now?.(this.#queue.now)
      this.#watch.started?.(node)
      machine.daemon = true
      for (const lane of this.#lanes.values()) if (lane.node === node) lane.state = 'init'
    }
    if (['daemon-exited', 'daemon-killed', 'daemon-crashed', 'daemon-refused'].includes(life.kind)) machine.daemon = false
    if (life.kind === 'daemon-crashed') this.crashes++
    if (life.kind === 'frozen' || life.kind === 'paused') machine.still++
    if (life.kind === 'thawed' || life.kind === 'resumed') machine.still = Math.max(0, machine.still - 1)
    this.#write({ kind: 'life', node, life })
    this.#redraw(node)
  }

  fault(fault: TimedFault, isEnd: boolean): void {
    this.#write({ kind: 'fault', text: describeFault(fault.fault), isEnd })
  }

  groundMoved(): void {
    this.onGroundMoved()
  }

  heard(node: string, from: IpAddress, payload: Uint8Array, ttl: number): void {
    this.#watch.now?.(this.#queue.now)
    this.#watch.heard?.(node, from, payload, ttl)
  }

  sent(node: string, family: Family, datagram: Uint8Array): void {
    this.#watch.now?.(this.#queue.now)
    this.#watch.sent?.(node, family, datagram)
  }

  owners(address: IpAddress, owners: readonly string[]): void {
    this.#write({ kind: 'owners', address, owners })
  }

  reached(client: string, address: IpAddress, node: string | null): void {
    this.#write({ kind: 'reached', client, address, node })
  }
}
