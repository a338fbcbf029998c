// High availability in one call: ordered here, carried out by the controller that leads.
import { fail, type IpAddress, isIpv6, ok, type Result } from '@havip/base'
import {
  type ApiFault,
  apiFault,
  checkAddress,
  checkAddress6,
  checkTexts,
  type HavipClusterId,
  havipAddressFaults,
  type Instance,
  type InstanceId,
  newId,
  randomText,
  type Vswitch,
} from '@havip/vpc'
import type { Caller, CreateHavipCluster, VpcService } from '../service.ts'
import type { WriteTransaction } from '../store.ts'
import { hasHavipPrivilege } from '../use-cases/havip.ts'
import { given, mutate, owned, type Parts, page, regionFor, scopeOf } from '../use-cases/parts.ts'

type UseCases = Pick<VpcService, 'createHavipCluster' | 'deleteHavipCluster' | 'describeHavipClusters'>

const bandwidthMax = 500

export function havipClusterUseCases(parts: Parts): UseCases {
  return {
    createHavipCluster: (caller, input) =>
      mutate(parts, caller, 'CreateHaVipCluster', input, async ({ tx, note }) => {
        const region = regionFor(parts, caller)
        if (!region.ok) return region
        if (!(await hasHavipPrivilege(tx, caller))) return fail(apiFault('Forbidden.HaVip'))
        const texts = checkTexts('havip', input)
        if (!texts.ok) return texts
        const vswitch = await owned<'vswitch'>(tx, 'vswitch', input.vswitch, caller)
        if (!vswitch) return fail(apiFault('InvalidVSwitch.NotFound', { id: input.vswitch }))
        const address = wantedAddress(vswitch, given(input.address))
        if (!address.ok) return address
        const hasIpv6 = address.value !== undefined && isIpv6(address.value)
        if (address.value && hasIpv6 && (input.bandwidth ?? 0) > 0)
          return fail(apiFault('OperationDenied.Ipv6HaVip', { id: 'to be made', address: address.value }))
        const bandwidth = input.bandwidth ?? (hasIpv6 ? 0 : 5)
        if (!Number.isInteger(bandwidth) || bandwidth < 0 || bandwidth > bandwidthMax)
          return fail(apiFault('InvalidBandwidth.Malformed', { max: bandwidthMax }))
        const checkPort = input.checkPort ?? 0
        if (!Number.isInteger(checkPort) || checkPort < 0 || checkPort > 65_535)
          return fail(apiFault('InvalidParameter', { name: 'CheckPort', reason: 'it is a TCP port, or 0' }))
        const instances = await pairOf(tx, caller, vswitch, input)
        if (!instances.ok) return instances
        const vrid = await freeVrid(parts, tx, vswitch)
        const id = newId<HavipClusterId>('hacl', parts.entropy)
        note(id)
        for (const instance of instances.value) note(instance)
        await tx.insert('havipCluster', {
          ...{ id, account: caller.account, region: vswitch.region, createdAt: parts.clock.wallTime(), name: texts.value.name },
          ...{
            vswitch: vswitch.id,
            instances: instances.value,
            wantedAddress: address.value,
            bandwidth,
            preempt: input.preempt === true,
            checkPort,
          },
          // Eight characters are what the protocol carries.
          ...{ vrid, password: randomText(8, parts.entropy), status: 'Creating', step: 0, problem: '' },
          ...{ havip: undefined, address: undefined, eip: undefined, eipAddress: undefined },
        })
        return ok({ cluster: id })
      }),
    deleteHavipCluster: (caller, input) =>
      mutate(parts, caller, 'DeleteHaVipCluster', input, async ({ tx, note }) => {
        note(input.cluster)
        const row = await owned<'havipCluster'>(tx, 'havipCluster', input.cluster, caller)
        if (!row) return fail(apiFault('InvalidClusterId.NotFound', { id: input.cluster }))
        if (row.status !== 'Active' && row.status !== 'Failed') return fail(apiFault('IncorrectClusterStatus', { status: row.status }))
        return ok(await tx.update('havipCluster', { ...row, status: 'Deleting', problem: '' }))
      }),
    describeHavipClusters: (caller, input) =>
      parts.store.read((tx) => page(tx, 'havipCluster', { is: { ...scopeOf(caller), id: given(input.cluster) } }, input.paging)),
  }
}

function wantedAddress(vswitch: Vswitch, text: string | undefined): Result<IpAddress | undefined, ApiFault> {
  if (text === undefined) return ok(undefined)
  return text.includes(':') ? checkAddress6(vswitch.cidr6, text, havipAddressFaults) : checkAddress(vswitch.cidr, text, havipAddressFaults)
}

/** Two different running instances of the vSwitch that are in no other set-up. */
async function pairOf(
  tx: WriteTransaction,
  caller: Caller,
  vswitch: Vswitch,
  input: CreateHavipCluster,
): Promise<Result<readonly [InstanceId, InstanceId], ApiFault>> {
  const rows: Instance[] = []
  for (const id of input.instances) {
    const row = await owned<'instance'>(tx, 'instance', id, caller)
    if (!row) return fail(apiFault('InvalidInstanceId.NotFound', { id }))
    if (row.vswitch !== vswitch.id)
      return fail(apiFault('InvalidParameter.Mismatch', { reason: `The instance ${id} is in another vSwitch than the HaVip` }))
    if (row.status !== 'Running') return fail(apiFault('IncorrectInstanceStatus', { status: row.status }))
    const [other] = (await tx.find('havipCluster', { is: { instance: id } })).filter(({ row: one }) => one.status !== 'Failed')
    if (other) return fail(apiFault('InvalidParameter.Mismatch', { reason: `The instance ${id} is part of the set-up ${other.row.id}` }))
    rows.push(row)
  }
  const [one, two, ...others] = rows
  if (!one || !two || others.length > 0 || one.id === two.id)
    return fail(apiFault('InvalidParameter', { name: 'InstanceId', reason: 'two different instances are needed' }))
  return ok([one.id, two.id])
}

/** One that no other set-up of the vSwitch has; unicast pairs would not disturb each other, people reading logs would be. */
async function freeVrid(parts: Parts, tx: WriteTransaction, vswitch: Vswitch): Promise<number> {
  const used = new Set((await tx.find('havipCluster', { is: { vswitch: vswitch.id } })).map(({ row }) => row.vrid))
  const start = parts.entropy(1)[0] ?? 0
  for (let offset = 0; offset < 255; offset++) {
    const vrid = 1 + ((start + offset) % 255)
    if (!used.has(vrid)) return vrid
  }
  return 1 + (start % 255)
}
