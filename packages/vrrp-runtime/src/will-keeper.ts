// Hands the last will to the guard whenever it has changed.
import { between, type Instant, later, milliseconds } from '@havip/base'
import type { Agenda } from './agenda.ts'
import type { Clock, Host, Will } from './host.ts'
import { emptyWill, willToJson } from './will.ts'

/** While a thousand routers change state, a will is made again after so many times what it took to make the last one. */
const restFactor = 4
/** And after so long in any case. */
const restMax = milliseconds(100)

export class WillKeeper {
  readonly #host: Host
  readonly #clock: Clock
  readonly #agenda: Agenda
  #last = ''
  #isDue = false
  /** Until then whoever is not prompt waits. */
  #restsUntil: Instant | undefined

  constructor(host: Host, clock: Clock, agenda: Agenda) {
    this.#host = host
    this.#clock = clock
    this.#agenda = agenda
  }

  /** At once, or with `isPrompt` false a turn of the loop later or, when wills take their time, some turns: a thousand routers change together. */
  changed(make: () => Will, isPrompt: boolean): void {
    if (isPrompt) {
      this.#entrust(make())
      return
    }
    if (this.#isDue) return
    this.#isDue = true
    const now = this.#clock.now()
    const at = this.#restsUntil !== undefined && this.#restsUntil > now ? this.#restsUntil : now
    this.#agenda.schedule(at, () => {
      this.#isDue = false
      const began = this.#clock.now()
      this.#entrust(make())
      const ended = this.#clock.now()
      this.#restsUntil = later(ended, milliseconds(Math.min(restFactor * between(began, ended), restMax)))
    })
  }

  /** All is undone already. */
  revoke(): void {
    this.#entrust(emptyWill)
  }

  #entrust(will: Will): void {
    const text = willToJson(will)
    if (text === this.#last) return
    this.#last = text
    this.#host.entrustToGuard(will)
  }
}
