// static_ipaddress: addresses that live as long as the daemon and are put back when something else removes them.
import type { IfIndex, IpAddress, Result } from '@havip/base'
import type { Configuration, StaticAddressConf } from '@havip/conf'
import type { AddressSpec, Host, HostFault, Link } from './host.ts'
import type { Removal } from './host-parts.ts'
import { describeHostFault } from './host-words.ts'
import type { MissingItem } from './static-items.ts'
import { addressSpec, sameAddressSpec } from './translate.ts'

type Entry = {
  readonly conf: StaticAddressConf
  readonly interfaceName: string
  /** Undefined while its interface does not exist. */
  readonly spec: AddressSpec | undefined
  isThere: boolean
}

export class StaticAddresses {
  readonly #host: Host
  readonly #findLink: (name: string) => Link | undefined
  readonly #removeAddress: (spec: AddressSpec) => Result<Removal, HostFault>
  #entries: readonly Entry[] = []

  constructor(host: Host, findLink: (name: string) => Link | undefined, removeAddress: (spec: AddressSpec) => Result<Removal, HostFault>) {
    this.#host = host
    this.#findLink = findLink
    this.#removeAddress = removeAddress
  }

  /** Those that are not there now, as far as somebody may want to know. */
  get missing(): readonly MissingItem[] {
    return this.#entries
      .filter(({ isThere }) => !isThere)
      .map(({ conf, interfaceName }) => ({ what: `static address ${conf.address} on ${interfaceName}`, trackGroup: conf.trackGroup }))
  }

  /** At start and at each reload: those that are no longer configured go, new ones come, the others are not touched. */
  configure(configuration: Configuration): void {
    this.#move(configuration.staticAddresses, configuration.global.defaultInterface)
  }

  /** An interface has come, or has come up: what could not be there before may be now. */
  placeAgain(): void {
    if (this.#entries.length === 0) return
    this.#move(
      this.#entries.map(({ conf }) => conf),
      undefined,
    )
    for (const entry of this.#entries) if (!entry.isThere) this.#add(entry, true)
  }

  #move(confs: readonly StaticAddressConf[], defaultInterface: string | undefined): void {
    const before = this.#entries
    this.#entries = confs.map((conf, i) => {
      const interfaceName = conf.interface ?? defaultInterface ?? before[i]?.interfaceName ?? ''
      const link = this.#findLink(interfaceName)
      const spec = link && addressSpec(conf, link.index)
      return { conf, interfaceName, spec, isThere: before.some((other) => isSame(other.spec, spec) && other.isThere) }
    })
    for (const { spec } of before) if (spec && !this.#entries.some((other) => isSame(other.spec, spec))) this.#remove(spec)
    for (const entry of this.#entries) if (!before.some((other) => isSame(other.spec, entry.spec))) this.#add(entry)
  }

  /** Those that may be there. */
  get specs(): readonly AddressSpec[] {
    return this.#entries.flatMap(({ spec }) => spec ?? [])
  }

  /** True when it was one of these. */
  removed(index: IfIndex, address: IpAddress): boolean {
    const lost = this.#entries.find(({ spec }) => spec?.interface === index && spec.address === address)
    if (!lost) return false
    lost.isThere = false
    this.#host.log(6, `Restoring deleted static address ${address}`)
    this.#add(lost)
    return true
  }

  removeAll(): void {
    for (const { spec } of this.#entries) if (spec) this.#remove(spec)
    this.#entries = []
  }

  #add(entry: Entry, isQuiet = false): void {
    if (!entry.spec) return
    const added = this.#host.addAddress(entry.spec)
    entry.isThere = added.ok
    if (!added.ok && !isQuiet) this.#host.log(3, `Cannot add static address ${entry.spec.address}: ${describeHostFault(added.fault)}`)
  }

  #remove(spec: AddressSpec): void {
    const removed = this.#removeAddress(spec)
    if (!removed.ok) this.#host.log(3, `Cannot remove static address ${spec.address}: ${describeHostFault(removed.fault)}`)
  }
}

const isSame = (a: AddressSpec | undefined, b: AddressSpec | undefined): boolean =>
  a !== undefined && b !== undefined && sameAddressSpec(a, b)
