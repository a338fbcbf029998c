// The VRRP side of a HaVip: what the daemon in each bound instance says of itself.
import { isUnknownAction } from '../api/client.ts'
import { useDaemon } from '../api/queries.ts'
import type { DaemonInstance, Instance } from '../api/types.ts'
import { spokenReason } from '../i18n/reasons.ts'
import { useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, Status, type Tone } from '../parts/mark.tsx'
import { Loading, PageLink, Panel } from '../parts/page.tsx'
import { formatAge } from '../parts/time.tsx'

export function HighAvailability({ havip, bound }: { readonly havip?: string; readonly bound: readonly Instance[] }) {
  const t = useText()
  return (
    <Panel
      title={t(['High availability', '高可用'])}
      hint={t(['State of keepalived (VRRP) in each bound instance', '各绑定实例中 keepalived（VRRP）的状态'])}
      actions={
        havip !== undefined && bound.length > 0 && <PageLink to={`/havips/${havip}/why`}>{t(['Why it moved', '切换原因'])}</PageLink>
      }
    >
      {bound.length === 0 ? (
        <p className="panel-body quiet">{t(['Bind instances to see their state here.', '绑定实例后在此显示其状态。'])}</p>
      ) : (
        <div className="nodes">
          {bound.map((instance) => (
            <Node key={instance.InstanceId} instance={instance} />
          ))}
        </div>
      )}
    </Panel>
  )
}

function Node({ instance }: { readonly instance: Instance }) {
  const t = useText()
  const isRunning = instance.Status === 'Running'
  const daemon = useDaemon(instance.InstanceId, isRunning)
  const status = daemon.data?.Status
  return (
    <div className="node">
      <div className="row" style={{ justifyContent: 'space-between' }}>
        <h3>
          <PageLink to={`/instances/${instance.InstanceId}`}>{instance.InstanceName || instance.InstanceId}</PageLink>
        </h3>
        {!isRunning && <Status of={instance.Status} />}
      </div>
      {!isRunning ? (
        <p className="quiet">{t(['The instance does not run, so there is no VRRP here.', '实例未运行，没有 VRRP 状态。'])}</p>
      ) : daemon.error ? (
        isUnknownAction(daemon.error) ? (
          <p className="quiet">
            {t(['This controller does not ask the daemon for its state yet.', '当前控制器尚不支持查询守护进程状态。'])}
          </p>
        ) : (
          <FaultNote error={daemon.error} />
        )
      ) : daemon.data === undefined ? (
        <Loading />
      ) : !status ? (
        <p>
          <Mark tone="warn">{daemon.data.Problem || t(['keepalived does not run here.', 'keepalived 未在此运行。'])}</Mark>{' '}
          <PageLink to={`/instances/${instance.InstanceId}`} search={{ tab: 'terminal' }}>
            {t(['Connect and start it', '连接并启动'])}
          </PageLink>
        </p>
      ) : (
        status.instances.map((one) => <Vrrp key={one.name} vrrp={one} />)
      )}
    </div>
  )
}

const trackerTones: Readonly<Record<string, Tone>> = { good: 'good', bad: 'bad', pending: 'busy' }

/** What is counted beside adverts and moves means that packets were not believed. */
const usual = new Set([
  'advert_rcvd',
  'advert_sent',
  'become_master',
  'release_master',
  'pri_zero_rcvd',
  'pri_zero_sent',
  'announcements_sent',
  'ignored',
  'stalls',
  'send_err',
])

function Counters({ counters }: { readonly counters: DaemonInstance['counters'] }) {
  const t = useText()
  const of = (name: string): number => counters[name] ?? 0
  const refused = Object.entries(counters).filter(([name, count]) => !usual.has(name) && count > 0)
  const shown: readonly (readonly [string, React.ReactNode])[] = [
    [t(['Adverts sent', '发送通告']), of('advert_sent')],
    [t(['Adverts heard', '收到通告']), of('advert_rcvd')],
    [t(['Became MASTER', '成为 MASTER']), of('become_master')],
    [
      t(['Not believed', '被拒绝的报文']),
      refused.length === 0 ? (
        0
      ) : (
        <span key="refused" title={refused.map(([name, count]) => `${name} ${count}`).join(', ')}>
          <Mark tone="warn">{refused.reduce((sum, [, count]) => sum + count, 0)}</Mark>
        </span>
      ),
    ],
  ]
  return (
    <dl className="numbers">
      {shown.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Vrrp({ vrrp }: { readonly vrrp: DaemonInstance }) {
  const t = useText()
  const last = vrrp.transitions[0]
  const { base, effective } = vrrp.priority
  return (
    <>
      <div className="vrrp">
        <Status of={vrrp.state} />
        <span className="quiet small">{t(['for {time}', '持续 {time}'], { time: formatAge(vrrp.sinceMs, t) })}</span>
        <span className="mono small">{vrrp.name}</span>
      </div>
      <dl className="numbers">
        <div>
          <dt>{t(['Priority', '优先级'])}</dt>
          <dd>{effective === base ? base : `${effective} (${base})`}</dd>
        </div>
        <div>
          <dt>VRID</dt>
          <dd>{vrrp.vrid}</dd>
        </div>
        <div>
          <dt>{t(['Advert interval', '通告间隔'])}</dt>
          <dd>{vrrp.advertIntervalMs / 1000} s</dd>
        </div>
        <div>
          <dt>{t(['Kernel agrees', '内核一致'])}</dt>
          <dd>{vrrp.consistent ? t(['yes', '是']) : <Mark tone="bad">{t(['no', '否'])}</Mark>}</dd>
        </div>
      </dl>
      <Counters counters={vrrp.counters} />
      <p className="trackers small">
        <span className="quiet">{t(['Tracked', '跟踪对象'])}</span>
        {vrrp.trackers.length === 0 && <span className="quiet">{t(['its interface only', '仅自身网卡'])}</span>}
        {vrrp.trackers.map((tracker) => (
          <Mark key={`${tracker.kind} ${tracker.name}`} tone={trackerTones[tracker.condition.kind] ?? 'good'}>
            {tracker.kind} {tracker.name}
            {tracker.condition.value !== undefined && ` = ${tracker.condition.value}`}
            {tracker.condition.kind === 'bad' && `: ${tracker.condition.detail ?? t(['fails', '失败'])}`}
          </Mark>
        ))}
      </p>
      {vrrp.faults.map((fault) => (
        <p key={fault}>
          <Mark tone="bad">{spokenReason(fault, t)}</Mark>
        </p>
      ))}
      {last && (
        <p className="small">
          <span className="quiet">
            {last.from} → {last.to}, {formatAge(last.agoMs, t)}:
          </span>{' '}
          {spokenReason(last.sentence, t)}
        </p>
      )}
    </>
  )
}
