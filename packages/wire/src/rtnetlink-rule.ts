// Policy rules: RTM_NEWRULE, RTM_DELRULE (linux/fib_rules.h).
import { type Family, fail, type IpAddress, ipFromBytes, ipToBytes, ok, type Result } from '@havip/base'
import { concatBytes, header } from './header.ts'
import {
  type Attribute,
  decodeAttributes,
  encodeAttributes,
  encodeMessage,
  type NetlinkFault,
  netlinkFlag,
  textOf,
  textValue,
  u8Of,
  u8Value,
  u32Of,
  u32Value,
} from './netlink.ts'
import { encodeRuleSelectors, type RuleSelectors } from './rtnetlink-rule-selectors.ts'
import { addressFamily, rtnetlinkType, vrrpRouteProtocol } from './rtnetlink-type.ts'

/** `struct fib_rule_hdr`. */
const ruleHeader = header(
  {
    family: { at: 0, bits: 8 },
    destinationPrefix: { at: 8, bits: 8 },
    sourcePrefix: { at: 16, bits: 8 },
    tos: { at: 24, bits: 8 },
    table: { at: 32, bits: 8 },
    reserved: { at: 40, bits: 16 },
    action: { at: 56, bits: 8 },
    flags: { at: 64, bits: 32 },
  },
  'little',
)
const attribute = {
  destination: 1,
  source: 2,
  inInterface: 3,
  priority: 6,
  mark: 10,
  table: 15,
  mask: 16,
  outInterface: 17,
  protocol: 21,
} as const

/** FR_ACT_*. */
export const ruleAction = { toTable: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 } as const
const invertFlag = 0x2

export type RuleEntry = {
  readonly family: Family
  readonly source?: { readonly address: IpAddress; readonly prefix: number }
  readonly destination?: { readonly address: IpAddress; readonly prefix: number }
  readonly inInterface?: string
  readonly outInterface?: string
  readonly mark?: { readonly value: number; readonly mask: number }
  readonly tos: number
  readonly isInverted: boolean
  readonly action: number
  readonly table: number
  readonly priority?: number
  readonly protocol?: number
}

export type RuleRequest = Omit<RuleEntry, 'tos' | 'isInverted' | 'action'> &
  Partial<Pick<RuleEntry, 'tos' | 'isInverted' | 'action'>> &
  RuleSelectors

/** Adds; EEXIST when an equal one is there. */
export const encodeAddRule = (sequence: number, request: RuleRequest): Uint8Array =>
  encodeRule(rtnetlinkType.newRule, netlinkFlag.create | netlinkFlag.exclusive, sequence, request)

/** Removes; ENOENT when it is not there. */
export const encodeDeleteRule = (sequence: number, request: RuleRequest): Uint8Array =>
  encodeRule(rtnetlinkType.deleteRule, 0, sequence, request)

function encodeRule(type: number, flags: number, sequence: number, rule: RuleRequest): Uint8Array {
  const head = ruleHeader.write({
    family: addressFamily[rule.family],
    destinationPrefix: rule.destination?.prefix ?? 0,
    sourcePrefix: rule.source?.prefix ?? 0,
    tos: rule.tos ?? 0,
    table: rule.table < 256 ? rule.table : 0,
    reserved: 0,
    action: rule.action ?? ruleAction.toTable,
    flags: rule.isInverted ? invertFlag : 0,
  })
  const attributes: Attribute[] = [
    { type: attribute.table, value: u32Value(rule.table) },
    { type: attribute.protocol, value: u8Value(rule.protocol ?? vrrpRouteProtocol) },
  ]
  if (rule.source) attributes.push({ type: attribute.source, value: ipToBytes(rule.source.address) })
  if (rule.destination) attributes.push({ type: attribute.destination, value: ipToBytes(rule.destination.address) })
  if (rule.inInterface !== undefined) attributes.push({ type: attribute.inInterface, value: textValue(rule.inInterface) })
  if (rule.outInterface !== undefined) attributes.push({ type: attribute.outInterface, value: textValue(rule.outInterface) })
  if (rule.priority !== undefined) attributes.push({ type: attribute.priority, value: u32Value(rule.priority) })
  if (rule.mark) {
    attributes.push({ type: attribute.mark, value: u32Value(rule.mark.value) }, { type: attribute.mask, value: u32Value(rule.mark.mask) })
  }
  attributes.push(...encodeRuleSelectors(rule))
  return encodeMessage(
    { type, flags: netlinkFlag.request | netlinkFlag.acknowledge | flags, sequence },
    concatBytes([head, encodeAttributes(attributes)]),
  )
}

/** Reads the payload of RTM_NEWRULE or RTM_DELRULE; other families than the two of IP are a fault. */
export function decodeRule(payload: Uint8Array): Result<RuleEntry, NetlinkFault> {
  const head = ruleHeader.read(payload)
  if (!head.ok) return head
  const read = decodeAttributes(payload.subarray(ruleHeader.bytes))
  if (!read.ok) return read
  const fixed = head.value
  const family = fixed.family === addressFamily.ipv4 ? 'ipv4' : fixed.family === addressFamily.ipv6 ? 'ipv6' : undefined
  if (!family) return fail({ kind: 'missing-attribute', attribute: 'family' })
  const address = (type: number): IpAddress | undefined => {
    const value = read.value.get(type)
    return value?.length === (family === 'ipv4' ? 4 : 16) ? ipFromBytes(value, family) : undefined
  }
  const number = (type: number): number | undefined => u32Of(read.value.get(type))
  const source = address(attribute.source)
  const destination = address(attribute.destination)
  const inInterface = read.value.get(attribute.inInterface)
  const outInterface = read.value.get(attribute.outInterface)
  const mark = number(attribute.mark)
  const priority = number(attribute.priority)
  const protocol = u8Of(read.value.get(attribute.protocol))
  return ok({
    family,
    ...(source ? { source: { address: source, prefix: fixed.sourcePrefix } } : {}),
    ...(destination ? { destination: { address: destination, prefix: fixed.destinationPrefix } } : {}),
    ...(inInterface ? { inInterface: textOf(inInterface) } : {}),
    ...(outInterface ? { outInterface: textOf(outInterface) } : {}),
    ...(mark === undefined ? {} : { mark: { value: mark, mask: number(attribute.mask) ?? 0xffffffff } }),
    tos: fixed.tos,
    isInverted: (fixed.flags & invertFlag) !== 0,
    action: fixed.action,
    table: number(attribute.table) ?? fixed.table,
    ...(priority === undefined ? {} : { priority }),
    ...(protocol === undefined ? {} : { protocol }),
  })
}
