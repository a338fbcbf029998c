// From the files to a configuration with every problem told in the log, and whether a reload may go on with it.
import { type Configuration, checkOnMachine, type Diagnostic, type ParsedConfiguration, parseConfiguration } from '@havip/conf'
import type { DaemonOptions } from './daemon.ts'
import { diagnosticLine, isFatal, isProblem } from './diagnostics.ts'
import type { Host } from './host.ts'
import { withKeyFiles } from './key-files.ts'
import { withTrackGroups } from './static-items.ts'
import { withGroupTrackers } from './sync-groups.ts'

export type LoadedConfiguration = { readonly configuration: Configuration; readonly diagnostics: readonly Diagnostic[] }

/** @param reading what was read of the files just now; default: they are read. */
export function loadConfiguration(host: Host, options: DaemonOptions, reading?: ParsedConfiguration): LoadedConfiguration {
  const { configuration, diagnostics, texts, tree } =
    reading ??
    parseConfiguration(host.files, options.configFile, {
      hostName: host.hostName,
      configId: options.configId,
      env: options.env,
      checksAllIncludes: options.checksAllIncludes,
    })
  const complete = withTrackGroups(withGroupTrackers(withKeyFiles(configuration, host.files, (line) => host.log(3, line))))
  const all = checkOnMachine({ configuration: complete, diagnostics, tree }, options.machine)
  for (const diagnostic of all) {
    const level = diagnostic.severity === 'error' ? 3 : diagnostic.severity === 'warning' ? 4 : 6
    host.log(level, diagnosticLine(diagnostic, texts))
  }
  return { configuration: withSnmp(complete, options.snmp), diagnostics: all }
}

/** `-x` asks for all of SNMP, and `-A` says where, whatever the file says (keepalived). */
function withSnmp(configuration: Configuration, asked: DaemonOptions['snmp']): Configuration {
  if (!asked) return configuration
  const { snmp } = configuration.global
  const all = asked.isEnabled ? { keepalived: true, checker: true, rfc2787: true, rfc6527: true } : {}
  return {
    ...configuration,
    global: { ...configuration.global, snmp: { ...snmp, ...all, ...(asked.socket === undefined ? {} : { socket: asked.socket }) } },
  }
}

/** Why a reload keeps the running configuration; undefined: go ahead. */
export function reloadRefusal(before: Configuration, { configuration: after, diagnostics }: LoadedConfiguration): string | undefined {
  const fatal = diagnostics.find(isFatal)
  if (fatal) return fatal.message
  const problem = after.global.reloadCheckConfig ? diagnostics.find(isProblem) : undefined
  if (problem) return `reload_check_config is set and the file has a problem: ${problem.message}`
  if (before.daemon.netNamespace !== after.daemon.netNamespace) return 'net_namespace cannot change at reload'
  if (before.daemon.instanceName !== after.daemon.instanceName) return 'instance cannot change at reload'
  if (before.global.disableLocalIgmp !== after.global.disableLocalIgmp) return 'disable_local_igmp cannot change at reload'
  return undefined
}
