// Sync groups: several routers that are master together or not at all (keepalived's `vrrp_sync_group`). Each member runs
// the ordinary engine; the group holds back, or takes along.
import { assert, type Instant, later, milliseconds } from '@havip/base'
import type { Action, PublicState } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { Event } from './event.ts'
import { initialState, ownPriority, type State, type Step, wakeAt } from './state.ts'
import { causesOf, step } from './step.ts'
import { takeBack } from './step-backup.ts'
import { beginYield, giveUp, letGo } from './step-yielding.ts'
import { asPriority, masterDownInterval, ownerPriority, skewTime } from './timers.ts'
import { becomeMaster, becomeMasterFirst, enterElection, enterFault, listen, raceOver, stepDown, withdrawSilently } from './transition.ts'

export type Member = {
  readonly name: string
  readonly config: InstanceConfig
  readonly state: State
  /** Its timer has run out and the others' have not all, or it has begun and others have not: it is ready and waits. */
  readonly isReady: boolean
}

/** Members in the group's order. */
export type Group = { readonly members: readonly Member[] }

export type GroupState = Exclude<PublicState, 'stopped'>

export type GroupAction =
  | { readonly kind: 'member'; readonly member: string; readonly action: Action }
  /** The others come along now, because of this member. For the log: it stands between the member's moves and theirs. */
  | { readonly kind: 'group-follows'; readonly to: GroupState; readonly because: string }
  /** The group as a whole moved; `because` is the member that began. Scripts and mails hear of it in this place. */
  | { readonly kind: 'group-transition'; readonly from: GroupState; readonly to: GroupState; readonly because: string }

export type GroupStep = { readonly group: Group; readonly actions: readonly GroupAction[] }

export const initialGroup = (members: readonly { readonly name: string; readonly config: InstanceConfig }[]): Group => ({
  members: members.map(({ name, config }) => ({ name, config, state: initialState(config), isReady: false })),
})

/** The nearest deadline of any member, and which one's. */
export function groupWakeAt(group: Group): { readonly member: string; readonly at: Instant } | undefined {
  let nearest: { member: string; at: Instant } | undefined
  for (const { name, state } of group.members) {
    const at = wakeAt(state)
    if (at !== undefined && (nearest === undefined || at < nearest.at)) nearest = { member: name, at }
  }
  return nearest
}

/** MASTER when all members are, FAULT when any is, INIT until all have begun; stopped members count no more. */
export function groupState(group: Group): GroupState {
  const states = group.members.map(({ state }) => state.kind).filter((kind) => kind !== 'stopped')
  if (states.includes('init') || states.length === 0) return 'init'
  if (states.includes('fault')) return 'fault'
  return states.every((kind) => kind === 'master') ? 'master' : 'backup'
}

/** What follows from one event of one member, for all of them. The name has to be a member's. */
export function stepGroup(group: Group, name: string, event: Event, now: Instant): GroupStep {
  const member = group.members.find((each) => each.name === name)
  assert(member, `${name} is no member of the sync group`)
  const own = step(member.config, member.state, event, now)
  const config = event.kind === 'reconfigured' ? event.config : member.config
  const moved: Move = { group, member: { ...member, config }, own, event, now }
  if (member.state.kind === 'init' || own.state.kind === 'stopped') {
    const started = start(moved)
    if (started) return started
  }
  const begun = begin(moved)
  const followed = follow({ ...moved, own: begun.own }, begun.group)
  return tellGroup(group, name, begun.own.actions, followed)
}

/**
 * Members that were on their own until now (a reload) become a group: FAULT of one is FAULT of all, and unless all are
 * master none is. Members in INIT are left to begin.
 */
export function formGroup(group: Group, now: Instant): GroupStep {
  const faulty = group.members.find(isFaulty)
  const from = groupState(group)
  const speaking = group.members.filter(({ state }) => state.kind === 'backup' || state.kind === 'master')
  const because = faulty ?? speaking.find(({ state }) => state.kind === 'backup')
  if (!because) return { group, actions: [] }
  const formed = each(group, speaking, (member) =>
    faulty ? enterFault(member.state, [{ kind: 'group-member-fault', member: faulty.name }]) : stepDownAlong(member, because.name, now),
  )
  const to = groupState(formed.group)
  if (formed.actions.length === 0) return { group, actions: [] }
  return { group: formed.group, actions: [...formed.actions, { kind: 'group-transition', from, to, because: because.name }] }
}

type Move = { readonly group: Group; readonly member: Member; readonly own: Step; readonly event: Event; readonly now: Instant }
type Followed = { readonly group: Group; readonly actions: readonly GroupAction[] }

const replace = (group: Group, next: Member): Group => ({ members: group.members.map((each) => (each.name === next.name ? next : each)) })
const othersOf = (group: Group, name: string): readonly Member[] =>
  group.members.filter((each) => each.name !== name && each.state.kind !== 'stopped')

const isBegun = (member: Member): boolean => member.state.kind !== 'init' || member.isReady

/**
 * The members leave INIT together, when the last of them has begun or has left the group. Owners that all wish it are
 * master then; anybody else listens, an owner among others for an interval and the least skew only.
 */
function start(moved: Move): GroupStep | undefined {
  const { group, member, own, event, now } = moved
  const others = othersOf(group, member.name)
  const leavesInit = own.state.kind === 'backup' || own.state.kind === 'master'
  const hasLeft = own.state.kind === 'stopped'
  if (!leavesInit && !hasLeft) return undefined
  if (leavesInit && others.some(isFaulty)) return undefined
  const known = own.state.known
  const held: Member = hasLeft
    ? { ...member, state: own.state, isReady: false }
    : { ...member, state: { kind: 'init', known, isStarted: true }, isReady: true }
  const waiting = replace(group, held)
  const isHeld = (one: Member): boolean => one.state.kind === 'init' && one.isReady
  if (!waiting.members.some(isHeld)) return undefined
  const rest = hasLeft ? own.actions.map((action): GroupAction => ({ kind: 'member', member: member.name, action })) : []
  if (!othersOf(waiting, '').every(isBegun)) return { group: waiting, actions: rest }
  const areOwners = othersOf(waiting, '').every(({ config }) => config.priority === ownerPriority && config.wantsMaster)
  // keepalived starts its members one after the other, but whoever kept them waiting goes first.
  const first = event.kind === 'startup' ? [] : waiting.members.filter((one) => one.name === member.name)
  const order = [...first, ...waiting.members.filter((one) => !first.includes(one))].filter(isHeld)
  const released = each(waiting, order, (one) => release(one, areOwners, now))
  const told: GroupAction = { kind: 'group-transition', from: 'init', to: groupState(released.group), because: member.name }
  // At a plain start keepalived tells of the group before its members.
  if (event.kind === 'startup')
    return { group: released.group, actions: areOwners ? [...rest, ...released.actions, told] : [...rest, told, ...released.actions] }
  const isOwn = (action: GroupAction): boolean => action.kind === 'member' && action.member === member.name
  const [its, theirs] = [released.actions.filter(isOwn), released.actions.filter((action) => !isOwn(action))]
  const follows: GroupAction = { kind: 'group-follows', to: groupState(released.group), because: member.name }
  return { group: released.group, actions: [...rest, ...its, follows, ...theirs, told] }
}

function release({ config, state }: Member, areOwners: boolean, now: Instant): Step {
  const step = enterElection({ ...config, wantsMaster: areOwners }, state, { kind: 'startup' }, now)
  if (areOwners || config.priority !== ownerPriority || !config.wantsMaster || step.state.kind !== 'backup') return step
  const wait = milliseconds(config.interval + skewTime(config, asPriority(ownerPriority), config.interval))
  const { passiveUntil } = state.known
  const from = passiveUntil !== undefined && passiveUntil > now ? passiveUntil : now
  return { state: { ...step.state, masterDownAt: later(from, wait) }, actions: step.actions }
}

/** The member's own step, as far as the group lets it. */
function begin({ group, member, own, event, now }: Move): { readonly group: Group; readonly own: Step } {
  const others = othersOf(group, member.name)
  const entersMaster = own.state.kind === 'master' && member.state.kind !== 'master'
  const leavesFault = member.state.kind === 'fault' && own.state.kind !== 'fault' && own.state.kind !== 'stopped'
  const faulty = others.find(isFaulty)
  if (faulty && own.state.kind !== 'fault' && own.state.kind !== 'stopped' && own.state.kind !== 'init') {
    return settle(group, member, holdInFault(member, own.state, faulty.name), false)
  }
  if (leavesFault) return settle(group, member, own, own.state.kind === 'master' && others.length === 0)
  // The whole group makes room or none of it: whoever could let go waits for the others' successors.
  const othersHoldUntil = letsGo(own) ? holdUntil(others) : undefined
  if (othersHoldUntil !== undefined && othersHoldUntil > now) return settle(group, member, keepLonger(member, othersHoldUntil), false)
  const allReady = event.kind === 'take-back' || others.every((each) => each.isReady || each.state.kind === 'master')
  if (entersMaster && !allReady) return settle(group, member, holdBack(member, own.state, now), true)
  const heard = event.kind === 'advert' && own.state.kind === 'backup' && own.state.master?.at === now
  // One that was held when it began stays so, whatever it hears meanwhile.
  const isHeld = own.state.kind === 'init' && own.state.known.waitingFor.length === 0
  const isReady = member.isReady && (isHeld || own.state.kind === 'backup') && !heard
  return settle(group, member, own, isReady)
}

const settle = (group: Group, member: Member, own: Step, isReady: boolean): { readonly group: Group; readonly own: Step } => ({
  group: replace(group, { ...member, state: own.state, isReady }),
  own,
})

const isFaulty = (member: Member): boolean =>
  member.state.kind === 'fault' && member.state.causes.some((cause) => cause.kind !== 'group-member-fault')

const letsGo = (own: Step): boolean => own.actions.some((action) => action.kind === 'transition' && action.reason.kind === 'switched-over')

/** When the last of the others lets go, or gives up and thereby makes all give up; that one then moves the group. */
function holdUntil(others: readonly Member[]): Instant | undefined {
  const ends = others.flatMap(({ state }) => {
    if (state.kind !== 'master' || !state.yielding) return []
    // A moment later than its end: the one that waits has to be asked first.
    return [state.yielding.kind === 'asking' ? later(state.yielding.giveUpAt, milliseconds(1)) : state.yielding.releaseAt]
  })
  return ends.reduce<Instant | undefined>((last, at) => (last === undefined || at > last ? at : last), undefined)
}

function keepLonger({ state }: Member, releaseAt: Instant): Step {
  if (state.kind !== 'master' || state.yielding?.kind !== 'overlapping') return { state, actions: [] }
  return { state: { ...state, yielding: { ...state.yielding, releaseAt } }, actions: [] }
}

/** Ready, and waiting for the others: the timer starts again. An owner that begins waits only an interval and the least skew. */
function holdBack(member: Member, wished: State, now: Instant): Step {
  const { config, state } = member
  const known = wished.known
  if (state.kind === 'backup') {
    const wait = masterDownInterval(config, ownPriority(known), state.masterInterval, raceOver(config, state.master))
    return { state: { ...state, known, masterDownAt: later(now, wait) }, actions: [] }
  }
  const wait = milliseconds(config.interval + skewTime(config, asPriority(ownerPriority), config.interval))
  return {
    state: { ...listen(config, known, now), masterDownAt: later(now, wait) },
    actions: [{ kind: 'transition', from: state.kind, to: 'backup', reason: { kind: 'startup' }, notify: true }],
  }
}

/** A healthy member of a group with a faulty one shows FAULT too. */
function holdInFault(member: Member, wished: State, faulty: string): Step {
  const causes = [{ kind: 'group-member-fault', member: faulty } as const]
  if (member.state.kind === 'fault') return { state: { ...member.state, known: wished.known, causes }, actions: [] }
  const fault = enterFault({ ...member.state, known: wished.known }, causes)
  return fault
}

/** The others come along: up when the last one is ready, down at once, out of FAULT all together. */
function follow({ member, own, event, now }: Move, group: Group): Followed {
  const was = member.state.kind
  const is = own.state.kind
  const others = othersOf(group, member.name)
  if (is === 'master' && was !== 'master' && event.kind === 'take-back') {
    return each(group, others, (other) => takeBackAlong(other, member, event.order, now))
  }
  if (own.state.kind === 'master' && was !== 'master') {
    const { claimedInSilence } = own.state
    return each(group, others, ({ config, state }) => {
      if (state.kind === 'master') return undefined
      const { state: entered, actions } = becomeMaster(config, state, reasonOf(member), now)
      return { state: entered.kind === 'master' ? { ...entered, claimedInSilence } : entered, actions }
    })
  }
  if (is === 'fault' && was !== 'fault') {
    const causes = [{ kind: 'group-member-fault', member: member.name } as const]
    return each(group, others, ({ state, isReady }) =>
      state.kind === 'backup' || state.kind === 'master' || (state.kind === 'init' && isReady) ? enterFault(state, causes) : undefined,
    )
  }
  if (letsGo(own)) return each(group, others, (other) => releaseAlong(other, member.name, now))
  if (was === 'master' && is === 'backup') {
    const isLoss = own.actions.some((action) => action.kind === 'transition' && action.reason.kind === 'address-lost')
    return each(group, others, (other) => (isLoss ? stepDownAlong(other, member.name, now) : yieldAlong(other, member.name, now)))
  }
  if (was === 'fault' && is === 'backup') {
    return each(group, others, ({ config, state }) =>
      state.kind === 'fault' && causesOf(state.known).length === 0
        ? enterElection({ ...config, wantsMaster: false }, state, { kind: 'fault-cleared', cleared: state.causes }, now)
        : undefined,
    )
  }
  if (event.kind === 'yield') {
    return each(group, others, ({ config, state }) => (state.kind === 'master' ? beginYield(config, state, event, now) : undefined))
  }
  const gaveUp = own.actions.some((action) => action.kind === 'remark' && action.remark.kind === 'switchover-given-up')
  if (gaveUp) {
    return each(group, others, ({ config, state }) =>
      state.kind === 'master' && state.yielding ? giveUp(config, state, 'group-member-stays', now) : undefined,
    )
  }
  const seesLower = own.actions.some((action) => action.kind === 'remark' && action.remark.kind === 'lower-priority-while-master')
  return seesLower ? each(group, others, (other) => announceAlong(other, now)) : { group, actions: [] }
}

type TakeBack = Extract<Event, { kind: 'take-back' }>

const reasonOf = (member: Member) => ({ kind: 'sync-group', member: member.name }) as const

/** keepalived says no goodbye here: the better master of the one speaks for all. */
function yieldAlong({ config, state }: Member, because: string, now: Instant): Step | undefined {
  if (state.kind !== 'master') return undefined
  const wait = masterDownInterval(config, ownPriority(state.known), config.interval, 'raced')
  return withdrawSilently(config, state, { kind: 'sync-group', member: because }, wait, now)
}

/** A switchover: all have had their time, this one as well. */
function releaseAlong({ config, state, ...member }: Member, because: string, now: Instant): Step | undefined {
  if (state.kind !== 'master' || state.yielding?.kind !== 'overlapping') return yieldAlong({ config, state, ...member }, because, now)
  return letGo(config, state, state.yielding, now)
}

/**
 * Its own lower master hears of it last, as the first member's: a peer lets go of its whole group at the first advert of any member. One
 * that knows none comes along all the same.
 */
function takeBackAlong({ config, state }: Member, first: Member, order: TakeBack['order'], now: Instant): Step | undefined {
  if (state.kind === 'master') return undefined
  const taken = state.kind === 'backup' ? takeBack(config, state, order, now) : undefined
  const become = order === 'advert-first' ? becomeMaster : becomeMasterFirst
  return taken?.state.kind === 'master' ? taken : become(config, state, reasonOf(first), now)
}

/** One member lost an address: the others make room for a better router as it does, with a goodbye and the skew. */
function stepDownAlong({ config, state }: Member, because: string, now: Instant): Step | undefined {
  if (state.kind !== 'master') return undefined
  const wait = skewTime(config, ownPriority(state.known), config.interval)
  return stepDown(config, state, { kind: 'sync-group', member: because }, wait, now)
}

/** Whoever believed the lower master of one member may believe it of the others. */
function announceAlong({ config, state }: Member, now: Instant): Step | undefined {
  const { lowerPriorityRepeat, lowerPriorityDelay } = config.announcing
  if (state.kind !== 'master' || lowerPriorityRepeat === 0) return undefined
  const again = lowerPriorityDelay > 0 ? (state.announceOverLowerAt ?? later(now, lowerPriorityDelay)) : state.announceOverLowerAt
  return { state: { ...state, announceOverLowerAt: again }, actions: [{ kind: 'announce', rounds: lowerPriorityRepeat }] }
}

/** Moves the given members in order; none of them is ready for anything afterwards. */
function each(group: Group, members: readonly Member[], move: (member: Member) => Step | undefined): Followed {
  let next = group
  const actions: GroupAction[] = []
  for (const member of members) {
    const moved = move(member)
    if (!moved) continue
    next = replace(next, { ...member, state: moved.state, isReady: false })
    actions.push(...moved.actions.map((action): GroupAction => ({ kind: 'member', member: member.name, action })))
  }
  return { group: next, actions }
}

/** The member that began, the others in the group's order, and then the group is told: keepalived's order. */
function tellGroup(before: Group, name: string, own: readonly Action[], followed: Followed): GroupStep {
  const from = groupState(before)
  const to = groupState(followed.group)
  const ownActions = own.map((action): GroupAction => ({ kind: 'member', member: name, action }))
  const follows: readonly GroupAction[] = followed.actions.length === 0 || from === to ? [] : [{ kind: 'group-follows', to, because: name }]
  const told: readonly GroupAction[] = from === to ? [] : [{ kind: 'group-transition', from, to, because: name }]
  return { group: followed.group, actions: [...ownActions, ...follows, ...followed.actions, ...told] }
}
