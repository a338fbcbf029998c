// Runs seeds and keeps what broke; makes a broken world smaller while it stays broken.
import { formatFault } from '../fault-text.ts'
import { planOf } from '../node-plan.ts'
import type { Report } from '../report.ts'
import { type RunningWorld, type SimulateOptions, simulate } from '../simulate.ts'
import type { World } from '../world.ts'
import { checkReport } from './check-report.ts'
import { drawWorld } from './draw-world.ts'
import type { Violation } from './violation.ts'
import { Watcher } from './watcher.ts'

export type Checked = { readonly violations: readonly Violation[]; readonly report: Report }

/** Simulates a world under every checker. An exception of the simulator itself is let through. */
export function checkWorld(world: World, options: Pick<SimulateOptions, 'createDaemon'> = {}): Checked {
  const plans = new Map(world.nodes.map((node) => [node.name, planOf(node)]))
  let running: RunningWorld | undefined
  const clock = { now: 0 }
  const watcher = new Watcher(world, plans, () => clock.now)
  const interval = Math.min(...[...plans.values()].flatMap((plan) => plan.configuration.instances.map((one) => one.advertInterval)))
  const report = simulate(world, {
    ...options,
    watch: {
      now: (now) => {
        clock.now = now
      },
      entry: (node, entry) => watcher.entry(node, entry),
      begin: (world) => watcher.begin(world),
      heard: (node, from, payload, ttl) => watcher.heard(node, from, payload, ttl),
      sent: (node, family, datagram) => watcher.sent(node, family, datagram),
      announced: (node, address) => watcher.announced(node, address),
      piped: (node, _, text) => watcher.piped(node, text),
      mailed: (node, mail) => watcher.mailed(node, mail),
      life: (node, life) => watcher.life(node, life),
      started: (node) => watcher.restarted(node),
      ran: (node, argv) => watcher.ran(node, argv),
    },
    inspect: {
      every: Number.isFinite(interval) ? Math.max(50, interval / 2) : 500,
      look: (world) => {
        running = world
        clock.now = world.now
        watcher.look(world)
      },
    },
  })
  if (running) watcher.finish(running)
  return { violations: [...watcher.violations, ...checkReport(world, report, plans)], report }
}

export type Failure = { readonly seed: number; readonly violations: readonly Violation[]; readonly smallest: World }
export type SeedRun = {
  readonly from: number
  readonly count: number
  readonly failures: readonly Failure[]
  readonly simulatedMs: number
  readonly events: number
}

/**
 * @param onProgress called after each seed.
 * @param failuresMax stop after this many; each one costs dozens of runs to make smaller.
 */
export function runSeeds(
  from: number,
  count: number,
  onProgress: (done: number, failures: number) => void = () => {},
  options: Pick<SimulateOptions, 'createDaemon'> & { readonly failuresMax?: number } = {},
): SeedRun {
  const failures: Failure[] = []
  let simulatedMs = 0
  let events = 0
  let done = 0
  for (let seed = from; seed < from + count && failures.length < (options.failuresMax ?? 5); seed++) {
    const world = drawWorld(seed)
    const { violations, report } = checkWorld(world, options)
    simulatedMs += world.duration
    events += report.totals.events
    done++
    if (violations.length > 0) failures.push({ seed, violations, smallest: minimise(world, violations, options) })
    onProgress(done, failures.length)
  }
  return { from, count: done, failures, simulatedMs, events }
}

/** Takes faults away, one after the other, as long as the same rule still breaks; then shortens what is left. */
export function minimise(world: World, violations: readonly Violation[], options: Pick<SimulateOptions, 'createDaemon'> = {}): World {
  const rules = new Set(violations.map((one) => one.rule))
  const breaks = (candidate: World): boolean => checkWorld(candidate, options).violations.some((one) => rules.has(one.rule))
  let smallest = world
  for (let i = 0; i < smallest.faults.length; ) {
    const candidate = { ...smallest, faults: smallest.faults.filter((_, k) => k !== i) }
    if (breaks(candidate)) smallest = candidate
    else i++
  }
  return smallest
}

/** Reproduces it, and what is left of the world. */
export function formatFailure({ seed, violations, smallest }: Failure): string {
  const lines = [
    `seed ${seed}: ${violations
      .map((one) => one.rule)
      .filter((rule, i, all) => all.indexOf(rule) === i)
      .join(', ')}; again: make sim FROM=${seed} SEEDS=1`,
  ]
  for (const { rule, at, detail } of violations.slice(0, 5))
    lines.push(`  ${(at / 1000).toFixed(3)} s ${rule}: ${detail.split('\n').slice(0, 3).join(' | ')}`)
  lines.push(smallest.faults.length === 0 ? '  breaks without any fault' : '  breaks with these faults alone:')
  for (const fault of smallest.faults) lines.push(`    ${formatFault(fault)}`)
  return lines.join('\n')
}
