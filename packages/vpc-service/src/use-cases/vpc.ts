// VPCs and their vSwitches.
import { type Cidr, type Cidr6, fail, formatCidr, isIpv6, ok, parseCidr6, type Result } from '@havip/base'
import {
  type ApiFault,
  apiFault,
  carries,
  checkTags,
  checkTexts,
  decideAddBlock,
  decideChangeVpcBlock,
  decideChangeVswitchIpv6,
  decideCreateVpc,
  decideCreateVswitch,
  decideDeleteVpc,
  decideDeleteVswitch,
  decideRemoveBlock,
  decideVpcIpv6,
  decideVswitchIpv6,
  newId,
  type RegionId,
  type RouterId,
  type RouteTableId,
  usableCount,
  type Vpc,
  type VpcId,
  type Vswitch,
  type VswitchId,
} from '@havip/vpc'
import type {
  Answer,
  Caller,
  CreateVpc,
  CreateVswitch,
  DescribeVpcs,
  DescribeVswitches,
  ModifyVswitch,
  Page,
  RouteTableView,
  VpcBlock,
  VpcService,
  VpcView,
  VswitchView,
  WantIpv6,
} from '../service.ts'
import type { ReadTransaction, WriteTransaction } from '../store.ts'
import { common, given, givenList, mutate, owned, type Parts, pageWhere, regionFor, scopeOf, type Writing } from './parts.ts'

type VpcUseCases = Pick<
  VpcService,
  | 'createVpc'
  | 'createDefaultVpc'
  | 'addVpcBlock'
  | 'removeVpcBlock'
  | 'deleteVpc'
  | 'modifyVpc'
  | 'describeVpcs'
  | 'getVpc'
  | 'describeRouteTables'
  | 'createVswitch'
  | 'createDefaultVswitch'
  | 'deleteVswitch'
  | 'modifyVswitch'
  | 'describeVswitches'
  | 'getVswitch'
>

export function vpcUseCases(parts: Parts): VpcUseCases {
  return {
    createVpc: (caller, input) => createVpc(parts, caller, input, false),
    createDefaultVpc: (caller, input) => createVpc(parts, caller, input, true),
    addVpcBlock: (caller, input) =>
      changeBlocks(parts, caller, 'AssociateVpcCidrBlock', input, (vpc) =>
        given(input.cidr) ? decideAddBlock(vpc, input.cidr as string) : undefined,
      ),
    removeVpcBlock: (caller, input) =>
      changeBlocks(parts, caller, 'UnassociateVpcCidrBlock', input, (vpc, vswitches) =>
        given(input.cidr) ? decideRemoveBlock(vpc, input.cidr as string, vswitches) : undefined,
      ),
    deleteVpc: (caller, input) => deleteVpc(parts, caller, input.vpc),
    modifyVpc: (caller, input) =>
      mutate(parts, caller, 'ModifyVpcAttribute', input, async ({ tx, note }) => {
        note(input.vpc)
        const texts = checkTexts('vpc', input)
        if (!texts.ok) return texts
        const vpc = await owned<'vpc'>(tx, 'vpc', input.vpc, caller)
        if (!vpc) return fail(apiFault('InvalidVpcId.NotFound', { id: input.vpc }))
        if (vpc.status !== 'Available') return fail(apiFault('IncorrectVpcStatus', { status: vpc.status }))
        const others = (await tx.find('vswitch', { is: { vpc: vpc.id } })).map(({ row }) => row)
        const cidr = decideChangeVpcBlock(vpc, given(input.cidr), others)
        if (!cidr.ok) return cidr
        const { cidr6: now, ...rest } = vpc
        const cidr6 = decideVpcIpv6(now, { isOn: input.ipv6, block: given(input.cidr6) }, others, parts.entropy)
        if (!cidr6.ok) return cidr6
        const changed = { ...rest, ...changedTexts(input, texts.value), cidr: cidr.value, ...(cidr6.value && { cidr6: cidr6.value }) }
        return ok(await tx.update('vpc', cidr6.value === now ? changed : { ...changed, status: 'Pending' }))
      }),
    describeVpcs: (caller, input) => describeVpcs(parts, caller, input),
    getVpc: (caller, input) =>
      parts.store.read(async (tx) => {
        const vpc = await owned<'vpc'>(tx, 'vpc', input.vpc, caller)
        if (!vpc) return fail(apiFault('InvalidVpcId.NotFound', { id: input.vpc }))
        const [view] = await vpcViews(tx, [vpc])
        return ok(view as VpcView)
      }),
    describeRouteTables: (caller, input) => describeRouteTables(parts, caller, input),
    createVswitch: (caller, input) =>
      mutate(parts, caller, 'CreateVSwitch', input, (writing) => createVswitch(parts, caller, input, writing)),
    createDefaultVswitch: (caller, input) =>
      mutate(parts, caller, 'CreateDefaultVSwitch', input, (writing) => createDefaultVswitch(parts, caller, input, writing)),
    deleteVswitch: (caller, input) => deleteVswitch(parts, caller, input.vswitch),
    modifyVswitch: (caller, input) =>
      mutate(parts, caller, 'ModifyVSwitchAttribute', input, async ({ tx, note }) => {
        note(input.vswitch)
        const texts = checkTexts('vswitch', input)
        if (!texts.ok) return texts
        const vswitch = await owned<'vswitch'>(tx, 'vswitch', input.vswitch, caller)
        if (!vswitch) return fail(apiFault('InvalidVSwitchId.NotFound', { id: input.vswitch }))
        if (vswitch.status !== 'Available') return fail(apiFault('IncorrectVSwitchStatus', { status: vswitch.status }))
        const cidr6 = await changedIpv6(tx, vswitch, input)
        if (!cidr6.ok) return cidr6
        const { cidr6: now, ...rest } = vswitch
        const changed = { ...rest, ...changedTexts(input, texts.value), ...(cidr6.value && { cidr6: cidr6.value }) }
        return ok(await tx.update('vswitch', cidr6.value === now ? changed : { ...changed, status: 'Pending' }))
      }),
    describeVswitches: (caller, input) => describeVswitches(parts, caller, input),
    getVswitch: (caller, input) =>
      parts.store.read(async (tx) => {
        const vswitch = await owned<'vswitch'>(tx, 'vswitch', input.vswitch, caller)
        if (!vswitch) return fail(apiFault('InvalidVSwitchId.NotFound', { id: input.vswitch }))
        const [view] = await vswitchViews(tx, [vswitch])
        return ok(view as VswitchView)
      }),
  }
}

/** A VPC has one block of IPv6: who names another means something that is not here. */
function checkBlock6(vpc: Vpc | undefined, text: string | undefined): Result<void, ApiFault> {
  if (text === undefined) return ok(undefined)
  const block = parseCidr6(text)
  const isIts = block.ok && vpc?.cidr6 !== undefined && formatCidr(block.value) === formatCidr(vpc.cidr6)
  return isIts ? ok(undefined) : fail(apiFault('InvalidParameter', { name: 'VpcIpv6CidrBlock', reason: 'it is not the block of the VPC' }))
}

/** The block of IPv6 that a vSwitch shall have. */
async function changedIpv6(
  tx: WriteTransaction,
  vswitch: Vswitch,
  { ipv6, part6, block6 }: ModifyVswitch,
): Promise<Result<Cidr6 | undefined, ApiFault>> {
  const vpc = await tx.get('vpc', vswitch.vpc)
  const checked = checkBlock6(vpc, given(block6))
  if (!checked.ok) return checked
  if (!vpc || (ipv6 === undefined && part6 === undefined)) return ok(vswitch.cidr6)
  const others = (await tx.find('vswitch', { is: { vpc: vpc.id } })).map(({ row }) => row).filter(({ id }) => id !== vswitch.id)
  return decideChangeVswitchIpv6(vswitch, vpc, { isOn: ipv6, index: part6 }, others, await countIpv6(tx, vswitch))
}

/** Looks at every row of the vSwitch: this is asked only when its IPv6 is to be changed. */
async function countIpv6(tx: WriteTransaction, { id, cidr6 }: Vswitch): Promise<number> {
  if (!cidr6) return 0
  const filter = { is: { vswitch: id } }
  const hosts = [...(await tx.find('instance', filter)), ...(await tx.find('networkInterface', filter))]
  const havips = await tx.find('havip', filter)
  return hosts.filter(({ row }) => row.address6).length + havips.filter(({ row }) => isIpv6(row.address)).length
}

/** What a Modify call changes: only what it names; empty text counts as not given. */
export function changedTexts(
  input: { readonly name?: string | undefined; readonly description?: string | undefined },
  checked: { readonly name: string; readonly description: string },
): { name?: string; description?: string } {
  return { ...(given(input.name) ? { name: checked.name } : {}), ...(given(input.description) ? { description: checked.description } : {}) }
}

/** Adds or removes a range of either family; `decide` gives undefined when it is not one of IPv4. */
function changeBlocks(
  parts: Parts,
  caller: Caller,
  action: 'AssociateVpcCidrBlock' | 'UnassociateVpcCidrBlock',
  input: VpcBlock,
  decide: (vpc: Vpc, vswitches: readonly Vswitch[]) => Result<readonly Cidr[], ApiFault> | undefined,
): Answer<void> {
  return mutate(parts, caller, action, input, async ({ tx, note }) => {
    note(input.vpc)
    const vpc = await owned<'vpc'>(tx, 'vpc', input.vpc, caller)
    if (!vpc) return fail(apiFault('InvalidVpcId.NotFound', { id: input.vpc }))
    if (vpc.status !== 'Available') return fail(apiFault('IncorrectVpcStatus', { status: vpc.status }))
    const vswitches = (await tx.find('vswitch', { is: { vpc: vpc.id } })).map(({ row }) => row)
    const secondary = decide(vpc, vswitches)
    if (secondary) return secondary.ok ? ok(await tx.update('vpc', { ...vpc, secondary: secondary.value })) : secondary
    const isAdded = action === 'AssociateVpcCidrBlock'
    const block = given(input.cidr6)
    if (!isAdded && (!vpc.cidr6 || (block && block !== formatCidr(vpc.cidr6))))
      return fail(apiFault('InvalidParameter', { name: 'IPv6CidrBlock', reason: 'the VPC has no such block' }))
    const cidr6 = decideVpcIpv6(vpc.cidr6, { isOn: isAdded, block: isAdded ? block : undefined }, vswitches, parts.entropy)
    if (!cidr6.ok) return cidr6
    const { cidr6: _, ...rest } = vpc
    return ok(await tx.update('vpc', { ...rest, ...(cidr6.value && { cidr6: cidr6.value }), status: 'Pending' }))
  })
}

function createVpc(parts: Parts, caller: Caller, input: CreateVpc, isDefault: boolean): Answer<Vpc> {
  return mutate(parts, caller, isDefault ? 'CreateDefaultVpc' : 'CreateVpc', input, async ({ tx, note }) => {
    const region = regionFor(parts, caller)
    if (!region.ok) return region
    const texts = checkTexts('vpc', input)
    if (!texts.ok) return texts
    const tags = checkTags(input.tags)
    if (!tags.ok) return tags
    const there = isDefault ? await defaultVpcOf(tx, caller, region.value.id) : undefined
    if (there) return fail(apiFault('OperationDenied.DefaultVpcExists', { id: there.id }))
    const count = await tx.count('vpc', { is: { account: caller.account, region: region.value.id } })
    const cidr = decideCreateVpc({ cidr: input.cidr, count, limits: parts.settings.limits })
    if (!cidr.ok) return cidr
    const cidr6 = decideVpcIpv6(undefined, { isOn: input.ipv6, block: given(input.cidr6) }, [], parts.entropy)
    if (!cidr6.ok) return cidr6
    const vpc: Vpc = {
      ...common(parts, caller, region.value.id, input.resourceGroup),
      ...texts.value,
      id: newId<VpcId>('vpc', parts.entropy),
      router: newId<RouterId>('vrt', parts.entropy),
      routeTable: newId<RouteTableId>('vtb', parts.entropy),
      tags: tags.value,
      cidr: cidr.value,
      ...(cidr6.value && { cidr6: cidr6.value }),
      ...(isDefault && { isDefault }),
      status: 'Pending',
    }
    note(vpc.id)
    await tx.insert('vpc', vpc)
    return ok(vpc)
  })
}

function deleteVpc(parts: Parts, caller: Caller, id: string): Answer<void> {
  return mutate(parts, caller, 'DeleteVpc', { vpc: id }, async ({ tx, note }) => {
    note(id)
    const vpc = await owned<'vpc'>(tx, 'vpc', id, caller)
    if (!vpc) return fail(apiFault('InvalidVpcId.NotFound', { id }))
    const vswitches = await tx.count('vswitch', { is: { vpc: id } })
    const securityGroups = await tx.count('securityGroup', { is: { vpc: id } })
    const decided = decideDeleteVpc(vpc, { vswitches, securityGroups })
    return decided.ok ? ok(await tx.update('vpc', decided.value)) : decided
  })
}

function describeVpcs(parts: Parts, caller: Caller, input: DescribeVpcs): Answer<Page<VpcView>> {
  return parts.store.read(async (tx) => {
    const is = { ...scopeOf(caller), id: givenList(input.ids), name: given(input.name), resourceGroup: given(input.resourceGroup) }
    const found = await pageWhere(tx, 'vpc', { is, tags: input.tags }, input.paging, conditionOf(input))
    return found.ok ? ok({ ...found.value, items: await vpcViews(tx, found.value.items) }) : found
  })
}

/** What no column knows; undefined: nothing of it is asked. */
function conditionOf({ ipv6, isDefault }: WantIpv6 & { readonly isDefault?: boolean | undefined }) {
  if (ipv6 === undefined && isDefault === undefined) return undefined
  return (row: { readonly cidr6?: Cidr6; readonly isDefault?: true }): boolean =>
    (ipv6 === undefined || (row.cidr6 !== undefined) === ipv6) && (isDefault === undefined || (row.isDefault === true) === isDefault)
}

async function defaultVpcOf(tx: ReadTransaction, caller: Caller, region: RegionId): Promise<Vpc | undefined> {
  const vpcs = await tx.find('vpc', { is: { account: caller.account, region } })
  return vpcs.map(({ row }) => row).find(({ isDefault, status }) => isDefault && status !== 'Deleting')
}

async function vpcViews(tx: ReadTransaction, vpcs: readonly Vpc[]): Promise<VpcView[]> {
  const vswitches = await tx.find('vswitch', { is: { vpc: vpcs.map(({ id }) => id) } })
  const byVpc = Map.groupBy(vswitches, ({ row }) => row.vpc)
  return vpcs.map((vpc) => ({ ...vpc, vswitches: (byVpc.get(vpc.id) ?? []).map(({ row }) => row.id) }))
}

function describeRouteTables(
  parts: Parts,
  caller: Caller,
  input: Parameters<VpcService['describeRouteTables']>[1],
): Answer<Page<RouteTableView>> {
  return parts.store.read(async (tx) => {
    const { vpc, router, routeTable, resourceGroup } = input
    const asked = { id: given(vpc), router: given(router), routeTable: given(routeTable), resourceGroup: given(resourceGroup) }
    const is = { ...scopeOf(caller), ...asked }
    const tags = Object.entries(input.tags ?? {}).map(([key, value]) => ({ key, value }))
    const holds = (vpc: Vpc): boolean => carries(vpc.routeTableTags, tags)
    const found = await pageWhere(tx, 'vpc', { is }, input.paging, tags.length > 0 ? holds : undefined)
    if (!found.ok) return found
    const views = await vpcViews(tx, found.value.items)
    const items = views.map((vpc) => ({
      routeTable: vpc.routeTable,
      router: vpc.router,
      vpc: vpc.id,
      createdAt: vpc.createdAt,
      resourceGroup: vpc.resourceGroup,
      vswitches: vpc.vswitches,
      tags: vpc.routeTableTags ?? {},
    }))
    return ok({ ...found.value, items })
  })
}

async function createVswitch(
  parts: Parts,
  caller: Caller,
  input: CreateVswitch,
  { tx, note }: Writing,
  isDefault = false,
): Promise<Result<{ vswitch: VswitchId }, ApiFault>> {
  const texts = checkTexts('vswitch', input)
  if (!texts.ok) return texts
  const tags = checkTags(input.tags)
  if (!tags.ok) return tags
  const vpc = await owned<'vpc'>(tx, 'vpc', input.vpc, caller)
  if (!vpc) return fail(apiFault('InvalidVpcId.NotFound', { id: input.vpc }))
  const region = regionFor(parts, { ...caller, region: vpc.region })
  if (!region.ok) return region
  const others = (await tx.find('vswitch', { is: { vpc: vpc.id } })).map(({ row }) => row)
  const { zone, maskBits } = input
  const { limits } = parts.settings
  const decided = decideCreateVswitch({ vpc, region: region.value, zone, cidr: given(input.cidr), maskBits, others, limits })
  if (!decided.ok) return decided
  const block6 = checkBlock6(vpc, given(input.block6))
  if (!block6.ok) return block6
  const cidr6 = input.part6 === undefined ? ok(undefined) : decideVswitchIpv6(vpc, input.part6, others)
  if (!cidr6.ok) return cidr6
  const vswitch: Vswitch = {
    ...common(parts, caller, vpc.region, input.resourceGroup ?? vpc.resourceGroup),
    ...texts.value,
    ...decided.value,
    ...(cidr6.value && { cidr6: cidr6.value }),
    id: newId<VswitchId>('vsw', parts.entropy),
    vpc: vpc.id,
    tags: tags.value,
    ...(isDefault && { isDefault }),
    status: 'Pending',
  }
  note(vswitch.id)
  await tx.insert('vswitch', vswitch)
  return ok({ vswitch: vswitch.id })
}

const defaultMaskBits = 20

async function createDefaultVswitch(
  parts: Parts,
  caller: Caller,
  input: { readonly zone: string; readonly part6?: number | undefined },
  writing: Writing,
): Promise<Result<{ vswitch: VswitchId }, ApiFault>> {
  const region = regionFor(parts, caller)
  if (!region.ok) return region
  const vpc = await defaultVpcOf(writing.tx, caller, region.value.id)
  if (!vpc) return fail(apiFault('InvalidDefaultVpc.NotFound'))
  const others = (await writing.tx.find('vswitch', { is: { vpc: vpc.id, zone: input.zone } })).map(({ row }) => row)
  const there = others.find(({ isDefault, status }) => isDefault && status !== 'Deleting')
  if (there) return fail(apiFault('OperationDenied.DefaultVSwitchExists', { id: there.id }))
  return createVswitch(parts, caller, { ...input, vpc: vpc.id, maskBits: defaultMaskBits }, writing, true)
}

function deleteVswitch(parts: Parts, caller: Caller, id: string): Answer<void> {
  return mutate(parts, caller, 'DeleteVSwitch', { vswitch: id }, async ({ tx, note }) => {
    note(id)
    const vswitch = await owned<'vswitch'>(tx, 'vswitch', id, caller)
    if (!vswitch) return fail(apiFault('InvalidVSwitchId.NotFound', { id }))
    const havips = await tx.count('havip', { is: { vswitch: id } })
    const instances = await tx.count('instance', { is: { vswitch: id } })
    const interfaces = await tx.count('networkInterface', { is: { vswitch: id } })
    const decided = decideDeleteVswitch(vswitch, { havips, instances, interfaces })
    return decided.ok ? ok(await tx.update('vswitch', decided.value)) : decided
  })
}

function describeVswitches(parts: Parts, caller: Caller, input: DescribeVswitches): Answer<Page<VswitchView>> {
  return parts.store.read(async (tx) => {
    let vpc = givenList(input.vpc ? [input.vpc] : undefined)
    if (given(input.routeTable)) {
      const found = await tx.find('vpc', { is: { account: caller.account, routeTable: input.routeTable } })
      vpc = found.map(({ row }) => row.id).filter((id) => !vpc || vpc.includes(id))
    }
    const is = {
      ...scopeOf(caller),
      id: givenList(input.ids),
      vpc,
      zone: given(input.zone),
      name: given(input.name),
      resourceGroup: given(input.resourceGroup),
    }
    const found = await pageWhere(tx, 'vswitch', { is, tags: input.tags }, input.paging, conditionOf(input))
    return found.ok ? ok({ ...found.value, items: await vswitchViews(tx, found.value.items) }) : found
  })
}

async function vswitchViews(tx: ReadTransaction, vswitches: readonly Vswitch[]): Promise<VswitchView[]> {
  const taken = await tx.countAddresses(vswitches.map(({ id }) => id))
  const vpcs = new Map((await tx.entries('vpc', [...new Set(vswitches.map(({ vpc }) => vpc))])).map(({ row }) => [row.id, row]))
  return vswitches.map((vswitch) => ({
    ...vswitch,
    availableAddresses: usableCount(vswitch.cidr) - (taken.get(vswitch.id) ?? 0),
    routeTable: vpcs.get(vswitch.vpc)?.routeTable ?? ('' as RouteTableId),
  }))
}
