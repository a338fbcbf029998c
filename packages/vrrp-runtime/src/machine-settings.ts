// promote_secondaries and disable_local_igmp: settings of the kernel that have our value while we run.
import type { Configuration } from '@havip/conf'
import type { Host, Link } from './host.ts'

type Wanted = { readonly value: string; readonly why: string }

export class MachineSettings {
  readonly #host: Host
  readonly #findLink: (name: string) => Link | undefined
  #wanted: ReadonlyMap<string, Wanted> = new Map()
  readonly #held = new Set<string>()
  readonly #refused = new Set<string>()

  constructor(host: Host, findLink: (name: string) => Link | undefined) {
    this.#host = host
    this.#findLink = findLink
  }

  /** At start and at each reload: those that are no longer wanted go back. */
  configure(configuration: Configuration): void {
    this.#wanted = wantedBy(configuration)
    this.#refused.clear()
    for (const path of this.#held) if (!this.#wanted.has(path)) this.#giveBack(path)
    this.placeAgain()
  }

  /** An interface has come: its settings came with it, as the system makes them. */
  linkCame(name: string): void {
    for (const path of this.#held) if (path.includes(`/${name}/`)) this.#giveBack(path)
    this.placeAgain()
  }

  placeAgain(): void {
    for (const [path, { value, why }] of this.#wanted) {
      const { settings } = this.#host
      if (!settings || this.#held.has(path) || !this.#isThere(path)) continue
      if (settings.borrow(path, value)) this.#held.add(path)
      else if (!this.#refused.has(path)) {
        this.#refused.add(path)
        this.#host.log(4, `${why} is not carried out: the kernel does not let net/${path} be set`)
      }
    }
  }

  giveBackAll(): void {
    for (const path of this.#held) this.#giveBack(path)
  }

  #isThere(path: string): boolean {
    const name = /^ipv4\/conf\/([^/]+)\//.exec(path)?.[1]
    return name === undefined || this.#findLink(name) !== undefined
  }

  #giveBack(path: string): void {
    this.#held.delete(path)
    this.#host.settings?.giveBack(path)
  }
}

function wantedBy({ global, instances }: Configuration): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  if (global.disableLocalIgmp) wanted.set('ipv4/igmp_link_local_mcast_reports', { value: '0', why: 'disable_local_igmp' })
  for (const { promoteSecondaries, interface: name, name: instance } of instances) {
    if (!promoteSecondaries || name === undefined) continue
    wanted.set(`ipv4/conf/${name}/promote_secondaries`, { value: '1', why: `promote_secondaries of ${instance}` })
  }
  return wanted
}
