// The HaVip page: all HaVips of the region, and the dialog that creates one.
import { Button } from 'antd'
import { pageSize, useEips, useHavips, useInstances, useOwners } from '../api/queries.ts'
import type { Eip, Havip, HavipOwners, Instance } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, Status } from '../parts/mark.tsx'
import { Empty, LinkButton, Loading, Page, PageLink, Panel } from '../parts/page.tsx'
import { type Column, DataTable, NameAndId, usePageNumber } from '../parts/table.tsx'
import { Age } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { CreateHavip } from './create-havip.tsx'
import { nameOf } from './names.ts'

export default function Havips() {
  const t = useText()
  const { dialog, vpc, vswitch } = useAddress()
  const setAddress = useSetAddress()
  const page = usePageNumber()
  const filters = [...(vpc ? [{ Key: 'VpcId', Value: [vpc] }] : []), ...(vswitch ? [{ Key: 'VSwitchId', Value: [vswitch] }] : [])]
  const answer = useHavips(filters, { page, size: pageSize })
  const havips = answer.data?.HaVips.HaVip ?? []
  const owners = useOwners(havips.map((one) => one.HaVipId))
  const instances = useInstances()
  const eips = useEips({ AssociatedInstanceType: 'HaVip' })
  const columns = useColumns(
    new Map(owners.data?.HaVips.map((one) => [one.HaVipId, one])),
    owners.dataUpdatedAt,
    new Map(instances.data?.Instances.Instance.map((one) => [one.InstanceId, one])),
    eips.data?.EipAddresses.EipAddress ?? [],
  )
  const open = (): void => setAddress({ dialog: 'create' }, { push: true })
  const create = (
    <WhyButton type="primary" onClick={open}>
      {t(['Create HaVip', '创建高可用虚拟IP'])}
    </WhyButton>
  )
  return (
    <Page
      title={t(words.havip)}
      lead={t([
        'A private IP address that is created and released on its own. The instance that announces it by ARP has it.',
        '可独立创建和释放的私网 IP 地址。由通过 ARP 宣告它的实例持有。',
      ])}
      actions={
        <>
          <LinkButton to="/setup">{t(['One-click set-up', '一键搭建'])}</LinkButton>
          {create}
        </>
      }
    >
      {answer.error ? (
        <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <Panel
          title={t(['HaVips of this region', '本地域的高可用虚拟IP'])}
          hint={filters.length > 0 ? t(['Filtered by {what}', '按 {what} 筛选'], { what: vswitch ?? vpc ?? '' }) : undefined}
          actions={
            filters.length > 0 && (
              <Button size="small" onClick={() => setAddress({ vpc: undefined, vswitch: undefined })}>
                {t(['Show all', '显示全部'])}
              </Button>
            )
          }
        >
          {!answer.data ? (
            <Loading />
          ) : havips.length === 0 ? (
            <Empty
              title={t(['No HaVip yet', '还没有高可用虚拟IP'])}
              text={t([
                'Create one in a vSwitch, bind two ECS instances that may announce it, then bind an EIP to reach it from the Internet.',
                '先在交换机中创建一个，再绑定两台可宣告它的 ECS 实例，最后绑定弹性公网IP 以供公网访问。',
              ])}
              actions={
                <>
                  <Button onClick={() => setAddress({ guide: '1' })}>{t(['Follow the tutorial', '按教程操作'])}</Button>
                  <LinkButton to="/setup">{t(['One-click set-up', '一键搭建'])}</LinkButton>
                </>
              }
            />
          ) : (
            <DataTable label={t(words.havip)} columns={columns} rows={havips} idOf={(one) => one.HaVipId} total={answer.data.TotalCount} />
          )}
        </Panel>
      )}
      <CreateHavip isOpen={dialog === 'create'} onClose={() => setAddress({ dialog: undefined })} />
    </Page>
  )
}

function useColumns(
  owners: ReadonlyMap<string, HavipOwners>,
  at: number,
  instances: ReadonlyMap<string, Instance>,
  eips: readonly Eip[],
): readonly Column<Havip>[] {
  const t = useText()
  return [
    {
      title: t(['Name / ID', '名称 / ID']),
      cell: (one) => <NameAndId name={one.Name} id={one.HaVipId} to={`/havips/${one.HaVipId}`} />,
    },
    { title: t(words.status), cell: (one) => <Status of={one.Status} /> },
    { title: t(words.address), cell: (one) => <VersionedAddress havip={one} /> },
    {
      title: t(words.owner),
      cell: (one) => {
        const owner = owners.get(one.HaVipId)?.Owners[0]
        if (!owner?.InstanceId) return <span className="quiet">{t(['nobody', '无'])}</span>
        return (
          <span className="stack">
            <Mark tone="address">{nameOf(instances.get(owner.InstanceId), owner.InstanceId)}</Mark>
            <span className="quiet small">
              {t(['announced', '最近宣告'])} <Age ms={owner.LastSeenMs ?? 0} at={at} />
            </span>
          </span>
        )
      },
    },
    {
      title: t(words.ecsInstances),
      cell: (one) => {
        const ids = one.AssociatedInstances.associatedInstance
        if (ids.length === 0) return <span className="quiet">{t(words.none)}</span>
        return (
          <span className="stack">
            {ids.map((id) => (
              <PageLink key={id} to={`/instances/${id}`}>
                {nameOf(instances.get(id), id)}
              </PageLink>
            ))}
          </span>
        )
      },
    },
    {
      title: t(words.eip),
      cell: (one) => {
        const eip = eips.find((candidate) => candidate.InstanceId === one.HaVipId)
        return eip ? <span className="mono">{eip.IpAddress}</span> : <span className="quiet">{t(words.none)}</span>
      },
    },
    {
      title: t(words.actions),
      align: 'end',
      cell: (one) => (
        <PageLink to={`/havips/${one.HaVipId}/test`} label={t(['Test {name}', '测试 {name}'], { name: one.Name || one.IpAddress })}>
          {t(['Test', '测试'])}
        </PageLink>
      ),
    },
  ]
}

/** What is not IPv4 says so. */
function VersionedAddress({ havip }: { readonly havip: Havip }) {
  return (
    <span className="stack">
      <span className="mono">{havip.IpAddress}</span>
      {havip.IpVersion === 'IPV6' && <span className="quiet small">IPv6</span>}
    </span>
  )
}
