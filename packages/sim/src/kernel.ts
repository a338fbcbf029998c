// A simulated machine's kernel: its links, their addresses, and the sockets that hear packets. It keeps its promises to
// whatever daemon runs on it, and it forgets everything when the power goes.
import {
  type Family,
  familyOf,
  type IfIndex,
  type IpAddress,
  ifIndex,
  ipToBytes,
  isMulticast,
  type Mac,
  macFromBytes,
  parseIp,
} from '@havip/base'
import type { HostEvent, Link, LinkAddress } from '@havip/vrrp-runtime'
import type { InterfaceSpec } from './world.ts'

export type KernelLink = {
  readonly index: IfIndex
  readonly name: string
  readonly segment: string
  readonly mac: Mac
  /** Administratively and by carrier. */
  isUp: boolean
  addresses: LinkAddress[]
  /** A virtual MAC interface on top of that one. */
  readonly parent?: KernelLink
}

/** What was asked for does not make a machine: said when the world is built, before time begins. */
export class BadWorld extends Error {
  override readonly name = 'BadWorld'
}

export class Kernel {
  /** Those of the machine, which are there from the start. */
  readonly #own: readonly KernelLink[]
  #virtual: readonly KernelLink[] = []
  #nextIndex: number
  readonly #initial: readonly (readonly LinkAddress[])[]
  /** Told of every change, after it is done. */
  onChange: (event: HostEvent) => void = () => {}

  /** `number` tells the machines apart in their MAC addresses. */
  constructor(number: number, interfaces: readonly InterfaceSpec[]) {
    this.#own = interfaces.map((spec, i) => ({
      index: indexOf(i + 1),
      name: spec.name,
      segment: spec.segment,
      mac: macOf(number, i + 1),
      isUp: true,
      addresses: spec.addresses.map(parseLinkAddress),
    }))
    this.#initial = this.#own.map((link) => link.addresses.slice())
    this.#nextIndex = interfaces.length + 1
  }

  get links(): readonly KernelLink[] {
    return this.#virtual.length === 0 ? this.#own : [...this.#own, ...this.#virtual]
  }

  /** Frames come and go: with carrier, and so below. */
  isLive(link: KernelLink): boolean {
    return link.isUp && (link.parent?.isUp ?? true)
  }

  addVirtual(parent: KernelLink, name: string, mac: Mac): KernelLink {
    const link: KernelLink = { index: indexOf(this.#nextIndex++), name, segment: parent.segment, mac, isUp: false, addresses: [], parent }
    this.#virtual = [...this.#virtual, link]
    return link
  }

  removeVirtual(link: KernelLink): void {
    this.#virtual = this.#virtual.filter((one) => one !== link)
    this.onChange({ kind: 'link-removed', index: link.index, name: link.name })
  }

  /** As after switching on: the machine's own addresses, nothing else. */
  boot(): void {
    this.#virtual = []
    for (const [i, link] of this.#own.entries()) link.addresses = (this.#initial[i] as readonly LinkAddress[]).slice()
  }

  linkOf(index: IfIndex): KernelLink | undefined {
    return this.links.find((link) => link.index === index)
  }

  linkNamed(name: string): KernelLink | undefined {
    return this.links.find((link) => link.name === name)
  }

  describe(link: KernelLink): Link {
    return {
      index: link.index,
      name: link.name,
      isUp: link.isUp,
      mac: link.mac,
      mtu: 1500,
      hasArp: true,
      hasMulticast: true,
      isLoopback: false,
      addresses: link.addresses.slice(),
    }
  }

  setLink(link: KernelLink, isUp: boolean): void {
    if (link.isUp === isUp) return
    link.isUp = isUp
    this.onChange({ kind: 'link-changed', link: this.describe(link) })
  }

  has(address: IpAddress): boolean {
    return this.links.some((link) => link.addresses.some((one) => one.address === address))
  }

  linkWith(address: IpAddress): KernelLink | undefined {
    return this.links.find((link) => link.addresses.some((one) => one.address === address))
  }

  add(link: KernelLink, address: IpAddress, prefix: number): void {
    if (link.addresses.some((one) => one.address === address && one.prefix === prefix)) return
    link.addresses = [...link.addresses, { address, prefix, isTentative: false }]
    this.onChange({ kind: 'address-added', interface: link.index, address })
  }

  /** True when it was there. */
  remove(link: KernelLink, address: IpAddress): boolean {
    const before = link.addresses.length
    link.addresses = link.addresses.filter((one) => one.address !== address)
    if (link.addresses.length === before) return false
    this.onChange({ kind: 'address-removed', interface: link.index, address })
    return true
  }

  /** Which link a packet leaves by: the one whose network holds the destination, else the first that is up. */
  route(destination: IpAddress): KernelLink | undefined {
    if (isMulticast(destination)) return this.links.find((link) => link.isUp)
    const near = this.links.find((link) => link.addresses.some((own) => sameNetwork(own, destination)))
    return near ?? this.links.find((link) => link.isUp)
  }

  sourceFor(link: KernelLink, family: Family): IpAddress | undefined {
    return link.addresses.find((one) => familyOf(one.address) === family)?.address
  }
}

function indexOf(value: number): IfIndex {
  const index = ifIndex(value)
  if (!index.ok) throw new BadWorld(`not an interface index: ${value}`)
  return index.value
}

/** Locally administered, readable: 02:00:00:00:node:interface. */
const macOf = (machine: number, number: number): Mac => macFromBytes(Uint8Array.of(2, 0, 0, machine >> 8, machine, number))

export function parseLinkAddress(text: string): LinkAddress {
  const [address, prefix] = text.split('/')
  const parsed = parseIp(address ?? '')
  if (!parsed.ok) throw new BadWorld(`not an address with prefix: ${text}`)
  const bitsMax = familyOf(parsed.value) === 'ipv4' ? 32 : 128
  const bits = prefix === undefined ? bitsMax : Number(prefix)
  if (!Number.isInteger(bits) || bits < 0 || bits > bitsMax) throw new BadWorld(`not an address with prefix: ${text}`)
  return { address: parsed.value, prefix: bits, isTentative: false }
}

function sameNetwork(own: LinkAddress, other: IpAddress): boolean {
  if (familyOf(own.address) !== familyOf(other)) return false
  if (own.address === other) return true
  return bitsOf(own.address, own.prefix) === bitsOf(other, own.prefix)
}

function bitsOf(address: IpAddress, prefix: number): string {
  let bits = ''
  for (const byte of ipToBytes(address)) {
    if (bits.length >= prefix) break
    bits += byte.toString(2).padStart(8, '0')
  }
  return bits.slice(0, prefix)
}
