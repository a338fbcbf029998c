// Quota Center: the gate in front of the HaVip feature. Applying for it, and approving what others applied for.
import { useId, useState } from 'react'
import { useApi, useChange } from '../api/queries.ts'
import type { Quota, QuotaApplication } from '../api/types.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Dialog, Field, WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark, Status } from '../parts/mark.tsx'
import { Empty, Loading, Page, Panel } from '../parts/page.tsx'
import { type Column, DataTable, NameAndId } from '../parts/table.tsx'
import { When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { useSession } from '../shell/session.tsx'

type QuotaList = { readonly TotalCount: number; readonly Quotas: readonly Quota[] }
type ApplicationList = { readonly TotalCount: number; readonly QuotaApplications: readonly QuotaApplication[] }

const names: Readonly<Record<string, Text>> = {
  vpc_privilege_allow_buy_havip_instance: ['The same permission, by its other name', '同一权限的另一名称'],
  'vpc_whitelist/ha_vip_whitelist': ['Permission to use HaVip (public preview)', '高可用虚拟IP使用权限（公测）'],
}

export default function Quotas() {
  const t = useText()
  const { dialog, target } = useAddress()
  const setAddress = useSetAddress()
  const { role } = useSession()
  const quotas = useApi<QuotaList>('quotas', 'ListProductQuotas', { ProductCode: 'vpc', MaxResults: 200 })
  const own = useApi<ApplicationList>('quotas', 'ListQuotaApplications', { ProductCode: 'vpc', MaxResults: 200 })
  const isAdministrator = role === 'administrator'
  const all = useApi<ApplicationList>('havip', 'ListApplications', { Status: 'Process', PageSize: 100 }, { enabled: isAdministrator })
  const close = (): void => setAddress({ dialog: undefined, target: undefined })
  const nameOf = (action: string, given?: string): string => (names[action] ? t(names[action]) : (given ?? action))
  const applicationBy = (id: 'AccountId' | 'ApplicationId'): Column<QuotaApplication> => ({
    title: t(['Application', '申请']),
    cell: (one) => <NameAndId name={nameOf(one.QuotaActionCode)} id={one[id] ?? ''} />,
  })
  const reason: Column<QuotaApplication> = { title: t(['Reason', '申请原因']), cell: (one) => one.Reason }
  const applied: Column<QuotaApplication> = { title: t(['Applied', '申请时间']), cell: (one) => <When time={one.ApplyTime} /> }
  const waiting = new Set(own.data?.QuotaApplications.filter((one) => one.Status === 'Process').map((one) => one.QuotaActionCode))
  const privileges = quotas.data?.Quotas.filter((one) => one.QuotaCategory === 'WhiteListLabel') ?? []
  const numbers = quotas.data?.Quotas.filter((one) => one.QuotaCategory !== 'WhiteListLabel') ?? []
  return (
    <Page
      title={t(['Quota Center', '配额中心'])}
      lead={t([
        'The HAVIP feature is in public preview. To use it, submit an application here.',
        'HaVip 功能处于公测阶段，使用前请在此提交申请。',
      ])}
    >
      {quotas.error && <FaultNote error={quotas.error} onRetry={() => void quotas.refetch()} />}
      <Panel title={t(['Privileges', '权益配额'])}>
        {!quotas.data ? (
          <Loading />
        ) : (
          <DataTable
            label={t(['Privileges', '权益配额'])}
            rows={privileges}
            idOf={(one) => one.QuotaActionCode}
            columns={[
              {
                title: t(words.name),
                cell: (one) => <NameAndId name={nameOf(one.QuotaActionCode, one.QuotaName)} id={one.QuotaActionCode} />,
              },
              {
                title: t(words.status),
                cell: (one) =>
                  one.TotalQuota > 0 ? (
                    <Mark tone="good">{t(['Granted', '已开通'])}</Mark>
                  ) : waiting.has(one.QuotaActionCode) ? (
                    <Mark tone="busy">{t(['Under review', '审批中'])}</Mark>
                  ) : (
                    <Mark tone="off">{t(['Not granted', '未开通'])}</Mark>
                  ),
              },
              {
                title: t(words.actions),
                align: 'end',
                cell: (one) => (
                  <WhyButton
                    size="small"
                    type={one.TotalQuota > 0 ? 'default' : 'primary'}
                    off={
                      one.TotalQuota > 0
                        ? t(['It is granted already.', '已开通，无需申请。'])
                        : waiting.has(one.QuotaActionCode)
                          ? t(['An application is under review.', '申请正在审批中。'])
                          : undefined
                    }
                    onClick={() => setAddress({ dialog: 'apply', target: one.QuotaActionCode }, { push: true })}
                  >
                    {t(['Apply', '申请'])}
                  </WhyButton>
                ),
              },
            ]}
          />
        )}
      </Panel>
      {isAdministrator && all.data && all.data.QuotaApplications.length > 0 && (
        <Panel title={t(['Waiting for your decision', '等待您审批'])} hint={t(['Applications of every account', '所有账号的申请'])}>
          <DataTable
            label={t(['Waiting for your decision', '等待您审批'])}
            rows={all.data.QuotaApplications}
            idOf={(one) => one.ApplicationId}
            columns={[
              applicationBy('AccountId'),
              reason,
              applied,
              { title: t(words.actions), align: 'end', cell: (one) => <Decide application={one} /> },
            ]}
          />
        </Panel>
      )}
      <Panel title={t(['Your applications', '我的申请'])}>
        {own.error ? (
          <div className="panel-body">
            <FaultNote error={own.error} onRetry={() => void own.refetch()} />
          </div>
        ) : !own.data ? (
          <Loading />
        ) : own.data.QuotaApplications.length === 0 ? (
          <Empty
            title={t(['No application yet', '还没有申请'])}
            text={t(['Apply for the privilege above; its review appears here.', '请在上方申请权益配额，审批进度将显示在此。'])}
          />
        ) : (
          <DataTable
            label={t(['Your applications', '我的申请'])}
            rows={own.data.QuotaApplications}
            idOf={(one) => one.ApplicationId}
            columns={[
              applicationBy('ApplicationId'),
              { title: t(words.status), cell: (one) => <Status of={one.Status} /> },
              reason,
              { title: t(['Answer', '审批意见']), cell: (one) => one.AuditReason || <span className="quiet">–</span> },
              applied,
            ]}
          />
        )}
      </Panel>
      {numbers.length > 0 && (
        <Panel title={t(['Limits', '数量配额'])}>
          <DataTable
            label={t(['Limits', '数量配额'])}
            rows={numbers}
            idOf={(one) => one.QuotaActionCode}
            columns={[
              {
                title: t(words.name),
                cell: (one) => (
                  <span className="cell-id">
                    <span>{one.QuotaName}</span>
                    <span className="mono">{one.QuotaActionCode}</span>
                  </span>
                ),
              },
              { title: t(['Used', '已用']), align: 'number', cell: (one) => one.TotalUsage },
              { title: t(['Limit', '上限']), align: 'number', cell: (one) => one.TotalQuota },
            ]}
          />
        </Panel>
      )}
      {dialog === 'apply' && target && <Apply action={target} name={nameOf(target)} onClose={close} />}
    </Page>
  )
}

function Apply({ action, name, onClose }: { readonly action: string; readonly name: string; readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const [reason, setReason] = useState('')
  const change = useChange()
  return (
    <Dialog
      title={t(['Submit an application', '提交申请'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={reason.trim() === '' ? t(['Say why you need it.', '请填写申请原因。']) : undefined}
      onOk={() =>
        change.mutate(
          [
            'quotas',
            'CreateQuotaApplication',
            { ProductCode: 'vpc', QuotaActionCode: action, QuotaCategory: 'WhiteListLabel', DesireValue: 1, Reason: reason.trim() },
          ],
          { onSuccess: onClose },
        )
      }
    >
      <Field label={t(['Privilege', '权益'])}>
        <span>{name}</span>
      </Field>
      <Field label={t(['Reason', '申请原因'])} htmlFor={id}>
        <input id={id} className="input" value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
      </Field>
    </Dialog>
  )
}

function Decide({ application }: { readonly application: QuotaApplication }) {
  const t = useText()
  const change = useChange()
  const decide = (agree: boolean): void =>
    change.mutate(['havip', 'ApproveQuotaApplication', { ApplicationId: application.ApplicationId, Agree: agree }])
  return (
    <span className="stack" style={{ justifyItems: 'end' }}>
      <span className="actions">
        <WhyButton size="small" type="primary" loading={change.isPending} onClick={() => decide(true)}>
          {t(['Approve', '批准'])}
        </WhyButton>
        <WhyButton size="small" onClick={() => decide(false)}>
          {t(['Reject', '拒绝'])}
        </WhyButton>
      </span>
      {change.error && <FaultNote error={change.error} />}
    </span>
  )
}
