// The moves between states, each with its actions in order. Who decides to move is in step-*.ts.
import { assert, between, type Instant, type IpAddress, later, type Milliseconds, milliseconds } from '@havip/base'
import type { Action } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { FaultCause } from './event.ts'
import type { TransitionReason } from './reason.ts'
import { type Backup, type Heard, type Known, type Master, ownPriority, type State, type Step } from './state.ts'
import { asPriority, masterDownInterval, ownerPriority, type Race } from './timers.ts'

/**
 * The goodbye comes after the addresses are gone: a sole peer claims them within a fraction of a millisecond, and then
 * two machines would have them. (keepalived says it first.)
 */
export const resignation: Action = { kind: 'send-advert', priority: asPriority(0) }
/** The addresses go, and with them what is still to be said about them. */
export const withdraw: readonly Action[] = [{ kind: 'cancel-announcements' }, { kind: 'remove-addresses' }]

export function transition(state: State, to: State['kind'], reason: TransitionReason): Action {
  return { kind: 'transition', from: state.kind, to, reason, notify: true }
}

/** An owner that had lowered itself for another one is back at 255. */
export const ownerAgain = (known: Known): readonly Action[] =>
  known.yieldsTo === undefined
    ? []
    : [{ kind: 'priority-changed', from: ownPriority(known), to: known.priority, because: `the other owner at ${known.yieldsTo} is gone` }]

/** The advert goes first, so that the old master lets go before the address appears here (RFC 9568 §6.4.2, (375)). */
export function becomeMaster(config: InstanceConfig, state: State, reason: TransitionReason, now: Instant): Step {
  const { delay, repeat, refresh } = config.announcing
  // Whoever we yielded to as an owner is gone: that is why we are here.
  const known: Known = { ...state.known, yieldsTo: undefined, standsBackSince: undefined }
  const master: Master = {
    kind: 'master',
    known,
    advertiseAt: later(now, config.interval),
    advertisedAt: now,
    announceAgainAt: delay > 0 ? later(now, delay) : undefined,
    refreshAt: refresh > 0 ? later(now, milliseconds(delay + refresh)) : undefined,
    announceOverLowerAt: undefined,
    answeredAt: undefined,
    correctedAt: undefined,
    reasserted: undefined,
    dispute: undefined,
    predecessor: reason.kind === 'master-resigned' ? reason.master : undefined,
    claimedInSilence: reason.kind === 'master-silent' ? true : undefined,
    displaced:
      reason.kind === 'preempted-lower' || reason.kind === 'taken-back'
        ? { source: reason.master, toldAt: now, until: later(now, milliseconds(config.interval / 4)) }
        : undefined,
  }
  return {
    state: master,
    actions: [
      { kind: 'send-advert', priority: ownPriority(known) },
      { kind: 'add-addresses' },
      { kind: 'announce', rounds: repeat },
      transition(state, 'master', reason),
      ...ownerAgain(state.known),
    ],
  }
}

/** An instant for the neighbours to follow the announcements, and for the old master to answer what it was asked last. */
export const makeBeforeBreak = (config: InstanceConfig): Milliseconds => milliseconds(Math.min(50, config.interval / 4))

/**
 * Master without a word until the neighbours have followed: then the first advert makes the old master let go of what nobody sends
 * there any more. The two have the addresses together so long.
 */
export function becomeMasterFirst(config: InstanceConfig, state: State, reason: TransitionReason, now: Instant): Step {
  const { state: entered, actions } = becomeMaster(config, state, reason, now)
  assert(entered.kind === 'master', 'it has become master')
  const advertiseAt = later(now, makeBeforeBreak(config))
  const displaced = entered.displaced && {
    ...entered.displaced,
    toldAt: advertiseAt,
    until: later(entered.displaced.until, makeBeforeBreak(config)),
  }
  // An announcement of the old master's that was still to come, as keepalived's second burst, may have undone ours.
  const announceOverLowerAt = advertiseAt
  return {
    state: { ...entered, advertiseAt, announceOverLowerAt, displaced },
    actions: actions.filter(({ kind }) => kind !== 'send-advert'),
  }
}

/**
 * A router that listens, for a whole master-down interval of its own settings, and knows no master yet. It waits the real
 * skew even with one peer: both may have started at the same moment, and then there is a race after all.
 */
export function listen(config: InstanceConfig, known: Known, now: Instant): Backup {
  const from = known.passiveUntil !== undefined && known.passiveUntil > now ? known.passiveUntil : now
  return {
    kind: 'backup',
    known,
    masterDownAt: later(from, masterDownInterval(config, ownPriority(known), config.interval, 'raced')),
    masterInterval: config.interval,
    master: undefined,
    discarded: undefined,
    resigned: undefined,
    preemptAfter: undefined,
    departed: undefined,
  }
}

/** From INIT or FAULT: an owner that wishes it is master at once (RFC 9568 §6.4.1), anybody else listens first. */
export function enterElection(config: InstanceConfig, state: State, reason: TransitionReason, now: Instant): Step {
  const { passiveUntil } = state.known
  const isPassive = passiveUntil !== undefined && passiveUntil > now
  if (config.priority === ownerPriority && config.wantsMaster && state.known.standsBackSince === undefined) {
    if (isPassive) {
      const waiting = { ...listen(config, state.known, now), masterDownAt: passiveUntil }
      return { state: waiting, actions: [transition(state, 'backup', reason)] }
    }
    return becomeMaster(config, state, { kind: 'address-owner' }, now)
  }
  return { state: listen(config, state.known, now), actions: [transition(state, 'backup', reason)] }
}

/** Somebody better speaks: no goodbye, it is master already. A version 3 master's own interval counts from now on. */
export function yieldTo(
  config: InstanceConfig,
  state: Master,
  better: { readonly heard: Heard; readonly interval: Milliseconds; readonly reason: TransitionReason },
): Step {
  const { heard, interval, reason } = better
  const known = state.known
  const backup: Backup = {
    ...listen(config, known, heard.at),
    masterDownAt: later(heard.at, masterDownInterval(config, ownPriority(known), interval, raceOver(config, heard))),
    masterInterval: interval,
    master: heard,
  }
  return { state: backup, actions: [...withdraw, transition(state, 'backup', reason)] }
}

/** An address of ours vanished: the others shall have a chance, so we say goodbye and come back only after `wait`. */
export function stepDown(config: InstanceConfig, state: Master, reason: TransitionReason, wait: Milliseconds, now: Instant): Step {
  return {
    state: { ...listen(config, state.known, now), masterDownAt: later(now, wait) },
    actions: [...withdraw, resignation, transition(state, 'backup', reason)],
  }
}

/** Without goodbye: whoever took over while we were frozen shall not be asked to answer. */
export function withdrawSilently(config: InstanceConfig, state: Master, reason: TransitionReason, wait: Milliseconds, now: Instant): Step {
  return {
    state: { ...listen(config, state.known, now), masterDownAt: later(now, wait) },
    actions: [...withdraw, transition(state, 'backup', reason)],
  }
}

/** keepalived sends two goodbyes here; one says it all. */
export function enterFault(state: State, causes: readonly FaultCause[]): Step {
  const goodbye = state.kind === 'master' ? [...withdraw, resignation] : []
  return {
    state: { kind: 'fault', known: state.known, causes },
    actions: [...goodbye, transition(state, 'fault', { kind: 'fault', causes })],
  }
}

/** @param keepAddresses say nothing and leave the addresses where they are. */
export function stop(state: State, keepAddresses: boolean): Step {
  const isMaster = state.kind === 'master'
  const actions: readonly Action[] = !isMaster ? [] : keepAddresses ? [{ kind: 'cancel-announcements' }] : [...withdraw, resignation]
  return { state: { kind: 'stopped', known: state.known }, actions: [...actions, transition(state, 'stopped', { kind: 'shutdown' })] }
}

/** How late `now` is after `due`; 0 when early. */
export const lateness = (due: Instant, now: Instant): Milliseconds => milliseconds(Math.max(0, between(due, now)))

/** Who else would claim if this master fell silent. */
export const raceOver = (config: InstanceConfig, master: Heard | undefined): Race =>
  master !== undefined && master.source === solePeer(config) ? 'alone' : 'raced'

/** The peer of a router that has one and nobody else to race. */
export const solePeer = (config: InstanceConfig): IpAddress | undefined =>
  config.takeover.kind === 'sole-peer' && config.transport.kind === 'unicast' && config.transport.peers.length === 1
    ? config.transport.peers[0]?.address
    : undefined
