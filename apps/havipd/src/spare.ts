// A spare: waits, with everything loaded, for the end of the daemon that started it, and goes on in its place.
import { Socket } from 'node:net'
import { monotonicMilliseconds } from '@havip/linux'
import { warmUp } from './daemon-process.ts'
import { goOn } from './go-on.ts'
import { runGuard } from './guard.ts'
import { createLineReader, guardDescriptor } from './guard-line.ts'
import { createProcessLog } from './process-log.ts'
import type { PlacedSettings } from './run-files.ts'
import { deathsMax, deathsWithinMs, recentDeaths, sayGoodbyeFor, successionOf } from './succession.ts'

/** After it has resigned, a line of daemons that die is not continued at once. */
const restMs = 10_000

export function runSpare(settings: PlacedSettings, before: readonly number[]): void {
  const log = createProcessLog(settings, '_spare', settings.identSuffix)
  const daemonPid = process.ppid
  const heard: { will?: string; isOver: boolean } = { isOver: false }
  // It ends when the daemon says goodbye, and not before: whoever ends all of havip tells the daemon, too.
  const deaf = (): void => {}
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, deaf)
  const line = new Socket({ fd: guardDescriptor, readable: true, writable: false })
  line.setEncoding('utf8')
  line.on(
    'data',
    createLineReader((message) => {
      if (message.kind === 'will') heard.will = message.json
      else if (message.kind === 'goodbye' || message.kind === 'handed-over') heard.isOver = true
    }),
  )
  line.on('error', () => {})
  line.on('close', () => {
    if (heard.isOver) process.exit(0)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.removeListener(signal, deaf)
    const death = { how: 'its line ended', pid: daemonPid, willJson: heard.will }
    const deaths = recentDeaths(before, monotonicMilliseconds())
    const succession = successionOf(death, deaths)
    if (succession) {
      goOn(settings, death, succession, deaths, log)
      return
    }
    if (deaths.length >= deathsMax) log(2, `${deaths.length} deaths within ${deathsWithinMs / 1000} s: resigning`)
    const report = sayGoodbyeFor(death, log)
    runGuard({ ...settings, handover: false }, { reportsReady: false, report, afterMs: restMs })
  })
  warmUp(settings)
}
