// What one process of the daemon leaves to the next: enough to go on as if nothing had happened. It travels inside the last will
// to the spare, which uses it when the daemon dies, and over the status socket when a new version takes over.
import type { IpAddress, Priority } from '@havip/base'
import type { Legacy as BfdLegacy } from '@havip/bfd'
import type { Legacy } from '@havip/vrrp'
import type { BorrowedSetting } from './host-parts.ts'
import type { Holdings } from './leftovers.ts'
import type { ScriptJudgement } from './script-tracker.ts'

/** JSON as it is. */
export type Heritage = {
  readonly version: 1
  readonly routers: readonly RouterHeritage[]
  /** Verdicts of tracked scripts: without them their users would have to wait for the first run. */
  readonly scripts: readonly { readonly name: string; readonly verdict: ScriptJudgement['verdict'] }[]
  /** BFD sessions that are up: else whoever tracks one would be in FAULT until it has come up again. */
  readonly bfd?: readonly BfdHeritage[]
  /** Settings of the kernel that the last process of the line gives back. */
  readonly settings?: readonly BorrowedSetting[]
  /** What stands in the kernel for the routers: another file may be read by whoever goes on. */
  readonly holdings?: Holdings
}

/** A session is its addresses; another one under the same name begins anew. */
export type BfdHeritage = { readonly identity: string; readonly legacy: BfdLegacy }

export type RouterHeritage = {
  readonly name: string
  /** Another VRID, interface or family under the same name is another router. */
  readonly identity: string
  readonly legacy: Legacy
  readonly priority: Priority
  /** Wall time of the entry into the state, and its monotonic instant: `since` goes on. */
  readonly since: { readonly at: number; readonly wall: number }
  readonly heard?: { readonly address: IpAddress; readonly priority: Priority }
  /** With AH or a trailer: the next packet's sequence lies beyond it. */
  readonly ahSequence: number
  readonly becameMaster: number
}

/** How the process that left it ended, for people. */
export type Succession = {
  readonly heritage: Heritage
  /** `signal SIGKILL`, `handover`. */
  readonly how: string
}

/** From a line written by our own process; undefined when it is of another version. */
export function heritageFrom(value: unknown): Heritage | undefined {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1 ? (value as Heritage) : undefined
}
