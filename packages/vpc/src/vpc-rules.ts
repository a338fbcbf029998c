// When a VPC or a vSwitch may be made or removed.
import {
  type Cidr,
  cidrContainsCidr,
  cidrsOverlap,
  fail,
  formatCidr,
  ipv4FromNumber,
  ipv4ToNumber,
  ok,
  parseCidr,
  type Result,
  sizeOfCidr,
} from '@havip/base'
import { type ApiFault, apiFault } from './faults.ts'
import type { Limits } from './limits.ts'
import type { Region, Vpc, Vswitch, ZoneId } from './resource.ts'

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text)
  if (!parsed.ok) throw new TypeError(text)
  return parsed.value
}

/** What a VPC gets when its creator names no block. */
export const defaultVpcCidr: Cidr = cidr('172.16.0.0/12')

/** Never usable: carrier-grade NAT of the provider, multicast, loopback, link-local, this network, the reserved last block. */
const forbiddenBlocks: readonly Cidr[] = ['100.64.0.0/10', '224.0.0.0/4', '127.0.0.0/8', '169.254.0.0/16', '0.0.0.0/8', '240.0.0.0/4'].map(
  cidr,
)

const invalid = (name: string, reason: string): { readonly ok: false; readonly fault: ApiFault } =>
  fail(apiFault('InvalidParameter', { name, reason }))

function checkBlock(text: string, prefixMin: number, prefixMax: number): Result<Cidr, ApiFault> {
  const parsed = parseCidr(text)
  if (!parsed.ok) {
    return invalid('CidrBlock', parsed.fault === 'host-bits-set' ? 'it has bits set outside its mask' : 'it is no IPv4 CIDR block')
  }
  const { prefix } = parsed.value
  if (prefix < prefixMin || prefix > prefixMax) return invalid('CidrBlock', `the mask must be ${prefixMin} to ${prefixMax}`)
  const bad = forbiddenBlocks.find((block) => cidrsOverlap(block, parsed.value))
  return bad ? invalid('CidrBlock', `it overlaps ${formatCidr(bad)}, which is reserved`) : ok(parsed.value)
}

/** The block of a new VPC: mask 8 to 28, nothing reserved. */
export function decideCreateVpc(input: {
  readonly cidr: string | undefined
  readonly count: number
  readonly limits: Limits
}): Result<Cidr, ApiFault> {
  const block = input.cidr === undefined || input.cidr === '' ? ok(defaultVpcCidr) : checkBlock(input.cidr, 8, 28)
  if (!block.ok) return block
  return input.count >= input.limits.vpcs ? fail(apiFault('QuotaExceeded.Vpc', { max: input.limits.vpcs })) : block
}

/** The block a VPC shall have: another one has to hold every vSwitch. Undefined or the same: as it is. */
export function decideChangeVpcBlock(vpc: Vpc, text: string | undefined, vswitches: readonly Vswitch[]): Result<Cidr, ApiFault> {
  if (text === undefined || text === formatCidr(vpc.cidr)) return ok(vpc.cidr)
  if (vpc.isDefault) return invalid('CidrBlock', 'that of a default VPC cannot be changed')
  const block = checkBlock(text, 8, 28)
  if (!block.ok) return block
  const secondary = vpc.secondary ?? []
  const other = secondary.find((one) => cidrsOverlap(one, block.value))
  if (other) return fail(apiFault('InvalidCidrBlock.Overlapped', { cidr: formatCidr(block.value), other: formatCidr(other) }))
  const outside = vswitches.find(({ cidr }) => ![block.value, ...secondary].some((one) => cidrContainsCidr(one, cidr)))
  return outside ? invalid('CidrBlock', `it does not hold ${outside.id} (${formatCidr(outside.cidr)})`) : block
}

/** As the cloud has it. */
const secondaryMax = 5

/** The secondary blocks a VPC shall have with one more: mask 16 to 28, beside its others. */
export function decideAddBlock(vpc: Vpc, text: string): Result<readonly Cidr[], ApiFault> {
  const block = checkBlock(text, 16, 28)
  if (!block.ok) return invalid('SecondaryCidrBlock', block.fault.message)
  const { secondary = [] } = vpc
  const other = [vpc.cidr, ...secondary].find((one) => cidrsOverlap(one, block.value))
  if (other) return fail(apiFault('InvalidCidrBlock.Overlapped', { cidr: formatCidr(block.value), other: formatCidr(other) }))
  if (secondary.length >= secondaryMax) return fail(apiFault('QuotaExceeded.SecondaryCidrBlock', { max: secondaryMax }))
  return ok([...secondary, block.value])
}

/** Without one of them, in which no vSwitch is. */
export function decideRemoveBlock(vpc: Vpc, text: string, vswitches: readonly Vswitch[]): Result<readonly Cidr[], ApiFault> {
  const { secondary = [] } = vpc
  const gone = secondary.find((one) => formatCidr(one) === text)
  if (!gone) return invalid('SecondaryCidrBlock', 'the VPC has no such block')
  if (vswitches.some(({ cidr }) => cidrContainsCidr(gone, cidr))) return fail(apiFault('DependencyViolation.VSwitch'))
  return ok(secondary.filter((one) => one !== gone))
}

/** The block of a new vSwitch: mask 16 to 29, inside the VPC, beside its other vSwitches. */
export function decideCreateVswitch(input: {
  readonly vpc: Vpc
  readonly region: Region
  readonly zone: string
  readonly cidr: string | undefined
  /** In place of a block: the lowest free one with this mask. */
  readonly maskBits: number | undefined
  readonly others: readonly Vswitch[]
  readonly limits: Limits
}): Result<{ readonly cidr: Cidr; readonly zone: ZoneId }, ApiFault> {
  const { vpc, others, limits } = input
  const zone = input.region.zones.find((known) => known.id === input.zone)
  if (!zone) return fail(apiFault('InvalidZoneId.NotFound', { id: input.zone }))
  if (vpc.status !== 'Available') return fail(apiFault('IncorrectVpcStatus', { status: vpc.status }))
  const block = input.cidr ? checkBlock(input.cidr, 16, 29) : freeBlock(vpc.cidr, input.maskBits, others)
  if (!block.ok) return block
  const blocks = [vpc.cidr, ...(vpc.secondary ?? [])]
  if (!blocks.some((one) => cidrContainsCidr(one, block.value))) {
    return invalid('CidrBlock', `it is not inside the VPC's ${blocks.map(formatCidr).join(', ')}`)
  }
  const other = others.find((vswitch) => cidrsOverlap(vswitch.cidr, block.value))
  if (other) {
    return fail(
      apiFault('InvalidCidrBlock.Overlapped', { cidr: formatCidr(block.value), other: `${other.id} (${formatCidr(other.cidr)})` }),
    )
  }
  if (others.length >= limits.vswitchesPerVpc) return fail(apiFault('QuotaExceeded.VSwitch', { max: limits.vswitchesPerVpc }))
  return ok({ cidr: block.value, zone: zone.id })
}

function freeBlock(outer: Cidr, maskBits: number | undefined, others: readonly Vswitch[]): Result<Cidr, ApiFault> {
  if (maskBits === undefined) return fail(apiFault('MissingParameter', { name: 'CidrBlock' }))
  if (!Number.isInteger(maskBits) || maskBits < 16 || maskBits > 29) return invalid('CidrMask', 'it must be 16 to 29')
  const size = 2 ** (32 - maskBits)
  const start = ipv4ToNumber(outer.address)
  const end = start + sizeOfCidr(outer)
  const taken = others.map(({ cidr }) => ({ from: ipv4ToNumber(cidr.address), to: ipv4ToNumber(cidr.address) + sizeOfCidr(cidr) }))
  taken.sort((a, b) => a.from - b.from)
  let from = start
  for (const block of taken) {
    if (block.to <= from) continue
    if (from + size <= block.from) break
    // Blocks begin at a multiple of their size.
    from = Math.ceil(block.to / size) * size
  }
  return from + size <= end
    ? ok({ address: ipv4FromNumber(from), prefix: maskBits })
    : invalid('CidrMask', 'the VPC has no free block of this size')
}

export function decideDeleteVpc(vpc: Vpc, uses: { readonly vswitches: number; readonly securityGroups: number }): Result<Vpc, ApiFault> {
  if (vpc.status !== 'Available') return fail(apiFault('IncorrectVpcStatus', { status: vpc.status }))
  if (uses.vswitches > 0) return fail(apiFault('DependencyViolation.VSwitch'))
  if (uses.securityGroups > 0) return fail(apiFault('DependencyViolation.SecurityGroup'))
  return ok({ ...vpc, status: 'Deleting' })
}

export function decideDeleteVswitch(
  vswitch: Vswitch,
  uses: { readonly havips: number; readonly instances: number; readonly interfaces: number },
): Result<Vswitch, ApiFault> {
  if (uses.havips > 0) return fail(apiFault('DependencyViolation.HaVip'))
  if (uses.instances > 0) return fail(apiFault('DependencyViolation', { what: 'instances of the vSwitch' }))
  if (uses.interfaces > 0) return fail(apiFault('DependencyViolation', { what: 'network interfaces of the vSwitch' }))
  if (vswitch.status !== 'Available') return fail(apiFault('IncorrectVSwitchStatus', { status: vswitch.status }))
  return ok({ ...vswitch, status: 'Deleting' })
}
