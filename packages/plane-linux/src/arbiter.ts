// What becomes of an address that two ports claim. Pure: it is told who announced and who answered, and says what to do.
//
// The rule: the last legal announcement owns, and the kernel has already done so when we hear of it. A while after each
// take-over all ports that the address is bound to are asked for it. The old owner should be silent by then: it died, or VRRP
// told it. When it still answers, two hold the address, and the fence keeps the second one's packets out. That is no conflict yet:
// a machine whose daemon hangs is taken over from in this way. It is one when it takes the address *back* while the
// other still holds it: then each believes to be the owner, and without us they would take turns for ever. Then
// - whoever has the address back keeps it, as long as it answers for it. It had the address before the other came, so most connections
//   are its own, and nothing moves once more; of nodes that cannot hear each other, nothing we could know makes one the right one.
// - the claims of the others are refused, the longer the more often this happens;
// - the winner is asked for the address every second. When it no longer answers, another that holds the address gets it at once,
//   and else whoever announces it next; nobody waits for the end of the hold.
// - When a loser has not claimed it for the length of the hold (VRRP heard again, or somebody mended it), it is let go.

/** An owner is taken over from, and is back within so long: they take turns. */
const turnsWindowMs = 60_000
/** Conflicts so far back make the hold no longer. */
const memoryMs = 600_000
const holdMinMs = 5_000
const holdMaxMs = 60_000
/** After a take-over, and while something is undecided. */
export const askAfterMs = 250
const askWithinMs = 1_000
const askEveryMs = 1_000
/** After so many looks at a port that holds the address besides its owner, and makes no move: only now and then. */
const patienceLooks = 10
const askSeldomMs = 10_000
/** Times in a row that an owner did not answer; then it has given the address up. */
const missesMax = 2
const missEveryMs = 150
/** Take-overs of one address that are remembered; bound ports are fewer. */
const turnsMax = 32

export type Conflict = { readonly winner: string; readonly losers: readonly string[]; readonly forMs: number }

/** What one look found: who owns in the kernel, and which ports answered for the address, the owner among them. */
export type Sight = { readonly owner: string | undefined; readonly holders: readonly string[] }

export type Verdict =
  /** The owner says nothing, and this one holds the address. */
  | { readonly kind: 'give'; readonly to: string }
  /** Also again and again, as long as it lasts. */
  | { readonly kind: 'hold'; readonly loser: string; readonly winner: string }
  | { readonly kind: 'release'; readonly loser: string }

type Open = {
  readonly winner: string
  readonly sinceMs: number
  readonly holdMs: number
  /** When each loser last claimed the address. */
  readonly losers: Map<string, number>
}
type Book = {
  owner: string | undefined
  readonly turns: { readonly owner: string; readonly atMs: number }[]
  /** When conflicts began. */
  begun: number[]
  count: number
  open: Open | undefined
  misses: number
  looks: number
  lookAtMs: number | undefined
  /** Until then at the latest, since a take-over that has not been looked at. */
  lookByMs: number | undefined
}

/** The addresses of one router. Ports are named by whatever the caller names them by. */
export class Arbiter {
  readonly #books = new Map<string, Book>()

  /** An announcement that passed. Returns whether it is news: the address is announced by another than before. */
  heard(address: string, port: string, nowMs: number): boolean {
    const book = this.#book(address)
    if (book.owner === port) return false
    book.owner = port
    this.#turn(book, port, nowMs)
    book.misses = 0
    book.looks = 0
    // A later take-over puts the look off, but not for ever: two that take turns quickly are looked at, too.
    book.lookByMs ??= nowMs + askWithinMs
    book.lookAtMs = Math.min(nowMs + askAfterMs, book.lookByMs)
    return true
  }

  /** What was so before we were there: an owner, and those that are held in the kernel. */
  resume(address: string, owner: string, losers: readonly string[], nowMs: number): void {
    const book = this.#book(address)
    book.owner = owner
    this.#turn(book, owner, nowMs)
    if (losers.length === 0) return
    book.begun.push(nowMs)
    book.count++
    book.open = { winner: owner, sinceMs: nowMs, holdMs: holdMinMs, losers: new Map(losers.map((loser) => [loser, nowMs])) }
    book.lookAtMs = nowMs
  }

  /** A port was cut off or changed: whoever announces next is news. */
  forget(): void {
    for (const book of this.#books.values()) book.owner = undefined
  }

  /** An address that is no HAVIP any more. */
  drop(address: string): void {
    this.#books.delete(address)
  }

  /** Addresses to look at now. */
  due(nowMs: number): string[] {
    return [...this.#books].flatMap(([address, { lookAtMs }]) => (lookAtMs !== undefined && lookAtMs <= nowMs ? [address] : []))
  }

  /** When to look next; undefined: nothing is open. */
  nextLookMs(): number | undefined {
    let next: number | undefined
    for (const { lookAtMs } of this.#books.values()) if (lookAtMs !== undefined && (next === undefined || lookAtMs < next)) next = lookAtMs
    return next
  }

  /** Judges what was found at an address that was due. */
  saw(address: string, { owner, holders }: Sight, nowMs: number): readonly Verdict[] {
    const book = this.#book(address)
    const others = holders.filter((port) => port !== owner)
    book.looks++
    book.lookAtMs = undefined
    book.lookByMs = undefined
    if (owner !== undefined && !holders.includes(owner)) return this.#silent(book, others, nowMs)
    book.misses = 0
    const open = book.open
    if (owner === undefined) return open ? this.#end(book, open) : []
    if (open) return this.#watch(book, open, owner, others, nowMs)
    if (others.length === 0) {
      forgetTurns(book)
      // Once more: a daemon may need a moment to notice.
      if (book.looks < 2) book.lookAtMs = nowMs + askEveryMs
      return []
    }
    const rivals = others.filter((port) => tookTurns(book, owner, port, nowMs))
    if (rivals.length === 0) {
      book.lookAtMs = nowMs + (book.looks < patienceLooks ? askEveryMs : askSeldomMs)
      return []
    }
    book.begun = [...book.begun.filter((atMs) => nowMs - atMs < memoryMs), nowMs]
    book.count++
    const holdMs = Math.min(holdMaxMs, holdMinMs * 2 ** (book.begun.length - 1))
    book.open = { winner: owner, sinceMs: nowMs, holdMs, losers: new Map(rivals.map((rival) => [rival, nowMs])) }
    book.lookAtMs = nowMs + askEveryMs
    return rivals.map((loser) => ({ kind: 'hold', loser, winner: owner }))
  }

  conflicts(address: string): number {
    return this.#books.get(address)?.count ?? 0
  }

  conflict(address: string, nowMs: number): Conflict | undefined {
    const open = this.#books.get(address)?.open
    return open && { winner: open.winner, losers: [...open.losers.keys()], forMs: nowMs - open.sinceMs }
  }

  /** The owner does not answer for its address. */
  #silent(book: Book, others: readonly string[], nowMs: number): readonly Verdict[] {
    book.misses++
    if (book.misses < missesMax) {
      book.lookAtMs = nowMs + missEveryMs
      return []
    }
    const released = book.open ? this.#end(book, book.open) : []
    book.misses = 0
    // Of several, the one that had it last.
    const heir = book.turns.findLast((turn) => others.includes(turn.owner))?.owner ?? others[0]
    if (heir === undefined) return released
    book.owner = heir
    this.#turn(book, heir, nowMs)
    book.looks = 0
    book.lookAtMs = nowMs + askEveryMs
    return [...released, { kind: 'give', to: heir }]
  }

  #watch(book: Book, open: Open, owner: string, others: readonly string[], nowMs: number): readonly Verdict[] {
    if (owner !== open.winner) {
      if (!others.includes(open.winner)) return this.#end(book, open)
      // A third one, or a loser that was quicker than its hold: the winner still answers, so the address goes back.
      open.losers.set(owner, nowMs)
    }
    const verdicts: Verdict[] = []
    for (const [loser, lastMs] of open.losers) {
      if (others.includes(loser)) open.losers.set(loser, nowMs)
      else if (loser !== owner && nowMs - lastMs >= open.holdMs) {
        open.losers.delete(loser)
        verdicts.push({ kind: 'release', loser })
        continue
      }
      verdicts.push({ kind: 'hold', loser, winner: open.winner })
    }
    if (open.losers.size === 0) {
      book.open = undefined
      forgetTurns(book)
    } else book.lookAtMs = nowMs + askEveryMs
    return verdicts
  }

  #end(book: Book, open: Open): readonly Verdict[] {
    book.open = undefined
    return [...open.losers.keys()].map((loser) => ({ kind: 'release', loser }))
  }

  #turn(book: Book, owner: string, atMs: number): void {
    if (book.turns.at(-1)?.owner === owner) return
    book.turns.push({ owner, atMs })
    if (book.turns.length > turnsMax) book.turns.shift()
  }

  #book(address: string): Book {
    const known = this.#books.get(address)
    if (known) return known
    const nothing = { owner: undefined, open: undefined, lookAtMs: undefined, lookByMs: undefined }
    const book: Book = { ...nothing, turns: [], begun: [], count: 0, misses: 0, looks: 0 }
    this.#books.set(address, book)
    return book
  }
}

/** Only one holds the address: what went before was in order, or is over. */
const forgetTurns = (book: Book): void => void book.turns.splice(0, book.turns.length - 1)

/** The owner had the address, the other took it, and the owner has it back, not long ago. */
function tookTurns(book: Book, owner: string, other: string, nowMs: number): boolean {
  const taken = book.turns.findLastIndex((turn) => turn.owner === other && nowMs - turn.atMs <= turnsWindowMs)
  return taken > 0 && book.turns.slice(0, taken).some((turn) => turn.owner === owner)
}
