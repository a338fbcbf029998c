// Names in routes and rules that only the machine can resolve: routing tables, protocols, scopes, realms, TOS, interface groups.
import type { Span } from './diagnostic.ts'
import type { Findings } from './findings.ts'
import type { Configuration, RouteConf, RuleConf } from './model.ts'

/** Of the files of iproute2 that give names to numbers. */
export type RoutingNameTable = 'rt_tables' | 'rt_protos' | 'rt_scopes' | 'rt_realms' | 'rt_dsfield' | 'group'

export type RoutingNames = {
  /** Also of a number as it is; undefined: there is no such name. `directories` come after the usual ones. */
  routingNumber(table: RoutingNameTable, word: string, directories: readonly string[]): number | undefined
}

type Use = { readonly table: RoutingNameTable; readonly word: string | undefined; readonly what: string }

/** keepalived leaves out the route or rule, and goes on. */
export function checkRoutingNames(
  { global, instances, staticRoutes, staticRules }: Configuration,
  facts: RoutingNames,
  findings: Findings,
): void {
  const check = (kind: 'route' | 'rule', at: Span, uses: readonly Use[]): void => {
    for (const { table, word, what } of uses) {
      if (word === undefined || facts.routingNumber(table, word, global.files.iprouteDirectories) !== undefined) continue
      findings.error('routing-name-not-found', at, `there is no ${what} named ${word} on this machine; the ${kind} is not added`)
    }
  }
  for (const route of [...staticRoutes, ...instances.flatMap(({ virtualRoutes }) => virtualRoutes)])
    check('route', route.at, usesOfRoute(route))
  for (const rule of [...staticRules, ...instances.flatMap(({ virtualRules }) => virtualRules)]) check('rule', rule.at, usesOfRule(rule))
}

function usesOfRoute({ table, protocol, scope, options, nextHops }: RouteConf): readonly Use[] {
  const option = (...names: readonly string[]): string | undefined => options.find(({ name }) => names.includes(name))?.value
  return [
    // A VRF is an interface, and may come later.
    { table: 'rt_tables', word: table?.startsWith('vrf:') ? undefined : table, what: 'routing table' },
    { table: 'rt_protos', word: protocol, what: 'routing protocol' },
    { table: 'rt_scopes', word: scope, what: 'scope' },
    dsfield(option('tos', 'dsfield')),
    ...realms(option('realms')),
    ...nextHops.flatMap((hop) => realms(hop.realms)),
  ]
}

function usesOfRule({ action, selectors }: RuleConf): readonly Use[] {
  const selector = (...names: readonly string[]): string | undefined => selectors.find(({ name }) => names.includes(name))?.value
  const table = action.kind === 'table' && action.table !== 'l3mdev' ? action.table : undefined
  return [
    { table: 'rt_tables', word: table, what: 'routing table' },
    { table: 'rt_protos', word: selector('protocol'), what: 'routing protocol' },
    { table: 'group', word: selector('suppress_ifgroup', 'sup_group'), what: 'interface group' },
    dsfield(selector('tos', 'dsfield')),
    ...realms(selector('realms')),
  ]
}

/** Hexadecimal digits are a number, with or without 0x. */
const dsfield = (word: string | undefined): Use => ({
  table: 'rt_dsfield',
  word: word !== undefined && /^(0x)?[0-9a-f]+$/i.test(word) ? undefined : word,
  what: 'TOS',
})
/** `[SOURCE/]DESTINATION` */
const realms = (words: string | undefined): readonly Use[] =>
  (words?.split('/') ?? []).map((word) => ({ table: 'rt_realms', word, what: 'realm' }))
