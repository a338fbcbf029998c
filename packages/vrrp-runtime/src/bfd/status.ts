// The sessions' part of the status document. Times are milliseconds at the moment of asking.

import { between, type Instant } from '@havip/base'
import { type Active, describeReason, detectionTime, type TransitionReason, transmitInterval } from '@havip/bfd'
import type { BfdDiagnostic, BfdState } from '@havip/wire'
import type { BfdSession, PastSessionTransition, SessionCounters } from './session.ts'
import type { BfdSet } from './set.ts'

export type BfdStatus = {
  readonly sessions: readonly BfdSessionStatus[]
  /** Packets that were no session's, by why. */
  readonly refused: Readonly<Record<string, number>>
  /** Ports that could not be opened. */
  readonly listenFaults: readonly string[]
}

export type BfdSessionStatus = {
  readonly name: string
  readonly neighbor: string
  readonly source: string | undefined
  readonly multihop: boolean
  readonly state: BfdState
  readonly sinceMs: number
  readonly since: string
  /** Why it last went down. */
  readonly diagnostic: BfdDiagnostic
  readonly discriminator: number
  /** What it said last; undefined while nobody is heard. */
  readonly remote:
    | {
        readonly state: BfdState
        readonly diagnostic: BfdDiagnostic
        readonly discriminator: number
        readonly lastHeardMs: number
        readonly multiplier: number
        readonly minTxMs: number
        readonly minRxMs: number
      }
    | undefined
  /** As negotiated, before jitter; undefined while we send nothing of our own accord. */
  readonly transmitIntervalMs: number | undefined
  /** Undefined while nobody is heard. */
  readonly detectionTimeMs: number | undefined
  readonly multiplier: number
  readonly passive: boolean
  readonly counters: Readonly<SessionCounters>
  /** Newest first. */
  readonly transitions: readonly BfdTransitionStatus[]
  readonly nextDeadlineMs: number | undefined
  /** The system refuses to send. */
  readonly fault?: string
  readonly stoppedBecause?: string
}

export type BfdTransitionStatus = {
  readonly from: BfdState
  readonly to: BfdState
  readonly at: string
  readonly agoMs: number
  readonly reason: TransitionReason
  readonly sentence: string
}

export const bfdStatus = (set: BfdSet, now: Instant): BfdStatus => ({
  sessions: set.sessions.map((session) => sessionStatus(session, now)),
  refused: set.refused,
  listenFaults: set.listenFaults.map((fault) => fault.detail),
})

function sessionStatus(session: BfdSession, now: Instant): BfdSessionStatus {
  const { conf, config, state, view } = session
  const active = state.kind === 'admin-down' ? undefined : state
  const { neighbor } = active ?? {}
  return {
    name: conf.name,
    neighbor: conf.neighbor,
    source: conf.source,
    multihop: conf.multihop,
    state: state.kind,
    sinceMs: between(view.since.at, now),
    since: new Date(view.since.wall).toISOString(),
    diagnostic: state.diagnostic,
    discriminator: state.discriminator,
    remote: active && remoteOf(active, now),
    transmitIntervalMs: active && transmitInterval(config, active),
    detectionTimeMs: active && neighbor && detectionTime({ ...active, neighbor }),
    multiplier: config.multiplier,
    passive: config.passive,
    counters: session.counters,
    transitions: [...view.transitions].reverse().map((past) => transitionStatus(past, now)),
    nextDeadlineMs: view.nextDeadline === undefined ? undefined : between(now, view.nextDeadline),
    ...(view.sendFault ? { fault: view.sendFault.detail } : {}),
    ...(view.brokenBecause === undefined ? {} : { stoppedBecause: view.brokenBecause }),
  }
}

function remoteOf({ neighbor }: Active, now: Instant): BfdSessionStatus['remote'] {
  if (!neighbor) return undefined
  const { state, diagnostic, discriminator, multiplier } = neighbor
  const times = { lastHeardMs: between(neighbor.heardAt, now), minTxMs: neighbor.desiredMinTx, minRxMs: neighbor.requiredMinRx }
  return { state, diagnostic, discriminator, multiplier, ...times }
}

const transitionStatus = ({ from, to, reason, at, wall }: PastSessionTransition, now: Instant): BfdTransitionStatus => ({
  from,
  to,
  at: new Date(wall).toISOString(),
  agoMs: between(at, now),
  reason,
  sentence: describeReason(reason),
})
