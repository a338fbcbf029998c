// The files that a signal asks for, in keepalived's places. A file that cannot be written is told, and the daemon goes on.
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { bfdData, type Daemon, globalData, keepalivedData, keepalivedJson, keepalivedStats } from '@havip/vrrp-runtime'
import { type DumpFiles, dumpFiles } from './run-files.ts'
import type { Log } from './succession.ts'

export type Dumps = { data(): void; stats(): void; statsAndClear(): void; json(): void }

export function createDumps(daemon: Daemon, namespace: string | undefined, log: Log): Dumps {
  /** The configuration may be another one since the last time. */
  const places = (): DumpFiles | undefined => {
    const { configuration } = daemon
    if (!configuration) return undefined
    const { netNamespace, instanceName } = configuration.daemon
    const names = { namespace: namespace ?? netNamespace, instance: instanceName }
    return dumpFiles(process.env.TMPDIR ?? '/tmp', configuration.global.files, names)
  }
  const write = (path: string | undefined, text: string): void => {
    if (path === undefined) return
    try {
      replaceFile(path, text)
    } catch (error) {
      log(3, `Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const stats = (): void => {
    log(6, `Printing VRRP stats for process(${process.pid}) on signal`)
    write(places()?.stats, keepalivedStats(daemon.dumped))
  }
  return {
    data: () => {
      log(6, `Printing VRRP data for process(${process.pid}) on signal`)
      const paths = places()
      const { configuration } = daemon
      if (!paths || !configuration) return
      write(paths.parentData, globalData(configuration))
      write(paths.data, keepalivedData(daemon.dumped))
      if (configuration.bfdSessions.length > 0) write(paths.bfdData, bfdData(daemon.dumped))
    },
    stats,
    statsAndClear: () => {
      stats()
      daemon.clearCounters()
    },
    json: () => {
      log(6, `Printing VRRP as json for process(${process.pid}) on signal`)
      write(places()?.json, keepalivedJson(daemon.dumped))
    },
  }
}

/** Written beside and renamed: a reader sees the old file or the new one. Never through a link that somebody put into /tmp. */
function replaceFile(path: string, text: string): void {
  const fresh = `${path}.${process.pid}`
  rmSync(fresh, { force: true })
  // The umask decides who may read it, 0177 unless it was set.
  writeFileSync(fresh, text, { mode: 0o666, flag: 'wx' })
  renameSync(fresh, path)
}
