// What a session wants done, in this order, and why it changed its state.
import type { Milliseconds } from '@havip/base'
import type { BfdControl, BfdDiagnostic, BfdState } from '@havip/wire'

export type Action =
  | { readonly kind: 'send'; readonly packet: BfdControl }
  | { readonly kind: 'transition'; readonly from: BfdState; readonly to: BfdState; readonly reason: TransitionReason }
  /** A remark for log and recorder that changes nothing. */
  | { readonly kind: 'remark'; readonly remark: Remark }

export type TransitionReason =
  | { readonly kind: 'startup' }
  /** What the neighbor's packet said; with the state we were in this decides (RFC 5880 §6.8.6). */
  | { readonly kind: 'neighbor-says'; readonly state: BfdState; readonly diagnostic: BfdDiagnostic }
  | {
      readonly kind: 'detection-time-expired'
      readonly silentFor: Milliseconds
      readonly detectionTime: Milliseconds
      /** How late the timer ran, our own doing. */
      readonly lateBy: Milliseconds
    }
  | { readonly kind: 'shutdown' }

export type Remark =
  /** The neighbor has answered our poll: these times are in force on both sides. */
  | { readonly kind: 'poll-finished'; readonly transmitInterval: Milliseconds | undefined; readonly detectionTime: Milliseconds }
  /** Nothing heard for a detection time while the session was down: its discriminator is no longer valid. */
  | { readonly kind: 'neighbor-forgotten'; readonly silentFor: Milliseconds }
  | { readonly kind: 'stalled'; readonly frozenFor: Milliseconds }
