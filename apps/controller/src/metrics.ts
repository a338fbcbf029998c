// GET /metrics: Prometheus' text format 0.0.4, by hand: counters and histograms kept here, the rest asked when it is read.
import { type AccessRecord, describeActions } from '@havip/rpc-api'

type Labels = Readonly<Record<string, string>>

/** Names, help texts and label names are ours; only label values may hold anything. */
const escapeValue = (text: string): string => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
const labelText = (labels: Labels): string => {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

/** Label sets of one metric; past it, others are counted as one. */
const seriesMax = 2_000

type Family = { readonly name: string; readonly help: string; readonly type: 'counter' | 'gauge' | 'histogram'; lines(): readonly string[] }

class Counter implements Family {
  readonly type = 'counter'
  readonly name: string
  readonly help: string
  readonly #series = new Map<string, number>()
  constructor(name: string, help: string) {
    this.name = name
    this.help = help
  }
  add(labels: Labels, by = 1): void {
    const key = labelText(labels)
    const place = this.#series.has(key) || this.#series.size < seriesMax ? key : '{overflow="true"}'
    this.#series.set(place, (this.#series.get(place) ?? 0) + by)
  }
  lines(): readonly string[] {
    return [...this.#series].map(([labels, value]) => `${this.name}${labels} ${value}`)
  }
}

const boundsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

class Histogram implements Family {
  readonly type = 'histogram'
  readonly name: string
  readonly help: string
  readonly #counts = new Array<number>(boundsSeconds.length + 1).fill(0)
  #sum = 0
  constructor(name: string, help: string) {
    this.name = name
    this.help = help
  }
  observe(seconds: number): void {
    const place = boundsSeconds.findIndex((bound) => seconds <= bound)
    const index = place < 0 ? boundsSeconds.length : place
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#sum += seconds
  }
  lines(): readonly string[] {
    let total = 0
    const buckets = this.#counts.map((count, index) => {
      total += count
      return `${this.name}_bucket{le="${boundsSeconds[index] ?? '+Inf'}"} ${total}`
    })
    return [...buckets, `${this.name}_sum ${this.#sum}`, `${this.name}_count ${total}`]
  }
}

export type Gauge = { readonly name: string; readonly help: string; readonly values: readonly (readonly [labels: Labels, value: number])[] }

export type Metrics = {
  access(record: AccessRecord): void
  reconciled(durationMs: number, rowsWritten: number): void
  /** A pass that failed, a resource in trouble, a plane that was not as left. */
  reconcileEvent(kind: string): void
  signIn(outcome: string): void
  webhookFailed(): void
  text(gauges: readonly Gauge[]): string
}

export function openMetrics(): Metrics {
  const known = new Set(describeActions().map((one) => one.name))
  const requests = new Counter('havip_api_requests_total', 'Calls by action and outcome (OK or the code of the refusal).')
  const seconds = new Histogram('havip_api_request_seconds', 'How long calls took.')
  const passes = new Histogram('havip_reconcile_seconds', 'How long passes of the reconciler took.')
  const rows = new Counter('havip_reconcile_rows_total', 'Rows that the reconciler has written.')
  const events = new Counter('havip_reconcile_events_total', 'What went other than planned: drift, trouble, failed passes.')
  const signIns = new Counter('havip_signins_total', 'Tries to sign in to the console by outcome.')
  const webhooks = new Counter('havip_webhook_failures_total', 'Deliveries to webhooks that failed.')
  const families: readonly Family[] = [requests, seconds, passes, rows, events, signIns, webhooks]
  return {
    access: ({ action, outcome, durationMs }) => {
      // What a stranger calls an action is no label.
      requests.add({ action: known.has(action) ? action : 'unknown', outcome })
      seconds.observe(durationMs / 1000)
    },
    reconciled: (durationMs, rowsWritten) => {
      passes.observe(durationMs / 1000)
      if (rowsWritten > 0) rows.add({}, rowsWritten)
    },
    reconcileEvent: (kind) => events.add({ kind }),
    signIn: (outcome) => signIns.add({ outcome }),
    webhookFailed: () => webhooks.add({}),
    text: (gauges) => [...families.map(familyText), ...gauges.map(gaugeText)].join(''),
  }
}

const head = (name: string, help: string, type: string): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
const familyText = (family: Family): string =>
  head(family.name, family.help, family.type) +
  family
    .lines()
    .map((line) => `${line}\n`)
    .join('')
const gaugeText = ({ name, help, values }: Gauge): string =>
  head(name, help, 'gauge') + values.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`).join('')
