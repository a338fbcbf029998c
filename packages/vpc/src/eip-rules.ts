// What may happen to an EIP: one target each, one EIP for each target.
import {
  type Cidr,
  cidrContains,
  fail,
  formatCidr,
  type Ipv4,
  ipv4ToNumber,
  isIpv6,
  ok,
  parseIpv4,
  type Result,
  sizeOfCidr,
} from '@havip/base'
import type { AddressRange } from './address-rules.ts'
import { type ApiFault, apiFault } from './faults.ts'
import type { Limits } from './limits.ts'
import type { Eip, EipTarget, Havip, Instance, NetworkInterface } from './resource.ts'

export type EipTerms = { readonly bandwidth: number; readonly internetChargeType: Eip['internetChargeType'] }

const bandwidthMax = { PayByBandwidth: 500, PayByTraffic: 200 } as const

/** Mbit/s; default 5. */
export function checkBandwidth(bandwidth: number | undefined, charge: Eip['internetChargeType']): Result<number, ApiFault> {
  const value = bandwidth ?? 5
  const max = bandwidthMax[charge]
  return Number.isInteger(value) && value >= 1 && value <= max ? ok(value) : fail(apiFault('InvalidBandwidth.Malformed', { max }))
}

export function decideAllocateEip(input: {
  readonly bandwidth: number | undefined
  readonly internetChargeType: string | undefined
  readonly instanceChargeType: string | undefined
  readonly count: number
  readonly limits: Limits
}): Result<EipTerms, ApiFault> {
  const charge = input.internetChargeType || 'PayByBandwidth'
  if (charge !== 'PayByBandwidth' && charge !== 'PayByTraffic') {
    return fail(apiFault('InvalidParameter', { name: 'InternetChargeType', reason: 'it is PayByBandwidth or PayByTraffic' }))
  }
  if ((input.instanceChargeType || 'PostPaid') !== 'PostPaid') {
    return fail(apiFault('InvalidParameter', { name: 'InstanceChargeType', reason: 'only PostPaid is served' }))
  }
  const bandwidth = checkBandwidth(input.bandwidth, charge)
  if (!bandwidth.ok) return bandwidth
  if (input.count >= input.limits.eips) return fail(apiFault('QuotaExceeded.Eip', { max: input.limits.eips }))
  return ok({ bandwidth: bandwidth.value, internetChargeType: charge })
}

/** Network address, the first one (the router's on the Internet side) and broadcast stay out. */
export function poolRange(pool: Cidr): AddressRange {
  const first = ipv4ToNumber(pool.address)
  return { first: first + 2, last: first + sizeOfCidr(pool) - 2 }
}

export function checkPoolAddress(pool: Cidr, text: string): Result<Ipv4, ApiFault> {
  const address = parseIpv4(text)
  if (!address.ok) return fail(apiFault('ReserveIpFail', { reason: 'it is no IPv4 address' }))
  const { first, last } = poolRange(pool)
  const number = ipv4ToNumber(address.value)
  const isInside = cidrContains(pool, address.value) && number >= first && number <= last
  return isInside ? ok(address.value) : fail(apiFault('ReserveIpFail', { reason: `it is not in the pool ${formatCidr(pool)}` }))
}

/** What an EIP may be bound to, looked up by the caller; undefined row: no such thing. */
export type EipTargetRow =
  | { readonly kind: 'HaVip'; readonly row: Havip | undefined }
  | { readonly kind: 'EcsInstance'; readonly row: Instance | undefined }
  | { readonly kind: 'NetworkInterface'; readonly row: NetworkInterface | undefined }

export function decideAssociateEip(input: {
  readonly eip: Eip
  readonly target: EipTargetRow
  readonly targetText: string
  /** EIPs the target has already, those being unbound too. */
  readonly eipsOfTarget: number
}): Result<Eip, ApiFault> {
  const { eip } = input
  if (eip.status !== 'Available') return fail(apiFault('IncorrectEipStatus', { status: eip.status }))
  const target = checkTarget(input.target, input.targetText)
  if (!target.ok) return target
  if (input.target.row?.region !== eip.region) {
    return fail(apiFault('InvalidParameter.Mismatch', { reason: 'The EIP and its target are in different regions' }))
  }
  if (input.eipsOfTarget > 0) return fail(apiFault('InvalidAssociation.Duplicated'))
  return ok({ ...eip, status: 'Associating', target: target.value })
}

function checkTarget(target: EipTargetRow, text: string): Result<EipTarget, ApiFault> {
  const missing = fail(apiFault('InvalidInstanceId.NotFound', { id: text }))
  if (target.kind === 'HaVip') {
    if (!target.row) return missing
    const { id, status, address } = target.row
    if (isIpv6(address)) return fail(apiFault('OperationDenied.Ipv6HaVip', { id, address }))
    // Clients retry IncorrectStatus, but not IncorrectHaVipStatus, when they bind an EIP. An instance being bound or unbound is no hindrance.
    if (status === 'Creating') return fail(apiFault('IncorrectStatus', { status }))
    return status === 'Deleting' ? fail(apiFault('IncorrectHaVipStatus', { status })) : ok({ kind: 'HaVip', id })
  }
  if (target.kind === 'NetworkInterface') {
    if (!target.row || target.row.status === 'Deleting') return missing
    const { id, status } = target.row
    const isSettled = status === 'Available' || status === 'InUse'
    return isSettled ? ok({ kind: 'NetworkInterface', id }) : fail(apiFault('IncorrectInstanceStatus', { status }, 400))
  }
  if (!target.row || target.row.wanted === 'deleted') return missing
  const { id, status } = target.row
  const isSettled = status === 'Running' || status === 'Stopped'
  return isSettled ? ok({ kind: 'EcsInstance', id }) : fail(apiFault('IncorrectInstanceStatus', { status }, 400))
}

/** What a caller says of the target: all may be left out; what is given has to be so. */
export type BoundClaims = {
  readonly instance?: string | undefined
  readonly instanceType?: string | undefined
  readonly privateAddress?: string | undefined
}

const targetKinds: readonly string[] = ['HaVip', 'EcsInstance', 'NetworkInterface'] satisfies readonly EipTarget['kind'][]

/** @param address the target's; undefined: its row is gone, so nothing is compared with it. */
export function decideUnassociateEip(eip: Eip, claims: BoundClaims, address: string | undefined): Result<Eip, ApiFault> {
  const { instance, instanceType, privateAddress } = claims
  if (instanceType && !targetKinds.includes(instanceType))
    return fail(apiFault('InvalidInstanceType.ValueNotSupported', { name: instanceType }))
  if (eip.status !== 'InUse') return fail(apiFault('IncorrectEipStatus', { status: eip.status }))
  if (instance && instance !== eip.target?.id) return fail(apiFault('InvalidBindingStatus', { id: instance }))
  if (instanceType && instanceType !== eip.target?.kind)
    return fail(apiFault('InvalidBindingStatus', { id: `a target of type ${instanceType}` }))
  if (privateAddress && address !== undefined && privateAddress !== address) {
    return fail(apiFault('InvalidBindingStatus', { id: privateAddress }))
  }
  return ok({ ...eip, status: 'Unassociating' })
}

export function decideReleaseEip(eip: Eip): Result<Eip, ApiFault> {
  if (eip.status !== 'Available') return fail(apiFault('IncorrectEipStatus', { status: eip.status }))
  if (eip.deletionProtection) return fail(apiFault('InvalidOperation.DeletionProtection', {}, 400))
  return ok({ ...eip, status: 'Releasing' })
}

/** In Associating and the like only queries are allowed. */
export function decideModifyEip(eip: Eip, bandwidth: number | undefined): Result<Eip, ApiFault> {
  if (eip.status !== 'Available' && eip.status !== 'InUse') return fail(apiFault('IncorrectEipStatus', { status: eip.status }))
  if (bandwidth === undefined) return ok(eip)
  const checked = checkBandwidth(bandwidth, eip.internetChargeType)
  return checked.ok ? ok({ ...eip, bandwidth: checked.value }) : checked
}

/** Where an EIP arrives once the plane is as it should be; undefined: its row goes. */
export function settledEip(eip: Eip): Eip | undefined {
  switch (eip.status) {
    case 'Releasing':
      return undefined
    case 'Associating':
      return { ...eip, status: 'InUse' }
    case 'Unassociating':
      return { ...eip, status: 'Available', target: undefined }
    case 'Available':
    case 'InUse':
      return eip
  }
}
