// The log of one of havipd's processes, as the command line wants it.
import { extname } from 'node:path'
import { createLog } from '@havip/vrrp-linux'
import type { Settings } from './options.ts'
import type { Log } from './succession.ts'

/** `''` is the process that was started, keepalived's parent. */
export type ProcessPart = '' | '_vrrp' | '_spare'

const everything = 7

/** @param suffix namespace and instance, see `placeFiles`. */
export function createProcessLog(settings: Settings, part: ProcessPart, suffix: string): Log {
  const { logFile } = settings
  return createLog({
    ident: `Keepalived${part}${suffix}`,
    facility: settings.logFacility,
    toSyslog: settings.logToSyslog,
    toStderr: settings.logToConsole,
    dateOnStderr: settings.foreground,
    levelMax: everything,
    file: logFile === undefined ? undefined : partOf(logFile, `${part}${suffix}`),
    format: settings.logFormat,
  })
}

/** One file for each process: `/tmp/keepalived_vrrp.log`. */
function partOf(path: string, part: string): string {
  const extension = extname(path)
  return `${path.slice(0, path.length - extension.length)}${part}${extension}`
}
