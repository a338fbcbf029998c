// Recorded lives, lived again through the engine. Alone, every advert is the recorded one, and the same transitions must
// come of it. Together, the routers that were recorded hear what the others' engines say now: that is how a different
// setting has its consequences.
import { type Instant, type IpAddress, instant, type Milliseconds, type Priority, toCentiseconds } from '@havip/base'
import {
  type Action,
  type Event,
  formGroup,
  type Group,
  type GroupStep,
  type InstanceConfig,
  initialState,
  ownPriority,
  resume,
  type State,
  step,
  stepGroup,
  wakeAt,
} from '@havip/vrrp'
import type { Cut } from './evidence.ts'
import { type Input, type Life, type PastMove, sourceOf } from './recorded-life.ts'

export type Replayed = { readonly life: Life; readonly moves: readonly PastMove[] }

export type StageOptions = {
  /** The routers hear each other's engines; otherwise what was recorded, whoever said it. */
  readonly isTogether: boolean
  /** What is different from the recording. */
  readonly change: (life: Life, config: InstanceConfig) => InstanceConfig
  /** Who did not hear whom although both ran, as the recordings show it. */
  readonly cuts: readonly Cut[]
  /** When a process ended without saying so. */
  readonly deaths: ReadonlyMap<Life, number>
  readonly end: number
}

type Actor = {
  readonly life: Life
  config: InstanceConfig
  state: State
  group: { readonly name: string; readonly members: readonly string[] } | undefined
  isReady: boolean
  isOn: boolean
  /** What its timer was set for last, and when in the order of all settings: equal ones run out in that order. */
  due: Instant | undefined
  turn: number
  next: number
  readonly inputs: readonly Input[]
  readonly moves: PastMove[]
  readonly source: IpAddress | undefined
}
type Flying = {
  readonly at: number
  readonly to: Actor
  readonly from: IpAddress
  readonly priority: Priority
  readonly config: InstanceConfig
}

/** On a switched segment. */
const wire = 0.2
/** A goodbye is under way for no longer than that. */
const goodbyeMax = 100
/** Adverts of one master that follow each other are no further apart, in intervals. */
const gapMax = 1.5
/** How late a timer may be without a word of it in the recording. */
const lateMost = 5
/** A replay that takes more steps than this has gone astray. */
const stepsMax = 50_000_000

export class Stage {
  readonly #options: StageOptions
  readonly #actors: readonly Actor[]
  #flying: Flying[] = []
  #now = 0
  #turns = 0
  steps = 0

  constructor(lives: readonly Life[], options: StageOptions) {
    this.#options = options
    this.#actors = lives.map((life) => {
      const config = options.change(life, life.config)
      // What its guard said for a process that died is in nobody's life.
      const isRecorded = ({ at, what }: Input): boolean =>
        options.isTogether && what.kind === 'advert' && lives.some((other) => isAlive(other, at, options) && sourceOf(other) === what.from)
      return {
        life,
        config,
        state: initialState(config),
        group: undefined,
        isReady: false,
        isOn: true,
        due: undefined,
        turn: 0,
        next: 0,
        inputs: inRhythm(
          life.inputs.filter((input) => !isRecorded(input)),
          life.config.interval,
          config.interval,
        ),
        moves: [],
        source: sourceOf(life),
      }
    })
  }

  run(): readonly Replayed[] {
    while (this.steps++ < stepsMax && this.#step()) {}
    return this.#actors.map(({ life, moves }) => ({ life, moves }))
  }

  /** What comes next: an event of the recording, then an advert, then a timer, if they come at the same moment. */
  #step(): boolean {
    let best: { readonly at: number; readonly sequence: number; readonly act: () => void } | undefined
    const offer = (at: number, act: () => void, sequence = Number.POSITIVE_INFINITY): void => {
      if (best === undefined || at < best.at || (at === best.at && sequence < best.sequence)) best = { at, sequence, act }
    }
    for (const actor of this.#actors) {
      const input = actor.inputs[actor.next]
      if (input && actor.isOn) offer(input.at, () => this.#take(actor, input), input.sequence)
      const death = this.#options.deaths.get(actor.life)
      if (death !== undefined && actor.isOn) offer(death, () => this.#die(actor))
    }
    const [first] = this.#flying
    if (first) offer(first.at, () => this.#land(first))
    let timer: { readonly at: number; readonly actor: Actor } | undefined
    for (const actor of this.#actors) {
      const due = actor.isOn ? wakeAt(actor.state) : undefined
      if (due === undefined) continue
      const at = this.#alarm(actor, due)
      if (!timer || at < timer.at || (at === timer.at && actor.turn < timer.actor.turn)) timer = { at, actor }
    }
    if (timer) {
      const { at, actor } = timer
      offer(at, () => this.#post(actor, { kind: 'tick' }))
    }
    if (!best || best.at > this.#options.end) return false
    this.#now = Math.max(this.#now, best.at)
    best.act()
    return true
  }

  /** A daemon's timer is a little late, and an advert that came meanwhile counts; when it moved then, it did not. */
  #alarm({ life, state }: Actor, due: number): number {
    const at = awake(life, due, state.kind === 'master')
    const listens = state.kind === 'backup' || (state.kind === 'master' && state.yielding?.kind === 'asking')
    if (this.#options.isTogether || !listens) return at
    const hasMoved = life.moves.some((move) => move.at >= at - lateMost && move.at <= at + lateMost)
    return hasMoved ? at : at + lateMost
  }

  #die(actor: Actor): void {
    actor.isOn = false
    const { kind } = actor.state
    if (kind === 'stopped' || !this.#options.isTogether) return
    actor.moves.push({ at: this.#now, from: kind, to: 'stopped', reason: { kind: 'shutdown' } })
    actor.state = { kind: 'stopped', known: actor.state.known }
  }

  #take(actor: Actor, { what }: Input): void {
    actor.next++
    switch (what.kind) {
      case 'event':
        this.#post(actor, this.#changed(actor, what.event))
        break
      case 'resumed':
        actor.state = resume(actor.config, actor.state, what.legacy, instant(this.#now))
        break
      case 'grouped':
        actor.group = { name: what.group, members: what.members }
        if (actor.state.kind !== 'init') this.#unite(actor)
        break
      case 'advert':
        if (!this.#isDoubtful(actor, what.priority)) this.#post(actor, advertOf(actor, what.from, what.priority, what.interval))
        break
    }
  }

  /** Somebody who is not in the recordings and was lower: a router that hears us now says nothing. */
  #isDoubtful(actor: Actor, priority: Priority): boolean {
    return this.#options.isTogether && priority > 0 && actor.state.kind === 'master' && ownPriority(actor.state.known) > priority
  }

  /** The trackers' share of a priority stays; so does what a reload did not touch. */
  #changed(actor: Actor, event: Event): Event {
    if (event.kind === 'reconfigured') return { kind: 'reconfigured', config: this.#options.change(actor.life, event.config) }
    if (event.kind !== 'priority-changed') return event
    const difference = actor.config.priority - actor.life.config.priority
    const moved = Math.max(1, Math.min(254, event.priority + difference))
    return actor.config.priority === 255 ? { ...event, priority: actor.config.priority } : { ...event, priority: moved as Priority }
  }

  #post(actor: Actor, event: Event): void {
    const now = instant(this.#now)
    if (actor.group) {
      const { members, group } = this.#groupOf(actor)
      const stepped = stepGroup(group, actor.life.instance, event, now)
      if (event.kind === 'reconfigured') actor.config = event.config
      this.#apply(members, stepped)
      return
    }
    const { state, actions } = step(actor.config, actor.state, event, now)
    if (event.kind === 'reconfigured') actor.config = event.config
    actor.state = state
    for (const action of actions) this.#perform(actor, action)
    this.#setTimer(actor)
  }

  #setTimer(actor: Actor): void {
    const due = wakeAt(actor.state)
    if (due === actor.due) return
    actor.due = due
    actor.turn = ++this.#turns
  }

  #groupOf(actor: Actor): { readonly members: readonly Actor[]; readonly group: Group } {
    const names = actor.group?.members ?? []
    const members = names.flatMap(
      (name) =>
        this.#actors.findLast(
          (one) =>
            one.life.instance === name &&
            one.life.node === actor.life.node &&
            one.isOn &&
            one.group?.name === actor.group?.name &&
            isNow(one, this.#now),
        ) ?? [],
    )
    return {
      members,
      group: { members: members.map(({ life, config, state, isReady }) => ({ name: life.instance, config, state, isReady })) },
    }
  }

  /** A reload put instances together that were on their own. */
  #unite(actor: Actor): void {
    const { members, group } = this.#groupOf(actor)
    if (members.length === (actor.group?.members.length ?? 0)) this.#apply(members, formGroup(group, instant(this.#now)))
  }

  #apply(members: readonly Actor[], { group, actions }: GroupStep): void {
    for (const [i, member] of members.entries()) {
      const next = group.members[i]
      if (!next) continue
      member.state = next.state
      member.isReady = next.isReady
    }
    const moved = new Set<Actor>()
    for (const action of actions) {
      if (action.kind !== 'member') continue
      const member = members.find((one) => one.life.instance === action.member)
      if (!member) continue
      if (action.action.kind === 'transition') moved.add(member)
      this.#perform(member, action.action)
    }
    // As the daemon does: those that moved first.
    for (const member of new Set([...moved, ...members])) this.#setTimer(member)
  }

  #perform(actor: Actor, action: Action): void {
    if (action.kind === 'transition') {
      const { from, to, reason } = action
      actor.moves.push({ at: this.#now, from, to, reason })
    }
    if (action.kind !== 'send-advert' || !this.#options.isTogether || actor.source === undefined) return
    for (const other of this.#actors) {
      const isPeer = other !== actor && other.life.node !== actor.life.node
      const isSame = other.life.vrid === actor.life.vrid && other.life.family === actor.life.family
      if (!isPeer || !isSame || !other.isOn || !isNow(other, this.#now) || this.#isCut(actor.life, other.life)) continue
      // In order: the delay is the same for all.
      const at = awake(other.life, this.#now + wire)
      this.#flying.push({ at, to: other, from: actor.source, priority: action.priority, config: actor.config })
      if (at > this.#now + wire) this.#flying.sort((a, b) => a.at - b.at)
    }
  }

  #isCut(from: Life, to: Life): boolean {
    return this.#options.cuts.some(
      (cut) => cut.from === from.node && cut.to === to.node && cut.vrid === from.vrid && cut.since < this.#now && this.#now < cut.until,
    )
  }

  #land(flying: Flying): void {
    this.#flying = this.#flying.filter((one) => one !== flying)
    const { to, from, priority, config } = flying
    if (!to.isOn || !isNow(to, this.#now)) return
    // Version 2 routers believe nobody of another interval.
    if (config.version !== to.config.version || (config.version === 2 && config.interval !== to.config.interval)) return
    this.#post(to, advertOf(to, from, priority, config.interval))
  }
}

/** Whoever was not recorded has the other interval, too: between two adverts that followed each other there are more. */
function inRhythm(inputs: readonly Input[], before: number, after: Milliseconds): readonly Input[] {
  if (before === after) return inputs
  const lastOf = new Map<IpAddress, number>()
  const all = inputs.flatMap((input): Input[] => {
    const { at, what } = input
    if (what.kind !== 'advert' || what.priority === 0 || what.interval !== before) return [input]
    const { sequence } = input
    const last = lastOf.get(what.from)
    lastOf.set(what.from, at)
    const now = { ...what, interval: after }
    if (last === undefined || at - last > gapMax * before) return [{ at, sequence, what: now }]
    const more = Math.max(1, Math.round((at - last) / after))
    return Array.from({ length: more }, (_, i) => ({
      at: i === more - 1 ? at : last + ((i + 1) * (at - last)) / more,
      sequence,
      what: now,
    }))
  })
  return all.sort((a, b) => a.at - b.at)
}

function isAlive(life: Life, at: number, { deaths, end }: StageOptions): boolean {
  const stopped = life.moves.find(({ to }) => to === 'stopped')
  // The goodbye arrives when it has stopped.
  const until = stopped ? stopped.at + goodbyeMax : (deaths.get(life) ?? end)
  return at >= life.startedAt && at <= until
}

/** It has begun. */
const isNow = (actor: Actor, now: number): boolean => actor.life.startedAt <= now

/** Not while its process stands still. */
function awake({ freezes }: Life, due: number, isMaster = false): number {
  const freeze = freezes.find(({ from, missed, to }) => (isMaster ? missed : from) < due && due < to)
  return freeze ? freeze.to : due
}

function advertOf({ config }: Actor, source: IpAddress, priority: Priority, interval: Milliseconds): Event {
  return {
    kind: 'advert',
    advert: {
      version: config.version,
      vrid: config.vrid,
      priority,
      interval: toCentiseconds(interval),
      addresses: config.addresses,
      authentication: { kind: 'none' },
    },
    envelope: { family: config.family, source, destination: source, ttl: 255 },
  }
}
