// The two ports through which the daemon sees the world. Everything keepalived-like that is not protocol sits above
// them, so that the simulator runs the whole daemon. Implemented by vrrp-linux (a kernel) and sim (a simulated world).
//
// Calls are synchronous and either done or refused when they return; what takes time answers later by a callback.
// No call throws for a reason the world can cause.
import type { Family, IfIndex, Instant, IpAddress, Mac, Milliseconds, Result, WallTime } from '@havip/base'
import type { SourceReader } from '@havip/conf'
import type { RouteRequest, RuleRequest } from '@havip/wire'
import type { BorrowedSetting, HostParts, Removal } from './host-parts.ts'

export type * from './host-parts.ts'
export * from './repeat-notes.ts'

import type { Heritage } from './heritage.ts'
import type { RepeatNotes } from './repeat-notes.ts'

export type Clock = {
  /** Monotonic; goes on while the wall clock is set. */
  now(): Instant
  wallTime(): WallTime
  /** Calls `fn` once, at `at` or as soon after as possible, never before. A time in the past means soon. */
  setTimer(at: Instant, fn: () => void): Timer
}
export type Timer = { cancel(): void }

/** What the system said when it refused. */
export type HostFault = { readonly call: string; readonly errno: string; readonly detail: string }

export type Link = {
  readonly index: IfIndex
  readonly name: string
  /** IFF_UP and IFF_RUNNING (RFC 2863 operational state), as keepalived counts it. */
  readonly isUp: boolean
  readonly mac: Mac | undefined
  readonly mtu: number
  readonly hasArp: boolean
  readonly hasMulticast: boolean
  readonly isLoopback: boolean
  /** Of a VRF: its routing table. */
  readonly vrfTable?: number
  /** In the kernel's order; the first IPv4 one is the default source. */
  readonly addresses: readonly LinkAddress[]
}
export type LinkAddress = { readonly address: IpAddress; readonly prefix: number; readonly isTentative: boolean }

/** One virtual (or static) address as the kernel shall have it. */
export type AddressSpec = {
  readonly interface: IfIndex
  readonly address: IpAddress
  readonly prefix: number
  readonly peer?: IpAddress
  readonly broadcast?: IpAddress
  readonly label?: string
  /** Kernel scope number: 0 global, 200 site, 253 link, 254 host, 255 nowhere. */
  readonly scope: number
  /** IPv6: skip duplicate address detection. */
  readonly noDad: boolean
  /** IPv6: 0 makes the address deprecated, so it is never chosen as a source. Undefined: forever. */
  readonly preferredLifetime?: number
  readonly flags: readonly ('home' | 'mngtmpaddr' | 'noprefixroute' | 'autojoin')[]
}

/** A raw socket for advertisements; instances that can share one do. */
export type TransportSpec = {
  readonly family: Family
  /** 112, or 51 with AH. */
  readonly protocol: number
  /** Bound to it; undefined for unicast instances without `interface`. */
  readonly interface: IfIndex | undefined
  /** Where what we send leaves, if elsewhere: a virtual MAC. */
  readonly sendInterface?: IfIndex
  /** Groups to join; empty for unicast. */
  readonly groups: readonly IpAddress[]
}

/** A host may give the same object again for a packet that is the same in everything but `at`; nothing else ever changes in it. */
export type ReceivedPacket = {
  readonly family: Family
  readonly protocol: number
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly ttl: number
  /** The whole IPv4 header as received (AH needs it); empty for IPv6. Read, never kept. */
  readonly header: Uint8Array
  /** Cut to the IP total length. Read, never kept. */
  readonly payload: Uint8Array
  /** When the process saw it. */
  readonly at: Instant
}

/** A datagram as `AdvertTransport.send` takes it, and where it goes. */
export type Outgoing = {
  readonly datagram: Uint8Array
  readonly destination: IpAddress
  readonly source: IpAddress
  readonly hopLimit: number
}

export type PreparedAdverts = {
  /** All at once. `refused` hears of each that was, by its place; the others are sent all the same. */
  send(refused: (index: number, fault: HostFault) => void): void
}

export type AdvertTransport = {
  /**
   * IPv4: `datagram` begins with the IP header that we built (total length and checksum are the kernel's to fill).
   * IPv6: the payload alone; the kernel builds the header with `hopLimit` (-1: its own) and fills the ICMP-style checksum.
   */
  send(
    datagram: Uint8Array,
    to: { readonly destination: IpAddress; readonly source: IpAddress; readonly hopLimit: number },
  ): Result<void, HostFault>
  /** As `send`, but it may wait for `releaseSends`; the bytes are copied. */
  sendSoon?(
    datagram: Uint8Array,
    to: { readonly destination: IpAddress; readonly source: IpAddress; readonly hopLimit: number },
    refused: (fault: HostFault) => void,
  ): void
  /** For what is sent again and again as it is, to all of these: the bytes are copied. Undefined: this host has no quicker way than `send`. */
  prepare?(datagrams: readonly Outgoing[]): PreparedAdverts | undefined
  /** Replaces the filter of what may wake us: VRIDs and, for unicast, sources; undefined: any. Best effort. */
  accept(filter: { readonly vrids: readonly number[] | undefined; readonly sources: readonly IpAddress[] | undefined }): void
  /** Of the receive buffer, in bytes. Best effort. */
  sizeBuffer?(bytes: number): void
  /**
   * From now on repeats of this packet, the same in every byte that says anything and no later than `noteSlack` allows, need not be
   * handed over: it is enough to take note of them. To be called while the packet is being handed over. Undefined: they go on coming.
   */
  noteRepeats?(packet: ReceivedPacket, interval: Milliseconds): RepeatNotes | undefined
  close(): void
}

/** A UDP socket for datagrams whose TTL says how far they came: BFD. */
export type UdpSpec = {
  readonly family: Family
  /** Ours; undefined: any of this machine. */
  readonly address: IpAddress | undefined
  /** Fixed, or one of a range that nobody else has, drawn at random. */
  readonly port: number | { readonly min: number; readonly max: number }
  /** TTL or hop limit of what we send, 1 to 255. */
  readonly ttl: number
}

export type ReceivedDatagram = {
  readonly family: Family
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly ttl: number
  /** Read, never kept. */
  readonly payload: Uint8Array
  /** When the process saw it. */
  readonly at: Instant
}

export type UdpSocket = {
  /** The port it has. */
  readonly port: number
  send(payload: Uint8Array, to: { readonly address: IpAddress; readonly port: number }): Result<void, HostFault>
  close(): void
}

/** Gratuitous ARP (IPv4) or unsolicited neighbour advertisement (IPv6) for one address. */
export type Announcement = { readonly interface: IfIndex; readonly address: IpAddress }

export type HostEvent =
  | { readonly kind: 'link-changed'; readonly link: Link }
  | { readonly kind: 'link-removed'; readonly index: IfIndex; readonly name: string }
  | { readonly kind: 'address-added'; readonly interface: IfIndex; readonly address: IpAddress }
  | { readonly kind: 'address-removed'; readonly interface: IfIndex; readonly address: IpAddress }
  /** Events were lost (netlink overrun): read `links()` again. */
  | { readonly kind: 'resynchronise' }

export type ProcessSpec = {
  /** Program and arguments, no shell; argv[0] is a path or is looked up in PATH. */
  readonly argv: readonly string[]
  readonly user: UserIds | undefined
  /** SIGTERM to its group after this long, SIGKILL 2 s later; undefined: never. */
  readonly timeout: Milliseconds | undefined
}
export type UserIds = { readonly uid: number; readonly gid: number; readonly groups: readonly number[] | undefined }
export type ProcessEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: number }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'not-started'; readonly fault: HostFault }
export type RunningProcess = { readonly pid: number; kill(signal: number): void }

export type Mail = {
  readonly server: { readonly host: string; readonly port: number }
  readonly helo: string
  readonly from: string
  readonly to: readonly string[]
  /** Header lines without the recipients, in order, then the body. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly connectTimeout: Milliseconds
}

export type Host = HostParts & {
  readonly hostName: string
  readonly files: SourceReader
  links(): readonly Link[]
  /** One listener; a second call replaces the first. */
  onEvent(listener: (event: HostEvent) => void): void

  openTransport(spec: TransportSpec, onPacket: (packet: ReceivedPacket) => void): Result<AdvertTransport, HostFault>
  /** Without `onDatagram` it only sends. */
  openUdp(spec: UdpSpec, onDatagram: ((datagram: ReceivedDatagram) => void) | undefined): Result<UdpSocket, HostFault>
  /** Adds it, or leaves an equal one as it is. */
  addAddress(spec: AddressSpec): Result<void, HostFault>
  /** Removes it; one that is not there is no fault. */
  removeAddress(spec: AddressSpec): Result<Removal, HostFault>
  /** Many at once, where the host has a quicker way; one result each, in order. */
  addAddresses?(specs: readonly AddressSpec[]): readonly Result<void, HostFault>[]
  removeAddresses?(specs: readonly AddressSpec[]): readonly Result<Removal, HostFault>[]
  announce(announcement: Announcement): Result<void, HostFault>
  /**
   * From `holdSends` on, what `sendSoon` and `announce` are given may wait, to leave in few system calls at
   * `releaseSends`; what is refused then is told to `sendSoon`'s callback.
   */
  holdSends?(): void
  releaseSends?(): void
  /** Delivers the packets that have already arrived, up to a bound. */
  readPending?(): void

  /** Runs a program in its own process group, standard files on /dev/null; `done` is called exactly once. */
  startProcess(spec: ProcessSpec, done: (end: ProcessEnd) => void): RunningProcess | undefined
  lookUpUser(user: string, group: string | undefined): Result<UserIds, HostFault>
  /** One attempt; `done` is called exactly once. */
  sendMail(mail: Mail, done: (result: Result<void, HostFault>) => void): void

  /** One line without newline. Levels are syslog's numbers: 3 error, 4 warning, 5 notice, 6 info, 7 debug. */
  log(level: number, line: string): void
  /** From `holdLog` on, lines may wait for `releaseLog`, in their order: whoever reads the log shall not hold up an advertisement. */
  holdLog?(): void
  releaseLog?(): void
  /**
   * Tells the guard what to undo if this process dies now: sockets' worth of resignations and addresses. Replaces what
   * it was told before. A host without a guard ignores it.
   */
  entrustToGuard(will: Will): void
}

/** The daemon's last will: done by the guard, in this order, when the daemon dies without saying goodbye. */
export type Will = {
  /** Owned or not: removing one that is not there is no fault. */
  readonly removeAddresses: readonly AddressSpec[]
  /** Interfaces that the daemon made; after everything else, since a goodbye may leave by one. */
  readonly removeLinks?: readonly { readonly index: IfIndex; readonly name: string }[]
  /** Last of all. */
  readonly settings?: readonly BorrowedSetting[]
  /** Before the addresses. */
  readonly removeRules?: readonly RuleRequest[]
  readonly removeRoutes?: readonly RouteRequest[]
  /** Those that the daemon owned when it last said so, for people. */
  readonly held?: readonly IpAddress[]
  /** With it the guard can be the daemon instead of undoing anything. */
  readonly heritage?: Heritage
  readonly resignations: readonly {
    /** Whose it is: a name, and what makes it that router on the wire. */
    readonly router: string
    readonly transport: TransportSpec
    readonly datagram: Uint8Array
    readonly destination: IpAddress
    readonly source: IpAddress
    readonly hopLimit: number
    /** The datagram needs a trailer of `auth_hmac`, made when it is sent: there is a time in it. */
    readonly seal?: ResignationSeal
  }[]
}

export type ResignationSeal = { readonly keyId: number; readonly secret: Uint8Array }
