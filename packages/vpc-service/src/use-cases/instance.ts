// Instances: made, started, stopped, removed, described.
import { fail, ok, type Result } from '@havip/base'
import {
  type ApiFault,
  apiFault,
  checkHostName,
  checkTags,
  checkTexts,
  decideDeleteInstance,
  decideRebootInstance,
  decideStartInstance,
  decideStopInstance,
  decideSystemDisk,
  hostNamesOf,
  type Instance,
  type InstanceId,
  macOf,
  type NetworkInterfaceId,
  nameAt,
  newId,
  releasedWithInstance,
} from '@havip/vpc'
import type { Answer, Caller, DescribeInstances, InstanceView, Page, RunInstances, VpcService } from '../service.ts'
import type { ReadTransaction, WriteTransaction } from '../store.ts'
import { decodeBase64 } from './base64.ts'
import { holdersOf6, idsIn } from './network-interface.ts'
import { common, given, givenList, madeWithin, mutate, owned, type Parts, pageWhere, regionFor, scopeOf, type Writing } from './parts.ts'
import { checkSecurityGroups, eipsAt, macSaltOf, makeInterface, takeAddress6, takeInstanceAddress, unbindAll } from './placement.ts'
import { changedTexts } from './vpc.ts'

type InstanceUseCases = Pick<
  VpcService,
  | 'runInstances'
  | 'startInstance'
  | 'stopInstance'
  | 'rebootInstance'
  | 'modifyInstance'
  | 'deleteInstances'
  | 'describeInstances'
  | 'getInstance'
>

export function instanceUseCases(parts: Parts): InstanceUseCases {
  return {
    runInstances: (caller, input) =>
      mutate(parts, caller, input.start === false ? 'CreateInstance' : 'RunInstances', input, (writing) =>
        runInstances(parts, caller, input, writing),
      ),
    startInstance: (caller, input) => changeInstance(parts, caller, 'StartInstance', input, decideStartInstance),
    stopInstance: (caller, input) =>
      changeInstance(parts, caller, 'StopInstance', input, (instance) => decideStopInstance(instance, input.force === true)),
    rebootInstance: (caller, input) =>
      changeInstance(parts, caller, 'RebootInstance', input, (instance) => decideRebootInstance(instance, input.force === true)),
    modifyInstance: (caller, input) =>
      changeInstance(parts, caller, 'ModifyInstanceAttribute', input, async (instance, tx) => {
        const texts = checkTexts('instance', input)
        if (!texts.ok) return texts
        const groups = givenList(input.securityGroups)
          ? await checkSecurityGroups(caller, input, instance, tx)
          : ok(instance.securityGroups)
        if (!groups.ok) return groups
        const deletionProtection = input.deletionProtection ?? instance.deletionProtection
        return ok({ ...instance, ...changedTexts(input, texts.value), securityGroups: groups.value, deletionProtection })
      }),
    deleteInstances: (caller, input) =>
      mutate(parts, caller, 'DeleteInstances', input, ({ tx, note }) => deleteInstances(caller, input, tx, note)),
    describeInstances: (caller, input) => describeInstances(parts, caller, input),
    getInstance: (caller, input) =>
      parts.store.read(async (tx) => {
        const instance = await owned<'instance'>(tx, 'instance', input.instance, caller)
        if (!instance) return fail(apiFault('InvalidInstanceId.NotFound', { id: input.instance }))
        const [view] = await instanceViews(parts, tx, [instance])
        return ok(view as InstanceView)
      }),
  }
}

function changeInstance(
  parts: Parts,
  caller: Caller,
  action: string,
  input: { readonly instance: string },
  decide: (instance: Instance, tx: WriteTransaction) => Result<Instance, ApiFault> | Promise<Result<Instance, ApiFault>>,
): Answer<void> {
  return mutate(parts, caller, action, input, async ({ tx, note }) => {
    note(input.instance)
    const instance = await owned<'instance'>(tx, 'instance', input.instance, caller)
    if (!instance || instance.wanted === 'deleted') return fail(apiFault('InvalidInstanceId.NotFound', { id: input.instance }))
    const decided = await decide(instance, tx)
    return decided.ok ? ok(await tx.update('instance', decided.value)) : decided
  })
}

async function runInstances(
  parts: Parts,
  caller: Caller,
  input: RunInstances,
  { tx, note }: Writing,
): Promise<Result<{ instances: readonly InstanceId[] }, ApiFault>> {
  const plan = await checkLaunch(parts, caller, input, tx)
  if (!plan.ok) return plan
  const { amount, vswitch, image, texts, tags, hostNames, systemDisk, userData, securityGroups } = plan.value
  const instances: InstanceId[] = []
  for (let index = 0; index < amount; index++) {
    const id = newId<InstanceId>('i', parts.entropy)
    const address = await takeInstanceAddress(tx, vswitch, given(input.address), index, id)
    if (!address.ok) return address
    const address6 = await takeAddress6(tx, vswitch, given(input.address6), id)
    if (!address6.ok) return address6
    const name = texts.name ? nameAt(texts.name, index, input.uniqueSuffix) : id
    await tx.insert('instance', {
      ...common(parts, caller, vswitch.region, input.resourceGroup),
      id,
      name,
      description: texts.description,
      tags,
      vpc: vswitch.vpc,
      vswitch: vswitch.id,
      zone: vswitch.zone,
      hostName: hostNames[index] || (checkHostName(name).ok ? name : id),
      image,
      type: input.type,
      networkInterface: newId<NetworkInterfaceId>('eni', parts.entropy),
      mac: macOf(address.value, macSaltOf(vswitch.vpc)),
      address: address.value,
      ...(address6.value && { address6: address6.value }),
      securityGroups,
      userData,
      systemDisk,
      deletionProtection: input.deletionProtection === true,
      wanted: input.start === false ? 'stopped' : 'running',
      bootWanted: input.start === false ? 0 : 1,
      forced: false,
      status: 'Pending',
      startedAt: undefined,
    })
    note(id)
    instances.push(id)
    const further = await attachNew(parts, caller, input, { tx, note }, id)
    if (!further.ok) return further
  }
  return ok({ instances })
}

/** The further interfaces an instance is made with. */
async function attachNew(
  parts: Parts,
  caller: Caller,
  { interfaces = [], vswitch }: RunInstances,
  writing: Writing,
  id: InstanceId,
): Promise<Result<void, ApiFault>> {
  for (const [index, entry] of interfaces.entries()) {
    const made = await makeInterface(parts, caller, { ...entry, vswitch: entry.vswitch || vswitch }, writing)
    if (!made.ok) return made
    const instance = await writing.tx.get('instance', id)
    if (instance?.vpc !== made.value.vpc) return fail(apiFault('InvalidOperation.VpcMismatch'))
    if (instance.zone !== made.value.zone) {
      return fail(apiFault('InvalidOperation.AvailabilityZoneMismatch', { zone: made.value.zone, other: instance.zone }))
    }
    await writing.tx.update('networkInterface', { ...made.value, status: 'Attaching', instance: id, device: index + 1 })
  }
  return ok(undefined)
}

async function checkLaunch(parts: Parts, caller: Caller, input: RunInstances, tx: WriteTransaction) {
  const { settings } = parts
  const region = regionFor(parts, caller)
  if (!region.ok) return region
  const texts = checkTexts('instance', input)
  if (!texts.ok) return texts
  const tags = checkTags(input.tags)
  if (!tags.ok) return tags
  const amount = input.amount ?? 1
  if (!Number.isInteger(amount) || amount < 1 || amount > 100)
    return fail(apiFault('InvalidParameter', { name: 'Amount', reason: 'it is 1 to 100' }))
  // The newest of a family is the last that the configuration names.
  const image = settings.images.findLast(({ id, family }) => (input.image ? id === input.image : family === input.imageFamily))
  if (!image) return fail(apiFault('InvalidImageId.NotFound', { id: input.image ?? input.imageFamily ?? '' }))
  if (!settings.instanceTypes.some(({ id }) => id === input.type)) {
    return fail(apiFault('InvalidInstanceType.ValueNotSupported', { name: input.type }))
  }
  const hostNames = hostNamesOf(input, amount)
  if (!hostNames.ok) return hostNames
  const systemDisk = decideSystemDisk(input.systemDisk ?? {}, image)
  if (!systemDisk.ok) return systemDisk
  const userData = checkUserData(input.userData)
  if (!userData.ok) return userData
  const vswitch = await owned<'vswitch'>(tx, 'vswitch', input.vswitch, caller)
  if (!vswitch) return fail(apiFault('InvalidVSwitchId.NotFound', { id: input.vswitch }))
  if (vswitch.status !== 'Available') return fail(apiFault('IncorrectVSwitchStatus', { status: vswitch.status }))
  if (input.zone && input.zone !== vswitch.zone) {
    return fail(apiFault('InvalidParameter.Mismatch', { reason: `The vSwitch is in ${vswitch.zone}, not in ${input.zone}` }))
  }
  const securityGroups = await checkSecurityGroups(caller, input, vswitch, tx)
  if (!securityGroups.ok) return securityGroups
  const max = settings.limits.interfacesPerInstance
  if ((input.interfaces?.length ?? 0) >= max) return fail(apiFault('InvalidOperation.EniCountExceeded', { max }))
  const count = await tx.count('instance', { is: { account: caller.account } })
  if (count + amount > settings.limits.instances) return fail(apiFault('QuotaExceed.AfterpayInstance', { max: settings.limits.instances }))
  return ok({
    amount,
    vswitch,
    image: image.id,
    texts: texts.value,
    tags: tags.value,
    hostNames: hostNames.value,
    systemDisk: systemDisk.value,
    userData: userData.value,
    securityGroups: securityGroups.value,
  })
}

const userDataMax = 32 * 1024

function checkUserData(text: string | undefined): Result<string, ApiFault> {
  if (!text) return ok('')
  if (text.length > userDataMax * 2) return fail(apiFault('InvalidUserData.SizeExceeded'))
  const bytes = decodeBase64(text)
  if (bytes === undefined) return fail(apiFault('InvalidUserData.Base64FormatInvalid'))
  return bytes.size > userDataMax ? fail(apiFault('InvalidUserData.SizeExceeded')) : ok(bytes.text)
}

/** An instance that goes takes its bindings with it: HAVIPs lose it, EIPs become free. */
async function deleteInstances(
  caller: Caller,
  input: { readonly instances: readonly string[]; readonly force?: boolean | undefined },
  tx: WriteTransaction,
  note: (id: string) => void,
): Promise<Result<void, ApiFault>> {
  for (const id of input.instances) note(id)
  for (const id of new Set(input.instances)) {
    const instance = await owned<'instance'>(tx, 'instance', id, caller)
    if (!instance) return fail(apiFault('InvalidInstanceId.NotFound', { id }))
    const decided = decideDeleteInstance(instance, input.force === true)
    if (!decided.ok) return decided
    if (decided.value === instance) continue
    await tx.update('instance', decided.value)
    await unbindAll(tx, 'instance', id)
    await unbindAll(tx, 'interface', instance.networkInterface)
    for (const { row } of await tx.find('networkInterface', { is: { instance: id } })) {
      const released = releasedWithInstance(row)
      await tx.update('networkInterface', released)
      if (released.status === 'Deleting') await unbindAll(tx, 'interface', row.id)
    }
  }
  return ok(undefined)
}

/** Types asked for by name or by family; undefined: any. */
function typesOf(parts: Parts, { type, family }: DescribeInstances): readonly string[] | undefined {
  if (!type && !family) return undefined
  const known = parts.settings.instanceTypes.filter((one) => (!type || one.id === type) && (!family || one.family === family))
  return known.map(({ id }) => id)
}

function describeInstances(parts: Parts, caller: Caller, input: DescribeInstances): Answer<Page<InstanceView>> {
  return parts.store.read(async (tx) => {
    let ids = givenList(input.ids)
    const addresses6 = givenList(input.addresses6)
    if (addresses6) ids = idsIn(ids, (await holdersOf6(tx, caller, addresses6)).instances)
    const eipAddresses = givenList(input.eipAddresses)
    const charge = given(input.internetChargeType)
    if (eipAddresses || charge !== undefined) {
      const eips = await tx.find('eip', { is: { account: caller.account, address: eipAddresses, targetKind: 'EcsInstance' } })
      const bound = eips
        .filter(({ row }) => charge === undefined || row.internetChargeType === charge)
        .map(({ row }) => String(row.target?.id))
      ids = idsIn(ids, bound)
    }
    const is = {
      ...scopeOf(caller),
      id: ids,
      vpc: given(input.vpc),
      vswitch: given(input.vswitch),
      zone: given(input.zone),
      securityGroup: given(input.securityGroup),
      address: givenList(input.addresses),
      image: given(input.image),
      type: typesOf(parts, input),
      status: given(input.status),
      resourceGroup: given(input.resourceGroup),
    }
    const name = given(input.name)
    const filter = name?.includes('*') ? { is, like: { name }, tags: input.tags } : { is: { ...is, name }, tags: input.tags }
    const found = await pageWhere(tx, 'instance', filter, input.paging, conditionOf(input))
    return found.ok ? ok({ ...found.value, items: await instanceViews(parts, tx, found.value.items) }) : found
  })
}

/** What no column knows of; undefined: no such condition. */
function conditionOf({ created, disk }: DescribeInstances): ((row: Instance) => boolean) | undefined {
  const wasMade = madeWithin(created)
  const [category, name] = [given(disk?.category), given(disk?.name)]
  if (!wasMade && category === undefined && name === undefined) return undefined
  return (row) =>
    (wasMade?.(row) ?? true) &&
    (category ?? row.systemDisk.category) === row.systemDisk.category &&
    (name ?? row.systemDisk.name) === row.systemDisk.name
}

async function instanceViews(parts: Parts, tx: ReadTransaction, instances: readonly Instance[]): Promise<InstanceView[]> {
  const ids = instances.map(({ id }) => id)
  const eips = await eipsAt(tx, ids)
  const interfaces = Map.groupBy(await tx.find('networkInterface', { is: { instance: ids } }), ({ row }) => row.instance)
  return instances.map((instance) => {
    const type = parts.settings.instanceTypes.find(({ id }) => id === instance.type)
    const image = parts.settings.images.find(({ id }) => id === instance.image)
    return {
      ...instance,
      eip: eips.get(instance.id),
      interfaces: (interfaces.get(instance.id) ?? []).map(({ row }) => row).sort((a, b) => a.device - b.device),
      cpus: type?.cpus ?? 1,
      memoryMb: type?.memoryMb ?? 1024,
      osName: image?.osName ?? '',
    }
  })
}
