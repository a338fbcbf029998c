// What is simulated, as data: machines with their files, segments between them, clients that want the address, and what
// goes wrong when. A world and its seed decide everything that follows.
import type { Milliseconds } from '@havip/base'
import type { TimedFault } from './fault.ts'

export type World = {
  /** Draws everything that chance decides: loss, jitter, lag, hostile bytes. */
  readonly seed: number
  readonly duration: Milliseconds
  readonly nodes: readonly NodeSpec[]
  readonly segments: readonly SegmentSpec[]
  readonly clients: readonly ClientSpec[]
  readonly faults: readonly TimedFault[]
}

export type NodeSpec = {
  readonly name: string
  /** Absolute path → text. */
  readonly files: Readonly<Record<string, string>>
  readonly configFile: string
  readonly interfaces: readonly InterfaceSpec[]
  /** When its machine is switched on; undefined: not before a `start`. */
  readonly startsAt: Milliseconds | undefined
  /** From the start of the daemon's process until it runs: reading files, loading code. */
  readonly startUp: Milliseconds
  /** How late its timers fire: drawn evenly between the two. */
  readonly lag: { readonly min: Milliseconds; readonly max: Milliseconds }
  /**
   * From a signal until the daemon acts on it, and how long it takes a new master to add its addresses, which what it says
   * next waits for: code that runs for the first time, and the kernel. Nothing without it.
   */
  readonly reaction?: Milliseconds
  /** From the daemon's death until its guard has done the last will; undefined: nobody does. */
  readonly guardAfter: Milliseconds | undefined
  /** From the daemon's death until a spare process goes on in its place, so that nothing moves; undefined: there is none. */
  readonly spareAfter?: Milliseconds | undefined
  /** The kernel takes note of repeated adverts in the daemon's place, as Linux does for a crowd of routers. */
  readonly notesRepeats?: boolean
  /** Programs that do something else than end with status 0 at once. */
  readonly programs: readonly ProgramSpec[]
  /** Programs that run beside the daemon, for those who track them. */
  readonly runningPrograms?: readonly { readonly argv: readonly string[]; readonly count: number }[]
}

/** How a program behaves when it is started. */
export type Behaviour =
  | { readonly kind: 'exits'; readonly status: number; readonly after: Milliseconds }
  /** Runs until it is killed. */
  | { readonly kind: 'hangs' }

/** `program`: the whole command line, the path, the last part of the path, or the name of a `vrrp_script`. */
export type ProgramSpec = { readonly program: string; readonly behaviour: Behaviour }

export type InterfaceSpec = {
  readonly name: string
  readonly segment: string
  /** With prefix, as `192.168.0.209/24`; the first of a family is the default source. */
  readonly addresses: readonly string[]
}

export type SegmentSpec = { readonly name: string; readonly conditions: Conditions }

export type Conditions = {
  /** One way. */
  readonly delay: Milliseconds
  /** Added to the delay: drawn evenly between 0 and this. */
  readonly jitter: Milliseconds
  /** Chances, 0 to 1, for each packet and receiver. */
  readonly loss: number
  readonly duplicate: number
  /** The packet may overtake others, and is held back by up to 3 × (delay + jitter). */
  readonly reorder: number
}

/** A machine in the segment that talks to the virtual addresses without pause. */
export type ClientSpec = { readonly name: string; readonly segment: string }

/** A switched segment in one room. */
export const goodConditions: Conditions = {
  delay: 0.1 as Milliseconds,
  jitter: 0.05 as Milliseconds,
  loss: 0,
  duplicate: 0,
  reorder: 0,
}
