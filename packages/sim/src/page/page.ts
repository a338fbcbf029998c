// The report as one HTML page that needs nothing else: style, script and picture are inside, and it asks nobody for anything.
import { roughDuration } from '../duration.ts'
import { describeCause, describeEntry, whoOf } from '../format-report.ts'
import type { Report, TimelineEntry } from '../report.ts'
import { clockTime, escapeMarkup } from './markup.ts'
import { drawPicture, faultsOf, legendGlyphs, legendStates, nodeClass, stateHeight, stateWords } from './picture.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** An expectation and how it went, to be shown on top. */
export type PageCheck = { readonly text: string; readonly passed: boolean; readonly detail: string }

/** More rows than this would make the page slow; the text report and the JSON have them all. */
const rowsMax = 3000

export function reportPage(report: Report, checks: readonly PageCheck[] = []): string {
  const title = escapeMarkup(report.title)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="sub">${roughDuration(report.durationMs)} of ${report.nodes.map(escapeMarkup).join(', ')} · seed ${report.seed}</p>
</header>
${numbers(report)}
${expectations(checks)}
${picture(report)}
${findings(report)}
${timeline(report)}
<footer>Simulated by havip in virtual time. The same files, faults and seed give the same report.</footer>
</main>
<div id="tip" role="tooltip" hidden></div>
<script>${script}</script>
</body>
</html>
`
}

function numbers({ totals, outages }: Report): string {
  const cell = (name: string, value: string, note = '', tone = ''): string =>
    `<div${tone ? ` class="${tone}"` : ''}><dt>${name}</dt><dd>${value}${note ? `<small>${note}</small>` : ''}</dd></div>`
  const cells = [
    outages.length === 0
      ? cell('Outages', 'none', '', 'good')
      : cell(
          outages.length === 1 ? 'Outage' : 'Longest outage',
          roughDuration(totals.longestOutageMs),
          outages.length > 1 ? `${outages.length}, ${roughDuration(totals.outageMs)} in all` : '',
          'bad',
        ),
    totals.splitBrains === 0
      ? cell('Split brain', 'none', '', 'good')
      : cell('Split brain', roughDuration(totals.splitBrainMs), totals.splitBrains === 1 ? 'once' : `${totals.splitBrains} times`, 'bad'),
    cell('Transitions', String(totals.transitions)),
    cell('Scripts run', String(totals.notifyCalls)),
    cell('Mails', String(totals.mails)),
    cell('Announcements', String(totals.announcements)),
    cell(
      'Packets',
      String(totals.packets.delivered),
      totals.packets.lost + totals.packets.cut > 0 ? `${totals.packets.lost + totals.packets.cut} lost` : 'none lost',
    ),
    ...(totals.crashes > 0 ? [cell('Crashes', String(totals.crashes), '', 'bad')] : []),
  ]
  return `<dl class="numbers">${cells.join('')}</dl>`
}

function expectations(checks: readonly PageCheck[]): string {
  if (checks.length === 0) return ''
  const items = checks.map(
    ({ text, passed, detail }) =>
      `<li class="${passed ? 'good' : 'bad'}"><span class="big">${passed ? '✓ held' : '✗ failed'}</span><p>${escapeMarkup(text)}<small>${escapeMarkup(detail)}</small></p></li>`,
  )
  return `<h2>Expectations</h2><ul class="findings card">${items.join('')}</ul>`
}

function picture(report: Report): string {
  const { labels, drawing, height } = drawPicture(report)
  return `<section class="card picture" aria-label="Picture">
<div class="bar"><h2>What happened</h2><label>Zoom <input id="zoom" type="range" min="0" max="12" step="0.05" value="0"></label><button id="whole" type="button">Whole run</button></div>
<div class="chart"><div class="labels" style="height:${height}px">${labels}</div><div class="scroll" tabindex="0" aria-label="Picture, scrolls sideways"><div class="stage">${drawing}</div></div></div>
${legend(report)}
</section>
${faultList(report)}`
}

function legend(report: Report): string {
  const used = new Set(report.lanes.flatMap((lane) => lane.spans.map((span) => span.value)))
  const states = legendStates
    .filter((state) => used.has(state) || state === 'master' || state === 'backup')
    .map((state) => {
      const height = stateHeight(state)
      return `<span><svg width="34" height="24" aria-hidden="true"><svg class="state ${state}" x="1" y="${(24 - height) / 2}" width="32" height="${height}"><rect class="body" width="100%" height="100%"/></svg></svg>${stateWords[state]}</span>`
    })
  const glyphs = legendGlyphs.map(
    ({ shape, glyph, words }) =>
      `<span><svg width="12" height="14" aria-hidden="true"><svg x="6" y="5" overflow="visible" class="mark ${shape}">${glyph}</svg></svg>${words}</span>`,
  )
  const sample = (style: string, words: string): string =>
    `<span><svg width="34" height="24" aria-hidden="true"><svg class="owner ${style}" x="1" y="3" width="32" height="18"><rect class="body" width="100%" height="100%"/></svg></svg>${words}</span>`
  const owners = [sample('nobody', 'nobody'), ...(report.splitBrains.length > 0 ? [sample('split', 'split brain')] : [])]
  const nodes = report.nodes.map((node) => `<span><i class="chip ${nodeClass(report, node)}"></i><b>${escapeMarkup(node)}</b></span>`)
  return `<div class="legend">${nodes.join('')}${owners.join('')}${states.join('')}${glyphs.join('')}</div>`
}

function faultList(report: Report): string {
  const faults = faultsOf(report)
  if (faults.length === 0) return ''
  const items = faults.map(({ at, until, text }, i) => {
    const end = until ?? Math.min(report.durationMs, at + 10_000)
    const when = until === undefined ? clockTime(at) : `${clockTime(at)} to ${clockTime(until)}`
    return `<li><span class="big">${i + 1}</span><p>${escapeMarkup(text)}<small>${when}</small></p><button type="button" data-from="${at}" data-to="${end}">Show</button></li>`
  })
  return `<h2>Faults</h2><ul class="findings card">${items.join('')}</ul>`
}

function findings(report: Report): string {
  const cause = (lines: readonly string[]): string => lines.map((line) => `<small>${escapeMarkup(line.trim())}</small>`).join('')
  const show = (from: number, to: number): string => `<button type="button" data-from="${from}" data-to="${to}">Show</button>`
  const outages = report.outages.map(
    (one) =>
      `<li class="bad"><span class="big">${roughDuration(one.lasted)}</span><p>Outage of ${escapeMarkup(one.address)} for ${escapeMarkup(one.client)} from ${clockTime(one.from)}: ${escapeMarkup(one.before)} → ${escapeMarkup(one.after ?? 'nobody until the end')}${cause(describeCause(one.cause))}</p>${show(one.from, one.to)}</li>`,
  )
  const splits = report.splitBrains.map(
    (one) =>
      `<li class="${one.isHandover ? 'slight' : 'bad'}"><span class="big">${roughDuration(one.lasted)}</span><p>${one.isHandover ? 'Overlap at the handover of' : 'Split brain over'} ${escapeMarkup(one.address)} from ${clockTime(one.from)}: ${one.nodes.map(escapeMarkup).join(' and ')}${cause(describeCause({ ...one.cause, takeover: null }))}</p>${show(one.from, one.to)}</li>`,
  )
  const all = [...outages, ...splits]
  if (all.length === 0) return ''
  return `<h2>Outages and split brains</h2><ul class="findings card">${all.join('')}</ul>`
}

const kinds: readonly { readonly words: string; readonly classes: string }[] = [
  { words: 'Everything', classes: '' },
  { words: 'States and faults', classes: 'state fault life' },
  { words: 'Owners', classes: 'owners reached' },
  { words: 'Scripts and mails', classes: 'notify mail' },
  { words: 'Announcements', classes: 'announced' },
]

function timeline(report: Report): string {
  const rows = report.timeline.slice(0, rowsMax).map(row)
  const more = report.timeline.length - rows.length
  const options = kinds.map(({ words, classes }) => `<option value="${classes}">${words}</option>`)
  return `<h2>Timeline</h2><section class="card">
<div class="bar"><label>Show <select id="kind">${options.join('')}</select></label><label>Find <input id="find" type="search" placeholder="word"></label></div>
<div class="table"><table><thead><tr><th>Time</th><th>Where</th><th>What</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>${more > 0 ? `<p class="more">… and ${more} more, in the JSON report.</p>` : ''}</section>`
}

const row = (entry: TimelineEntry): string =>
  `<tr class="${entry.kind}" data-at="${entry.at}"><td>${clockTime(entry.at)}</td><td>${escapeMarkup(whoOf(entry))}</td><td>${escapeMarkup(describeEntry(entry).replace(/^--- /, ''))}</td></tr>`
