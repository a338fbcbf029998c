// Planned switchovers and returns: in the middle of the other faults, where anything may come in between, and in a calm world, where
// nobody may lose anything. From a stream of its own, as the extras are.
import { milliseconds, type Random } from '@havip/base'
import type { TimedFault } from '../fault.ts'

type Nodes = {
  readonly names: readonly string[]
  /** Who has the highest priority: most often it is master, and the one that may take back. */
  readonly best: string
  readonly instances: readonly string[]
  /** Of the adverts, milliseconds. */
  readonly interval: number
}

type Asked = { readonly nodes: readonly string[]; readonly instance: string | undefined; readonly isReturn: boolean }

const ask = (at: number, { nodes, instance, isReturn }: Asked): readonly TimedFault[] =>
  nodes.map((node) => ({ at: milliseconds(at), fault: { kind: 'switchover', node, instance, isReturn }, lasts: undefined }))

/** Between other faults; whoever is asked at the wrong moment refuses. */
export function drawSwitchovers(random: Random, nodes: Nodes, { start, end }: { readonly start: number; readonly end: number }) {
  if (!random.chance(0.25)) return []
  const faults: TimedFault[] = []
  for (let left = random.integer(1, 3), at = random.integer(start, end); left > 0; left--) {
    faults.push(...ask(at, drawAsked(random, nodes, random.chance(0.5))))
    at = random.chance(0.6) ? at + drawGap(random, nodes) : random.integer(start, end)
  }
  return faults.filter(({ at }) => at <= end)
}

/**
 * In a world that has settled: there and back, a few times, fast or slow.
 *
 * @returns `lastAt`: when somebody is asked last; undefined: nobody is.
 */
export function drawExercise(random: Random, nodes: Nodes, from: number) {
  if (!random.chance(0.2)) return { faults: [], lastAt: undefined }
  const faults: TimedFault[] = []
  let at = from
  for (let i = 0, steps = random.integer(2, 4); i < steps; i++) {
    if (i > 0) at += drawGap(random, nodes)
    faults.push(...ask(at, drawAsked(random, nodes, i % 2 === 1)))
  }
  return { faults, lastAt: at }
}

/** Everybody may be asked to give: only the master has something. One takes back: several at once would take it from each other. */
function drawAsked(random: Random, { names, best, instances }: Nodes, isReturn: boolean): Asked {
  const instance = random.chance(0.6) ? undefined : random.pick(instances)
  const one = random.chance(0.7) ? best : random.pick(names)
  return { nodes: isReturn || random.chance(0.3) ? [one] : names, instance, isReturn }
}

/** From the middle of what was asked before until long after it. */
const drawGap = (random: Random, { interval }: Nodes): number =>
  random.pick([
    () => random.integer(1, 60),
    () => random.integer(60, 400),
    () => random.integer(400, 1500),
    () => random.integer(interval, 6 * interval + 2000),
  ])()
