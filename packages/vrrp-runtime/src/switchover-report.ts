// What is asked of a planned switchover, and what is told of it: the seam of `havip switchover`, the console and the control plane.
import type { IpAddress } from '@havip/base'
import type { PublicState } from '@havip/vrrp'

export type SwitchoverRequest = {
  readonly instance: string
  /** Whom it is meant for; whoever else takes over is told of in the outcome. */
  readonly to?: IpAddress
  /** The way back: take the addresses from the lower master that has them. */
  readonly isReturn: boolean
  /** Only the checks. */
  readonly isRehearsal: boolean
}

export type SwitchoverCheck = {
  readonly name: string
  /** `failed` keeps it from happening; `unknown` is nothing against it. */
  readonly verdict: 'ok' | 'failed' | 'unknown'
  readonly text: string
}

/**
 * `moved`: as wished. `moved-elsewhere`: another router than the wished one took over. `stayed`: nobody did, and this node has
 * answered all the time. `interrupted`: something else came in between, see `reason`. `refused`: nothing was done.
 * `ready`: a rehearsal, and nothing speaks against it.
 */
export type SwitchoverOutcome = 'moved' | 'moved-elsewhere' | 'stayed' | 'interrupted' | 'refused' | 'ready'

/** JSON as it is. */
export type SwitchoverReport = {
  /** Raised when a field changes its meaning or goes away. */
  readonly version: 1
  readonly instance: string
  /** The whole sync group moves, this instance included; alone without one. */
  readonly members: readonly string[]
  readonly direction: 'give' | 'return'
  readonly outcome: SwitchoverOutcome
  /** A sentence; absent when it moved as wished. */
  readonly reason?: string
  /** Who had the addresses, and who has them: absent where not known. */
  readonly from?: { readonly address: IpAddress; readonly priority: number }
  readonly to?: { readonly address: IpAddress; readonly priority: number }
  readonly checks: readonly SwitchoverCheck[]
  /** As this node saw it, milliseconds. Absent when nothing moved. */
  readonly measured?: {
    /** give: from our goodbye to the successor's first advert, during which we answered. return: until our advert was out. */
    readonly tookOverAfterMs: number
    /** give: both had the addresses, from that advert until ours were removed. return: not known here, 0. */
    readonly bothHeldForMs: number
    /** return: for so long nobody contradicted. */
    readonly uncontradictedForMs?: number
  }
  /** This node's state when the report was made. */
  readonly state: PublicState | 'unknown'
  /** It does not preempt until the successor is gone, or until it is told to return. */
  readonly standsBack: boolean
}

/** Of an instance that does not exist, or when there is no instance to ask. */
export const refusedSwitchover = (request: SwitchoverRequest, reason: string): SwitchoverReport => ({
  version: 1,
  instance: request.instance,
  members: [request.instance],
  direction: request.isReturn ? 'return' : 'give',
  outcome: 'refused',
  reason,
  checks: [],
  state: 'unknown',
  standsBack: false,
})
