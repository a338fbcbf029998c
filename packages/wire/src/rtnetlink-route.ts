// Routes: RTM_NEWROUTE, RTM_DELROUTE (linux/rtnetlink.h).
import { type Family, fail, type IfIndex, type IpAddress, ipFromBytes, ipToBytes, ok, type Result } from '@havip/base'
import { concatBytes, header } from './header.ts'
import {
  type Attribute,
  decodeAttributes,
  encodeAttributes,
  encodeMessage,
  type NetlinkFault,
  netlinkFlag,
  u32Of,
  u32Value,
} from './netlink.ts'
import { encodeRouteOptions, onLinkFlag, type RouteOptions } from './rtnetlink-route-options.ts'
import { addressFamily, rtnetlinkType, vrrpRouteProtocol } from './rtnetlink-type.ts'

/** `struct rtmsg`. */
const routeHeader = header(
  {
    family: { at: 0, bits: 8 },
    destinationPrefix: { at: 8, bits: 8 },
    sourcePrefix: { at: 16, bits: 8 },
    tos: { at: 24, bits: 8 },
    table: { at: 32, bits: 8 },
    protocol: { at: 40, bits: 8 },
    scope: { at: 48, bits: 8 },
    type: { at: 56, bits: 8 },
    flags: { at: 64, bits: 32 },
  },
  'little',
)
const attribute = { destination: 1, source: 2, outInterface: 4, gateway: 5, metric: 6, preferredSource: 7, metrics: 8, table: 15 } as const
const metricsAttribute = { mtu: 2 } as const

/** RTN_*: what the route does. */
export const routeType = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
} as const
export const mainTable = 254

export type RouteEntry = {
  readonly family: Family
  /** Absent for the default route. */
  readonly destination?: IpAddress
  readonly prefix: number
  readonly source?: { readonly address: IpAddress; readonly prefix: number }
  readonly gateway?: IpAddress
  readonly outInterface?: IfIndex
  readonly preferredSource?: IpAddress
  readonly metric?: number
  readonly mtu?: number
  readonly table: number
  readonly protocol: number
  readonly scope: number
  readonly type: number
  readonly tos: number
}

/** As `RouteEntry`; table main, protocol 18, scope 0, unicast when left out. */
export type RouteRequest = Omit<RouteEntry, 'table' | 'protocol' | 'scope' | 'type' | 'tos'> &
  Partial<Pick<RouteEntry, 'table' | 'protocol' | 'scope' | 'type' | 'tos'>> &
  RouteOptions & {
    /** Beside others of the same destination and metric: after or before them; `add` (default) wants to be the only one. */
    readonly mode?: 'add' | 'append' | 'prepend'
  }

/** Adds; EEXIST when an equal one is there, unless `replace`. */
export const encodeAddRoute = (sequence: number, request: RouteRequest, options: { readonly replace?: boolean } = {}): Uint8Array =>
  encodeRoute(
    rtnetlinkType.newRoute,
    netlinkFlag.create | (options.replace ? netlinkFlag.replace : modeFlag[request.mode ?? 'add']),
    sequence,
    request,
  )

const modeFlag = { add: netlinkFlag.exclusive, append: netlinkFlag.append, prepend: 0 } as const

/** Removes; ESRCH when it is not there. */
export const encodeDeleteRoute = (sequence: number, request: RouteRequest): Uint8Array =>
  encodeRoute(rtnetlinkType.deleteRoute, 0, sequence, request)

function encodeRoute(type: number, flags: number, sequence: number, route: RouteRequest): Uint8Array {
  const table = route.table ?? mainTable
  const head = routeHeader.write({
    family: addressFamily[route.family],
    destinationPrefix: route.prefix,
    sourcePrefix: route.source?.prefix ?? 0,
    tos: route.tos ?? 0,
    // Tables above 255 do not fit; the attribute tells (RT_TABLE_UNSPEC here).
    table: table < 256 ? table : 0,
    protocol: route.protocol ?? vrrpRouteProtocol,
    scope: route.scope ?? 0,
    type: route.type ?? routeType.unicast,
    flags: route.isOnLink ? onLinkFlag : 0,
  })
  const attributes: Attribute[] = [{ type: attribute.table, value: u32Value(table) }]
  if (route.destination !== undefined) attributes.push({ type: attribute.destination, value: ipToBytes(route.destination) })
  if (route.source !== undefined) attributes.push({ type: attribute.source, value: ipToBytes(route.source.address) })
  if (route.gateway !== undefined) attributes.push({ type: attribute.gateway, value: ipToBytes(route.gateway) })
  if (route.outInterface !== undefined) attributes.push({ type: attribute.outInterface, value: u32Value(route.outInterface) })
  if (route.preferredSource !== undefined) attributes.push({ type: attribute.preferredSource, value: ipToBytes(route.preferredSource) })
  if (route.metric !== undefined) attributes.push({ type: attribute.metric, value: u32Value(route.metric) })
  if (route.mtu !== undefined) {
    attributes.push({ type: attribute.metrics, value: encodeAttributes([{ type: metricsAttribute.mtu, value: u32Value(route.mtu) }]) })
  }
  attributes.push(...encodeRouteOptions(route))
  return encodeMessage(
    { type, flags: netlinkFlag.request | netlinkFlag.acknowledge | flags, sequence },
    concatBytes([head, encodeAttributes(attributes)]),
  )
}

/** Reads the payload of RTM_NEWROUTE or RTM_DELROUTE; multipath next hops are not read. */
export function decodeRoute(payload: Uint8Array): Result<RouteEntry, NetlinkFault> {
  const head = routeHeader.read(payload)
  if (!head.ok) return head
  const read = decodeAttributes(payload.subarray(routeHeader.bytes))
  if (!read.ok) return read
  const fixed = head.value
  const family = fixed.family === addressFamily.ipv4 ? 'ipv4' : fixed.family === addressFamily.ipv6 ? 'ipv6' : undefined
  if (!family) return fail({ kind: 'missing-attribute', attribute: 'family' })
  const address = (type: number): IpAddress | undefined => {
    const value = read.value.get(type)
    return value?.length === (family === 'ipv4' ? 4 : 16) ? ipFromBytes(value, family) : undefined
  }
  const number = (type: number): number | undefined => u32Of(read.value.get(type))
  const metrics = read.value.get(attribute.metrics)
  const metricsRead = metrics && decodeAttributes(metrics)
  const source = address(attribute.source)
  return ok({
    family,
    prefix: fixed.destinationPrefix,
    ...defined('destination', address(attribute.destination)),
    ...(source ? { source: { address: source, prefix: fixed.sourcePrefix } } : {}),
    ...defined('gateway', address(attribute.gateway)),
    ...defined('outInterface', number(attribute.outInterface) as IfIndex | undefined),
    ...defined('preferredSource', address(attribute.preferredSource)),
    ...defined('metric', number(attribute.metric)),
    ...defined('mtu', metricsRead?.ok ? u32Of(metricsRead.value.get(metricsAttribute.mtu)) : undefined),
    table: number(attribute.table) ?? fixed.table,
    protocol: fixed.protocol,
    scope: fixed.scope,
    type: fixed.type,
    tos: fixed.tos,
  })
}

/** An optional property: present only with a value (`exactOptionalPropertyTypes`). */
const defined = <Name extends string, T>(name: Name, value: T | undefined): { readonly [N in Name]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: T }
