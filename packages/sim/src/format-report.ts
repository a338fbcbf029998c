// The report as text, for a terminal.
import { roughDuration } from './duration.ts'
import type { Life } from './observer.ts'
import type { Cause, Report, TimelineEntry } from './report.ts'

export type FormatOptions = {
  /** Also GARPs, owners seen by the kernels, priorities and notify calls; on unless set to false. */
  readonly detail?: boolean
  /** Entries beyond this many are counted, not shown. */
  readonly entriesMax?: number
}

export function formatReport(report: Report, options: FormatOptions = {}): string {
  const lines = [
    `${report.title}: ${roughDuration(report.durationMs)} of ${report.nodes.join(', ')}; seed ${report.seed}`,
    '',
    ...formatTimeline(report, options),
    '',
    ...formatOwners(report),
    '',
    ...formatOutages(report),
    ...formatSplitBrains(report),
    '',
    formatTotals(report),
  ]
  return `${lines.join('\n')}\n`
}

/** `  3.961 s`: three digits, so that lines stand under each other. */
export const timeColumn = (at: number): string => `${(at / 1000).toFixed(3).padStart(9)} s`

const detailKinds: readonly TimelineEntry['kind'][] = ['announced', 'notify', 'piped', 'mail', 'priority', 'owners']

function formatTimeline(report: Report, { detail = true, entriesMax = 2000 }: FormatOptions): string[] {
  const entries = report.timeline.filter((entry) => detail || !detailKinds.includes(entry.kind))
  const width = Math.max(4, ...report.nodes.map((name) => name.length), ...report.clients.map((name) => name.length))
  const shown = entries.slice(0, entriesMax)
  const lines = shown.map((entry) => `${timeColumn(entry.at)}  ${whoOf(entry).padEnd(width)}  ${describeEntry(entry)}`)
  if (entries.length > shown.length) lines.push(`… and ${entries.length - shown.length} more`)
  return lines
}

export const whoOf = (entry: TimelineEntry): string =>
  'node' in entry && entry.kind !== 'reached' ? entry.node : 'client' in entry ? entry.client : ''

export function describeEntry(entry: TimelineEntry): string {
  switch (entry.kind) {
    case 'fault':
      return entry.isEnd ? `--- over: ${entry.text}` : `--- ${entry.text}`
    case 'life':
      return describeLife(entry.life)
    case 'state':
      return `${entry.instance}: ${entry.from.toUpperCase()} → ${entry.to.toUpperCase()}: ${entry.because}`
    case 'priority':
      return `${entry.instance}: priority ${entry.from} → ${entry.to}: ${entry.because}`
    case 'notify':
      return `${entry.instance}: runs ${entry.argv.join(' ')}`
    case 'piped':
      return `writes to ${entry.path}: ${entry.text}`
    case 'mail':
      return `mail “${entry.subject}” to ${entry.to.join(', ')}`
    case 'announced': {
      const times =
        entry.count === 1 ? '' : `, ${entry.count} times${entry.until > entry.at ? ` until ${(entry.until / 1000).toFixed(3)} s` : ''}`
      return `announces ${entry.address}${times}`
    }
    case 'owners':
      return entry.owners.length === 0
        ? `nobody has ${entry.address}`
        : `${entry.owners.join(' AND ')} ${entry.owners.length > 1 ? 'have' : 'has'} ${entry.address}`
    case 'reached':
      return entry.node === null ? `reaches nobody at ${entry.address}` : `reaches ${entry.node} at ${entry.address}`
  }
}

export function describeLife(life: Life): string {
  switch (life.kind) {
    case 'power-on':
      return 'machine on'
    case 'power-off':
      return 'machine off'
    case 'daemon-started':
      return `daemon started, pid ${life.pid}`
    case 'daemon-refused':
      return `daemon did not start: ${life.detail}`
    case 'daemon-exited':
      return 'daemon ended'
    case 'daemon-killed':
      return 'daemon killed'
    case 'daemon-crashed':
      return `daemon crashed: ${life.detail.split('\n')[0]}`
    case 'guard-done':
      return `guard removed ${life.addresses.join(', ') || 'no address'} and sent ${life.resignations} resignation${life.resignations === 1 ? '' : 's'}`
    case 'frozen':
      return 'daemon stopped by a signal'
    case 'thawed':
      return 'daemon goes on'
    case 'paused':
      return 'machine stands still'
    case 'resumed':
      return 'machine goes on'
    case 'reloaded':
      return 'reload'
    case 'switchover':
      return `${life.instance}: planned switchover, ${life.outcome}${life.reason === undefined ? '' : `: ${life.reason}`}`
  }
}

function formatOwners(report: Report): string[] {
  return report.addresses.flatMap(({ address, owners, reached }) => {
    const bySpan = (value: string, from: number, to: number): string => `  ${timeColumn(from)} to ${timeColumn(to)}  ${value}`
    const lines = [`Who has ${address}:`]
    for (const span of owners) {
      const who = span.value.length === 0 ? 'nobody' : span.value.join(' and ')
      lines.push(`${bySpan(who, span.from, span.to)}${span.value.length > 1 ? '  (split brain)' : ''}`)
    }
    for (const { client, spans } of reached) {
      lines.push(`Whom ${client} reaches there:`)
      for (const span of spans) lines.push(bySpan(span.value ?? 'nobody', span.from, span.to))
    }
    return lines
  })
}

function formatOutages(report: Report): string[] {
  if (report.outages.length === 0) return ['No outage after the first owner.']
  return report.outages.flatMap((outage) => [
    `Outage of ${outage.address} for ${outage.client}: ${roughDuration(outage.lasted)}, from ${(outage.from / 1000).toFixed(3)} s; ${outage.before} → ${outage.after ?? 'nobody until the end'}`,
    ...describeCause(outage.cause),
  ])
}

function formatSplitBrains(report: Report): string[] {
  const lines = report.totals.splitBrains === 0 ? ['No split brain.'] : []
  const told = report.splitBrains.flatMap((one) => [
    `${one.isHandover ? 'Overlap at the handover of' : 'Split brain over'} ${one.address}: ${one.nodes.join(' and ')} for ${roughDuration(one.lasted)}, from ${(one.from / 1000).toFixed(3)} s`,
    ...describeCause({ ...one.cause, takeover: null }),
  ])
  return [...lines, ...told]
}

/** As lines under an outage; also for the page. */
export function describeCause(cause: Cause): string[] {
  const lines: string[] = []
  if (cause.fault !== null) lines.push(`  after: ${cause.fault} at ${((cause.faultAt ?? 0) / 1000).toFixed(3)} s`)
  if (cause.takeover !== null) lines.push(`  taken over by ${cause.takeover}`)
  return lines
}

function formatTotals({ totals }: Report): string {
  const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`
  return [
    count(totals.transitions, 'transition'),
    count(totals.notifyCalls, 'notify call'),
    count(totals.mails, 'mail'),
    count(totals.announcements, 'announcement'),
    `${count(totals.outages, 'outage')} (${roughDuration(totals.outageMs)}, longest ${roughDuration(totals.longestOutageMs)})`,
    `${count(totals.splitBrains, 'split brain')} (${roughDuration(totals.splitBrainMs)})`,
    `${count(totals.packets.delivered, 'packet')} delivered of ${totals.packets.sent}`,
    ...(totals.crashes > 0 ? [`${count(totals.crashes, 'crash', 'crashes')} of a daemon`] : []),
  ].join(', ')
}
