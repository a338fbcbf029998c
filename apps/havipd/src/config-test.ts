// `-t`: reads the configuration as the daemon would, against the real interfaces, prints every problem and says by the exit
// status what keepalived's would say. One difference on purpose: a file that does not exist fails.
import { writeFileSync } from 'node:fs'
import { checkOnMachine, configTestStatus, formatDiagnostic, parseConfiguration } from '@havip/conf'
import { enterNamespace } from '@havip/linux'
import { createLinuxClock, createLinuxHost, machineFacts } from '@havip/vrrp-linux'
import { namespacePath } from './namespace.ts'
import type { Settings } from './options.ts'

/** keepalived's: something is wrong, though nothing that keeps the daemon from running. */
const statusProblems = 5
const statusFatal = 1

export function testConfiguration(settings: Settings, output: string | undefined): number {
  const told = settings.remarks.map((remark) => `${remark}\n`)
  if (output !== undefined && !canWrite(output)) return statusFatal
  const path = settings.namespace === undefined ? undefined : namespacePath(settings.namespace)
  if (path?.ok === false) told.push(`${path.fault}; the interfaces are looked for in this one\n`)
  if (path?.ok) enterNamespace(path.value)
  const clock = createLinuxClock()
  const host = createLinuxHost({ clock, log: () => {} })
  try {
    const { configuration, diagnostics, texts } = parseConfiguration(host.files, settings.configFile, {
      hostName: host.hostName,
      configId: settings.configId,
      env: process.env,
      checksAllIncludes: settings.allConfig,
    })
    const all = checkOnMachine({ configuration, diagnostics }, machineFacts(host))
    const text = [...told, ...all.map((diagnostic) => `${formatDiagnostic(diagnostic, texts)}\n`)].join('')
    if (output === undefined) process.stderr.write(text)
    else writeFileSync(output, text)
    const status = configTestStatus(all)
    return status === 0 && settings.problems.length > 0 ? statusProblems : status
  } finally {
    host.close()
    clock.close()
  }
}

function canWrite(path: string): boolean {
  try {
    writeFileSync(path, '')
    return true
  } catch (error) {
    process.stderr.write(`Unable to open config-test log file: ${error instanceof Error ? error.message : String(error)}\n`)
    return false
  }
}
