// The daemon proper in its process: the runtime on a real kernel, with its signals, files and status socket.
import { closeSync, openSync, readSync } from 'node:fs'
import { uptime } from 'node:os'
import { milliseconds, ok } from '@havip/base'
import { checkOnMachine, type ParsedConfiguration, parseConfiguration, type SourceReader } from '@havip/conf'
import { setThreadName } from '@havip/linux'
import { createLinuxClock, createLinuxHost, executeWill, machineFacts } from '@havip/vrrp-linux'
import {
  createDaemon,
  type Daemon,
  type DaemonStatus,
  type GuardReport,
  keepalivedData,
  type ReloadResult,
  type Succession,
  type Will,
} from '@havip/vrrp-runtime'
import { monitorAddresses } from './address-monitor.ts'
import { Agents } from './agents.ts'
import { type Companion, createCompanion } from './companion.ts'
import { createDumps, type Dumps } from './dumps.ts'
import { type EarlyReading, readEarly } from './early-configuration.ts'
import { giveBackFreeMemory } from './free-memory.ts'
import { requestHandover } from './handover.ts'
import { runLifecycleScript } from './lifecycle-script.ts'
import { Loads } from './loads.ts'
import { openMetrics } from './metrics-server.ts'
import { signalNumber } from './options.ts'
import { inheritPidFile, type PidFile } from './pid-file.ts'
import { describeMissing, missingEssentials, missingForConfiguration } from './privileges.ts'
import { applyProcessKeywords } from './process-keywords.ts'
import { createProcessLog } from './process-log.ts'
import { onSignalNumber, restartSignal } from './real-time-signal.ts'
import { readRecordFile, recordTo } from './record-file.ts'
import { release } from './release.ts'
import { ReloadSchedule } from './reload-schedule.ts'
import type { PlacedSettings } from './run-files.ts'
import { keepWatchdogQuiet, reloadingState, tellServiceManager, tellStates, watchdogInterval } from './service-manager.ts'
import { type DumpKind, openStatusSocket, type StatusSocket } from './status-socket.ts'
import type { Log } from './succession.ts'

/** keepalived's statuses: a configuration that must not run; our own mistake. */
const exitConfiguration = 2
const exitPermission = 4
const exitSoftware = 70
/** A restart that brings nobody is a stop. */
const successorWithinMs = 15_000
/** Long enough for the new one to write its pid files, and for the guard to hear of it. */
const handedOverForMs = 50

export type Beginning = {
  /** What the guard did for the daemon before this one. */
  readonly report?: GuardReport | undefined
  /** Goes on where a dead daemon stopped. */
  readonly succession?: Succession
  /** That daemon's, in case this process does not get far. */
  readonly inheritedWill?: Will
  /** Recent deaths of the daemons before this one; passed on to the next spare. */
  readonly deaths: readonly number[]
  /** A guard started this process and watches it; else it is its own master and starts a spare. */
  readonly hasGuard: boolean
}

/** Read in this much, the code that reads has run; a thousand instances would take their time and stay in memory. */
const warmUpCharacters = 16_384

const beginningsOf = (files: SourceReader): SourceReader => ({
  ...files,
  read: (path) => {
    const text = files.read(path)
    return text.ok ? ok(text.value.slice(0, warmUpCharacters)) : text
  },
})

/** Loads and runs once, for nothing, what has to be quick when a daemon has died. */
export function warmUp(settings: PlacedSettings): void {
  const clock = createLinuxClock()
  const host = createLinuxHost({ clock, log: () => {} })
  try {
    const parsed = parseConfiguration(beginningsOf(host.files), settings.configFile, {
      hostName: host.hostName,
      configId: settings.configId,
      env: process.env,
    })
    checkOnMachine(parsed, machineFacts(host))
  } finally {
    host.close()
    clock.close()
  }
}

/** @param early what was read of the files just now; without it they are read. */
export async function runDaemon(settings: PlacedSettings, beginning: Beginning, early: EarlyReading = {}): Promise<void> {
  const log = createProcessLog(settings, '_vrrp', settings.identSuffix)
  const watcher: { companion: Companion | undefined } = { companion: undefined }
  // Whatever nobody caught: end without goodbye, so that the guard says it.
  process.on('uncaughtException', (error) => {
    log(2, `internal mistake: ${error.stack ?? error.message}`)
    const orphaned = watcher.companion?.orphanedWill()
    if (orphaned) for (const { call, errno, detail } of executeWill(orphaned)) log(3, `${call}: ${errno} ${detail}`)
    process.exit(exitSoftware)
  })
  process.umask(settings.umask ?? 0o177)
  const stopper: { stop: () => void } = { stop: () => process.exit(0) }
  const main = { isMain: !beginning.hasGuard, awaitsSuccessor: false }
  const pidFiles = new PidFiles(log)
  const becomeMain = (): void => {
    main.isMain = true
    pidFiles.take(settings.pidFile)
    tellServiceManager(`MAINPID=${process.pid}`)
  }
  const tellManager = (state: string): void => {
    if (main.isMain) tellServiceManager(state)
  }
  const { hasGuard, deaths } = beginning
  const line = createCompanion({
    settings,
    deaths,
    hasGuard,
    inheritedWill: beginning.inheritedWill,
    becameMain: becomeMain,
    abandoned: () => stopper.stop(),
    awaitsSuccessor: () => main.awaitsSuccessor,
    log,
  })
  watcher.companion = line
  const clock = createLinuxClock()
  early.reading ??= readEarly(settings)
  const { configuration } = early.reading
  setThreadName(configuration.global.process.name ?? 'havipd')
  const handedOver = settings.handover && !beginning.succession ? await requestHandover(settings.statusSocket) : undefined
  const succession = handedOver ? { heritage: handedOver, how: 'handover' } : beginning.succession
  const missing = missingEssentials()
  if (missing.length > 0) {
    log(3, describeMissing(missing))
    line.tell({ kind: 'goodbye' })
    process.exit(exitPermission)
  }
  const wanted = missingForConfiguration(configuration, process.getuid?.() ?? 0)
  if (wanted.length > 0) log(4, describeMissing(wanted))
  const plainHost = createLinuxHost({ clock, log, entrustToGuard: (will) => line.tell({ kind: 'will', will }) })
  const host = settings.monitorsAddresses ? monitorAddresses(plainHost, log) : plainHost
  const earlierEntries = settings.recordFile === undefined ? [] : readRecordFile(settings.recordFile)
  const daemon = createDaemon(host, clock, {
    configFile: settings.configFile,
    configId: settings.configId,
    checksAllIncludes: settings.allConfig,
    env: process.env,
    machine: machineFacts(host),
    release,
    pid: process.pid,
    logsDetail: settings.logDetail,
    keepsAddresses: settings.keepAddresses,
    runsBfd: settings.runsBfd,
    snmp: settings.snmp,
    randomSeed: randomSeed(),
    ...(beginning.report === undefined ? {} : { guardReport: beginning.report }),
    ...(succession ? { succession } : {}),
    sinceBoot: milliseconds(uptime() * 1000),
    earlierEntries,
  })
  const recordFile =
    settings.recordFile === undefined ? undefined : recordTo(settings.recordFile, daemon, host.hostName, (text) => log(4, text))
  process.umask(settings.umask ?? configuration.global.umask)
  applyProcessKeywords(settings, configuration, clock, log)
  const loads = new Loads(settings, log)
  const started = loads.around(configuration, () => daemon.start(taken(early)))
  if (!started.ok) {
    log(3, started.fault.message)
    line.tell({ kind: 'goodbye' })
    process.exit(exitConfiguration)
  }
  if (!beginning.hasGuard) becomeMain()
  pidFiles.take(settings.vrrpPidFile)
  loads.save(configuration)
  const reloadNow = (): unknown => {
    const result = loads.around(daemon.configuration ?? configuration, () => reload(daemon, line, tellManager))
    const { global } = daemon.configuration ?? configuration
    if (result.accepted) loads.save(daemon.configuration ?? configuration)
    schedule.configure(global.reload.timeFile, global.reload.repeats)
    agents.configure(daemon.configuration ?? configuration)
    if (result.accepted) agents.reloaded()
    return result
  }
  const schedule = new ReloadSchedule(host.trackedFiles, reloadNow, log)
  schedule.configure(configuration.global.reload.timeFile, configuration.global.reload.repeats)
  const dumps = createDumps(daemon, settings.namespace, log)
  const agents = new Agents(settings, host.hostName, log)
  const status = (): DaemonStatus => ({ ...daemon.status(), webhooks: agents.webhooks() })
  const requests = {
    status,
    reload: reloadNow,
    dump: (what: DumpKind) => {
      if (what === 'data') dumps.data()
      else if (what === 'stats') dumps.stats()
      else if (what === 'stats-clear') dumps.statsAndClear()
      else dumps.json()
    },
    handOver: () => {
      line.dismiss()
      return daemon.handOver()
    },
    afterHandOver: () => {
      // The new one writes its own as soon as the locks are free.
      pidFiles.removeAll()
      metrics?.close()
      agents.close()
      line.tell({ kind: 'handed-over' })
      recordFile?.close()
      host.close()
      // The guard reads it; then nobody misses this process.
      setTimeout(() => process.exit(0), handedOverForMs)
    },
  }
  const metrics = settings.metrics && (await openMetrics(settings.metrics, status, log))
  const firstEvent = (earlierEntries.at(-1)?.sequence ?? 0) + 1
  const socket = openStatusSocket(settings.statusSocket, daemon, firstEvent, requests, (text) => log(4, text))
  const end = (): void => {
    pidFiles.removeAll()
    metrics?.close()
    agents.close()
    socket.close()
    host.close()
    process.exit(0)
  }
  stopper.stop = once(() => {
    tellManager('STOPPING=1')
    line.dismiss()
    daemon.stop(() => {
      line.tell({ kind: 'goodbye' })
      recordFile?.close()
      const global = daemon.configuration?.global
      // With a guard that is the guard's to do.
      if (main.isMain && global) runLifecycleScript('shutdown', global, log, end)
      else end()
    })
  })
  if (settings.dumpConfig) for (const text of keepalivedData(daemon.dumped).trimEnd().split('\n')) log(6, text)
  onSignalNumber(restartSignal, () => {
    if (main.isMain) {
      // Whoever waits for this process to end shall not wait: the spare keeps the addresses.
      log(5, 'Restarting: the spare goes on until a successor has taken over')
      process.exit(exitSoftware)
    }
    main.awaitsSuccessor = true
    setTimeout(() => {
      log(3, `No successor within ${successorWithinMs / 1000} s: stopping`)
      stopper.stop()
    }, successorWithinMs)
  })
  listen({ dumps, reload: requests.reload, stop: stopper.stop, ignoresInterrupt: settings.ignoresInterrupt })
  tellStates(daemon)
  const everyMs = watchdogInterval(process.env)
  if (everyMs !== undefined) keepWatchdogQuiet(clock, everyMs, () => tellServiceManager('WATCHDOG=1'))
  agents.configure(daemon.configuration ?? configuration)
  line.tell({ kind: 'ready' })
  giveBackFreeMemory()
  keep(socket)
}

function taken(early: EarlyReading): ParsedConfiguration | undefined {
  const { reading } = early
  early.reading = undefined
  return reading
}

function reload(daemon: Daemon, line: Companion, tellManager: (state: string) => void): Pick<ReloadResult, 'accepted' | 'message'> {
  tellManager(reloadingState())
  const { accepted, message } = daemon.reload()
  line.tell({ kind: 'reloaded' })
  tellManager('READY=1')
  return { accepted, message }
}

function listen(to: { readonly dumps: Dumps; reload(): unknown; stop(): void; readonly ignoresInterrupt: boolean }): void {
  const { dumps } = to
  process.on('SIGTERM', () => to.stop())
  process.on('SIGINT', () => {
    if (!to.ignoresInterrupt) to.stop()
  })
  process.on('SIGHUP', () => void to.reload())
  process.on('SIGUSR1', () => dumps.data())
  process.on('SIGUSR2', () => dumps.stats())
  onSignalNumber(signalNumber('JSON') as number, () => dumps.json())
  onSignalNumber(signalNumber('STATS_CLEAR') as number, () => dumps.statsAndClear())
}

/** The pid files of this process: its own, and the parent's once it has taken its place. */
class PidFiles {
  readonly #files: PidFile[] = []
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** Whoever had it before may take a moment to let go. A daemon without its pid file runs on. */
  take(path: string): void {
    try {
      inheritPidFile(path, process.pid, (result) => {
        if ('remove' in result) this.#files.push(result)
        else this.#log(3, `process ${result.takenBy ?? 'unknown'} still holds ${path}`)
      })
    } catch (error) {
      this.#log(3, `cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  removeAll(): void {
    for (const file of this.#files.splice(0)) file.remove()
  }
}

/** 32 bits of the kernel's; node:crypto would give the same and takes a tenth of the whole start to load. */
function randomSeed(): number {
  const four = new Uint32Array(1)
  const fd = openSync('/dev/urandom', 'r')
  readSync(fd, four)
  closeSync(fd)
  return four[0] ?? 0
}

function once(fn: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    fn()
  }
}

/** A socket that nobody refers to may be collected. */
const kept = new Set<StatusSocket>()
const keep = (socket: StatusSocket): void => void kept.add(socket)
