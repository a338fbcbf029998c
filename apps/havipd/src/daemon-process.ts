// The daemon proper in its process: the runtime on a real kernel, with its signals, files and status socket.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConfiguration } from '@havip/conf'
import { enterNamespace } from '@havip/linux'
import { createLinuxClock, createLinuxHost, createLog, raiseScheduling } from '@havip/vrrp-linux'
import { createDaemon, type Daemon, type GuardReport, keepalivedData, keepalivedJson, keepalivedStats } from '@havip/vrrp-runtime'
import { type GuardLine, openGuardLine } from './guard-line.ts'
import { machineFacts } from './machine-facts.ts'
import type { Settings } from './options.ts'
import { writePidFile } from './pid-file.ts'
import { onSignalNumber } from './real-time-signal.ts'
import { release } from './release.ts'
import { openStatusSocket, type StatusSocket } from './status-socket.ts'

/** keepalived's statuses: a configuration that must not run; our own mistake. */
const exitConfiguration = 2
const exitSoftware = 70

export function runDaemon(settings: Settings, guardReport: GuardReport | undefined): void {
  const log = createLog({
    ident: 'Keepalived_vrrp',
    facility: settings.logFacility,
    toSyslog: settings.logToSyslog,
    toStderr: settings.logToConsole,
    dateOnStderr: settings.foreground,
    levelMax: 7,
  })
  // Whatever nobody caught: end without goodbye, so that the guard says it.
  process.on('uncaughtException', (error) => {
    log(2, `internal mistake: ${error.stack ?? error.message}`)
    process.exit(exitSoftware)
  })
  process.umask(settings.umask ?? 0o177)
  const stopper: { stop: () => void } = { stop: () => process.exit(0) }
  const line = openGuardLine(() => {
    log(3, 'the guard is gone: stopping in order')
    stopper.stop()
  })
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
    ...(guardReport === undefined ? {} : { guardReport }),
  })
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
  const pidFile = writePidFile(settings.vrrpPidFile, process.pid)
  const status = openStatusSocket(settings.statusSocket, daemon, { reload: () => reload(daemon, line) }, (text) => log(4, text))
  stopper.stop = once(() => {
    daemon.stop(() => {
      line.tell({ kind: 'goodbye' })
      status.close()
      if ('remove' in pidFile) pidFile.remove()
      host.close()
      process.exit(0)
    })
  })
  if (settings.dumpConfig) for (const text of keepalivedData(daemon, clock.wallTime()).split('\n')) log(6, text)
  listen(daemon, line, stopper.stop, () => clock.wallTime())
  line.tell({ kind: 'ready' })
  keep(status)
}

function reload(daemon: Daemon, line: GuardLine): unknown {
  const { accepted, message } = daemon.reload()
  line.tell({ kind: 'reloaded' })
  return { accepted, message }
}

function listen(daemon: Daemon, line: GuardLine, stop: () => void, wallTime: () => Parameters<typeof keepalivedData>[1]): void {
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', () => void reload(daemon, line))
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
