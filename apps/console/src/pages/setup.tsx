// One-click set-up: address, both daemons with checked files, bindings and EIP in one go, or nothing at all.
import { useApi } from '../api/queries.ts'
import type { Cluster, ClusterPage } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { DeleteResource } from '../parts/delete-resource.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Page, PageLink, Panel } from '../parts/page.tsx'
import { DataTable, NameAndId } from '../parts/table.tsx'
import { When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { SetupForm } from './setup-form.tsx'
import { clusterTones, SetupProgress } from './setup-progress.tsx'

const isMoving = ({ Status }: Cluster): boolean => Status !== 'Active' && Status !== 'Failed'

export default function Setup() {
  const t = useText()
  const { cluster: shownId, dialog, target } = useAddress()
  const setAddress = useSetAddress()
  const answer = useApi<ClusterPage>(
    'havip',
    'DescribeHaVipClusters',
    { PageSize: 50 },
    { isMoving: ({ Clusters }) => Clusters.some(isMoving) },
  )
  const clusters = [...(answer.data?.Clusters ?? [])].sort((a, b) => b.CreatedAt.localeCompare(a.CreatedAt))
  const shown = clusters.find(({ ClusterId }) => ClusterId === shownId) ?? (shownId === undefined ? clusters.find(isMoving) : undefined)
  const takeDown = (id: string): void => setAddress({ dialog: 'delete', target: id }, { push: true })
  const close = (): void => setAddress({ dialog: undefined, target: undefined })
  return (
    <Page
      title={t(['One-click set-up', '一键搭建'])}
      above={<PageLink to="/havips">{t(words.havip)}</PageLink>}
      lead={t([
        'HaVip, keepalived on two instances with configurations that fit each other, and an EIP, in one go. When a step fails, all of it is undone.',
        '一次完成高可用虚拟IP、两台实例上相互匹配的 keepalived 配置以及弹性公网IP；任何一步失败都会全部回滚。',
      ])}
    >
      {shown ? (
        <>
          <SetupProgress cluster={shown} onTakeDown={() => takeDown(shown.ClusterId)} />
          {!isMoving(shown) && (
            <p>
              <button type="button" className="link-button" onClick={() => setAddress({ cluster: 'new' }, { push: true })}>
                {t(['Set up another one', '再搭建一个'])}
              </button>
            </p>
          )}
        </>
      ) : (
        <SetupForm onBegun={(cluster) => setAddress({ cluster }, { push: true })} />
      )}
      {answer.error && <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />}
      {clusters.length > 0 && (
        <Panel title={t(['Set-ups', '已有搭建'])}>
          <DataTable
            label={t(['Set-ups', '已有搭建'])}
            rows={clusters}
            idOf={({ ClusterId }) => ClusterId}
            columns={[
              {
                title: t(['Name / ID', '名称 / ID']),
                cell: (one) => <NameAndId name={one.Name} id={one.ClusterId} to="/setup" search={{ cluster: one.ClusterId }} />,
              },
              {
                title: t(words.status),
                cell: (one) => <Mark tone={clusterTones[one.Status][0]}>{t(clusterTones[one.Status][1])}</Mark>,
              },
              {
                title: t(words.havip),
                cell: (one) =>
                  one.IpAddress === '' ? (
                    <span className="quiet">–</span>
                  ) : (
                    <PageLink to={`/havips/${one.HaVipId}`}>
                      <span className="mono">{one.IpAddress}</span>
                    </PageLink>
                  ),
              },
              {
                title: t(words.eip),
                cell: (one) => (one.EipAddress === '' ? <span className="quiet">–</span> : <span className="mono">{one.EipAddress}</span>),
              },
              { title: t(words.created), cell: (one) => <When time={one.CreatedAt} /> },
            ]}
          />
        </Panel>
      )}
      {dialog === 'delete' && target && (
        <DeleteResource
          title={t(['Take this set-up down?', '拆除该搭建？'])}
          text={t([
            'keepalived is stopped on both instances and their earlier files are put back; HaVip and EIP are released.',
            '将停止两台实例上的 keepalived 并恢复原有文件，同时释放高可用虚拟IP和弹性公网IP。',
          ])}
          okText={t(['Take down', '拆除'])}
          call={['havip', 'DeleteHaVipCluster', { ClusterId: target }]}
          onClose={close}
        />
      )}
    </Page>
  )
}
