// Who answered each request, drawn: one lane for each node and one for nobody, time to the right.
import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'react'
import Plot from 'uplot'
import type { Sample } from '../api/types.ts'
import { usePreferences, useText } from '../i18n/text.tsx'
import { answeredBy, phasesOf } from './phases.ts'

type ChartProps = { readonly samples: readonly Sample[]; readonly name: (node: string) => string; readonly isRunning: boolean }

const height = 230
/** Room for the longest name beside its lane, in CSS pixels. */
const labelMin = 90
const labelMax = 170

export default function TestChart({ samples, name, isRunning }: ChartProps) {
  const t = useText()
  const { appearance, language } = usePreferences()
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot>(null)
  // In the order in which they first answered; nobody is at the bottom.
  const nodes = [...new Set(samples.map(answeredBy).filter((by) => by !== ''))]
  const lanes = ['', ...nodes.reverse()]
  const data: Plot.AlignedData = [
    samples.map((one) => one.AtMs / 1000),
    ...lanes.map((lane, i) => samples.map((one) => (answeredBy(one) === lane ? i : null))),
  ]
  const latest = useRef({ data, samples })
  latest.current = { data, samples }
  const laneKey = lanes.map(name).join('\n')

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew for other lanes or colours only; data is set below.
  useEffect(() => {
    const element = holder.current
    if (!element) return undefined
    const style = getComputedStyle(element)
    const colour = (variable: string): string => style.getPropertyValue(variable).trim()
    const names = laneKey.split('\n')
    const font = `12px ${colour('--sans')}`
    const options: Plot.Options = {
      width: element.clientWidth,
      height,
      cursor: { show: false },
      legend: { show: false },
      padding: [8, 16, 0, 0],
      scales: { x: { time: false }, y: { range: [-0.6, names.length - 0.4] } },
      axes: [
        {
          stroke: colour('--ink-3'),
          font,
          grid: { stroke: colour('--line'), width: 1 },
          ticks: { show: false },
          size: 34,
          values: (_, splits) => splits.map((value) => `${value} s`),
        },
        {
          stroke: colour('--ink'),
          font,
          grid: { stroke: colour('--line'), width: 1 },
          ticks: { show: false },
          size: Math.min(labelMax, Math.max(labelMin, ...names.map((one) => one.length * 7.5 + 16))),
          splits: names.map((_, i) => i),
          values: () => names,
        },
      ],
      series: [
        {},
        ...names.map((_, i) => ({
          paths: () => null,
          stroke: 'transparent',
          points: {
            show: true,
            size: i === 0 ? 7 : 6,
            stroke: i === 0 ? colour('--bad') : i === 1 ? colour('--address') : colour('--busy'),
            fill: i === 0 ? colour('--paper') : i === 1 ? colour('--address') : colour('--busy'),
            width: 1.5,
          },
        })),
      ],
      hooks: {
        drawClear: [
          (drawn: Plot) => {
            // The outage itself, from the first lost request to the next answer.
            drawn.ctx.fillStyle = colour('--bad-soft')
            for (const phase of phasesOf(latest.current.samples)) {
              if (phase.by !== '') continue
              const from = drawn.valToPos(phase.fromMs / 1000, 'x', true)
              const to = drawn.valToPos(phase.toMs / 1000, 'x', true)
              drawn.ctx.fillRect(from, drawn.bbox.top, Math.max(1, to - from), drawn.bbox.height)
            }
          },
        ],
      },
    }
    const made = new Plot(options, latest.current.data, element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [laneKey, appearance, language])
  useEffect(() => {
    if (plot.current && plot.current.series.length === data.length) plot.current.setData(data)
  })
  return (
    <figure>
      <div
        ref={holder}
        role="img"
        aria-label={t([
          'Chart of who answered each request; the list below says the same in words.',
          '每次请求应答者的图表，下方列表为文字说明。',
        ])}
      />
      {isRunning && samples.length === 0 && (
        <figcaption className="quiet small">{t(['Waiting for the first answers …', '正在等待首批应答……'])}</figcaption>
      )}
    </figure>
  )
}
