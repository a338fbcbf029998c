// Topology: VPC, vSwitches, instances, HaVips, EIPs and the Internet as a picture that is live.
import { lazy, Suspense } from 'react'
import { useDaemons, useEips, useHavips, useInstances, useOwners, useVpcs, useVSwitches } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Empty, Loading, Page, PageLink } from '../parts/page.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { advertFlows } from './advert-flow.ts'
import { labelOf } from './names.ts'

const Picture = lazy(() => import('./topology-picture.tsx'))

/** Asking one takes a process in its instance. */
const daemonsMax = 20

export default function Topology() {
  const t = useText()
  const { vpc: chosen } = useAddress()
  const setAddress = useSetAddress()
  const vpcs = useVpcs()
  const list = vpcs.data?.Vpcs.Vpc ?? []
  const vpc = list.find((one) => one.VpcId === chosen) ?? list[0]
  const vswitches = useVSwitches({ VpcId: vpc?.VpcId }, { enabled: vpc !== undefined })
  const instances = useInstances({ VpcId: vpc?.VpcId }, { size: 100, enabled: vpc !== undefined })
  const havips = useHavips(vpc ? [{ Key: 'VpcId', Value: [vpc.VpcId] }] : [], { enabled: vpc !== undefined })
  const eips = useEips()
  const havipList = havips.data?.HaVips.HaVip ?? []
  const owners = useOwners(havipList.map((one) => one.HaVipId))
  const bound = [...new Set(havipList.flatMap((one) => one.AssociatedInstances.associatedInstance))].slice(0, daemonsMax)
  const daemons = useDaemons(bound)
  const flows = advertFlows(havipList, (id) => owners.data?.HaVips.find((one) => one.HaVipId === id)?.Owners[0]?.InstanceId ?? '', daemons)
  const isReady = vpc && vswitches.data && instances.data && havips.data && eips.data
  return (
    <Page
      title={t(['Topology', '拓扑'])}
      lead={t([
        'From the Internet to the machine that answers. The violet line is the way a request takes now.',
        '从公网到应答的机器。紫色线条是请求当前经过的路径。',
      ])}
      actions={
        list.length > 1 && (
          <label className="row">
            <span className="quiet">{t(words.vpc)}</span>
            <select
              className="plain-select"
              value={vpc?.VpcId ?? ''}
              onChange={(event) => setAddress({ vpc: event.target.value }, { push: true })}
            >
              {list.map((one) => (
                <option key={one.VpcId} value={one.VpcId}>
                  {labelOf(one.VpcName, one.VpcId)}
                </option>
              ))}
            </select>
          </label>
        )
      }
    >
      {vpcs.error ? (
        <FaultNote error={vpcs.error} onRetry={() => void vpcs.refetch()} />
      ) : vpcs.data && list.length === 0 ? (
        <Empty
          title={t(['Nothing to draw yet', '暂无内容'])}
          text={t(['The picture begins with a VPC.', '拓扑图从专有网络开始。'])}
          actions={<PageLink to="/vpcs">{t(['Go to VPCs', '前往专有网络'])}</PageLink>}
        />
      ) : !isReady ? (
        <Loading />
      ) : (
        <>
          <div className="panel picture">
            <Suspense fallback={<Loading />}>
              <Picture
                vpc={vpc}
                vswitches={vswitches.data.VSwitches.VSwitch.filter((one) => one.VpcId === vpc.VpcId)}
                instances={instances.data.Instances.Instance.filter((one) => one.VpcAttributes.VpcId === vpc.VpcId)}
                havips={havipList.filter((one) => one.VpcId === vpc.VpcId)}
                eips={eips.data.EipAddresses.EipAddress}
                owners={owners.data?.HaVips ?? []}
                at={owners.dataUpdatedAt}
                flows={flows}
              />
            </Suspense>
          </div>
          <ul className="legend" aria-label={t(['Legend', '图例'])}>
            <li>
              <Mark tone="address">{t(['has the address', '持有地址'])}</Mark>
            </li>
            <li>
              <Mark tone="good">{t(['running, standby', '运行中，备用'])}</Mark>
            </li>
            <li>
              <Mark tone="busy">{t(['changing', '变更中'])}</Mark>
            </li>
            <li>
              <Mark tone="off">{t(['stopped', '已停止'])}</Mark>
            </li>
            <li>
              <span className="mark">
                <svg width="28" height="12" viewBox="0 0 28 12" aria-hidden="true" className="advert-sample">
                  <path d="M1 6h26" />
                </svg>
                <span className="label">{t(['adverts (VRRP) to the standby', '发往备用节点的通告（VRRP）'])}</span>
              </span>
            </li>
            <li>
              <Mark tone="bad">{t(['bound, and nobody announces it', '已绑定但无实例宣告'])}</Mark>
            </li>
          </ul>
        </>
      )}
    </Page>
  )
}
