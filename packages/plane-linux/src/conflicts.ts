// Whether two ports announce one address at once. In a takeover the old owner falls silent; when it is heard again right after
// another has taken over, both believe to be the owner. Pure; time comes in.

/** First, other, first again within so long is a conflict: no takeover and return is as quick with timers of a second. */
const windowMs = 3_000
/** Announcers of one address that are remembered; bound ports are fewer. */
const announcersMax = 16

export type Heard = {
  /** The address is announced by another than before. */
  readonly isNews: boolean
  /** And the one before it, whom it follows, was heard between two announcements of its own. */
  readonly isConflict: boolean
}

type Book = { current: string; readonly lastMs: Map<string, number>; conflicts: number }

/** Announcements of the addresses of one router. */
export class Announcers {
  readonly #books = new Map<string, Book>()

  hear(address: string, mac: string, nowMs: number): Heard {
    const book = this.#books.get(address)
    if (!book) {
      this.#books.set(address, { current: mac, lastMs: new Map([[mac, nowMs]]), conflicts: 0 })
      return { isNews: true, isConflict: false }
    }
    const before = book.lastMs.get(mac)
    const isNews = book.current !== mac
    const isConflict = isNews && before !== undefined && nowMs - before <= windowMs
    book.current = mac
    if (isConflict) book.conflicts++
    book.lastMs.delete(mac)
    book.lastMs.set(mac, nowMs)
    const [oldest] = book.lastMs.keys()
    if (book.lastMs.size > announcersMax && oldest !== undefined) book.lastMs.delete(oldest)
    return { isNews, isConflict }
  }

  conflicts(address: string): number {
    return this.#books.get(address)?.conflicts ?? 0
  }

  /** A port was cut off: whoever announces next is news again, and no conflict. The counts stay. */
  forget(): void {
    for (const book of this.#books.values()) {
      book.current = ''
      book.lastMs.clear()
    }
  }
}
