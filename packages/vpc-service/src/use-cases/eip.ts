// Elastic IP addresses: allocated from the pool, bound to one HAVIP or instance, released.
import { fail, type Ipv4, isIpv6, ok, type Result } from '@havip/base'
import {
  type ApiFault,
  apiFault,
  checkPoolAddress,
  checkTags,
  checkTexts,
  decideAllocateEip,
  decideAssociateEip,
  decideModifyEip,
  decideReleaseEip,
  decideUnassociateEip,
  type Eip,
  type EipId,
  type EipTargetRow,
  newId,
  poolRange,
} from '@havip/vpc'
import type { AllocateEip, Answer, AssociateEip, Caller, DescribeEips, EipView, Page, UnassociateEip, VpcService } from '../service.ts'
import { eipScope, type ReadTransaction, type WriteTransaction } from '../store.ts'
import { common, given, givenList, madeWithin, mutate, owned, type Parts, pageWhere, regionFor, scopeOf } from './parts.ts'
import { changedTexts } from './vpc.ts'

type EipUseCases = Pick<
  VpcService,
  'allocateEip' | 'releaseEip' | 'modifyEip' | 'setEipDeletionProtection' | 'describeEips' | 'associateEip' | 'unassociateEip'
>

export function eipUseCases(parts: Parts): EipUseCases {
  return {
    allocateEip: (caller, input) => allocateEip(parts, caller, input),
    releaseEip: (caller, input) => changeEip(parts, caller, 'ReleaseEipAddress', input, async (_, eip) => decideReleaseEip(eip)),
    modifyEip: (caller, input) =>
      changeEip(parts, caller, 'ModifyEipAddressAttribute', input, async (_, eip) => {
        const texts = checkTexts('eip', input)
        if (!texts.ok) return texts
        const decided = decideModifyEip(eip, input.bandwidth)
        return decided.ok ? ok({ ...decided.value, ...changedTexts(input, texts.value) }) : decided
      }),
    setEipDeletionProtection: (caller, input) =>
      changeEip(parts, caller, 'DeletionProtection', input, async (_, eip) => ok({ ...eip, deletionProtection: input.enable })),
    describeEips: (caller, input) => describeEips(parts, caller, input),
    associateEip: (caller, input) =>
      changeEip(parts, caller, 'AssociateEipAddress', input, (tx, eip) => associated(tx, caller, eip, input), input.instance),
    unassociateEip: (caller, input) =>
      changeEip(parts, caller, 'UnassociateEipAddress', input, (tx, eip) => unassociated(tx, caller, eip, input), input.instance),
  }
}

/** Looks the EIP up, lets `decide` say what becomes of it, writes that. */
function changeEip(
  parts: Parts,
  caller: Caller,
  action: string,
  input: { readonly eip: string },
  decide: (tx: WriteTransaction, eip: Eip) => Promise<Result<Eip, ApiFault>>,
  about?: string | undefined,
): Answer<void> {
  return mutate(parts, caller, action, input, async ({ tx, note }) => {
    note(input.eip)
    if (about) note(about)
    const eip = await owned<'eip'>(tx, 'eip', input.eip, caller)
    if (!eip) return fail(apiFault('InvalidAllocationId.NotFound', { id: input.eip }))
    const decided = await decide(tx, eip)
    return decided.ok ? ok(await tx.update('eip', decided.value)) : decided
  })
}

function allocateEip(parts: Parts, caller: Caller, input: AllocateEip): Answer<{ eip: EipId; address: Ipv4; resourceGroup: string }> {
  return mutate(parts, caller, 'AllocateEipAddress', input, async ({ tx, note }) => {
    const region = regionFor(parts, caller)
    if (!region.ok) return region
    const texts = checkTexts('eip', input)
    if (!texts.ok) return texts
    const tags = checkTags(input.tags)
    if (!tags.ok) return tags
    const count = await tx.count('eip', { is: { account: caller.account } })
    const { bandwidth, internetChargeType, instanceChargeType } = input
    const terms = decideAllocateEip({ bandwidth, internetChargeType, instanceChargeType, count, limits: parts.settings.limits })
    if (!terms.ok) return terms
    const id = newId<EipId>('eip', parts.entropy)
    const address = await takePoolAddress(parts, tx, given(input.address), id)
    if (!address.ok) return address
    note(id)
    const eip: Eip = {
      ...common(parts, caller, region.value.id, input.resourceGroup),
      ...texts.value,
      ...terms.value,
      id,
      tags: tags.value,
      address: address.value,
      deletionProtection: false,
      status: 'Available',
      target: undefined,
    }
    await tx.insert('eip', eip)
    return ok({ eip: id, address: eip.address, resourceGroup: eip.resourceGroup })
  })
}

async function takePoolAddress(
  parts: Parts,
  tx: WriteTransaction,
  text: string | undefined,
  holder: string,
): Promise<Result<Ipv4, ApiFault>> {
  const pool = parts.settings.eipPool
  if (text === undefined) {
    const free = await tx.lowestFreeAddress(eipScope, poolRange(pool))
    if (!free || !(await tx.takeAddress(eipScope, free, holder)))
      return fail(apiFault('ReserveIpFail', { reason: 'the pool has none left' }))
    return ok(free)
  }
  const address = checkPoolAddress(pool, text)
  if (!address.ok) return address
  return (await tx.takeAddress(eipScope, address.value, holder)) ? address : fail(apiFault('ReserveIpFail', { reason: 'somebody has it' }))
}

async function associated(tx: WriteTransaction, caller: Caller, eip: Eip, input: AssociateEip): Promise<Result<Eip, ApiFault>> {
  const type = given(input.instanceType) ?? 'EcsInstance'
  // The region of the target is the rule's to judge, so it is looked up without.
  const target = await eipTargetOf(tx, { ...caller, region: undefined }, type, input.instance)
  if (!target) return fail(apiFault('InvalidInstanceType.ValueNotSupported', { name: type }))
  const region = given(input.instanceRegion) ?? eip.region
  if (region !== eip.region) return fail(apiFault('InvalidParameter.Mismatch', { reason: `The EIP is in ${eip.region}, not in ${region}` }))
  const address = given(input.privateAddress)
  if (address !== undefined && target.row && address !== target.row.address) {
    return fail(apiFault('InvalidParameter', { name: 'PrivateIpAddress', reason: `the address of the target is ${target.row.address}` }))
  }
  const eipsOfTarget = await tx.count('eip', { is: { target: input.instance }, isNot: { target: '' } })
  return decideAssociateEip({ eip, target, targetText: input.instance, eipsOfTarget })
}

async function unassociated(tx: WriteTransaction, caller: Caller, eip: Eip, input: UnassociateEip): Promise<Result<Eip, ApiFault>> {
  const target = eip.target && (await eipTargetOf(tx, { ...caller, region: undefined }, eip.target.kind, eip.target.id))
  return decideUnassociateEip(eip, input, target?.row?.address)
}

/** Undefined: a type that nothing here has. */
async function eipTargetOf(tx: ReadTransaction, caller: Caller, kind: string, id: string): Promise<EipTargetRow | undefined> {
  switch (kind) {
    case 'HaVip':
      return { kind, row: await owned<'havip'>(tx, 'havip', id, caller) }
    case 'EcsInstance':
      return { kind, row: await owned<'instance'>(tx, 'instance', id, caller) }
    case 'NetworkInterface':
      return { kind, row: await owned<'networkInterface'>(tx, 'networkInterface', id, caller) }
    default:
      return undefined
  }
}

function describeEips(parts: Parts, caller: Caller, input: DescribeEips): Answer<Page<EipView>> {
  return parts.store.read(async (tx) => {
    const isForeign = given(input.chargeType) !== undefined && input.chargeType !== 'PostPaid'
    const is = {
      ...scopeOf(caller),
      id: isForeign ? [] : givenList(input.ids),
      address: givenList(input.addresses),
      name: given(input.name),
      status: given(input.status),
      target: given(input.instance),
      targetKind: given(input.instanceType),
      resourceGroup: given(input.resourceGroup),
    }
    const found = await pageWhere(tx, 'eip', { is, tags: input.tags }, input.paging, madeWithin(input.created))
    return found.ok ? ok({ ...found.value, items: await eipViews(tx, found.value.items) }) : found
  })
}

async function eipViews(tx: ReadTransaction, eips: readonly Eip[]): Promise<EipView[]> {
  const idsOf = (kind: string): string[] => eips.flatMap(({ target }) => (target?.kind === kind ? [target.id] : []))
  const found = [
    ...(await tx.entries('havip', idsOf('HaVip'))),
    ...(await tx.entries('instance', idsOf('EcsInstance'))),
    ...(await tx.entries('networkInterface', idsOf('NetworkInterface'))),
  ]
  const targets = new Map(found.map(({ row }) => [row.id as string, row]))
  return eips.map((eip) => {
    const target = eip.target && targets.get(eip.target.id)
    // An EIP is bound to nothing that has an address of IPv6.
    const privateAddress = target && !isIpv6(target.address) ? target.address : undefined
    return { ...eip, vpc: target?.vpc, privateAddress }
  })
}
