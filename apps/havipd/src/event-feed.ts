// Events in order, for readers that come, go and come again: kept in bounded memory, each with its sequence number. A reader that
// is slower than what happens is told how much it has missed, and nobody waits for it.
import { type Daemon, type Entry, toJsonLine } from '@havip/vrrp-runtime'

/** So many are kept at least for readers that come later or are slow, and twice as many at most. */
export const keptMin = 4096
/** A reader's socket may hold this much that it has not read; the rest waits here. */
const unsentBytesMax = 256 * 1024

/** What was dropped lies between these two sequence numbers; `reason` says why. */
export type Gap = { readonly afterSequence: number; readonly upToSequence: number; readonly reason: 'too-old' | 'other-stream' }

export type Head = {
  /** Another one after a restart: sequence numbers begin anew then, unless the recording is on disk. */
  readonly stream: string
  /** The first that is kept and the latest; 0 when nothing has happened. */
  readonly oldest: number
  readonly newest: number
  /** The first that this run gave out itself: what comes before it was read from the recording on disk, and others may have heard it then. */
  readonly own: number
}

export type Sink = {
  /** False: it has to be pumped again when there is. */
  hasRoom(): boolean
  write(line: string): void
}

export type Subscription = { readonly head: Head; pump(): void; close(): void }

export class EventFeed {
  readonly #stream: string
  readonly #own: number
  readonly #kept: Entry[] = []
  readonly #readers = new Set<() => void>()
  readonly #stop: () => void
  #newest = 0
  /** The latest of those that are kept no more. */
  #forgotten = 0

  /**
   * What the daemon has recorded so far is kept as well.
   *
   * @param stream names this run of the daemon
   * @param own the first number that it gives out itself
   */
  constructor(daemon: Pick<Daemon, 'recording' | 'onEvent'>, { stream, own }: Pick<Head, 'stream' | 'own'>) {
    this.#stream = stream
    this.#own = own
    for (const entry of daemon.recording()) this.#keep(entry)
    this.#stop = daemon.onEvent((entry) => {
      this.#keep(entry)
      for (const wake of this.#readers) wake()
    })
  }

  get head(): Head {
    return { stream: this.#stream, oldest: this.#kept[0]?.sequence ?? 0, newest: this.#newest, own: this.#own }
  }

  /**
   * Everything after `since`, and what happens from now on; without it only the latter.
   *
   * @param stream where `since` was heard; of another one it means nothing.
   */
  subscribe(sink: Sink, from: { readonly since?: number; readonly stream?: string }): Subscription {
    const isOther = from.stream !== undefined && from.stream !== this.#stream
    let last = isOther ? 0 : (from.since ?? this.#newest)
    if (isOther) sink.write(gapLine({ afterSequence: from.since ?? 0, upToSequence: this.#forgotten, reason: 'other-stream' }))
    // A number that was never given out: whoever asks means the future.
    if (last > this.#newest) last = this.#newest
    const pump = (): void => {
      if (!sink.hasRoom()) return
      if (last < this.#forgotten) {
        sink.write(gapLine({ afterSequence: last, upToSequence: this.#forgotten, reason: 'too-old' }))
        last = this.#forgotten
      }
      let next = this.#kept.length
      while (next > 0 && (this.#kept[next - 1] as Entry).sequence > last) next--
      for (; next < this.#kept.length && sink.hasRoom(); next++) {
        const entry = this.#kept[next] as Entry
        last = entry.sequence
        sink.write(toJsonLine(entry))
      }
    }
    this.#readers.add(pump)
    return { head: this.head, pump, close: () => void this.#readers.delete(pump) }
  }

  close(): void {
    this.#stop()
    this.#readers.clear()
  }

  #keep(entry: Entry): void {
    if (!isNotable(entry) || entry.sequence <= this.#newest) return
    this.#kept.push(entry)
    this.#newest = entry.sequence
    if (this.#kept.length > 2 * keptMin) this.#forgotten = this.#kept.splice(0, keptMin).at(-1)?.sequence ?? this.#forgotten
  }
}

/** Adverts of the steady kind are no events. */
const isNotable = ({ what }: Entry): boolean =>
  what.kind !== 'adverts-heard' && ((what.kind !== 'advert-sent' && what.kind !== 'advert-heard') || what.priority === 0)

const gapLine = (gap: Gap): string => JSON.stringify({ dropped: gap })

/** For a socket: what it has not sent is bounded, the rest stays in the feed. */
export const socketHasRoom = (socket: { readonly writableLength: number }): boolean => socket.writableLength < unsentBytesMax
