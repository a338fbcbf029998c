// The configuration as the parent process needs it before the daemon runs: where files go, what the process is called, what
// has to be run first. Problems in it are for the daemon to tell.
import { hostname } from 'node:os'
import { type ParsedConfiguration, parseConfiguration } from '@havip/conf'
import { diskSources } from '@havip/vrrp-linux'
import type { Settings } from './options.ts'

/**
 * A reading that waits for the daemon, which takes it out: whatever else still held it would hold megabytes of text and statements of a thousand
 * instances for good.
 */
export type EarlyReading = { reading?: ParsedConfiguration | undefined }

export function readEarly(settings: Settings): ParsedConfiguration {
  return parseConfiguration(diskSources, settings.configFile, {
    hostName: hostname(),
    configId: settings.configId,
    env: process.env,
    checksAllIncludes: settings.allConfig,
  })
}
