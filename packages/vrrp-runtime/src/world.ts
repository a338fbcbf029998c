// What a virtual router at run time needs from the daemon around it.
import type { Instant, IpAddress, Milliseconds, Result } from '@havip/base'
import type { GlobalDefs } from '@havip/conf'
import type { FaultCause } from '@havip/vrrp'
import type { Agenda } from './agenda.ts'
import type { Announcer } from './announcer.ts'
import type { Batch } from './batch.ts'
import type { Chorus } from './chorus.ts'
import type { AddressSpec, Clock, Host, HostFault, Link } from './host.ts'
import type { Removal } from './host-parts.ts'
import type { Notifier } from './notify.ts'
import type { Recording } from './recorder.ts'
import type { RouteNames } from './route-names.ts'
import type { Tracker, TrackerKind } from './tracking.ts'
import type { Transports } from './transports.ts'

export type World = {
  readonly host: Host
  readonly clock: Clock
  readonly agenda: Agenda
  readonly batch: Batch
  readonly transports: Transports
  readonly announcer: Announcer
  /** Sends for masters that have nothing else to do. */
  readonly chorus: Chorus
  readonly notifier: Notifier
  readonly recording: Recording
  /** -D. */
  readonly logsDetail: boolean
  global(): GlobalDefs
  /** When a master with this interval shall wake: with many routers, on a grid that they share, so that one wake-up serves several. */
  wakeOfMaster(due: Instant, interval: Milliseconds): Instant
  /** One silence was put off because the host has noted adverts: all with this interval ask now, which spares each a wake-up. */
  askForNotes(interval: Milliseconds): void
  /** Of routing tables and the like. */
  names(): RouteNames
  findLink(name: string): Link | undefined
  /** Has an instance here put this address there? */
  isVirtual(address: IpAddress): boolean
  findTracker(kind: TrackerKind, name: string): Tracker | undefined
  /** Static items that the instance's track groups miss. */
  staticFaults(instance: string): readonly FaultCause[]
  /** From the kernel, whose report of it is then no loss. */
  removeAddress(spec: AddressSpec): Result<Removal, HostFault>
  /** Somebody became or ceased to be master: the last will is out of date. */
  ownershipChanged(): void
}
