// The whole VRRP daemon over its two ports: reads the configuration, runs the routers, follows the machine, reloads, stops.
import {
  between,
  fail,
  type Instant,
  type IpAddress,
  instant,
  later,
  type Milliseconds,
  milliseconds,
  ok,
  type Priority,
  type Result,
  type WallTime,
} from '@havip/base'
import { type CommandConf, type Configuration, type Diagnostic, type MachineFacts, mayStart, type ParsedConfiguration } from '@havip/conf'
import { Agenda } from './agenda.ts'
import { Announcer } from './announcer.ts'
import { Batch } from './batch.ts'
import { Chorus } from './chorus.ts'
import { countSeverities, type DisabledScripts, disabledScripts, isProblem } from './diagnostics.ts'
import type { Heritage, Succession } from './heritage.ts'
import type { Clock, Host, UserIds } from './host.ts'
import { describeHostFault } from './host-words.ts'
import { type Inventory, inventoryOf } from './inventory.ts'
import type { Dumped } from './keepalived-dumps.ts'
import { type Holdings, holdingsOf, removeLeftovers, together } from './leftovers.ts'
import { type LoadedConfiguration, loadConfiguration, reloadRefusal } from './load-configuration.ts'
import { MachineWatch } from './machine-watch.ts'
import { missingFeatures } from './missing-features.ts'
import { Notifier, scriptUser } from './notify.ts'
import { matchesProcess } from './process-tracker.ts'
import { type Entry, Recording } from './recorder.ts'
import { planReload } from './reload-plan.ts'
import { VirtualRouter } from './router.ts'
import type { DaemonStatus, GuardReport } from './status.ts'
import { reportStatus } from './status-report.ts'
import { refusedSwitchover, type SwitchoverReport, type SwitchoverRequest } from './switchover-report.ts'
import type { SyncGroup } from './sync-group.ts'
import { formGroups } from './sync-groups.ts'
import { Trackers } from './trackers.ts'
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
  /** -B makes it false: no BFD session says or hears anything. */
  readonly runsBfd?: boolean
  /** -x and -A. */
  readonly snmp?: { readonly isEnabled: boolean; readonly socket: string | undefined }
  /** For everything drawn at random: discriminators and jitter of BFD. Default: from pid and wall clock. */
  readonly randomSeed?: number
  /** Go on where the process before this one stopped. */
  readonly succession?: Succession
  /** What daemons before this one recorded (`--record-file`), oldest first: the recording goes on from there. */
  readonly earlierEntries?: readonly Entry[]
  /** How long the machine had been up when the daemon started: for vrrp_delay_after_boot. */
  readonly sinceBoot?: Milliseconds
  /** What the guard did for the daemon before this one. */
  readonly guardReport?: GuardReport
}

/** Why the daemon does not start; the configuration's problems are in `diagnostics`. */
export type StartRefusal = { readonly diagnostics: readonly Diagnostic[]; readonly message: string }
export type ReloadResult = { readonly accepted: boolean; readonly message: string; readonly diagnostics: readonly Diagnostic[] }
export type Adjustment = { readonly priority?: Priority; readonly preempt?: boolean }
/** Every notable thing that happens, as the recorder has it. */
export type DaemonEvent = Entry

export type Daemon = {
  /** @param reading of the files, for whoever has just made one. */
  start(reading?: ParsedConfiguration): Result<{ readonly diagnostics: readonly Diagnostic[] }, StartRefusal>
  /** A transaction: a file with a fatal problem changes nothing. */
  reload(): ReloadResult
  /** Resigns, removes the addresses, tells scripts, and calls `done` when they have ended or had their second. */
  stop(done: () => void): void
  /** What another process needs to go on from here. */
  heritage(): Heritage
  /** Falls silent and leaves everything in place, for the process that gets what is returned. The caller ends this one. */
  handOver(): Heritage
  status(): DaemonStatus
  /** Moves an instance, and its sync group, to another router on purpose; `done` is called once, within seconds. */
  switchOver(request: SwitchoverRequest, done: (report: SwitchoverReport) => void): void
  /** Everything recorded, of one instance or of all, oldest first. */
  recording(instance?: string): readonly Entry[]
  /** Returns how to stop listening. */
  onEvent(listener: (event: DaemonEvent) => void): () => void
  readonly routers: readonly VirtualRouter[]
  readonly configuration: Configuration | undefined
  /** For tables of management systems. @param known the revision of the configured part that the reader has. Undefined: not started. */
  inventory(known?: string): Inventory | undefined
  /** What SNMP may set of an instance, until a reload or a restart says otherwise. False: there is none of that name. */
  adjust(instance: string, change: Adjustment): boolean
  /** What keepalived's dump files are made of. */
  readonly dumped: Dumped
  clearCounters(): void
}

/** Scripts that hear STOP get this long (keepalived). */
const stopScriptsFor = milliseconds(1000)
/** The heartbeat that sees a freeze even while every deadline is far away. */
const heartbeatMax = milliseconds(1000)
const heartbeatMin = milliseconds(50)
/** With more routers than this the will is handed over once a turn of the loop, not at once. */
const promptWillMax = 16
/** From this number of routers on, masters' adverts share wake-ups. */
const crowdMin = 16
/** So many wake-ups in an interval serve all of its masters. */
const wakeUpsPerInterval = 20
/** Milliseconds. */
const gridMax = 50
export function createDaemon(host: Host, clock: Clock, options: DaemonOptions): Daemon {
  return new RunningDaemon(host, clock, options)
}

class RunningDaemon implements Daemon {
  readonly #host: Host
  readonly #clock: Clock
  readonly #options: DaemonOptions
  readonly #agenda: Agenda
  readonly #batch: Batch
  readonly #recording: Recording
  readonly #listeners = new Set<(event: DaemonEvent) => void>()
  readonly #machine: MachineWatch
  readonly #trackers: Trackers
  readonly #will: WillKeeper
  #isHandedOver = false
  #routers: VirtualRouter[] = []
  #groups: readonly SyncGroup[] = []
  #world: World | undefined
  #configuration: Configuration | undefined
  #diagnostics: readonly Diagnostic[] = []
  #disabled: DisabledScripts = () => false
  #started: { readonly at: Instant; readonly wall: WallTime }
  #loadedAt: WallTime
  #loads = 1
  #lastReload: DaemonStatus['daemon']['lastReload']
  /** The shortest advert_int of all, as of the latest heartbeat. */
  #intervalMin: number = heartbeatMax
  #passiveUntil: Instant | undefined
  #isStopping = false

  constructor(host: Host, clock: Clock, options: DaemonOptions) {
    this.#host = host
    this.#clock = clock
    this.#options = options
    this.#batch = new Batch(host)
    this.#agenda = new Agenda(clock, (lateBy, since) => this.#late(lateBy, since), this.#batch)
    this.#recording = new Recording(
      clock,
      (entry) => {
        for (const listener of this.#listeners) listener(entry)
      },
      options.earlierEntries,
    )
    this.#machine = new MachineWatch({ host, clock, agenda: this.#agenda }, () => this.#routers)
    this.#trackers = new Trackers({
      host,
      clock,
      agenda: this.#agenda,
      recording: this.#recording,
      randomSeed: options.randomSeed ?? options.pid + clock.wallTime(),
      logsDetail: options.logsDetail,
      runsBfd: options.runsBfd !== false,
      isDisabled: (command) => this.#disabled(command),
      routers: () => this.#routers,
      findLink: (name) => this.#machine.findLink(name),
      sessionChanged: () => this.#ownershipChanged(),
    })
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
  get dumped(): Dumped {
    const { processes } = this.#host
    return {
      routers: this.#routers,
      configuration: this.#configuration,
      groups: this.#groups,
      bfd: this.#trackers.bfd,
      hostName: this.#host.hostName,
      release: this.#options.release,
      names: this.#machine.names,
      missingStatics: this.#machine.missingStaticRoutes,
      runningForMs: between(this.#started.at, this.#clock.now()),
      now: () => ({ at: this.#clock.now(), wall: this.#clock.wallTime() }),
      links: () => this.#host.links(),
      findTracker: (kind, name) => this.#trackers.find(kind, name),
      resolvePath: (path) => this.#options.machine.resolve(path),
      userOf: (command) => this.#userOf(command),
      processesOf: (name) => {
        const conf = this.#configuration?.processes.find((one) => one.name === name)
        return conf ? (processes?.list() ?? []).filter((one) => matchesProcess(conf, one)).length : 0
      },
    }
  }

  #userOf(command: CommandConf): UserIds | undefined {
    if (!this.#configuration) return undefined
    const allowed = scriptUser(this.#host, this.#configuration.global, command)
    if (!('user' in allowed)) return undefined
    return allowed.user ?? (this.#options.machine.ownUserId === 0 ? { uid: 0, gid: 0, groups: undefined } : undefined)
  }

  // --- start -----------------------------------------------------------------------------------------------------

  start(reading?: ParsedConfiguration): Result<{ readonly diagnostics: readonly Diagnostic[] }, StartRefusal> {
    const read = this.#readConfiguration(reading)
    const isRefused = !mayStart(read.diagnostics) || (read.configuration.global.reloadCheckConfig && read.diagnostics.some(isProblem))
    if (isRefused) return fail({ diagnostics: read.diagnostics, message: 'the configuration does not allow to start' })
    const configuration = read.configuration
    this.#configuration = configuration
    this.#diagnostics = read.diagnostics
    this.#disabled = disabledScripts(configuration, read.diagnostics)
    this.#world = this.#makeWorld(configuration)
    this.#host.onEvent((event) => this.#machine.hear(event))
    this.#world.notifier.fifos.configure(configuration.global)
    for (const line of missingFeatures(configuration, this.#host)) this.#host.log(4, line)
    const world = this.#world
    const { succession } = this.#options
    if (succession) this.#machine.inherit(succession.heritage)
    this.#machine.configure(configuration, world.announcer)
    if (succession) this.#trackers.inherit(succession.heritage)
    const freshScripts = this.#trackers.configure(configuration)
    this.#routers = configuration.instances.map((conf) => new VirtualRouter(conf, world))
    this.#groups = formGroups(configuration.syncGroups, new Map(this.#routers.map((router) => [router.name, router])), world, [])
    const heirs = new Set(this.#inherit(succession))
    const others = this.#routers.filter((router) => !heirs.has(router))
    for (const router of others) router.removeLeftovers()
    for (const router of others) router.look()
    if (heirs.size > 0) for (const group of this.#groups) group.unite()
    this.#passiveUntil = succession ? undefined : this.#startupDelayEnds(configuration)
    for (const router of this.#faultyFirst()) router.start(this.#passiveUntil)
    if (succession) {
      this.#removeUnwanted(succession.heritage.holdings)
      this.#machine.inherited()
    }
    for (const script of freshScripts) script.start()
    this.#ownershipChanged()
    this.#beat()
    return ok({ diagnostics: read.diagnostics })
  }

  #readConfiguration(reading?: ParsedConfiguration): LoadedConfiguration {
    const loaded = loadConfiguration(this.#host, this.#options, reading)
    this.#machine.readLinks()
    return loaded
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
      batch: this.#batch,
      wakeOfMaster: (due, interval) => this.#wakeOfMaster(due, interval),
      askForNotes: (interval) => {
        for (const router of this.#routers) if (router.config.interval === interval) router.askForNotes()
      },
      transports: new Transports(
        host,
        (run, after) => void agenda.schedule(after === undefined ? clock.now() : later(clock.now(), after), run),
        logUnknownVrids ? (packet, vrid) => logUnknown(vrid, packet.source) : undefined,
      ),
      chorus: new Chorus({ agenda, clock, isCrowd: () => this.#routers.length >= crowdMin, broke: (mistake) => this.#sangWrong(mistake) }),
      announcer: new Announcer(host, clock, agenda, { ipv4: garpInterval, ipv6: gnaInterval }),
      notifier: new Notifier(host, clock, configuration.global, (command) => this.#disabled(command)),
      recording: this.#recording,
      logsDetail: this.#options.logsDetail,
      global: () => (this.#configuration ?? configuration).global,
      names: () => this.#machine.names,
      findLink: (name) => this.#machine.findLink(name),
      isVirtual: (address) => this.#routers.some((router) => router.hasPut(address)),
      findTracker: (kind, name) => this.#trackers.find(kind, name),
      staticFaults: (instance) => this.#machine.staticFaults(instance),
      removeAddress: (spec) => this.#machine.removeAddress(spec),
      ownershipChanged: () => this.#ownershipChanged(),
    }
  }

  /** As keepalived begins: whoever is in fault, and whoever shares a group with one, is told of before the others. */
  #faultyFirst(): readonly VirtualRouter[] {
    const faulty = new Set(this.#routers.filter(({ faults }) => faults.length > 0).map(({ name }) => name))
    const isConcerned = ({ members }: SyncGroup): boolean => members.some(({ name }) => faulty.has(name))
    for (const { members } of this.#groups.filter(isConcerned)) for (const { name } of members) faulty.add(name)
    return [...this.#routers.filter(({ name }) => faulty.has(name)), ...this.#routers.filter(({ name }) => !faulty.has(name))]
  }

  /** Routers that go on; the others begin as at any start. */
  #inherit(succession: Succession | undefined): readonly VirtualRouter[] {
    if (!succession) return []
    const left = new Map(succession.heritage.routers.map((router) => [router.name, router]))
    return this.#routers.filter((router) => {
      const heritage = left.get(router.name)
      if (!heritage) return false
      router.look()
      return router.inherit(heritage, succession.how)
    })
  }

  /** Of what the process before this one left. Where an address of ours has been in another place, the neighbours have to learn it. */
  #removeUnwanted(theirs: Holdings | undefined): void {
    if (!theirs) return
    const survivors = new Set(this.#routers.map(({ key }) => key))
    const { removed, faults } = removeLeftovers(theirs, this.#holdings(), survivors, {
      host: this.#host,
      now: this.#clock.wallTime(),
      removeAddress: (spec) => this.#machine.removeAddress(spec),
    })
    for (const fault of faults) this.#host.log(3, `of the process before this one: ${describeHostFault(fault)}`)
    const moved = new Set(removed.map(({ address }) => address))
    for (const router of this.#routers) {
      if (router.ownAddresses().some(({ address }) => moved.has(address))) router.announceNow()
    }
  }

  heritage(withTimers = true): Heritage {
    const routers = this.#routers.flatMap((router) => router.heritage(withTimers) ?? [])
    return { version: 1, routers, ...this.#trackers.heritage(), ...this.#machine.heritage() }
  }

  /** Also what is nobody's will to remove: static items outlive a daemon that died. */
  #holdings(): Holdings {
    return together(holdingsOf(lastWill(this.#routers)), this.#machine.staticHoldings)
  }

  handOver(): Heritage {
    const heritage = { ...this.heritage(), holdings: this.#holdings() }
    this.#isHandedOver = true
    this.#host.log(5, 'Handing over to another process: the addresses stay')
    this.#isStopping = true
    this.#machine.leave()
    this.#trackers.stop()
    this.#world?.notifier.fifos.endScripts()
    for (const router of this.#routers) router.fallSilent()
    this.#trackers.bfd.stop(true)
    this.#agenda.close()
    this.#will.revoke()
    return heritage
  }

  #sangWrong(mistake: unknown): void {
    const text = mistake instanceof Error ? mistake.message : String(mistake)
    this.#host.log(3, `internal mistake in what sends for many instances: ${text}; each sends for itself from now on`)
  }

  /** A constant shift of each router's phase: its adverts keep their distance from one another. */
  #wakeOfMaster(due: Instant, interval: number): Instant {
    if (this.#routers.length < crowdMin) return due
    const grid = Math.min(gridMax, interval / wakeUpsPerInterval)
    return instant(Math.ceil(due / grid) * grid)
  }

  /** The longer of vrrp_startup_delay and what is left of vrrp_delay_after_boot; undefined without one. */
  #startupDelayEnds({ global }: Configuration): Instant | undefined {
    const sinceBoot = this.#options.sinceBoot ?? global.delayAfterBoot
    const delay = Math.max(global.startupDelay, global.delayAfterBoot - sinceBoot)
    if (delay <= 0) return undefined
    this.#host.log(6, `Delaying startup for ${delay / 1000} seconds`)
    return later(this.#clock.now(), milliseconds(delay))
  }

  // --- time ------------------------------------------------------------------------------------------------------

  /** A freeze as long as an instance's interval has made its timers worthless as evidence against the peer. */
  #late(lateBy: number, since: Instant): void {
    this.#trackers.bfd.late(milliseconds(lateBy), since)
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
    if (this.#options.keepsAddresses || this.#isHandedOver) return
    this.#will.changed(
      () => ({ ...lastWill(this.#routers), ...this.#machine.heritage(), heritage: this.heritage(false) }),
      this.#routers.length <= promptWillMax,
    )
  }

  // --- reload ----------------------------------------------------------------------------------------------------

  reload(): ReloadResult {
    const before = this.#configuration
    const world = this.#world
    if (!before || !world || this.#isStopping) return { accepted: false, message: 'not running', diagnostics: [] }
    // A request that has waited through a freeze: that is told of before anybody speaks because of the new settings.
    this.#agenda.notice(this.#clock.now())
    this.#host.log(6, 'Reloading ...')
    const loaded = this.#readConfiguration()
    const { configuration, diagnostics } = loaded
    const refusal = reloadRefusal(before, loaded)
    if (refusal !== undefined) {
      this.#host.log(3, `Reload refused: ${refusal}; the running configuration stays`)
      return this.#reloaded({ accepted: false, message: refusal, diagnostics })
    }
    this.#disabled = disabledScripts(configuration, diagnostics)
    this.#apply(before, configuration, world)
    this.#diagnostics = diagnostics
    this.#loadedAt = this.#clock.wallTime()
    this.#loads++
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
    world.notifier.fifos.configure(after.global)
    world.announcer.gaps = { ipv4: after.global.garpInterval, ipv6: after.global.gnaInterval }
    for (const line of missingFeatures(after, this.#host)) this.#host.log(4, line)
    this.#machine.configure(after, world.announcer)
    const plan = planReload(this.#routers, after.instances, { before: before.global, after: after.global })
    for (const router of plan.leaving) router.stop(false, router.conf.reportsDeleted ? 'DELETED' : 'REMOVED')
    const freshScripts = this.#trackers.configure(after)
    const created: VirtualRouter[] = []
    this.#routers = plan.steps.map((step) => {
      if (step.kind !== 'create') return step.running
      const router = new VirtualRouter(step.conf, world)
      created.push(router)
      return router
    })
    const named = new Map(plan.steps.map(({ conf }, i) => [conf.name, this.#routers[i] as VirtualRouter]))
    this.#groups = formGroups(after.syncGroups, named, world, this.#groups)
    for (const step of plan.steps) {
      if (step.kind === 'keep') step.running.look()
      if (step.kind === 'change') step.running.reconfigure(step.conf)
    }
    for (const router of created) {
      router.removeLeftovers()
      router.look()
      router.start(this.#passiveUntil)
    }
    for (const group of this.#groups) group.unite()
    if (after.global.fifoWritesStatesOnReload) for (const one of [...this.#groups, ...this.#routers]) one.tellStateAgain()
    for (const script of freshScripts) script.start()
    this.#ownershipChanged()
  }

  // --- stop ------------------------------------------------------------------------------------------------------

  stop(done: () => void): void {
    if (this.#isStopping) return
    this.#isStopping = true
    this.#host.log(6, 'Stopping')
    this.#machine.close()
    this.#trackers.stop()
    this.#world?.notifier.fifos.endScripts()
    for (const router of this.#routers) router.stop(this.#options.keepsAddresses)
    for (const group of this.#groups) group.tellStop()
    this.#will.revoke()
    if (!this.#options.keepsAddresses) this.#machine.removeStatic()
    this.#trackers.bfd.stop(this.#options.keepsAddresses)
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
      notifier.fifos.close()
      done()
    }
    const timer = this.#clock.setTimer(later(this.#clock.now(), stopScriptsFor), finish)
    if (this.#options.keepsAddresses) notifier.whenIdle(finish)
    else this.#machine.removeFirewall(this.#configuration, () => notifier.whenIdle(finish))
  }

  // --- telling ---------------------------------------------------------------------------------------------------

  inventory(known?: string): Inventory | undefined {
    return inventoryOf(this.dumped, `${this.#options.pid}-${this.#started.wall}-${this.#loads}`, known)
  }

  adjust(instance: string, { priority, preempt }: Adjustment): boolean {
    const router = this.#routers.find(({ name }) => name === instance)
    if (!router || this.#isStopping) return false
    const { conf } = router
    const after = { ...conf, priority: priority ?? conf.priority, preempt: preempt ?? conf.preempt }
    if (after.priority !== conf.priority) {
      this.#host.log(6, `(${conf.name}) base priority changed from ${conf.priority} to ${after.priority} via SNMP.`)
    }
    if (after.preempt !== conf.preempt) this.#host.log(6, `(${conf.name}) preemption ${after.preempt ? 'enabled' : 'disabled'} with SNMP`)
    if (after.priority !== conf.priority || after.preempt !== conf.preempt) router.reconfigure(after)
    return true
  }

  status(): DaemonStatus {
    const now = this.#clock.now()
    return reportStatus({
      host: this.#host,
      now,
      wall: this.#clock.wallTime(),
      routers: this.#routers,
      bfd: this.#trackers.bfd,
      groups: this.#groups,
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

  switchOver(request: SwitchoverRequest, done: (report: SwitchoverReport) => void): void {
    const router = this.#routers.find(({ name }) => name === request.instance)
    if (router && !this.#isStopping && !this.#isHandedOver) {
      router.switchOver(request, done)
      return
    }
    const known = this.#routers.map(({ name }) => name).join(', ') || 'none'
    done(refusedSwitchover(request, router ? 'the daemon is stopping' : `no instance is called ${request.instance}; there are: ${known}`))
  }

  recording(instance?: string): readonly Entry[] {
    const earlier = this.#recording.earlier.filter((entry) => instance === undefined || entry.instance === instance)
    const ours = [...this.#routers, ...this.#trackers.bfd.sessions]
      .filter((one) => instance === undefined || one.name === instance)
      .flatMap((one) => one.recorder.entries())
      .sort((a, b) => a.sequence - b.sequence)
    return [...earlier, ...ours]
  }

  onEvent(listener: (event: DaemonEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  clearCounters(): void {
    for (const router of this.#routers) router.clearCounters()
  }
}
