// interface_up_down_delays: a link that goes down or comes up counts only after it has stayed so for a while.
import { type IfIndex, later } from '@havip/base'
import type { InterfaceDelayConf } from '@havip/conf'
import type { Agenda, Appointment } from './agenda.ts'
import type { Clock, Link } from './host.ts'

type Held = { readonly isUp: boolean; readonly appointment: Appointment }

export class LinkDelays {
  readonly #clock: Clock
  readonly #agenda: Agenda
  readonly #settled: (index: IfIndex) => void
  #delays: ReadonlyMap<string, InterfaceDelayConf> = new Map()
  /** What counts now, of interfaces with a delay. */
  readonly #counted = new Map<IfIndex, boolean>()
  readonly #held = new Map<IfIndex, Held>()

  /** @param settled is called when a change has lasted: ask `apply` again. */
  constructor(clock: Clock, agenda: Agenda, settled: (index: IfIndex) => void) {
    this.#clock = clock
    this.#agenda = agenda
    this.#settled = settled
  }

  configure(delays: readonly InterfaceDelayConf[]): void {
    this.#delays = new Map(delays.map((one) => [one.interface, one]))
  }

  /** The link as it counts: with its old state while a change is on trial. What is seen for the first time counts at once. */
  apply(link: Link): Link {
    const delay = this.#delays.get(link.name)
    const counted = this.#counted.get(link.index)
    if (!delay || counted === undefined || counted === link.isUp) {
      this.#drop(link.index)
      if (delay) this.#counted.set(link.index, link.isUp)
      return link
    }
    const after = link.isUp ? delay.up : delay.down
    if (after <= 0) {
      this.#drop(link.index)
      this.#counted.set(link.index, link.isUp)
      return link
    }
    if (!this.#held.has(link.index)) {
      const appointment = this.#agenda.schedule(later(this.#clock.now(), after), () => {
        this.#held.delete(link.index)
        this.#counted.set(link.index, link.isUp)
        this.#settled(link.index)
      })
      this.#held.set(link.index, { isUp: link.isUp, appointment })
    }
    return { ...link, isUp: counted }
  }

  forget(index: IfIndex): void {
    this.#drop(index)
    this.#counted.delete(index)
  }

  #drop(index: IfIndex): void {
    this.#held.get(index)?.appointment.cancel()
    this.#held.delete(index)
  }
}
