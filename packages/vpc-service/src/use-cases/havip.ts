// HAVIPs: made, bound to instances, released.
import { type Family, fail, type IpAddress, ok, type Result } from '@havip/base'
import {
  type ApiFault,
  apiFault,
  checkAddress,
  checkAddress6,
  checkTags,
  checkTexts,
  decideAssociateHavip,
  decideCreateHavip,
  decideDeleteHavip,
  decideModifyHavip,
  decideUnassociateHavip,
  type Havip,
  type HavipId,
  type HavipTarget,
  havipAddressFaults,
  havipPrivileges,
  isBound,
  newId,
  usableRange,
  type Vswitch,
} from '@havip/vpc'
import { holdersOf } from '../port-holders.ts'
import type {
  Answer,
  AssociateHavip,
  Caller,
  CreateHavip,
  DescribeHavips,
  HavipView,
  Page,
  UnassociateHavip,
  VpcService,
} from '../service.ts'
import type { Filter, ReadTransaction, WriteTransaction } from '../store.ts'
import type { Column } from '../tables.ts'
import { common, given, mutate, owned, type Parts, page, regionFor, scopeOf } from './parts.ts'
import { changedTexts } from './vpc.ts'

type HavipUseCases = Pick<
  VpcService,
  'createHavip' | 'deleteHavip' | 'modifyHavip' | 'describeHavips' | 'associateHavip' | 'unassociateHavip'
>

export function havipUseCases(parts: Parts): HavipUseCases {
  return {
    createHavip: (caller, input) => createHavip(parts, caller, input),
    deleteHavip: (caller, input) => deleteHavip(parts, caller, input.havip),
    modifyHavip: (caller, input) =>
      mutate(parts, caller, 'ModifyHaVipAttribute', input, async ({ tx, note }) => {
        note(input.havip)
        const texts = checkTexts('havip', input)
        if (!texts.ok) return texts
        const havip = await writable(parts, tx, caller, input.havip)
        if (!havip.ok) return havip
        const allowed = decideModifyHavip(havip.value)
        if (!allowed.ok) return allowed
        return ok(await tx.update('havip', { ...havip.value, ...changedTexts(input, texts.value) }))
      }),
    describeHavips: (caller, input) => describeHavips(parts, caller, input),
    associateHavip: (caller, input) => associateHavip(parts, caller, input),
    unassociateHavip: (caller, input) => unassociateHavip(parts, caller, input),
  }
}

/** The feature is in preview: an account needs an application that was agreed to. */
export async function hasHavipPrivilege(tx: ReadTransaction, caller: Caller): Promise<boolean> {
  const is = { account: caller.account, product: 'vpc', action: havipPrivileges, status: 'Agree' }
  return (await tx.find('quotaApplication', { is })).some(({ row }) => row.desired >= 1)
}

/** The HAVIP, for a caller who may use the feature. */
async function writable(parts: Parts, tx: WriteTransaction, caller: Caller, id: string): Promise<Result<Havip, ApiFault>> {
  const region = regionFor(parts, caller)
  if (!region.ok) return region
  if (!(await hasHavipPrivilege(tx, caller))) return fail(apiFault('Forbidden.HaVip'))
  const havip = await owned<'havip'>(tx, 'havip', id, caller)
  return havip ? ok(havip) : fail(apiFault('InvalidHaVipId.NotFound', { id }))
}

function createHavip(parts: Parts, caller: Caller, input: CreateHavip): Answer<{ havip: HavipId; address: IpAddress }> {
  return mutate(parts, caller, 'CreateHaVip', input, async ({ tx, note }) => {
    const region = regionFor(parts, caller)
    if (!region.ok) return region
    if (!(await hasHavipPrivilege(tx, caller))) return fail(apiFault('Forbidden.HaVip'))
    const texts = checkTexts('havip', input)
    if (!texts.ok) return texts
    const tags = checkTags(input.tags)
    if (!tags.ok) return tags
    const vswitch = await owned<'vswitch'>(tx, 'vswitch', input.vswitch, caller)
    if (!vswitch) return fail(apiFault('InvalidVSwitch.NotFound', { id: input.vswitch }))
    const count = await tx.count('havip', { is: { vpc: vswitch.vpc } })
    const allowed = decideCreateHavip({ vswitch, count, limits: parts.settings.limits })
    if (!allowed.ok) return allowed
    const id = newId<HavipId>('havip', parts.entropy)
    const address = await takeAddress(tx, vswitch, given(input.address), input.family, id)
    if (!address.ok) return address
    note(id)
    await tx.insert('havip', {
      ...common(parts, caller, vswitch.region, input.resourceGroup),
      ...texts.value,
      id,
      tags: tags.value,
      vpc: vswitch.vpc,
      vswitch: vswitch.id,
      address: address.value,
      status: 'Creating',
      instances: [],
      interfaces: [],
    })
    return ok({ havip: id, address: address.value })
  })
}

/** @param family of what is chosen; also what an address that is given has to be. */
async function takeAddress(
  tx: WriteTransaction,
  vswitch: Vswitch,
  text: string | undefined,
  family: Family | undefined,
  holder: string,
): Promise<Result<IpAddress, ApiFault>> {
  if (text === undefined) {
    if (family === 'ipv6' && !vswitch.cidr6) return fail(apiFault('InvalidVSwitch.Ipv6NotTurnOn'))
    const free =
      family === 'ipv6' && vswitch.cidr6
        ? await tx.lowestFreeAddress6(vswitch.id, vswitch.cidr6)
        : await tx.lowestFreeAddress(vswitch.id, usableRange(vswitch.cidr))
    if (!free || !(await tx.takeAddress(vswitch.id, free, holder))) return fail(apiFault('InvalidPrivateIp.NotFound'))
    return ok(free)
  }
  const isMeantIpv6 = family === undefined ? text.includes(':') : family === 'ipv6'
  const address = isMeantIpv6
    ? checkAddress6(vswitch.cidr6, text, havipAddressFaults)
    : checkAddress(vswitch.cidr, text, havipAddressFaults)
  if (!address.ok) return address
  const isFree = await tx.takeAddress(vswitch.id, address.value, holder)
  return isFree ? address : fail(apiFault('InvalidIPAddress.AlreadyUsed', { address: address.value }))
}

function deleteHavip(parts: Parts, caller: Caller, id: string): Answer<void> {
  return mutate(parts, caller, 'DeleteHaVip', { havip: id }, async ({ tx, note }) => {
    note(id)
    const havip = await writable(parts, tx, caller, id)
    if (!havip.ok) return havip
    const eips = await tx.count('eip', { is: { target: id } })
    const decided = decideDeleteHavip(havip.value, eips)
    return decided.ok ? ok(await tx.update('havip', decided.value)) : decided
  })
}

/** What the caller means by its id and type. A type that is not given is an instance, as the API has it. */
async function targetOf(tx: ReadTransaction, caller: Caller, input: AssociateHavip): Promise<Result<HavipTarget, ApiFault>> {
  const { instance: id, instanceType } = input
  if (!instanceType || instanceType === 'EcsInstance') {
    return ok({ kind: 'EcsInstance', row: await owned<'instance'>(tx, 'instance', id, caller) })
  }
  if (instanceType !== 'NetworkInterface') return fail(apiFault('InvalidInstanceType.ValueNotSupported', { name: instanceType }))
  const further = await owned<'networkInterface'>(tx, 'networkInterface', id, caller)
  if (further) return ok({ kind: 'NetworkInterface', row: further })
  const [primary] = await tx.find('instance', { is: { ...scopeOf(caller), networkInterface: id } }, { limit: 1 })
  if (!primary || primary.row.wanted === 'deleted') return ok({ kind: 'NetworkInterface', row: undefined })
  return ok({ kind: 'NetworkInterface', row: { id: primary.row.networkInterface, vswitch: primary.row.vswitch, status: 'InUse' } })
}

function associateHavip(parts: Parts, caller: Caller, input: AssociateHavip): Answer<void> {
  return mutate(parts, caller, 'AssociateHaVip', input, async ({ tx, note }) => {
    note(input.havip)
    note(input.instance)
    const target = await targetOf(tx, caller, input)
    if (!target.ok) return target
    const havip = await writable(parts, tx, caller, input.havip)
    if (!havip.ok) return havip
    const column = target.value.kind === 'EcsInstance' ? 'instance' : 'interface'
    const havipsOnTarget = await tx.count('havip', { is: { [column]: input.instance } })
    const { limits } = parts.settings
    const decided = decideAssociateHavip({
      havip: havip.value,
      target: target.value,
      havipsOnTarget,
      limits,
      targetText: input.instance,
    })
    if (!decided.ok) return decided
    if (decided.value !== havip.value) await tx.update('havip', decided.value)
    return ok(undefined)
  })
}

function unassociateHavip(parts: Parts, caller: Caller, input: UnassociateHavip): Answer<void> {
  return mutate(parts, caller, 'UnassociateHaVip', input, async ({ tx, note }) => {
    note(input.havip)
    note(input.instance)
    const target = await targetOf(tx, caller, input)
    if (!target.ok) return target
    const havip = await writable(parts, tx, caller, input.havip)
    if (!havip.ok) return havip
    const owner = (await ownersOf(parts, tx, [havip.value])).get(havip.value.id)?.target
    const decided = decideUnassociateHavip({ havip: havip.value, target: input.instance, owner, force: input.force === true })
    return decided.ok ? ok(await tx.update('havip', decided.value)) : decided
  })
}

/** What is bound to each and announces its address, by what the plane saw. */
async function ownersOf(
  parts: Parts,
  tx: ReadTransaction,
  havips: readonly Havip[],
): Promise<Map<HavipId, NonNullable<HavipView['owner']>>> {
  const known = havips.map((havip) => ({ havip, owner: parts.owners.of(havip.id) }))
  const ports = known.flatMap(({ owner }) => (owner ? [owner.port] : []))
  if (ports.length === 0) return new Map()
  const holders = await holdersOf(tx, ports)
  const owners = new Map<HavipId, NonNullable<HavipView['owner']>>()
  for (const { havip, owner } of known) {
    const instance = owner && holders.get(owner.port)?.id
    if (!owner || !instance) continue
    const target = havip.interfaces.length > 0 ? owner.port : instance
    // The plane may still remember one that has been detached.
    if (isBound(havip, target)) owners.set(havip.id, { target, instance, sinceMs: owner.sinceMs, lastSeenMs: owner.lastSeenMs })
  }
  return owners
}

const filterColumns: Readonly<Record<string, Column<'havip'>>> = {
  VpcId: 'vpc',
  VSwitchId: 'vswitch',
  Status: 'status',
  HaVipId: 'id',
  HaVipAddress: 'address',
}

function havipFilter(caller: Caller, input: DescribeHavips): Result<Filter<'havip'>, ApiFault> {
  const is: { [C in Column<'havip'>]?: string | readonly string[] | undefined } = {
    ...scopeOf(caller),
    resourceGroup: given(input.resourceGroup),
  }
  for (const { key, values } of input.filters ?? []) {
    const column = filterColumns[key]
    if (!column) return fail(apiFault('InvalidFilterKey.ValueNotSupported', { name: key }))
    const before = is[column]
    // The same key twice: both have to hold.
    is[column] = before === undefined ? values : values.filter((value) => before.includes(value))
  }
  return ok({ is, tags: input.tags })
}

function describeHavips(parts: Parts, caller: Caller, input: DescribeHavips): Answer<Page<HavipView>> {
  return parts.store.read(async (tx) => {
    const filter = havipFilter(caller, input)
    if (!filter.ok) return filter
    const found = await page(tx, 'havip', filter.value, input.paging)
    if (!found.ok) return found
    const { items } = found.value
    const owners = await ownersOf(parts, tx, items)
    const eips = Map.groupBy(await tx.find('eip', { is: { target: items.map(({ id }) => id) } }), ({ row }) => row.target?.id)
    const views = items.map((havip) => ({
      ...havip,
      owner: owners.get(havip.id),
      eips: (eips.get(havip.id) ?? []).map(({ row }) => row.address),
    }))
    return ok({ ...found.value, items: views })
  })
}
