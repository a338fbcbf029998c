// Visits every state that a small world can reach, each once, and judges it. Our own explorer: breadth first, so that the
// way to a mistake is one of the shortest.
import { type Engine, Model, type ModelNode, type ModelOptions, type ModelState, type NodeState, realEngine } from './model.ts'

export type Exploration = {
  readonly name: string
  readonly states: number
  readonly moves: number
  /** False: stopped at `statesMax`, more was left to see. */
  readonly isComplete: boolean
  /** The first mistake found, with the shortest way there. */
  readonly mistake: { readonly rule: string; readonly path: readonly string[] } | undefined
}

type Visit = { readonly state: ModelState; readonly parent: number; readonly label: string }

export function explore(options: ModelOptions, engine: Engine = realEngine): Exploration {
  const model = new Model(options, engine)
  const visits: Visit[] = []
  const known = new Set<string>()
  let moves = 0
  let mistake: Exploration['mistake']
  const visit = (state: ModelState, parent: number, label: string): void => {
    const key = JSON.stringify(state)
    if (known.has(key)) return
    known.add(key)
    visits.push({ state, parent, label })
  }
  const pathTo = (at: number, last: string): string[] => {
    const path = [last]
    for (let i = at; i > 0; i = (visits[i] as Visit).parent) path.push((visits[i] as Visit).label)
    return path.reverse()
  }
  visit(model.start(), -1, 'start')
  for (let i = 0; i < visits.length && !mistake && visits.length <= options.statesMax; i++) {
    const { state } = visits[i] as Visit
    const rule = judge(model, state)
    if (rule !== undefined) mistake = { rule, path: pathTo((visits[i] as Visit).parent, (visits[i] as Visit).label) }
    for (const move of model.moves(state)) {
      moves++
      if (move.broken !== undefined && !mistake) mistake = { rule: move.broken, path: pathTo(i, move.label) }
      visit(move.next, i, move.label)
    }
  }
  return { name: options.name, states: known.size, moves, isComplete: !mistake && visits.length <= options.statesMax, mistake }
}

/** What must hold in every state that has been left alone for the settling time. Undefined: it does. */
function judge(model: Model, state: ModelState): string | undefined {
  if (state.quiet < model.settleTicks || state.messages.length > 0) return undefined
  for (const component of model.components(state)) {
    const healthy = component.filter((i) => isHealthy(state.nodes[i]))
    const masters = component.filter((i) => state.nodes[i]?.engine?.kind === 'master')
    if (masters.length > 1) return `nodes ${masters.map((i) => i + 1).join(' and ')} hear each other and are both master`
    if (healthy.length > 0 && masters.length === 0) return `node ${(healthy[0] as number) + 1} is healthy and nobody is master`
    const best = Math.max(...healthy.map((i) => model.priorityOf(state, i)))
    const all = healthy.every((i) => model.options.nodes[i]?.preempt !== false)
    const master = masters[0]
    if (all && master !== undefined && model.priorityOf(state, master) < best) {
      return `node ${master + 1} with priority ${model.priorityOf(state, master)} stays master although ${best} is there and preempts`
    }
  }
  return undefined
}

const isHealthy = (node: NodeState | undefined): boolean =>
  node?.engine !== undefined && node.engine.kind !== 'stopped' && node.engine.known.faults.length === 0

export function formatExploration(result: Exploration): string {
  const head = `${result.name}: ${result.states} states, ${result.moves} moves`
  if (!result.mistake) return `${head}${result.isComplete ? ', no rule broken' : ', not all of them seen'}`
  return [`${head}: ${result.mistake.rule}`, ...result.mistake.path.map((label, i) => `  ${i}. ${label}`)].join('\n')
}

/** `total` mishaps of any kind, no more than `each` of one. */
const budget = (total: number, each = 1): ModelOptions['budget'] => ({
  total,
  crashes: each,
  stops: each,
  losses: each,
  delays: each,
  partitions: each,
  faults: each,
  lowerings: each,
  reloads: each,
})

/**
 * The worlds that are checked: skews are whole ticks, so that time stays on its grid.
 *
 * @param depth how many mishaps a world may have, 1 to 3; each one costs a factor of about ten.
 */
export function modelWorlds(depth: number): readonly ModelOptions[] {
  const some = budget(depth)
  return [
    world('two, preempting', [192, 64], some),
    world('two, nopreempt', [192, 64], some, { preempt: false }),
    world('two of equal priority', [128, 128], some),
    world('two, preempt delay', [192, 64], some, { preemptDelay: 1000 }),
    { ...world('two, sole peer', [192, 64], some), solePeer: true },
    world('owner and backup', [255, 128], some),
    world('two owners', [255, 255], some),
    world('two, a tracker lowers the better', [192, 128], some, { loweredBy: 128 }),
    world('two, nopreempt, a tracker lowers the better', [192, 128], some, { loweredBy: 128, preempt: false }),
    world('two, a reload lowers the better', [192, 128], some, { reloadedTo: 64 }),
    world('two, a reload and a tracker', [192, 128], some, { reloadedTo: 128, loweredBy: 64 }),
    world('three, a tracker lowers the best', [192, 128, 64], budget(Math.max(1, depth - 1)), { loweredBy: 128 }),
    world('three, preempting', [192, 128, 64], budget(Math.max(1, depth - 1))),
    world('three, nopreempt', [192, 128, 64], budget(Math.max(1, depth - 1)), { preempt: false }),
  ]
}

function world(
  name: string,
  priorities: readonly number[],
  budget: ModelOptions['budget'],
  { loweredBy, reloadedTo, ...more }: Omit<ModelNode, 'priority'> = {},
): ModelOptions {
  // What lowers a priority concerns the first node alone.
  const lowered = { ...(loweredBy === undefined ? {} : { loweredBy }), ...(reloadedTo === undefined ? {} : { reloadedTo }) }
  const nodes = priorities.map((priority, i) => ({ priority, ...more, ...(i === 0 ? lowered : {}) }))
  return { name, nodes, interval: 1000, tick: 250, budget, statesMax: 2_000_000 }
}
