// The guard: keepalived's parent process. It holds the pid file, passes signals on, starts the daemon and watches it. If the
// daemon dies without goodbye, it says goodbye in its place, at once: addresses away, then priority 0. Never two owners.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync, writeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { enterNamespace, monotonicMilliseconds, notifyServiceManager } from '@havip/linux'
import { createLog } from '@havip/vrrp-linux'
import type { GuardReport } from '@havip/vrrp-runtime'
import { warmUp } from './daemon-process.ts'
import { goOn } from './go-on.ts'
import { createLineReader, type FromDaemon } from './guard-line.ts'
import type { Settings } from './options.ts'
import { type PidFile, writePidFile } from './pid-file.ts'
import { onSignalNumber } from './real-time-signal.ts'
import { release } from './release.ts'
import { daemonCommand } from './roles.ts'
import { type Death, deathsMax, deathsWithinMs, recentDeaths, sayGoodbyeFor, successionOf } from './succession.ts'

/** Statuses with which the daemon says that starting it again would change nothing. */
const permanentStatuses = new Set([2, 4, 6])
/** A daemon that lived this long is started again at once. */
const stableAfterMs = 60_000
const respawnDelayMaxMs = 60_000
/** keepalived's child_wait_time. */
const daemonStopMs = 5000
/** What the daemon wrote before it died may be read after the news of its death; never longer than this. */
const lastWordsMs = 20
/** keepalived's numbers of the JSON dump and of clearing the statistics. */
const realTimeSignals = [36, 63]
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
  /** What was done for the daemon before the first one. */
  readonly report?: GuardReport
  /** The daemon is started after so long. */
  readonly afterMs?: number
}

export function runGuard(settings: Settings, how: GuardBeginning): void {
  new Guard(settings, how).start()
}

class Guard {
  readonly #settings: Settings
  readonly #log: (level: number, line: string) => void
  #reportsReady: boolean
  #pidFile: PidFile | undefined
  #daemon: Mortal | undefined
  #isStopping = false
  #respawnDelayMs = 0
  #respawnTimer: NodeJS.Timeout | undefined
  #report: GuardReport | undefined
  /** Keeps the process alive while it only waits for signals. */
  #hasSucceeded = false
  #deaths: readonly number[] = []
  readonly #startAfterMs: number
  readonly #alive = setInterval(() => {}, 3_600_000)

  constructor(settings: Settings, how: GuardBeginning) {
    this.#settings = settings
    this.#reportsReady = how.reportsReady
    this.#report = how.report
    this.#startAfterMs = how.afterMs ?? 0
    this.#log = createLog({
      ident: 'Keepalived',
      facility: settings.logFacility,
      toSyslog: settings.logToSyslog,
      toStderr: settings.logToConsole,
      dateOnStderr: settings.foreground,
      levelMax: 7,
    })
  }

  start(): void {
    const { settings } = { settings: this.#settings }
    process.umask(settings.umask ?? 0o177)
    this.#log(6, `Starting havipd v${release}, pid ${process.pid}`)
    for (const remark of settings.remarks) this.#log(6, remark)
    if (!existsSync(settings.configFile) && !/[*?[{]/.test(settings.configFile)) {
      this.#fail(6, `Unable to find configuration file ${settings.configFile}`)
      return
    }
    try {
      if (settings.namespace !== undefined) enterNamespace(`/run/netns/${settings.namespace}`)
      // With a handover the old one's is there until the daemon has taken over.
      const pidFile = settings.handover ? undefined : writePidFile(settings.pidFile, process.pid)
      if (pidFile && 'takenBy' in pidFile) {
        this.#fail(1, `daemon is already running: process ${pidFile.takenBy} holds ${settings.pidFile}`)
        return
      }
      this.#pidFile = pidFile
    } catch (error) {
      const refused = (error as NodeJS.ErrnoException).code === 'EACCES'
      const text = error instanceof Error ? error.message : String(error)
      // 4 is keepalived's status for a missing permission: permanent, nobody should try again.
      this.#fail(
        refused ? 4 : 1,
        refused ? `Cannot start: ${text}: run it as root, or name other places with -p and -r` : `Cannot start: ${text}`,
      )
      return
    }
    // keepalived's scripts run in / once it has gone to the background.
    if (this.#reportsReady) process.chdir('/')
    this.#listen()
    if (this.#startAfterMs > 0) this.#respawnTimer = setTimeout(() => this.#spawn(), this.#startAfterMs)
    else this.#spawn()
  }

  #fail(status: number, text: string): void {
    this.#log(3, text)
    if (!this.#settings.logToConsole) process.stderr.write(`havipd: ${text}\n`)
    process.exit(status)
  }

  #listen(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#stop())
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
      process.on(signal, () => {
        if (this.#hasSucceeded) return
        if (signal === 'SIGHUP') this.#notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
        this.#daemon?.process.kill(signal)
      })
    }
    for (const number of realTimeSignals) {
      onSignalNumber(number, () => {
        const pid = this.#daemon?.process.pid
        if (pid !== undefined) process.kill(pid, number)
      })
    }
  }

  #notify(state: string): void {
    notifyServiceManager(state, process.env.NOTIFY_SOCKET)
  }

  // --- the daemon's life -----------------------------------------------------------------------------------------

  #spawn(): void {
    this.#respawnTimer = undefined
    const { program, args, env } = daemonCommand(this.#settings, this.#report)
    const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
    const daemon: Mortal = { process: child, startedAt: performance.now(), will: undefined, saidGoodbye: false }
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
        break
      case 'namespace':
        enterNamespace(`/run/netns/${message.name}`)
        break
      case 'ready':
        this.#log(6, 'Startup complete')
        if (this.#settings.handover) this.#takePidFile()
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
    this.#notify(`READY=1\nMAINPID=${process.pid}`)
    if (!this.#reportsReady) return
    this.#reportsReady = false
    try {
      writeSync(3, 'ready\n')
    } catch {
      // Whoever started us is gone: nobody waits.
    }
  }

  #takePidFile(): void {
    try {
      writeFileSync(this.#settings.pidFile, `${process.pid}\n`, { mode: 0o644 })
      const pidFile = writePidFile(this.#settings.pidFile, process.pid)
      if ('remove' in pidFile) this.#pidFile = pidFile
    } catch (error) {
      this.#log(3, `cannot write ${this.#settings.pidFile}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #warmUp(): void {
    try {
      if (!this.#hasSucceeded && !this.#isStopping) warmUp(this.#settings)
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
      this.#end(0)
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
    const ranMs = performance.now() - daemon.startedAt
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
    this.#notify('STOPPING=1')
    clearTimeout(this.#respawnTimer)
    const daemon = this.#daemon
    if (!daemon) {
      this.#end(0)
      return
    }
    daemon.process.kill('SIGTERM')
    setTimeout(() => {
      this.#log(3, `VRRP child process(${daemon.process.pid}) does not stop: killing it`)
      daemon.process.kill('SIGKILL')
    }, daemonStopMs).unref()
  }

  #end(status: number): void {
    clearInterval(this.#alive)
    this.#pidFile?.remove()
    this.#log(6, `Stopped havipd v${release}`)
    process.exit(status)
  }
}
