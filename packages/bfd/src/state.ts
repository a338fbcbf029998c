// What a session remembers between two events (the variables of RFC 5880 §6.8.1). Deadlines live here; the caller keeps
// one timer, for `wakeAt`.
import { assert, type Instant, type Milliseconds, milliseconds } from '@havip/base'
import type { BfdDiagnostic, BfdState } from '@havip/wire'
import type { Action } from './action.ts'
import type { SessionConfig } from './config.ts'

/** The times of ours that the neighbor is told. */
export type Timing = { readonly desiredMinTx: Milliseconds; readonly requiredMinRx: Milliseconds }

/** What the neighbor said last. */
export type Neighbor = {
  /** bfd.RemoteDiscr. */
  readonly discriminator: number
  readonly state: BfdState
  readonly diagnostic: BfdDiagnostic
  readonly desiredMinTx: Milliseconds
  /** 0: it wants no periodic packets. */
  readonly requiredMinRx: Milliseconds
  readonly multiplier: number
  readonly demand: boolean
  readonly heardAt: Instant
}

/** `again`: something else changed meanwhile, so the answer that we wait for will not be about it. */
export type Polling = 'no' | 'yes' | 'again'

type Common = {
  /** bfd.LocalDiscr: what the neighbor calls this session by; never 0. */
  readonly discriminator: number
  /** bfd.LocalDiag: why the session last went down. */
  readonly diagnostic: BfdDiagnostic
}
type Running = Common & {
  /** The last periodic packet, or one that stood for it. */
  readonly sentAt: Instant | undefined
  /** Undefined while we may not speak of our own accord. */
  readonly transmitAt: Instant | undefined
  /** What our packets say. */
  readonly announced: Timing
  /** What the neighbor may still believe, the strictest of it, until a poll sequence has ended (RFC 5880 §6.8.3). */
  readonly agreed: Timing
  readonly polling: Polling
}

export type AdminDown = Common & { readonly kind: 'admin-down' }
export type Down = Running & { readonly kind: 'down'; readonly neighbor: Neighbor | undefined; readonly detectAt: Instant | undefined }
export type Init = Running & { readonly kind: 'init'; readonly neighbor: Neighbor; readonly detectAt: Instant }
export type Up = Running & { readonly kind: 'up'; readonly neighbor: Neighbor; readonly detectAt: Instant }
export type Active = Down | Init | Up
export type State = AdminDown | Active

export type Step = { readonly state: State; readonly actions: readonly Action[] }

/** Before `startup`. @param discriminator random, 1 to 2³² − 1, and no other session's here. */
export function initialState(discriminator: number): State {
  assert(Number.isInteger(discriminator) && discriminator > 0 && discriminator < 2 ** 32, `no discriminator: ${discriminator}`)
  return { kind: 'admin-down', discriminator, diagnostic: 'no-diagnostic' }
}

/** The nearest deadline: send a `tick` then, or any time. Undefined when only events can change anything. */
export function wakeAt(state: State): Instant | undefined {
  if (state.kind === 'admin-down') return undefined
  const { transmitAt, detectAt } = state
  if (transmitAt === undefined || detectAt === undefined) return transmitAt ?? detectAt
  return transmitAt < detectAt ? transmitAt : detectAt
}

/** Slow start: once a second at most while the session is not up (RFC 5880 §6.8.3). */
export const idleTiming = (config: SessionConfig): Timing => ({
  desiredMinTx: milliseconds(Math.max(1000, config.idleTx, config.minTx)),
  requiredMinRx: config.minRx,
})
export const upTiming = (config: SessionConfig): Timing => ({ desiredMinTx: config.minTx, requiredMinRx: config.minRx })

/** What keeps the neighbor content whichever of two it believes: we send as for the one, and wait as for the other. */
export const strictest = (a: Timing, b: Timing): Timing => ({
  desiredMinTx: milliseconds(Math.min(a.desiredMinTx, b.desiredMinTx)),
  requiredMinRx: milliseconds(Math.max(a.requiredMinRx, b.requiredMinRx)),
})
export const sameTiming = (a: Timing, b: Timing): boolean => a.desiredMinTx === b.desiredMinTx && a.requiredMinRx === b.requiredMinRx

export const stay = (state: State): Step => ({ state, actions: [] })
