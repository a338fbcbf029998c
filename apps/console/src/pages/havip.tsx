// One HaVip: what it is, who has it, what is bound to it, and what happened around it.
import { useNavigate, useParams } from '@tanstack/react-router'
import { useChange, useEips, useHavip, useInstances, useOwners } from '../api/queries.ts'
import type { HavipOwners, Havip as HavipRow, Instance } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { Copyable, Dialog, WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, Status } from '../parts/mark.tsx'
import { Empty, Facts, Loading, Page, PageLink, Panel } from '../parts/page.tsx'
import { Age, Elapsed, When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { kept, useAddress, useSetAddress } from '../shell/address.ts'
import { BindEip, BindInstance, UnbindEip, UnbindInstance } from './bind-dialogs.tsx'
import { HighAvailability } from './high-availability.tsx'
import { addressOf, nameOf } from './names.ts'
import { OwnerHistory } from './owner-history.tsx'
import { Refused } from './refused.tsx'
import { Truth } from './truth.tsx'

export default function Havip() {
  const t = useText()
  const { havip: id } = useParams({ strict: false }) as { havip: string }
  const answer = useHavip(id)
  const owners = useOwners([id])
  const { havip } = answer
  const fact = owners.data?.HaVips.find((one) => one.HaVipId === id)
  const above = <PageLink to="/havips">{t(words.havip)}</PageLink>
  if (answer.error || !havip) {
    return (
      <Page title={id} above={above}>
        {answer.error ? (
          <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
        ) : answer.isFetching && !answer.data ? (
          <Loading />
        ) : (
          <Empty
            title={t(['There is no such HaVip', '该高可用虚拟IP不存在'])}
            text={t(['It may have been deleted, or be in another region.', '它可能已被删除，或位于其他地域。'])}
            actions={above}
          />
        )}
      </Page>
    )
  }
  return <Loaded havip={havip} fact={fact} at={owners.dataUpdatedAt} />
}

type LoadedProps = { readonly havip: HavipRow; readonly fact: HavipOwners | undefined; readonly at: number }

function Loaded({ havip, fact, at }: LoadedProps) {
  const t = useText()
  const { dialog, target } = useAddress()
  const setAddress = useSetAddress()
  const instances = useInstances({ VSwitchId: havip.VSwitchId })
  const byId = new Map(instances.data?.Instances.Instance.map((one) => [one.InstanceId, one]))
  const bound = havip.AssociatedInstances.associatedInstance
  const owner = fact?.Owners[0]?.InstanceId ? fact.Owners[0] : undefined
  const close = (): void => setAddress({ dialog: undefined, target: undefined })
  return (
    <Page
      title={havip.Name || havip.IpAddress}
      above={<PageLink to="/havips">{t(words.havip)}</PageLink>}
      actions={
        <>
          <TestLink havip={havip} />
          <DeleteButton havip={havip} onClick={() => setAddress({ dialog: 'delete' })} />
        </>
      }
    >
      {fact?.Problem && (
        <div className="note warn" role="status">
          <Mark tone="warn" />
          <p>{fact.Problem}</p>
        </div>
      )}
      <section className="panel panel-body" aria-label={t(['Basic information', '基本信息'])}>
        <Facts
          items={[
            [t(words.address), <Copyable key="a" text={havip.IpAddress} />],
            [t(words.ipVersion), havip.IpVersion === 'IPV6' ? 'IPv6' : 'IPv4'],
            [t(words.status), <Status key="s" of={havip.Status} />],
            [
              t(words.owner),
              owner ? (
                <span className="stack" key="o">
                  <Mark tone="address">{nameOf(byId.get(owner.InstanceId), owner.InstanceId)}</Mark>
                  <span className="quiet small">
                    {t(['for', '已持有'])} <Elapsed ms={owner.SinceMs ?? 0} at={at} />
                    {t([', announced', '，最近宣告'])} <Age ms={owner.LastSeenMs ?? 0} at={at} />
                  </span>
                </span>
              ) : (
                <span className="quiet" key="o">
                  {t(['nobody announces it', '没有实例宣告此地址'])}
                </span>
              ),
            ],
            [
              t(['HaVip ID', '实例 ID']),
              <Copyable key="i" text={havip.HaVipId}>
                <span className="id">{havip.HaVipId}</span>
              </Copyable>,
            ],
            [
              t(words.vpc),
              <span key="v" className="id">
                {havip.VpcId}
              </span>,
            ],
            [
              t(words.vswitch),
              <span key="w" className="id">
                {havip.VSwitchId}
              </span>,
            ],
            [t(words.created), <When key="c" time={havip.CreateTime} />],
          ]}
        />
      </section>
      <Resources havip={havip} instances={byId} owner={owner?.InstanceId} at={at} lastSeenMs={owner?.LastSeenMs} />
      <HighAvailability havip={havip.HaVipId} bound={bound.map((id) => byId.get(id)).filter((one) => one !== undefined)} />
      {bound.length > 0 && <Truth havip={havip.HaVipId} instances={byId} />}
      <div className="columns">
        <OwnerHistory havip={havip} />
        <Refused ids={bound} instances={byId} />
      </div>
      {dialog === 'bind-instance' && (
        <BindInstance havip={havip} choices={[...byId.values()].filter((one) => !bound.includes(one.InstanceId))} onClose={close} />
      )}
      {dialog === 'unbind-instance' && target !== undefined && (
        <UnbindInstance
          havip={havip}
          id={target}
          name={nameOf(byId.get(target), target)}
          isOwner={owner?.InstanceId === target}
          onClose={close}
        />
      )}
      {dialog === 'bind-eip' && <BindEip havip={havip} onClose={close} />}
      {dialog === 'unbind-eip' && target !== undefined && <UnbindEip eip={target} havip={havip} onClose={close} />}
      {dialog === 'delete' && <DeleteHavip havip={havip} onClose={close} />}
    </Page>
  )
}

function TestLink({ havip }: { readonly havip: HavipRow }) {
  const t = useText()
  const navigate = useNavigate()
  // Through its EIP, or from inside the VPC where there can be none.
  const isIpv6 = havip.IpVersion === 'IPV6'
  const isReady = isIpv6 || havip.AssociatedEipAddresses.associatedEipAddresse.length > 0
  return (
    <WhyButton
      type="primary"
      changes={false}
      off={
        isReady ? undefined : t(['Bind an EIP first: the test asks the service through it.', '请先绑定弹性公网IP：测试通过它访问服务。'])
      }
      onClick={() => void navigate({ to: `/havips/${havip.HaVipId}/test` as never, search: kept as never })}
    >
      {t(['Test high availability', '测试高可用'])}
    </WhyButton>
  )
}

function DeleteButton({ havip, onClick }: { readonly havip: HavipRow; readonly onClick: () => void }) {
  const t = useText()
  const instances = havip.AssociatedInstances.associatedInstance.length
  const eips = havip.AssociatedEipAddresses.associatedEipAddresse.length
  const off =
    instances > 0
      ? t(['Unbind its ECS instances first.', '请先解绑 ECS 实例。'])
      : eips > 0
        ? t(['Unbind its EIP first.', '请先解绑弹性公网IP。'])
        : havip.Status !== 'Available'
          ? t(['It is {status}; it can be deleted when it is Available.', '当前状态为 {status}，变为 Available 后才能删除。'], {
              status: havip.Status,
            })
          : undefined
  return (
    <WhyButton off={off} onClick={onClick}>
      {t(words.remove)}
    </WhyButton>
  )
}

function DeleteHavip({ havip, onClose }: { readonly havip: HavipRow; readonly onClose: () => void }) {
  const t = useText()
  const navigate = useNavigate()
  const change = useChange()
  return (
    <Dialog
      title={t(['Delete this HaVip?', '删除该高可用虚拟IP？'])}
      isOpen
      isDanger
      okText={t(words.remove)}
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      onOk={() =>
        change.mutate(['vpc', 'DeleteHaVip', { HaVipId: havip.HaVipId }], {
          onSuccess: () => void navigate({ to: '/havips' as never, search: kept as never }),
        })
      }
    >
      <p>
        {t(
          ['The address {address} is given back to its vSwitch. This cannot be undone.', '地址 {address} 将归还给交换机，此操作无法撤销。'],
          {
            address: havip.IpAddress,
          },
        )}
      </p>
    </Dialog>
  )
}

type ResourcesProps = {
  readonly havip: HavipRow
  readonly instances: ReadonlyMap<string, Instance>
  readonly owner: string | undefined
  readonly at: number
  readonly lastSeenMs: number | undefined
}

/** The tutorial's Resources section: ECS Instances and EIP, each with its Bind. */
function Resources({ havip, instances, owner, at, lastSeenMs }: ResourcesProps) {
  const t = useText()
  const setAddress = useSetAddress()
  const eips = useEips({ AssociatedInstanceType: 'HaVip', AssociatedInstanceId: havip.HaVipId })
  const bound = havip.AssociatedInstances.associatedInstance
  const eipList = eips.data?.EipAddresses.EipAddress.filter((one) => one.InstanceId === havip.HaVipId) ?? []
  const isMoving = havip.Status !== 'Available' && havip.Status !== 'InUse'
  const off = isMoving ? t(['It is {status}; wait a moment.', '当前状态为 {status}，请稍候。'], { status: havip.Status }) : undefined
  const open = (dialog: string, target?: string): void => setAddress({ dialog, target }, { push: true })
  return (
    <Panel
      title={t(['Resources', '资源'])}
      hint={t(['Who may announce the address, and how the Internet reaches it', '可宣告该地址的实例，以及公网如何访问它'])}
    >
      <div className="resource" data-resource="instances">
        <div className="resource-head">
          <h3>{t(words.ecsInstances)}</h3>
          <WhyButton size="small" off={off} onClick={() => open('bind-instance')}>
            {t(words.bind)}
            <span className="hidden"> {t(words.ecsInstances)}</span>
          </WhyButton>
        </div>
        {bound.length === 0 && (
          <p className="quiet">
            {t([
              'No instance is bound: nobody may announce the address. Bind two instances of its vSwitch.',
              '尚未绑定实例，没有实例可以宣告该地址。请绑定同一交换机中的两台实例。',
            ])}
          </p>
        )}
        <ul className="resource-list">
          {bound.map((id) => {
            const instance = instances.get(id)
            const isOwner = id === owner
            return (
              <li key={id} data-id={id}>
                <Mark tone={isOwner ? 'address' : instance?.Status === 'Running' ? 'good' : 'off'}>
                  {isOwner ? t(['Owner', '持有者']) : t(['Standby', '备用'])}
                </Mark>
                <span className="stack">
                  <PageLink to={`/instances/${id}`}>{nameOf(instance, id)}</PageLink>
                  <span className="mono small quiet">{instance ? addressOf(instance) : id}</span>
                </span>
                <span className="resource-state">
                  {isOwner ? (
                    <span>
                      {t(['announced', '最近宣告'])} <Age ms={lastSeenMs ?? 0} at={at} />
                    </span>
                  ) : (
                    instance && (
                      <span className="quiet">
                        {t(['may announce it; is {status}', '可宣告；实例状态：{status}'], { status: instance.Status })}
                      </span>
                    )
                  )}
                </span>
                <WhyButton size="small" off={off} onClick={() => open('unbind-instance', id)}>
                  {t(words.unbind)}
                  <span className="hidden"> {nameOf(instance, id)}</span>
                </WhyButton>
              </li>
            )
          })}
        </ul>
      </div>
      <div className="resource" data-resource="eip">
        <div className="resource-head">
          <h3>{t(words.eip)}</h3>
          <WhyButton
            size="small"
            off={
              havip.IpVersion === 'IPV6'
                ? t(['EIPs are IPv4, and this address is IPv6.', '弹性公网IP为 IPv4，而该地址为 IPv6。'])
                : eipList.length > 0
                  ? t(['A HaVip has one EIP; unbind it to bind another.', '每个高可用虚拟IP只能绑定一个弹性公网IP，请先解绑。'])
                  : off
            }
            onClick={() => open('bind-eip')}
          >
            {t(words.bind)}
            <span className="hidden"> {t(words.eip)}</span>
          </WhyButton>
        </div>
        {eipList.length === 0 && (
          <p className="quiet">
            {t(['No EIP is bound: the address is reached inside its VPC only.', '尚未绑定弹性公网IP，只能在专有网络内访问该地址。'])}
          </p>
        )}
        <ul className="resource-list">
          {eipList.map((eip) => (
            <li key={eip.AllocationId} data-id={eip.AllocationId}>
              <Status of={eip.Status} />
              <span className="stack">
                <Copyable text={eip.IpAddress} />
                <span className="id quiet">{eip.AllocationId}</span>
              </span>
              <span className="resource-state">
                <a href={`http://${eip.IpAddress}/`} target="_blank" rel="noreferrer">
                  {t(['Open in a browser', '在浏览器中打开'])}
                </a>
              </span>
              <WhyButton
                size="small"
                off={
                  eip.Status === 'InUse'
                    ? undefined
                    : t(['It is {status}; wait a moment.', '当前状态为 {status}，请稍候。'], { status: eip.Status })
                }
                onClick={() => open('unbind-eip', eip.AllocationId)}
              >
                {t(words.unbind)}
                <span className="hidden"> {eip.IpAddress}</span>
              </WhyButton>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  )
}
