// What the process before this one had made and this one does not want: another file may count now. An address that stays behind is one
// that two nodes have once a peer has taken it.
import type { Result, WallTime } from '@havip/base'
import type { AddressSpec, Host, HostFault, Will } from './host.ts'
import type { Removal } from './host-parts.ts'
import { sealResignation } from './will.ts'

/** Everything that a process may have put into the kernel for its routers. */
export type Holdings = Pick<Will, 'removeAddresses' | 'removeRules' | 'removeRoutes' | 'removeLinks'> & {
  /** What its masters would say when they go. */
  readonly goodbyes?: Will['resignations']
}

export const holdingsOf = ({ removeAddresses, removeRules, removeRoutes, removeLinks, resignations }: Will): Holdings => ({
  removeAddresses,
  ...(resignations.length > 0 && { goodbyes: resignations }),
  ...(removeRules && { removeRules }),
  ...(removeRoutes && { removeRoutes }),
  ...(removeLinks && { removeLinks }),
})

export const together = (one: Holdings, other: Holdings): Holdings => ({
  ...one,
  removeAddresses: [...one.removeAddresses, ...other.removeAddresses],
  removeRules: [...(one.removeRules ?? []), ...(other.removeRules ?? [])],
  removeRoutes: [...(one.removeRoutes ?? []), ...(other.removeRoutes ?? [])],
})

/**
 * Takes away what was theirs and is not ours: rules, routes, addresses, interfaces. A master that is not among our routers says goodbye
 * when its addresses are gone, so that its backup need not wait for a silence.
 *
 * @param survivors the keys of our routers
 * @returns the addresses that were there, and what the kernel refused
 */
export function removeLeftovers(
  theirs: Holdings,
  ours: Holdings,
  survivors: ReadonlySet<string>,
  {
    host,
    now,
    removeAddress,
  }: { readonly host: Host; readonly now: WallTime; readonly removeAddress: (spec: AddressSpec) => Result<Removal, HostFault> },
): { readonly removed: readonly AddressSpec[]; readonly faults: readonly HostFault[] } {
  const results: Result<unknown, HostFault>[] = [
    ...(host.routing?.removeRules(without(theirs.removeRules, ours.removeRules, asText)) ?? []),
    ...(host.routing?.removeRoutes(without(theirs.removeRoutes, ours.removeRoutes, asText)) ?? []),
  ]
  const links = new Map(host.links().map((link) => [link.index, link]))
  const isThere = (spec: AddressSpec): boolean =>
    links.get(spec.interface)?.addresses.some(({ address }) => address === spec.address) ?? false
  const removed = without(theirs.removeAddresses, ours.removeAddresses, placeOf).filter(isThere)
  results.push(...removed.map((spec) => removeAddress(spec)))
  const goodbyes = (theirs.goodbyes ?? []).filter(({ router }) => !survivors.has(router))
  results.push(...goodbyes.map((goodbye) => say(goodbye, host, now)))
  for (const { index, name } of without(theirs.removeLinks, ours.removeLinks, ({ index }) => String(index))) {
    // Gone meanwhile, the number may be somebody else's.
    if (links.get(index)?.name !== name || !host.vmacs) continue
    host.log(6, `removing ${name}, which the process before this one made: it is not configured any more`)
    results.push(host.vmacs.remove(index))
  }
  return { removed, faults: results.flatMap((result) => (result.ok ? [] : [result.fault])) }
}

function say(
  { transport, datagram, ...to }: NonNullable<Holdings['goodbyes']>[number],
  host: Host,
  now: WallTime,
): Result<void, HostFault> {
  const opened = host.openTransport({ ...transport, groups: [] }, () => {})
  if (!opened.ok) return opened
  const sent = opened.value.send(sealResignation({ datagram, ...to }, now), to)
  opened.value.close()
  return sent
}

const placeOf = ({ interface: index, address }: AddressSpec): string => `${index} ${address}`
/** As it is after it has travelled. */
const asText = (request: object): string => JSON.stringify(request)

function without<T>(all: readonly T[] = [], those: readonly T[] = [], keyOf: (one: T) => string): readonly T[] {
  if (all.length === 0) return all
  const keys = new Set(those.map(keyOf))
  return all.filter((one) => !keys.has(keyOf(one)))
}
