// Which addresses of a vSwitch may be used: all but the first and the last three (for x.x.x.0/24: .0, .253, .254, .255).
import {
  addressInCidr,
  type Cidr,
  cidrContains,
  fail,
  formatCidr,
  type Ipv4,
  ipv4ToNumber,
  ok,
  parseIpv4,
  type Result,
  sizeOfCidr,
} from '@havip/base'
import { type ApiFault, apiFault, type FaultCode } from './faults.ts'

/** As numbers, both included; a vSwitch is never smaller than /29, so there are at least four. */
export type AddressRange = { readonly first: number; readonly last: number }

export function usableRange(cidr: Cidr): AddressRange {
  const first = ipv4ToNumber(cidr.address)
  return { first: first + 1, last: first + sizeOfCidr(cidr) - 4 }
}

export const usableCount = (cidr: Cidr): number => Math.max(0, sizeOfCidr(cidr) - 4)

/** Where the router of the VPC answers: the third address from the end, x.x.x.253 for a /24. */
export const gatewayOf = (cidr: Cidr): Ipv4 => addressInCidr(cidr, sizeOfCidr(cidr) - 3)

export type AddressFaults = { readonly malformed: FaultCode; readonly outside: FaultCode; readonly reserved: FaultCode }
export const havipAddressFaults: AddressFaults = {
  malformed: 'InvalidIPAddress.Malformed',
  outside: 'InvalidIPAddress.OutOfRange',
  reserved: 'InvalidIPAddress.NotAvailable',
}
export const instanceAddressFaults: AddressFaults = {
  malformed: 'InvalidPrivateIpAddress.Malformed',
  outside: 'InvalidPrivateIpAddress',
  reserved: 'InvalidPrivateIpAddress',
}

/** An address somebody asked for: well-formed, inside the vSwitch, not reserved. Whether it is free, only the store knows. */
export function checkAddress(cidr: Cidr, text: string, faults: AddressFaults): Result<Ipv4, ApiFault> {
  const address = parseIpv4(text)
  if (!address.ok) return fail(apiFault(faults.malformed, { address: text.slice(0, 64) }))
  const facts = { address: address.value, cidr: formatCidr(cidr) }
  if (!cidrContains(cidr, address.value)) return fail(apiFault(faults.outside, facts))
  const { first, last } = usableRange(cidr)
  const number = ipv4ToNumber(address.value)
  return number < first || number > last ? fail(apiFault(faults.reserved, facts)) : ok(address.value)
}
