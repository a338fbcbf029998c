// Virtual and static routes and rules: added before use, removed after, in batches.
import { fail } from '@havip/base'
import { encodeAddRoute, encodeAddRule, encodeDeleteRoute, encodeDeleteRule, type RouteRequest, type RuleRequest } from '@havip/wire'
import { toHostFault } from './fault.ts'
import type { HostFault, Result, Routing } from './port.ts'
import { watchRoutes } from './route-monitor.ts'
import { answerOf, type Request, type Rtnetlink } from './rtnetlink.ts'

const describeRoute = (route: RouteRequest): string =>
  `route ${route.destination ?? 'default'}/${route.prefix}${route.gateway === undefined ? '' : ` via ${route.gateway}`}`
const describeRule = (rule: RuleRequest): string => `rule ${rule.priority ?? '(no preference)'} of table ${rule.table}`

export function createRouting(rtnetlink: Rtnetlink): Routing {
  const change = <Item>(
    call: string,
    items: readonly Item[],
    describe: (item: Item) => string,
    good: readonly string[],
    encode: (item: Item) => Request,
  ): readonly Result<void, HostFault>[] => {
    try {
      const answers = rtnetlink.request(items.map(encode))
      return items.map((item, i) => answerOf(call, describe(item), answers[i], good))
    } catch (error) {
      const fault = toHostFault(error)
      return items.map(() => fail(fault))
    }
  }
  return {
    watch: watchRoutes,
    addRoutes: (routes) =>
      change('RTM_NEWROUTE', routes, describeRoute, ['EEXIST'], (route) => (sequence) => encodeAddRoute(sequence, route)),
    removeRoutes: (routes) =>
      change('RTM_DELROUTE', routes, describeRoute, ['ESRCH', 'ENODEV'], (route) => (sequence) => encodeDeleteRoute(sequence, route)),
    addRules: (rules) => change('RTM_NEWRULE', rules, describeRule, ['EEXIST'], (rule) => (sequence) => encodeAddRule(sequence, rule)),
    removeRules: (rules) =>
      change('RTM_DELRULE', rules, describeRule, ['ENOENT'], (rule) => (sequence) => encodeDeleteRule(sequence, rule)),
  }
}
