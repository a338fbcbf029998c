// How a route wraps the packets that take it: RTA_ENCAP (linux/lwtunnel.h, linux/mpls_iptunnel.h, linux/ila.h).
import { type IpAddress, ipToBytes } from '@havip/base'
import { type Attribute, encodeAttributes, u8Value } from './netlink.ts'

export type Encapsulation = TunnelEncapsulation | MplsEncapsulation | IlaEncapsulation
export type TunnelEncapsulation = {
  readonly kind: 'ip' | 'ip6'
  /** Of the tunnel: 64 bits for the kernel, 0 to 2^53 - 1 here. */
  readonly id?: number
  readonly destination?: IpAddress
  readonly source?: IpAddress
  /** TTL or hop limit; the kernel takes its own where there is none. */
  readonly ttl?: number
  /** TOS or traffic class. */
  readonly tos?: number
  /** TUNNEL_* bits. */
  readonly flags?: number
}
/** Labels of 20 bits, the outermost first. */
export type MplsEncapsulation = { readonly kind: 'mpls'; readonly labels: readonly number[] }
/** The locator's four groups of 16 bits. */
export type IlaEncapsulation = { readonly kind: 'ila'; readonly locator: readonly number[] }

const attribute = { encapType: 21, encap: 22 } as const
/** LWTUNNEL_ENCAP_* */
const encapType = { mpls: 1, ip: 2, ila: 3, ip6: 4 } as const
/** LWTUNNEL_IP_* and LWTUNNEL_IP6_*: the same numbers in both. */
const tunnelAttribute = { id: 1, destination: 2, source: 3, ttl: 4, tos: 5, flags: 6 } as const
const mplsAttribute = { destination: 1 } as const
const ilaAttribute = { locator: 1 } as const

/** The two attributes, of a route or of one of its next hops. */
export function encodeEncapsulation(encapsulation: Encapsulation): readonly Attribute[] {
  const type = Uint8Array.of(encapType[encapsulation.kind], 0)
  return [
    { type: attribute.encap, value: encodeAttributes(insides(encapsulation)) },
    { type: attribute.encapType, value: type },
  ]
}

function insides(encapsulation: Encapsulation): readonly Attribute[] {
  switch (encapsulation.kind) {
    case 'ip':
    case 'ip6':
      return tunnel(encapsulation)
    case 'mpls':
      return [{ type: mplsAttribute.destination, value: labelStack(encapsulation.labels) }]
    case 'ila':
      return [{ type: ilaAttribute.locator, value: bigEndian(encapsulation.locator, 2) }]
  }
}

function tunnel({ id, destination, source, ttl, tos, flags }: TunnelEncapsulation): readonly Attribute[] {
  const attributes: Attribute[] = []
  if (id !== undefined) {
    attributes.push({ type: tunnelAttribute.id, value: bigEndian([Math.floor(id / 2 ** 32), id % 2 ** 32], 4) })
  }
  if (destination !== undefined) attributes.push({ type: tunnelAttribute.destination, value: ipToBytes(destination) })
  if (source !== undefined) attributes.push({ type: tunnelAttribute.source, value: ipToBytes(source) })
  if (ttl !== undefined) attributes.push({ type: tunnelAttribute.ttl, value: u8Value(ttl) })
  if (tos !== undefined) attributes.push({ type: tunnelAttribute.tos, value: u8Value(tos) })
  if (flags !== undefined) attributes.push({ type: tunnelAttribute.flags, value: bigEndian([flags], 2) })
  return attributes
}

/** RFC 3032 §2.1: label, traffic class 0, bottom of stack, TTL 0 (the kernel's to fill). */
const labelStack = (labels: readonly number[]): Uint8Array =>
  bigEndian(
    labels.map((label, i) => label * 0x1000 + (i === labels.length - 1 ? 0x100 : 0)),
    4,
  )

function bigEndian(values: readonly number[], width: 2 | 4): Uint8Array {
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) {
    if (width === 2) view.setUint16(i * 2, value)
    else view.setUint32(i * 4, value)
  }
  return bytes
}
