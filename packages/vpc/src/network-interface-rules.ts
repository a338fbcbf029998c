// What may happen to a further network interface: made, attached to an instance, detached, deleted.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from './faults.ts'
import type { Limits } from './limits.ts'
import type { Instance, NetworkInterface, Vswitch } from './resource.ts'

const wrongState = (row: NetworkInterface) => fail(apiFault('InvalidOperation.InvalidEniState', { status: row.status }))

/** Everything but the address, which only the store can give. `count`: further interfaces the account has. */
export function decideCreateNetworkInterface(input: {
  readonly vswitch: Vswitch
  readonly count: number
  readonly limits: Limits
}): Result<void, ApiFault> {
  const { vswitch, limits } = input
  if (vswitch.status !== 'Available') return fail(apiFault('IncorrectVSwitchStatus', { status: vswitch.status }))
  return input.count >= limits.interfaces ? fail(apiFault('QuotaExceed.Eni', { max: limits.interfaces })) : ok(undefined)
}

/** `others`: further interfaces that the instance has, those that come and go too. */
export function decideAttachNetworkInterface(input: {
  readonly row: NetworkInterface
  readonly instance: Instance
  readonly others: readonly NetworkInterface[]
  readonly limits: Limits
}): Result<NetworkInterface, ApiFault> {
  const { row, instance, others, limits } = input
  if (row.status !== 'Available') return wrongState(row)
  if (instance.status !== 'Running' && instance.status !== 'Stopped') {
    return fail(apiFault('InvalidOperation.InvalidEcsState', { status: instance.status }))
  }
  if (row.vpc !== instance.vpc) return fail(apiFault('InvalidOperation.VpcMismatch'))
  if (row.zone !== instance.zone) {
    return fail(apiFault('InvalidOperation.AvailabilityZoneMismatch', { zone: row.zone, other: instance.zone }))
  }
  const device = freeDevice(others, limits)
  if (device === undefined) return fail(apiFault('InvalidOperation.EniCountExceeded', { max: limits.interfacesPerInstance }))
  return ok({ ...row, status: 'Attaching', instance: instance.id, device })
}

/** The lowest place that no other interface has; 0 is the primary one's. Undefined: none is left. */
export function freeDevice(others: readonly Pick<NetworkInterface, 'device'>[], limits: Limits): number | undefined {
  const taken = new Set(others.map(({ device }) => device))
  for (let device = 1; device < limits.interfacesPerInstance; device++) if (!taken.has(device)) return device
  return undefined
}

/** From the instance that is named, and from no other. */
export function decideDetachNetworkInterface(row: NetworkInterface, instance: string): Result<NetworkInterface, ApiFault> {
  if (row.status !== 'InUse') return wrongState(row)
  return row.instance === instance ? ok({ ...row, status: 'Detaching' }) : fail(apiFault('InvalidEcsId.NotFound', { id: instance }))
}

export function decideDeleteNetworkInterface(row: NetworkInterface): Result<NetworkInterface, ApiFault> {
  return row.status === 'Available' ? ok({ ...row, status: 'Deleting' }) : wrongState(row)
}

export function decideModifyNetworkInterface(row: NetworkInterface): Result<void, ApiFault> {
  return row.status === 'Deleting' ? wrongState(row) : ok(undefined)
}

/** When its instance is deleted, whatever it is doing then. */
export const releasedWithInstance = (row: NetworkInterface): NetworkInterface => ({
  ...row,
  status: row.deleteOnRelease || row.status === 'Deleting' ? 'Deleting' : 'Detaching',
})

/** Where it arrives once the plane is as it should be; undefined: its row goes. */
export function settledNetworkInterface(row: NetworkInterface): NetworkInterface | undefined {
  switch (row.status) {
    case 'Deleting':
      return undefined
    case 'Attaching':
      return { ...row, status: 'InUse' }
    case 'Detaching':
      return { ...row, status: 'Available', instance: undefined, device: 0 }
    case 'Available':
    case 'InUse':
      return row
  }
}
