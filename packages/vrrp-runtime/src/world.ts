// What a virtual router at run time needs from the daemon around it.
import type { GlobalDefs } from '@havip/conf'
import type { Agenda } from './agenda.ts'
import type { Announcer } from './announcer.ts'
import type { Clock, Host, Link } from './host.ts'
import type { Notifier } from './notify.ts'
import type { Recording } from './recorder.ts'
import type { Tracker, TrackerKind } from './tracking.ts'
import type { Transports } from './transports.ts'

export type World = {
  readonly host: Host
  readonly clock: Clock
  readonly agenda: Agenda
  readonly transports: Transports
  readonly announcer: Announcer
  readonly notifier: Notifier
  readonly recording: Recording
  /** -D. */
  readonly logsDetail: boolean
  global(): GlobalDefs
  findLink(name: string): Link | undefined
  findTracker(kind: TrackerKind, name: string): Tracker | undefined
  /** An address is about to be removed by ourselves: the kernel's report of it is no loss. */
  expectRemoval(key: string): void
  /** Somebody became or ceased to be master: the last will is out of date. */
  ownershipChanged(): void
}
