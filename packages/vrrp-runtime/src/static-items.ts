// The static addresses, routes and rules of the daemon as one: put back when they vanish, tried again until they are there,
// and the instances of a track_group kept in FAULT meanwhile.
import { type IfIndex, type IpAddress, later, milliseconds, type Result } from '@havip/base'
import type { Configuration, InstanceConf, RouteConf, RuleConf } from '@havip/conf'
import type { FaultCause } from '@havip/vrrp'
import type { Agenda } from './agenda.ts'
import { inInterfaceOf } from './assessment.ts'
import type { AddressSpec, Clock, Host, HostFault, Link } from './host.ts'
import type { GoneRoute, Removal } from './host-parts.ts'
import type { Holdings } from './leftovers.ts'
import type { RouteNames } from './route-names.ts'
import { StaticAddresses } from './static-addresses.ts'
import { StaticRoutes } from './static-routes.ts'

/** Something static that is not there, and the track_group that wants to know. */
export type MissingItem = { readonly what: string; readonly trackGroup: string | undefined }

type Surroundings = {
  readonly host: Host
  readonly clock: Clock
  readonly agenda: Agenda
  names(): RouteNames
  findLink(name: string): Link | undefined
  removeAddress(spec: AddressSpec): Result<Removal, HostFault>
  /** What instances have to know may have changed. */
  changed(): void
}

/** What could not be put back is tried again this often, while something is missing. */
const retryEvery = milliseconds(1000)

export class StaticItems {
  readonly #world: Surroundings
  readonly #addresses: StaticAddresses
  readonly #routes: StaticRoutes
  #groups: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  #told = ''
  #isWaiting = false
  #isClosed = false

  constructor(world: Surroundings) {
    this.#world = world
    const findLink = (name: string): Link | undefined => world.findLink(name)
    this.#addresses = new StaticAddresses(world.host, findLink, (spec) => world.removeAddress(spec))
    this.#routes = new StaticRoutes(world.host, () => world.names(), findLink)
  }

  configureAddresses(configuration: Configuration): void {
    this.#groups = new Map(configuration.trackGroups.map(({ name, members }) => [name, new Set(members.map((member) => member.name))]))
    this.#addresses.configure(configuration)
  }

  /** After the addresses. */
  configureRoutes(configuration: Configuration): void {
    this.#routes.configure(configuration)
    this.#look()
  }

  /** Whatever keeps an instance in FAULT: items of its track groups that are not there. */
  faultsOf(instance: string): readonly FaultCause[] {
    if (this.#groups.size === 0) return []
    return this.#missing.flatMap(({ what, trackGroup }) =>
      trackGroup !== undefined && this.#groups.get(trackGroup)?.has(instance) ? [{ kind: 'static-item-missing', item: what }] : [],
    )
  }

  /** Routes and rules that are not there now. */
  get missingRoutes(): readonly (RouteConf | RuleConf)[] {
    return this.#routes.missingConfs
  }

  /** What stands in the kernel for them. */
  get holdings(): Holdings {
    const { rules, routes } = this.#routes.requests
    return { removeAddresses: this.#addresses.specs, removeRules: rules, removeRoutes: routes }
  }

  /** An interface has come or has come up. */
  linkCame(cameUp?: string): void {
    if (this.#isClosed) return
    this.#addresses.placeAgain()
    this.#routes.placeAgain(cameUp)
    this.#look()
  }

  addressRemoved(index: IfIndex, address: IpAddress): void {
    if (this.#isClosed || !this.#addresses.removed(index, address)) return
    this.#look()
  }

  routeGone(gone: GoneRoute): void {
    if (this.#isClosed) return
    this.#routes.gone(gone)
    this.#look()
  }

  close(): void {
    this.#isClosed = true
  }

  removeAll(): void {
    this.#routes.removeAll()
    this.#addresses.removeAll()
  }

  get #missing(): readonly MissingItem[] {
    return [...this.#addresses.missing, ...this.#routes.missing]
  }

  #look(): void {
    const missing = this.#missing
    const told = JSON.stringify(missing.filter(({ trackGroup }) => trackGroup !== undefined))
    if (told !== this.#told) {
      this.#told = told
      this.#world.changed()
    }
    if (missing.length === 0 || this.#isWaiting) return
    this.#isWaiting = true
    this.#world.agenda.schedule(later(this.#world.clock.now(), retryEvery), () => {
      this.#isWaiting = false
      this.linkCame()
    })
  }
}

/**
 * The instances of a track_group also follow the interfaces of its items (keepalived): an address on an interface that is down
 * is of no use to anybody.
 */
export function withTrackGroups(configuration: Configuration): Configuration {
  const { trackGroups, staticAddresses, staticRoutes, staticRules, global } = configuration
  if (trackGroups.length === 0) return configuration
  const items = [
    ...staticAddresses.map((item) => ({ group: item.trackGroup, interface: item.interface ?? global.defaultInterface, at: item.at })),
    ...staticRoutes.map((item) => ({ group: item.trackGroup, interface: item.interface, at: item.at })),
    ...staticRules.map((item) => ({ group: item.trackGroup, interface: inInterfaceOf(item), at: item.at })),
  ]
  const follow = (conf: InstanceConf): InstanceConf => {
    const groups = new Set(trackGroups.filter(({ members }) => members.some(({ name }) => name === conf.name)).map(({ name }) => name))
    const known = new Set(conf.trackInterfaces.map(({ name }) => name))
    const more = items.flatMap((item) => {
      if (item.group === undefined || item.interface === undefined || !groups.has(item.group) || known.has(item.interface)) return []
      known.add(item.interface)
      return [{ name: item.interface, weight: 0, reverse: false, at: item.at }]
    })
    return more.length === 0 ? conf : { ...conf, trackInterfaces: [...conf.trackInterfaces, ...more] }
  }
  return { ...configuration, instances: configuration.instances.map(follow) }
}
