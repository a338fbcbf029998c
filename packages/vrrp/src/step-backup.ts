// Backup: listen to the master, and take its place when it is silent, resigns, or is lower than we (RFC 9568 §6.4.2).
import {
  between,
  compareIp,
  type Instant,
  type IpAddress,
  later,
  type Milliseconds,
  milliseconds,
  type Priority,
  toMilliseconds,
} from '@havip/base'
import type { Action } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { Event } from './event.ts'
import type { TransitionReason } from './reason.ts'
import { type Backup, type Heard, ownPriority, type Step, stay } from './state.ts'
import { lastWordPriority } from './step-yielding.ts'
import { masterDownInterval, skewTime, takeoverSlack } from './timers.ts'
import { becomeMaster, becomeMasterFirst, lateness, ownerAgain, raceOver, solePeer } from './transition.ts'

type AdvertEvent = Extract<Event, { kind: 'advert' }>

export const backupTick = (config: InstanceConfig, state: Backup, now: Instant): Step =>
  now < state.masterDownAt ? stay(state) : claim(config, state, now)

/** The timer ran out: take the addresses, and say why. */
export function claim(config: InstanceConfig, state: Backup, now: Instant): Step {
  const reason = claimReason(config, state, now)
  const step = becomeMaster(config, state, reason, now)
  const [advert, ...rest] = step.actions
  if (!advert || reason.kind !== 'master-silent') return step
  // Said after the advert has left: the log must not delay it.
  return { state: step.state, actions: [advert, { kind: 'remark', remark: { kind: 'receive-timeout' } }, ...rest] }
}

function claimReason(config: InstanceConfig, state: Backup, now: Instant): TransitionReason {
  const { known, master, discarded, resigned, masterInterval } = state
  const own = ownPriority(known)
  const interval = masterDownInterval(config, own, masterInterval, raceOver(config, master))
  const hasWaitedAsOwner = known.passiveUntil === state.masterDownAt && known.passiveUntil !== undefined
  if (hasWaitedAsOwner) return { kind: 'address-owner' }
  if (resigned) return { kind: 'master-resigned', master: resigned.source, waited: between(resigned.at, now) }
  // A lower master that still spoke lately was pushed aside; one that fell silent meanwhile was not. That our timer ran late is no silence of its.
  if (discarded && between(discarded.at, state.masterDownAt) < interval) {
    const delayed = state.preemptAfter === undefined ? milliseconds(0) : config.preemptDelay
    return { kind: 'preempted-lower', master: discarded.source, theirs: discarded.priority, ours: own, delayed }
  }
  const last = discarded ?? master
  return {
    kind: 'master-silent',
    master: last?.source,
    silentFor: last && between(last.at, now),
    masterDownInterval: interval,
    lateBy: lateness(state.masterDownAt, now),
  }
}

export function backupAdvert(config: InstanceConfig, state: Backup, event: AdvertEvent, now: Instant): Step {
  const heard: Heard = { source: event.envelope.source, priority: event.advert.priority, at: now }
  if (heard.priority === 0) return hearResignation(config, state, heard, now)
  // It is for the new master, and its sender is nobody to follow, nor to take anything from.
  if (heard.priority === lastWordPriority && heard.source === state.departed) {
    const said = remarkOf({ kind: 'lower-priority-discarded', from: heard.source, theirs: heard.priority })
    return { state: { ...state, departed: undefined }, actions: [said] }
  }
  // Another speaker than the owner we yielded to: that dispute is over, and we are the owner again.
  const isOver = state.known.yieldsTo !== undefined && state.known.yieldsTo !== heard.source
  if (isOver) {
    const step = backupAdvert(config, { ...state, known: { ...state.known, yieldsTo: undefined } }, event, now)
    return { state: step.state, actions: [...ownerAgain(state.known), ...step.actions] }
  }
  const { known } = state
  const own = ownPriority(known)
  const isLower = heard.priority < own
  if (!isLower || !config.preempt || known.standsBackSince !== undefined)
    return accept(config, { ...state, known, preemptAfter: undefined }, event, heard)
  if (config.preemptDelay > 0) {
    const isFirst = state.preemptAfter === undefined
    const preemptAfter = state.preemptAfter ?? later(now, config.preemptDelay)
    if (now < preemptAfter) {
      const step = accept(config, { ...state, known, preemptAfter }, event, heard)
      if (!isFirst) return step
      return { state: step.state, actions: [...step.actions, remarkOf({ kind: 'preempt-delay-started', for: config.preemptDelay })] }
    }
  }
  // Not accepted: the running timer keeps its end, and there we take over.
  return {
    state: { ...state, known, discarded: heard, resigned: undefined },
    actions: [remarkOf({ kind: 'lower-priority-discarded', from: heard.source, theirs: heard.priority })],
  }
}

const remarkOf = (remark: Extract<Action, { kind: 'remark' }>['remark']): Action => ({ kind: 'remark', remark })

/**
 * The operator wants the addresses back here. They come and are announced before the lower master hears of it: it lets go when
 * it hears our advert, and by then nobody asks it any more.
 */
export function takeBack(config: InstanceConfig, state: Backup, order: Extract<Event, { kind: 'take-back' }>['order'], now: Instant): Step {
  const own = ownPriority(state.known)
  const master = state.discarded ?? state.master
  if (!master || !outranks(own, state.known.source, master)) {
    return { state, actions: [remarkOf({ kind: 'take-back-refused', master: master?.source, theirs: master?.priority })] }
  }
  const become = order === 'advert-first' ? becomeMaster : becomeMasterFirst
  return become(config, state, { kind: 'taken-back', master: master.source, theirs: master.priority, ours: own }, now)
}

const outranks = (own: Priority, source: IpAddress | undefined, other: Heard): boolean =>
  own > other.priority || (own === other.priority && source !== undefined && compareIp(source, other.source) > 0)

/** Follow it for another master-down interval; version 3 masters say how often they speak (RFC 9568 §6.4.2, (445)). */
function accept(config: InstanceConfig, state: Backup, event: AdvertEvent, heard: Heard): Step {
  const masterInterval = config.version === 3 ? toMilliseconds(event.advert.interval) : config.interval
  const before = state.master?.source ?? state.discarded?.source
  const departed = state.resigned ? state.resigned.source : state.departed
  const next: Backup = {
    ...state,
    masterDownAt: later(heard.at, masterDownInterval(config, ownPriority(state.known), masterInterval, raceOver(config, heard))),
    masterInterval,
    master: heard,
    discarded: undefined,
    resigned: undefined,
    departed: departed === heard.source ? undefined : departed,
  }
  if (before === heard.source) return stay(next)
  return { state: next, actions: [remarkOf({ kind: 'master-changed', from: before, to: heard.source })] }
}

/**
 * The master says goodbye: waiting only the skew lets the best backup win the race (RFC 9568 §6.4.2, (430)). With one
 * peer there is no race. A second goodbye must not make us wait longer.
 */
function hearResignation(config: InstanceConfig, state: Backup, heard: Heard, now: Instant): Step {
  const remark = remarkOf({ kind: 'resignation-heard', from: heard.source })
  const resigned = state.resigned ?? heard
  if (heard.source === solePeer(config)) {
    const step = claim(config, { ...state, resigned }, now)
    return { state: step.state, actions: [...step.actions, remark] }
  }
  const skewEnd = later(now, skewTime(config, ownPriority(state.known), state.masterInterval))
  const masterDownAt = skewEnd < state.masterDownAt ? skewEnd : state.masterDownAt
  return { state: { ...state, masterDownAt, resigned }, actions: [remark] }
}

/**
 * We were frozen: that nothing was heard meanwhile says nothing of the master. Its next advert comes within one
 * interval; only when that stays out too do we claim.
 */
export function backupStalled(config: InstanceConfig, state: Backup, frozenFor: Milliseconds, now: Instant): Step {
  const wait = milliseconds(
    state.masterInterval + takeoverSlack(config, ownPriority(state.known), state.masterInterval, raceOver(config, state.master)),
  )
  const listenUntil = later(now, wait)
  if (state.masterDownAt >= listenUntil) return stay(state)
  return {
    state: { ...state, masterDownAt: listenUntil },
    actions: [remarkOf({ kind: 'stalled', frozenFor, listenUntil })],
  }
}

/**
 * The running timer moves by the difference of the two master-down intervals, as keepalived does. A master that was to be pushed
 * aside and is no longer below us is followed from its last advert on: claiming would end with its next one.
 */
export function moveTimer(before: InstanceConfig, after: InstanceConfig, from: Backup, to: Backup): Backup {
  const { discarded } = to
  if (discarded && (discarded.priority >= ownPriority(to.known) || !after.preempt)) {
    const silence = masterDownInterval(after, ownPriority(to.known), to.masterInterval, raceOver(after, discarded))
    return { ...to, master: discarded, discarded: undefined, masterDownAt: later(discarded.at, silence) }
  }
  const difference =
    masterDownInterval(after, ownPriority(to.known), to.masterInterval, raceOver(after, to.master)) -
    masterDownInterval(before, ownPriority(from.known), from.masterInterval, raceOver(before, from.master))
  return { ...to, masterDownAt: later(from.masterDownAt, milliseconds(difference)) }
}
