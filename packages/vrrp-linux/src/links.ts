// What the kernel's interfaces and addresses are now, kept by its notifications. Pure: netlink messages in, events out.
import type { IfIndex, IpAddress } from '@havip/base'
import { type AddressEntry, addressFlag, type LinkEntry, linkFlag, type RtnetlinkMessage } from '@havip/wire'
import type { HostEvent, Link, LinkAddress } from './port.ts'

export type LinkTable = {
  all(): readonly Link[]
  byIndex(index: IfIndex): Link | undefined
  /** Takes in one message and tells what changed by it: nothing, or one event. */
  apply(message: RtnetlinkMessage): HostEvent | undefined
  clear(): void
}

type KnownAddress = LinkAddress & { readonly isSecondary: boolean }
type Known = { entry: LinkEntry; addresses: KnownAddress[]; link: Link | undefined }

export function createLinkTable(): LinkTable {
  const known = new Map<IfIndex, Known>()

  const linkOf = (one: Known): Link => {
    one.link ??= toLink(one.entry, one.addresses)
    return one.link
  }
  const applyLink = (entry: LinkEntry): HostEvent | undefined => {
    const old = known.get(entry.index)
    if (old === undefined) {
      const one: Known = { entry, addresses: [], link: undefined }
      known.set(entry.index, one)
      return { kind: 'link-changed', link: linkOf(one) }
    }
    const before = linkOf(old)
    old.entry = entry
    old.link = undefined
    return isSameLink(before, linkOf(old)) ? undefined : { kind: 'link-changed', link: linkOf(old) }
  }
  const removeLink = (entry: LinkEntry): HostEvent | undefined => {
    const old = known.get(entry.index)
    if (old === undefined) return undefined
    known.delete(entry.index)
    return { kind: 'link-removed', index: entry.index, name: old.entry.name }
  }
  const applyAddress = (entry: AddressEntry): HostEvent | undefined => {
    const one = known.get(entry.index)
    if (one === undefined) return undefined
    const next = toAddress(entry)
    const at = one.addresses.findIndex((address) => isSameAddress(address, entry))
    const old = one.addresses[at]
    if (old !== undefined) {
      one.addresses[at] = next
      one.link = undefined
      // The end of duplicate address detection is news: only now can the address be used.
      return old.isTentative && !next.isTentative ? { kind: 'address-added', interface: entry.index, address: entry.address } : undefined
    }
    insertAddress(one.addresses, next)
    one.link = undefined
    return { kind: 'address-added', interface: entry.index, address: entry.address }
  }
  const removeAddress = (entry: AddressEntry): HostEvent | undefined => {
    const one = known.get(entry.index)
    const at = one?.addresses.findIndex((address) => isSameAddress(address, entry)) ?? -1
    if (one === undefined || at < 0) return undefined
    one.addresses.splice(at, 1)
    one.link = undefined
    // The same address may be there twice, with another prefix.
    const isStillThere = one.addresses.some(({ address }) => address === entry.address)
    return isStillThere ? undefined : { kind: 'address-removed', interface: entry.index, address: entry.address }
  }

  return {
    all: () => Array.from(known.values(), linkOf),
    byIndex: (index) => {
      const one = known.get(index)
      return one && linkOf(one)
    },
    apply(message) {
      if (message.kind === 'link') return message.change === 'new' ? applyLink(message.link) : removeLink(message.link)
      if (message.kind === 'address') return message.change === 'new' ? applyAddress(message.address) : removeAddress(message.address)
      return undefined
    },
    clear: () => known.clear(),
  }
}

function toLink(entry: LinkEntry, addresses: readonly KnownAddress[]): Link {
  const has = (flag: number): boolean => (entry.flags & flag) !== 0
  return {
    index: entry.index,
    name: entry.name,
    isUp: has(linkFlag.up) && has(linkFlag.running),
    mac: entry.mac,
    mtu: entry.mtu,
    hasArp: !has(linkFlag.noArp) && !has(linkFlag.loopback),
    hasMulticast: has(linkFlag.multicast),
    isLoopback: has(linkFlag.loopback),
    ...(entry.vrfTable === undefined ? {} : { vrfTable: entry.vrfTable }),
    addresses: addresses.map(({ address, prefix, isTentative }) => ({ address, prefix, isTentative })),
  }
}

/** Addresses have events of their own. */
const isSameLink = (a: Link, b: Link): boolean =>
  a.name === b.name && a.isUp === b.isUp && a.mac === b.mac && a.mtu === b.mtu && a.hasArp === b.hasArp && a.hasMulticast === b.hasMulticast

const toAddress = (entry: AddressEntry): KnownAddress => ({
  address: entry.address,
  prefix: entry.prefix,
  isTentative: (entry.flags & addressFlag.tentative) !== 0 && (entry.flags & addressFlag.optimistic) === 0,
  isSecondary: (entry.flags & addressFlag.secondary) !== 0,
})

const isSameAddress = (known: { readonly address: IpAddress; readonly prefix: number }, entry: AddressEntry): boolean =>
  known.address === entry.address && known.prefix === entry.prefix

/** The kernel keeps a subnet's later addresses (secondary ones) behind all first ones. */
function insertAddress(addresses: KnownAddress[], next: KnownAddress): void {
  const at = next.isSecondary ? -1 : addresses.findIndex(({ isSecondary }) => isSecondary)
  if (at < 0) addresses.push(next)
  else addresses.splice(at, 0, next)
}
