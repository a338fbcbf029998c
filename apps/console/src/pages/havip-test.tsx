// Test of a HaVip: choose what fails, watch who answers, read how long nobody did and why. Every test stays in the list.
import { useParams } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { isUnknownAction } from '../api/client.ts'
import { useChange, useDaemon, useHavip, useInstances, useOwners, useTests } from '../api/queries.ts'
import { type Fault, faults, type Havip, type HavipTest, type Instance } from '../api/types.ts'
import { spokenReason } from '../i18n/reasons.ts'
import { type Speak, type Text, useText } from '../i18n/text.tsx'
import { WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, Shape, Status } from '../parts/mark.tsx'
import { Empty, Loading, Page, PageLink, Panel } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { formatLength, When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { nameOf } from './names.ts'
import { phasesOf } from './phases.ts'
import { reportText, saveFile } from './test-report.ts'

const Chart = lazy(() => import('./test-chart.tsx'))

type FaultWords = { readonly title: Text; readonly text: Text }
export const faultWords: Readonly<Record<Fault, FaultWords>> = {
  'stop-instance': {
    title: ['Stop the instance', '停止实例'],
    text: ['It shuts down in order; keepalived says goodbye.', '有序关机，keepalived 会通知对端。'],
  },
  'power-loss': {
    title: ['Power loss', '断电'],
    text: ['Dark at once. The other node notices by the silence.', '立即断电，另一节点因静默而察觉。'],
  },
  'stop-daemon': {
    title: ['Stop keepalived', '停止 keepalived'],
    text: ['The instance runs on; its daemon resigns.', '实例继续运行，守护进程主动让出。'],
  },
  'kill-daemon': {
    title: ['Kill keepalived', '杀死 keepalived'],
    text: ['Without a goodbye; its spare goes on in its place.', '没有任何通知，由备用进程接替。'],
  },
  'cut-link': {
    title: ['Cut the link', '断开网络'],
    text: ['The instance runs on, and nobody hears it.', '实例继续运行，但网络中断。'],
  },
  'fail-script': {
    title: ['Fail the check script', '检查脚本失败'],
    text: ['All is well but the check says no; the daemon gives way.', '其他一切正常，但检查失败，守护进程让出地址。'],
  },
  switchover: {
    title: ['Planned switchover', '计划内切换'],
    text: ['The owner hands over on purpose; nobody should notice.', '持有者主动交接，客户端应无感知。'],
  },
}

export default function HavipTestPage() {
  const t = useText()
  const { havip: id } = useParams({ strict: false }) as { havip: string }
  const answer = useHavip(id)
  const { havip } = answer
  const title = t(['Test high availability', '测试高可用'])
  const above = (
    <>
      <PageLink to="/havips">{t(words.havip)}</PageLink>
      <span aria-hidden="true">/</span>
      <PageLink to={`/havips/${id}`}>{havip ? havip.Name || havip.IpAddress : id}</PageLink>
    </>
  )
  if (!havip) {
    return (
      <Page title={title} above={above}>
        {answer.error ? (
          <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
        ) : answer.data ? (
          <Empty
            title={t(['There is no such HaVip', '该高可用虚拟IP不存在'])}
            text={t(['It may have been deleted.', '它可能已被删除。'])}
          />
        ) : (
          <Loading />
        )}
      </Page>
    )
  }
  return (
    <Page
      title={title}
      above={above}
      lead={t([
        'The service is asked through the EIP, again and again, while something is made to fail. You see who answers.',
        '在制造故障的同时，通过弹性公网IP不断访问服务，查看由谁应答。',
      ])}
    >
      <Loaded havip={havip} />
    </Page>
  )
}

function Loaded({ havip }: { readonly havip: Havip }) {
  const t = useText()
  const { test: chosen } = useAddress()
  const tests = useTests({ HaVipId: havip.HaVipId })
  const instances = useInstances({ VSwitchId: havip.VSwitchId })
  const byId = new Map(instances.data?.Instances.Instance.map((one) => [one.InstanceId, one]))
  const all = [...(tests.data?.Tests ?? [])].sort((a, b) => b.StartedAt.localeCompare(a.StartedAt))
  const isRunning = all.some((one) => one.Status === 'Running')
  const shown = chosen ?? all[0]?.TestId
  return (
    <>
      <Begin havip={havip} instances={byId} isOffered={!isUnknownAction(tests.error)} isRunning={isRunning} />
      {tests.error && !isUnknownAction(tests.error) && <FaultNote error={tests.error} onRetry={() => void tests.refetch()} />}
      {shown !== undefined && <Result id={shown} instances={byId} havip={havip} />}
      <Panel title={t(['History', '历史测试'])}>
        {tests.isLoading ? (
          <Loading />
        ) : all.length === 0 ? (
          <Empty
            title={t(['No test yet', '还没有测试'])}
            text={t(['Choose what fails above and start one; it stays here.', '在上方选择故障并开始测试，结果会保存在此。'])}
          />
        ) : (
          <History tests={all} instances={byId} />
        )}
      </Panel>
    </>
  )
}

type BeginProps = {
  readonly havip: Havip
  readonly instances: ReadonlyMap<string, Instance>
  readonly isOffered: boolean
  readonly isRunning: boolean
}

function Begin({ havip, instances, isOffered, isRunning }: BeginProps) {
  const t = useText()
  const { fault: faultChosen, target: targetChosen } = useAddress()
  const setAddress = useSetAddress()
  const owners = useOwners([havip.HaVipId])
  const change = useChange<{ readonly TestId: string }>()
  const bound = havip.AssociatedInstances.associatedInstance
  const owner = owners.data?.HaVips[0]?.Owners[0]?.InstanceId || undefined
  const fault = faults.find((one) => one === faultChosen) ?? 'stop-instance'
  const target = bound.find((id) => id === targetChosen)
  const daemon = useDaemon(target ?? owner ?? '', (target ?? owner) !== undefined)
  const router = daemon.data?.Status?.instances.find(({ addresses }) => addresses.some(({ address }) => address === havip.IpAddress))
  const isUnchecked = fault === 'fail-script' && router !== undefined && !router.trackers.some(({ kind }) => kind === 'script')
  const off = !isOffered
    ? t([
        'This controller does not offer tests yet. Stop or power off the owner on its instance page instead.',
        '当前控制器尚不支持测试，可在实例页面停止或断电持有者。',
      ])
    : havip.AssociatedEipAddresses.associatedEipAddresse.length === 0
      ? t(['Bind an EIP first: the test asks the service through it.', '请先绑定弹性公网IP：测试通过它访问服务。'])
      : bound.length === 0
        ? t(['Bind two ECS instances first.', '请先绑定两台 ECS 实例。'])
        : owner === undefined
          ? t([
              'Nobody announces the address: start keepalived on the instances first.',
              '没有实例宣告该地址，请先在实例上启动 keepalived。',
            ])
          : isUnchecked
            ? t([
                'keepalived checks nothing on that instance: its keepalived.conf needs a vrrp_script, and a track_script that names it.',
                '该实例的 keepalived 未配置检查：请在 keepalived.conf 中添加 vrrp_script 并用 track_script 引用。',
              ])
            : isRunning
              ? t(['A test is running; wait for its end.', '测试正在进行，请等待结束。'])
              : undefined
  const start = (): void =>
    change.mutate(['havip', 'StartHaVipTest', { HaVipId: havip.HaVipId, Fault: fault, InstanceId: target }], {
      onSuccess: ({ TestId }) => setAddress({ test: TestId }, { push: true }),
    })
  return (
    <Panel title={t(['What shall fail', '选择故障'])}>
      <div className="panel-body stack" style={{ gap: 18 }}>
        <fieldset className="faults">
          <legend className="hidden">{t(['What shall fail', '选择故障'])}</legend>
          {faults.map((one) => (
            <label key={one} className={one === fault ? 'chosen' : ''}>
              <input type="radio" name="fault" value={one} checked={one === fault} onChange={() => setAddress({ fault: one })} />
              <span className="stack">
                <strong>{t(faultWords[one].title)}</strong>
                <span className="quiet small">{t(faultWords[one].text)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <div className="begin">
          <label className="row">
            <span className="quiet">{t(['Instance', '目标实例'])}</span>
            <select
              className="plain-select"
              value={target ?? ''}
              onChange={(event) => setAddress({ target: event.target.value || undefined })}
            >
              <option value="">
                {owner === undefined
                  ? t(['whoever has the address', '地址的持有者'])
                  : t(['whoever has the address: now {name}', '地址的持有者：当前为 {name}'], {
                      name: nameOf(instances.get(owner), owner),
                    })}
              </option>
              {bound.map((id) => (
                <option key={id} value={id}>
                  {nameOf(instances.get(id), id)}
                </option>
              ))}
            </select>
          </label>
          <WhyButton type="primary" off={off} loading={change.isPending} onClick={start}>
            {t(['Start the test', '开始测试'])}
          </WhyButton>
          {off !== undefined && <span className="quiet small">{off}</span>}
          {isUnchecked && (
            <PageLink to={`/instances/${target ?? owner}`} search={{ tab: 'configuration' }}>
              {t(['Open its keepalived.conf', '打开其 keepalived.conf'])}
            </PageLink>
          )}
        </div>
        {change.error && <FaultNote error={change.error} />}
      </div>
    </Panel>
  )
}

type ResultProps = { readonly id: string; readonly instances: ReadonlyMap<string, Instance>; readonly havip: Havip }

function Result({ id, instances, havip }: ResultProps) {
  const t = useText()
  const answer = useTests({ TestId: id }, false)
  const live = useTests({ TestId: id }, answer.data?.Tests[0]?.Status === 'Running')
  const test = (live.data ?? answer.data)?.Tests.find((one) => one.TestId === id)
  const hasBegun = test?.Status === 'Running'
  const place = useRef<HTMLDivElement>(null)
  // One who starts a test wants to watch it.
  useEffect(() => {
    if (hasBegun) place.current?.scrollIntoView({ block: 'start', behavior: 'smooth' })
  }, [hasBegun])
  if (answer.error) return isUnknownAction(answer.error) ? null : <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
  if (!test) return answer.isFetching ? <Loading /> : <p className="quiet">{t(['There is no such test.', '该测试不存在。'])}</p>
  const name = (node: string): string => (node === '' ? t(['no answer', '无应答']) : nameOf(instances.get(node), node))
  const isRunning = test.Status === 'Running'
  const phases = phasesOf(test.Samples)
  return (
    <div ref={place} className="result">
      <Panel
        title={t(faultWords[test.Fault]?.title ?? [test.Fault, test.Fault])}
        hint={<When time={test.StartedAt} />}
        actions={
          <>
            <Status of={test.Status === 'Running' ? 'Testing' : test.Status} />
            <WhyButton
              size="small"
              changes={false}
              off={isRunning ? t(['The report is complete when the test has finished.', '测试结束后可下载报告。']) : undefined}
              onClick={() => saveFile(`havip-test-${test.TestId}.txt`, reportText(test, havip, name, t))}
            >
              {t(['Save the report', '保存报告'])}
            </WhyButton>
          </>
        }
      >
        <div className="panel-body stack" style={{ gap: 20 }}>
          <Numbers test={test} name={name} />
          {(test.Error || test.Reason) && (
            <div className={`note ${test.Status === 'Failed' ? 'bad' : 'address'}`}>
              <Mark tone={test.Status === 'Failed' ? 'bad' : 'address'} />
              <p>{test.Error || spokenReason(test.Reason, t)}</p>
              {!isRunning && <PageLink to={`/havips/${havip.HaVipId}/why`}>{t(['Both nodes over time', '两个节点的时间线'])}</PageLink>}
            </div>
          )}
          <div style={{ minHeight: 240 }}>
            <Suspense fallback={<Loading />}>
              <Chart samples={test.Samples} name={name} isRunning={isRunning} />
            </Suspense>
          </div>
          <ol className="phases" aria-label={t(['Who answered when', '各时段应答者'])}>
            {phases.map((phase) => (
              <li key={phase.fromMs} className={phase.by === '' ? 'gap' : ''}>
                <Shape tone={phase.by === '' ? 'bad' : 'address'} />
                <span>{name(phase.by)}</span>
                <span className="quiet small">
                  {(phase.fromMs / 1000).toFixed(2)}–{(phase.toMs / 1000).toFixed(2)} s ·{' '}
                  {t(['{count} requests', '{count} 次请求'], { count: phase.count })}
                </span>
              </li>
            ))}
          </ol>
        </div>
      </Panel>
    </div>
  )
}

function Numbers({ test, name }: { readonly test: HavipTest; readonly name: (node: string) => string }) {
  const t = useText()
  const isRunning = test.Status === 'Running'
  return (
    <dl className="figures">
      <div className="main-figure">
        <dt>{t(['Outage', '中断时长'])}</dt>
        <dd>{test.OutageMs === null || (isRunning && test.OutageMs === 0) ? '…' : formatLength(test.OutageMs, t)}</dd>
      </div>
      <div>
        <dt>{t(['Lost requests', '丢失请求'])}</dt>
        <dd>
          {test.Lost} <span className="quiet small">/ {test.Samples.length}</span>
        </dd>
      </div>
      <div>
        <dt>{t(['Before', '切换前'])}</dt>
        <dd>{test.Before === '' ? '…' : name(test.Before)}</dd>
      </div>
      <div>
        <dt>{t(['After', '切换后'])}</dt>
        <dd>{test.After === '' ? '…' : name(test.After)}</dd>
      </div>
    </dl>
  )
}

function History({ tests, instances }: { readonly tests: readonly HavipTest[]; readonly instances: ReadonlyMap<string, Instance> }) {
  const t: Speak = useText()
  const setAddress = useSetAddress()
  return (
    <DataTable
      label={t(['History', '历史测试'])}
      rows={tests}
      idOf={(one) => one.TestId}
      columns={[
        {
          title: t(['Test', '测试']),
          cell: (one) => (
            <span className="cell-id">
              <button
                type="button"
                className="link-button"
                style={{ fontSize: 14, fontWeight: 570 }}
                onClick={() => setAddress({ test: one.TestId }, { push: true })}
              >
                {t(faultWords[one.Fault]?.title ?? [one.Fault, one.Fault])}
              </button>
              <span className="mono">{one.TestId}</span>
            </span>
          ),
        },
        { title: t(words.status), cell: (one) => <Status of={one.Status === 'Running' ? 'Testing' : one.Status} /> },
        {
          title: t(['Outage', '中断时长']),
          cell: (one) => (one.Status === 'Running' || one.OutageMs === null ? '…' : formatLength(one.OutageMs, t)),
        },
        {
          title: t(['Moved', '切换']),
          cell: (one) => (
            <span>
              {nameOf(instances.get(one.Before), one.Before)} → {nameOf(instances.get(one.After), one.After)}
            </span>
          ),
        },
        { title: t(['Started', '开始时间']), cell: (one) => <When time={one.StartedAt} /> },
      ]}
    />
  )
}
