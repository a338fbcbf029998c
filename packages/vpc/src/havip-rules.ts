// What may happen to a HAVIP, and what becomes of it: each decision gives the row as it shall be.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from './faults.ts'
import type { Limits } from './limits.ts'
import type { Havip, Instance, InstanceId, Vswitch } from './resource.ts'

/** Everything but the address, which only the store can give. */
export function decideCreateHavip(input: {
  readonly vswitch: Vswitch
  readonly count: number
  readonly limits: Limits
}): Result<void, ApiFault> {
  const { vswitch, limits } = input
  if (vswitch.status !== 'Available') return fail(apiFault('IncorrectStatus', { status: vswitch.status }))
  if (input.count >= limits.havipsPerVpc) return fail(apiFault('QuotaExceeded.HaVip', { max: limits.havipsPerVpc }))
  return ok(undefined)
}

const isSettled = (havip: Havip): boolean => havip.status === 'Available' || havip.status === 'InUse'

/** Available or InUse; one association at a time. The same pair again is success without a change. */
export function decideAssociateHavip(input: {
  readonly havip: Havip
  readonly instance: Instance | undefined
  readonly havipsOnInstance: number
  readonly limits: Limits
  readonly instanceText: string
}): Result<Havip, ApiFault> {
  const { havip, instance, limits } = input
  if (!instance || instance.wanted === 'deleted') return fail(apiFault('InvalidInstanceId.NotFound', { id: input.instanceText }))
  if (!isSettled(havip)) return fail(apiFault('IncorrectHaVipStatus', { status: havip.status }))
  if (havip.instances.includes(instance.id)) return ok(havip)
  if (instance.vswitch !== havip.vswitch) {
    return fail(
      apiFault('InvalidParameter.Mismatch', {
        reason: `The instance ${instance.id} is not in the vSwitch of the HaVip (${havip.vswitch})`,
      }),
    )
  }
  // The VPC's own actions answer 400 where ECS answers 403.
  if (instance.status !== 'Running' && instance.status !== 'Stopped') {
    return fail(apiFault('IncorrectInstanceStatus', { status: instance.status }, 400))
  }
  if (havip.instances.length >= limits.instancesPerHavip) {
    return fail(apiFault('CountLimitExceeded.HaVipOnECSInstance', { max: limits.instancesPerHavip }))
  }
  if (input.havipsOnInstance >= limits.havipsPerInstance) {
    return fail(apiFault('CountLimitExceed.HaVipOnInstance', { max: limits.havipsPerInstance }))
  }
  return ok({ ...havip, status: 'Associating', instances: [...havip.instances, instance.id] })
}

/** `owner`: who announces the address now; it is only detached by force. */
export function decideUnassociateHavip(input: {
  readonly havip: Havip
  readonly instance: string
  readonly owner: InstanceId | undefined
  readonly force: boolean
}): Result<Havip, ApiFault> {
  const { havip } = input
  const instance = havip.instances.find((bound) => bound === input.instance)
  if (!isSettled(havip)) return fail(apiFault('IncorrectHaVipStatus', { status: havip.status }))
  if (instance === undefined) return fail(apiFault('ResourceNotAssociated', { id: input.instance }))
  if (input.owner === instance && !input.force) return fail(apiFault('Forbidden.UnassociateMaster'))
  return ok(detached(havip, instance))
}

/** Also when the instance is deleted, whatever the HAVIP is doing then. */
export function detached(havip: Havip, instance: InstanceId): Havip {
  const instances = havip.instances.filter((bound) => bound !== instance)
  const status = havip.status === 'Creating' || havip.status === 'Deleting' ? havip.status : 'Unassociating'
  return { ...havip, instances, status }
}

/** Only Available, with no EIP. IncorrectStatus, not IncorrectHaVipStatus: clients wait and try again on that one. */
export function decideDeleteHavip(havip: Havip, eips: number): Result<Havip, ApiFault> {
  if (havip.status !== 'Available') return fail(apiFault('IncorrectStatus', { status: havip.status }))
  if (eips > 0) return fail(apiFault('DependencyViolation.HaVipAssociatedWithEIP'))
  return ok({ ...havip, status: 'Deleting' })
}

export function decideModifyHavip(havip: Havip): Result<void, ApiFault> {
  return isSettled(havip) ? ok(undefined) : fail(apiFault('IncorrectStatus', { status: havip.status }))
}

/** Where a HAVIP arrives once the plane is as it should be; undefined: its row goes. */
export function settledHavip(havip: Havip): Havip | undefined {
  switch (havip.status) {
    case 'Deleting':
      return undefined
    case 'Available':
    case 'InUse':
      return havip
    case 'Creating':
    case 'Associating':
    case 'Unassociating':
      return { ...havip, status: havip.instances.length > 0 ? 'InUse' : 'Available' }
  }
}
