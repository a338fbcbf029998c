// A small world for the exhaustive check: two or three engines, messages in flight, and a budget of things that go wrong.
// Time moves in ticks; within a tick everything may happen in any order.
import { centiseconds, type Instant, type Ipv4, instant, milliseconds, type Priority, priority, vrid } from '@havip/base'
import { type Action, type Event, type InstanceConfig, initialState, type State, step, wakeAt } from '@havip/vrrp'
import { shifted } from './relative.ts'

/** The engine under test: the real one, or one with a planted bug. */
export type Engine = {
  readonly initialState: typeof initialState
  readonly step: typeof step
  readonly wakeAt: typeof wakeAt
}
export const realEngine: Engine = { initialState, step, wakeAt }

export type ModelNode = {
  readonly priority: number
  readonly preempt?: boolean
  readonly preemptDelay?: number
  readonly wantsMaster?: boolean
  /** A tracker may take so much from its priority, and give it back. */
  readonly loweredBy?: number
  /** A reload may give it this priority, and another one the old. */
  readonly reloadedTo?: number
}

export type ModelOptions = {
  readonly name: string
  readonly nodes: readonly ModelNode[]
  /** advert_int and one tick, milliseconds. Priorities should make skews that are whole ticks. */
  readonly interval: number
  readonly tick: number
  /** How often each kind may happen. */
  readonly budget: Budget
  readonly solePeer?: boolean
  /** Stop exploring there; the result says so. */
  readonly statesMax: number
}

export type Budget = {
  /** Of all kinds together. */
  readonly total: number
  readonly crashes: number
  readonly stops: number
  readonly losses: number
  /** Messages that come a tick late. */
  readonly delays: number
  readonly partitions: number
  readonly faults: number
  /** Trackers that begin to lower a priority. */
  readonly lowerings: number
  /** Reloads with another priority. */
  readonly reloads: number
}

export type Message = { readonly from: number; readonly to: number; readonly priority: Priority; readonly isLate: boolean }

export type NodeState = {
  /** Undefined: not running. */
  readonly engine: State | undefined
  /** As its actions left the kernel. */
  readonly holds: boolean
  readonly isLowered: boolean
  /** Its file is the other one. */
  readonly isReloaded: boolean
}

export type ModelState = {
  readonly nodes: readonly NodeState[]
  readonly messages: readonly Message[]
  /** Cut off from the others. */
  readonly alone: number | undefined
  readonly left: Budget
  /** Ticks since anything went wrong, up to a maximum. */
  readonly quiet: number
}

export type Move = { readonly label: string; readonly next: ModelState; readonly broken?: string }

const now: Instant = instant(0)

type Configs = { readonly own: InstanceConfig; readonly other: InstanceConfig }

export class Model {
  readonly options: ModelOptions
  readonly #engine: Engine
  /** Of each node: its own, and the one that a reload brings. */
  readonly #configs: readonly Configs[]
  /** After this many quiet ticks everything must have settled. */
  readonly settleTicks: number
  readonly #memory: number

  constructor(options: ModelOptions, engine: Engine = realEngine) {
    this.options = options
    this.#engine = engine
    this.#configs = options.nodes.map((node, i) => ({
      own: configOf(options, node, i),
      other: configOf(options, { ...node, priority: node.reloadedTo ?? node.priority }, i),
    }))
    const delay = Math.max(0, ...options.nodes.map((node) => node.preemptDelay ?? 0))
    // A stale timer of a master-down interval, one more if a claim was answered, the preempt delay, and the late message.
    this.settleTicks = Math.ceil((2 * 4 * options.interval + delay) / options.tick) + 4
    this.#memory = 4 * options.interval
  }

  start(): ModelState {
    const nodes = this.#configs.map((_, i) => this.#boot(i, false))
    return {
      nodes: nodes.map(({ node }) => node),
      messages: nodes.flatMap(({ sent }) => sent),
      alone: undefined,
      left: this.options.budget,
      quiet: 0,
    }
  }

  #configOf(i: number, { isReloaded }: Pick<NodeState, 'isReloaded'>): InstanceConfig {
    const { own, other } = this.#configs[i] as Configs
    return isReloaded ? other : own
  }

  #boot(i: number, isReloaded: boolean): { readonly node: NodeState; readonly sent: readonly Message[] } {
    const config = this.#configOf(i, { isReloaded })
    const source = this.#engine.step(config, this.#engine.initialState(config), { kind: 'source-changed', source: sourceOf(i) }, now)
    const started = this.#engine.step(config, source.state, { kind: 'startup' }, now)
    const { holds, sent } = this.#effects(i, false, started.actions)
    return { node: { engine: started.state, holds, isLowered: false, isReloaded }, sent }
  }

  /** What the actions do to the kernel and the wire. */
  #effects(
    i: number,
    held: boolean,
    actions: readonly Action[],
  ): { readonly holds: boolean; readonly sent: readonly Message[]; readonly broken?: string } {
    let holds = held
    let broken: string | undefined
    const sent: Message[] = []
    for (const action of actions) {
      if (action.kind === 'add-addresses') {
        if (holds) broken = `node ${i + 1} adds addresses that it has`
        holds = true
      }
      if (action.kind === 'remove-addresses') {
        if (!holds) broken = `node ${i + 1} removes addresses that it has not`
        holds = false
      }
      if (action.kind === 'announce' && !holds) broken = `node ${i + 1} announces addresses that it has not`
      if (action.kind === 'send-advert') {
        for (const [to] of this.#configs.entries()) if (to !== i) sent.push({ from: i, to, priority: action.priority, isLate: false })
      }
    }
    return { holds, sent, ...(broken === undefined ? {} : { broken }) }
  }

  /** Everything that can happen next. */
  moves(state: ModelState): Move[] {
    const moves: Move[] = []
    const seen = new Set<string>()
    for (const [k, message] of state.messages.entries()) {
      // Only the oldest message of a path is next: the wire keeps their order.
      const path = `${message.from}>${message.to}`
      if (seen.has(path)) continue
      seen.add(path)
      moves.push(this.#deliver(state, k))
      if (may(state.left, 'losses')) moves.push(this.#lose(state, k))
      if (may(state.left, 'delays') && !message.isLate) moves.push(this.#delay(state, k))
    }
    for (const [i, node] of state.nodes.entries()) {
      if (!node.engine) moves.push(this.#restart(state, i))
      else {
        if (this.#isDue(node.engine)) moves.push(this.#event(state, i, { kind: 'tick' }, `timer of node ${i + 1}`))
        moves.push(...this.#mishaps(state, i, node.engine))
      }
    }
    if (state.alone !== undefined) moves.push({ label: 'partition ends', next: disturbed({ ...state, alone: undefined }) })
    if (this.#mayAdvance(state)) moves.push({ label: `+${this.options.tick} ms`, next: this.#advance(state) })
    return moves
  }

  #isDue(engine: State): boolean {
    const at = this.#engine.wakeAt(engine)
    return at !== undefined && at <= now
  }

  /** Due timers run and messages arrive within their tick, unless one was made late. */
  #mayAdvance(state: ModelState): boolean {
    return state.messages.every((message) => message.isLate) && state.nodes.every((node) => !node.engine || !this.#isDue(node.engine))
  }

  #advance(state: ModelState): ModelState {
    return {
      ...state,
      nodes: state.nodes.map((node) => ({ ...node, engine: node.engine && shifted(node.engine, this.options.tick, this.#memory) })),
      messages: state.messages.map((message) => ({ ...message, isLate: false })),
      quiet: Math.min(this.settleTicks, state.quiet + 1),
    }
  }

  #without(state: ModelState, k: number): ModelState {
    return { ...state, messages: state.messages.filter((_, i) => i !== k) }
  }

  #deliver(state: ModelState, k: number): Move {
    const message = state.messages[k] as Message
    const label = `advert ${message.priority} from node ${message.from + 1} reaches node ${message.to + 1}`
    const rest = this.#without(state, k)
    const isCut = state.alone === message.from || state.alone === message.to
    if (isCut || !rest.nodes[message.to]?.engine) return { label: `${label}: nobody there`, next: rest }
    // Whatever file it has: nothing but the priority differs, and that is in the message.
    const sender = this.#configOf(message.from, { isReloaded: false })
    const event: Event = {
      kind: 'advert',
      advert: {
        version: sender.version,
        vrid: sender.vrid,
        priority: message.priority,
        interval: centiseconds(sender.interval / 10),
        addresses: sender.addresses,
        authentication: { kind: 'none' },
      },
      envelope: { family: 'ipv4', source: sourceOf(message.from), destination: sourceOf(message.to), ttl: 255 },
    }
    return this.#event(rest, message.to, event, label)
  }

  #lose(state: ModelState, k: number): Move {
    const left = spend(state.left, 'losses')
    const message = state.messages[k] as Message
    return {
      label: `advert from node ${message.from + 1} to node ${message.to + 1} is lost`,
      next: disturbed({ ...this.#without(state, k), left }),
    }
  }

  #delay(state: ModelState, k: number): Move {
    const late = state.messages[k] as Message
    // What is behind it on the same path cannot overtake it.
    const messages = state.messages.map((message) =>
      message.from === late.from && message.to === late.to ? { ...message, isLate: true } : message,
    )
    const left = spend(state.left, 'delays')
    return { label: `advert from node ${late.from + 1} to node ${late.to + 1} is late`, next: disturbed({ ...state, messages, left }) }
  }

  #restart(state: ModelState, i: number): Move {
    const { node, sent } = this.#boot(i, state.nodes[i]?.isReloaded === true)
    const next = disturbed({ ...state, nodes: replace(state.nodes, i, node), messages: [...state.messages, ...sent] })
    return { label: `node ${i + 1} starts`, next }
  }

  #mishaps(state: ModelState, i: number, engine: State): Move[] {
    const moves: Move[] = []
    const { left } = state
    const node = state.nodes[i] as NodeState
    const off: NodeState = { engine: undefined, holds: false, isLowered: false, isReloaded: node.isReloaded }
    if (may(left, 'crashes')) {
      const next = { ...state, nodes: replace(state.nodes, i, off), left: spend(left, 'crashes') }
      moves.push({ label: `node ${i + 1} loses power`, next: disturbed(next) })
    }
    if (may(left, 'stops')) {
      const before = { ...state, left: spend(left, 'stops') }
      const stopped = this.#event(disturbed(before), i, { kind: 'shutdown', keepAddresses: false }, `node ${i + 1} stops`)
      const after = stopped.next.nodes[i] as NodeState
      const broken = after.holds ? `node ${i + 1} stopped and kept its addresses` : stopped.broken
      moves.push({
        ...stopped,
        next: { ...stopped.next, nodes: replace(stopped.next.nodes, i, off) },
        ...(broken === undefined ? {} : { broken }),
      })
    }
    if (may(left, 'partitions') && state.alone === undefined) {
      moves.push({ label: `node ${i + 1} is cut off`, next: disturbed({ ...state, alone: i, left: spend(left, 'partitions') }) })
    }
    const isFaulty = engine.known.faults.length > 0
    if (isFaulty || may(left, 'faults')) {
      const before = isFaulty ? state : { ...state, left: spend(left, 'faults') }
      const faults = isFaulty ? [] : [{ kind: 'interface-down', interface: 'eth0' } as const]
      const label = isFaulty ? `node ${i + 1} is healthy again` : `node ${i + 1} is unfit`
      moves.push(this.#event(disturbed(before), i, { kind: 'health-changed', faults, waitingFor: [] }, label))
    }
    moves.push(...this.#priorityMoves(state, i, node))
    return moves
  }

  /** Trackers and reloads change the priority; what they began they may end at any time. */
  #priorityMoves(state: ModelState, i: number, node: NodeState): Move[] {
    const moves: Move[] = []
    const { loweredBy, reloadedTo } = this.options.nodes[i] as ModelNode
    const change = (kind: 'lowerings' | 'reloads', isBack: boolean, next: NodeState, event: Event, label: string): void => {
      const left = isBack ? state.left : spend(state.left, kind)
      const before = disturbed({ ...state, left, nodes: replace(state.nodes, i, next) })
      moves.push(this.#event(before, i, event, label, this.#configOf(i, node)))
    }
    if (loweredBy !== undefined && (node.isLowered || may(state.left, 'lowerings'))) {
      const next = { ...node, isLowered: !node.isLowered }
      const event: Event = { kind: 'priority-changed', priority: this.#effective(i, next), because: 'a tracker' }
      change('lowerings', node.isLowered, next, event, `a tracker of node ${i + 1} ${node.isLowered ? 'succeeds again' : 'fails'}`)
    }
    if (reloadedTo !== undefined && (node.isReloaded || may(state.left, 'reloads'))) {
      const next = { ...node, isReloaded: !node.isReloaded }
      const event: Event = { kind: 'reconfigured', config: this.#configOf(i, next) }
      change('reloads', node.isReloaded, next, event, `node ${i + 1} reloads ${node.isReloaded ? 'its own' : 'the other'} file`)
    }
    return moves
  }

  /** What its file and its tracker make its priority. */
  #effective(i: number, node: Pick<NodeState, 'isLowered' | 'isReloaded'>): Priority {
    const { loweredBy = 0 } = this.options.nodes[i] as ModelNode
    const made = priority(Math.max(1, this.#configOf(i, node).priority - (node.isLowered ? loweredBy : 0)))
    if (!made.ok) throw new RangeError(`node ${i + 1} has no priority`)
    return made.value
  }

  /** @param config in force before the event */
  #event(state: ModelState, i: number, event: Event, label: string, config = this.#configOf(i, state.nodes[i] as NodeState)): Move {
    const node = state.nodes[i] as NodeState
    const engine = node.engine as State
    const { state: after, actions } = this.#engine.step(config, engine, event, now)
    const { holds, sent, broken } = this.#effects(i, node.holds, actions)
    const next = { ...state, nodes: replace(state.nodes, i, { ...node, engine: after, holds }), messages: [...state.messages, ...sent] }
    const fault =
      broken ??
      chainFault(i, engine, after, actions) ??
      (holds === (after.kind === 'master') ? undefined : ownershipFault(i, after, holds)) ??
      this.#priorityFault(i, node, after)
    const stuck = event.kind === 'tick' && this.#isDue(after) ? `the timer of node ${i + 1} ran and is still due` : undefined
    return { label, next, ...((fault ?? stuck) === undefined ? {} : { broken: (fault ?? stuck) as string }) }
  }

  /** Each node's view of who else it can talk to. */
  components(state: ModelState): number[][] {
    const live = state.nodes.flatMap((node, i) => (node.engine && node.engine.kind !== 'stopped' ? [i] : []))
    if (state.alone === undefined) return [live]
    return [live.filter((i) => i !== state.alone), live.filter((i) => i === state.alone)]
  }

  /** One who owns the addresses is moved by nothing of this. */
  #priorityFault(i: number, node: NodeState, after: State): string | undefined {
    const expected = this.#effective(i, node)
    if (after.known.priority === expected) return undefined
    return `node ${i + 1} has priority ${after.known.priority}; its file and its tracker make it ${expected}`
  }

  priorityOf(state: ModelState, i: number): number {
    return this.#effective(i, state.nodes[i] as NodeState)
  }
}

type Mishap = Exclude<keyof Budget, 'total'>
const may = (left: Budget, kind: Mishap): boolean => left.total > 0 && left[kind] > 0
const spend = (left: Budget, kind: Mishap): Budget => ({ ...left, total: left.total - 1, [kind]: left[kind] - 1 })
const disturbed = (state: ModelState): ModelState => ({ ...state, quiet: 0 })
const replace = <T>(list: readonly T[], i: number, value: T): T[] => list.map((one, k) => (k === i ? value : one))
const sourceOf = (i: number): Ipv4 => `10.0.0.${i + 1}` as Ipv4

const ownershipFault = (i: number, after: State, holds: boolean): string =>
  `node ${i + 1} is ${after.kind} and ${holds ? 'has' : 'lacks'} the addresses`

/** Transitions link up: each begins where the last one ended, and the last one ends in the state that holds now. */
function chainFault(i: number, before: State, after: State, actions: readonly Action[]): string | undefined {
  let at: string = before.kind
  for (const action of actions) {
    if (action.kind !== 'transition') continue
    if (action.from !== at) return `node ${i + 1} says it left ${action.from} while it was ${at}`
    at = action.to
  }
  return at === after.kind ? undefined : `node ${i + 1} became ${after.kind} and did not say so`
}

function configOf(options: ModelOptions, node: ModelNode, i: number): InstanceConfig {
  const id = vrid(51)
  const base = priority(node.priority)
  if (!id.ok || !base.ok) throw new RangeError(`not a priority: ${node.priority}`)
  const peers = options.nodes.flatMap((_, k) => (k === i ? [] : [{ address: sourceOf(k) }]))
  return {
    version: 3,
    family: 'ipv4',
    vrid: id.value,
    priority: base.value,
    interval: milliseconds(options.interval),
    downTimerAdverts: 3,
    preempt: node.preempt ?? true,
    preemptDelay: milliseconds(node.preemptDelay ?? 0),
    wantsMaster: node.wantsMaster ?? node.priority === 255,
    addresses: ['10.0.0.100' as Ipv4],
    transport: { kind: 'unicast', peers, checksSource: true, ttl: 255 },
    authentication: { kind: 'none' },
    checksum: 'pseudo-header',
    skipsAddressCheck: false,
    lowerPriorityNoAdvert: false,
    higherPrioritySendAdvert: false,
    ownerIgnoresAdverts: false,
    takeover: options.solePeer ? { kind: 'sole-peer', margin: milliseconds(options.tick) } : { kind: 'skew' },
    announcing: {
      delay: milliseconds(0),
      repeat: 1,
      refresh: milliseconds(0),
      refreshRepeat: 1,
      lowerPriorityDelay: milliseconds(0),
      lowerPriorityRepeat: 1,
    },
  }
}
