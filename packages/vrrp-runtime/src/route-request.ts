// From a route or rule of the configuration to what the kernel is asked for. What cannot be resolved now is a sentence.
import { fail, type IfIndex, ok, type Result } from '@havip/base'
import type { NextHopConf, RouteConf, RuleConf } from '@havip/conf'
import {
  type Encapsulation,
  type NextHop,
  type PortRange,
  type RouteMetric,
  type RouteMetricName,
  type RouteRequest,
  type RuleRequest,
  routeMetric,
  routeType,
  ruleAction,
} from '@havip/wire'
import type { Link } from './host.ts'
import { readEncapsulation } from './route-encap.ts'
import type { NameTable, RouteNames } from './route-names.ts'

export type Resolver = { readonly names: RouteNames; findLink(name: string): Link | undefined }

/** Thrown inside this file only: the first thing that cannot be resolved. */
class Unresolved extends Error {}

function attempt<T>(make: () => T): Result<T, string> {
  try {
    return ok(make())
  } catch (error) {
    if (error instanceof Unresolved) return fail(error.message)
    throw error
  }
}

const scope = { global: 0, link: 253, host: 254 } as const
const localTable = 255
const words = (text: string | undefined): readonly string[] => (text === undefined || text === '' ? [] : text.split(' '))
const preferences: Readonly<Record<string, number>> = { low: 3, medium: 0, high: 1 }
/** The kernel keeps these in eighths and quarters of a millisecond. */
const kernelUnits: Readonly<Record<string, number>> = { rtt: 8, rttvar: 4 }
/** Milliseconds; anything less becomes this (keepalived). */
const roundTripMin = 200

export const routeRequest = (conf: RouteConf, by: Resolver): Result<RouteRequest, string> => attempt(() => buildRoute(conf, by))
export const ruleRequest = (conf: RuleConf, by: Resolver): Result<RuleRequest, string> => attempt(() => buildRule(conf, by))

/** How it reads in a log line. */
export const describeRoute = (conf: RouteConf): string =>
  `route ${conf.destination}${conf.destination === 'default' ? '' : `/${conf.prefix}`}${conf.gateway ? ` via ${conf.gateway}` : ''}`
export const describeRule = (conf: RuleConf): string => `rule ${conf.preference}`

function named(by: Resolver, table: NameTable, word: string, what: string): number {
  const value = by.names.find(table, word)
  if (value === undefined) throw new Unresolved(`there is no ${what} named ${word}`)
  return value
}

function linkOf(by: Resolver, name: string): IfIndex {
  const link = by.findLink(name)
  if (!link) throw new Unresolved(`interface ${name} does not exist`)
  return link.index
}

function buildRoute(conf: RouteConf, by: Resolver): RouteRequest {
  const type = routeType[conf.type as keyof typeof routeType]
  const options = new Map(conf.options.map((option) => [option.name, option.value ?? '']))
  const from = options.get('from')?.split('/')
  const tos = options.get('tos') ?? options.get('dsfield')
  const table = conf.table === undefined ? usualTable(conf.type) : tableOf(conf.table, by)
  const metrics = metricsOf(conf)
  return {
    family: conf.family,
    ...(conf.destination === 'default' ? {} : { destination: conf.destination }),
    prefix: conf.prefix,
    type,
    scope: conf.scope === undefined ? scopeOf(conf) : named(by, 'rt_scopes', conf.scope, 'scope'),
    mode: conf.mode,
    ...(from?.[0] ? { source: { address: from[0] as never, prefix: Number(from[1] ?? 128) } } : {}),
    ...(conf.gateway === undefined ? {} : { gateway: conf.gateway }),
    ...(conf.interface === undefined ? {} : { outInterface: linkOf(by, conf.interface) }),
    ...(conf.source === undefined ? {} : { preferredSource: conf.source }),
    ...(table === undefined ? {} : { table }),
    ...(conf.metric === undefined ? {} : { metric: conf.metric }),
    ...(conf.protocol === undefined ? {} : { protocol: named(by, 'rt_protos', conf.protocol, 'routing protocol') }),
    ...(tos === undefined ? {} : { tos: dsfield(tos, by) }),
    ...(metrics.length === 0 ? {} : { metrics }),
    ...(conf.nextHops.length === 0 ? {} : { nextHops: conf.nextHops.map((hop) => nextHop(hop, by)) }),
    ...(options.has('onlink') ? { isOnLink: true } : {}),
    ...(options.has('realms') ? { realms: realmsOf(options.get('realms') ?? '', by) } : {}),
    ...(options.has('expires') ? { expires: Number(options.get('expires')) } : {}),
    ...(options.has('pref') ? { preference: preferences[options.get('pref') ?? ''] ?? 0 } : {}),
    ...encapsulationOf(words(options.get('encap')), by),
    ...(options.has('ttl-propagate') ? { propagatesTtl: options.get('ttl-propagate') === 'enabled' } : {}),
  }
}

function tableOf(word: string, by: Resolver): number {
  if (!word.startsWith('vrf:')) return named(by, 'rt_tables', word, 'routing table')
  const name = word.slice('vrf:'.length)
  const table = by.findLink(name)?.vrfTable
  if (table === undefined) throw new Unresolved(`there is no VRF ${name}`)
  return table
}

function encapsulationOf(words: readonly string[], by: Resolver): { readonly encapsulation?: Encapsulation } {
  if (words.length === 0) return {}
  const read = readEncapsulation(words, (text) => dsfield(text, by))
  if (!read.ok) throw new Unresolved(read.fault)
  return { encapsulation: read.value }
}

/** Two hexadecimal digits, with or without 0x, or a name. */
const dsfield = (text: string, by: Resolver): number => named(by, 'rt_dsfield', /^[0-9a-f]+$/i.test(text) ? `0x${text}` : text, 'TOS')

/** As `ip route` chooses them; a gateway or not, keepalived gives a unicast route the scope global. */
const usualTable = (type: string): number | undefined => (/^(local|broadcast|nat|anycast)$/.test(type) ? localTable : undefined)
function scopeOf({ type, family }: RouteConf): number {
  if (family === 'ipv6') return scope.global
  if (type === 'local' || type === 'nat') return scope.host
  return /^(broadcast|multicast|anycast)$/.test(type) ? scope.link : scope.global
}

function metricsOf(conf: RouteConf): readonly RouteMetric[] {
  return conf.options.flatMap(({ name, value, isLocked }) => {
    if (!Object.hasOwn(routeMetric, name)) return []
    return [{ name: name as RouteMetricName, value: metricValue(name, value ?? '1'), isLocked }]
  })
}

function metricValue(name: string, text: string): number | string {
  if (name === 'congctl') return text
  if (name === 'features') return text === 'ecn' ? 1 : 0
  const [, number, unit] = /^([0-9.]+)(ms|s)?$/.exec(text) ?? []
  if (number === undefined) throw new Unresolved(`\`${text}\` is no value for ${name}`)
  const value = Number(number) * (unit === 's' ? 1000 : 1)
  const units = kernelUnits[name]
  return Math.round(units === undefined ? value : Math.max(roundTripMin, value) * units)
}

function nextHop(conf: NextHopConf, by: Resolver): NextHop {
  return {
    ...(conf.gateway === undefined ? {} : { gateway: conf.gateway }),
    ...(conf.interface === undefined ? {} : { outInterface: linkOf(by, conf.interface) }),
    weight: conf.weight,
    isOnLink: conf.onLink,
    ...encapsulationOf(conf.encapsulation, by),
    ...(conf.realms === undefined ? {} : { realms: realmsOf(conf.realms, by) }),
  }
}

/** `[SOURCE/]DESTINATION` */
function realmsOf(text: string, by: Resolver): number {
  const [first = '', second] = text.split('/')
  const realm = (word: string): number => named(by, 'rt_realms', word, 'realm')
  return second === undefined ? realm(first) : realm(first) * 0x10000 + realm(second)
}

function buildRule(conf: RuleConf, by: Resolver): RuleRequest {
  const base: RuleRequest = {
    family: conf.family,
    table: conf.action.kind === 'table' && conf.action.table !== 'l3mdev' ? named(by, 'rt_tables', conf.action.table, 'routing table') : 0,
    priority: conf.preference,
    ...(conf.from ? { source: conf.from } : {}),
    ...(conf.to ? { destination: conf.to } : {}),
    ...(conf.negated ? { isInverted: true } : {}),
    ...(conf.action.kind === 'table' ? {} : { action: ruleAction[conf.action.kind] }),
    ...(conf.action.kind === 'goto' ? { goto: conf.action.preference } : {}),
  }
  return Object.assign(base, ...conf.selectors.map(({ name, value }) => selector(name, value ?? '', by)))
}

const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  ospf: 89,
  vrrp: 112,
  sctp: 132,
}

function selector(name: string, value: string, by: Resolver): Partial<RuleRequest> {
  switch (name) {
    case 'tos':
    case 'dsfield':
      return { tos: dsfield(value, by) }
    case 'fwmark': {
      const [mark, mask] = value.split('/')
      return { mark: { value: number(mark, name), mask: mask === undefined ? 0xffffffff : number(mask, name) } }
    }
    case 'realms':
      return { realms: realmsOf(value, by) }
    case 'iif':
    case 'dev':
      return { inInterface: value }
    case 'oif':
      return { outInterface: value }
    case 'tunnel-id':
      return { tunnelId: number(value, name) }
    case 'uidrange':
      return { users: range(value, name) }
    case 'l3mdev':
      return { isL3mdev: true }
    case 'protocol':
      return { protocol: named(by, 'rt_protos', value, 'routing protocol') }
    case 'ipproto':
      return { ipProtocol: protocols[value] ?? number(value, name) }
    case 'sport':
      return { sourcePorts: range(value, name) }
    case 'dport':
      return { destinationPorts: range(value, name) }
    case 'suppress_prefixlength':
    case 'sup_pl':
      return { suppressPrefixLength: number(value, name) }
    case 'suppress_ifgroup':
    case 'sup_group':
      return { suppressInterfaceGroup: named(by, 'group', value, 'interface group') }
    default: // a word of the file's, not a union of ours
      throw new Unresolved(`a rule has no selector ${name}`)
  }
}

function number(text: string | undefined, name: string): number {
  if (text === undefined || !/^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) throw new Unresolved(`\`${text ?? ''}\` is no value for ${name}`)
  return Number(text)
}

function range(text: string, name: string): PortRange {
  const [first, last] = text.split('-')
  return { first: number(first, name), last: number(last ?? first, name) }
}
