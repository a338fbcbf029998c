// The guide: the tutorial in its own words, beside the page it speaks of, with each step ticked when it is done.
import { useApi, useEips, useHavips, useInstances, useOwners, useTests } from '../api/queries.ts'
import type { Quota } from '../api/types.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Mark } from '../parts/mark.tsx'
import { PageLink } from '../parts/page.tsx'
import { type Search, useAddress, useSetAddress } from '../shell/address.ts'

type Progress = {
  readonly isGranted: boolean
  readonly eips: number
  readonly instances: number
  readonly havip: string | undefined
  readonly bound: number
  readonly boundInstances: readonly string[]
  readonly hasOwner: boolean
  readonly hasEip: boolean
  readonly isTested: boolean
}
type Way = { readonly text: Text; readonly to: (progress: Progress) => string; readonly search?: Search }
type Step = {
  readonly title: Text
  readonly intro?: Text
  readonly lines: readonly Text[]
  readonly ways: readonly Way[]
  readonly isDone: (progress: Progress) => boolean
}

const havipPath = ({ havip }: Progress): string => (havip ? `/havips/${havip}` : '/havips')
const instancePath =
  (index: number) =>
  ({ boundInstances }: Progress): string =>
    boundInstances[index] ? `/instances/${boundInstances[index]}` : '/instances'

const steps: readonly Step[] = [
  {
    title: ['Prerequisites', '前提条件'],
    lines: [
      [
        'The HAVIP feature is in public preview. To use the feature, log on to the Quota Center console to submit an application.',
        'HaVip 功能处于公测阶段，请先登录配额中心提交申请。',
      ],
      ['An elastic IP address (EIP) is created.', '已创建弹性公网IP（EIP）。'],
      [
        'Two Elastic Compute Service (ECS) instances are created and NGINX is deployed in both ECS instances.',
        '已创建两台 ECS 实例，并在两台实例上部署了 NGINX。',
      ],
    ],
    ways: [
      { text: ['Quota Center', '配额中心'], to: () => '/quotas' },
      { text: ['Apply for an EIP', '申请弹性公网IP'], to: () => '/eips' },
      { text: ['Create an instance', '创建实例'], to: () => '/instances' },
    ],
    isDone: ({ isGranted, eips, instances }) => isGranted && eips > 0 && instances > 1,
  },
  {
    title: ['Step 1: Create an HAVIP', '步骤一：创建高可用虚拟IP'],
    intro: [
      'HAVIPs are private IP address that can be created and released as independent resources. After you associate an HAVIP with an ECS instance, the ECS instance can advertise the HAVIP by sending ARP messages.',
      '高可用虚拟IP是可独立创建和释放的私网 IP。绑定到 ECS 实例后，实例可通过 ARP 宣告该地址。',
    ],
    lines: [
      ['In the left-side navigation pane, click HaVip.', '在左侧导航栏，单击高可用虚拟IP。'],
      ['In the top navigation bar, select the region where you want to create the HAVIP.', '在顶部菜单栏，选择要创建高可用虚拟IP的地域。'],
      ['On the HaVip page, click Create HaVip.', '在高可用虚拟IP页面，单击创建高可用虚拟IP。'],
      ['In the Create HaVip dialog box, set the parameters and click OK.', '在创建高可用虚拟IP对话框中设置参数，然后单击确定。'],
    ],
    ways: [{ text: ['Create HaVip', '创建高可用虚拟IP'], to: () => '/havips', search: { dialog: 'create' } }],
    isDone: ({ havip }) => havip !== undefined,
  },
  {
    title: ['Step 2: Install keepalived on the primary and secondary ECS instances', '步骤二：在主备 ECS 实例上安装 keepalived'],
    intro: [
      'You can use keepalived to check the status of ECS instances. If ECS 1 is down, ECS 2 takes over the workloads and virtual IP address of ECS 1.',
      '使用 keepalived 检查 ECS 实例状态。若 ECS 1 宕机，由 ECS 2 接管其业务和虚拟 IP。',
    ],
    lines: [
      ['Log on to ECS 1.', '登录 ECS 1。'],
      ['Modify the configuration file /etc/keepalived/keepalived.conf.', '修改配置文件 /etc/keepalived/keepalived.conf。'],
      ['Start keepalived: systemctl start keepalived', '启动 keepalived：systemctl start keepalived'],
      ['Log on to ECS 2 and do the same with its own file.', '登录 ECS 2，使用其对应的配置文件执行同样操作。'],
    ],
    ways: [
      { text: ['keepalived.conf of ECS 1', 'ECS 1 的 keepalived.conf'], to: instancePath(0), search: { tab: 'configuration' } },
      { text: ['Connect to ECS 1', '连接 ECS 1'], to: instancePath(0), search: { tab: 'terminal' } },
      { text: ['keepalived.conf of ECS 2', 'ECS 2 的 keepalived.conf'], to: instancePath(1), search: { tab: 'configuration' } },
      { text: ['Connect to ECS 2', '连接 ECS 2'], to: instancePath(1), search: { tab: 'terminal' } },
    ],
    isDone: ({ hasOwner }) => hasOwner,
  },
  {
    title: ['Step 3: Associate the HAVIP with both ECS instances', '步骤三：将高可用虚拟IP绑定到两台 ECS 实例'],
    intro: [
      'An HAVIP must be associated with ECS instances that belong to the same vSwitch. Each HAVIP can be associated with at most two ECS instances.',
      '绑定的 ECS 实例须与高可用虚拟IP属于同一交换机。每个高可用虚拟IP最多绑定两台 ECS 实例。',
    ],
    lines: [
      ['Click the ID of the HAVIP.', '单击高可用虚拟IP的 ID。'],
      ['In the Resources section, find ECS Instances and click Bind.', '在资源区域，找到 ECS 实例，单击绑定。'],
      ['In the dialog box that appears, select ECS 1 and click OK.', '在弹出的对话框中选择 ECS 1，单击确定。'],
      ['Repeat the preceding steps to associate the HAVIP with ECS 2.', '重复以上步骤，绑定 ECS 2。'],
    ],
    ways: [{ text: ['Open the HaVip', '打开高可用虚拟IP'], to: havipPath }],
    isDone: ({ bound }) => bound >= 2,
  },
  {
    title: ['Step 4: Associate the HAVIP with an EIP', '步骤四：将高可用虚拟IP绑定弹性公网IP'],
    intro: ['Then, the HAVIP can use the EIP to provide services over the Internet.', '绑定后，高可用虚拟IP可通过弹性公网IP提供公网服务。'],
    lines: [
      ['In the Resources section, click Bind next to EIP.', '在资源区域，单击弹性公网IP旁的绑定。'],
      ['In the dialog box that appears, select the EIP and click OK.', '在弹出的对话框中选择弹性公网IP，单击确定。'],
    ],
    ways: [{ text: ['Open the HaVip', '打开高可用虚拟IP'], to: havipPath }],
    isDone: ({ hasEip }) => hasEip,
  },
  {
    title: ['Step 5: Test high availability', '步骤五：测试高可用'],
    lines: [
      ['When ECS 1 works as expected, ECS 1 is accessed.', '当 ECS 1 正常工作时，访问的是 ECS 1。'],
      [
        'When ECS 1 is down, ECS 2 takes over the virtual IP address and workloads of ECS 1. This ensures high availability.',
        '当 ECS 1 宕机时，ECS 2 接管虚拟 IP 和业务，从而保证高可用。',
      ],
    ],
    ways: [{ text: ['Open the test', '打开测试'], to: (progress) => (progress.havip ? `/havips/${progress.havip}/test` : '/havips') }],
    isDone: ({ isTested }) => isTested,
  },
]

function useProgress(): Progress {
  const havips = useHavips()
  const instances = useInstances()
  const eips = useEips()
  const quotas = useApi<{ readonly Quotas: readonly Quota[] }>('quotas', 'ListProductQuotas', {
    ProductCode: 'vpc',
    QuotaCategory: 'WhiteListLabel',
  })
  const list = havips.data?.HaVips.HaVip ?? []
  // The one that is furthest along is the one the reader works on.
  const one = [...list].sort(
    (a, b) =>
      b.AssociatedInstances.associatedInstance.length +
      b.AssociatedEipAddresses.associatedEipAddresse.length -
      a.AssociatedInstances.associatedInstance.length -
      a.AssociatedEipAddresses.associatedEipAddresse.length,
  )[0]
  const owners = useOwners(one ? [one.HaVipId] : [])
  const tests = useTests({ HaVipId: one?.HaVipId })
  const bound = one?.AssociatedInstances.associatedInstance ?? []
  const all = instances.data?.Instances.Instance.map((instance) => instance.InstanceId) ?? []
  return {
    isGranted: quotas.data?.Quotas.some((quota) => quota.TotalQuota > 0) ?? false,
    eips: eips.data?.TotalCount ?? 0,
    instances: instances.data?.TotalCount ?? 0,
    havip: one?.HaVipId,
    bound: bound.length,
    boundInstances: bound.length > 1 ? bound : all,
    hasOwner: (owners.data?.HaVips[0]?.Owners[0]?.InstanceId ?? '') !== '',
    isTested: one !== undefined && (tests.data?.Tests.some((test) => test.Status === 'Finished') ?? false),
    hasEip: (one?.AssociatedEipAddresses.associatedEipAddresse.length ?? 0) > 0,
  }
}

export default function Guide() {
  const t = useText()
  const { guide } = useAddress()
  const setAddress = useSetAddress()
  const progress = useProgress()
  const current = Math.min(steps.length - 1, Math.max(0, Number(guide) || 0))
  return (
    <aside className="guide" aria-label={t(['Guide', '引导教程'])}>
      <header>
        <h2>{t(['Implement high availability', '实现高可用'])}</h2>
        <button
          type="button"
          className="bar-button"
          aria-label={t(['Close the guide', '关闭引导教程'])}
          onClick={() => setAddress({ guide: undefined })}
        >
          <svg width="14" height="14" viewBox="0 0 14 14" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" aria-hidden="true">
            <path d="m3 3 8 8m0-8-8 8" />
          </svg>
        </button>
      </header>
      <ol>
        {steps.map((step, i) => {
          const isDone = step.isDone(progress)
          const isCurrent = i === current
          return (
            <li key={step.title[0]} className={isCurrent ? 'current' : ''}>
              <button type="button" aria-expanded={isCurrent} onClick={() => setAddress({ guide: String(i) })}>
                <span className="guide-mark">
                  <Mark tone={isDone ? 'good' : isCurrent ? 'address' : 'off'} />
                </span>
                <span>
                  {t(step.title)}
                  {isDone && <span className="hidden"> {t(['(done)', '（已完成）'])}</span>}
                </span>
              </button>
              {isCurrent && (
                <div className="guide-body">
                  {step.intro && <p className="quiet">{t(step.intro)}</p>}
                  <ul>
                    {step.lines.map((line) => (
                      <li key={line[0]}>{t(line)}</li>
                    ))}
                  </ul>
                  <div className="guide-ways">
                    {step.ways.map((way) => (
                      <PageLink key={way.text[0]} to={way.to(progress)} {...(way.search && { search: way.search })}>
                        {t(way.text)}
                      </PageLink>
                    ))}
                  </div>
                </div>
              )}
            </li>
          )
        })}
      </ol>
    </aside>
  )
}
