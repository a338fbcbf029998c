// What may happen to a HAVIP, and what becomes of it: each decision gives the row as it shall be.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from './faults.ts'
import type { Limits } from './limits.ts'
import type { Havip, Instance, InstanceId, NetworkInterface, NetworkInterfaceId, Vswitch, VswitchId } from './resource.ts'

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

/** What a HAVIP may be bound to, looked up by the caller; undefined row: no such thing. A primary interface is one too. */
export type HavipTarget =
  | { readonly kind: 'EcsInstance'; readonly row: Instance | undefined }
  | { readonly kind: 'NetworkInterface'; readonly row: Pick<NetworkInterface, 'id' | 'vswitch' | 'status'> | undefined }

export const isBound = (havip: Havip, target: string): boolean =>
  havip.instances.some((id) => id === target) || havip.interfaces.some((id) => id === target)

/** Available or InUse; one association at a time; only instances, or only interfaces. The same pair again is success without a change. */
export function decideAssociateHavip(input: {
  readonly havip: Havip
  readonly target: HavipTarget
  readonly havipsOnTarget: number
  readonly limits: Limits
  readonly targetText: string
}): Result<Havip, ApiFault> {
  const { havip, target, limits } = input
  const known = knownTarget(target, input.targetText)
  if (!known.ok) return known
  const { id, vswitch } = known.value
  if (!isSettled(havip)) return fail(apiFault('IncorrectHaVipStatus', { status: havip.status }))
  if (isBound(havip, id)) return ok(havip)
  if (vswitch !== havip.vswitch) {
    return fail(apiFault('InvalidParameter.Mismatch', { reason: `${id} is not in the vSwitch of the HaVip (${havip.vswitch})` }))
  }
  const ready = readyTarget(target)
  if (!ready.ok) return ready
  const isMixed = target.kind === 'EcsInstance' ? havip.interfaces.length > 0 : havip.instances.length > 0
  if (isMixed)
    return fail(apiFault('InvalidParameter.Mismatch', { reason: 'A HaVip is bound to instances or to network interfaces, not both' }))
  if (havip.instances.length + havip.interfaces.length >= limits.instancesPerHavip) {
    return fail(apiFault('CountLimitExceeded.HaVipOnECSInstance', { max: limits.instancesPerHavip }))
  }
  if (input.havipsOnTarget >= limits.havipsPerInstance) {
    return fail(apiFault('CountLimitExceed.HaVipOnInstance', { max: limits.havipsPerInstance }))
  }
  const bound = { ...havip, status: 'Associating' } as const
  return target.kind === 'EcsInstance'
    ? ok({ ...bound, instances: [...havip.instances, id as InstanceId] })
    : ok({ ...bound, interfaces: [...havip.interfaces, id as NetworkInterfaceId] })
}

function knownTarget(target: HavipTarget, text: string): Result<{ readonly id: string; readonly vswitch: VswitchId }, ApiFault> {
  const isThere = target.row && (target.kind === 'NetworkInterface' ? target.row.status !== 'Deleting' : target.row.wanted !== 'deleted')
  return target.row && isThere ? ok(target.row) : fail(apiFault('InvalidInstanceId.NotFound', { id: text }))
}

function readyTarget(target: HavipTarget): Result<void, ApiFault> {
  const status = target.row?.status ?? ''
  const isReady = ['Running', 'Stopped', 'Available', 'InUse'].includes(status)
  // The VPC's own actions answer 400 where ECS answers 403.
  return isReady ? ok(undefined) : fail(apiFault('IncorrectInstanceStatus', { status }, 400))
}

/** `owner`: the bound instance or interface that announces the address now; it is only detached by force. */
export function decideUnassociateHavip(input: {
  readonly havip: Havip
  readonly target: string
  readonly owner: string | undefined
  readonly force: boolean
}): Result<Havip, ApiFault> {
  const { havip, target } = input
  if (!isSettled(havip)) return fail(apiFault('IncorrectHaVipStatus', { status: havip.status }))
  if (!isBound(havip, target)) return fail(apiFault('ResourceNotAssociated', { id: target }))
  if (input.owner === target && !input.force) return fail(apiFault('Forbidden.UnassociateMaster'))
  return ok(detached(havip, target))
}

/** Also when what it is bound to is deleted, whatever the HAVIP is doing then. */
export function detached(havip: Havip, target: string): Havip {
  const instances = havip.instances.filter((bound) => bound !== target)
  const interfaces = havip.interfaces.filter((bound) => bound !== target)
  const status = havip.status === 'Creating' || havip.status === 'Deleting' ? havip.status : 'Unassociating'
  return { ...havip, instances, interfaces, status }
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
      return { ...havip, status: havip.instances.length + havip.interfaces.length > 0 ? 'InUse' : 'Available' }
  }
}
