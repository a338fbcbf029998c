// `-t`: reads the configuration as the daemon would, against the real interfaces, prints every problem and says by the exit
// status what keepalived's would say. One difference on purpose: a file that does not exist fails.
import { writeFileSync } from 'node:fs'
import { checkMachine, configTestStatus, formatDiagnostic, parseConfiguration } from '@havip/conf'
import { enterNamespace } from '@havip/linux'
import { createLinuxClock, createLinuxHost, machineFacts } from '@havip/vrrp-linux'
import type { Settings } from './options.ts'

export function testConfiguration(settings: Settings, output: string | undefined): number {
  const clock = createLinuxClock()
  if (settings.namespace !== undefined) enterNamespace(`/run/netns/${settings.namespace}`)
  const host = createLinuxHost({ clock, log: () => {} })
  try {
    const { configuration, diagnostics, texts } = parseConfiguration(host.files, settings.configFile, {
      hostName: host.hostName,
      configId: settings.configId,
      env: process.env,
      checksAllIncludes: settings.allConfig,
    })
    const all = [...diagnostics, ...checkMachine(configuration, machineFacts(host))]
    const text = all.map((diagnostic) => `${formatDiagnostic(diagnostic, texts)}\n`).join('')
    if (output === undefined) process.stderr.write(text)
    else writeFileSync(output, text)
    return configTestStatus(all)
  } finally {
    host.close()
    clock.close()
  }
}
