// The picture: faults, owners, what clients reach, and a lane for each node. States differ by shape and pattern as well as
// by colour. Horizontal places are percentages, so it stretches to any width while the text keeps its size.
import { roughDuration } from '../duration.ts'
import { describeEntry } from '../format-report.ts'
import type { AddressReport, Lane, LaneState, Report, Span, TimelineEntry } from '../report.ts'
import { clockTime, escapeMarkup, percentOf, roundStep } from './markup.ts'

/** Narrower than this the picture scrolls; what is written inside bars is measured against it. */
const widthMin = 760
const axisHeight = 30
const faultHeight = 34
const barHeight = 30
const laneHeight = 60
const gap = 14
/** More marks than this are gathered into fewer. */
const marksMax = 3000

export type Picture = { readonly labels: string; readonly drawing: string; readonly height: number }

type Row = {
  readonly label: string
  readonly note: string
  readonly chip: string
  readonly height: number
  readonly draw: (y: number) => string
}

export function drawPicture(report: Report): Picture {
  const rows = rowsOf(report)
  let y = axisHeight
  const labels: string[] = []
  const bodies: string[] = []
  for (const row of rows) {
    if (row.label !== '') {
      const chip = row.chip === '' ? '' : `<span class="chip ${row.chip}"></span>`
      const note = row.note === '' ? '' : `<small>${escapeMarkup(row.note)}</small>`
      labels.push(
        `<div class="label" style="top:${y}px;height:${row.height}px">${chip}<span class="name" title="${escapeMarkup(row.label)}">${escapeMarkup(row.label)}</span>${note}</div>`,
      )
    }
    bodies.push(row.draw(y))
    y += row.height
  }
  const height = y + 8
  const drawing = [
    `<svg id="plot" width="100%" height="${height}" role="img" aria-label="${escapeMarkup(summary(report))}" data-duration="${report.durationMs}">`,
    patterns,
    faultBands(report, height),
    `<g id="axis">${axis(report.durationMs, height)}</g>`,
    ...bodies,
    faultFlags(report),
    '<line id="cursor" y1="0" y2="100%" x1="0" x2="0" visibility="hidden"/>',
    '</svg>',
  ].join('\n')
  return { labels: labels.join('\n'), drawing, height }
}

const summary = ({ nodes, durationMs, totals }: Report): string =>
  `${roughDuration(durationMs)} of ${nodes.join(', ')}: ${totals.outages} outages, ${totals.splitBrains} split brains. The timeline below says the same in words.`

function rowsOf(report: Report): Row[] {
  const nothing = (): string => ''
  const space: Row = { label: '', note: '', chip: '', height: gap, draw: nothing }
  const rows: Row[] = []
  if (faultsOf(report).length > 0) rows.push({ label: 'Faults', note: '', chip: '', height: faultHeight, draw: nothing })
  for (const address of report.addresses) {
    rows.push({ label: address.address, note: 'has it', chip: '', height: barHeight, draw: (y) => ownerBar(report, address, y) })
    for (const reached of address.reached) {
      rows.push({
        label: reached.client,
        note: 'reaches',
        chip: '',
        height: barHeight,
        draw: (y) => reachedBar(report, address.address, reached, y),
      })
    }
    rows.push(space)
  }
  for (const lane of report.lanes) {
    const several = report.lanes.filter((one) => one.node === lane.node).length > 1
    rows.push({
      label: lane.node,
      note: several ? lane.instance : '',
      chip: nodeClass(report, lane.node),
      height: laneHeight,
      draw: (y) => laneBar(report, lane, y),
    })
  }
  return rows
}

export const nodeClass = (report: Pick<Report, 'nodes'>, node: string): string => `n${(report.nodes.indexOf(node) % 6) + 1}`

/** Hatches for what is not simply on: they stay apart without colour, and in print. */
const patterns = `<defs>
<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" class="soft"/><rect width="3" height="7" class="hard"/></pattern>
<pattern id="cross" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" class="soft"/><path d="M0 0L8 8M8 0L0 8" class="hard"/></pattern>
<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="1.3" class="hard"/></pattern>
<pattern id="gap" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="2" height="9" class="hard"/></pattern>
</defs>`

function axis(duration: number, height: number): string {
  const step = roundStep(duration, 8)
  const ticks: string[] = []
  for (let at = 0; at <= duration; at += step) {
    const x = percentOf(at, duration)
    ticks.push(`<line class="tick" x1="${x}" x2="${x}" y1="${axisHeight - 6}" y2="${height}"/>`)
    if (at < duration * 0.97) ticks.push(`<text class="time" x="${x}" dx="4" y="15">${tickLabel(at)}</text>`)
  }
  return ticks.join('')
}

const tickLabel = (at: number): string => (at < 1000 && at > 0 ? `${at} ms` : at < 600_000 ? `${at / 1000} s` : `${at / 60_000} min`)

type FaultMark = { readonly at: number; readonly until: number | undefined; readonly text: string }

/** Faults with their ends, in the order in which they came. */
export function faultsOf(report: Report): FaultMark[] {
  const marks: { at: number; until: number | undefined; text: string }[] = []
  for (const entry of report.timeline) {
    if (entry.kind !== 'fault') continue
    if (!entry.isEnd) {
      marks.push({ at: entry.at, until: undefined, text: entry.text })
      continue
    }
    const open = marks.find((mark) => mark.text === entry.text && mark.until === undefined)
    if (open) open.until = entry.at
  }
  return marks
}

function faultBands(report: Report, height: number): string {
  return faultsOf(report)
    .map(({ at, until }) => {
      const x = percentOf(at, report.durationMs)
      const band =
        until === undefined
          ? ''
          : `<rect class="band" x="${x}" width="${percentOf(until - at, report.durationMs)}" y="${axisHeight}" height="${height}"/>`
      return `${band}<line class="fault-line" x1="${x}" x2="${x}" y1="${axisHeight}" y2="${height}"/>`
    })
    .join('')
}

function faultFlags(report: Report): string {
  const y = axisHeight + faultHeight / 2
  return faultsOf(report)
    .map(({ at, until, text }, i) => {
      const when = until === undefined ? clockTime(at) : `${clockTime(at)} to ${clockTime(until)}`
      return `<svg x="${percentOf(at, report.durationMs)}" y="${y}" overflow="visible" class="flag" ${tip(`${i + 1}. ${text}`, when)}><circle r="10"/><text y="4">${i + 1}</text></svg>`
    })
    .join('')
}

const tip = (head: string, when: string): string => `data-tip="${escapeMarkup(head)}" data-when="${escapeMarkup(when)}"`

/** A stretch of a bar, with its text if there is room; `room` is what the text needs, for when the picture is zoomed. */
function stretch(report: Report, span: Span<unknown>, y: number, height: number, style: string, text: string, told: string): string {
  const share = (span.to - span.from) / report.durationMs
  const room = text.length * 7.4 + 14
  const hidden = share * widthMin < room ? ' visibility="hidden"' : ''
  const label = text === '' ? '' : `<text x="8" y="${height / 2 + 4}" data-room="${Math.ceil(room)}"${hidden}>${escapeMarkup(text)}</text>`
  const when = `${clockTime(span.from)} to ${clockTime(span.to)}, ${roughDuration(span.to - span.from)}`
  return `<svg class="${style}" x="${percentOf(span.from, report.durationMs)}" width="${percentOf(span.to - span.from, report.durationMs)}" y="${y}" height="${height}" ${tip(told, when)}><rect class="body" width="100%" height="100%"/>${label}</svg>`
}

function ownerBar(report: Report, { address, owners }: AddressReport, y: number): string {
  return owners
    .map((span) => {
      const [first] = span.value
      if (first === undefined) return stretch(report, span, y + 4, 22, 'owner nobody', 'nobody', `Nobody has ${address}`)
      if (span.value.length === 1)
        return stretch(report, span, y + 4, 22, `owner ${nodeClass(report, first)}`, first, `${first} has ${address}`)
      const names = span.value.join(' + ')
      return stretch(report, span, y + 4, 22, 'owner split', names, `Split brain: ${names} have ${address}`)
    })
    .join('')
}

function reachedBar(report: Report, address: string, reached: AddressReport['reached'][number], y: number): string {
  return reached.spans
    .map((span) => {
      const node = span.value
      if (node === null) return stretch(report, span, y + 4, 22, 'owner nobody', 'nobody', `${reached.client} reaches nobody at ${address}`)
      return stretch(report, span, y + 7, 16, `owner ${nodeClass(report, node)}`, node, `${reached.client} reaches ${node} at ${address}`)
    })
    .join('')
}

/** How a state looks: its height says as much as its colour. */
const shapes: Readonly<Record<LaneState, { readonly height: number; readonly text: string }>> = {
  master: { height: 24, text: 'MASTER' },
  backup: { height: 10, text: '' },
  fault: { height: 24, text: 'FAULT' },
  init: { height: 10, text: '' },
  stopped: { height: 10, text: '' },
  'no-daemon': { height: 10, text: '' },
  frozen: { height: 24, text: 'FROZEN' },
  off: { height: 4, text: '' },
}

export const stateWords: Readonly<Record<LaneState, string>> = {
  master: 'master',
  backup: 'backup',
  fault: 'fault',
  init: 'starting',
  stopped: 'stopped',
  'no-daemon': 'no daemon',
  frozen: 'frozen',
  off: 'no power',
}

function laneBar(report: Report, lane: Lane, y: number): string {
  const base = y + 32
  const bars = lane.spans.map((span) => {
    const { height, text } = shapes[span.value]
    return stretch(
      report,
      span,
      base - height,
      height,
      `state ${span.value}`,
      text,
      `${lane.node} ${lane.instance}: ${stateWords[span.value]}`,
    )
  })
  return `<line class="ground" x1="0" x2="100%" y1="${base}" y2="${base}"/>${bars.join('')}${marks(report, lane, base + 9)}`
}

type Mark = { readonly at: number; readonly shape: 'transition' | 'garp' | 'notify' | 'mail' | 'life'; readonly texts: string[] }

/** What happened on a lane, as small shapes under it. */
function marks(report: Report, lane: Lane, y: number): string {
  const found: Mark[] = []
  const nearby = report.durationMs / Math.max(200, marksMax / Math.max(1, report.lanes.length))
  for (const entry of report.timeline) {
    const shape = shapeOf(entry, lane)
    if (!shape) continue
    const text = describeEntry(entry)
    const last = found.findLast((mark) => mark.shape === shape)
    if (last && entry.at - last.at < nearby && last.texts.length < 8) last.texts.push(text)
    else found.push({ at: entry.at, shape, texts: [text] })
  }
  return found
    .map(
      ({ at, shape, texts }) =>
        `<svg x="${percentOf(at, report.durationMs)}" y="${y}" overflow="visible" class="mark ${shape}" ${tip(texts.join('\n'), clockTime(at))}>${glyphs[shape]}</svg>`,
    )
    .join('')
}

function shapeOf(entry: TimelineEntry, lane: Lane): Mark['shape'] | undefined {
  if (!('node' in entry) || entry.node !== lane.node) return undefined
  if ('instance' in entry && entry.instance !== lane.instance) return undefined
  switch (entry.kind) {
    case 'state':
      return 'transition'
    case 'announced':
      return 'garp'
    case 'notify':
    case 'piped':
      return 'notify'
    case 'mail':
      return 'mail'
    case 'life':
      return 'life'
    default:
      return undefined
  }
}

/** Five shapes on three heights, so that what happens together does not hide itself. */
const glyphs: Readonly<Record<Mark['shape'], string>> = {
  transition: '<path d="M0 -44V-9" class="stem"/><path d="M-4 -8H4L0 -3Z"/>',
  garp: '<path d="M-4 6L0 -1L4 6Z"/>',
  notify: '<circle cy="13" r="3.4"/>',
  mail: '<rect x="-4" y="0" width="8" height="6"/>',
  life: '<path d="M0 8L4 13L0 18L-4 13Z"/>',
}

export const legendGlyphs: readonly { readonly shape: Mark['shape']; readonly glyph: string; readonly words: string }[] = [
  { shape: 'transition', glyph: '<path d="M-4 -2H4L0 3Z"/>', words: 'transition' },
  { shape: 'garp', glyph: glyphs.garp, words: 'announcement' },
  { shape: 'notify', glyph: '<circle cy="3" r="3.4"/>', words: 'script' },
  { shape: 'mail', glyph: glyphs.mail, words: 'mail' },
  { shape: 'life', glyph: '<path d="M0 -2L4 3L0 8L-4 3Z"/>', words: 'daemon or machine' },
]

/** States in the order of the legend, drawn as they are in the lanes. */
export const legendStates: readonly LaneState[] = ['master', 'backup', 'fault', 'frozen', 'no-daemon', 'init', 'off']
export const stateHeight = (state: LaneState): number => shapes[state].height
