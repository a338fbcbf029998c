// `havip probe URL`: asks over and over, each time on a new connection, and says who answered when, what was lost, and how
// long nobody answered. A browser that reloads without pause, as it were.
import { createConnection } from 'node:net'
import type { Command } from 'commander'
import { UsageError } from './usage-error.ts'

export type ProbeOptions = {
  readonly host: string
  readonly port: number
  readonly path: string
  /** A new request each so many milliseconds, 1 or more; requests overlap. */
  readonly everyMs: number
  /** A request that has no whole answer by then is lost. */
  readonly timeoutMs: number
}

/** Times are of the machine's monotonic clock in milliseconds, so that all processes of one machine mean the same. */
export type ProbeResult = {
  readonly startedAt: number
  readonly endedAt: number
  readonly outcome: 'answered' | 'timed-out' | 'refused' | 'broken'
  /** The first words of the page's title, or of its text: who answered. Empty when nobody did. */
  readonly by: string
}

export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** Asks until `stop` is called; `done` is called once, when the last request has ended. */
export function probe(options: ProbeOptions, onResult: (result: ProbeResult) => void, done: () => void): { stop(): void } {
  let running = true
  let pending = 0
  let next = monotonicMs()
  const finish = (): void => {
    if (!running && pending === 0) done()
  }
  const pace = (): void => {
    if (!running) return
    const now = monotonicMs()
    // Behind time (a loaded machine): ask once and go on from now, instead of a burst.
    if (now >= next) {
      pending++
      ask(options, (result) => {
        pending--
        onResult(result)
        finish()
      })
      next = Math.max(next + options.everyMs, now)
    }
    setTimeout(pace, Math.max(0, next - monotonicMs()))
  }
  pace()
  return {
    stop: () => {
      running = false
      finish()
    },
  }
}

function ask(options: ProbeOptions, done: (result: ProbeResult) => void): void {
  const startedAt = monotonicMs()
  let text = ''
  let ended = false
  const socket = createConnection({ host: options.host, port: options.port })
  const end = (outcome: ProbeResult['outcome'], by: string): void => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    socket.destroy()
    done({ startedAt, endedAt: monotonicMs(), outcome, by })
  }
  const timer = setTimeout(() => end('timed-out', ''), options.timeoutMs)
  socket.setEncoding('utf8')
  socket.on('connect', () => socket.write(`GET ${options.path} HTTP/1.0\r\nHost: ${options.host}\r\nConnection: close\r\n\r\n`))
  socket.on('data', (data: string) => {
    text += data
    if (text.length > 64 * 1024) end('broken', '')
  })
  socket.on('end', () => (/^HTTP\/1\.[01] 200 /.test(text) ? end('answered', whoIs(text)) : end('broken', '')))
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'broken', ''))
}

function whoIs(response: string): string {
  const body = response.slice(response.indexOf('\r\n\r\n') + 4)
  const title = /<title>\s*([^<]{1,60}?)\s*<\/title>/i.exec(body)?.[1]
  return (
    title ??
    body
      .replace(/<[^>]*>/g, ' ')
      .trim()
      .split(/\s+/)
      .slice(0, 3)
      .join(' ')
  )
}

/** A stretch in which nobody answered. */
export type Outage = {
  /** The last answer before, and the first after it; the outage is the time between. */
  readonly from: number
  readonly to: number
  readonly durationMs: number
  readonly before: string
  readonly after: string
  /** Requests started in it that got no answer. */
  readonly lost: number
}

/**
 * Stretches with lost requests between two answers. What is measured is what a client could have had: from the end of the
 * last answer to the start of the first request that was answered again.
 */
export function outages(results: readonly ProbeResult[]): Outage[] {
  const sorted = [...results].sort((a, b) => a.startedAt - b.startedAt)
  const found: Outage[] = []
  let last: ProbeResult | undefined
  let lost = 0
  for (const result of sorted) {
    if (result.outcome !== 'answered') {
      lost++
      continue
    }
    if (lost > 0 && last)
      found.push({
        from: last.endedAt,
        to: result.startedAt,
        durationMs: Math.max(0, result.startedAt - last.endedAt),
        before: last.by,
        after: result.by,
        lost,
      })
    lost = 0
    last = result
  }
  return found
}

export function addProbeCommand(program: Command): void {
  program
    .command('probe <url>')
    .description('ask an HTTP address without pause and say who answered, what was lost and for how long')
    .option('--every <ms>', 'a new request each so many milliseconds', '5')
    .option('--timeout <ms>', 'a request without an answer by then is lost', '250')
    .option('--for <seconds>', 'stop after so long (else at Ctrl-C)')
    .option('--json', 'one line for each request')
    .action((url: string, raw: { every: string; timeout: string; for?: string; json?: boolean }) => runProbe(url, raw))
}

function runProbe(url: string, raw: { every: string; timeout: string; for?: string; json?: boolean }): Promise<void> {
  const target = URL.canParse(url) ? new URL(url) : undefined
  if (target?.protocol !== 'http:') throw new UsageError(`${url}: give an http:// address`)
  const number = (name: string, text: string, min: number): number => {
    const value = Number(text)
    if (!Number.isFinite(value) || value < min) throw new UsageError(`--${name} ${text}: a number from ${min} on`)
    return value
  }
  const options = {
    host: target.hostname,
    port: Number(target.port || 80),
    path: target.pathname + target.search,
    everyMs: number('every', raw.every, 1),
    timeoutMs: number('timeout', raw.timeout, 1),
  }
  const results: ProbeResult[] = []
  let answering = ''
  return new Promise((resolve) => {
    const onResult = (result: ProbeResult): void => {
      if (raw.json) {
        process.stdout.write(`${JSON.stringify(result)}\n`)
        return
      }
      results.push(result)
      const now = result.outcome === 'answered' ? result.by : `nobody (${result.outcome})`
      if (now !== answering) console.log(`${new Date().toISOString().slice(11, 23)}  ${now}`)
      answering = now
    }
    const running = probe(options, onResult, () => {
      if (!raw.json) console.log(summary(results))
      resolve()
    })
    const stop = (): void => running.stop()
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    if (raw.for !== undefined) setTimeout(stop, number('for', raw.for, 0) * 1000)
  })
}

function summary(results: readonly ProbeResult[]): string {
  const lost = results.filter((result) => result.outcome !== 'answered').length
  const lines = outages(results).map(
    (outage) => `outage ${outage.durationMs.toFixed(0)} ms (${outage.lost} requests lost): ${outage.before} → ${outage.after}`,
  )
  return [...lines, `${results.length} requests, ${lost} lost`].join('\n')
}
