// What instances and network interfaces have in common: an address of their vSwitch, a MAC, security groups; and what they let go.
import { addressInCidr, type Cidr, fail, type Ipv4, type Ipv6, ipv4ToNumber, ok, type Result } from '@havip/base'
import {
  type ApiFault,
  apiFault,
  checkAddress,
  checkAddress6,
  checkTags,
  checkTexts,
  decideCreateNetworkInterface,
  detached,
  type Eip,
  instanceAddressFaults,
  macOf,
  type NetworkInterface,
  type NetworkInterfaceId,
  newId,
  type SecurityGroupId,
  usableRange,
  type Vswitch,
} from '@havip/vpc'
import type { Caller, CreateNetworkInterface } from '../service.ts'
import type { ReadTransaction, WriteTransaction } from '../store.ts'
import { common, given, owned, type Parts, regionFor, type Writing } from './parts.ts'

/** Checks and writes a new one; it belongs to no instance yet. */
export async function makeInterface(
  parts: Parts,
  caller: Caller,
  input: CreateNetworkInterface,
  { tx, note }: Writing,
): Promise<Result<NetworkInterface, ApiFault>> {
  const region = regionFor(parts, caller)
  if (!region.ok) return region
  const texts = checkTexts('networkInterface', input)
  if (!texts.ok) return texts
  const tags = checkTags(input.tags)
  if (!tags.ok) return tags
  const vswitch = await owned<'vswitch'>(tx, 'vswitch', input.vswitch, caller)
  if (!vswitch) return fail(apiFault('InvalidVSwitchId.NotFound', { id: input.vswitch }))
  const count = await tx.count('networkInterface', { is: { account: caller.account } })
  const allowed = decideCreateNetworkInterface({ vswitch, count, limits: parts.settings.limits })
  if (!allowed.ok) return allowed
  const securityGroups = await checkSecurityGroups(caller, input, vswitch, tx)
  if (!securityGroups.ok) return securityGroups
  const id = newId<NetworkInterfaceId>('eni', parts.entropy)
  const address = await takeInstanceAddress(tx, vswitch, given(input.address), 0, id)
  if (!address.ok) return address
  const address6 = await takeAddress6(tx, vswitch, given(input.address6), id)
  if (!address6.ok) return address6
  const row: NetworkInterface = {
    ...common(parts, caller, vswitch.region, input.resourceGroup),
    ...texts.value,
    id,
    tags: tags.value,
    vpc: vswitch.vpc,
    vswitch: vswitch.id,
    zone: vswitch.zone,
    mac: macOf(address.value, macSaltOf(vswitch.vpc)),
    address: address.value,
    ...(address6.value && { address6: address6.value }),
    securityGroups: securityGroups.value,
    status: 'Available',
    instance: undefined,
    device: 0,
    deleteOnRelease: input.deleteOnRelease ?? true,
  }
  note(id)
  await tx.insert('networkInterface', row)
  return ok(row)
}

/** Groups of the vSwitch's VPC, each once. */
export async function checkSecurityGroups(
  caller: Caller,
  input: { readonly securityGroups?: readonly string[] | undefined },

  vswitch: Pick<Vswitch, 'vpc'>,
  tx: ReadTransaction,
): Promise<Result<readonly SecurityGroupId[], ApiFault>> {
  const groups: SecurityGroupId[] = []
  for (const id of new Set(input.securityGroups ?? [])) {
    const group = await owned<'securityGroup'>(tx, 'securityGroup', id, caller)
    if (!group) return fail(apiFault('InvalidSecurityGroupId.NotFound', { id }))
    if (group.vpc !== vswitch.vpc) return fail(apiFault('OperationDenied.InconsistentNetwork'))
    groups.push(group.id)
  }
  return ok(groups)
}

/** `text` is the address of the first one; the others follow it by `index`. */
export async function takeInstanceAddress(
  tx: WriteTransaction,
  vswitch: Vswitch,
  text: string | undefined,
  index: number,
  holder: string,
): Promise<Result<Ipv4, ApiFault>> {
  if (text === undefined) {
    const free = await tx.lowestFreeAddress(vswitch.id, usableRange(vswitch.cidr))
    if (!free || !(await tx.takeAddress(vswitch.id, free, holder))) return fail(apiFault('QuotaExceeded.PrivateIpAddress'))
    return ok(free)
  }
  const first = checkAddress(vswitch.cidr, text, instanceAddressFaults)
  if (!first.ok) return first
  const address = checkAddress(vswitch.cidr, following(vswitch.cidr, first.value, index), instanceAddressFaults)
  if (!address.ok) return address
  const isFree = await tx.takeAddress(vswitch.id, address.value, holder)
  return isFree ? address : fail(apiFault('InvalidPrivateIpAddress.Duplicated', { address: address.value }))
}

/** An address of IPv6 that was named, `auto` for one that is free, or none. */
export async function takeAddress6(
  tx: WriteTransaction,
  { id, cidr6 }: Vswitch,
  text: string | undefined,
  holder: string,
): Promise<Result<Ipv6 | undefined, ApiFault>> {
  if (text === undefined) return ok(undefined)
  if (!cidr6) return fail(apiFault('InvalidVSwitch.Ipv6NotTurnOn'))
  if (text === 'auto') {
    const free = await tx.lowestFreeAddress6(id, cidr6)
    if (!free || !(await tx.takeAddress(id, free, holder))) return fail(apiFault('QuotaExceeded.PrivateIpAddress'))
    return ok(free)
  }
  const address = checkAddress6(cidr6, text, instanceAddressFaults)
  if (!address.ok) return address
  const isFree = await tx.takeAddress(id, address.value, holder)
  return isFree ? address : fail(apiFault('InvalidPrivateIpAddress.Duplicated', { address: address.value }))
}

const following = (cidr: Cidr, address: Ipv4, by: number): Ipv4 =>
  addressInCidr(cidr, ipv4ToNumber(address) - ipv4ToNumber(cidr.address) + by)

/** Makes MACs differ from VPC to VPC, mostly. */
export const macSaltOf = (text: string): number => [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 251, 0)

/** HAVIPs lose what goes, EIPs become free. */
export async function unbindAll(tx: WriteTransaction, column: 'instance' | 'interface', id: string): Promise<void> {
  for (const { row } of await tx.find('havip', { is: { [column]: id } })) await tx.update('havip', detached(row, id))
  for (const { row } of await tx.find('eip', { is: { target: id } })) await tx.update('eip', { ...row, status: 'Unassociating' })
}

/** By what they are bound to. */
export async function eipsAt(tx: ReadTransaction, targets: readonly string[]): Promise<ReadonlyMap<string, Eip>> {
  const eips = await tx.find('eip', { is: { target: targets } })
  return new Map(eips.map(({ row }) => [row.target?.id as string, row]))
}
