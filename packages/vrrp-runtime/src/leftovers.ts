// What the process before this one had made and this one does not want: another file may count now. An address that stays behind is one
// that two nodes have once a peer has taken it.
import type { AddressSpec, Host, HostFault, Will } from './host.ts'

/** Everything that a process may have put into the kernel for its routers. */
export type Holdings = Pick<Will, 'removeAddresses' | 'removeRules' | 'removeRoutes' | 'removeLinks'>

export const holdingsOf = ({ removeAddresses, removeRules, removeRoutes, removeLinks }: Will): Holdings => ({
  removeAddresses,
  ...(removeRules && { removeRules }),
  ...(removeRoutes && { removeRoutes }),
  ...(removeLinks && { removeLinks }),
})

/**
 * Takes away what was theirs and is not ours: rules, routes, addresses, interfaces.
 *
 * @param expectRemoval hears of each address before it goes, as `INDEX ADDRESS`
 * @returns the addresses that were there, and what the kernel refused
 */
export function removeLeftovers(
  theirs: Holdings,
  ours: Holdings,
  host: Host,
  expectRemoval: (key: string) => void,
): { readonly removed: readonly AddressSpec[]; readonly faults: readonly HostFault[] } {
  const results = [
    ...(host.routing?.removeRules(without(theirs.removeRules, ours.removeRules, asText)) ?? []),
    ...(host.routing?.removeRoutes(without(theirs.removeRoutes, ours.removeRoutes, asText)) ?? []),
  ]
  const links = new Map(host.links().map((link) => [link.index, link]))
  const isThere = (spec: AddressSpec): boolean =>
    links.get(spec.interface)?.addresses.some(({ address }) => address === spec.address) ?? false
  const removed = without(theirs.removeAddresses, ours.removeAddresses, placeOf).filter(isThere)
  for (const spec of removed) {
    expectRemoval(placeOf(spec))
    results.push(host.removeAddress(spec))
  }
  for (const { index, name } of without(theirs.removeLinks, ours.removeLinks, ({ index }) => String(index))) {
    // Gone meanwhile, the number may be somebody else's.
    if (links.get(index)?.name !== name || !host.vmacs) continue
    host.log(6, `removing ${name}, which the process before this one made: it is not configured any more`)
    results.push(host.vmacs.remove(index))
  }
  return { removed, faults: results.flatMap((result) => (result.ok ? [] : [result.fault])) }
}

const placeOf = ({ interface: index, address }: AddressSpec): string => `${index} ${address}`
/** As it is after it has travelled. */
const asText = (request: object): string => JSON.stringify(request)

function without<T>(all: readonly T[] = [], those: readonly T[] = [], keyOf: (one: T) => string): readonly T[] {
  if (all.length === 0) return all
  const keys = new Set(those.map(keyOf))
  return all.filter((one) => !keys.has(keyOf(one)))
}
