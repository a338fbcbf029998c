// What a daemon hands to the Linux host, and what it gets beyond the port.
import type { AddressSpec, Clock, Host, HostFault, Removal, Result, Routing, TrackedFiles, Vmacs, Will } from './port.ts'

/** How late timers ran, since the clock was made or `reset` was called. Milliseconds. */
export type Lateness = {
  readonly timers: number
  readonly maximum: number
  readonly mean: number
  /** Of the last timer that ran. */
  readonly last: number
}

export type LinuxClock = Clock & {
  lateness(): Lateness
  resetLateness(): void
  /**
   * `fn` runs each time before timers that are due, so that packets which came in time are seen before the timer that
   * they would have stopped; `lateBy` says how late the first of them is, in milliseconds. One function; a second call
   * replaces it.
   */
  beforeTimers(fn: (lateBy: number) => void): void
  /** Keep the process alive for timers (default) or not. */
  ref(): void
  unref(): void
  close(): void
}

export type LinuxHostOptions = {
  readonly clock: LinuxClock
  /** Where `log` goes; see `createLog`. */
  readonly log: (level: number, line: string) => void
  /** Takes the last will to the guard process; absent: no guard. */
  readonly entrustToGuard?: (will: Will) => void
  /** Default: the kernel's host name. */
  readonly hostName?: string
}

/** What was dropped or lost below the port, for status and metrics. Counted since start. */
export type HostCounters = {
  readonly packetsReceived: number
  readonly packetsTruncated: number
  readonly packetsMalformed: number
  readonly packetsSent: number
  readonly sendFailures: number
  readonly announcementsSent: number
  readonly netlinkOverruns: number
}

export type LinuxHost = Host & {
  readonly routing: Routing
  readonly trackedFiles: TrackedFiles
  readonly vmacs: Vmacs
  /** Many at once in one netlink batch: about a fifth of the time of one by one. One result each, in order. */
  addAddresses(specs: readonly AddressSpec[]): readonly Result<void, HostFault>[]
  removeAddresses(specs: readonly AddressSpec[]): readonly Result<Removal, HostFault>[]
  counters(): HostCounters
  /** Closes every descriptor and ends what it started; running scripts get SIGTERM. */
  close(): void
}
