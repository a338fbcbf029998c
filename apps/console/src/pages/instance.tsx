// One instance: what it is, its keepalived.conf, and a terminal inside.
import { useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useDrops, useInstance } from '../api/queries.ts'
import type { Instance as InstanceRow } from '../api/types.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Copyable } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, Status } from '../parts/mark.tsx'
import { Empty, Facts, Loading, Page, PageLink, Panel } from '../parts/page.tsx'
import { When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress } from '../shell/address.ts'
import { HighAvailability } from './high-availability.tsx'
import { addressOf, labelOf } from './names.ts'
import { Power } from './power.tsx'

const Terminal = lazy(() => import('./terminal.tsx'))
const ConfigurationEditor = lazy(() => import('./configuration-editor.tsx'))

const tabs: readonly (readonly [key: string, text: Text])[] = [
  ['', ['Overview', '概览']],
  ['configuration', ['keepalived.conf', 'keepalived.conf']],
  ['terminal', ['Terminal', '终端']],
]

export default function Instance() {
  const t = useText()
  const { instance: id } = useParams({ strict: false }) as { instance: string }
  const { tab = '' } = useAddress()
  const answer = useInstance(id)
  const { instance } = answer
  const above = <PageLink to="/instances">{t(['Instances', '实例'])}</PageLink>
  if (!instance) {
    return (
      <Page title={id} above={above}>
        {answer.error ? (
          <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
        ) : answer.data ? (
          <Empty
            title={t(['There is no such instance', '该实例不存在'])}
            text={t(['It may have been deleted, or be in another region.', '它可能已被删除，或位于其他地域。'])}
            actions={above}
          />
        ) : (
          <Loading />
        )}
      </Page>
    )
  }
  return (
    <Page title={labelOf(instance.InstanceName, instance.InstanceId)} above={above} actions={<Power instance={instance} />}>
      <nav className="tabs" aria-label={t(['Parts of this page', '页面分区'])}>
        {tabs.map(([key, text]) => (
          <TabLink key={key} id={id} tab={key} isCurrent={tab === key}>
            {t(text)}
          </TabLink>
        ))}
      </nav>
      <Suspense fallback={<Loading />}>
        {tab === 'terminal' ? (
          <Terminal instance={instance} />
        ) : tab === 'configuration' ? (
          <ConfigurationEditor key={instance.InstanceId} instance={instance} />
        ) : (
          <About instance={instance} />
        )}
      </Suspense>
    </Page>
  )
}

type TabLinkProps = { readonly id: string; readonly tab: string; readonly isCurrent: boolean; readonly children: string }
function TabLink({ id, tab, isCurrent, children }: TabLinkProps) {
  return (
    <span className={isCurrent ? 'tab current' : 'tab'}>
      <PageLink to={`/instances/${id}`} search={{ tab: tab || undefined }}>
        {children}
      </PageLink>
    </span>
  )
}

function About({ instance }: { readonly instance: InstanceRow }) {
  const t = useText()
  const drops = useDrops([instance.InstanceId])
  const port = drops.data?.Ports[0]
  const mac = instance.NetworkInterfaces.NetworkInterface[0]?.MacAddress ?? ''
  const address6 = instance.NetworkInterfaces.NetworkInterface[0]?.Ipv6Sets.Ipv6Set[0]?.Ipv6Address
  const counts: readonly (readonly [Text, number])[] = port
    ? [
        [['Announcements of a HaVip not bound to it', '宣告未绑定的高可用虚拟IP'], port.UnboundHaVip],
        [['False ARP', '伪造的 ARP'], port.SpoofedArp],
        [['False source addresses', '伪造的源地址'], port.SpoofedIpv4],
        [['False MAC addresses', '伪造的 MAC 地址'], port.SpoofedMac],
        [['False IPv6 neighbour discovery', '伪造的 IPv6 邻居发现'], port.SpoofedNd],
        [['False IPv6 source addresses', '伪造的 IPv6 源地址'], port.SpoofedIpv6],
        [['IPv6, which its vSwitch does not have', 'IPv6（交换机未启用）'], port.Ipv6],
      ]
    : []
  return (
    <>
      <section className="panel panel-body" aria-label={t(['Basic information', '基本信息'])}>
        <Facts
          items={[
            [t(words.status), <Status key="s" of={instance.Status} />],
            [t(words.privateAddress), <Copyable key="a" text={addressOf(instance)} />],
            ...(address6 ? [[t(words.ipv6Address), <Copyable key="6" text={address6} />] as const] : []),
            [
              t(words.eip),
              instance.EipAddress.IpAddress ? (
                <Copyable key="e" text={instance.EipAddress.IpAddress} />
              ) : (
                <span key="e" className="quiet">
                  {t(words.none)}
                </span>
              ),
            ],
            [
              t(['Instance ID', '实例 ID']),
              <Copyable key="i" text={instance.InstanceId}>
                <span className="id">{instance.InstanceId}</span>
              </Copyable>,
            ],
            [t(['Host name', '主机名']), instance.HostName],
            [t(['Type', '规格']), `${instance.InstanceType} · ${instance.Cpu} vCPU · ${instance.Memory / 1024} GiB`],
            [
              t(['MAC address', 'MAC 地址']),
              <span key="m" className="id">
                {mac}
              </span>,
            ],
            [t(words.zone), instance.ZoneId],
            [
              t(words.vswitch),
              <span key="v" className="id">
                {instance.VpcAttributes.VSwitchId}
              </span>,
            ],
            [t(['Image', '镜像']), instance.OSName || instance.ImageId],
            [t(words.created), <When key="c" time={instance.CreationTime} />],
            [t(['Started', '启动时间']), <When key="b" time={instance.StartTime} />],
          ]}
        />
      </section>
      <HighAvailability bound={[instance]} />
      <Panel
        title={t(['Frames the network refused', '网络拒绝的报文'])}
        hint={t([
          'An instance may send from its own addresses and the HaVips bound to it',
          '实例只能以自身地址及绑定的高可用虚拟IP发送报文',
        ])}
      >
        {drops.error ? (
          <div className="panel-body">
            <FaultNote error={drops.error} />
          </div>
        ) : !port ? (
          <Loading />
        ) : !port.Reported ? (
          <p className="panel-body quiet">{t(['The network has no port for it now.', '网络中暂无该实例的端口。'])}</p>
        ) : (
          <ul className="lines">
            {counts.map(([text, count]) => (
              <li key={text[0]} className="count-line">
                <Mark tone={count > 0 ? 'warn' : 'good'}>{t(text)}</Mark>
                <strong>{count}</strong>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </>
  )
}
