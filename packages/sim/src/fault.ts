// What can go wrong, as data. The same values come from the command line, from scenario files and from random worlds.
import type { IpAddress, Milliseconds } from '@havip/base'
import type { Behaviour, Conditions } from './world.ts'

export type Fault =
  /** The machine is dark at once: no goodbye, addresses gone with it. */
  | { readonly kind: 'power-loss'; readonly node: string }
  /** SIGKILL to the daemon; a spare goes on in its place, or the guard does its last will. */
  | { readonly kind: 'kill'; readonly node: string }
  /** SIGTERM to the daemon. */
  | { readonly kind: 'stop'; readonly node: string }
  /** Switches the machine on if it is off, and starts the daemon if it does not run. */
  | { readonly kind: 'start'; readonly node: string }
  /** SIGSTOP to the daemon; SIGCONT comes when the fault's time is over. The kernel goes on. */
  | { readonly kind: 'freeze'; readonly node: string }
  /** The whole machine stands still, as a paused virtual machine; monotonic time goes on. */
  | { readonly kind: 'pause'; readonly node: string }
  | { readonly kind: 'cut'; readonly from: string; readonly to: string; readonly oneWay: boolean }
  /** Everything between one machine and all others. */
  | { readonly kind: 'isolate'; readonly node: string }
  /** Takes back cuts and conditions: between two machines, or everywhere. */
  | { readonly kind: 'heal'; readonly between: readonly [string, string] | undefined }
  | { readonly kind: 'link'; readonly node: string; readonly interface: string; readonly isUp: boolean }
  | { readonly kind: 'flap'; readonly node: string; readonly interface: string; readonly times: number; readonly every: Milliseconds }
  | {
      readonly kind: 'conditions'
      readonly change: Partial<Conditions>
      /** Both undefined: everywhere. */
      readonly from: string | undefined
      readonly to: string | undefined
    }
  | { readonly kind: 'script'; readonly node: string | undefined; readonly program: string; readonly behaviour: Behaviour }
  /** So many of a tracked program run from now on; it is named as `vrrp_track_process` does, or by its command line. */
  | { readonly kind: 'process'; readonly node: string; readonly program: string; readonly count: number }
  /** Somebody else on the machine removes the virtual address. */
  | { readonly kind: 'address-removed'; readonly node: string; readonly address: IpAddress }
  /** SIGHUP, after the configuration was replaced by the text of another file if one is named. */
  | { readonly kind: 'reload'; readonly node: string; readonly file: string | undefined }
  /** Moved on purpose, as by `havip switchover`; every instance when none is named. */
  | { readonly kind: 'switchover'; readonly node: string; readonly instance: string | undefined; readonly isReturn: boolean }
  | { readonly kind: 'write'; readonly node: string; readonly file: string; readonly text: string }
  /** The wall clock is set; forwards or back. */
  | { readonly kind: 'clock-step'; readonly node: string; readonly by: Milliseconds }
  | { readonly kind: 'hostile'; readonly packet: HostilePacket; readonly times: number; readonly every: Milliseconds }

/** What a stranger in the segment sends to every node of every virtual router there. */
export type HostilePacket =
  /** The right VRID and nothing else right. */
  | 'random-bytes'
  | 'truncated'
  | 'bad-checksum'
  | 'low-ttl'
  | 'wrong-version'
  | 'wrong-password'
  | 'wrong-interval'
  /** Correct in everything, and not from one of us. */
  | 'lower-priority'
  | 'higher-priority'
  | 'resignation'

export const hostilePackets = [
  'random-bytes',
  'truncated',
  'bad-checksum',
  'low-ttl',
  'wrong-version',
  'wrong-password',
  'wrong-interval',
  'lower-priority',
  'higher-priority',
  'resignation',
] as const satisfies readonly HostilePacket[]

export type TimedFault = {
  /** Since the world began. */
  readonly at: Milliseconds
  readonly fault: Fault
  /** Taken back after this long; undefined: stays. */
  readonly lasts: Milliseconds | undefined
}

/** Faults that can be taken back; the others are over when they have happened. */
export const canLast = (fault: Fault): boolean =>
  ['freeze', 'pause', 'cut', 'isolate', 'link', 'conditions', 'script', 'process', 'power-loss', 'stop', 'kill'].includes(fault.kind)
/** These make no sense without an end. */
export const mustLast = (fault: Fault): boolean => fault.kind === 'freeze' || fault.kind === 'pause'
