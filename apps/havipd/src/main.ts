// havipd: reads the command line and decides which half of the program to load: the guard (the process that was started)
// or the daemon proper, which the guard starts and watches.
import type { EarlyReading } from './early-configuration.ts'
import { readCommandLine, type Settings, signalNames, signalNumber, usage } from './options.ts'
import { release } from './release.ts'
import { deathsVariable, guardReportVariable, hideOwnEnvironment, roleVariable, settingsVariable } from './roles.ts'
import type { PlacedSettings } from './run-files.ts'

export async function main(args: readonly string[]): Promise<void> {
  const role = process.env[roleVariable]
  hideOwnEnvironment()
  if (role === 'daemon') {
    const { runDaemon } = await import('./daemon-process.ts')
    await runDaemon(takeJson<PlacedSettings>(settingsVariable) as PlacedSettings, {
      report: takeJson(guardReportVariable),
      deaths: [],
      hasGuard: true,
    })
    return
  }
  if (role === 'early-daemon') {
    const given = takeJson<Settings>(settingsVariable) as Settings
    const { runDaemon } = await import('./daemon-process.ts')
    const early: EarlyReading = { reading: (await import('./early-configuration.ts')).readEarly(given) }
    const settings = (await import('./early-daemon.ts')).waitForGuard()
    // A script of the guard's may have written what was read too early.
    if (early.reading?.configuration.global.startupScript !== undefined) early.reading = undefined
    if (settings) await runDaemon(settings, { deaths: [], hasGuard: true }, early)
    return
  }
  if (role === 'spare') {
    const { runSpare } = await import('./spare.ts')
    runSpare(takeJson<PlacedSettings>(settingsVariable) as PlacedSettings, takeJson<number[]>(deathsVariable) ?? [])
    return
  }
  const request = readCommandLine(args)
  switch (request.kind) {
    case 'mistake':
      process.stderr.write(`havipd: ${request.message}\nhavipd --help lists the options\n`)
      process.exitCode = 1
      return
    case 'help':
      process.stderr.write(usage('havipd'))
      return
    case 'version':
      process.stderr.write(`havipd v${release}, runs keepalived configurations (VRRP)\nNode.js ${process.version}\n`)
      return
    case 'signum':
      printSignal(request.name)
      return
    case 'test': {
      const { testConfiguration } = await import('./config-test.ts')
      process.exitCode = testConfiguration(request.settings, request.output)
      return
    }
    case 'run':
      if (role !== 'guard' && !request.settings.foreground) {
        const { detach } = await import('./detach.ts')
        detach(args)
        return
      }
      return guard(request.settings, role === 'guard')
  }
}

async function guard(settings: Settings, reportsReady: boolean): Promise<void> {
  // keepalived's scripts run in / once it has gone to the background.
  const early = (await import('./early-daemon.ts')).startEarly(settings, reportsReady ? '/' : undefined)
  const { runGuard } = await import('./guard.ts')
  runGuard(settings, { reportsReady, ...(early ? { early } : {}) })
}

function printSignal(name: string): void {
  const number = signalNumber(name)
  if (number === undefined) {
    process.stderr.write(`Unknown sigfunc ${name}: ${signalNames.join(', ')}\n`)
    process.exitCode = 1
    return
  }
  process.stdout.write(`${number}\n`)
}

/** Internal settings travel in the environment and must not reach the scripts that the daemon starts. */
function takeJson<T>(name: string): T | undefined {
  const text = process.env[name]
  delete process.env[name]
  delete process.env[roleVariable]
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

if (import.meta.main) void main(process.argv.slice(2))
