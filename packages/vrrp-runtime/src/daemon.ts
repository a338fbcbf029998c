// The whole VRRP daemon over its two ports: reads the configuration, runs the routers, follows the machine, reloads, stops.
import { between, fail, type IfIndex, type Instant, type IpAddress, later, milliseconds, ok, type Result, type WallTime } from '@havip/base'
import { type Configuration, checkMachine, type Diagnostic, type MachineFacts, mayStart, parseConfiguration } from '@havip/conf'
import { Agenda } from './agenda.ts'
import { Announcer } from './announcer.ts'
import { countSeverities, type DisabledScripts, diagnosticLine, disabledScripts, isFatal, isProblem } from './diagnostics.ts'
import { ExpectedRemovals } from './expected-removals.ts'
import type { Clock, Host, HostEvent, Link } from './host.ts'
import { Links } from './links.ts'
import { missingFeatures } from './missing-features.ts'
import { Notifier } from './notify.ts'
import { type Entry, Recording } from './recorder.ts'
import { planReload } from './reload-plan.ts'
import { VirtualRouter } from './router.ts'
import { ScriptSet } from './script-set.ts'
import { StaticAddresses } from './static-addresses.ts'
import type { DaemonStatus, GuardReport } from './status.ts'
import { reportStatus } from './status-report.ts'
import type { Tracker, TrackerKind } from './tracking.ts'
import { Transports } from './transports.ts'
import { lastWill } from './will.ts'
import { WillKeeper } from './will-keeper.ts'
import type { World } from './world.ts'

export type DaemonOptions = {
  /** Absolute path, or a pattern. */
  readonly configFile: string
  /** `-i`; default: the host name up to the first dot. */
  readonly configId?: string | undefined
  /** `-e`. */
  readonly checksAllIncludes: boolean
  /** For `${_ENV NAME}`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the configuration's checks ask of the machine. */
  readonly machine: MachineFacts
  /** Our version, for people. */
  readonly release: string
  readonly pid: number
  /** -D. */
  readonly logsDetail: boolean
  /** -V: stopping says nothing and leaves the addresses. */
  readonly keepsAddresses: boolean
  /** What the guard did for the daemon before this one. */
  readonly guardReport?: GuardReport
}

/** Why the daemon does not start; the configuration's problems are in `diagnostics`. */
export type StartRefusal = { readonly diagnostics: readonly Diagnostic[]; readonly message: string }
export type ReloadResult = { readonly accepted: boolean; readonly message: string; readonly diagnostics: readonly Diagnostic[] }
/** Every notable thing that happens, as the recorder has it. */
export type DaemonEvent = Entry

export type Daemon = {
  start(): Result<{ readonly diagnostics: readonly Diagnostic[] }, StartRefusal>
  /** A transaction: a file with a fatal problem changes nothing. */
  reload(): ReloadResult
  /** Resigns, removes the addresses, tells scripts, and calls `done` when they have ended or had their second. */
  stop(done: () => void): void
  status(): DaemonStatus
  /** Everything recorded, of one instance or of all, oldest first. */
  recording(instance?: string): readonly Entry[]
  /** Returns how to stop listening. */
  onEvent(listener: (event: DaemonEvent) => void): () => void
  readonly routers: readonly VirtualRouter[]
  readonly configuration: Configuration | undefined
  clearCounters(): void
}

/** Scripts that hear STOP get this long (keepalived). */
const stopScriptsFor = milliseconds(1000)
/** The heartbeat that sees a freeze even while every deadline is far away. */
const heartbeatMax = milliseconds(1000)
const heartbeatMin = milliseconds(50)
/** With more routers than this the will is handed over once a turn of the loop, not at once. */
const promptWillMax = 16
export function createDaemon(host: Host, clock: Clock, options: DaemonOptions): Daemon {
  return new RunningDaemon(host, clock, options)
}

class RunningDaemon implements Daemon {
  readonly #host: Host
  readonly #clock: Clock
  readonly #options: DaemonOptions
  readonly #agenda: Agenda
  readonly #recording: Recording
  readonly #listeners = new Set<(event: DaemonEvent) => void>()
  readonly #scripts: ScriptSet
  readonly #expectedRemovals = new ExpectedRemovals()
  readonly #static: StaticAddresses
  readonly #will: WillKeeper
  #routers: VirtualRouter[] = []
  readonly #links: Links
  #world: World | undefined
  #configuration: Configuration | undefined
  #diagnostics: readonly Diagnostic[] = []
  #disabled: DisabledScripts = () => false
  #started: { readonly at: Instant; readonly wall: WallTime }
  #loadedAt: WallTime
  #lastReload: DaemonStatus['daemon']['lastReload']
  /** The shortest advert_int of all, as of the latest heartbeat. */
  #intervalMin: number = heartbeatMax
  #isDelayed = false
  #isStopping = false

  constructor(host: Host, clock: Clock, options: DaemonOptions) {
    this.#host = host
    this.#clock = clock
    this.#options = options
    this.#agenda = new Agenda(clock, (lateBy, since) => this.#late(lateBy, since))
    this.#recording = new Recording(clock, (entry) => {
      for (const listener of this.#listeners) listener(entry)
    })
    this.#scripts = new ScriptSet(
      { host, clock, agenda: this.#agenda, isDisabled: (command) => this.#disabled(command) },
      {
        changed: (tracker) => this.#lookAll((router) => router.tracks('script', tracker.name)),
        log: (level, line) => host.log(level, line),
        ended: (tracker, end) => {
          for (const router of this.#routers) {
            if (end.kind !== 'exited' && router.tracks('script', tracker.name))
              router.recorder.record({ kind: 'script-ended', script: tracker.name, end })
          }
        },
      },
    )
    this.#links = new Links(host)
    this.#static = new StaticAddresses(
      host,
      (name) => this.#links.find(name),
      (key) => this.#expectedRemovals.expect(key),
    )
    this.#will = new WillKeeper(host, clock, this.#agenda)
    this.#started = { at: clock.now(), wall: clock.wallTime() }
    this.#loadedAt = this.#started.wall
  }

  get routers(): readonly VirtualRouter[] {
    return this.#routers
  }
  get configuration(): Configuration | undefined {
    return this.#configuration
  }

  // --- start -----------------------------------------------------------------------------------------------------

  start(): Result<{ readonly diagnostics: readonly Diagnostic[] }, StartRefusal> {
    const read = this.#read()
    const isRefused = !mayStart(read.diagnostics) || (read.configuration.global.reloadCheckConfig && read.diagnostics.some(isProblem))
    if (isRefused) return fail({ diagnostics: read.diagnostics, message: 'the configuration does not allow to start' })
    const configuration = read.configuration
    this.#configuration = configuration
    this.#diagnostics = read.diagnostics
    this.#disabled = disabledScripts(configuration, read.diagnostics)
    this.#world = this.#makeWorld(configuration)
    this.#host.onEvent((event) => this.#hear(event))
    for (const line of missingFeatures(configuration)) this.#host.log(4, line)
    this.#static.configure(configuration)
    const world = this.#world
    const freshScripts = this.#scripts.configure(configuration)
    this.#routers = configuration.instances.map((conf) => new VirtualRouter(conf, world))
    for (const router of this.#routers) router.removeLeftovers()
    for (const router of this.#routers) router.look()
    this.#startRouters(configuration.global.startupDelay)
    for (const script of freshScripts) script.start()
    this.#ownershipChanged()
    this.#beat()
    return ok({ diagnostics: read.diagnostics })
  }

  #read(): { readonly configuration: Configuration; readonly diagnostics: readonly Diagnostic[] } {
    const { configuration, diagnostics, texts } = parseConfiguration(this.#host.files, this.#options.configFile, {
      hostName: this.#host.hostName,
      configId: this.#options.configId,
      env: this.#options.env,
      checksAllIncludes: this.#options.checksAllIncludes,
    })
    this.#links.readAll()
    const all = [...diagnostics, ...checkMachine(configuration, this.#options.machine)]
    this.#tellProblems(all, texts)
    return { configuration, diagnostics: all }
  }

  #tellProblems(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>): void {
    for (const diagnostic of diagnostics) {
      const level = diagnostic.severity === 'error' ? 3 : diagnostic.severity === 'warning' ? 4 : 6
      this.#host.log(level, diagnosticLine(diagnostic, texts))
    }
  }

  #makeWorld(configuration: Configuration): World {
    const { host, agenda, clock } = { host: this.#host, agenda: this.#agenda, clock: this.#clock }
    const { garpInterval, gnaInterval, logUnknownVrids } = configuration.global
    const unknown = new Set<string>()
    const logUnknown = (vrid: number, source: IpAddress): void => {
      const key = `${vrid} ${source}`
      if (unknown.has(key) || unknown.size >= 256) return
      unknown.add(key)
      host.log(6, `Unknown VRID(${vrid}) received from ${source}. ignoring...`)
    }
    return {
      host,
      clock,
      agenda,
      transports: new Transports(
        host,
        (run) => void agenda.schedule(clock.now(), run),
        logUnknownVrids ? (packet, vrid) => logUnknown(vrid, packet.source) : undefined,
      ),
      announcer: new Announcer(host, clock, agenda, { ipv4: garpInterval, ipv6: gnaInterval }),
      notifier: new Notifier(host, clock, configuration.global, (command) => this.#disabled(command)),
      recording: this.#recording,
      logsDetail: this.#options.logsDetail,
      global: () => (this.#configuration ?? configuration).global,
      findLink: (name) => this.#links.find(name),
      findTracker: (kind, name) => this.#findTracker(kind, name),
      expectRemoval: (key) => this.#expectedRemovals.expect(key),
      ownershipChanged: () => this.#ownershipChanged(),
    }
  }

  #startRouters(delay: number): void {
    if (delay <= 0) {
      for (const router of this.#routers) router.start()
      return
    }
    this.#isDelayed = true
    this.#host.log(6, `Delaying startup for ${delay / 1000} seconds`)
    this.#agenda.schedule(later(this.#clock.now(), milliseconds(delay)), () => {
      this.#isDelayed = false
      if (!this.#isStopping) for (const router of this.#routers) router.start()
    })
  }

  // --- the machine -----------------------------------------------------------------------------------------------

  #findTracker(kind: TrackerKind, name: string): Tracker | undefined {
    if (kind === 'script') return this.#scripts.find(name)
    if (kind !== 'interface') return undefined
    const isUp = this.#links.find(name)?.isUp ?? false
    return { kind, name, condition: isUp ? { kind: 'good' } : { kind: 'bad', detail: 'down' }, defaults: { weight: 0, reverse: false } }
  }

  #lookAll(isConcerned: (router: VirtualRouter) => boolean): void {
    for (const router of this.#routers) if (isConcerned(router)) router.look()
  }

  #hear(event: HostEvent): void {
    if (this.#isStopping) return
    switch (event.kind) {
      case 'link-changed':
        this.#linkChanged(event.link)
        break
      case 'link-removed':
        this.#links.removed(event.index)
        this.#host.log(6, `Netlink reports ${event.name} deleted`)
        this.#lookAll((router) => router.uses(event.name))
        break
      case 'address-added':
        this.#addressChanged(event.interface, event.address)
        break
      case 'address-removed':
        this.#addressRemoved(event.interface, event.address)
        break
      case 'resynchronise':
        this.#resynchronise()
        break
    }
  }

  #linkChanged(link: Link): void {
    const before = this.#links.changed(link)
    if (before?.isUp !== link.isUp) this.#host.log(6, `Netlink reports ${link.name} ${link.isUp ? 'up' : 'down'}`)
    this.#lookAll((router) => router.uses(link.name) || (before !== undefined && router.uses(before.name)))
  }

  /** Only a source address matters; our own virtual ones come and go by the thousand. */
  #addressChanged(index: IfIndex, address: IpAddress): void {
    const owner = this.#routers.find((router) =>
      router.placements.some(({ spec }) => spec?.interface === index && spec.address === address),
    )
    if (owner) return
    this.#links.refresh(index)
    const link = this.#links.withIndex(index)
    if (link) this.#lookAll((router) => router.uses(link.name))
  }

  #addressRemoved(index: IfIndex, address: IpAddress): void {
    const key = `${index} ${address}`
    if (this.#expectedRemovals.take(key)) return
    for (const router of this.#routers) router.addressLost(index, address)
    this.#addressChanged(index, address)
    this.#static.removed(index, address)
  }

  /** Reports were lost: look at everything again, and at whether the masters still have what they added. */
  #resynchronise(): void {
    this.#links.readAll()
    this.#expectedRemovals.forget()
    for (const router of this.#routers) {
      router.look()
      for (const { spec } of router.placements) {
        const isThere = !spec || this.#links.withIndex(spec.interface)?.addresses.some((entry) => entry.address === spec.address)
        if (spec && !isThere) router.addressLost(spec.interface, spec.address)
      }
    }
  }

  // --- time ------------------------------------------------------------------------------------------------------

  /** A freeze as long as an instance's interval has made its timers worthless as evidence against the peer. */
  #late(lateBy: number, since: Instant): void {
    // Asked at every wake-up, of which a thousand routers make thousands a second: one comparison, nearly always.
    if (lateBy < this.#intervalMin) return
    for (const router of this.#routers) {
      if (lateBy < router.config.interval) continue
      router.recorder.record({ kind: 'late', by: milliseconds(lateBy) })
      router.stalled(lateBy, since)
    }
  }

  #beat(): void {
    if (this.#isStopping) return
    this.#intervalMin = this.#routers.reduce((least, router) => Math.min(least, router.config.interval), heartbeatMax as number)
    const at = later(this.#clock.now(), milliseconds(Math.max(heartbeatMin, this.#intervalMin)))
    this.#agenda.schedule(at, () => this.#beat())
  }

  // --- ownership -------------------------------------------------------------------------------------------------

  #ownershipChanged(): void {
    if (this.#options.keepsAddresses) return
    this.#will.changed(() => lastWill(this.#routers), this.#routers.length <= promptWillMax)
  }

  // --- reload ----------------------------------------------------------------------------------------------------

  reload(): ReloadResult {
    const before = this.#configuration
    const world = this.#world
    if (!before || !world || this.#isStopping) return { accepted: false, message: 'not running', diagnostics: [] }
    this.#host.log(6, 'Reloading ...')
    const { configuration, diagnostics } = this.#read()
    const refusal = refusalOf(before, configuration, diagnostics)
    if (refusal !== undefined) {
      this.#host.log(3, `Reload refused: ${refusal}; the running configuration stays`)
      return this.#reloaded({ accepted: false, message: refusal, diagnostics })
    }
    this.#disabled = disabledScripts(configuration, diagnostics)
    this.#apply(before, configuration, world)
    this.#diagnostics = diagnostics
    this.#loadedAt = this.#clock.wallTime()
    this.#host.log(6, 'Reload complete')
    return this.#reloaded({ accepted: true, message: 'Reload complete', diagnostics })
  }

  #reloaded(result: ReloadResult): ReloadResult {
    this.#lastReload = { at: new Date(this.#clock.wallTime()).toISOString(), accepted: result.accepted, message: result.message }
    return result
  }

  #apply(before: Configuration, after: Configuration, world: World): void {
    this.#configuration = after
    world.notifier.global = after.global
    world.announcer.gaps = { ipv4: after.global.garpInterval, ipv6: after.global.gnaInterval }
    for (const line of missingFeatures(after)) this.#host.log(4, line)
    this.#static.configure(after)
    const plan = planReload(this.#routers, after.instances, { before: before.global, after: after.global })
    for (const router of plan.leaving) router.stop(false, router.conf.notify.deleted ? 'DELETED' : 'FAULT')
    const freshScripts = this.#scripts.configure(after)
    const created: VirtualRouter[] = []
    this.#routers = plan.steps.map((step) => {
      if (step.kind !== 'create') return step.running
      const router = new VirtualRouter(step.conf, world)
      created.push(router)
      return router
    })
    for (const step of plan.steps) {
      if (step.kind === 'keep') step.running.look()
      if (step.kind === 'change') step.running.reconfigure(step.conf)
    }
    for (const router of created) {
      router.removeLeftovers()
      router.look()
      if (!this.#isDelayed) router.start()
    }
    for (const script of freshScripts) script.start()
    this.#ownershipChanged()
  }

  // --- stop ------------------------------------------------------------------------------------------------------

  stop(done: () => void): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#host.log(6, 'Stopping')
    this.#scripts.stop()
    for (const router of this.#routers) router.stop(this.#options.keepsAddresses)
    this.#will.revoke()
    if (!this.#options.keepsAddresses) this.#static.removeAll()
    this.#agenda.close()
    const notifier = this.#world?.notifier
    if (!notifier) {
      done()
      return
    }
    let isDone = false
    const finish = (): void => {
      if (isDone) return
      isDone = true
      timer.cancel()
      notifier.killAll(15)
      done()
    }
    const timer = this.#clock.setTimer(later(this.#clock.now(), stopScriptsFor), finish)
    notifier.whenIdle(finish)
  }

  // --- telling ---------------------------------------------------------------------------------------------------

  status(): DaemonStatus {
    const now = this.#clock.now()
    return reportStatus({
      host: this.#host,
      now,
      wall: this.#clock.wallTime(),
      routers: this.#routers,
      daemon: {
        pid: this.#options.pid,
        release: this.#options.release,
        hostName: this.#host.hostName,
        routerId: this.#world?.notifier.routerId ?? this.#host.hostName,
        startedAt: new Date(this.#started.wall).toISOString(),
        runningForMs: between(this.#started.at, now),
        configFile: this.#options.configFile,
        loadedAt: new Date(this.#loadedAt).toISOString(),
        diagnostics: countSeverities(this.#diagnostics),
        ...(this.#lastReload ? { lastReload: this.#lastReload } : {}),
        loop: { lagLastMs: this.#agenda.lag.last, lagWorstMs: this.#agenda.lag.worst, wakeUps: this.#agenda.lag.wakeUps },
        ...(this.#options.guardReport ? { guard: this.#options.guardReport } : {}),
      },
    })
  }

  recording(instance?: string): readonly Entry[] {
    return this.#routers
      .filter((router) => instance === undefined || router.name === instance)
      .flatMap((router) => router.recorder.entries())
      .sort((a, b) => a.sequence - b.sequence)
  }

  onEvent(listener: (event: DaemonEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  clearCounters(): void {
    for (const router of this.#routers) router.clearCounters()
  }
}

/** Undefined: go ahead. */
function refusalOf(before: Configuration, after: Configuration, diagnostics: readonly Diagnostic[]): string | undefined {
  const fatal = diagnostics.find(isFatal)
  if (fatal) return fatal.message
  const problem = after.global.reloadCheckConfig ? diagnostics.find(isProblem) : undefined
  if (problem) return `reload_check_config is set and the file has a problem: ${problem.message}`
  if (before.daemon.netNamespace !== after.daemon.netNamespace) return 'net_namespace cannot change at reload'
  if (before.daemon.instanceName !== after.daemon.instanceName) return 'instance cannot change at reload'
  return undefined
}
