// System calls that the kernel refused one instance: its FAULT as long as they last, each tried again after a while.
import { later, milliseconds } from '@havip/base'
import type { FaultCause } from '@havip/vrrp'
import type { Agenda } from './agenda.ts'
import type { Clock, HostFault } from './host.ts'

/** Tried again after this long, then twice as long, up to five minutes. */
const retryFirst = milliseconds(5000)
const retryMax = milliseconds(300_000)

export type RefusedThing = 'socket' | 'address' | 'vmac'

export class Refusals {
  readonly #clock: Clock
  readonly #agenda: Agenda
  readonly #retry: () => void
  readonly #faults = new Map<string, FaultCause>()
  #retryAfter = retryFirst

  /** `retry` is called when something may be tried again. */
  constructor(clock: Clock, agenda: Agenda, retry: () => void) {
    this.#clock = clock
    this.#agenda = agenda
    this.#retry = retry
  }

  get causes(): readonly FaultCause[] {
    return [...this.#faults.values()]
  }

  has(what: RefusedThing): boolean {
    return this.#faults.has(what)
  }

  add(what: RefusedThing, { call, errno, detail }: HostFault): void {
    const after = this.#retryAfter
    this.#retryAfter = milliseconds(Math.min(2 * after, retryMax))
    this.#faults.set(what, { kind: 'system', call, errno, detail })
    this.#agenda.schedule(later(this.#clock.now(), after), () => {
      if (this.#faults.delete(what)) this.#retry()
    })
  }

  /** It works again: the next refusal waits the short time. */
  relax(): void {
    this.#retryAfter = retryFirst
  }
}
