// use_vmac, use_vmac_addr and use_ipvlan: the interfaces with the virtual router's own MAC that an instance's addresses stand on.
// They are up only while it is master, so that no switch learns that MAC at a backup.
import { type Family, familyOf, type IfIndex, type IpAddress, isIpv6 } from '@havip/base'
import type { AddressConf, GlobalDefs, InstanceConf, IpvlanConf } from '@havip/conf'
import type { AddressSpec, Host, HostFault, Link } from './host.ts'
import { describeHostFault } from './host-words.ts'
import type { RouteNames } from './route-names.ts'

/** An interface where addresses go. */
export type Spot = { readonly name: string; readonly index: IfIndex }
type Open = Spot & { readonly key: string }
type Surroundings = {
  readonly host: Host
  global(): GlobalDefs
  names(): RouteNames
  findLink(name: string): Link | undefined
}

const linkLocalPrefix = 64
const linkScope = 253

export class VirtualMacs {
  readonly #world: Surroundings
  readonly #owner: () => string
  /** By the interface below. */
  readonly #open = new Map<string, Open>()
  #base: string | undefined
  #family: Family = 'ipv4'
  #transmitsOnBase = false
  #ipvlan: IpvlanConf | undefined
  /** Undefined: as they were found. */
  #areUp: boolean | undefined

  constructor(world: Surroundings, owner: () => string) {
    this.#world = world
    this.#owner = owner
  }

  /** Makes what the configuration wants, as far as its interfaces exist, and deletes what it no longer wants. */
  place(conf: InstanceConf): HostFault | undefined {
    const { vmacs } = this.#world.host
    if (!vmacs || (this.#open.size === 0 && !wantsAny(conf))) return undefined
    this.#base = (conf.vmac ?? conf.ipvlan) && conf.interface
    this.#family = conf.family
    this.#ipvlan = conf.ipvlan
    this.#transmitsOnBase = conf.vmacTransmitsOnBase
    const wanted = wantedOn(conf)
    for (const [below, one] of this.#open) {
      const isThere = this.#world.host.links().some((link) => link.index === one.index)
      if (isThere && keyOf(conf, below) === one.key && wanted.has(below)) continue
      this.#open.delete(below)
      if (isThere) this.#remove(one)
    }
    let fault: HostFault | undefined
    for (const below of wanted) fault ??= this.#make(conf, below)
    return fault
  }

  /**
   * Where an address of the instance goes; undefined: on a real interface. Naming the instance's own interface changes nothing, and
   * excluded addresses of the other family stay below (keepalived).
   */
  spotOf(entry: AddressConf): Spot | undefined {
    const below = entry.interface ?? this.#base
    if (below === undefined) return undefined
    const open = this.#open.get(below)
    if (entry.onVmac || open?.key.startsWith('+')) return open
    return below === this.#base && familyOf(entry.address) === this.#family ? open : undefined
  }

  /** Where advertisements leave; undefined: by the instance's own interface. */
  get sendsOn(): IfIndex | undefined {
    return this.#transmitsOnBase || this.#base === undefined ? undefined : this.#open.get(this.#base)?.index
  }

  has(name: string): boolean {
    for (const one of this.#open.values()) if (one.name === name) return true
    return false
  }

  /** @param source an IPv6 instance's own link-local address, which its advertisements need there, too. */
  setUp(isUp: boolean, source: IpAddress | undefined): void {
    if (this.#open.size === 0 || this.#areUp === isUp) return
    this.#areUp = isUp
    for (const one of this.#open.values()) this.#setOneUp(one, isUp, source)
  }

  removeAll(): void {
    for (const one of this.#open.values()) this.#remove(one)
    this.#open.clear()
    this.#areUp = undefined
  }

  /** For the guard. */
  get spots(): readonly Spot[] {
    return Array.from(this.#open.values(), ({ name, index }) => ({ name, index }))
  }

  #make(conf: InstanceConf, below: string): HostFault | undefined {
    const parent = this.#world.findLink(below)
    if (!parent || this.#open.has(below)) return undefined
    const { vmacPrefix, vmacAddressPrefix } = this.#world.global()
    const isOwn = below === conf.interface
    const virtual = isOwn ? (conf.vmac ?? conf.ipvlan) : undefined
    const opened = this.#world.host.vmacs?.open({
      parent: parent.index,
      family: conf.family,
      vrid: conf.vrid,
      name: virtual?.name,
      prefix: isOwn ? vmacPrefix : vmacAddressPrefix,
      ipvlan: isOwn && !conf.vmac ? conf.ipvlan?.mode : undefined,
      mac: conf.vmac?.mac,
      group: this.#groupOf(virtual?.group),
      notifies: isOwn && conf.vmac?.netlinkNotify === true,
    })
    if (!opened) return undefined
    if (!opened.ok) return opened.fault
    const { index, name, isUp } = opened.value
    const one = { index, name, key: keyOf(conf, below) }
    this.#open.set(below, one)
    this.#world.host.log(6, `${this.#owner()} virtual MAC interface ${one.name} on ${below}`)
    // A predecessor's may carry its addresses at this moment: whoever goes on for it or begins anew says what it shall be.
    if (this.#areUp !== undefined || !isUp) this.#setOneUp(one, this.#areUp ?? false, undefined)
    return undefined
  }

  #groupOf(word: string | undefined): number | undefined {
    if (word === undefined) return undefined
    const group = this.#world.names().find('group', word)
    if (group === undefined) this.#world.host.log(4, `${this.#owner()} there is no group of interfaces named ${word}; it stays in its own`)
    return group
  }

  #setOneUp(one: Open, isUp: boolean, source: IpAddress | undefined): void {
    const done = this.#world.host.vmacs?.setUp(one.index, isUp)
    if (done && !done.ok) this.#world.host.log(3, `${this.#owner()} ${one.name}: ${describeHostFault(done.fault)}`)
    if (!isUp || source === undefined) return
    const own = this.#ownAddress(source)
    if (!own) return
    const spec = { interface: one.index, noDad: true, flags: [], ...own } as const
    const added = this.#world.host.addAddress(spec)
    if (!added.ok) this.#world.host.log(3, `${this.#owner()} ${one.name}: ${describeHostFault(added.fault)}`)
  }

  /** What it needs besides the virtual addresses: the kernel takes IPv6 ones away when it goes down, and an ipvlan has one of its own. */
  #ownAddress(source: IpAddress): Pick<AddressSpec, 'address' | 'prefix' | 'scope'> | undefined {
    const { address, prefix } = this.#ipvlan ?? {}
    if (address !== undefined) return { address, prefix: prefix ?? (isIpv6(address) ? 128 : 32), scope: isIpv6(address) ? linkScope : 0 }
    return source.startsWith('fe80') ? { address: source, prefix: linkLocalPrefix, scope: linkScope } : undefined
  }

  #remove(one: Open): void {
    const removed = this.#world.host.vmacs?.remove(one.index)
    if (removed && !removed.ok) this.#world.host.log(3, `${this.#owner()} cannot remove ${one.name}: ${describeHostFault(removed.fault)}`)
  }
}

const entriesOf = (conf: InstanceConf): readonly AddressConf[] => [...conf.virtualAddresses, ...conf.excludedAddresses]
const wantsAny = (conf: InstanceConf): boolean =>
  conf.vmac !== undefined || conf.ipvlan !== undefined || conf.vmacForAddresses || entriesOf(conf).some(({ onVmac }) => onVmac)

function wantedOn(conf: InstanceConf): ReadonlySet<string> {
  const wanted = new Set<string>()
  if ((conf.vmac ?? conf.ipvlan) && conf.interface !== undefined) wanted.add(conf.interface)
  for (const entry of entriesOf(conf)) {
    const isWanted = entry.onVmac || (conf.vmacForAddresses && entry.interface !== undefined && entry.interface !== conf.interface)
    const below = entry.interface ?? conf.interface
    if (isWanted && below !== undefined) wanted.add(below)
  }
  return wanted
}

/** Whatever makes it another interface; a plus where every address of that interface goes on it. */
const keyOf = (conf: InstanceConf, below: string): string =>
  `${conf.vmacForAddresses && below !== conf.interface ? '+' : ''}${conf.family} ${conf.vrid} ${conf.vmac?.mac} ${below === conf.interface ? `${conf.vmac?.name} ${conf.ipvlan?.name} ${conf.ipvlan?.mode}` : ''}`
