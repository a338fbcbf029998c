// Everything a router may track, by kind and name: scripts, files, processes, BFD sessions, interfaces.
import { seededRandom } from '@havip/base'
import type { Configuration } from '@havip/conf'
import type { Agenda } from './agenda.ts'
import type { BfdSession } from './bfd/session.ts'
import { BfdSet } from './bfd/set.ts'
import type { DisabledScripts } from './diagnostics.ts'
import { FileSet } from './file-tracker.ts'
import type { Heritage } from './heritage.ts'
import type { Clock, Host, Link } from './host.ts'
import { ProcessSet } from './process-tracker.ts'
import type { Recording } from './recorder.ts'
import type { VirtualRouter } from './router.ts'
import { ScriptSet } from './script-set.ts'
import type { ScriptTracker } from './script-tracker.ts'
import type { Tracker, TrackerKind } from './tracking.ts'

export type TrackersWorld = {
  readonly host: Host
  readonly clock: Clock
  readonly agenda: Agenda
  readonly recording: Recording
  readonly randomSeed: number
  /** -D. */
  readonly logsDetail: boolean
  /** False: no BFD session says or hears anything. */
  readonly runsBfd: boolean
  readonly isDisabled: DisabledScripts
  routers(): readonly VirtualRouter[]
  findLink(name: string): Link | undefined
  /** A BFD session went up or down: the next process has to know. */
  sessionChanged(): void
}

export class Trackers {
  readonly bfd: BfdSet
  readonly #world: TrackersWorld
  readonly #scripts: ScriptSet
  readonly #files: FileSet
  readonly #processes: ProcessSet
  #isStopped = false

  constructor(world: TrackersWorld) {
    const { host, clock, agenda } = world
    this.#world = world
    this.#scripts = new ScriptSet(
      { host, clock, agenda, isDisabled: world.isDisabled },
      {
        changed: (tracker) => this.#tellUsers('script', tracker.name),
        log: (level, line) => host.log(level, line),
        ended: (tracker, end) => {
          for (const router of this.#usersOf('script', tracker.name)) {
            if (end.kind !== 'exited') router.recorder.record({ kind: 'script-ended', script: tracker.name, end })
          }
        },
      },
    )
    this.#files = new FileSet(host, (name) => this.#tellUsers('file', name))
    this.#processes = new ProcessSet({ host, clock, agenda }, (name) => this.#tellUsers('process', name))
    this.bfd = new BfdSet({
      host,
      clock,
      agenda,
      random: seededRandom(world.randomSeed),
      logsDetail: world.logsDetail,
      isOff: !world.runsBfd,
      recorderFor: (name) => world.recording.recorderFor(name),
      changed: (session) => this.#sessionChanged(session),
    })
  }

  find(kind: TrackerKind, name: string): Tracker | undefined {
    if (kind === 'script') return this.#scripts.find(name)
    if (kind === 'bfd') return this.bfd.find(name)
    if (kind === 'file') return this.#files.find(name)
    if (kind === 'process') return this.#processes.find(name)
    if (kind !== 'interface') return undefined
    const isUp = this.#world.findLink(name)?.isUp ?? false
    return { kind, name, condition: isUp ? { kind: 'good' } : { kind: 'bad', detail: 'down' }, defaults: { weight: 0, reverse: false } }
  }

  /** Those of this configuration, and no others. Returns the scripts that are new and still have to be started. */
  configure(configuration: Configuration): readonly ScriptTracker[] {
    const freshScripts = this.#scripts.configure(configuration)
    this.bfd.configure(configuration)
    this.#files.configure(configuration)
    this.#processes.configure(configuration)
    return freshScripts
  }

  heritage(): Pick<Heritage, 'scripts' | 'bfd'> {
    return { scripts: this.#scripts.heritage(), bfd: this.bfd.heritage() }
  }

  /** Before `configure`. */
  inherit(left: Heritage): void {
    this.#scripts.inherit(left.scripts)
    this.bfd.inherit(left.bfd ?? [])
  }

  /** No verdict changes from now on; BFD sessions go on until `bfd.stop`. */
  stop(): void {
    this.#isStopped = true
    this.#scripts.stop()
    this.#files.stop()
    this.#processes.stop()
  }

  #usersOf(kind: TrackerKind, name: string): readonly VirtualRouter[] {
    return this.#world.routers().filter((router) => router.tracks(kind, name))
  }

  #tellUsers(kind: TrackerKind, name: string): void {
    for (const router of this.#usersOf(kind, name)) router.look()
  }

  #sessionChanged(session: BfdSession): void {
    if (this.#isStopped) return
    const concerned = this.#usersOf('bfd', session.name)
    const word = session.condition.kind === 'good' ? 'UP' : 'DOWN'
    for (const router of concerned) this.#world.host.log(6, `VRRP_Instance(${router.name}) Tracked BFD instance ${session.name} is ${word}`)
    for (const router of concerned) router.look()
    this.#world.sessionChanged()
  }
}
