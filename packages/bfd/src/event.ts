// Everything that can happen to a session. Every event is legal in every state.
import type { Instant, Milliseconds } from '@havip/base'
import type { BfdControl } from '@havip/wire'
import type { SessionConfig } from './config.ts'

export type Event =
  | { readonly kind: 'startup' }
  /** Administratively down: the neighbor is told, once. */
  | { readonly kind: 'shutdown' }
  /** Some deadline of the state may have passed; harmless when none has. */
  | { readonly kind: 'tick' }
  /** A control packet that was found to be for this session, see `createDemultiplexer`. */
  | { readonly kind: 'packet'; readonly packet: BfdControl }
  /**
   * Our own process did not run from `since` on, for `frozenFor`: that silence says nothing about the neighbor. Has to
   * come before the `tick` that was late by it.
   */
  | { readonly kind: 'stalled'; readonly frozenFor: Milliseconds; readonly since: Instant }
  /** Reload: same neighbor, new settings. A session that is up stays up, by a poll sequence. */
  | { readonly kind: 'reconfigured'; readonly config: SessionConfig }
