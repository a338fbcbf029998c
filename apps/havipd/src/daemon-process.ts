// The daemon proper in its process: the runtime on a real kernel, with its signals, files and status socket.
import { randomInt } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { milliseconds } from '@havip/base'
import { checkMachine, parseConfiguration } from '@havip/conf'
import { enterNamespace, notifyServiceManager } from '@havip/linux'
import { createLinuxClock, createLinuxHost, createLog, executeWill, machineFacts, raiseScheduling } from '@havip/vrrp-linux'
import {
  createDaemon,
  type Daemon,
  type GuardReport,
  keepalivedData,
  keepalivedJson,
  keepalivedStats,
  type Succession,
  type Will,
} from '@havip/vrrp-runtime'
import { type Companion, createCompanion } from './companion.ts'
import { requestHandover } from './handover.ts'
import type { Settings } from './options.ts'
import { type PidFile, writePidFile } from './pid-file.ts'
import { onSignalNumber } from './real-time-signal.ts'
import { readRecordFile, recordTo } from './record-file.ts'
import { release } from './release.ts'
import { openStatusSocket, type StatusSocket } from './status-socket.ts'

/** keepalived's statuses: a configuration that must not run; our own mistake. */
const exitConfiguration = 2
const exitSoftware = 70
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

/** Loads and runs once, for nothing, what has to be quick when a daemon has died. */
export function warmUp(settings: Settings): void {
  const clock = createLinuxClock()
  const host = createLinuxHost({ clock, log: () => {} })
  try {
    const { configuration } = parseConfiguration(host.files, settings.configFile, {
      hostName: host.hostName,
      configId: settings.configId,
      env: process.env,
    })
    checkMachine(configuration, machineFacts(host))
  } finally {
    host.close()
    clock.close()
  }
}

export async function runDaemon(settings: Settings, beginning: Beginning): Promise<void> {
  const log = createLog({
    ident: 'Keepalived_vrrp',
    facility: settings.logFacility,
    toSyslog: settings.logToSyslog,
    toStderr: settings.logToConsole,
    dateOnStderr: settings.foreground,
    levelMax: 7,
  })
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
  const main: { pidFile: PidFile | undefined; isMain: boolean } = { pidFile: undefined, isMain: !beginning.hasGuard }
  const becomeMain = (): void => {
    main.isMain = true
    const file = writePidFile(settings.pidFile, process.pid)
    if ('remove' in file) main.pidFile = file
    notifyServiceManager(`MAINPID=${process.pid}`, process.env.NOTIFY_SOCKET)
  }
  const tellManager = (state: string): void => {
    if (main.isMain) notifyServiceManager(state, process.env.NOTIFY_SOCKET)
  }
  const { hasGuard, deaths } = beginning
  const line = createCompanion({
    settings,
    deaths,
    hasGuard,
    inheritedWill: beginning.inheritedWill,
    becameMain: becomeMain,
    abandoned: () => stopper.stop(),
    log,
  })
  watcher.companion = line
  const clock = createLinuxClock()
  const probe = createLinuxHost({ clock, log })
  const { configuration } = parseConfiguration(probe.files, settings.configFile, {
    hostName: probe.hostName,
    configId: settings.configId,
    env: process.env,
  })
  const namespace = settings.namespace === undefined ? configuration.daemon.netNamespace : undefined
  if (namespace !== undefined) {
    enterNamespace(`/run/netns/${namespace}`)
    line.tell({ kind: 'namespace', name: namespace })
  }
  probe.close()
  const handedOver = settings.handover && !beginning.succession ? await requestHandover(settings.statusSocket) : undefined
  const succession = handedOver ? { heritage: handedOver, how: 'handover' } : beginning.succession
  const host = createLinuxHost({ clock, log, entrustToGuard: (will) => line.tell({ kind: 'will', will }) })
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
    randomSeed: randomInt(2 ** 32),
    ...(beginning.report === undefined ? {} : { guardReport: beginning.report }),
    ...(succession ? { succession } : {}),
    sinceBoot: milliseconds(uptime() * 1000),
    ...(settings.recordFile === undefined ? {} : { earlierEntries: readRecordFile(settings.recordFile) }),
  })
  const recordFile =
    settings.recordFile === undefined ? undefined : recordTo(settings.recordFile, daemon, host.hostName, (text) => log(4, text))
  const { realTimePriority, priority, umask } = configuration.global
  process.umask(settings.umask ?? umask)
  const raised = raiseScheduling({ realTimePriority: realTimePriority ?? 1, ...(priority === undefined ? {} : { nice: priority }) })
  if (!raised.ok) log(6, `No real-time scheduling (${raised.fault.errno}): timers may be a few milliseconds late on a busy machine`)
  const started = daemon.start()
  if (!started.ok) {
    log(3, started.fault.message)
    line.tell({ kind: 'goodbye' })
    process.exit(exitConfiguration)
  }
  if (!beginning.hasGuard) becomeMain()
  const pidFile = writePidFile(settings.vrrpPidFile, process.pid)
  const requests = {
    reload: () => reload(daemon, line, tellManager),
    handOver: () => {
      line.dismiss()
      return daemon.handOver()
    },
    afterHandOver: () => {
      // The new one writes its own as soon as it hears from us.
      if ('remove' in pidFile) pidFile.remove()
      main.pidFile?.remove()
      line.tell({ kind: 'handed-over' })
      recordFile?.close()
      host.close()
      // The guard reads it; then nobody misses this process.
      setTimeout(() => process.exit(0), handedOverForMs)
    },
  }
  const status = openStatusSocket(settings.statusSocket, daemon, requests, (text) => log(4, text))
  stopper.stop = once(() => {
    tellManager('STOPPING=1')
    line.dismiss()
    daemon.stop(() => {
      line.tell({ kind: 'goodbye' })
      recordFile?.close()
      main.pidFile?.remove()
      status.close()
      if ('remove' in pidFile) pidFile.remove()
      host.close()
      process.exit(0)
    })
  })
  if (settings.dumpConfig) for (const text of keepalivedData(daemon, clock.wallTime()).split('\n')) log(6, text)
  listen(
    daemon,
    () => reload(daemon, line, tellManager),
    stopper.stop,
    () => clock.wallTime(),
  )
  line.tell({ kind: 'ready' })
  keep(status)
}

function reload(daemon: Daemon, line: Companion, tellManager: (state: string) => void): unknown {
  tellManager(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  const { accepted, message } = daemon.reload()
  line.tell({ kind: 'reloaded' })
  tellManager('READY=1')
  return { accepted, message }
}

function listen(daemon: Daemon, reloadNow: () => unknown, stop: () => void, wallTime: () => Parameters<typeof keepalivedData>[1]): void {
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', () => void reloadNow())
  process.on('SIGUSR1', () => dump('keepalived.data', keepalivedData(daemon, wallTime())))
  process.on('SIGUSR2', () => dump('keepalived.stats', keepalivedStats(daemon)))
  onSignalNumber(36, () => dump('keepalived.json', keepalivedJson(daemon)))
  onSignalNumber(63, () => {
    dump('keepalived.stats', keepalivedStats(daemon))
    daemon.clearCounters()
  })
}

/** Written beside and renamed: a reader sees the old file or the new one. */
function dump(name: string, text: string): void {
  const path = join(process.env.TMPDIR ?? '/tmp', name)
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, text, { mode: 0o600 })
  renameSync(fresh, path)
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
