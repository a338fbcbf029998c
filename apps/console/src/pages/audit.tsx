// The audit log: every change and every refusal, with who, from where and what came of it.
import { Button } from 'antd'
import { useApi } from '../api/queries.ts'
import type { AuditEvent } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Empty, Loading, Page, Panel } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { When } from '../parts/time.tsx'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { useSession } from '../shell/session.tsx'

type Answer = { readonly AuditEvents: readonly AuditEvent[]; readonly LastSequence: number }
const pageMax = 50
/** Without a place to begin the API gives the oldest first; it reads numbers of 15 digits. */
const newest = 999_999_999_999_999

export default function Audit() {
  const t = useText()
  const { role } = useSession()
  const { before, find } = useAddress()
  const setAddress = useSetAddress()
  const isAdministrator = role === 'administrator'
  const answer = useApi<Answer>(
    'havip',
    'DescribeAuditEvents',
    { Before: before ?? newest, MaxResults: pageMax },
    { enabled: isAdministrator, everyMs: 10_000 },
  )
  const events = answer.data?.AuditEvents ?? []
  const needle = find?.toLowerCase() ?? ''
  const shown = needle === '' ? events : events.filter((one) => JSON.stringify(one).toLowerCase().includes(needle))
  return (
    <Page
      title={t(['Audit log', '审计日志'])}
      lead={t([
        'Every change and every refusal: who, from where, what came of it. Newest first.',
        '所有变更与拒绝记录：操作者、来源和结果，最新在前。',
      ])}
    >
      {!isAdministrator ? (
        <Empty
          title={t(['For administrators', '仅限管理员'])}
          text={t([
            'The audit log shows what every account did. Ask an administrator for what you need from it.',
            '审计日志包含所有账号的操作，如需查看请联系管理员。',
          ])}
        />
      ) : answer.error ? (
        <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <Panel
          title={t(['Entries', '记录'])}
          actions={
            <input
              className="input"
              style={{ width: 220, height: 32 }}
              type="search"
              aria-label={t(['Find in these entries', '在记录中查找'])}
              placeholder={t(['Find', '查找'])}
              value={find ?? ''}
              onChange={(event) => setAddress({ find: event.target.value || undefined })}
            />
          }
        >
          {!answer.data ? (
            <Loading />
          ) : shown.length === 0 ? (
            <Empty title={t(['Nothing here', '没有记录'])} text={t(['No entry matches.', '没有符合条件的记录。'])} />
          ) : (
            <DataTable
              label={t(['Audit log', '审计日志'])}
              rows={shown}
              idOf={(one) => String(one.Sequence)}
              columns={[
                {
                  title: t(['Action', '操作']),
                  cell: (one) => (
                    <span className="cell-id">
                      <strong>{one.Action}</strong>
                      <span className="mono">{[one.Resources].flat().join(' ') || one.RequestId}</span>
                    </span>
                  ),
                },
                {
                  title: t(['Outcome', '结果']),
                  cell: (one) => (
                    <span className="stack">
                      <Mark tone={one.Outcome === 'OK' || one.Outcome === '' ? 'good' : 'bad'}>{one.Outcome || 'OK'}</Mark>
                      {one.Message && <span className="quiet small">{one.Message}</span>}
                    </span>
                  ),
                },
                {
                  title: t(['Who', '操作者']),
                  cell: (one) => (
                    <span className="stack">
                      <span>{one.Principal || '–'}</span>
                      <span className="quiet small mono">{one.SourceAddress}</span>
                    </span>
                  ),
                },
                { title: t(['When', '时间']), cell: (one) => <When time={one.Time} isExact /> },
              ]}
            />
          )}
          {answer.data && (
            <div className="pager">
              <span>{t(['{count} entries', '{count} 条'], { count: shown.length })}</span>
              <span className="actions">
                <Button size="small" disabled={before === undefined} onClick={() => setAddress({ before: undefined }, { push: true })}>
                  {t(['Newest', '最新'])}
                </Button>
                <Button
                  size="small"
                  disabled={events.length < pageMax}
                  onClick={() => setAddress({ before: String(answer.data?.LastSequence) }, { push: true })}
                >
                  {t(['Earlier', '更早'])}
                </Button>
              </span>
            </div>
          )}
        </Panel>
      )}
    </Page>
  )
}
