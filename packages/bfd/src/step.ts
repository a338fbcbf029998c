// A BFD session in asynchronous mode (RFC 5880 §6.8): an event and the time in, the new state and what to do out.
import { between, fromMicroseconds, type Instant, later, type Milliseconds, milliseconds, type Random, toMicroseconds } from '@havip/base'
import type { BfdControl, BfdDiagnostic, BfdState } from '@havip/wire'
import type { Action, TransitionReason } from './action.ts'
import type { SessionConfig } from './config.ts'
import type { Event } from './event.ts'
import {
  type Active,
  type AdminDown,
  type Down,
  type Init,
  idleTiming,
  type Neighbor,
  type State,
  type Step,
  sameTiming,
  stay,
  strictest,
  type Up,
  upTiming,
} from './state.ts'
import { detectionTime, jittered, nextTransmission, transmitInterval } from './timers.ts'

/** One event. @param random draws the jitter, and nothing else. */
export function step(config: SessionConfig, state: State, event: Event, now: Instant, random: Random): Step {
  switch (event.kind) {
    case 'startup':
      return state.kind === 'admin-down' ? start(config, state, now) : stay(state)
    case 'shutdown':
      return state.kind === 'admin-down' ? stay(state) : shutDown(config, state)
    case 'reconfigured':
      return state.kind === 'admin-down' ? stay(state) : reconfigure(event.config, state, now, random)
    case 'stalled':
      return state.kind === 'admin-down' ? stay(state) : excuse(state, event.frozenFor, event.since, now)
    case 'packet':
      // RFC 5880 §6.8.6: administratively down, every packet is discarded.
      return state.kind === 'admin-down' ? stay(state) : receive(config, state, event.packet, now, random)
    case 'tick':
      return state.kind === 'admin-down' ? stay(state) : tick(config, state, now, random)
  }
}

// --- beginning and end -------------------------------------------------------------------------------------------

function start(config: SessionConfig, { discriminator, diagnostic }: AdminDown, now: Instant): Step {
  const timing = idleTiming(config)
  const down: Down = {
    kind: 'down',
    discriminator,
    diagnostic,
    sentAt: undefined,
    transmitAt: config.passive ? undefined : now,
    announced: timing,
    agreed: timing,
    polling: 'no',
    neighbor: undefined,
    detectAt: undefined,
  }
  return { state: down, actions: [{ kind: 'transition', from: 'admin-down', to: 'down', reason: { kind: 'startup' } }] }
}

function shutDown(config: SessionConfig, state: Active): Step {
  const diagnostic = 'administratively-down'
  const end: AdminDown = { kind: 'admin-down', discriminator: state.discriminator, diagnostic }
  const transition: Action = { kind: 'transition', from: state.kind, to: 'admin-down', reason: { kind: 'shutdown' } }
  if (!maySpeak(config, state)) return { state: end, actions: [transition] }
  const goodbye = { ...packetOf(config, { ...state, diagnostic, announced: idleTiming(config) }, 'admin-down'), poll: false }
  return { state: end, actions: [{ kind: 'send', packet: goodbye }, transition] }
}

function reconfigure(config: SessionConfig, state: Active, now: Instant, random: Random): Step {
  const announced = state.kind === 'up' ? upTiming(config) : idleTiming(config)
  if (state.kind !== 'up') {
    const changed = { ...state, announced, agreed: announced }
    return stay({ ...changed, transmitAt: nextTransmission(config, changed, now, random) })
  }
  if (sameTiming(announced, state.announced)) return transmit(config, state, now, random)
  const asking: Up = {
    ...state,
    announced,
    agreed: strictest(state.agreed, state.announced),
    polling: state.polling === 'no' ? 'yes' : 'again',
  }
  return transmit(config, { ...asking, detectAt: later(asking.neighbor.heardAt, detectionTime(asking)) }, now, random)
}

// --- time --------------------------------------------------------------------------------------------------------

function tick(config: SessionConfig, state: Active, now: Instant, random: Random): Step {
  if (state.detectAt !== undefined && state.detectAt <= now && state.neighbor !== undefined) {
    return expire(config, { ...state, neighbor: state.neighbor, detectAt: state.detectAt }, now, random)
  }
  if (state.transmitAt === undefined || state.transmitAt > now) return stay(state)
  return transmit(config, state, now, random)
}

/** Nothing heard for a detection time: whatever the state, the neighbor's discriminator is no longer valid (§6.8.1). */
function expire(
  config: SessionConfig,
  state: Active & { readonly neighbor: Neighbor; readonly detectAt: Instant },
  now: Instant,
  random: Random,
): Step {
  const silentFor = between(state.neighbor.heardAt, now)
  if (state.kind === 'down') {
    const alone: Down = { ...state, neighbor: undefined, detectAt: undefined }
    const forgotten: Down = { ...alone, transmitAt: nextTransmission(config, alone, now, random) }
    return { state: forgotten, actions: [{ kind: 'remark', remark: { kind: 'neighbor-forgotten', silentFor } }] }
  }
  const reason: TransitionReason = {
    kind: 'detection-time-expired',
    silentFor,
    detectionTime: detectionTime(state),
    lateBy: between(state.detectAt, now),
  }
  const down = downOf(config, state, 'detection-time-expired', undefined)
  return entered(config, state.kind, down, reason, now, random)
}

/** The time in which we did not run does not count as silence of the neighbor. */
function excuse(state: Active, frozenFor: Milliseconds, since: Instant, now: Instant): Step {
  if (state.kind === 'down') return stay(state)
  const silentBefore = Math.max(0, between(state.neighbor.heardAt, since))
  const detectAt = later(now, milliseconds(Math.max(0, detectionTime(state) - silentBefore)))
  if (detectAt <= state.detectAt) return stay(state)
  return { state: { ...state, detectAt }, actions: [{ kind: 'remark', remark: { kind: 'stalled', frozenFor } }] }
}

// --- packets in --------------------------------------------------------------------------------------------------

/** RFC 5880 §6.8.6, from where the session is known on. */
function receive(config: SessionConfig, before: Active, packet: BfdControl, now: Instant, random: Random): Step {
  const neighbor = neighborOf(packet, now)
  const { state: heard, actions } = finishPoll(config, before, neighbor, packet.final)
  const next = nextState(heard.kind, packet.state)
  const moved =
    next === heard.kind
      ? { state: reschedule(config, before, heard, now, random), actions: [] as readonly Action[] }
      : move(config, heard, next, now, random)
  if (!packet.poll) return { state: moved.state, actions: [...actions, ...moved.actions] }
  return { state: moved.state, actions: [...actions, ...answered(config, moved)] }
}

const neighborOf = (packet: BfdControl, heardAt: Instant): Neighbor => ({
  discriminator: packet.myDiscriminator,
  state: packet.state,
  diagnostic: packet.diagnostic,
  desiredMinTx: fromMicroseconds(packet.desiredMinTx),
  requiredMinRx: fromMicroseconds(packet.requiredMinRx),
  multiplier: packet.multiplier,
  demand: packet.demand,
  heardAt,
})

type Heard = Active & { readonly neighbor: Neighbor; readonly detectAt: Instant }

/** Takes over what the neighbor said. A final bit ends our poll sequence, unless something else has changed since. */
function finishPoll(
  config: SessionConfig,
  before: Active,
  neighbor: Neighbor,
  isFinal: boolean,
): { readonly state: Heard; readonly actions: readonly Action[] } {
  const isAnswer = isFinal && before.polling !== 'no'
  const isDone = isAnswer && before.polling === 'yes'
  const polling = isDone ? 'no' : isAnswer ? 'yes' : before.polling
  const known = { ...before, neighbor, detectAt: neighbor.heardAt, polling, agreed: isDone ? before.announced : before.agreed }
  const time = detectionTime(known)
  const state = { ...known, detectAt: later(neighbor.heardAt, time) }
  if (!isDone) return { state, actions: [] }
  const remark = { kind: 'poll-finished', transmitInterval: transmitInterval(config, state), detectionTime: time } as const
  return { state, actions: [{ kind: 'remark', remark }] }
}

/** The state machine of RFC 5880 §6.2: ours and the neighbor's make our next one. */
function nextState(ours: Active['kind'], theirs: BfdState): Active['kind'] {
  if (theirs === 'admin-down') return 'down'
  switch (ours) {
    case 'down':
      return theirs === 'down' ? 'init' : theirs === 'init' ? 'up' : 'down'
    case 'init':
      return theirs === 'down' ? 'init' : 'up'
    case 'up':
      return theirs === 'down' ? 'down' : 'up'
  }
}

function move(config: SessionConfig, state: Heard, to: Active['kind'], now: Instant, random: Random): Step {
  const reason: TransitionReason = { kind: 'neighbor-says', state: state.neighbor.state, diagnostic: state.neighbor.diagnostic }
  switch (to) {
    case 'down':
      return entered(config, state.kind, downOf(config, state, 'neighbor-signaled-down', state), reason, now, random)
    case 'init':
      return entered(config, state.kind, { ...state, kind: 'init' } satisfies Init, reason, now, random)
    case 'up':
      return entered(config, state.kind, upOf(config, state), reason, now, random)
  }
}

/** The neighbor asked: an answer at once, whatever the timers say. One that goes out anyway serves for it. */
function answered(config: SessionConfig, moved: Step): readonly Action[] {
  const { state, actions } = moved
  if (state.kind === 'admin-down') return actions
  const asFinal = (packet: BfdControl): Action => ({ kind: 'send', packet: { ...packet, poll: false, final: true } })
  const isSent = actions.some((action) => action.kind === 'send')
  if (!isSent) return [asFinal(packetOf(config, state, state.kind)), ...actions]
  return actions.map((action) => (action.kind === 'send' ? asFinal(action.packet) : action))
}

/** A change of the agreed times moves the next packet; else it stays where the jitter has put it. */
function reschedule(config: SessionConfig, before: Active, after: Heard, now: Instant, random: Random): Active {
  if (before.transmitAt !== undefined && transmitInterval(config, before) === transmitInterval(config, after)) return after
  return { ...after, transmitAt: nextTransmission(config, after, now, random) }
}

// --- states ------------------------------------------------------------------------------------------------------

function downOf(config: SessionConfig, state: Active, diagnostic: BfdDiagnostic, heard: Heard | undefined): Down {
  const timing = idleTiming(config)
  const base = { ...state, kind: 'down', diagnostic, announced: timing, agreed: timing, polling: 'no' } as const
  if (heard === undefined) return { ...base, neighbor: undefined, detectAt: undefined }
  const down = { ...base, neighbor: heard.neighbor, detectAt: heard.detectAt }
  return { ...down, detectAt: later(heard.neighbor.heardAt, detectionTime(down)) }
}

/** Up: from the slow times to the configured ones, by a poll sequence. */
function upOf(config: SessionConfig, state: Heard): Up {
  const announced = upTiming(config)
  const agreed = state.announced
  const up: Up = {
    ...state,
    kind: 'up',
    diagnostic: 'no-diagnostic',
    announced,
    agreed,
    polling: sameTiming(announced, agreed) ? 'no' : 'yes',
  }
  return { ...up, detectAt: later(up.neighbor.heardAt, detectionTime(up)) }
}

/** A new state is told the neighbor at once, not at the next turn of the timer (RFC 5880 §6.8.7). */
function entered(config: SessionConfig, from: BfdState, state: Active, reason: TransitionReason, now: Instant, random: Random): Step {
  const told = transmit(config, state, now, random)
  return { state: told.state, actions: [...told.actions, { kind: 'transition', from, to: state.kind, reason }] }
}

// --- packets out -------------------------------------------------------------------------------------------------

/** RFC 5880 §6.8.7: a passive session that knows no neighbor is silent. */
const maySpeak = (config: SessionConfig, state: Active): boolean => !config.passive || state.neighbor !== undefined

function transmit(config: SessionConfig, state: Active, now: Instant, random: Random): Step {
  if (!maySpeak(config, state)) return stay({ ...state, transmitAt: undefined })
  const interval = transmitInterval(config, state)
  const transmitAt = interval === undefined ? undefined : later(now, jittered(interval, config, random))
  return { state: { ...state, sentAt: now, transmitAt }, actions: [{ kind: 'send', packet: packetOf(config, state, state.kind) }] }
}

const packetOf = (config: SessionConfig, state: Active, kind: BfdState): BfdControl => ({
  state: kind,
  diagnostic: state.diagnostic,
  poll: state.polling !== 'no',
  final: false,
  // The control plane is this process: packets stop when it does.
  controlPlaneIndependent: false,
  demand: false,
  multiplier: config.multiplier,
  myDiscriminator: state.discriminator,
  yourDiscriminator: state.neighbor?.discriminator ?? 0,
  desiredMinTx: toMicroseconds(state.announced.desiredMinTx),
  requiredMinRx: toMicroseconds(state.announced.requiredMinRx),
  // No echo function.
  requiredMinEchoRx: toMicroseconds(milliseconds(0)),
})
