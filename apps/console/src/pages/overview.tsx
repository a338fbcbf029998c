// Overview: what there is, whether it is well, and what needs attention; each entry leads to where it can be mended.
import type { ReactNode } from 'react'
import { useHappenings } from '../api/happenings.ts'
import { useApi, useEips, useHavips, useInstances, useOwners, useVpcs, useVSwitches } from '../api/queries.ts'
import type { Havip, HavipOwners, Instance, Quota } from '../api/types.ts'
import { type Speak, useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Loading, Page, PageLink, Panel } from '../parts/page.tsx'
import { Age, formatAge, When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useSetAddress } from '../shell/address.ts'
import { nameOf } from './names.ts'

/** keepalived repeats its announcements every 5 s in the tutorial; a longer silence is worth a look. */
const silentMs = 15_000

export default function Overview() {
  const t = useText()
  const havips = useHavips()
  const instances = useInstances()
  const eips = useEips()
  const vpcs = useVpcs()
  const vswitches = useVSwitches()
  const list = havips.data?.HaVips.HaVip ?? []
  const owners = useOwners(list.map((one) => one.HaVipId))
  const quotas = useApi<{ readonly Quotas: readonly Quota[] }>('quotas', 'ListProductQuotas', {
    ProductCode: 'vpc',
    QuotaCategory: 'WhiteListLabel',
  })
  const byId = new Map(instances.data?.Instances.Instance.map((one) => [one.InstanceId, one]))
  const facts = new Map(owners.data?.HaVips.map((one) => [one.HaVipId, one]))
  const error = havips.error ?? instances.error
  const isGranted = quotas.data?.Quotas.some((one) => one.TotalQuota > 0) ?? true
  const attention = owners.data || list.length === 0 ? concerns(list, facts, byId, t, isGranted) : []
  return (
    <Page
      title={t(['Overview', '概览'])}
      lead={t(['Addresses, who has them, and what needs attention.', '各地址、当前持有者，以及需要关注的事项。'])}
    >
      {error && <FaultNote error={error} onRetry={() => void havips.refetch()} />}
      <ul className="counts" aria-label={t(['Counts', '数量'])}>
        <Count to="/havips" label={t(words.havip)} value={havips.data?.TotalCount} isAddress />
        <Count to="/instances" label={t(['Instances', '实例'])} value={instances.data?.TotalCount} detail={running(byId, t)} />
        <Count to="/eips" label={t(['EIPs', '弹性公网IP'])} value={eips.data?.TotalCount} />
        <Count to="/vpcs" label={t(['VPCs', '专有网络'])} value={vpcs.data?.TotalCount} />
        <Count to="/vswitches" label={t(['vSwitches', '交换机'])} value={vswitches.data?.TotalCount} />
      </ul>
      <Panel title={t(['Where the addresses are', '地址当前位置'])}>
        {!havips.data ? (
          <Loading />
        ) : list.length === 0 ? (
          <Begin isGranted={isGranted} />
        ) : (
          <ul className="places">
            {list.map((havip) => (
              <Place key={havip.HaVipId} havip={havip} fact={facts.get(havip.HaVipId)} at={owners.dataUpdatedAt} instances={byId} />
            ))}
          </ul>
        )}
      </Panel>
      <div className="columns">
        <Panel title={t(['Needs attention', '需要关注'])}>
          {attention.length === 0 ? (
            <p className="panel-body">
              <Mark tone="good">{t(['Nothing: every bound address is announced.', '无：所有已绑定的地址均有实例宣告。'])}</Mark>
            </p>
          ) : (
            <ul className="lines">
              {attention.map((one) => (
                <li key={one.key}>
                  <Mark tone={one.tone}>
                    <PageLink to={one.to}>{one.title}</PageLink>
                  </Mark>
                  <span className="quiet small">{one.text}</span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        <Recent />
      </div>
    </Page>
  )
}

function running(instances: ReadonlyMap<string, Instance>, t: Speak): string {
  const count = [...instances.values()].filter((one) => one.Status === 'Running').length
  return instances.size === 0 ? '' : t(['{count} running', '{count} 台运行中'], { count })
}

type CountProps = {
  readonly to: string
  readonly label: string
  readonly value: number | undefined
  readonly detail?: string
  readonly isAddress?: boolean
}
function Count({ to, label, value, detail, isAddress }: CountProps) {
  return (
    <li className={isAddress ? 'address' : undefined}>
      <PageLink to={to}>{label}</PageLink>
      <strong>{value ?? '–'}</strong>
      {detail && <span className="quiet small">{detail}</span>}
    </li>
  )
}

type PlaceProps = {
  readonly havip: Havip
  readonly fact: HavipOwners | undefined
  readonly at: number
  readonly instances: ReadonlyMap<string, Instance>
}
function Place({ havip, fact, at, instances }: PlaceProps) {
  const t = useText()
  const owner = fact?.Owners[0]
  const ids = havip.AssociatedInstances.associatedInstance
  return (
    <li>
      <span className="stack">
        <PageLink to={`/havips/${havip.HaVipId}`}>
          <strong className="mono">{havip.IpAddress}</strong>
        </PageLink>
        <span className={havip.Name ? 'quiet small' : 'quiet id'}>{havip.Name || havip.HaVipId}</span>
      </span>
      <span className="lanes">
        {ids.length === 0 && <span className="quiet">{t(['no instance bound', '未绑定实例'])}</span>}
        {ids.map((id) => {
          const isOwner = owner?.InstanceId === id
          const tone: Tone = isOwner ? 'address' : instances.get(id)?.Status === 'Running' ? 'good' : 'off'
          return (
            <span key={id} className={isOwner ? 'lane owner' : 'lane'}>
              <Mark tone={tone}>{nameOf(instances.get(id), id)}</Mark>
              <span className="small quiet">
                {isOwner ? (
                  <Age ms={owner.LastSeenMs ?? 0} at={at} />
                ) : tone === 'good' ? (
                  t(['standby', '备用'])
                ) : (
                  (instances.get(id)?.Status ?? '')
                )}
              </span>
            </span>
          )
        })}
      </span>
    </li>
  )
}

type Concern = { readonly key: string; readonly tone: Tone; readonly to: string; readonly title: string; readonly text: string }

function concerns(
  havips: readonly Havip[],
  facts: ReadonlyMap<string, HavipOwners>,
  instances: ReadonlyMap<string, Instance>,
  t: Speak,
  isGranted: boolean,
): readonly Concern[] {
  const found: Concern[] = []
  if (!isGranted) {
    found.push({
      key: 'quota',
      tone: 'warn',
      to: '/quotas',
      title: t(['The HAVIP feature is not granted', '尚未开通 HaVip 功能']),
      text: t(['Submit an application in Quota Center.', '请在配额中心提交申请。']),
    })
  }
  for (const havip of havips) {
    const fact = facts.get(havip.HaVipId)
    const owner = fact?.Owners[0]
    const bound = havip.AssociatedInstances.associatedInstance
    const add = (kind: string, tone: Tone, text: string): void => {
      found.push({ key: `${havip.HaVipId} ${kind}`, tone, to: `/havips/${havip.HaVipId}`, title: havip.Name || havip.IpAddress, text })
    }
    if (fact?.Problem) add('problem', 'bad', fact.Problem)
    if (bound.length > 0 && !owner?.InstanceId) {
      add('silent', 'bad', t(['Bound, but nobody announces it: is keepalived running?', '已绑定但没有实例宣告：keepalived 是否在运行？']))
    } else if (owner?.InstanceId && (owner.LastSeenMs ?? 0) > silentMs) {
      add('old', 'warn', t(['Not announced for {time}.', '已 {time}未宣告。'], { time: formatAge(owner.LastSeenMs ?? 0, t) }))
    }
    if (bound.length === 1) add('alone', 'warn', t(['Only one instance is bound: nobody could take over.', '只绑定了一台实例，无法接管。']))
    for (const id of bound) {
      const instance = instances.get(id)
      if (instance && instance.Status !== 'Running') {
        add(
          `down ${id}`,
          'warn',
          t(['{name} is {status}: no standby.', '{name} 状态为 {status}，没有备用节点。'], {
            name: nameOf(instance, id),
            status: instance.Status,
          }),
        )
      }
    }
  }
  return found
}

function Begin({ isGranted }: { readonly isGranted: boolean }): ReactNode {
  const t = useText()
  const setAddress = useSetAddress()
  return (
    <div className="empty">
      <h3>{t(['Make a service highly available', '让服务具备高可用性'])}</h3>
      <p>
        {t([
          'The guide walks through the tutorial: create a HaVip, keepalived on two ECS instances, bind both, bind an EIP, test.',
          '引导教程逐步带您完成：创建高可用虚拟IP、在两台 ECS 实例上配置 keepalived、绑定实例、绑定弹性公网IP并测试。',
        ])}
      </p>
      <div className="actions">
        <button type="button" className="primary-plain" onClick={() => setAddress({ guide: isGranted ? '1' : '0' }, { push: true })}>
          {t(['Start the guide', '开始引导教程'])}
        </button>
      </div>
    </div>
  )
}

const recentMax = 6

function Recent() {
  const t = useText()
  const { changes, isWhole } = useHappenings({ max: recentMax })
  return (
    <Panel
      title={t(['What happened', '最近动态'])}
      hint={isWhole ? t(['Newest first', '最新在前']) : t(['Since this page was opened', '自打开本页面以来'])}
      actions={<PageLink to="/events">{t(['All events', '全部事件'])}</PageLink>}
    >
      {changes.length === 0 ? (
        <p className="panel-body quiet">{t(['Nothing yet. Changes appear here as they happen.', '暂无。变更会实时显示在此。'])}</p>
      ) : (
        <ul className="lines">
          {changes.map((change) => (
            <li key={change.id}>
              <span>{change.text}</span>
              <span className="quiet small">
                <When time={change.at} isExact />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
