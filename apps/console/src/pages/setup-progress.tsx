// How a one-click set-up goes: its steps as they are done, or as they are undone again, and why.
import type { Cluster } from '../api/types.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Copyable, WhyButton } from '../parts/controls.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { PageLink, Panel } from '../parts/page.tsx'

/** In the controller's order: `Step` counts them. */
const steps: readonly Text[] = [
  ['Create the HaVip', '创建高可用虚拟IP'],
  ['Bind the preferred instance', '绑定首选实例'],
  ['Bind the standby instance', '绑定备用实例'],
  ['Write both configurations, checked as a pair', '写入并成对检查两份配置'],
  ['Start keepalived on both', '在两台实例上启动 keepalived'],
  ['See who owns the address', '确认地址的持有者'],
  ['Apply for an EIP', '申请弹性公网IP'],
  ['Bind the EIP', '绑定弹性公网IP'],
]

export const clusterTones: Readonly<Record<Cluster['Status'], readonly [Tone, Text]>> = {
  Creating: ['busy', ['Being set up', '搭建中']],
  Active: ['good', ['Set up', '已搭建']],
  Undoing: ['warn', ['Being undone', '回滚中']],
  Failed: ['bad', ['Failed, undone', '失败，已回滚']],
  Deleting: ['busy', ['Being taken down', '拆除中']],
}

function toneOf({ Status, Step }: Cluster, index: number): Tone {
  if (Status === 'Active') return 'good'
  if (Status === 'Failed') return 'off'
  if (Status === 'Creating') return index < Step - 1 ? 'good' : index === Step - 1 ? 'busy' : 'off'
  // From the last step back to the first.
  return index < Step - 1 ? 'good' : index === Step - 1 ? 'busy' : 'off'
}

const said: Readonly<Record<Tone, Text>> = {
  good: ['done', '已完成'],
  busy: ['under way', '进行中'],
  off: ['not done', '未完成'],
  warn: ['', ''],
  bad: ['', ''],
  address: ['', ''],
}

type ProgressProps = { readonly cluster: Cluster; readonly onTakeDown: () => void }

export function SetupProgress({ cluster, onTakeDown }: ProgressProps) {
  const t = useText()
  const [tone, text] = clusterTones[cluster.Status]
  const shown = cluster.Bandwidth === 0 ? steps.slice(0, 6) : steps
  const isBack = cluster.Status === 'Undoing' || cluster.Status === 'Deleting'
  return (
    <Panel
      title={cluster.Name || cluster.ClusterId}
      hint={cluster.Name && <span className="mono">{cluster.ClusterId}</span>}
      actions={
        <WhyButton
          size="small"
          off={
            cluster.Status === 'Active' || cluster.Status === 'Failed'
              ? undefined
              : t(['It is not at rest; wait a moment.', '正在处理中，请稍候。'])
          }
          onClick={onTakeDown}
        >
          {cluster.Status === 'Failed' ? t(['Remove from the list', '从列表移除']) : t(['Take down', '拆除'])}
        </WhyButton>
      }
    >
      <div className="panel-body setup-progress" data-cluster={cluster.Status}>
        <div className="stack" style={{ gap: 14 }} role="status">
          <Mark tone={tone}>
            <strong>{t(text)}</strong>
          </Mark>
          {cluster.Problem !== '' && (
            <div className="note bad">
              <Mark tone="bad" />
              <p>{cluster.Problem}</p>
            </div>
          )}
          {cluster.Status === 'Failed' && (
            <p className="quiet">
              {t(['Nothing of it is left. Mend what is said above, then set it up again.', '所有步骤均已回滚。请根据上述原因修复后重试。'])}
            </p>
          )}
          {cluster.Status === 'Active' && <Result cluster={cluster} />}
        </div>
        <ol className="setup-steps" aria-label={t(['Steps', '步骤'])}>
          {shown.map((step, index) => {
            const own = toneOf(cluster, index)
            return (
              <li key={step[0]} data-step={own}>
                <Mark tone={own}>{t(step)}</Mark>
                <span className="quiet small">{own === 'busy' && isBack ? t(['being undone', '回滚中']) : t(said[own])}</span>
              </li>
            )
          })}
        </ol>
      </div>
    </Panel>
  )
}

function Result({ cluster }: { readonly cluster: Cluster }) {
  const t = useText()
  return (
    <>
      <p>{t(['Both instances run keepalived; one of them has the address now.', '两台实例均已运行 keepalived，其中一台持有该地址。'])}</p>
      <dl className="numbers">
        <div>
          <dt>{t(['HaVip', '高可用虚拟IP'])}</dt>
          <dd>
            <Copyable text={cluster.IpAddress} />
          </dd>
        </div>
        {cluster.EipAddress !== '' && (
          <div>
            <dt>{t(['EIP', '弹性公网IP'])}</dt>
            <dd>
              <Copyable text={cluster.EipAddress} />
            </dd>
          </div>
        )}
        <div>
          <dt>VRID</dt>
          <dd>{cluster.VirtualRouterId}</dd>
        </div>
      </dl>
      <p className="row" style={{ gap: 16 }}>
        <PageLink to={`/havips/${cluster.HaVipId}`}>{t(['Look at the HaVip', '查看高可用虚拟IP'])}</PageLink>
        {cluster.EipAddress !== '' && (
          <PageLink to={`/havips/${cluster.HaVipId}/test`}>{t(['Test high availability', '测试高可用'])}</PageLink>
        )}
      </p>
    </>
  )
}
