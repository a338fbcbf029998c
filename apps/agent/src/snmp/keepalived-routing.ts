// The routes, their next hops and the rules of KEEPALIVED-MIB, from what the kernel is asked for.
import { ipToBytes } from '@havip/base'
import type { PresentRouting, RouteInventory, RoutingInventory, RuleInventory } from '@havip/vrrp-runtime'
import {
  type AgentxValue,
  type Encapsulation,
  mainTable,
  type NextHop,
  type Oid,
  type RouteMetricName,
  vrrpRouteProtocol,
} from '@havip/wire'
import { type Facts, instancesOf, linkIndexes } from './facts.ts'
import { type Cells, type Row, type Table, table } from './mib.ts'
import { address, addressTypeNumber, bytes, counter64, gauge, integer, maybe, scopeNumber, text, truth } from './values.ts'

type Request = NonNullable<RouteInventory['request']>
type RouteFacts = { readonly conf: RouteInventory; readonly request: Request; readonly isSet: boolean; readonly index: number }
type HopFacts = { readonly hop: NextHop; readonly interface: string | undefined; readonly index: number }
type RuleFacts = {
  readonly conf: RuleInventory
  readonly rule: NonNullable<RuleInventory['request']>
  readonly isSet: boolean
}

const familyType = { ipv4: 1, ipv6: 2 } as const
const anywhere = { ipv4: new Uint8Array(4), ipv6: new Uint8Array(16) } as const
/** The MIB counts protocols from 1. */
const protocolOf = (protocol: number | undefined): AgentxValue => integer((protocol ?? vrrpRouteProtocol) + 1)
const unicast = 1
const ecmp = 2
/** RouteType, by the kernel's number of a type; it has none for `local`. */
const routeTypes: Readonly<Record<number, number>> = { 1: unicast, 3: 6, 4: 4, 5: 5, 6: 3, 7: 7, 8: 8, 9: 9, 10: 10 }
/** PrefType: low(1), medium(2), high(3). */
const preferences: Readonly<Record<number, number>> = { 3: 1, 0: 2, 1: 3 }
/** The kernel keeps these in parts of a millisecond. */
const kernelUnits: Readonly<Partial<Record<RouteMetricName, number>>> = { rtt: 8, rttvar: 4 }
const realm = 0x10000

// --- rows --------------------------------------------------------------------------------------------------------

type Owner = { readonly number: number; readonly conf: RoutingInventory; readonly now: PresentRouting }

/** The daemon's own stand under instance 0. */
const ownersOf = (facts: Facts): readonly Owner[] => [
  { number: 0, conf: facts.configured.statics, now: facts.now.statics },
  ...instancesOf(facts).map(({ number, conf, now }) => ({ number, conf, now })),
]

function routesOf(facts: Facts): readonly Row<RouteFacts>[] {
  const indexOf = linkIndexes(facts.now)
  return ownersOf(facts).flatMap(({ number, conf, now }) =>
    conf.routes.flatMap((route, i) =>
      route.request === undefined
        ? []
        : [
            {
              index: [number, i + 1],
              of: { conf: route, request: route.request, isSet: now.routes[i] ?? false, index: indexOf(route.interface) },
            },
          ],
    ),
  )
}

function hopsOf(facts: Facts): readonly Row<HopFacts>[] {
  const indexOf = linkIndexes(facts.now)
  return routesOf(facts).flatMap(({ index, of: { conf, request } }) =>
    (request.nextHops ?? []).map((hop, i) => {
      const link = conf.hopInterfaces[i] || undefined
      return { index: [...index, i + 1], of: { hop, interface: link, index: indexOf(link) } }
    }),
  )
}

const rulesOf = (facts: Facts): readonly Row<RuleFacts>[] =>
  ownersOf(facts).flatMap(({ number, conf, now }) =>
    conf.rules.flatMap((rule, i) =>
      rule.request === undefined ? [] : [{ index: [number, i + 1], of: { conf: rule, rule: rule.request, isSet: now.rules[i] ?? false } }],
    ),
  )

// --- routes ------------------------------------------------------------------------------------------------------

const metric =
  (name: RouteMetricName) =>
  ({ request }: RouteFacts): AgentxValue | undefined => {
    const value = request.metrics?.find((one) => one.name === name)?.value
    if (value === undefined) return undefined
    return typeof value === 'string' ? text(value) : gauge(value / (kernelUnits[name] ?? 1))
  }
const metricLock =
  (name: RouteMetricName) =>
  ({ request }: RouteFacts): AgentxValue | undefined => {
    const found = request.metrics?.find((one) => one.name === name)
    return found && truth(found.isLocked)
  }
const metricFlag =
  (name: RouteMetricName) =>
  ({ request }: RouteFacts): AgentxValue =>
    truth(request.metrics?.some((one) => one.name === name && one.value === 1) ?? false)

const encapTypes = { mpls: 1, ip: 2, ila: 3, ip6: 4 } as const

/** From the type on, in the order of the MIB. */
function encapsulationCells<Of>(first: number, of: (of: Of) => Encapsulation | undefined): Cells<Of> {
  const tunnel = (make: (tunnel: Extract<Encapsulation, { kind: 'ip' | 'ip6' }>) => AgentxValue | undefined) => (one: Of) => {
    const encapsulation = of(one)
    return encapsulation?.kind === 'ip' || encapsulation?.kind === 'ip6' ? make(encapsulation) : undefined
  }
  return {
    [first]: (one) => maybe(of(one)?.kind, (kind) => integer(encapTypes[kind])),
    [first + 1]: (one) => {
      const encapsulation = of(one)
      return encapsulation?.kind === 'mpls' ? text(encapsulation.labels.join('/')) : undefined
    },
    [first + 2]: tunnel(({ id }) => maybe(id, counter64)),
    [first + 3]: tunnel(({ destination }) => maybe(destination, address)),
    [first + 4]: tunnel(({ source }) => maybe(source, address)),
    [first + 5]: tunnel(({ tos }) => maybe(tos, gauge)),
    [first + 6]: tunnel(({ ttl }) => maybe(ttl, gauge)),
    [first + 7]: tunnel(({ flags }) => maybe(flags, gauge)),
    [first + 8]: (one) => {
      const encapsulation = of(one)
      if (encapsulation?.kind !== 'ila') return undefined
      return counter64(encapsulation.locator.reduce((sum, group) => sum * 0x10000n + BigInt(group), 0n))
    },
  }
}

const routeCells: Cells<RouteFacts> = {
  2: ({ conf }) => integer(familyType[conf.family]),
  3: ({ conf, request }) => bytes(request.destination ? ipToBytes(request.destination) : anywhere[conf.family]),
  4: ({ request }) => gauge(request.prefix),
  5: ({ request }) => maybe(request.gateway, address),
  6: () => undefined,
  7: ({ request }) => maybe(request.preferredSource, address),
  8: ({ request }) => gauge(request.metric ?? 0),
  9: ({ request }) => integer(scopeNumber(request.scope ?? 0)),
  10: ({ request }) => maybe(request.nextHops ? ecmp : routeTypes[request.type ?? unicast], integer),
  11: ({ index }) => (index === 0 ? undefined : integer(index)),
  12: ({ conf }) => maybe(conf.interface, text),
  13: ({ request }) => gauge(request.table ?? mainTable),
  14: ({ isSet }) => truth(isSet),
  15: ({ request }) => maybe(request.source, (source) => address(source.address)),
  16: ({ request }) => maybe(request.source, (source) => gauge(source.prefix)),
  17: ({ request }) => maybe(request.tos, gauge),
  18: ({ request }) => protocolOf(request.protocol),
  19: metricFlag('features'),
  20: metricFlag('quickack'),
  21: ({ request }) => maybe(request.expires, integer),
  22: metric('mtu'),
  23: metricLock('mtu'),
  24: metric('hoplimit'),
  25: metric('advmss'),
  26: metricLock('advmss'),
  27: metric('rtt'),
  28: metricLock('rtt'),
  29: metric('rttvar'),
  30: metricLock('rttvar'),
  31: metric('reordering'),
  32: metricLock('reordering'),
  33: metric('window'),
  34: metric('cwnd'),
  35: metricLock('cwnd'),
  36: metric('ssthresh'),
  37: metricLock('ssthresh'),
  38: metric('rto_min'),
  39: metricLock('rto_min'),
  40: metric('initcwnd'),
  41: metric('initrwnd'),
  42: metric('congctl'),
  43: ({ request }) => maybe(request.preference, (preference) => integer(preferences[preference] ?? 2)),
  44: ({ request }) => maybe(request.realms, (realms) => gauge(realms % realm)),
  45: ({ request }) => maybe(request.realms, (realms) => gauge(realms / realm)),
  ...encapsulationCells<RouteFacts>(46, ({ request }) => request.encapsulation),
  55: ({ request }) => (request.metrics?.some(({ name }) => name === 'fastopen_no_cookie') ? truth(true) : undefined),
}

const hopCells: Cells<HopFacts> = {
  2: ({ hop }) => maybe(hop.gateway, (gateway) => integer(addressTypeNumber(gateway))),
  3: ({ hop }) => maybe(hop.gateway, address),
  4: ({ index }) => (index === 0 ? undefined : integer(index)),
  5: (of) => maybe(of.interface, text),
  6: ({ hop }) => gauge(hop.weight),
  7: ({ hop }) => truth(hop.isOnLink),
  8: ({ hop }) => maybe(hop.realms, (realms) => gauge(realms % realm)),
  9: ({ hop }) => maybe(hop.realms, (realms) => gauge(realms / realm)),
  ...encapsulationCells<HopFacts>(10, ({ hop }) => hop.encapsulation),
}

// --- rules -------------------------------------------------------------------------------------------------------

const ruleActions = { table: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 } as const
const directions = { both: 'both', from: 'from', to: 'to', none: '' } as const
const directionOf = ({ source, destination }: RuleFacts['rule']): string =>
  directions[source ? (destination ? 'both' : 'from') : destination ? 'to' : 'none']
/** Where a rule has both, the one column shows its destination (keepalived). */
const oneEnd = ({ rule }: RuleFacts) => rule.destination ?? rule.source
const tableOf = ({ conf, rule }: RuleFacts): AgentxValue | undefined =>
  conf.action === 'table' && !rule.isL3mdev ? gauge(rule.table) : undefined
const word = 2 ** 32

const ruleCells: Cells<RuleFacts> = {
  2: ({ rule }) => text(directionOf(rule)),
  3: (of) => maybe(oneEnd(of), (end) => integer(addressTypeNumber(end.address))),
  4: (of) => maybe(oneEnd(of), (end) => address(end.address)),
  5: (of) => maybe(oneEnd(of), (end) => gauge(end.prefix)),
  6: tableOf,
  7: ({ isSet }) => truth(isSet),
  8: ({ rule }) => truth(rule.isInverted ?? false),
  9: ({ rule }) => maybe(rule.destination, (end) => integer(addressTypeNumber(end.address))),
  10: ({ rule }) => maybe(rule.destination, (end) => address(end.address)),
  11: ({ rule }) => maybe(rule.destination, (end) => gauge(end.prefix)),
  12: ({ rule }) => maybe(rule.source, (end) => integer(addressTypeNumber(end.address))),
  13: ({ rule }) => maybe(rule.source, (end) => address(end.address)),
  14: ({ rule }) => maybe(rule.source, (end) => gauge(end.prefix)),
  15: ({ rule }) => gauge(rule.tos ?? 0),
  16: ({ rule }) => maybe(rule.mark, (mark) => gauge(mark.value)),
  17: ({ rule }) => maybe(rule.mark, (mark) => gauge(mark.mask)),
  18: ({ rule }) => maybe(rule.realms, (realms) => gauge(realms % realm)),
  19: ({ rule }) => maybe(rule.realms, (realms) => gauge(realms / realm)),
  20: ({ rule }) => maybe(rule.inInterface, text),
  21: ({ rule }) => maybe(rule.outInterface, text),
  22: ({ rule }) => maybe(rule.goto, gauge),
  23: ({ conf }) => integer(ruleActions[conf.action]),
  24: tableOf,
  25: ({ rule }) => maybe(rule.priority, gauge),
  26: ({ rule }) => maybe(rule.suppressPrefixLength, gauge),
  27: ({ rule }) => maybe(rule.suppressInterfaceGroup, (group) => text(String(group))),
  28: ({ rule }) => maybe(rule.tunnelId, (id) => gauge(id / word)),
  29: ({ rule }) => maybe(rule.tunnelId, (id) => gauge(id % word)),
  30: ({ rule }) => maybe(rule.users, (users) => gauge(users.first)),
  31: ({ rule }) => maybe(rule.users, (users) => gauge(users.last)),
  32: ({ rule }) => (rule.isL3mdev ? truth(true) : undefined),
  33: ({ rule }) => protocolOf(rule.protocol),
  34: ({ rule }) => maybe(rule.ipProtocol, gauge),
  35: ({ rule }) => maybe(rule.sourcePorts, (ports) => gauge(ports.first)),
  36: ({ rule }) => maybe(rule.sourcePorts, (ports) => gauge(ports.last)),
  37: ({ rule }) => maybe(rule.destinationPorts, (ports) => gauge(ports.first)),
  38: ({ rule }) => maybe(rule.destinationPorts, (ports) => gauge(ports.last)),
}

export const routingTables = (entryOf: (number: number) => Oid): readonly Table<Facts>[] => [
  table(entryOf(7), routesOf, routeCells),
  table(entryOf(8), rulesOf, ruleCells),
  table(entryOf(11), hopsOf, hopCells),
]
