// What `havip top` shows, as lines of text: a pure function of two readings of the daemon and the size of the terminal.
import type { DaemonStatus, InstanceStatus } from '@havip/vrrp-runtime'
import { formatAge } from './daemon.ts'
import { formatTable } from './table.ts'

export type Reading = { readonly status: DaemonStatus /** Monotonic, milliseconds. */; readonly at: number }

export type Screen = {
  readonly now: Reading
  readonly before: Reading | undefined
  readonly columns: number
  readonly rows: number
  /** Index of the instance that is looked at. */
  readonly selected: number
  readonly isPaused: boolean
  /** Why the latest reading failed; what is shown is older then. */
  readonly problem: string | undefined
}

const headings = ['', 'INSTANCE', 'STATE', 'SINCE', 'PRIO', 'OWNER', 'HEARD', 'LATE', 'HELD', 'SENT/s', 'RCVD/s', 'ERR/s', 'TRACKERS']

/** Exactly `rows` lines at most, each at most `columns` characters. */
export function drawTop(screen: Screen): readonly string[] {
  const { status } = screen.now
  const { instances, daemon } = status
  const head = [
    `havipd ${daemon.release} on ${daemon.hostName}, pid ${daemon.pid}, up ${formatAge(daemon.runningForMs)}; loop late ${daemon.loop.lagLastMs.toFixed(1)} ms, at worst ${formatAge(daemon.loop.lagWorstMs)}${screen.isPaused ? '  PAUSED' : ''}`,
    summary(instances),
  ]
  const detail = instances[screen.selected] ? detailOf(instances[screen.selected] as InstanceStatus) : []
  const foot = screen.problem ?? 'q quit   ↑ ↓ choose   space pause'
  const room = Math.max(1, screen.rows - head.length - detail.length - 3)
  // The chosen one stays in sight.
  const first = Math.max(0, Math.min(screen.selected - Math.floor(room / 2), instances.length - room))
  const shown = instances.slice(first, first + room)
  const table = formatTable(
    headings,
    shown.map((instance, i) => rowOf(instance, screen, first + i === screen.selected)),
    'no instances',
  ).split('\n')
  const body = [...head, ...table, ...(shown.length < instances.length ? [`  … ${instances.length - shown.length} more`] : []), ...detail]
  return [...body.slice(0, Math.max(1, screen.rows - 1)), foot].map((line) => cut(line, screen.columns))
}

function summary(instances: readonly InstanceStatus[]): string {
  const count = (state: string): number => instances.filter((one) => one.state === state).length
  const odd = instances.filter((one) => !one.consistent).length
  return `${instances.length} instance${instances.length === 1 ? '' : 's'}: ${count('master')} MASTER, ${count('backup')} BACKUP, ${count('fault')} FAULT${odd > 0 ? `; STATE AND KERNEL DISAGREE in ${odd}` : ''}`
}

function rowOf(instance: InstanceStatus, { now, before }: Screen, isSelected: boolean): readonly string[] {
  const { master, addresses, priority, trackers } = instance
  const earlier = before?.status.instances.find((one) => one.name === instance.name)
  const seconds = before ? (now.at - before.at) / 1000 : 0
  const rate = (of: (counters: InstanceStatus['counters']) => number): string => {
    // Counters of a new process begin anew.
    const difference = earlier ? of(instance.counters) - of(earlier.counters) : 0
    return seconds > 0 && difference >= 0 ? (difference / seconds).toFixed(difference / seconds < 10 ? 1 : 0) : '-'
  }
  const held = addresses.filter(({ present }) => present).length
  const bad = trackers.filter(({ condition }) => condition.kind === 'bad').length
  return [
    isSelected ? '>' : ' ',
    instance.name,
    `${instance.state.toUpperCase()}${instance.consistent ? '' : '!'}`,
    formatAge(instance.sinceMs),
    priority.effective === priority.base ? String(priority.base) : `${priority.effective} (${priority.base})`,
    master === undefined ? '-' : master.isUs ? 'here' : master.address,
    master === undefined || master.isUs ? '-' : formatAge(master.lastHeardMs),
    instance.rhythm && instance.state === 'backup' ? `${instance.rhythm.lastLatenessMs.toFixed(1)} ms` : '-',
    `${held}/${addresses.length}`,
    rate((counters) => counters.advert_sent),
    rate((counters) => counters.advert_rcvd),
    rate(errorsIn),
    trackers.length === 0 ? '-' : bad === 0 ? `${trackers.length} ok` : `${bad} of ${trackers.length} bad`,
  ]
}

const errorsIn = (counters: InstanceStatus['counters']): number =>
  Object.entries(counters).reduce((sum, [name, value]) => (isError.test(name) ? sum + value : sum), 0)
const isError = /_err$|^auth|^invalid|^unknown|^wrong|^malformed/

function detailOf(instance: InstanceStatus): readonly string[] {
  const { rhythm, transitions, trackers, faults } = instance
  return [
    '',
    `${instance.name}  vrid ${instance.vrid} version ${instance.protocolVersion} on ${instance.interface ?? 'any interface'}, from ${instance.source ?? 'no address'}, advert_int ${instance.advertIntervalMs / 1000} s`,
    `  ${instance.addresses.map((one) => `${one.address}${one.present ? '' : ' (not here)'}`).join(', ')}`,
    ...(rhythm ? [`  adverts of ${rhythm.from}: ${rhythm.gaps} gaps, ${rhythm.lost} lost, longest ${formatAge(rhythm.longestGapMs)}`] : []),
    ...faults.map((fault) => `  fault: ${fault}`),
    ...trackers.map(
      ({ kind, name, condition }) => `  ${kind} ${name}: ${condition.kind === 'bad' ? `bad, ${condition.detail}` : condition.kind}`,
    ),
    ...transitions
      .slice(0, 3)
      .map((one) => `  ${formatAge(one.agoMs)} ago ${one.from.toUpperCase()} → ${one.to.toUpperCase()}: ${one.sentence}`),
  ]
}

/** Control characters that a name may bring along do nothing here. */
const cut = (line: string, columns: number): string =>
  [...line]
    .map((character) => (character < ' ' || character === '\u007f' ? '?' : character))
    .slice(0, Math.max(1, columns))
    .join('')
