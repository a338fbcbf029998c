// Network interfaces: further ones are made, attached, detached and deleted by themselves; primary ones are listed beside them.
import { fail, type Ipv6, ok, parseIpv6, type Result } from '@havip/base'
import {
  type ApiFault,
  apiFault,
  checkTexts,
  decideAttachNetworkInterface,
  decideDeleteNetworkInterface,
  decideDetachNetworkInterface,
  decideModifyNetworkInterface,
  type Instance,
  type NetworkInterface,
} from '@havip/vpc'
import type { Answer, Caller, DescribeNetworkInterfaces, NetworkInterfaceView, Page, VpcService } from '../service.ts'
import type { Entry, ReadTransaction } from '../store.ts'
import { given, givenList, mutate, owned, type Parts, scopeOf, type Writing } from './parts.ts'
import { checkSecurityGroups, eipsAt, makeInterface, takeAddress6, unbindAll } from './placement.ts'
import { changedTexts } from './vpc.ts'

type NetworkInterfaceUseCases = Pick<
  VpcService,
  | 'createNetworkInterface'
  | 'deleteNetworkInterface'
  | 'modifyNetworkInterface'
  | 'assignIpv6'
  | 'unassignIpv6'
  | 'attachNetworkInterface'
  | 'detachNetworkInterface'
  | 'describeNetworkInterfaces'
>

export function networkInterfaceUseCases(parts: Parts): NetworkInterfaceUseCases {
  return {
    createNetworkInterface: (caller, input) =>
      mutate(parts, caller, 'CreateNetworkInterface', input, (writing) => makeInterface(parts, caller, input, writing)),
    deleteNetworkInterface: (caller, input) =>
      changeInterface(parts, caller, 'DeleteNetworkInterface', input, async ({ tx }, row) => {
        const decided = decideDeleteNetworkInterface(row)
        if (decided.ok) await unbindAll(tx, 'interface', row.id)
        return decided
      }),
    modifyNetworkInterface: (caller, input) =>
      changeInterface(parts, caller, 'ModifyNetworkInterfaceAttribute', input, async ({ tx }, row) => {
        const texts = checkTexts('networkInterface', input)
        if (!texts.ok) return texts
        const allowed = decideModifyNetworkInterface(row)
        if (!allowed.ok) return allowed
        const groups = givenList(input.securityGroups) ? await checkSecurityGroups(caller, input, row, tx) : ok(row.securityGroups)
        if (!groups.ok) return groups
        const deleteOnRelease = input.deleteOnRelease ?? row.deleteOnRelease
        return ok({ ...row, ...changedTexts(input, texts.value), securityGroups: groups.value, deleteOnRelease })
      }),
    assignIpv6: (caller, input) => assignIpv6(parts, caller, input),
    unassignIpv6: (caller, input) => unassignIpv6(parts, caller, input),
    attachNetworkInterface: (caller, input) =>
      changeInterface(parts, caller, 'AttachNetworkInterface', input, async ({ tx, note }, row) => {
        note(input.instance)
        const instance = await owned<'instance'>(tx, 'instance', input.instance, caller)
        if (!instance || instance.wanted === 'deleted') return fail(apiFault('InvalidEcsId.NotFound', { id: input.instance }))
        const others = (await tx.find('networkInterface', { is: { instance: instance.id } })).map((entry) => entry.row)
        return decideAttachNetworkInterface({ row, instance, others, limits: parts.settings.limits })
      }),
    detachNetworkInterface: (caller, input) =>
      changeInterface(parts, caller, 'DetachNetworkInterface', input, async ({ note }, row) => {
        note(input.instance)
        return decideDetachNetworkInterface(row, input.instance)
      }),
    describeNetworkInterfaces: (caller, input) => describeNetworkInterfaces(parts, caller, input),
  }
}

/** Looks it up, lets `decide` say what becomes of it, writes that. A primary one is refused by what it is. */
function changeInterface(
  parts: Parts,
  caller: Caller,
  action: string,
  input: { readonly networkInterface: string },
  decide: (writing: Writing, row: NetworkInterface) => Promise<Result<NetworkInterface, ApiFault>>,
): Answer<void> {
  return mutate(parts, caller, action, input, async (writing) => {
    const { tx, note } = writing
    const id = input.networkInterface
    note(id)
    const row = await owned<'networkInterface'>(tx, 'networkInterface', id, caller)
    if (!row) {
      const primary = await tx.count('instance', { is: { ...scopeOf(caller), networkInterface: id } })
      return fail(primary > 0 ? apiFault('InvalidOperation.InvalidEniType') : apiFault('InvalidEniId.NotFound', { id }))
    }
    const decided = await decide(writing, row)
    return decided.ok ? ok(await tx.update('networkInterface', decided.value)) : decided
  })
}

/** Interfaces have one address of IPv6 here. */
const addresses6Max = 1

type Found = { readonly kind: 'instance'; readonly row: Instance } | { readonly kind: 'networkInterface'; readonly row: NetworkInterface }

/** A further interface, or the instance whose primary one it is, in a state that lets its addresses change. */
async function readdressable(tx: ReadTransaction, caller: Caller, id: string): Promise<Result<Found, ApiFault>> {
  const row = await owned<'networkInterface'>(tx, 'networkInterface', id, caller)
  if (row) {
    const isReady = row.status === 'Available' || row.status === 'InUse'
    return isReady ? ok({ kind: 'networkInterface', row }) : fail(apiFault('InvalidOperation.InvalidEniState', { status: row.status }))
  }
  const [entry] = await tx.find('instance', { is: { ...scopeOf(caller), networkInterface: id } }, { limit: 1 })
  if (!entry || entry.row.wanted === 'deleted') return fail(apiFault('InvalidEniId.NotFound', { id }))
  const { status } = entry.row
  const isReady = status === 'Running' || status === 'Stopped'
  return isReady ? ok({ kind: 'instance', row: entry.row }) : fail(apiFault('InvalidOperation.InvalidEcsState', { status }))
}

function assignIpv6(
  parts: Parts,
  caller: Caller,
  input: { readonly networkInterface: string; readonly address6: string },
): Answer<{ address6: Ipv6 }> {
  return mutate(parts, caller, 'AssignIpv6Addresses', input, async ({ tx, note }) => {
    note(input.networkInterface)
    const found = await readdressable(tx, caller, input.networkInterface)
    if (!found.ok) return found
    const { kind, row } = found.value
    if (row.address6) return fail(apiFault('InvalidOperation.Ipv6CountExceeded', { max: addresses6Max }))
    const vswitch = await tx.get('vswitch', row.vswitch)
    if (!vswitch) return fail(apiFault('InvalidVSwitchId.NotFound', { id: row.vswitch }))
    const taken = await takeAddress6(tx, vswitch, input.address6, row.id)
    if (!taken.ok) return taken
    const address6 = taken.value
    if (!address6) return fail(apiFault('MissingParameter', { name: 'Ipv6Address.N' }))
    if (kind === 'instance') await tx.update('instance', { ...row, address6 })
    else await tx.update('networkInterface', { ...row, address6 })
    return ok({ address6 })
  })
}

function unassignIpv6(
  parts: Parts,
  caller: Caller,
  input: { readonly networkInterface: string; readonly addresses: readonly string[] },
): Answer<void> {
  return mutate(parts, caller, 'UnassignIpv6Addresses', input, async ({ tx, note }) => {
    note(input.networkInterface)
    const found = await readdressable(tx, caller, input.networkInterface)
    if (!found.ok) return found
    const { address6 } = found.value.row
    for (const text of input.addresses) {
      const parsed = parseIpv6(text)
      if (!parsed.ok || parsed.value !== address6) return fail(apiFault('InvalidIp.NotAssigned', { address: text.slice(0, 64) }))
    }
    if (!address6) return ok(undefined)
    await tx.releaseAddress(found.value.row.vswitch, address6)
    const { address6: _, ...row } = found.value.row
    if (found.value.kind === 'instance') await tx.update('instance', row as Instance)
    else await tx.update('networkInterface', row as NetworkInterface)
    return ok(undefined)
  })
}

/** How a primary interface looks beside the further ones. */
function primaryOf(instance: Instance): NetworkInterface {
  const { account, region, createdAt, resourceGroup, vpc, vswitch, zone, mac, address, address6, securityGroups } = instance
  const texts = { name: '', description: '', tags: {}, problem: undefined }
  const place = { status: 'InUse', instance: instance.id, device: 0, deleteOnRelease: true } as const
  return {
    ...{ id: instance.networkInterface, account, region, createdAt, resourceGroup, vpc, vswitch, zone, mac, address, securityGroups },
    ...(address6 && { address6 }),
    ...texts,
    ...place,
  }
}

/** Lists two kinds of rows as one: primary ones first, each kind in the order of creation. */
function describeNetworkInterfaces(parts: Parts, caller: Caller, input: DescribeNetworkInterfaces): Answer<Page<NetworkInterfaceView>> {
  return parts.store.read(async (tx) => {
    const addresses6 = givenList(input.addresses6)
    const ids = addresses6 && idsIn(givenList(input.ids), (await holdersOf6(tx, caller, addresses6)).interfaces)
    if (ids?.length === 0) return ok({ items: [], total: 0, nextToken: '' })
    const asked = ids ? { ...input, ids } : input
    const kinds = [primaryRows(tx, caller, asked), furtherRows(tx, caller, asked)]
    const found = await joinedPage(kinds, input.paging)
    if (!found.ok) return found
    const { items } = found.value
    const eips = await eipsAt(
      tx,
      items.map(({ isPrimary, row }) => (isPrimary ? (row.instance ?? '') : row.id)),
    )
    const views = items.map(({ isPrimary, row }) => ({ ...row, isPrimary, eip: eips.get((isPrimary ? row.instance : row.id) ?? '') }))
    return ok({ ...found.value, items: views })
  })
}

/**
 * Who has one of these addresses of IPv6: interfaces, primary ones too, and the instances they are in. Looked for among all rows, so it is for
 * reads that name addresses.
 */
export async function holdersOf6(
  tx: ReadTransaction,
  caller: Caller,
  addresses: readonly string[],
): Promise<{ readonly interfaces: readonly string[]; readonly instances: readonly string[] }> {
  const wanted = new Set(addresses.flatMap((text) => optionalOf(parseIpv6(text))))
  const has = ({ row }: { readonly row: { readonly address6?: Ipv6 } }) => row.address6 !== undefined && wanted.has(row.address6)
  const is = scopeOf(caller)
  const instances = (await tx.find('instance', { is })).filter(has)
  const further = (await tx.find('networkInterface', { is })).filter(has)
  return {
    interfaces: [...instances.map(({ row }) => row.networkInterface), ...further.map(({ row }) => row.id)],
    instances: [...instances.map(({ row }) => row.id), ...further.flatMap(({ row }) => row.instance ?? [])],
  }
}
const optionalOf = <T>(result: Result<T, unknown>): readonly T[] => (result.ok ? [result.value] : [])

/** The ids that are in both; undefined names them all. */
export const idsIn = (ids: readonly string[] | undefined, others: readonly string[]): readonly string[] =>
  ids ? ids.filter((id) => others.includes(id)) : others

type Listing = {
  readonly isPrimary: boolean
  count(): Promise<number>
  slice(slice: { readonly offset?: number; readonly after?: number; readonly limit: number }): Promise<readonly Entry<NetworkInterface>[]>
}

const sharedFilter = (caller: Caller, input: DescribeNetworkInterfaces) => ({
  ...scopeOf(caller),
  vpc: given(input.vpc),
  vswitch: given(input.vswitch),
  securityGroup: given(input.securityGroup),
  address: givenList(input.addresses),
  resourceGroup: given(input.resourceGroup),
})

function primaryRows(tx: ReadTransaction, caller: Caller, input: DescribeNetworkInterfaces): Listing {
  // A primary one is in use for as long as it lives, and has no name of its own.
  const isNone = (input.type || 'Primary') !== 'Primary' || (input.status || 'InUse') !== 'InUse' || given(input.name) !== undefined
  const is = {
    ...sharedFilter(caller, input),
    id: isNone ? [] : given(input.instance),
    networkInterface: givenList(input.ids),
  }
  // Tags are those of a further interface: a primary one has none.
  const filter = Object.keys(input.tags ?? {}).length > 0 ? { is: { ...is, id: [] } } : { is }
  return {
    isPrimary: true,
    count: () => tx.count('instance', filter),
    slice: async (slice) => (await tx.find('instance', filter, slice)).map((entry) => ({ ...entry, row: primaryOf(entry.row) })),
  }
}

function furtherRows(tx: ReadTransaction, caller: Caller, input: DescribeNetworkInterfaces): Listing {
  const isNone = (input.type || 'Secondary') !== 'Secondary'
  const is = {
    ...sharedFilter(caller, input),
    id: isNone ? [] : givenList(input.ids),
    instance: given(input.instance),
    status: given(input.status),
    name: given(input.name),
  }
  const filter = { is, tags: input.tags }
  return {
    isPrimary: false,
    count: () => tx.count('networkInterface', filter),
    slice: (slice) => tx.find('networkInterface', filter, slice),
  }
}

type Listed = { readonly isPrimary: boolean; readonly row: NetworkInterface }

/** A token names the listing and the place in it: `a1z`, `b7`. */
async function joinedPage(
  listings: readonly Listing[],
  paging: DescribeNetworkInterfaces['paging'],
): Promise<Result<Page<Listed>, ApiFault>> {
  const counts = await Promise.all(listings.map((listing) => listing.count()))
  const total = counts.reduce((a, b) => a + b, 0)
  const start = paging.kind === 'token' ? startOf(paging.token) : { listing: 0, after: 0 }
  if (!start) return fail(apiFault('InvalidParameter', { name: 'NextToken', reason: 'it is not one of ours' }))
  // One more than asked for tells whether there is another page.
  const wanted = paging.kind === 'page' ? paging.size : paging.max + 1
  let skip = paging.kind === 'page' ? (paging.number - 1) * paging.size : 0
  const found: (Listed & { readonly place: string })[] = []
  for (const [index, listing] of listings.entries()) {
    const limit = wanted - found.length
    if (index < start.listing || limit <= 0) continue
    const slice = paging.kind === 'page' ? { offset: skip, limit } : { after: index === start.listing ? start.after : 0, limit }
    skip = Math.max(0, skip - (counts[index] ?? 0))
    for (const { row, position } of await listing.slice(slice)) {
      found.push({ isPrimary: listing.isPrimary, row, place: `${'ab'[index]}${position.toString(36)}` })
    }
  }
  if (paging.kind === 'page') return ok({ items: found, total, nextToken: '' })
  const items = found.slice(0, paging.max)
  return ok({ items, total, nextToken: found.length > paging.max ? (items.at(-1)?.place ?? '') : '' })
}

function startOf(token: string | undefined): { readonly listing: number; readonly after: number } | undefined {
  if (!token) return { listing: 0, after: 0 }
  const match = /^([ab])([0-9a-z]{1,10})$/.exec(token)
  return match ? { listing: match[1] === 'a' ? 0 : 1, after: Number.parseInt(match[2] as string, 36) } : undefined
}
