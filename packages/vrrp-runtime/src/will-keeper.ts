// Hands the last will to the guard whenever it has changed.
import type { Agenda } from './agenda.ts'
import type { Clock, Host, Will } from './host.ts'
import { emptyWill, willToJson } from './will.ts'

export class WillKeeper {
  readonly #host: Host
  readonly #clock: Clock
  readonly #agenda: Agenda
  #last = ''
  #isDue = false

  constructor(host: Host, clock: Clock, agenda: Agenda) {
    this.#host = host
    this.#clock = clock
    this.#agenda = agenda
  }

  /** At once, or with `isPrompt` false once a turn of the loop: a thousand routers change together. */
  changed(make: () => Will, isPrompt: boolean): void {
    if (isPrompt) {
      this.#entrust(make())
      return
    }
    if (this.#isDue) return
    this.#isDue = true
    this.#agenda.schedule(this.#clock.now(), () => {
      this.#isDue = false
      this.#entrust(make())
    })
  }

  /** All is undone already. */
  revoke(): void {
    this.#entrust(emptyWill)
  }

  #entrust(will: Will): void {
    // The identification in a datagram counts with every advertisement; it makes no new will.
    const text = willToJson({ ...will, resignations: will.resignations.map((one) => ({ ...one, datagram: one.datagram.subarray(20) })) })
    if (text === this.#last) return
    this.#last = text
    this.#host.entrustToGuard(will)
  }
}
