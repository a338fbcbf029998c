// Virtual and static routes and rules: added before use, removed after, in batches.
import { encodeAddRoute, encodeAddRule, encodeDeleteRoute, encodeDeleteRule, type RouteRequest, type RuleRequest } from '@havip/wire'
import type { Routing } from './port.ts'
import { watchRoutes } from './route-monitor.ts'
import { answerOf, type Rtnetlink, removalOf, requestEach } from './rtnetlink.ts'

const describeRoute = (route: RouteRequest): string =>
  `route ${route.destination ?? 'default'}/${route.prefix}${route.gateway === undefined ? '' : ` via ${route.gateway}`}`
const describeRule = (rule: RuleRequest): string => `rule ${rule.priority ?? '(no preference)'} of table ${rule.table}`

export function createRouting(rtnetlink: Rtnetlink): Routing {
  return {
    watch: watchRoutes,
    addRoutes: (routes) =>
      requestEach(
        rtnetlink,
        routes,
        (route) => (sequence) => encodeAddRoute(sequence, route),
        (route, answer) => answerOf('RTM_NEWROUTE', describeRoute(route), answer, ['EEXIST']),
      ),
    removeRoutes: (routes) =>
      requestEach(
        rtnetlink,
        routes,
        (route) => (sequence) => encodeDeleteRoute(sequence, route),
        (route, answer) => removalOf('RTM_DELROUTE', describeRoute(route), answer, ['ESRCH', 'ENODEV']),
      ),
    addRules: (rules) =>
      requestEach(
        rtnetlink,
        rules,
        (rule) => (sequence) => encodeAddRule(sequence, rule),
        (rule, answer) => answerOf('RTM_NEWRULE', describeRule(rule), answer, ['EEXIST']),
      ),
    removeRules: (rules) =>
      requestEach(
        rtnetlink,
        rules,
        (rule) => (sequence) => encodeDeleteRule(sequence, rule),
        (rule, answer) => removalOf('RTM_DELRULE', describeRule(rule), answer, ['ENOENT']),
      ),
  }
}
