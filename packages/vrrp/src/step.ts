// The engine: one virtual router as a function of an event and the time. Reads no clock, opens no socket, logs nothing.
import { between, type Instant, later, milliseconds, type Priority } from '@havip/base'
import type { Action } from './action.ts'
import type { InstanceConfig } from './config.ts'
import type { Event, FaultCause } from './event.ts'
import { type Known, type Master, ownPriority, type State, type Step, stay } from './state.ts'
import { backupAdvert, backupStalled, backupTick, moveTimer, takeBack } from './step-backup.ts'
import { masterAdvert, masterStalled, masterTick } from './step-master.ts'
import { beginYield, yieldingAdvert, yieldingLoss, yieldingStalled, yieldingTick } from './step-yielding.ts'
import { effectivePriority, ownerPriority, skewTime } from './timers.ts'
import { enterElection, enterFault, stepDown, stop } from './transition.ts'

/**
 * What follows from one event.
 *
 * @param config the settings in force before the event; after `reconfigured` the caller uses the event's.
 * @param now not before the `now` of an earlier step.
 * @returns the new state, and what is to be done, in order. Every event is legal in every state. Never throws.
 */
export function step(config: InstanceConfig, state: State, event: Event, now: Instant): Step {
  if (state.kind === 'stopped') return stay(state)
  switch (event.kind) {
    case 'startup':
      return state.kind === 'init' && !state.isStarted ? start(config, begun(state, event.passiveUntil), now) : stay(state)
    case 'shutdown':
      return stop(state, event.keepAddresses)
    case 'tick':
      if (state.kind === 'backup') return backupTick(config, state, now)
      if (state.kind !== 'master') return stay(state)
      return state.yielding ? yieldingTick(config, state, state.yielding, now) : masterTick(config, state, now)
    case 'advert':
      if (state.known.passiveUntil !== undefined && now < state.known.passiveUntil) return stay(state)
      if (state.kind === 'backup') return backupAdvert(config, state, event, now)
      if (state.kind !== 'master') return stay(state)
      return state.yielding ? yieldingAdvert(config, state, state.yielding, event, now) : masterAdvert(config, state, event, now)
    case 'health-changed':
      return judgeHealth(config, withKnown(state, { faults: event.faults, waitingFor: event.waitingFor }), now)
    case 'source-changed':
      return judgeHealth(config, withKnown(state, { source: event.source }), now)
    case 'priority-changed':
      return changePriority(config, state, event.priority, event.because)
    case 'address-lost':
      if (state.kind !== 'master') return stay(state)
      // Somebody else has them by now.
      return state.yielding?.kind === 'overlapping' ? yieldingLoss(config, state, state.yielding, now) : reassert(config, state, event, now)
    case 'stalled':
      if (state.kind === 'backup') return backupStalled(config, state, event.frozenFor, now)
      if (state.kind !== 'master') return stay(state)
      return state.yielding ? yieldingStalled(config, state, state.yielding, now) : masterStalled(config, state, event.frozenFor, now)
    case 'yield':
      return state.kind === 'master' ? beginYield(config, state, event, now) : stay(state)
    case 'take-back':
      return state.kind === 'backup' ? takeBack(config, state, event.order, now) : stay(state)
    case 'reconfigured':
      return reconfigure(config, event.config, state, now)
  }
}

const begun = (state: Extract<State, { kind: 'init' }>, passiveUntil: Instant | undefined): Extract<State, { kind: 'init' }> => ({
  ...state,
  known: passiveUntil === undefined ? state.known : { ...state.known, passiveUntil },
  isStarted: true,
})

const withKnown = <S extends State>(state: S, change: Partial<Known>): S => ({ ...state, known: { ...state.known, ...change } })

/** Everything that keeps the router from taking part. */
export function causesOf(known: Known): readonly FaultCause[] {
  if (known.source !== undefined || known.faults.some((fault) => fault.kind === 'no-source-address')) return known.faults
  return [...known.faults, { kind: 'no-source-address', interface: '' }]
}

/** Leaves INIT as soon as no tracker is owed any more; for FAULT one reason is enough, whatever others may say (keepalived). */
function start(config: InstanceConfig, state: Extract<State, { kind: 'init' }>, now: Instant): Step {
  const causes = causesOf(state.known)
  if (causes.length > 0) return enterFault(state, causes)
  return state.known.waitingFor.length > 0 ? stay(state) : enterElection(config, state, { kind: 'startup' }, now)
}

function judgeHealth(config: InstanceConfig, state: State, now: Instant): Step {
  const causes = causesOf(state.known)
  switch (state.kind) {
    case 'stopped':
      return stay(state)
    case 'init':
      return state.isStarted ? start(config, state, now) : stay(state)
    case 'fault':
      if (causes.length > 0) return stay({ ...state, causes })
      return state.known.waitingFor.length > 0 ? stay(state) : recover(config, state, now)
    case 'backup':
    case 'master':
      return causes.length > 0 ? enterFault(state, causes) : stay(state)
  }
}

function recover(config: InstanceConfig, state: Extract<State, { kind: 'fault' }>, now: Instant): Step {
  const entered = enterElection(config, state, { kind: 'fault-cleared', cleared: state.causes }, now)
  if (config.transport.kind !== 'unicast') return entered
  // So that the master can resolve our address quickly; see keepalived's behaviour in docs/protocol.
  return { state: entered.state, actions: [...entered.actions, { kind: 'announce-source' }] }
}

/** No advert because of it: the next one carries the new priority. A waiting backup's timer moves with it. */
function changePriority(config: InstanceConfig, state: State, priority: Priority, because: string): Step {
  const from = state.known.priority
  if (from === priority) return stay(state)
  const changed = withKnown(state, { priority })
  const next = changed.kind === 'backup' && state.kind === 'backup' ? moveTimer(config, config, state, changed) : changed
  return { state: next, actions: [{ kind: 'priority-changed', from, to: priority, because }] }
}

/** Removals this close together are one. */
const sameRemoval = milliseconds(100)
/** Within this time an address is put back so often; whoever removes it more often means it. */
const reassertionWindow = milliseconds(10_000)
const reassertionsMax = 3

/** Put back at once: the service is down only as long as the kernel's report takes. */
function reassert(config: InstanceConfig, state: Master, event: Extract<Event, { kind: 'address-lost' }>, now: Instant): Step {
  const before = state.reasserted && between(state.reasserted.since, now) < reassertionWindow ? state.reasserted : undefined
  const isSame = before !== undefined && between(before.last, now) < sameRemoval
  const times = (before?.times ?? 0) + (isSame ? 0 : 1)
  if (!config.reassertsAddresses || times > reassertionsMax) return loseAddress(config, state, event, now)
  return {
    state: { ...state, reasserted: { since: before?.since ?? now, last: now, times } },
    actions: [
      { kind: 'add-addresses' },
      { kind: 'announce', rounds: config.announcing.repeat },
      { kind: 'remark', remark: { kind: 'address-reasserted', address: event.address, times } },
    ],
  }
}

/** The others shall have the first chance, and the real skew even with one peer: it has to notice first. */
function loseAddress(config: InstanceConfig, state: Master, event: Extract<Event, { kind: 'address-lost' }>, now: Instant): Step {
  const wait = skewTime(config, ownPriority(state.known), config.interval)
  return stepDown(config, state, { ...event, kind: 'address-lost' }, wait, now)
}

/**
 * Reload: the state goes on. Which addresses to add or remove is the caller's business; it compares the two
 * configurations. A waiting backup's timer moves by the difference; a master says at once what its adverts now say.
 */
function reconfigure(before: InstanceConfig, after: InstanceConfig, state: State, now: Instant): Step {
  const from = state.known.priority
  const priority = rebase(before, after, from)
  const known: Known = { ...state.known, priority, yieldsTo: after.priority === ownerPriority ? state.known.yieldsTo : undefined }
  const said: readonly Action[] = from === priority ? [] : [{ kind: 'priority-changed', from, to: priority, because: 'reload' }]
  switch (state.kind) {
    case 'init':
    case 'fault':
    case 'stopped':
      return { state: { ...state, known }, actions: said }
    case 'backup': {
      // A version 3 master's interval stays learned; otherwise ours is the only one there is.
      const isLearned = after.version === 3 && state.master !== undefined
      const masterInterval = isLearned ? state.masterInterval : after.interval
      const preemptAfter = after.preemptDelay > 0 ? state.preemptAfter : undefined
      return { state: moveTimer(before, after, state, { ...state, known, masterInterval, preemptAfter }), actions: said }
    }
    case 'master':
      return reconfigureMaster(before, after, { ...state, known }, said, now)
  }
}

/** The trackers' share stays what it was. */
function rebase(before: InstanceConfig, after: InstanceConfig, effective: Priority): Priority {
  if (before.priority === ownerPriority || after.priority === ownerPriority) return after.priority
  return effectivePriority(after.priority, [effective - before.priority])
}

function reconfigureMaster(before: InstanceConfig, after: InstanceConfig, state: Master, said: readonly Action[], now: Instant): Step {
  const isSame =
    said.length === 0 &&
    before.interval === after.interval &&
    before.addresses.length === after.addresses.length &&
    before.addresses.every((address, i) => address === after.addresses[i])
  const { refresh } = after.announcing
  const isSameRefresh = before.announcing.refresh === refresh
  const refreshAt = isSameRefresh ? state.refreshAt : refresh > 0 ? later(now, refresh) : undefined
  // The successor shall not hear a master again.
  if (state.yielding) return { state: { ...state, refreshAt }, actions: said }
  if (isSame) return stay({ ...state, refreshAt })
  return {
    state: { ...state, refreshAt, advertiseAt: later(now, milliseconds(after.interval)), advertisedAt: now },
    actions: [...said, { kind: 'send-advert', priority: ownPriority(state.known) }],
  }
}
