// garp_extra_if: addresses that sit on another interface than the instance's own are announced again and again, because
// no advertisement passes there that would keep the switches' tables right.
import { type IfIndex, later } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import type { Agenda, Appointment } from './agenda.ts'
import type { Place } from './announcer.ts'
import type { Clock } from './host.ts'
import type { Placement } from './translate.ts'

type Surroundings = {
  readonly clock: Clock
  readonly agenda: Agenda
  /** One round over these. */
  announce(places: readonly Place[]): void
}

export class ExtraAnnouncements {
  readonly #world: Surroundings
  #appointment: Appointment | undefined

  constructor(world: Surroundings) {
    this.#world = world
  }

  /** From becoming master on, and again after a reload; `current` gives what counts when the time comes. */
  start(
    current: () => { readonly conf: InstanceConf; readonly placements: readonly Placement[]; readonly own: IfIndex | undefined },
  ): void {
    this.stop()
    const every = current().conf.extraGarp?.every
    if (every === undefined || every <= 0) return
    this.#appointment = this.#world.agenda.schedule(later(this.#world.clock.now(), every), () => {
      const { conf, placements, own } = current()
      const places = extraPlaces(conf, placements, own)
      if (places.length > 0) this.#world.announce(places)
      this.start(current)
    })
  }

  stop(): void {
    this.#appointment?.cancel()
    this.#appointment = undefined
  }
}

/** Without `all` only those on virtual MACs of their own. */
export function extraPlaces(conf: InstanceConf, placements: readonly Placement[], own: IfIndex | undefined): readonly Place[] {
  const { extraGarp } = conf
  if (!extraGarp) return []
  return placements.flatMap(({ conf: entry, spec }) => {
    if (!spec || spec.interface === own) return []
    return extraGarp.all || entry.onVmac || conf.vmacForAddresses ? [spec] : []
  })
}
