// What one BFD session is asked to do, in the RFC's words. Addresses and sockets are the business of whoever runs it.
import type { Milliseconds } from '@havip/base'

export type SessionConfig = {
  /** bfd.DesiredMinTxInterval while the session is up. More than 0. */
  readonly minTx: Milliseconds
  /** bfd.RequiredMinRxInterval. */
  readonly minRx: Milliseconds
  /** How often we speak while the session is not up; a second or more (RFC 5880 §6.8.3). */
  readonly idleTx: Milliseconds
  /** bfd.DetectMult, 1 to 255: how many of our packets the neighbor may miss. */
  readonly multiplier: number
  /** Says nothing before the neighbor has spoken (RFC 5880 §6.1). */
  readonly passive: boolean
}
