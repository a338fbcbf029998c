// Watches an address from the Internet's side by `havip probe`, in the namespace that stands for it.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { monotonicMs, type Outage, outages, type ProbeResult } from '../../apps/havip/src/probe.ts'
import { until } from './processes.ts'
import { root, type World } from './world.ts'

export type Prober = {
  /** Who answered the newest request that was answered. */
  answeringNow(): string | undefined
  /** Results of requests that were started at or after the mark. */
  since(mark: number): readonly ProbeResult[]
  outagesSince(mark: number): readonly Outage[]
  /** Waits until `who` has answered `count` requests in a row, started at or after the mark. @throws Error */
  waitFor(who: string, mark: number, timeoutMs: number, count?: number): Promise<void>
  stop(): Promise<void>
}

export const mark = monotonicMs

/** @param everyMs a new request each so many milliseconds */
export function startProber(world: World, url: string, everyMs: number): Prober {
  const argv = world.onInternet([join(root, 'bin', 'havip'), 'probe', url, '--every', String(everyMs), '--timeout', '250', '--json'])
  const [program, ...rest] = argv as [string, ...string[]]
  const child: ChildProcess = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const results: ProbeResult[] = []
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => results.push(JSON.parse(line) as ProbeResult))
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const since = (from: number): ProbeResult[] =>
    results.filter((result) => result.startedAt >= from).sort((a, b) => a.startedAt - b.startedAt)
  return {
    since,
    answeringNow: () => results.findLast((result) => result.outcome === 'answered')?.by,
    outagesSince: (from) => {
      // The last answer before the mark begins an outage that starts right at it.
      const before = results.filter((result) => result.startedAt < from && result.outcome === 'answered').at(-1)
      return outages([...(before ? [before] : []), ...since(from)])
    },
    waitFor: async (who, from, timeoutMs, count = 20) => {
      await until(
        `${who} answers at ${url}`,
        () => {
          const last = since(from).slice(-count)
          return last.length === count && last.every((result) => result.by === who) ? true : undefined
        },
        timeoutMs,
      )
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
