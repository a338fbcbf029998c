// Why the address moved: one failover across both nodes, from their daemons' recorders, with the numbers.
import { entryFromJsonLine, type NodeRecording } from '@havip/vrrp-runtime'
import { useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useDaemon, useHavip, useInstances, useRecording } from '../api/queries.ts'
import type { Havip, Instance, RecordingAnswer } from '../api/types.ts'
import { spokenReason } from '../i18n/reasons.ts'
import { useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Empty, Loading, Page, PageLink, Panel } from '../parts/page.tsx'
import { formatLength, When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { type Failover, failoverOf, type Move, movesOf } from './failover.ts'
import { nameOf } from './names.ts'
import { FailoverPicture } from './why-picture.tsx'

export default function Why() {
  const t = useText()
  const { havip: id } = useParams({ strict: false }) as { havip: string }
  const answer = useHavip(id)
  const { havip } = answer
  return (
    <Page
      title={t(['Why the address moved', '地址切换的原因'])}
      above={
        <>
          <PageLink to="/havips">{t(words.havip)}</PageLink>
          <span aria-hidden="true">/</span>
          <PageLink to={`/havips/${id}`}>{havip ? havip.Name || havip.IpAddress : id}</PageLink>
        </>
      }
      lead={t([
        'What keepalived recorded on both nodes, put together in the order of the clock.',
        '将两个节点上 keepalived 的记录按时间顺序合并展示。',
      ])}
    >
      {havip ? (
        <Loaded havip={havip} />
      ) : answer.error ? (
        <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
      ) : answer.data ? (
        <Empty title={t(['There is no such HaVip', '该高可用虚拟IP不存在'])} text={t(['It may have been deleted.', '它可能已被删除。'])} />
      ) : (
        <Loading />
      )}
    </Page>
  )
}

type Heard = {
  readonly entries: NodeRecording['entries']
  readonly name: string
  readonly answer: RecordingAnswer | undefined
  readonly error: unknown
  readonly isLoading: boolean
}

/** What one instance recorded of the virtual router that the address belongs to. */
function useNode(havip: Havip, id: string | undefined, instances: ReadonlyMap<string, Instance>): Heard | undefined {
  const daemon = useDaemon(id ?? '', id !== undefined)
  const router = daemon.data?.Status?.instances.find(({ addresses }) => addresses.some(({ address }) => address === havip.IpAddress))?.name
  const recording = useRecording(id ?? '', router, id !== undefined && daemon.data !== undefined)
  const entries = useMemo(() => entriesOf(recording.data), [recording.data])
  if (id === undefined) return undefined
  const error = daemon.error ?? recording.error
  return { name: nameOf(instances.get(id), id), entries, answer: recording.data, error, isLoading: recording.data === undefined && !error }
}

const entriesOf = (answer: RecordingAnswer | undefined) =>
  (answer?.Entries ?? []).flatMap((entry) => entryFromJsonLine(JSON.stringify(entry)) ?? [])

function Loaded({ havip }: { readonly havip: Havip }) {
  const t = useText()
  const { move: chosen } = useAddress()
  const setAddress = useSetAddress()
  const instances = useInstances({ VSwitchId: havip.VSwitchId })
  const byId = new Map(instances.data?.Instances.Instance.map((one) => [one.InstanceId, one]))
  // The cloud binds two instances to a HaVip.
  const [firstId, secondId] = havip.AssociatedInstances.associatedInstance
  const first = useNode(havip, firstId, byId)
  const second = useNode(havip, secondId, byId)
  const recordings = [first, second].flatMap((one) => (one ? [{ node: one.name, entries: one.entries }] : []))
  const heard = [first, second].filter((one) => one !== undefined)
  const moves = movesOf(recordings)
  const move = moves.find(({ id }) => id === chosen) ?? moves[0]
  if (heard.length === 0)
    return (
      <Empty
        title={t(['No instance is bound', '尚未绑定实例'])}
        text={t(['Bind two instances; what their keepalived does is explained here.', '绑定两台实例后，此处将解释其 keepalived 的行为。'])}
        actions={<PageLink to={`/havips/${havip.HaVipId}`}>{t(['To the HaVip', '返回高可用虚拟IP'])}</PageLink>}
      />
    )
  return (
    <>
      {heard.map(({ name, answer, error }) =>
        error ? (
          <FaultNote key={name} error={error} />
        ) : answer?.Problem ? (
          <div key={name} className="note warn" role="status">
            <Mark tone="warn" />
            <p>{t(['{name} tells nothing: {why}', '{name} 无记录：{why}'], { name, why: answer.Problem })}</p>
          </div>
        ) : null,
      )}
      {heard.some(({ isLoading }) => isLoading) && moves.length === 0 ? (
        <Loading />
      ) : move === undefined ? (
        <Empty
          title={t(['Nothing to explain yet', '暂无切换'])}
          text={t([
            'The recorders hold no move of the address. Start keepalived, or test high availability; each move is explained here.',
            '记录中没有地址切换。请启动 keepalived 或测试高可用，每次切换都会在此解释。',
          ])}
          actions={<PageLink to={`/havips/${havip.HaVipId}/test`}>{t(['Test high availability', '测试高可用'])}</PageLink>}
        />
      ) : (
        <>
          <MoveChoice moves={moves} chosen={move} onChoose={(id) => setAddress({ move: id }, { push: true })} />
          <Told failover={failoverOf(recordings, move)} />
        </>
      )}
    </>
  )
}

const shownMax = 12

function MoveChoice({
  moves,
  chosen,
  onChoose,
}: {
  readonly moves: readonly Move[]
  readonly chosen: Move
  readonly onChoose: (id: string) => void
}) {
  const t = useText()
  return (
    <Panel title={t(['Moves in the recorders', '记录中的切换'])} hint={t(['Newest first', '最新在前'])}>
      <ul className="moves">
        {moves.slice(0, shownMax).map((one) => (
          <li key={one.id}>
            <button type="button" aria-pressed={one.id === chosen.id} onClick={() => onChoose(one.id)}>
              <Mark tone="address">{t(['to {node}', '切换到 {node}'], { node: one.node })}</Mark>
              <span className="quiet small">
                <When time={new Date(one.at).toISOString()} isExact />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Told({ failover }: { readonly failover: Failover }) {
  const t = useText()
  const { move, numbers, reason, lines } = failover
  const known = (ms: number | undefined): string => (ms === undefined ? '–' : formatLength(Math.abs(ms), t))
  return (
    <Panel
      title={t(['{node} took the address', '{node} 接管了地址'], { node: move.node })}
      hint={<When time={new Date(move.at).toISOString()} isExact />}
    >
      <div className="panel-body stack" style={{ gap: 20 }} data-failover={move.node}>
        <div className="note address">
          <Mark tone="address" />
          <p>{spokenReason(reason, t)}</p>
        </div>
        <dl className="figures">
          <div className="main-figure">
            <dt>{t(['Silence before it', '切换前的静默'])}</dt>
            <dd>{known(numbers.lastHeardMs)}</dd>
          </div>
          <div>
            <dt>{t(['Old owner gave up before it', '原持有者提前放弃'])}</dt>
            <dd>{numbers.gaveUpMs === undefined ? '–' : known(numbers.gaveUpMs)}</dd>
          </div>
          <div>
            <dt>{t(['First advert after it', '首次通告用时'])}</dt>
            <dd>{known(numbers.advertMs)}</dd>
          </div>
          <div>
            <dt>{t(['Address in place after it', '地址就位用时'])}</dt>
            <dd>{known(numbers.takenMs)}</dd>
          </div>
        </dl>
        <FailoverPicture failover={failover} />
        <ol className="sim-entries story" aria-label={t(['What happened', '经过'])}>
          {lines.map((line, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list of one move never changes.
            <li key={i} className={line.atMs === 0 ? 'now' : ''}>
              <span className="mono quiet">{signed(line.atMs)}</span>
              <span className="story-node">{line.node}</span>
              <span>{spokenReason(line.text, t)}</span>
            </li>
          ))}
        </ol>
        <p className="quiet small">
          {t([
            'Times count from the takeover. Each node’s clock gives its own; a node that lost power has lost what it recorded, unless it runs with --record-file.',
            '时间以接管时刻为零点，采用各节点自身的时钟；断电的节点会丢失记录，除非使用 --record-file 运行。',
          ])}
        </p>
      </div>
    </Panel>
  )
}

const signed = (ms: number): string => `${ms < 0 ? '−' : '+'}${(Math.abs(ms) / 1000).toFixed(3)} s`
