// Paths and pages. Each page is a file of its own, loaded when it is gone to.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { Unexpected, Unknown } from './pages/unknown.tsx'
import { formatSearch, parseSearch, readSearch } from './shell/address.ts'
import { Frame } from './shell/frame.tsx'

const root = createRootRoute({ component: Frame, validateSearch: readSearch, notFoundComponent: Unknown, errorComponent: Unexpected })

type Load = Parameters<typeof lazyRouteComponent>[0]
const page = (path: string, load: Load) => createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) })

const pages = [
  page('/', () => import('./pages/overview.tsx')),
  page('/topology', () => import('./pages/topology.tsx')),
  page('/havips', () => import('./pages/havips.tsx')),
  page('/havips/$havip', () => import('./pages/havip.tsx')),
  page('/havips/$havip/test', () => import('./pages/havip-test.tsx')),
  page('/havips/$havip/why', () => import('./pages/why.tsx')),
  page('/setup', () => import('./pages/setup.tsx')),
  page('/instances', () => import('./pages/instances.tsx')),
  page('/instances/$instance', () => import('./pages/instance.tsx')),
  page('/vpcs', () => import('./pages/vpcs.tsx')),
  page('/vswitches', () => import('./pages/vswitches.tsx')),
  page('/eips', () => import('./pages/eips.tsx')),
  page('/quotas', () => import('./pages/quotas.tsx')),
  page('/events', () => import('./pages/events.tsx')),
  page('/audit', () => import('./pages/audit.tsx')),
  page('/access', () => import('./pages/access.tsx')),
  page('/account', () => import('./pages/account.tsx')),
  page('/webhooks', () => import('./pages/webhooks.tsx')),
]

export const router = createRouter({
  routeTree: root.addChildren(pages),
  parseSearch,
  stringifySearch: formatSearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
})
