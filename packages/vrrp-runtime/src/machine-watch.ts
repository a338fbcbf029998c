// The machine around the routers: its interfaces, addresses, routes and firewall, what the configuration wants of them, and who
// has to hear of it when the kernel reports a change.
import type { IfIndex, IpAddress, Result } from '@havip/base'
import type { Configuration, RouteConf, RuleConf } from '@havip/conf'
import type { FaultCause } from '@havip/vrrp'
import type { Agenda } from './agenda.ts'
import type { Announcer, AnnouncingGroup } from './announcer.ts'
import { ExpectedRemovals } from './expected-removals.ts'
import { Firewall } from './firewall.ts'
import type { Heritage } from './heritage.ts'
import type { AddressSpec, Clock, Host, HostEvent, HostFault, Link } from './host.ts'
import type { GoneRoute, Removal } from './host-parts.ts'
import { describeHostFault } from './host-words.ts'
import type { Holdings } from './leftovers.ts'
import { LinkDelays } from './link-delays.ts'
import { Linkbeat } from './linkbeat.ts'
import { Links } from './links.ts'
import { MachineSettings } from './machine-settings.ts'
import { RouteNames } from './route-names.ts'
import type { VirtualRouter } from './router.ts'
import { StaticItems } from './static-items.ts'

export class MachineWatch {
  readonly #host: Host
  readonly #routers: () => readonly VirtualRouter[]
  readonly #expectedRemovals = new ExpectedRemovals()
  readonly #static: StaticItems
  readonly #links: Links
  readonly #linkDelays: LinkDelays
  readonly #linkbeat: Linkbeat
  readonly #firewall: Firewall
  readonly #settings: MachineSettings
  #names: RouteNames
  #routeWatch: { close(): void } | undefined
  #isClosed = false

  constructor(world: { readonly host: Host; readonly clock: Clock; readonly agenda: Agenda }, routers: () => readonly VirtualRouter[]) {
    const { host, clock, agenda } = world
    this.#host = host
    this.#routers = routers
    this.#linkDelays = new LinkDelays(clock, agenda, (index) => this.#linkSettled(index))
    this.#linkbeat = new Linkbeat({ ...world, changed: (link) => this.#linkChanged(link) })
    this.#links = new Links(host, (link) => this.#linkDelays.apply(this.#linkbeat.apply(link)))
    this.#firewall = new Firewall(host)
    this.#settings = new MachineSettings(host, (name) => this.findLink(name))
    this.#names = new RouteNames(host.files, [])
    this.#static = new StaticItems({
      ...world,
      names: () => this.#names,
      findLink: (name) => this.findLink(name),
      removeAddress: (spec) => this.removeAddress(spec),
      changed: () => this.#lookAll(() => true),
    })
  }

  /** Of routing tables and the like. */
  get names(): RouteNames {
    return this.#names
  }

  findLink(name: string): Link | undefined {
    return this.#links.find(name)
  }

  /** From the kernel, whose report of it is then no loss. */
  removeAddress(spec: AddressSpec): Result<Removal, HostFault> {
    const key = keyOf(spec.interface, spec.address)
    this.#expectedRemovals.expect(key)
    const outcome = this.#host.removeAddress(spec)
    this.#expectedRemovals.removed(key, outcome)
    return outcome
  }

  staticFaults(instance: string): readonly FaultCause[] {
    return this.#static.faultsOf(instance)
  }

  get staticHoldings(): Holdings {
    return this.#static.holdings
  }

  get missingStaticRoutes(): readonly (RouteConf | RuleConf)[] {
    return this.#static.missingRoutes
  }

  readLinks(): void {
    this.#links.readAll()
  }

  // --- what the configuration wants ------------------------------------------------------------------------------

  /** Static addresses and routes, firewall rules, delays and announcing groups as in this configuration; others go. */
  configure(configuration: Configuration, announcer: Announcer): void {
    this.#static.configureAddresses(configuration)
    this.#linkDelays.configure(configuration.interfaceDelays)
    this.#linkbeat.configure(configuration)
    // What is there now counts without delay.
    this.#links.readAll()
    this.#settings.configure(configuration)
    const { netlinkReceiveBuffer: reports, netlinkCommandBuffer: orders } = configuration.global.process
    for (const fault of this.#host.sizeBuffers?.({ reports, orders }) ?? []) this.#host.log(4, `Netlink: ${describeHostFault(fault)}`)
    this.#configureRoutes(configuration)
    this.#firewall.configure(configuration)
    this.#configureGroups(configuration, announcer)
  }

  /** The first group that names an interface has it. */
  #configureGroups({ garpGroups }: Configuration, announcer: Announcer): void {
    const groups = new Map<string, AnnouncingGroup>()
    for (const [i, { interfaces, garpInterval, gnaInterval }] of garpGroups.entries()) {
      const group = { key: `group ${i}`, ipv4: garpInterval, ipv6: gnaInterval }
      for (const name of interfaces) if (!groups.has(name)) groups.set(name, group)
    }
    announcer.groupOf = (index) => groups.get(this.#links.withIndex(index)?.name ?? '')
  }

  /** The kernel's reports on routes are listened to only where there are some of ours. */
  #configureRoutes(configuration: Configuration): void {
    const { global, instances, staticRoutes, staticRules } = configuration
    this.#names = new RouteNames(this.#host.files, global.files.iprouteDirectories)
    const ours = [...staticRoutes, ...staticRules, ...instances.flatMap((one) => [...one.virtualRoutes, ...one.virtualRules])]
    if (ours.length === 0) this.#routeWatch?.close()
    this.#routeWatch = ours.length === 0 ? undefined : (this.#routeWatch ?? this.#host.routing?.watch?.((gone) => this.#routeGone(gone)))
    this.#static.configureRoutes(configuration)
  }

  // --- what the kernel reports -----------------------------------------------------------------------------------

  hear(event: HostEvent): void {
    if (this.#isClosed) return
    switch (event.kind) {
      case 'link-changed':
        this.#linkChanged(event.link)
        break
      case 'link-removed':
        this.#links.removed(event.index)
        this.#linkDelays.forget(event.index)
        this.#host.log(6, `Netlink reports ${event.name} deleted`)
        this.#lookAll((router) => router.uses(event.name))
        break
      case 'address-added':
        this.#addressChanged(event.interface, event.address)
        break
      case 'address-removed':
        this.#addressRemoved(event.interface, event.address)
        break
      case 'resynchronise':
        this.#resynchronise()
        break
    }
  }

  #lookAll(isConcerned: (router: VirtualRouter) => boolean): void {
    for (const router of this.#routers()) if (isConcerned(router)) router.look()
  }

  #linkChanged(link: Link): void {
    const before = this.#links.changed(link)
    const counts = this.#links.withIndex(link.index)?.isUp
    if (before?.isUp !== counts) this.#host.log(6, `Netlink reports ${link.name} ${counts ? 'up' : 'down'}`)
    if (before?.name !== link.name) this.#settings.linkCame(link.name)
    if (counts && (!before?.isUp || before.name !== link.name)) {
      this.#static.linkCame(link.name)
      for (const router of this.#routers()) router.linkCame(link.name)
    }
    this.#lookAll((router) => router.uses(link.name) || (before !== undefined && router.uses(before.name)))
  }

  /** A link's change has lasted long enough. */
  #linkSettled(index: IfIndex): void {
    const link = this.#host.links().find((one) => one.index === index)
    if (link && !this.#isClosed) this.#linkChanged(link)
  }

  /** Only a source address matters; our own virtual ones come and go by the thousand. */
  #addressChanged(index: IfIndex, address: IpAddress): void {
    const owner = this.#routers().find((router) =>
      router.placements.some(({ spec }) => spec?.interface === index && spec.address === address),
    )
    if (owner) return
    this.#links.refresh(index)
    const link = this.#links.withIndex(index)
    if (link) this.#lookAll((router) => router.uses(link.name))
  }

  #addressRemoved(index: IfIndex, address: IpAddress): void {
    if (this.#expectedRemovals.take(keyOf(index, address))) return
    for (const router of this.#routers()) router.addressLost(index, address)
    this.#addressChanged(index, address)
    this.#static.addressRemoved(index, address)
  }

  #routeGone(gone: GoneRoute): void {
    if (this.#isClosed) return
    for (const router of this.#routers()) router.routeGone(gone)
    this.#static.routeGone(gone)
  }

  /** Reports were lost: look at everything again, and at whether the masters still have what they added. */
  #resynchronise(): void {
    this.#links.readAll()
    this.#expectedRemovals.forget()
    for (const router of this.#routers()) {
      router.look()
      for (const { spec } of router.placements) {
        const isThere = !spec || this.#links.withIndex(spec.interface)?.addresses.some((entry) => entry.address === spec.address)
        if (spec && !isThere) router.addressLost(spec.interface, spec.address)
      }
    }
  }

  // --- from one process to the next ------------------------------------------------------------------------------

  heritage(): Pick<Heritage, 'settings'> {
    const settings = this.#host.settings?.borrowed ?? []
    return settings.length === 0 ? {} : { settings }
  }

  /** Before `configure`. */
  inherit({ settings }: Pick<Heritage, 'settings'>): void {
    if (settings) this.#host.settings?.inherit(settings)
  }

  /** Whoever wants something of what the last process left has taken it. */
  inherited(): void {
    this.#host.settings?.giveBackUnclaimed()
  }

  /** Another process goes on: everything stays as it is. */
  leave(): void {
    this.close()
    this.#host.settings?.leave()
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  /** Nothing is heard from now on; everything stays in place. */
  close(): void {
    this.#isClosed = true
    this.#static.close()
    this.#linkbeat.stop()
    this.#routeWatch?.close()
  }

  /** Takes the static routes and addresses away, and gives the kernel its settings back. */
  removeStatic(): void {
    this.#settings.giveBackAll()
    this.#static.removeAll()
  }

  /** `done` when the rules of this configuration are gone. */
  removeFirewall(configuration: Configuration | undefined, done: () => void): void {
    this.#firewall.remove(configuration, done)
  }
}

const keyOf = (index: IfIndex, address: IpAddress): string => `${index} ${address}`
