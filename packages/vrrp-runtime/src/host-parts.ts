// The parts of the Host port that only some configurations need. A host that lacks one says so by leaving it out, and the
// daemon then names aloud what it cannot carry out.
import type { Family, IfIndex, Mac, Result } from '@havip/base'
import type { RouteEntry, RouteRequest, RuleEntry, RuleRequest } from '@havip/wire'
import type { HostFault, UserIds } from './host.ts'

export type HostParts = {
  openFifo?(spec: FifoSpec): Result<Fifo, HostFault>
  readonly trackedFiles?: TrackedFiles
  readonly processes?: Processes
  readonly routing?: Routing
  readonly vmacs?: Vmacs
  readonly settings?: KernelSettings
  readonly probeLink?: LinkProbe
  /** Of the sockets on which the kernel reports what changes, and takes orders. The faults, if any. */
  sizeBuffers?(sizes: { readonly reports: BufferSize | undefined; readonly orders: BufferSize | undefined }): readonly HostFault[]
}

/** A setting of the kernel that has another value while we run. */
export type BorrowedSetting = { readonly path: string; readonly old: string; readonly ours: string }
/** Paths are below /proc/sys/net. */
export type KernelSettings = {
  /** Sets it and remembers what it was; several may borrow the same. False when the kernel has no such setting or refuses. */
  borrow(path: string, value: string): boolean
  /** With the last one that borrowed it, it gets its old value back, unless something else has changed it since. */
  giveBack(path: string): void
  /** For whoever has to give them back in our place. */
  readonly borrowed: readonly BorrowedSetting[]
  /** Those of the process before this one: what they were then goes back at our end. */
  inherit(settings: readonly BorrowedSetting[]): void
  /** Of the inherited ones, those that nobody has borrowed again go back now. */
  giveBackUnclaimed(): void
  /** Another process goes on with them: nothing goes back. */
  leave(): void
}

/** A named pipe that somebody may read, or nobody. */
export type FifoSpec = {
  readonly path: string
  /** Of one that we make; one that is there must be ours or theirs. Undefined: ourselves. */
  readonly owner: UserIds | undefined
}
export type Fifo = {
  /** True when it was not there before. */
  readonly isOurs: boolean
  /** One write; lost without a word when the pipe is full. */
  write(text: string): void
  /** @param removes unlink it as well, if it is ours. */
  close(removes: boolean): void
}

/** Small files whose content is a number. */
export type TrackedFiles = {
  /** The beginning of it; undefined when it is not there or cannot be read. */
  read(path: string): string | undefined
  write(path: string, text: string): Result<void, HostFault>
  /** `changed` is called after a writer has closed it, after it was replaced, and after it was removed. */
  watch(path: string, changed: () => void): Result<{ close(): void }, HostFault>
}

export type ProcessEntry = {
  readonly pid: number
  /** The kernel's name of it, at most 15 bytes. */
  readonly name: string
  /** Empty for a thread of the kernel. */
  readonly argv: readonly string[]
}
export type Processes = {
  list(): readonly ProcessEntry[]
  /**
   * `changed` is called when processes may have come, gone or changed: at once by the kernel's word (with `fault` undefined), or,
   * where that is refused, not later than a second after.
   */
  watch(changed: () => void, buffer?: BufferSize): { readonly fault: HostFault | undefined; close(): void }
}

/** Of a socket's receive buffer. */
export type BufferSize = {
  readonly bytes: number
  /** Also beyond the system's limit. */
  readonly force: boolean
}

/** Only what was removed will be reported as gone; what was not there is no fault. */
export type Removal = 'removed' | 'was-not-there'

/** Already there is as good as added; not there as good as removed. One outcome each, in order. */
export type Routing = {
  addRoutes(routes: readonly RouteRequest[]): readonly Result<void, HostFault>[]
  removeRoutes(routes: readonly RouteRequest[]): readonly Result<Removal, HostFault>[]
  addRules(rules: readonly RuleRequest[]): readonly Result<void, HostFault>[]
  removeRules(rules: readonly RuleRequest[]): readonly Result<Removal, HostFault>[]
  /** What vanishes from the kernel's tables, by whose doing ever. */
  watch?(gone: (what: GoneRoute) => void): { close(): void }
}
export type GoneRoute = { readonly kind: 'route'; readonly route: RouteEntry } | { readonly kind: 'rule'; readonly rule: RuleEntry }

export type VmacSpec = {
  readonly parent: IfIndex
  readonly family: Family
  readonly vrid: number
  /** `use_vmac NAME`; undefined: the first free one of PREFIX.VRID, PREFIX6.VRID (IPv6 only), PREFIX1.VRID, …. */
  readonly name: string | undefined
  readonly prefix: string
  /** An ipvlan with the parent's MAC, and which of its like it may talk to; undefined: a macvlan. */
  readonly ipvlan: 'bridge' | 'private' | 'vepa' | undefined
  /** Undefined: 00:00:5e:00:01:VRID, or …:02:VRID for IPv6. */
  readonly mac: Mac | undefined
  /** Of interfaces. */
  readonly group: number | undefined
  /** `netlink_notify_msg`: make the kernel report the interface below once more, whose promiscuity has changed without a word. */
  readonly notifies: boolean
}
export type Vmacs = {
  /** Makes it, down; one that is there with these properties is taken over as it is, perhaps up. */
  open(spec: VmacSpec): Result<{ readonly index: IfIndex; readonly name: string; readonly isUp: boolean }, HostFault>
  setUp(index: IfIndex, isUp: boolean): Result<void, HostFault>
  /** Deletes one that `open` gave, and gives the parent its settings back. */
  remove(index: IfIndex): Result<void, HostFault>
}

/** Asks an interface whether it is up and has a link, by one method or by the first one that its driver knows. */
export type LinkProbe = (name: string, method: 'mii' | 'ethtool' | 'ioctl' | undefined) => Result<boolean, HostFault>
