// The rarer selectors and actions of a policy rule (linux/fib_rules.h).
import { type Attribute, u8Value, u32Value } from './netlink.ts'

export type PortRange = { readonly first: number; readonly last: number }

export type RuleSelectors = {
  /** Where `goto` leads. */
  readonly goto?: number
  readonly ipProtocol?: number
  readonly sourcePorts?: PortRange
  readonly destinationPorts?: PortRange
  readonly users?: PortRange
  readonly realms?: number
  readonly tunnelId?: number
  /** The table is that of the packet's VRF. */
  readonly isL3mdev?: boolean
  /** A route of the table with a prefix of this length or less does not count. */
  readonly suppressPrefixLength?: number
  readonly suppressInterfaceGroup?: number
}

const attribute = {
  goto: 4,
  flow: 11,
  tunnelId: 12,
  suppressInterfaceGroup: 13,
  suppressPrefixLength: 14,
  l3mdev: 19,
  users: 20,
  ipProtocol: 22,
  sourcePorts: 23,
  destinationPorts: 24,
} as const

export function encodeRuleSelectors(rule: RuleSelectors): readonly Attribute[] {
  const attributes: Attribute[] = []
  const number = (type: number, value: number | undefined): void => {
    if (value !== undefined) attributes.push({ type, value: u32Value(value) })
  }
  number(attribute.goto, rule.goto)
  number(attribute.flow, rule.realms)
  number(attribute.suppressInterfaceGroup, rule.suppressInterfaceGroup)
  number(attribute.suppressPrefixLength, rule.suppressPrefixLength)
  if (rule.tunnelId !== undefined) attributes.push({ type: attribute.tunnelId, value: bigEndian64(BigInt(rule.tunnelId)) })
  if (rule.isL3mdev) attributes.push({ type: attribute.l3mdev, value: u8Value(1) })
  if (rule.ipProtocol !== undefined) attributes.push({ type: attribute.ipProtocol, value: u8Value(rule.ipProtocol) })
  if (rule.users) attributes.push({ type: attribute.users, value: pair(rule.users, 4) })
  if (rule.sourcePorts) attributes.push({ type: attribute.sourcePorts, value: pair(rule.sourcePorts, 2) })
  if (rule.destinationPorts) attributes.push({ type: attribute.destinationPorts, value: pair(rule.destinationPorts, 2) })
  return attributes
}

function pair({ first, last }: PortRange, width: 2 | 4): Uint8Array {
  const value = new Uint8Array(2 * width)
  const view = new DataView(value.buffer)
  if (width === 2) {
    view.setUint16(0, first, true)
    view.setUint16(2, last, true)
  } else {
    view.setUint32(0, first, true)
    view.setUint32(4, last, true)
  }
  return value
}

function bigEndian64(number: bigint): Uint8Array {
  const value = new Uint8Array(8)
  new DataView(value.buffer).setBigUint64(0, number)
  return value
}
