// What one webhook has heard and not yet delivered, and where it goes on reading: the daemon's stream in, batches out.
import type { WebhookEventKind } from '@havip/conf'
import { type Entry, entryFromJsonLine } from '@havip/vrrp-runtime'
import type { EventHead, EventPosition } from '../daemon-line.ts'
import { type EventItem, itemOf } from './event-item.ts'
import type { Heard, Memory, Waiting } from './journal.ts'

/** With so many waiting the daemon is read no further: it keeps the next 4,096 at least, and says what it could not keep. */
const waitingMax = 500
const batchMax = 100
/** Of a batch's events as JSON; the first is sent whatever its size. */
const batchLengthMax = 256 * 1024

export type Batch = { readonly stream: string; readonly items: readonly EventItem[] }

export class Inbox {
  readonly #kinds: ReadonlySet<string>
  #memory: Memory

  constructor(memory: Memory, kinds: readonly WebhookEventKind[]) {
    this.#memory = memory
    this.#kinds = new Set(kinds)
  }

  get memory(): Memory {
    return this.#memory
  }

  get hasRoom(): boolean {
    return this.#memory.waiting.length < waitingMax
  }

  get position(): EventPosition {
    const { heard } = this.#memory
    // A new webhook begins with what the running daemon has gone through.
    return { since: heard?.number ?? 0, stream: heard?.stream }
  }

  connected({ stream, own }: EventHead, now: Date): void {
    const { heard } = this.#memory
    if (heard?.stream === stream) return
    this.#note({ heard: { stream, number: 0, wall: 0, earlier: { below: own, number: heard?.number, wall: heard?.wall ?? 0 } } })
    if (!heard) return
    const detail = { before: { stream: heard.stream, id: heard.number } }
    this.#push(stream, {
      id: 0,
      at: now.toISOString(),
      kind: 'restarted',
      text: 'the daemon was started anew: numbers begin again',
      detail,
    })
  }

  /** One line of the stream, once it is known which. True when something new waits. */
  hear(line: string, now: Date): boolean {
    const { heard } = this.#memory
    if (!heard) return false
    const entry = entryFromJsonLine(line)
    if (!entry) return this.#hearGap(line, heard, now)
    this.#note({ heard: { ...heard, number: entry.sequence, wall: entry.wall } })
    const item = wasHeard(entry, heard) ? undefined : itemOf(entry)
    if (!item || !this.#kinds.has(item.kind)) return false
    this.#push(heard.stream, item)
    return true
  }

  /** The next to be delivered, of one stream; undefined: nothing waits. */
  batch(): Batch | undefined {
    const { waiting } = this.#memory
    const stream = waiting[0]?.stream
    if (stream === undefined) return undefined
    const items: EventItem[] = []
    let length = 0
    for (const next of waiting) {
      length += JSON.stringify(next.item).length
      if (next.stream !== stream || items.length >= batchMax || (items.length > 0 && length > batchLengthMax)) break
      items.push(next.item)
    }
    return { stream, items }
  }

  /** The batch, which was the first of what waits, is done with. */
  settle({ stream, items }: Batch, isTaken: boolean, now: Date): void {
    const { waiting, delivered, refused } = this.#memory
    this.#note({
      waiting: waiting.slice(items.length),
      last: { stream, number: items.at(-1)?.id ?? 0, at: now.toISOString() },
      delivered: delivered + (isTaken ? items.length : 0),
      refused: refused + (isTaken ? 0 : items.length),
    })
  }

  #hearGap(line: string, heard: Heard, now: Date): boolean {
    const gap = gapOf(line)
    // That it is another stream is known from its head.
    if (gap?.reason !== 'too-old') return false
    const { upToSequence: upTo } = gap
    const after = Math.max(gap.afterSequence, notAwaited(heard))
    this.#note({ heard: { ...heard, number: upTo } })
    if (after >= upTo) return false
    this.#note({ dropped: this.#memory.dropped + upTo - after })
    const text = `the daemon no longer has numbers ${after + 1} to ${upTo}: the receiver was away for too long`
    this.#push(heard.stream, { id: upTo, at: now.toISOString(), kind: 'dropped', text, detail: { after, upTo } })
    return true
  }

  #push(stream: string, item: EventItem): void {
    const waiting: Waiting = { stream, item }
    this.#note({ waiting: [...this.#memory.waiting, waiting] })
  }

  #note(change: Partial<Memory>): void {
    this.#memory = { ...this.#memory, ...change }
  }
}

/** Read from the recording on disk, and heard when it happened; or from before a new webhook's first daemon. */
const wasHeard = ({ sequence, wall }: Entry, { earlier }: Heard): boolean =>
  sequence < earlier.below && (earlier.number === undefined || (sequence <= earlier.number && wall <= earlier.wall))

/** Up to this number nothing is missed. A new webhook misses nothing of what the daemon had forgotten by then. */
function notAwaited({ number, earlier }: Heard): number {
  if (number > 0) return 0
  return earlier.number === undefined ? Number.POSITIVE_INFINITY : Math.min(earlier.below - 1, earlier.number)
}

type Gap = { readonly afterSequence: number; readonly upToSequence: number; readonly reason: string }

function gapOf(line: string): Gap | undefined {
  try {
    return (JSON.parse(line) as { readonly dropped?: Gap }).dropped
  } catch {
    return undefined
  }
}
