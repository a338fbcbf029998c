// A webhook: where events are sent to, and how far it has come. A row of the store.
import type { WallTime } from '@havip/base'
import type { AccountId } from '@havip/vpc'
import type { EventKind } from '../events/event.ts'

export type Webhook = {
  /** `wh-…` */
  readonly id: string
  readonly account: AccountId
  readonly createdAt: WallTime
  /** http or https, without user and password. */
  readonly url: string
  readonly sealedSecret: string
  readonly kinds: readonly EventKind[]
  /** The last event that was taken, or given up. */
  readonly position: number
  /** Tries that failed since one went well. */
  readonly failures: number
  readonly lastError: string
  readonly deliveredAt: WallTime | undefined
  /** Events that were given up after the last try. */
  readonly dropped: number
}
