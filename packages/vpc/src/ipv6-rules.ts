// IPv6 of a VPC: a /56, of which each vSwitch may have one of 256 parts, of which instances and HAVIPs have addresses.
import {
  addressInCidr6,
  type Cidr6,
  cidr6Contains,
  cidrs6Overlap,
  fail,
  formatCidr,
  type Ipv6,
  ipv6FromNumber,
  offsetInCidr6,
  ok,
  parseCidr6,
  parseIpv6,
  partOfCidr6,
  type Result,
} from '@havip/base'
import type { AddressFaults } from './address-rules.ts'
import { type ApiFault, apiFault } from './faults.ts'
import type { Vpc, Vswitch } from './resource.ts'

const vpcPrefix = 56
const vswitchPrefix = 64
/** Parts of a VPC's block. */
const partsMax = 256

const cidr6 = (text: string): Cidr6 => {
  const parsed = parseCidr6(text)
  if (!parsed.ok) throw new TypeError(text)
  return parsed.value
}
/** Global and unique local unicast: RFC 4291 §2.4, RFC 4193. */
const usableBlocks: readonly Cidr6[] = ['2000::/3', 'fc00::/7'].map(cidr6)

const invalid = (reason: string) => fail(apiFault('InvalidParameter', { name: 'Ipv6CidrBlock', reason }))

/** A unique local block (RFC 4193 §3.2.2): nobody routes it from outside, so chance is all the management it needs. */
function randomBlock(entropy: (count: number) => Uint8Array): Cidr6 {
  // Six bytes of chance behind fd: 40 bits of a global id, and the first byte of the subnet.
  let number = 0xfdn
  for (const byte of entropy(6)) number = (number << 8n) | BigInt(byte)
  return { address: ipv6FromNumber(number << 72n), prefix: vpcPrefix }
}

export type WantedIpv6 = {
  /** Undefined: as it is, or as the block says. */
  readonly isOn: boolean | undefined
  /** Undefined: one is chosen. */
  readonly block: string | undefined
}

/** The block a VPC shall have. One that has a block keeps it; it is given up only when no vSwitch has a part of it. */
export function decideVpcIpv6(
  now: Cidr6 | undefined,
  wanted: WantedIpv6,
  vswitches: readonly Vswitch[],
  entropy: (count: number) => Uint8Array,
): Result<Cidr6 | undefined, ApiFault> {
  if (wanted.isOn === false) {
    if (wanted.block !== undefined) return invalid('IPv6 is to be off')
    const user = vswitches.find((vswitch) => vswitch.cidr6)
    return user ? fail(apiFault('DependencyViolation', { what: `IPv6 of the vSwitch ${user.id}` })) : ok(undefined)
  }
  if (wanted.block === undefined) return ok(wanted.isOn ? (now ?? randomBlock(entropy)) : now)
  const parsed = parseCidr6(wanted.block)
  if (!parsed.ok) return invalid(parsed.fault === 'host-bits-set' ? 'it has bits set outside its mask' : 'it is no IPv6 CIDR block')
  const block = parsed.value
  if (now && formatCidr(now) === formatCidr(block)) return ok(now)
  if (now) return invalid(`the VPC has ${formatCidr(now)}, which cannot be changed; turn IPv6 off first`)
  if (block.prefix !== vpcPrefix) return invalid(`the mask must be ${vpcPrefix}`)
  const isUsable = usableBlocks.some((usable) => cidr6Contains(usable, block.address))
  return isUsable ? ok(block) : invalid('it is neither in 2000::/3 nor in fc00::/7')
}

/** Part number `index` of the VPC's block for a vSwitch; left out, the lowest that no other one has. */
export function decideVswitchIpv6(vpc: Vpc, index: number | undefined, others: readonly Vswitch[]): Result<Cidr6, ApiFault> {
  const block = vpc.cidr6
  if (!block) return invalid('the VPC has no IPv6; turn it on with ModifyVpcAttribute and EnableIPv6')
  const isTaken = (part: Cidr6) => others.find((other) => other.cidr6 && cidrs6Overlap(other.cidr6, part))
  if (index !== undefined) {
    if (!Number.isInteger(index) || index < 0 || index >= partsMax) return invalid(`it is a number from 0 to ${partsMax - 1}`)
    const part = partOfCidr6(block, vswitchPrefix, index)
    const other = isTaken(part)
    if (!other) return ok(part)
    return fail(apiFault('InvalidCidrBlock.Overlapped', { cidr: formatCidr(part), other: `that of ${other.id}` }))
  }
  for (let candidate = 0; candidate < partsMax; candidate++) {
    const part = partOfCidr6(block, vswitchPrefix, candidate)
    if (!isTaken(part)) return ok(part)
  }
  return invalid('every part of the block of the VPC is taken')
}

/** The block a vSwitch shall have after a change. `users`: addresses in it; with any, it stays. */
export function decideChangeVswitchIpv6(
  vswitch: Vswitch,
  vpc: Vpc,
  wanted: { readonly isOn: boolean | undefined; readonly index: number | undefined },
  others: readonly Vswitch[],
  users: number,
): Result<Cidr6 | undefined, ApiFault> {
  const { cidr6: now } = vswitch
  if (wanted.isOn === false) {
    if (wanted.index !== undefined) return invalid('IPv6 is to be off')
    return now && users > 0 ? fail(apiFault('DependencyViolation', { what: `${users} IPv6 addresses of the vSwitch` })) : ok(undefined)
  }
  if (now && wanted.index === undefined) return ok(now)
  if (!wanted.isOn && wanted.index === undefined) return ok(undefined)
  const part = decideVswitchIpv6(vpc, wanted.index, others)
  if (!part.ok || !now || formatCidr(now) === formatCidr(part.value)) return part
  return users > 0 ? fail(apiFault('DependencyViolation', { what: `${users} IPv6 addresses of the vSwitch` })) : part
}

const sizeOf = (cidr: Cidr6): bigint => 1n << BigInt(128 - cidr.prefix)

/** Where the router of the VPC answers: the third address from the end, as for IPv4. */
export const gateway6Of = (cidr: Cidr6): Ipv6 => addressInCidr6(cidr, sizeOf(cidr) - 3n)

/** An address somebody asked for: well-formed, inside the vSwitch, not the first nor one of the last three. */
export function checkAddress6(cidr: Cidr6 | undefined, text: string, faults: AddressFaults): Result<Ipv6, ApiFault> {
  if (!cidr) return fail(apiFault('InvalidVSwitch.Ipv6NotTurnOn'))
  const address = parseIpv6(text)
  if (!address.ok) return fail(apiFault(faults.malformed, { address: text.slice(0, 64) }))
  const facts = { address: address.value, cidr: formatCidr(cidr) }
  if (!cidr6Contains(cidr, address.value)) return fail(apiFault(faults.outside, facts))
  const offset = offsetInCidr6(cidr, address.value)
  return offset === 0n || offset >= sizeOf(cidr) - 3n ? fail(apiFault(faults.reserved, facts)) : ok(address.value)
}
