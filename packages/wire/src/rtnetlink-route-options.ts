// What a route may say beyond destination and gateway: metrics (RTAX_*), several next hops, and the small attributes.
import { type IfIndex, type IpAddress, ipToBytes } from '@havip/base'
import { concatBytes, header } from './header.ts'
import { type Attribute, encodeAttributes, textValue, u8Value, u32Value } from './netlink.ts'
import { type Encapsulation, encodeEncapsulation } from './rtnetlink-encap.ts'

/** RTAX_* by iproute's words. */
export const routeMetric = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hoplimit: 10,
  initcwnd: 11,
  features: 12,
  rto_min: 13,
  initrwnd: 14,
  quickack: 15,
  congctl: 16,
  fastopen_no_cookie: 17,
} as const
export type RouteMetricName = keyof typeof routeMetric
const lock = 1

/** `value` in the kernel's unit; the congestion control algorithm by name. A locked one is not adapted by the kernel. */
export type RouteMetric = { readonly name: RouteMetricName; readonly value: number | string; readonly isLocked: boolean }

export type NextHop = {
  readonly gateway?: IpAddress
  readonly outInterface?: IfIndex
  /** 1 to 256. */
  readonly weight: number
  readonly isOnLink: boolean
  readonly realms?: number
  readonly encapsulation?: Encapsulation
}

export type RouteOptions = {
  readonly metrics?: readonly RouteMetric[]
  /** Instead of one gateway. */
  readonly nextHops?: readonly NextHop[]
  /** The gateway is reachable although no route says so. */
  readonly isOnLink?: boolean
  /** Source realm × 65536 + destination realm. */
  readonly realms?: number
  /** Seconds; IPv6. */
  readonly expires?: number
  /** IPv6: 3 low, 0 medium, 1 high (RFC 4191). */
  readonly preference?: number
  /** MPLS. */
  readonly propagatesTtl?: boolean
  readonly encapsulation?: Encapsulation
}

export const onLinkFlag = 4
const attribute = { gateway: 5, metrics: 8, multipath: 9, flow: 11, preference: 20, expires: 23, ttlPropagate: 26 } as const

/** `struct rtnexthop`; attributes follow. */
const nextHopHeader = header(
  { length: { at: 0, bits: 16 }, flags: { at: 16, bits: 8 }, hops: { at: 24, bits: 8 }, index: { at: 32, bits: 32 } },
  'little',
)

export function encodeRouteOptions(options: RouteOptions): readonly Attribute[] {
  const attributes: Attribute[] = []
  const { metrics, nextHops, realms, expires, preference, propagatesTtl, encapsulation } = options
  if (metrics && metrics.length > 0) attributes.push({ type: attribute.metrics, value: encodeMetrics(metrics) })
  if (nextHops && nextHops.length > 0) attributes.push({ type: attribute.multipath, value: concatBytes(nextHops.map(encodeNextHop)) })
  if (realms !== undefined) attributes.push({ type: attribute.flow, value: u32Value(realms) })
  if (expires !== undefined) attributes.push({ type: attribute.expires, value: u32Value(expires) })
  if (preference !== undefined) attributes.push({ type: attribute.preference, value: u8Value(preference) })
  if (propagatesTtl !== undefined) attributes.push({ type: attribute.ttlPropagate, value: u8Value(propagatesTtl ? 1 : 0) })
  if (encapsulation !== undefined) attributes.push(...encodeEncapsulation(encapsulation))
  return attributes
}

function encodeMetrics(metrics: readonly RouteMetric[]): Uint8Array {
  const locked = metrics.reduce((mask, { name, isLocked }) => (isLocked ? mask | (1 << routeMetric[name]) : mask), 0)
  return encodeAttributes([
    ...(locked === 0 ? [] : [{ type: lock, value: u32Value(locked) }]),
    ...metrics.map(({ name, value }) => ({
      type: routeMetric[name],
      value: typeof value === 'string' ? textValue(value) : u32Value(value),
    })),
  ])
}

function encodeNextHop({ gateway, outInterface, weight, isOnLink, realms, encapsulation }: NextHop): Uint8Array {
  const more = encodeAttributes([
    ...(gateway === undefined ? [] : [{ type: attribute.gateway, value: ipToBytes(gateway) }]),
    ...(realms === undefined ? [] : [{ type: attribute.flow, value: u32Value(realms) }]),
    ...(encapsulation === undefined ? [] : encodeEncapsulation(encapsulation)),
  ])
  const head = nextHopHeader.write({
    length: nextHopHeader.bytes + more.length,
    flags: isOnLink ? onLinkFlag : 0,
    hops: weight - 1,
    index: outInterface ?? 0,
  })
  return concatBytes([head, more])
}
