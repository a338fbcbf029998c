// Virtual and static routes and rules: added before use, removed after, in batches.
import { fail } from '@havip/base'
import { encodeAddRoute, encodeAddRule, encodeDeleteRoute, encodeDeleteRule, type RouteRequest, type RuleRequest } from '@havip/wire'
import { toHostFault } from './fault.ts'
import type { HostFault, Result, Routing } from './port.ts'
import { watchRoutes } from './route-monitor.ts'
import { type Answer, answerOf, type Request, type Rtnetlink, removalOf } from './rtnetlink.ts'

const describeRoute = (route: RouteRequest): string =>
  `route ${route.destination ?? 'default'}/${route.prefix}${route.gateway === undefined ? '' : ` via ${route.gateway}`}`
const describeRule = (rule: RuleRequest): string => `rule ${rule.priority ?? '(no preference)'} of table ${rule.table}`

export function createRouting(rtnetlink: Rtnetlink): Routing {
  const change = <Item, Done>(
    items: readonly Item[],
    encode: (item: Item) => Request,
    outcome: (item: Item, answer: Answer | undefined) => Result<Done, HostFault>,
  ): readonly Result<Done, HostFault>[] => {
    try {
      const answers = rtnetlink.request(items.map(encode))
      return items.map((item, i) => outcome(item, answers[i]))
    } catch (error) {
      const fault = toHostFault(error)
      return items.map(() => fail(fault))
    }
  }
  return {
    watch: watchRoutes,
    addRoutes: (routes) =>
      change(
        routes,
        (route) => (sequence) => encodeAddRoute(sequence, route),
        (route, answer) => answerOf('RTM_NEWROUTE', describeRoute(route), answer, ['EEXIST']),
      ),
    removeRoutes: (routes) =>
      change(
        routes,
        (route) => (sequence) => encodeDeleteRoute(sequence, route),
        (route, answer) => removalOf('RTM_DELROUTE', describeRoute(route), answer, ['ESRCH', 'ENODEV']),
      ),
    addRules: (rules) =>
      change(
        rules,
        (rule) => (sequence) => encodeAddRule(sequence, rule),
        (rule, answer) => answerOf('RTM_NEWRULE', describeRule(rule), answer, ['EEXIST']),
      ),
    removeRules: (rules) =>
      change(
        rules,
        (rule) => (sequence) => encodeDeleteRule(sequence, rule),
        (rule, answer) => removalOf('RTM_DELRULE', describeRule(rule), answer, ['ENOENT']),
      ),
  }
}
