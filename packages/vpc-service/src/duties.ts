// What only one controller does, as long as it is the one: reconcile, and run what was asked to be run. It begins a term of its own
// each time, by which the plane tells it from whoever thinks to be the one still.
import { later, milliseconds } from '@havip/base'
import type { Clock, Entropy, Timer } from './clock.ts'
import { CommandRunner } from './command-runner.ts'
import type { Leadership } from './leadership.ts'
import type { Claim, Compute, DataPlane } from './ports.ts'
import { beginTerm } from './reconcile/mastery.ts'
import type { ReconcileEvent } from './reconcile/reconcile-event.ts'
import { Reconciler } from './reconcile/reconciler.ts'
import type { Store } from './store.ts'

/** Work that goes on by itself as long as we lead. */
export type Duty = {
  /** There may be something new. Never throws. */
  wake(): void
  /** Begins nothing more; resolves when what was begun has ended. */
  stop(): Promise<void>
}

export type DutyParts = {
  readonly store: Store
  readonly plane: DataPlane
  readonly compute: Compute
  readonly clock: Clock
  readonly claim: Claim
}

export type DutiesParts = Omit<DutyParts, 'claim'> & {
  readonly entropy: Entropy
  readonly leadership: Leadership
  readonly report?: (event: ReconcileEvent) => void
  /** See the reconciler's. */
  readonly passed?: (durationMs: number, rowsWritten: number) => void
  /** Commands could not be looked for, or a term could not be begun; it is tried again. */
  readonly troubled?: (error: unknown) => void
  /** Further duties. */
  readonly more?: readonly ((parts: DutyParts) => Duty)[]
}

type Term = { readonly reconciler: Reconciler; readonly duties: readonly Duty[] }

/** How long the term before may take to end; what still hangs then is turned away by the plane, by its term. */
const endingMaxMs = 5_000
/** Before another attempt to begin a term. */
const againMs = 500

export class Duties {
  readonly #parts: DutiesParts
  readonly #unwatch: () => void
  #term: Term | undefined
  /** The end of what went before: two terms of one controller don't overlap. */
  #ended: Promise<unknown> = Promise.resolve()
  #isBeginning = false
  #isStopped = false
  #timer: Timer | undefined

  constructor(parts: DutiesParts) {
    this.#parts = parts
    this.#unwatch = parts.leadership.watch((event) => {
      if (event === 'gained') void this.#begin()
      else if (event === 'lost') this.#end()
      else this.wake()
    })
    if (parts.leadership.isLeader) void this.#begin()
  }

  get isLeader(): boolean {
    return this.#term !== undefined
  }

  /** What is there is what is meant, as far as is known here; undefined: another controller knows. */
  get isQuiet(): boolean | undefined {
    return this.#term?.reconciler.isQuiet
  }

  /** True: the plane is another installation's. */
  get standsBack(): boolean {
    return this.#term?.reconciler.standsBack ?? false
  }

  /** Rows were written. */
  wake(): void {
    this.#term?.reconciler.wake()
    for (const duty of this.#term?.duties ?? []) duty.wake()
  }

  /** Ends what is under way; the leadership is given back by whoever opened it. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#unwatch()
    this.#end()
    await this.#ended
  }

  async #begin(): Promise<void> {
    if (this.#isBeginning || this.#term || this.#isStopped) return
    this.#isBeginning = true
    try {
      const { store, clock, entropy, leadership } = this.#parts
      await Promise.race([this.#ended, new Promise<void>((go) => clock.setTimer(later(clock.now(), milliseconds(endingMaxMs)), go))])
      const claim = await beginTerm(store, clock, entropy)
      if (leadership.isLeader && !this.#isStopped) this.#take(claim)
    } catch (error) {
      this.#parts.troubled?.(error)
      this.#timer = this.#parts.clock.setTimer(later(this.#parts.clock.now(), milliseconds(againMs)), () => {
        if (this.#parts.leadership.isLeader) void this.#begin()
      })
    } finally {
      this.#isBeginning = false
    }
  }

  #take(claim: Claim): void {
    const { store, plane, compute, clock, report, passed } = this.#parts
    const parts: DutyParts = { store, plane, compute, clock, claim }
    const reconciler = new Reconciler({ ...parts, ...(report && { report }), ...(passed && { passed }) })
    const commands = commandDuty(parts, this.#parts.troubled)
    this.#term = { reconciler, duties: [commands, ...(this.#parts.more ?? []).map((make) => make(parts))] }
    reconciler.start()
    this.wake()
  }

  #end(): void {
    const term = this.#term
    if (!term) return
    this.#term = undefined
    this.#ended = Promise.all([term.reconciler.stop(), ...term.duties.map((duty) => duty.stop())]).catch(() => undefined)
  }
}

function commandDuty(parts: DutyParts, troubled: ((error: unknown) => void) | undefined): Duty {
  const runner = new CommandRunner(parts)
  return { wake: () => void runner.wake().catch((error: unknown) => troubled?.(error)), stop: () => runner.stop() }
}
