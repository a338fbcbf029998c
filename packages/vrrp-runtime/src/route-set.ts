// The routes and rules of one owner (an instance, or the daemon for its static ones) in the kernel: added in order, removed
// in the reverse sense, and recognised when the kernel reports that one is gone.
import type { Result } from '@havip/base'
import type { RouteConf, RuleConf } from '@havip/conf'
import { mainTable, type RouteRequest, type RuleRequest } from '@havip/wire'
import { ExpectedRemovals } from './expected-removals.ts'
import type { Host, HostFault, Link } from './host.ts'
import type { GoneRoute, Removal } from './host-parts.ts'
import { describeHostFault } from './host-words.ts'
import type { RouteNames } from './route-names.ts'
import { describeRoute, describeRule, routeRequest, ruleRequest } from './route-request.ts'

type Item<Conf, Request> = { readonly conf: Conf; readonly request: Request }
type RouteItem = Item<RouteConf, RouteRequest>
type RuleItem = Item<RuleConf, RuleRequest>
type Surroundings = { readonly host: Host; readonly names: () => RouteNames; findLink(name: string): Link | undefined }
type Results = readonly Result<unknown, HostFault>[]
/** What is gone, in words, and whether somebody wants to know. */
export type MissingRoute = { readonly what: string; readonly conf: RouteConf | RuleConf }
export type LostRoute = { readonly what: string; readonly isTracked: boolean; readonly putBack: () => void }

export class RouteSet {
  readonly #world: Surroundings
  readonly #owner: () => string
  readonly #expected = new ExpectedRemovals()
  #confs: { readonly routes: readonly RouteConf[]; readonly rules: readonly RuleConf[] } = { routes: [], rules: [] }
  #routes: readonly RouteItem[] = []
  #rules: readonly RuleItem[] = []
  #areHeld = false
  /** Held, and in the kernel as far as we know. */
  readonly #there = new Set<RouteConf | RuleConf>()

  /** @param owner for log lines, e.g. `(VI_1)`. */
  constructor(world: Surroundings, owner: () => string) {
    this.#world = world
    this.#owner = owner
  }

  /** For the guard: what to take away, whether it is there or not. */
  get requests(): { readonly routes: readonly RouteRequest[]; readonly rules: readonly RuleRequest[] } {
    return { routes: this.#routes.map(({ request }) => request), rules: this.#rules.map(({ request }) => request) }
  }

  /** What should be in the kernel and is not: it vanished, was refused, or names what does not exist yet. */
  get missing(): readonly MissingRoute[] {
    if (!this.#areHeld) return []
    const named = [
      ...this.#confs.routes.map((conf) => ({ what: describeRoute(conf), conf })),
      ...this.#confs.rules.map((conf) => ({ what: describeRule(conf), conf })),
    ]
    return named.filter(({ conf }) => !this.#there.has(conf))
  }

  /** Tries once more, without a word when it is still refused. */
  addMissing(): void {
    if (!this.#areHeld || this.missing.length === 0) return
    this.place(this.#confs.routes, this.#confs.rules)
    this.#addRoutes(
      this.#routes.filter(({ conf }) => !this.#there.has(conf)),
      true,
    )
    this.#addRules(
      this.#rules.filter(({ conf }) => !this.#there.has(conf)),
      true,
    )
  }

  /** An interface came up: when it went down the kernel dropped the routes over it, those of IPv4 without a word. */
  addAgain(interfaceName: string): void {
    if (!this.#areHeld) return
    for (const { conf } of this.#routes) if (mayLeaveBy(conf, interfaceName)) this.#there.delete(conf)
    this.addMissing()
  }

  /** Interfaces come and go: what could not be resolved before is tried again. */
  place(routes: readonly RouteConf[], rules: readonly RuleConf[], isQuiet = true): void {
    this.#confs = { routes, rules }
    if (routes.length === 0 && rules.length === 0) {
      this.#routes = []
      this.#rules = []
      return
    }
    const by = { names: this.#world.names(), findLink: (name: string) => this.#world.findLink(name) }
    const complain = (what: string, why: string): void => {
      if (!isQuiet) this.#world.host.log(4, `${this.#owner()} ${what} cannot be added: ${why}`)
    }
    this.#routes = routes.flatMap((conf) => {
      const request = routeRequest(conf, by)
      if (request.ok) return [{ conf, request: request.value }]
      complain(describeRoute(conf), request.fault)
      return []
    })
    this.#rules = rules.flatMap((conf) => {
      const request = ruleRequest(conf, by)
      if (request.ok) return [{ conf, request: request.value }]
      complain(describeRule(conf), request.fault)
      return []
    })
  }

  /** The addresses are there: now the routes, then the rules. */
  addAll(): void {
    this.#areHeld = true
    this.place(this.#confs.routes, this.#confs.rules, false)
    this.#addRoutes(this.#routes)
    this.#addRules(this.#rules)
  }

  /** A predecessor's that we go on with. */
  adopt(): void {
    this.#areHeld = true
  }

  /** Before the addresses go: the rules, then the routes, each list backwards. */
  removeAll(): void {
    this.#removeRules(this.#rules)
    this.#removeRoutes(this.#routes)
    this.#there.clear()
    this.#areHeld = false
  }

  /** A reload: only the difference. */
  moveTo(routes: readonly RouteConf[], rules: readonly RuleConf[]): void {
    const before = { routes: this.#routes, rules: this.#rules }
    this.place(routes, rules, false)
    this.#removeRules(missingIn(before.rules, this.#rules))
    this.#removeRoutes(missingIn(before.routes, this.#routes))
    if (!this.#areHeld) return
    this.#carryOver(before)
    this.#addRoutes(missingIn(this.#routes, before.routes))
    this.#addRules(missingIn(this.#rules, before.rules))
  }

  /** Those of a new configuration that are in the kernel already. */
  #carryOver(before: { readonly routes: readonly RouteItem[]; readonly rules: readonly RuleItem[] }): void {
    const keyed = ({ request }: RouteItem | RuleItem): string => JSON.stringify(request)
    const there = new Set([...before.routes, ...before.rules].filter(({ conf }) => this.#there.has(conf)).map(keyed))
    this.#there.clear()
    for (const item of [...this.#routes, ...this.#rules]) if (there.has(keyed(item))) this.#there.add(item.conf)
  }

  /** Undefined: not ours, or taken away by ourselves. */
  gone(gone: GoneRoute): LostRoute | undefined {
    if (!this.#areHeld) {
      this.#expected.take(keyOf(gone))
      return undefined
    }
    if (gone.kind === 'route') {
      const item = this.#routes.find(({ request }) => isSameRoute(request, gone.route))
      if (!item || this.#expected.take(keyOf({ kind: 'route', route: item.request }))) return undefined
      this.#there.delete(item.conf)
      return { what: describeRoute(item.conf), isTracked: !item.conf.noTrack, putBack: () => this.#addRoutes([item]) }
    }
    const item = this.#rules.find(({ request }) => isSameRule(request, gone.rule))
    if (!item || this.#expected.take(keyOf({ kind: 'rule', rule: item.request }))) return undefined
    this.#there.delete(item.conf)
    return { what: describeRule(item.conf), isTracked: !item.conf.noTrack, putBack: () => this.#addRules([item]) }
  }

  #addRoutes(items: readonly RouteItem[], isQuiet = false): void {
    const results = items.length === 0 ? [] : (this.#world.host.routing?.addRoutes(items.map(({ request }) => request)) ?? [])
    this.#added(items, results, isQuiet)
  }

  #addRules(items: readonly RuleItem[], isQuiet = false): void {
    const results = items.length === 0 ? [] : (this.#world.host.routing?.addRules(items.map(({ request }) => request)) ?? [])
    this.#added(items, results, isQuiet)
  }

  #added(items: readonly (RouteItem | RuleItem)[], results: Results, isQuiet: boolean): void {
    for (const [i, { conf }] of items.entries()) if (results[i]?.ok) this.#there.add(conf)
    if (!isQuiet) this.#tell('add', results)
  }

  #removeRoutes(items: readonly RouteItem[]): void {
    if (items.length === 0) return
    const requests = items.map(({ request }) => request).reverse()
    const keys = this.#areHeld ? requests.map((route) => keyOf({ kind: 'route', route })) : []
    this.#remove(keys, () => this.#world.host.routing?.removeRoutes(requests) ?? [])
  }

  #removeRules(items: readonly RuleItem[]): void {
    if (items.length === 0) return
    const requests = items.map(({ request }) => request).reverse()
    const keys = this.#areHeld ? requests.map((rule) => keyOf({ kind: 'rule', rule })) : []
    this.#remove(keys, () => this.#world.host.routing?.removeRules(requests) ?? [])
  }

  #remove(keys: readonly string[], remove: () => readonly Result<Removal, HostFault>[]): void {
    for (const key of keys) this.#expected.expect(key)
    const results = remove()
    for (const [i, key] of keys.entries()) {
      const outcome = results[i]
      if (outcome) this.#expected.removed(key, outcome)
    }
    this.#tell('remove', results)
  }

  #tell(verb: 'add' | 'remove', results: Results): void {
    for (const result of results) {
      if (!result.ok) this.#world.host.log(3, `${this.#owner()} cannot ${verb} a route or rule: ${describeHostFault(result.fault)}`)
    }
  }
}

const missingIn = <Of extends { readonly request: object }>(items: readonly Of[], others: readonly Of[]): readonly Of[] => {
  const present = new Set(others.map(({ request }) => JSON.stringify(request)))
  return items.filter(({ request }) => !present.has(JSON.stringify(request)))
}

/** The kernel gives an IPv6 route without a metric this one. */
const usualMetric6 = 1024
const metricOf = ({ family, metric }: Pick<RouteRequest, 'family' | 'metric'>): number => metric ?? (family === 'ipv6' ? usualMetric6 : 0)

const routeKey = (route: RouteRequest): string =>
  [route.family, route.destination ?? 'default', route.prefix, route.table ?? mainTable, route.tos ?? 0, metricOf(route)].join(' ')
const isSameRoute = (ours: RouteRequest, gone: RouteRequest): boolean =>
  routeKey(ours) === routeKey(gone) &&
  (ours.gateway === gone.gateway || ours.nextHops !== undefined) &&
  (ours.outInterface === undefined || gone.outInterface === undefined || ours.outInterface === gone.outInterface)

const ruleKey = (rule: RuleRequest): string =>
  JSON.stringify([rule.family, rule.priority, rule.table, rule.source, rule.destination, rule.inInterface, rule.outInterface, rule.mark])
const isSameRule = (ours: RuleRequest, gone: RuleRequest): boolean => ruleKey(ours) === ruleKey(gone)

const keyOf = (
  gone: { readonly kind: 'route'; readonly route: RouteRequest } | { readonly kind: 'rule'; readonly rule: RuleRequest },
): string => (gone.kind === 'route' ? `route ${routeKey(gone.route)}` : `rule ${ruleKey(gone.rule)}`)

/** Without an interface of its own the gateway decides. */
function mayLeaveBy({ interface: own, nextHops }: RouteConf, name: string): boolean {
  if (nextHops.length > 0) return nextHops.some((hop) => hop.interface === undefined || hop.interface === name)
  return own === undefined || own === name
}
