// A rehearsal before applying: both nodes' real daemons in a simulated network, run here in the browser.
import { milliseconds } from '@havip/base'
import { BadWorld, parseFault, type Report, simulate, type TimelineEntry, worldOfFiles } from '@havip/sim'
import { useMemo, useState } from 'react'
import { type Speak, type Text, useText } from '../i18n/text.tsx'
import { WhyButton } from '../parts/controls.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Empty, Panel } from '../parts/page.tsx'
import { formatLength } from '../parts/time.tsx'
import { useAddress, useSetAddress } from '../shell/address.ts'

type File = { readonly name: string; readonly text: string }

const faultAtMs = 10_000
const durationMs = 30_000
/** NODE is the one whose file is edited. */
const choices: readonly (readonly [form: string, text: Text])[] = [
  ['power-loss NODE', ['Power loss', '断电']],
  ['stop NODE', ['Stop keepalived', '停止 keepalived']],
  ['kill NODE', ['Kill keepalived', '杀死 keepalived']],
  ['isolate NODE', ['Cut the link', '断开网络']],
  ['freeze NODE for 8s', ['Freeze keepalived for 8 s', '冻结 keepalived 8 秒']],
]

export function Rehearsal({ files }: { readonly files: readonly File[] }) {
  const t = useText()
  const { fault: chosen } = useAddress()
  const setAddress = useSetAddress()
  const [run, setRun] = useState<{ readonly report?: Report; readonly problem?: string; readonly tookMs: number }>()
  const form = choices.find(([one]) => one === chosen)?.[0] ?? choices[0]?.[0] ?? ''
  const node = files[0]?.name ?? ''
  const start = (): void => {
    const startedAt = performance.now()
    const fault = parseFault(
      `${form.replace('NODE', node)} @${faultAtMs / 1000}s`,
      files.map((file) => file.name),
    )
    if (!fault.ok) {
      setRun({ problem: fault.fault.message, tookMs: 0 })
      return
    }
    try {
      const world = worldOfFiles(
        files.map((file) => ({ ...file, path: '/etc/keepalived/keepalived.conf' })),
        { seed: 1, duration: milliseconds(durationMs), faults: [fault.value] },
      )
      setRun({ report: simulate(world), tookMs: performance.now() - startedAt })
    } catch (error) {
      if (!(error instanceof BadWorld)) throw error
      setRun({ problem: error.message, tookMs: 0 })
    }
  }
  const off = files.length < 2 ? t(['A rehearsal needs the other node’s file, too.', '仿真还需要另一节点的文件。']) : undefined
  return (
    <Panel
      title={t(['Simulate before applying', '应用前仿真'])}
      hint={t(
        [
          'Both nodes’ daemons in a simulated network, {seconds} s, in this browser. Nothing is changed.',
          '在浏览器中以模拟网络运行两个节点的守护进程 {seconds} 秒，不做任何更改。',
        ],
        {
          seconds: durationMs / 1000,
        },
      )}
    >
      <div className="panel-body stack" style={{ gap: 20 }}>
        <div className="begin">
          <label className="row">
            <span className="quiet">{t(['What fails after {seconds} s', '{seconds} 秒后发生'], { seconds: faultAtMs / 1000 })}</span>
            <select className="plain-select" value={form} onChange={(event) => setAddress({ fault: event.target.value })}>
              {choices.map(([one, text]) => (
                <option key={one} value={one}>
                  {t(text)}
                </option>
              ))}
            </select>
          </label>
          <WhyButton type="primary" changes={false} off={off} onClick={start}>
            {t(['Simulate', '开始仿真'])}
          </WhyButton>
          {off && <span className="quiet small">{off}</span>}
        </div>
        {run?.problem !== undefined && (
          <div className="note bad" role="alert">
            <Mark tone="bad" />
            <p>{run.problem}</p>
          </div>
        )}
        {run?.report ? (
          <Outcome report={run.report} tookMs={run.tookMs} />
        ) : (
          run?.problem === undefined && (
            <Empty
              title={t(['Nothing simulated yet', '尚未仿真'])}
              text={t([
                'Choose what fails and see who has the address, and for how long nobody.',
                '选择故障，查看由谁持有地址以及中断多久。',
              ])}
            />
          )
        )}
      </div>
    </Panel>
  )
}

const laneColour: Readonly<Record<string, string>> = {
  master: 'var(--address)',
  backup: 'var(--good)',
  fault: 'var(--bad)',
  off: 'var(--sunk)',
  'no-daemon': 'var(--sunk)',
  frozen: 'var(--busy)',
}

function Outcome({ report, tookMs }: { readonly report: Report; readonly tookMs: number }) {
  const t = useText()
  const entries = useMemo(() => report.timeline.flatMap((entry) => describe(entry, t)), [report, t])
  const share = (from: number, to: number): string => `${((to - from) / report.durationMs) * 100}%`
  const { outageMs, splitBrainMs } = report.totals
  // The first seconds are the start of both machines; they are no outage of a service.
  const outages = report.outages.filter((one) => one.before !== '')
  return (
    <>
      <dl className="figures" data-simulated="done">
        <div className="main-figure">
          <dt>{t(['Longest outage', '最长中断'])}</dt>
          <dd>
            {formatLength(
              outages.reduce((longest, one) => Math.max(longest, one.lasted), 0),
              t,
            )}
          </dd>
        </div>
        <div>
          <dt>{t(['Two owners at once', '双主时长'])}</dt>
          <dd>{splitBrainMs > 0 ? <Mark tone="bad">{formatLength(splitBrainMs, t)}</Mark> : t(['never', '从未'])}</dd>
        </div>
        <div>
          <dt>{t(['Transitions', '状态切换'])}</dt>
          <dd>{report.totals.transitions}</dd>
        </div>
        <div>
          <dt>{t(['Simulated in', '仿真耗时'])}</dt>
          <dd>{formatLength(tookMs, t)}</dd>
        </div>
      </dl>
      {outageMs > 0 &&
        outages.slice(0, 2).map((one) => (
          <div key={one.from} className="note address">
            <Mark tone="address" />
            <p>
              {one.before} → {one.after ?? t(['nobody', '无'])}. {one.cause.takeover ?? one.cause.fault ?? ''}
            </p>
          </div>
        ))}
      <div className="sim-lanes">
        {report.lanes.map((lane) => (
          <Lane key={`${lane.node} ${lane.instance}`} name={`${lane.node} ${lane.instance}`}>
            {lane.spans.map((span) => (
              <span
                key={span.from}
                title={`${span.value} ${(span.from / 1000).toFixed(2)}–${(span.to / 1000).toFixed(2)} s`}
                style={{ width: share(span.from, span.to), background: laneColour[span.value] ?? 'var(--line-strong)' }}
              />
            ))}
          </Lane>
        ))}
      </div>
      <div className="row small" style={{ gap: 16 }}>
        {(
          [
            ['address', 'MASTER'],
            ['good', 'BACKUP'],
            ['bad', 'FAULT'],
            ['off', t(['off, or no daemon', '关机或无守护进程'])],
          ] as const
        ).map(([tone, label]: readonly [Tone, string]) => (
          <Mark key={label} tone={tone}>
            {label}
          </Mark>
        ))}
      </div>
      <ol className="sim-entries" aria-label={t(['What happened', '经过'])}>
        {entries.map((entry, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list of one report never changes.
          <li key={i}>
            <span className="mono quiet">{(entry.at / 1000).toFixed(3)} s</span>
            <span>{entry.text}</span>
          </li>
        ))}
      </ol>
    </>
  )
}

function Lane({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <>
      <span className="mono small">{name}</span>
      <span className="lane-bar">{children}</span>
    </>
  )
}

function describe(entry: TimelineEntry, t: Speak): readonly { readonly at: number; readonly text: string }[] {
  const one = (text: string) => [{ at: entry.at, text }]
  switch (entry.kind) {
    case 'fault':
      return one(entry.isEnd ? t(['Over: {text}', '结束：{text}'], { text: entry.text }) : entry.text)
    case 'state':
      return one(`${entry.node}: ${entry.from.toUpperCase()} → ${entry.to.toUpperCase()}: ${entry.because}`)
    case 'priority':
      return one(`${entry.node}: ${entry.from} → ${entry.to}: ${entry.because}`)
    case 'owners':
      return one(
        entry.owners.length === 0
          ? t(['Nobody has {address}', '无人持有 {address}'], { address: entry.address })
          : t(['{who} has {address}', '{who} 持有 {address}'], { who: entry.owners.join(' + '), address: entry.address }),
      )
    case 'reached':
      return one(
        entry.node === null
          ? t(['Clients reach nobody', '客户端无法访问'])
          : t(['Clients reach {who}', '客户端访问到 {who}'], { who: entry.node }),
      )
    case 'life':
    case 'notify':
    case 'piped':
    case 'mail':
    case 'announced':
      return []
  }
}
