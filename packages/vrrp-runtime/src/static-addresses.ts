// static_ipaddress: addresses that live as long as the daemon and are put back when something else removes them.
import type { IfIndex, IpAddress } from '@havip/base'
import type { Configuration } from '@havip/conf'
import type { AddressSpec, Host, Link } from './host.ts'
import { describeHostFault } from './host-words.ts'
import { addressSpec, sameAddressSpec } from './translate.ts'

export class StaticAddresses {
  readonly #host: Host
  readonly #findLink: (name: string) => Link | undefined
  readonly #expectRemoval: (key: string) => void
  #specs: readonly AddressSpec[] = []

  constructor(host: Host, findLink: (name: string) => Link | undefined, expectRemoval: (key: string) => void) {
    this.#host = host
    this.#findLink = findLink
    this.#expectRemoval = expectRemoval
  }

  /** At start and at each reload: those that are no longer configured go, new ones come, the others are not touched. */
  configure(configuration: Configuration): void {
    const before = this.#specs
    this.#specs = configuration.staticAddresses.flatMap((entry) => {
      const link = this.#findLink(entry.interface ?? configuration.global.defaultInterface)
      return link ? [addressSpec(entry, link.index)] : []
    })
    const isIn = (list: readonly AddressSpec[], spec: AddressSpec): boolean => list.some((other) => sameAddressSpec(other, spec))
    for (const spec of before) if (!isIn(this.#specs, spec)) this.#remove(spec)
    for (const spec of this.#specs) if (!isIn(before, spec)) this.#add(spec)
  }

  removed(index: IfIndex, address: IpAddress): void {
    const lost = this.#specs.find((spec) => spec.interface === index && spec.address === address)
    if (!lost) return
    this.#host.log(6, `Restoring deleted static address ${address}`)
    this.#add(lost)
  }

  removeAll(): void {
    for (const spec of this.#specs) this.#remove(spec)
    this.#specs = []
  }

  #add(spec: AddressSpec): void {
    const added = this.#host.addAddress(spec)
    if (!added.ok) this.#host.log(3, `Cannot add static address ${spec.address}: ${describeHostFault(added.fault)}`)
  }

  #remove(spec: AddressSpec): void {
    this.#expectRemoval(`${spec.interface} ${spec.address}`)
    const removed = this.#host.removeAddress(spec)
    if (!removed.ok) this.#host.log(3, `Cannot remove static address ${spec.address}: ${describeHostFault(removed.fault)}`)
  }
}
