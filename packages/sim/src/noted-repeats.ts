// What a kernel notes for a daemon instead of waking it: the same rules as vrrp-linux has in its BPF program.
import { type Instant, instant, type Milliseconds } from '@havip/base'
import { latenessClassMs, noteClasses, noteSlack, type ReceivedPacket, type RepeatNotes } from '@havip/vrrp-runtime'

type Arrived = Omit<ReceivedPacket, 'at'>

export class NotedRepeats implements RepeatNotes {
  count = 0
  at: Instant
  longestGapMs = 0
  latenessMs = 0
  readonly classes = new Uint32Array(noteClasses)
  readonly #expected: Arrived
  readonly #interval: Milliseconds
  readonly #ended: () => void
  readonly #waiting = { count: 0, longestGapMs: 0, latenessMs: 0, classes: new Uint32Array(noteClasses) }
  #last: number

  constructor({ at, ...packet }: ReceivedPacket, interval: Milliseconds, ended: () => void) {
    // The port's bytes are read, never kept.
    this.#expected = { ...packet, header: packet.header.slice(), payload: packet.payload.slice() }
    this.#interval = interval
    this.#ended = ended
    this.#last = at
    this.at = at
  }

  /** True when the packet need not be handed over. */
  takes(packet: Arrived, now: Instant): boolean {
    const gap = now - this.#last
    if (!isSame(this.#expected, packet) || gap > this.#interval + noteSlack(this.#interval)) return false
    const late = Math.max(0, gap - this.#interval)
    const place = late < latenessClassMs ? 0 : Math.min(noteClasses - 1, 1 + Math.floor(Math.log2(late / latenessClassMs)))
    const { classes } = this.#waiting
    classes[place] = (classes[place] as number) + 1
    this.#waiting.count++
    this.#waiting.latenessMs = late
    this.#waiting.longestGapMs = Math.max(this.#waiting.longestGapMs, gap)
    this.#last = now
    return true
  }

  update(): boolean {
    const { count, longestGapMs, latenessMs, classes } = this.#waiting
    if (count === 0) return false
    this.count = count
    this.at = instant(this.#last)
    this.longestGapMs = longestGapMs
    this.latenessMs = latenessMs
    this.classes.set(classes)
    this.#waiting.count = 0
    classes.fill(0)
    return true
  }

  end(): void {
    this.#ended()
  }
}

function isSame(a: Arrived, b: Arrived): boolean {
  return (
    a.family === b.family &&
    a.protocol === b.protocol &&
    a.source === b.source &&
    a.destination === b.destination &&
    a.ttl === b.ttl &&
    a.payload.length === b.payload.length &&
    a.payload.every((byte, i) => byte === b.payload[i])
  )
}
