// A failover drawn: one lane for each node, its states as bars, its packets as marks, the takeover as a line through all.
import { useText } from '../i18n/text.tsx'
import { Mark, Shape, type Tone } from '../parts/mark.tsx'
import type { Dot, Failover } from './failover.ts'

const tones: Readonly<Record<string, Tone>> = { master: 'address', backup: 'good', fault: 'bad', stopped: 'off', init: 'busy' }
const dotTones: Readonly<Record<Dot['kind'], Tone>> = { sent: 'good', heard: 'off', goodbye: 'bad', taken: 'address' }
/** Marks drawn in one lane; a lane of adverts a hundred times a second would be a bar. */
const dotsMax = 160

export function FailoverPicture({ failover }: { readonly failover: Failover }) {
  const t = useText()
  const { fromMs, toMs, lanes } = failover
  const place = (ms: number): string => `${((ms - fromMs) / (toMs - fromMs)) * 100}%`
  const every = toMs - fromMs > 6_000 ? 2 : 1
  const from = Math.ceil(fromMs / 1000 / every) * every
  const ticks = Array.from({ length: Math.floor((toMs / 1000 - from) / every) + 1 }, (_, i) => from + i * every)
  return (
    <figure className="failover" aria-label={t(['Both nodes over time', '两个节点的时间线'])}>
      {lanes.map(({ node, stretches, dots }) => (
        <div key={node} className="failover-lane">
          <span className="failover-node">{node}</span>
          <div className="failover-time">
            {stretches.map((one) => (
              <span
                key={one.fromMs}
                className={`failover-state ${tones[one.state] ?? 'off'}`}
                style={{ left: place(one.fromMs), width: `calc(${place(one.toMs)} - ${place(one.fromMs)})` }}
              >
                {one.state.toUpperCase()}
              </span>
            ))}
            {stretches.length === 0 && (
              <span className="failover-empty quiet small">{t(['no recording of this time', '无此时段的记录'])}</span>
            )}
            {dots.slice(-dotsMax).map((dot, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list of one move never changes.
              <span key={i} className={`failover-dot ${dotTones[dot.kind]}`} style={{ left: place(dot.atMs) }}>
                <Shape tone={dotTones[dot.kind]} size={9} />
              </span>
            ))}
            <span className="failover-now" style={{ left: place(0) }} />
          </div>
        </div>
      ))}
      <div className="failover-lane axis" aria-hidden="true">
        <span />
        <div className="failover-time">
          {ticks.map((second) => (
            <span key={second} className="failover-tick" style={{ left: place(second * 1000) }}>
              {second > 0 ? '+' : second < 0 ? '−' : ''}
              {Math.abs(second)} s
            </span>
          ))}
        </div>
      </div>
      <figcaption className="row small" style={{ gap: 16 }}>
        <Mark tone="good">{t(['advert sent', '发送通告'])}</Mark>
        <Mark tone="off">{t(['advert heard', '收到通告'])}</Mark>
        <Mark tone="bad">{t(['goodbye (priority 0)', '让出（优先级 0）'])}</Mark>
        <Mark tone="address">{t(['address added and announced', '添加并宣告地址'])}</Mark>
      </figcaption>
    </figure>
  )
}
