// The guard: keepalived's parent process. It holds the pid file, passes signals on, starts the daemon and watches it. If the
// daemon dies without goodbye, it says goodbye in its place, at once: addresses away, then priority 0. Never two owners.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import type { Configuration } from '@havip/conf'
import { enterNamespace, monotonicMilliseconds, releaseFreeMemory, setThreadName } from '@havip/linux'
import type { GuardReport } from '@havip/vrrp-runtime'
import { warmUp } from './daemon-process.ts'
import { readEarly } from './early-configuration.ts'
import { isAlive, letGo } from './early-daemon.ts'
import { goOn } from './go-on.ts'
import { createLineReader, type FromDaemon } from './guard-line.ts'
import { runLifecycleScript } from './lifecycle-script.ts'
import { namespacePath } from './namespace.ts'
import type { Settings } from './options.ts'
import { inheritPidFile, type PidFile, takePidFile } from './pid-file.ts'
import { createProcessLog } from './process-log.ts'
import { onSignalNumber, restartSignal } from './real-time-signal.ts'
import { release } from './release.ts'
import { daemonCommand } from './roles.ts'
import { type PlacedSettings, placeFiles } from './run-files.ts'
import { reloadingState, tellServiceManager } from './service-manager.ts'
import { type Death, deathsMax, deathsWithinMs, recentDeaths, sayGoodbyeFor, successionOf } from './succession.ts'

const statusFatal = 1
/** keepalived's for a missing permission: permanent, nobody should try again. */
const statusPermission = 4
/** Statuses with which the daemon says that starting it again would change nothing. */
const permanentStatuses = new Set([2, 4, 6])
/** A daemon that lived this long is started again at once. */
const stableAfterMs = 60_000
const respawnDelayMaxMs = 60_000
/** What the daemon wrote before it died may be read after the news of its death; never longer than this. */
const lastWordsMs = 20
/** keepalived's numbers of the JSON dump and of clearing the statistics. */
const realTimeSignals = [36, 63]
/** For the daemon to take note of a signal. */
const leaveAfterMs = 50
/** Not while the daemon itself is starting: there are few processors. */
const warmUpAfterMs = 300

type Mortal = {
  readonly process: ChildProcess
  readonly startedAt: number
  will: string | undefined
  saidGoodbye: boolean
}

export type GuardBeginning = {
  readonly reportsReady: boolean
  /** Waits for our word, see `startEarly`. */
  readonly early?: ChildProcess
  /** What was done for the daemon before the first one. */
  readonly report?: GuardReport
  /** The daemon is started after so long. */
  readonly afterMs?: number
}

export function runGuard(settings: Settings, how: GuardBeginning): void {
  new Guard(settings, how).start()
}

class Guard {
  readonly #given: Settings
  readonly #how: GuardBeginning
  #placed: PlacedSettings | undefined
  #configuration: Configuration | undefined
  #log: (level: number, line: string) => void
  #reportsReady: boolean
  #pidFile: PidFile | undefined
  #daemon: Mortal | undefined
  #isStopping = false
  #hasHandedOver = false
  #isFailing = false
  #respawnDelayMs = 0
  #respawnTimer: NodeJS.Timeout | undefined
  #report: GuardReport | undefined
  /** Keeps the process alive while it only waits for signals. */
  #hasSucceeded = false
  #deaths: readonly number[] = []
  #early: ChildProcess | undefined
  readonly #alive = setInterval(() => {}, 3_600_000)

  constructor(settings: Settings, how: GuardBeginning) {
    this.#given = settings
    this.#how = how
    this.#reportsReady = how.reportsReady
    this.#report = how.report
    this.#early = how.early
    this.#log = createProcessLog(settings, '', '')
  }

  get #settings(): PlacedSettings {
    if (!this.#placed) throw new Error('asked for the settings before the configuration was read')
    return this.#placed
  }

  start(): void {
    const given = this.#given
    process.umask(given.umask ?? 0o177)
    this.#log(6, `Starting havipd v${release}, pid ${process.pid}`)
    for (const remark of given.remarks) this.#log(6, remark)
    if (!existsSync(given.configFile) && !/[*?[{]/.test(given.configFile)) {
      this.#fail(6, `Unable to find configuration file ${given.configFile}`)
      return
    }
    const { configuration } = readEarly(given)
    this.#configuration = configuration
    this.#placed = placeFiles(given, configuration.daemon)
    if (this.#placed.identSuffix !== '') this.#log = createProcessLog(given, '', this.#placed.identSuffix)
    setThreadName(configuration.global.process.parentName ?? 'havipd')
    if (!this.#enter(given.namespace ?? configuration.daemon.netNamespace) || !this.#takeFirstPidFile()) return
    // keepalived's scripts run in / once it has gone to the background.
    if (this.#reportsReady) process.chdir('/')
    this.#listen()
    const { afterMs = 0 } = this.#how
    if (afterMs > 0) this.#respawnTimer = setTimeout(() => this.#spawn(), afterMs)
    else if (given.handover) this.#spawn()
    else this.#runStartupScript(configuration)
  }

  #enter(namespace: string | undefined): boolean {
    if (namespace === undefined) return true
    const path = namespacePath(namespace)
    // It stands where we stood: another has to be started in there.
    this.#early?.kill('SIGKILL')
    this.#early = undefined
    if (path.ok) enterNamespace(path.value)
    else this.#fail(statusFatal, path.fault)
    return path.ok
  }

  #takeFirstPidFile(): boolean {
    const { pidFile, vrrpPidFile, handover } = this.#settings
    try {
      for (const path of [pidFile, vrrpPidFile]) makeFolderOf(path)
      // With a handover the old one's is there until the daemon has taken over; a dead one's may still be closing.
      if (this.#how.afterMs !== undefined) this.#inheritPidFile()
      const taken = handover || this.#how.afterMs !== undefined ? undefined : takePidFile(pidFile, process.pid)
      if (taken && 'takenBy' in taken) {
        this.#fail(statusFatal, `daemon is already running: process ${taken.takenBy ?? 'unknown'} holds ${pidFile}`)
        return false
      }
      if (taken) this.#pidFile = taken
      return true
    } catch (error) {
      const refused = ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')
      const text = error instanceof Error ? error.message : String(error)
      this.#fail(
        refused ? statusPermission : statusFatal,
        refused ? `Cannot start: ${text}: run it as root, or name other places with -p and -r` : `Cannot start: ${text}`,
      )
      return false
    }
  }

  #runStartupScript({ global }: Configuration): void {
    runLifecycleScript('startup', global, this.#log, () => {
      if (!this.#isStopping) this.#spawn()
    })
  }

  #fail(status: number, text: string): void {
    this.#log(3, text)
    if (!this.#given.logToConsole) process.stderr.write(`havipd: ${text}\n`)
    process.exit(status)
  }

  #listen(): void {
    process.on('SIGTERM', () => this.#stop())
    process.on('SIGINT', () => {
      if (!this.#given.ignoresInterrupt) this.#stop()
    })
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
      process.on(signal, () => {
        if (this.#hasSucceeded) return
        if (signal === 'SIGHUP') tellServiceManager(reloadingState())
        this.#daemon?.process.kill(signal)
      })
    }
    // systemd's watchdog has heard nothing for too long: the daemon hangs. Goodbye in its place, and a fresh start.
    process.on('SIGABRT', () => {
      this.#isStopping = true
      this.#isFailing = true
      this.#log(2, 'The watchdog ran out: ending the VRRP process')
      this.#daemon?.process.kill('SIGKILL')
    })
    onSignalNumber(restartSignal, () => this.#leaveDaemonAlone())
    for (const number of realTimeSignals) {
      onSignalNumber(number, () => {
        const pid = this.#daemon?.process.pid
        if (pid !== undefined) process.kill(pid, number)
      })
    }
  }

  // --- the daemon's life -----------------------------------------------------------------------------------------

  #spawn(): void {
    this.#respawnTimer = undefined
    const child = this.#startedEarly() ?? this.#startDaemon()
    const daemon: Mortal = { process: child, startedAt: monotonicMilliseconds(), will: undefined, saidGoodbye: false }
    this.#daemon = daemon
    child.on('error', (error) => this.#fail(1, `Cannot start the VRRP process: ${error.message}`))
    const line = child.stdio[3] as Readable
    line.setEncoding('utf8')
    line.on(
      'data',
      createLineReader((message) => this.#hear(daemon, message)),
    )
    line.on('error', () => {})
    child.on('exit', (status, signal) => this.#afterLastWords(daemon, line, () => this.#died(daemon, status, signal)))
    this.#log(6, `Starting VRRP child process, pid=${child.pid}`)
  }

  #startedEarly(): ChildProcess | undefined {
    const early = this.#early
    this.#early = undefined
    if (early === undefined || !isAlive(early)) return undefined
    letGo(early, this.#settings)
    return early
  }

  #startDaemon(): ChildProcess {
    const { program, args, env } = daemonCommand(this.#settings, this.#report)
    return spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  }

  /** All that it wrote comes before its end of the line does. */
  #afterLastWords(daemon: Mortal, line: Readable, then: () => void): void {
    if (line.readableEnded || line.destroyed) {
      then()
      return
    }
    let isDone = false
    const once = (): void => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      then()
    }
    const timer = setTimeout(once, daemon.saidGoodbye ? 0 : lastWordsMs)
    line.once('close', once)
    line.once('end', once)
  }

  #hear(daemon: Mortal, message: FromDaemon): void {
    switch (message.kind) {
      case 'will':
        daemon.will = message.json
        break
      case 'goodbye':
        daemon.saidGoodbye = true
        break
      case 'handed-over':
        daemon.saidGoodbye = true
        this.#isStopping = true
        this.#hasHandedOver = true
        break
      case 'ready':
        this.#log(6, 'Startup complete')
        if (this.#settings.handover) this.#inheritPidFile()
        this.#ready()
        setTimeout(() => this.#warmUp(), warmUpAfterMs)
        break
      case 'reloaded':
        this.#ready()
        break
    }
  }

  /** At start, and after each reload: systemd waits for it. */
  #ready(): void {
    tellServiceManager(`READY=1\nMAINPID=${process.pid}`)
    if (!this.#reportsReady) return
    this.#reportsReady = false
    try {
      writeSync(3, 'ready\n')
    } catch {
      // Whoever started us is gone: nobody waits.
    }
  }

  #inheritPidFile(): void {
    const { pidFile } = this.#settings
    try {
      inheritPidFile(pidFile, process.pid, (result) => {
        if ('remove' in result) this.#pidFile = result
        else this.#log(3, `process ${result.takenBy ?? 'unknown'} still holds ${pidFile}`)
      })
    } catch (error) {
      this.#log(3, `cannot write ${pidFile}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #warmUp(): void {
    try {
      if (this.#hasSucceeded || this.#isStopping) return
      warmUp(this.#settings)
      releaseFreeMemory()
    } catch {
      // The daemon itself says what is wrong.
    }
  }

  /** Becomes the daemon, unless that is forbidden or has not helped. */
  #succeed(death: Death, status: number | null): boolean {
    const { respawn } = this.#settings
    const isPermanent = status !== null && permanentStatuses.has(status)
    if (!respawn || this.#isStopping || isPermanent) return false
    this.#deaths = recentDeaths(this.#deaths, monotonicMilliseconds())
    const succession = successionOf(death, this.#deaths)
    if (!succession) {
      if (this.#deaths.length >= deathsMax) this.#log(2, `${this.#deaths.length} deaths within ${deathsWithinMs / 1000} s: resigning`)
      return false
    }
    this.#hasSucceeded = true
    clearInterval(this.#alive)
    goOn(this.#settings, death, succession, this.#deaths, this.#log)
    return true
  }

  #died(daemon: Mortal, status: number | null, signal: NodeJS.Signals | null): void {
    if (this.#daemon === daemon) this.#daemon = undefined
    const how = signal === null ? `exit status ${status}` : `signal ${signal}`
    const death = { how, pid: daemon.process.pid ?? 0, willJson: daemon.will }
    if (!daemon.saidGoodbye && this.#succeed(death, status)) return
    if (!daemon.saidGoodbye) this.#report = sayGoodbyeFor(death, this.#log)
    if (this.#isStopping) {
      this.#endInOrder()
      return
    }
    if (status !== null && permanentStatuses.has(status)) {
      this.#log(3, `VRRP child process(${daemon.process.pid}) ended with a permanent error (${how})`)
      this.#end(status)
      return
    }
    if (!this.#settings.respawn) {
      this.#log(3, `VRRP child process(${daemon.process.pid}) died (${how}): Exiting`)
      this.#end(status === 0 ? 0 : 1)
      return
    }
    const ranMs = monotonicMilliseconds() - daemon.startedAt
    const isFresh = this.#respawnDelayMs === 0 || ranMs >= stableAfterMs
    const delayMs = isFresh ? 0 : this.#respawnDelayMs
    this.#respawnDelayMs = isFresh ? 1000 : Math.min(2 * this.#respawnDelayMs, respawnDelayMaxMs)
    this.#log(2, `VRRP child process(${daemon.process.pid}) died (${how}): Respawning${delayMs > 0 ? ` in ${delayMs / 1000} s` : ''}`)
    this.#respawnTimer = setTimeout(() => this.#spawn(), delayMs)
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  #stop(): void {
    if (this.#isStopping || this.#hasSucceeded) return
    this.#isStopping = true
    this.#log(6, 'Stopping')
    tellServiceManager('STOPPING=1')
    clearTimeout(this.#respawnTimer)
    const daemon = this.#daemon
    if (!daemon) {
      this.#endInOrder()
      return
    }
    daemon.process.kill('SIGTERM')
    setTimeout(() => {
      this.#log(3, `VRRP child process(${daemon.process.pid}) does not stop: killing it`)
      daemon.process.kill('SIGKILL')
    }, this.#configuration?.daemon.childWaitTime).unref()
  }

  /** A restart: this process ends, as systemd waits for it; the daemon runs on until its successor asks for a handover. */
  #leaveDaemonAlone(): void {
    const pid = this.#daemon?.process.pid
    if (this.#isStopping || this.#hasSucceeded || pid === undefined) return
    this.#isStopping = true
    process.kill(pid, restartSignal)
    this.#log(5, `Restarting: process ${pid} keeps the addresses until its successor has taken over`)
    // The daemon has to know before it sees its guard gone.
    setTimeout(() => process.exit(0), leaveAfterMs)
  }

  /** After a handover another process goes on: nothing has ended. */
  #endInOrder(): void {
    if (this.#isFailing) {
      this.#end(statusFatal)
      return
    }
    const global = this.#configuration?.global
    if (global && !this.#hasHandedOver) runLifecycleScript('shutdown', global, this.#log, () => this.#end(0))
    else this.#end(0)
  }

  #end(status: number): void {
    clearInterval(this.#alive)
    this.#pidFile?.remove()
    this.#log(6, `Stopped havipd v${release}`)
    process.exit(status)
  }
}

/** For everybody to look into, whatever the mask of the daemon's own files is. */
function makeFolderOf(path: string): void {
  const mask = process.umask(0o022)
  try {
    mkdirSync(dirname(path), { recursive: true })
  } finally {
    process.umask(mask)
  }
}
