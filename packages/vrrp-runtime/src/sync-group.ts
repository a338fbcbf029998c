// A vrrp_sync_group at run time: its members' events go through one inbox, the engine's coordinator decides for all of
// them, and the group's own scripts and mails are told in keepalived's place.
import { type Instant, unreachable, type WallTime } from '@havip/base'
import type { SyncGroupConf } from '@havip/conf'
import {
  type Action,
  type Event,
  formGroup,
  type Group,
  type GroupAction,
  type GroupState,
  type GroupStep,
  groupState,
  type InstanceConfig,
  type State,
  stepGroup,
} from '@havip/vrrp'
import type { Clock, Host } from './host.ts'
import { Inbox } from './inbox.ts'
import type { Transition } from './log-lines.ts'
import { type NotifiedState, type Notifier, notifiedState } from './notify.ts'
import type { Recorder } from './recorder.ts'
import { moveAhead } from './router-voice.ts'

/** A router, as far as its group deals with it. */
export type GroupMember = {
  readonly name: string
  readonly recorder: Recorder
  readonly engine: { readonly config: InstanceConfig; readonly state: State }
  readonly isBroken: boolean
  /** What the engine made of an event, the member's own or another's (undefined), without the actions. */
  take(state: State, event: Event | undefined): void
  perform(action: Action): void
  /** Says what the next actions lead to. */
  foretell(transition: Transition): void
  /** Sets the timer for the state's nearest deadline. */
  wake(): void
  /** A mistake of ours: it resigns and is out of the game. */
  break(mistake: unknown): void
}

type Surroundings = { readonly host: Host; readonly clock: Clock; readonly notifier: Notifier }

export class SyncGroup {
  readonly conf: SyncGroupConf
  readonly #world: Surroundings
  readonly #members: readonly GroupMember[]
  readonly #ready = new Set<GroupMember>()
  readonly #inbox: Inbox<{ readonly member: GroupMember; readonly event: Event }>
  readonly #mailed: { last: NotifiedState | undefined } = { last: undefined }
  #since: { readonly at: Instant; readonly wall: WallTime }
  #because: string | undefined
  /** Since the timers were last set, in this order. */
  readonly #moved = new Set<GroupMember>()

  /** @param before the group of this name until a reload: what it remembers goes on. */
  constructor(conf: SyncGroupConf, members: readonly GroupMember[], world: Surroundings, before: SyncGroup | undefined) {
    this.conf = conf
    this.#members = members
    this.#world = world
    this.#since = before?.since ?? { at: world.clock.now(), wall: world.clock.wallTime() }
    this.#because = before?.because
    if (before) {
      this.#mailed = before.#mailed
      for (const member of members) if (before.#ready.has(member)) this.#ready.add(member)
    }
    const names = members.map(({ name }) => name)
    for (const { recorder } of members) recorder.record({ kind: 'grouped', group: conf.name, members: names })
    this.#inbox = new Inbox({
      handle: ({ member, event }) => this.#handle(member, event),
      settle: () => this.#wake(),
      broke: (mistake, { member }) => this.#broke(mistake, member),
    })
  }

  get members(): readonly GroupMember[] {
    return this.#members
  }
  get state(): GroupState {
    return groupState(this.#group())
  }
  /** Of the state it is in. */
  get since(): { readonly at: Instant; readonly wall: WallTime } {
    return this.#since
  }
  /** The member that began the last move. */
  get because(): string | undefined {
    return this.#because
  }

  /** Its timer has run out, and the others' have not. */
  isReady(member: GroupMember): boolean {
    return this.#ready.has(member)
  }

  post(member: GroupMember, event: Event): void {
    this.#inbox.post({ member, event })
  }

  /** After a reload: members that were on their own may be in different states, which a group never is. */
  unite(): void {
    this.#apply(formGroup(this.#group(), this.#world.clock.now()), undefined, undefined)
    for (const member of this.#members) if (!member.isBroken) member.wake()
  }

  /** All members have stopped. */
  tellStop(): void {
    const [first] = this.#members
    if (first) this.#world.notifier.tellGroup(this.conf, 'STOP', first.recorder, this.#mailed)
  }

  /** `fifo_write_vrrp_states_on_reload`. */
  tellStateAgain(): void {
    const told = notifiedState(this.state)
    if (told) this.#world.notifier.fifos.write({ kind: 'GROUP', name: this.conf.name, priority: 0 }, told)
  }

  /** Deadlines that are equal run out in the order of the moves that set them (keepalived). */
  #wake(): void {
    for (const member of new Set([...this.#moved, ...this.#members])) if (!member.isBroken) member.wake()
    this.#moved.clear()
  }

  #handle(member: GroupMember, event: Event): void {
    if (member.isBroken) return
    this.#apply(stepGroup(this.#group(), member.name, event, this.#world.clock.now()), member, event)
  }

  #apply({ group, actions }: GroupStep, from: GroupMember | undefined, event: Event | undefined): void {
    for (const [i, next] of group.members.entries()) {
      const member = this.#members[i]
      if (!member || member.isBroken) continue
      if (next.isReady) this.#ready.add(member)
      else this.#ready.delete(member)
      if (member === from) member.take(next.state, event)
      else if (member.engine.state !== next.state) member.take(next.state, undefined)
    }
    for (const [i, action] of actions.entries()) {
      if (action.kind === 'member') this.#foretell(action.member, actions.slice(i))
      this.#perform(action)
    }
  }

  #foretell(name: string, ahead: readonly GroupAction[]): void {
    const move = moveAhead(ahead.flatMap((each) => (each.kind === 'member' && each.member === name ? [each.action] : [])))
    if (move) this.#find(name)?.foretell(move)
  }

  #perform(action: GroupAction): void {
    switch (action.kind) {
      case 'member':
        this.#performFor(this.#find(action.member), action.action)
        return
      case 'group-follows':
        this.#world.host.log(
          5,
          `VRRP_Group(${this.conf.name}) Syncing instances to ${action.to.toUpperCase()} state: ${action.because} began`,
        )
        return
      case 'group-transition':
        this.#tell(action)
        return
      default:
        unreachable(action)
    }
  }

  #performFor(member: GroupMember | undefined, action: Action): void {
    if (!member) return
    if (action.kind === 'transition') this.#moved.add(member)
    member.perform(action)
  }

  #tell({ from, to, because }: Extract<GroupAction, { kind: 'group-transition' }>): void {
    this.#since = { at: this.#world.clock.now(), wall: this.#world.clock.wallTime() }
    this.#because = because
    const recorder = this.#find(because)?.recorder
    recorder?.record({ kind: 'group-moved', group: this.conf.name, from, to, because })
    const told = notifiedState(to)
    if (told && recorder) this.#world.notifier.tellGroup(this.conf, told, recorder, this.#mailed)
  }

  /** The others go on without it; whoever waited for it must not wait for ever. */
  #broke(mistake: unknown, member: GroupMember): void {
    this.#ready.delete(member)
    member.break(mistake)
    for (const other of this.#members) {
      if (!other.isBroken) this.#inbox.post({ member: other, event: { kind: 'tick' } })
    }
  }

  #find(name: string): GroupMember | undefined {
    return this.#members.find((member) => member.name === name)
  }

  #group(): Group {
    return {
      members: this.#members.map((member) => ({
        name: member.name,
        config: member.engine.config,
        state: member.engine.state,
        isReady: this.#ready.has(member),
      })),
    }
  }
}
