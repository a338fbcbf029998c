// The parts of a machine in memory that few tests need: named pipes, tracked files, processes, routes and rules.
import { fail, ok, type Result } from '@havip/base'
import type { RouteEntry, RouteRequest, RuleEntry, RuleRequest } from '@havip/wire'
import type { HostFault } from '../host.ts'
import type { Fifo, FifoSpec, GoneRoute, ProcessEntry, Processes, Removal, Routing, TrackedFiles } from '../host-parts.ts'

const done: Result<void, HostFault> = ok(undefined)

export class FakeParts {
  /** By path: what was written, and whether somebody has it open. */
  readonly fifos = new Map<string, { lines: string; isOpen: boolean; isThere: boolean }>()
  readonly files = new Map<string, string>()
  running: readonly ProcessEntry[] = []
  readonly routes: RouteRequest[] = []
  readonly rules: RuleRequest[] = []
  /** Every change to routes and rules, in order. */
  readonly routingLog: string[] = []
  readonly #watchers = new Map<string, Set<() => void>>()
  readonly #processWatchers = new Set<() => void>()
  readonly #routeWatchers = new Set<(gone: GoneRoute) => void>()

  openFifo(spec: FifoSpec): Result<Fifo, HostFault> {
    const fifo = this.fifos.get(spec.path) ?? { lines: '', isOpen: false, isThere: false }
    const isOurs = !fifo.isThere
    Object.assign(fifo, { isOpen: true, isThere: true })
    this.fifos.set(spec.path, fifo)
    return ok({
      isOurs,
      write: (text) => {
        fifo.lines += text
      },
      close: (removes) => {
        fifo.isOpen = false
        if (removes && isOurs) fifo.isThere = false
      },
    })
  }

  readonly trackedFiles: TrackedFiles = {
    read: (path) => this.files.get(path),
    write: (path, text) => {
      this.setFile(path, text)
      return done
    },
    watch: (path, changed) => {
      const watchers = this.#watchers.get(path) ?? new Set()
      this.#watchers.set(path, watchers.add(changed))
      return ok({ close: () => void watchers.delete(changed) })
    },
  }

  /** Undefined removes it. */
  setFile(path: string, text: string | undefined): void {
    if (text === undefined) this.files.delete(path)
    else this.files.set(path, text)
    for (const changed of this.#watchers.get(path) ?? []) changed()
  }

  readonly processes: Processes = {
    list: () => this.running,
    watch: (changed) => {
      this.#processWatchers.add(changed)
      return { fault: undefined, close: () => void this.#processWatchers.delete(changed) }
    },
  }

  setProcesses(...commands: readonly string[]): void {
    this.running = commands.map((command, i) => {
      const argv = command.split(' ')
      return { pid: 100 + i, name: (argv[0]?.split('/').at(-1) ?? '').slice(0, 15), argv }
    })
    for (const changed of this.#processWatchers) changed()
  }

  /** Set to make the kernel refuse new routes. */
  refusesRoutes: HostFault | undefined

  readonly routing: Routing = {
    addRoutes: (routes) =>
      routes.map((route) =>
        this.refusesRoutes ? fail(this.refusesRoutes) : this.#change('add route', this.routes, route, `${route.destination ?? 'default'}`),
      ),
    removeRoutes: (routes) => routes.map((route) => this.#remove('remove route', this.routes, route, `${route.destination ?? 'default'}`)),
    addRules: (rules) => rules.map((rule) => this.#change('add rule', this.rules, rule, `${rule.priority}`)),
    removeRules: (rules) => rules.map((rule) => this.#remove('remove rule', this.rules, rule, `${rule.priority}`)),
    watch: (gone) => {
      this.#routeWatchers.add(gone)
      return { close: () => void this.#routeWatchers.delete(gone) }
    },
  }

  /** Something else on the machine takes a route or a rule away. */
  loseRoute(destination: string): void {
    const at = this.routes.findIndex((route) => route.destination === destination)
    const [route] = this.routes.splice(at, 1)
    const entry: RouteEntry = { ...(route as RouteRequest), table: 254, protocol: 18, scope: 0, type: 1, tos: 0, ...route }
    for (const gone of this.#routeWatchers) gone({ kind: 'route', route: entry })
  }
  loseRule(preference: number): void {
    const at = this.rules.findIndex((rule) => rule.priority === preference)
    const [rule] = this.rules.splice(at, 1)
    const entry: RuleEntry = { ...(rule as RuleRequest), tos: 0, isInverted: false, action: 1, ...rule }
    for (const gone of this.#routeWatchers) gone({ kind: 'rule', rule: entry })
  }

  #change<Item>(word: string, all: Item[], item: Item, name: string): Result<void, HostFault> {
    all.push(item)
    this.routingLog.push(`${word} ${name}`)
    return done
  }
  #remove<Item>(word: string, all: Item[], item: Item, name: string): Result<Removal, HostFault> {
    const key = JSON.stringify(item)
    const at = all.findIndex((other) => JSON.stringify(other) === key)
    if (at < 0) return ok('was-not-there')
    all.splice(at, 1)
    this.routingLog.push(`${word} ${name}`)
    return ok('removed')
  }
}
