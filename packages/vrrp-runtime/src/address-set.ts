// The virtual addresses of one instance in the kernel: where they go, adding, removing, and moving them at a reload.
import { familyOf, type IfIndex, type IpAddress, type Result } from '@havip/base'
import type { InstanceConf } from '@havip/conf'
import type { Place } from './announcer.ts'
import type { Batch } from './batch.ts'
import type { AddressSpec, Host, HostFault, Link } from './host.ts'
import type { Removal } from './host-parts.ts'
import { type Placement, placementsOf, sameAddressSpec } from './translate.ts'
import type { VirtualMacs } from './virtual-macs.ts'

type Surroundings = {
  readonly host: Host
  readonly batch: Batch
  findLink(name: string): Link | undefined
  /** The kernel's report of it is then no loss. */
  removeAddress(spec: AddressSpec): Result<Removal, HostFault>
}

export class AddressSet {
  readonly #world: Surroundings
  readonly #vmacs: Pick<VirtualMacs, 'spotOf'>
  #placements: readonly Placement[] = []
  #areHeld = false
  #haveBeenHeld = false

  constructor(world: Surroundings, vmacs: Pick<VirtualMacs, 'spotOf'>) {
    this.#world = world
    this.#vmacs = vmacs
  }

  get placements(): readonly Placement[] {
    return this.#placements
  }
  /** True from just before they are added until they are removed. */
  get areHeld(): boolean {
    return this.#areHeld
  }
  get haveBeenHeld(): boolean {
    return this.#haveBeenHeld
  }
  /** Every address that may be ours at some time. */
  get specs(): readonly AddressSpec[] {
    return this.#placements.flatMap(({ spec }) => (spec ? [spec] : []))
  }

  place(conf: InstanceConf): void {
    this.#placements = placementsOf(
      conf,
      (name) => this.#world.findLink(name),
      (entry) => this.#vmacs.spotOf(entry),
    )
  }

  /** All of them, in order, perhaps together with other routers'; `done` gets the first fault. */
  addAll(done: (fault: HostFault | undefined) => void): void {
    this.#areHeld = true
    this.#haveBeenHeld = true
    this.#world.batch.addAddresses(this.specs, done)
  }

  /** The kernel has them already: a predecessor's that we go on with. */
  adopt(): void {
    this.#areHeld = true
    this.#haveBeenHeld = true
  }

  /** The faults, if any: it goes on after each. */
  removeAll(): readonly HostFault[] {
    this.#areHeld = false
    return this.specs.flatMap((spec) => this.#remove(spec))
  }

  /** A reload: those that are no longer configured go; the new ones come if we hold the addresses. The others stay. */
  moveTo(conf: InstanceConf): { readonly added: readonly AddressSpec[]; readonly fault: HostFault | undefined } {
    const before = this.specs
    this.place(conf)
    const after = this.specs
    const isIn = (list: readonly AddressSpec[], spec: AddressSpec): boolean => list.some((other) => sameAddressSpec(other, spec))
    for (const spec of before) if (!isIn(after, spec)) this.#remove(spec)
    const added = this.#areHeld ? after.filter((spec) => !isIn(before, spec)) : []
    return { added, fault: this.#add(added) }
  }

  /** Is its loss to be taken as a sign that something else manages our addresses? */
  isTracked(index: IfIndex, address: IpAddress): boolean {
    const placement = this.#placements.find(({ spec }) => spec?.interface === index && spec.address === address)
    return placement !== undefined && !placement.conf.noTrack
  }

  /** Where to announce; an interface without ARP has nobody to tell. */
  announceable(): readonly Place[] {
    const links = new Map(this.#world.host.links().map((link) => [link.index, link]))
    return this.specs.filter((spec) => familyOf(spec.address) === 'ipv6' || links.get(spec.interface)?.hasArp)
  }

  #add(specs: readonly AddressSpec[]): HostFault | undefined {
    for (const spec of specs) {
      const added = this.#world.host.addAddress(spec)
      if (!added.ok) return added.fault
    }
    return undefined
  }

  #remove(spec: AddressSpec): readonly HostFault[] {
    const removed = this.#world.removeAddress(spec)
    return removed.ok ? [] : [removed.fault]
  }
}
