// For tests: configurations to vary, packets to give, and two sessions that talk over a path with delay and loss.
import { assert, type Instant, instant, later, type Milliseconds, microseconds, milliseconds, type Random, seededRandom } from '@havip/base'
import type { BfdControl } from '@havip/wire'
import type { Action } from './action.ts'
import type { SessionConfig } from './config.ts'
import type { Event } from './event.ts'
import { type Active, initialState, type State, wakeAt } from './state.ts'
import { step } from './step.ts'

export const ms = (value: number): Milliseconds => milliseconds(value)
export const at = (value: number): Instant => instant(value)

/** keepalived's defaults. */
export const configOf = (over: Partial<SessionConfig> = {}): SessionConfig => ({
  minTx: ms(10),
  minRx: ms(10),
  idleTx: ms(1000),
  multiplier: 5,
  passive: false,
  ...over,
})

/** From a neighbor with those defaults that knows us. */
export const packetOf = (over: Partial<BfdControl> = {}): BfdControl => ({
  state: 'down',
  diagnostic: 'no-diagnostic',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  multiplier: 5,
  myDiscriminator: 2,
  yourDiscriminator: 1,
  desiredMinTx: microseconds(over.state === 'up' ? 10_000 : 1_000_000),
  requiredMinRx: microseconds(10_000),
  requiredMinEchoRx: microseconds(0),
  ...over,
})

/** Draws what it is told to, for exact times. */
export const fixedRandom = (value: number): Random => ({ ...seededRandom(1), next: () => value })

/** One session and its clock. */
export class Driver {
  config: SessionConfig
  state: State = initialState(1)
  now = at(0)
  readonly random: Random

  constructor(config: SessionConfig = configOf(), random: Random = fixedRandom(0.999999)) {
    this.config = config
    this.random = random
  }

  /** The state as one that runs. */
  get active(): Active {
    assert(this.state.kind !== 'admin-down', 'the session does not run')
    return this.state
  }

  post(event: Event): readonly Action[] {
    const { state, actions } = step(this.config, this.state, event, this.now, this.random)
    this.state = state
    if (event.kind === 'reconfigured') this.config = event.config
    return actions
  }

  hear(packet: Partial<BfdControl> = {}): readonly Action[] {
    return this.post({ kind: 'packet', packet: packetOf(packet) })
  }

  /** Fires every deadline that comes within `time`, each exactly when it is due. */
  pass(time: number): readonly Action[] {
    const end = later(this.now, ms(time))
    const actions: Action[] = []
    for (let turns = 0; turns < 10_000; turns++) {
      const due = wakeAt(this.state)
      if (due === undefined || due > end) break
      this.now = due > this.now ? due : this.now
      actions.push(...this.post({ kind: 'tick' }))
    }
    this.now = end
    return actions
  }

  /** Startup and the three-way handshake; then the poll's answer. */
  comeUp(): this {
    this.post({ kind: 'startup' })
    this.pass(0)
    this.hear({ state: 'down', yourDiscriminator: 0 })
    this.hear({ state: 'init' })
    this.hear({ state: 'up', final: true })
    assert(this.state.kind === 'up', `the session is ${this.state.kind}`)
    return this
  }
}

export const sent = (actions: readonly Action[]): readonly BfdControl[] =>
  actions.flatMap((action) => (action.kind === 'send' ? [action.packet] : []))
export const transitions = (actions: readonly Action[]): readonly string[] =>
  actions.flatMap((action) => (action.kind === 'transition' ? [`${action.from} > ${action.to}`] : []))

/** What the path does to a packet: nothing, or lose it, or bring it after so many milliseconds. */
export type Path = (from: 0 | 1, now: Instant) => 'lost' | number

/** Two sessions, each the other's neighbor. */
export class Talk {
  readonly sides: readonly [Driver, Driver]
  now = at(0)
  path: Path = () => 1
  readonly log: { readonly at: Instant; readonly side: 0 | 1; readonly action: Action }[] = []
  #flying: { readonly at: Instant; readonly to: 0 | 1; readonly packet: BfdControl }[] = []

  constructor(one: SessionConfig, two: SessionConfig, seed: number) {
    this.sides = [new Driver(one, seededRandom(seed)), new Driver(two, seededRandom(seed + 1))]
    this.sides[1].state = initialState(2)
  }

  post(side: 0 | 1, event: Event): void {
    const driver = this.sides[side]
    driver.now = this.now
    for (const action of driver.post(event)) {
      this.log.push({ at: this.now, side, action })
      if (action.kind !== 'send') continue
      const delay = this.path(side, this.now)
      if (delay !== 'lost') this.#flying.push({ at: later(this.now, ms(delay)), to: side === 0 ? 1 : 0, packet: action.packet })
    }
  }

  run(time: number): void {
    const end = later(this.now, ms(time))
    for (let turns = 0; turns < 200_000; turns++) {
      const arrival = this.#flying.reduce<Instant | undefined>(
        (least, one) => (least === undefined || one.at < least ? one.at : least),
        undefined,
      )
      const wakes = this.sides.map((side) => wakeAt(side.state))
      const due = [arrival, ...wakes].reduce<Instant | undefined>(
        (a, b) => (a === undefined || (b !== undefined && b < a) ? b : a),
        undefined,
      )
      if (due === undefined || due > end) break
      this.now = due > this.now ? due : this.now
      const arrived = this.#flying.findIndex((one) => one.at <= this.now)
      const [flying] = arrived < 0 ? [] : this.#flying.splice(arrived, 1)
      if (flying) this.post(flying.to, { kind: 'packet', packet: flying.packet })
      else this.post(wakes[0] !== undefined && wakes[0] <= this.now ? 0 : 1, { kind: 'tick' })
    }
    this.now = end
  }

  get states(): readonly string[] {
    return this.sides.map((side) => side.state.kind)
  }

  sentBy(side: 0 | 1, from: number, to: number): number {
    return this.log.filter((entry) => entry.side === side && entry.action.kind === 'send' && entry.at >= from && entry.at < to).length
  }
}
