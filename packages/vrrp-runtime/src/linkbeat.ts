// linkbeat_use_polling and linkbeat_interfaces: interfaces that are asked for their link once a second, and believed instead of
// what the kernel reports of them.
import { later, milliseconds } from '@havip/base'
import type { Configuration, LinkbeatMethod } from '@havip/conf'
import type { Agenda, Appointment } from './agenda.ts'
import type { Clock, Host, Link } from './host.ts'
import { describeHostFault } from './host-words.ts'

const every = milliseconds(1000)
type Surroundings = {
  readonly host: Host
  readonly clock: Clock
  readonly agenda: Agenda
  /** An interface has another state than it had. */
  changed(link: Link): void
}

export class Linkbeat {
  readonly #world: Surroundings
  #asksAll = false
  #methods: ReadonlyMap<string, LinkbeatMethod | undefined> = new Map()
  readonly #states = new Map<string, boolean>()
  readonly #refused = new Set<string>()
  #appointment: Appointment | undefined

  constructor(world: Surroundings) {
    this.#world = world
  }

  configure({ daemon, instances }: Configuration): void {
    this.#asksAll = daemon.linkbeatPolling
    const ofInstances = instances.flatMap((one) => (one.linkbeatPolling && one.interface !== undefined ? [one.interface] : []))
    this.#methods = new Map([
      ...ofInstances.map((name) => [name, undefined] as const),
      ...daemon.linkbeatInterfaces.map((one) => [one.interface, one.method] as const),
    ])
    this.#states.clear()
    this.#refused.clear()
    this.stop()
    if (!this.#world.host.probeLink || (!this.#asksAll && this.#methods.size === 0)) return
    this.#ask(false)
    this.#wait()
  }

  /** The link as it counts. */
  apply(link: Link): Link {
    const isUp = this.#states.get(link.name)
    return isUp === undefined || isUp === link.isUp ? link : { ...link, isUp }
  }

  stop(): void {
    this.#appointment?.cancel()
    this.#appointment = undefined
  }

  #wait(): void {
    const { agenda, clock } = this.#world
    this.#appointment = agenda.schedule(later(clock.now(), every), () => {
      this.#ask(true)
      this.#wait()
    })
  }

  #ask(tells: boolean): void {
    for (const link of this.#world.host.links()) {
      if (this.#methods.has(link.name) || (this.#asksAll && !link.isLoopback)) this.#askOne(link, tells)
    }
  }

  #askOne(link: Link, tells: boolean): void {
    const { name } = link
    const answer = this.#world.host.probeLink?.(name, this.#methods.get(name))
    if (!answer) return
    const before = this.#states.get(name)
    if (answer.ok) this.#states.set(name, answer.value)
    else {
      // Whoever cannot be asked is believed through the kernel.
      this.#states.delete(name)
      if (!this.#refused.has(name))
        this.#world.host.log(4, `linkbeat polling of ${name}: ${describeHostFault(answer.fault)}; the kernel's word counts`)
      this.#refused.add(name)
    }
    if (tells && before !== this.#states.get(name)) this.#world.changed(link)
  }
}
