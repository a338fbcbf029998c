// Where a daemon's files are: what the command line says, else what the configuration makes of keepalived's defaults.
import { dirname, join } from 'node:path'
import type { DaemonConf, FilesConf } from '@havip/conf'
import type { Settings } from './options.ts'

export type RunFiles = {
  readonly pidFile: string
  readonly vrrpPidFile: string
  readonly statusSocket: string
  /** `Keepalived_NAMESPACE_INSTANCE` without its first word; empty without either. */
  readonly identSuffix: string
}

/** The settings with every path decided. */
export type PlacedSettings = Omit<Settings, keyof RunFiles> & RunFiles

const runDirectory = '/run'

export function placeFiles(settings: Settings, daemon: Pick<DaemonConf, 'netNamespace' | 'instanceName' | 'usePidDir'>): PlacedSettings {
  const namespace = settings.namespace ?? daemon.netNamespace
  const { instanceName } = daemon
  const suffix = instanceName === undefined ? '' : `_${instanceName}`
  const isApart = namespace !== undefined || instanceName !== undefined || daemon.usePidDir
  const directory = isApart ? join(runDirectory, 'keepalived', namespace ?? '') : runDirectory
  const pidFile = settings.pidFile ?? join(directory, `keepalived${suffix}.pid`)
  const besides = settings.pidFile === undefined ? directory : dirname(settings.pidFile)
  const socketSuffix = settings.pidFile === undefined ? suffix : ''
  return {
    ...settings,
    pidFile,
    vrrpPidFile: settings.vrrpPidFile ?? join(directory, `vrrp${suffix}.pid`),
    statusSocket: settings.statusSocket ?? join(besides, `havipd${socketSuffix}.sock`),
    identSuffix: identSuffix(namespace, instanceName),
  }
}

const identSuffix = (...names: readonly (string | undefined)[]): string =>
  names
    .filter((name) => name !== undefined)
    .map((name) => `_${name}`)
    .join('')

export type DumpFiles = {
  readonly data: string
  /** keepalived's parent process writes its own. */
  readonly parentData: string
  readonly bfdData: string
  readonly stats: string
  readonly json: string
}

/** @param temporary `$TMPDIR`, else /tmp. */
export function dumpFiles(
  temporary: string,
  files: FilesConf,
  names: { readonly namespace: string | undefined; readonly instance: string | undefined },
): DumpFiles {
  const infix = files.dataUsesInstance ? identSuffix(names.namespace, names.instance).replace('_', '.') : ''
  const { stateDump } = files
  const inDirectory = (directory: string, part: string): string => join(directory, `keepalived${part}${infix}.data`)
  const data = (part: string): string => {
    if (stateDump === undefined) return inDirectory(temporary, part)
    return stateDump.endsWith('/') ? inDirectory(stateDump, part) : `${stateDump}${part}`
  }
  return {
    data: data(''),
    parentData: data('_parent'),
    bfdData: data('_bfd'),
    stats: join(temporary, 'keepalived.stats'),
    json: join(temporary, 'keepalived.json'),
  }
}
