// Events: what changed, as it happens.
import { Button, Segmented } from 'antd'
import { type ChangeKind, useStream } from '../api/events.ts'
import { useHappenings } from '../api/happenings.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Mark, type Tone } from '../parts/mark.tsx'
import { Empty, Page, PageLink, Panel } from '../parts/page.tsx'
import { When } from '../parts/time.tsx'
import { useAddress, useSetAddress } from '../shell/address.ts'

const kinds: Readonly<Record<ChangeKind, readonly [Tone, Text]>> = {
  owner: ['address', ['Owner', '持有者']],
  resource: ['good', ['Resource', '资源']],
  drop: ['warn', ['Refused', '拒绝']],
  test: ['busy', ['Test', '测试']],
  audit: ['off', ['Audit', '审计']],
}

const pageMax = 50

const pathOf = (resource: { readonly type: string; readonly id: string }): string | undefined =>
  resource.id.startsWith('havip-') ? `/havips/${resource.id}` : resource.id.startsWith('i-') ? `/instances/${resource.id}` : undefined

export default function Events() {
  const t = useText()
  const { connection } = useStream()
  const { kind, before } = useAddress()
  const setAddress = useSetAddress()
  const { changes: shown, isWhole, isLoading } = useHappenings({ kind, before, max: pageMax })
  return (
    <Page
      title={t(['Events', '事件'])}
      lead={
        isWhole || isLoading
          ? t(['Changes as they happen: resources, owners, refused frames, tests.', '实时变更：资源、持有者、被拒绝的报文和测试。'])
          : t(['Changes as they happen, since the console was opened here.', '自控制台打开以来的实时变更。'])
      }
    >
      <Segmented
        aria-label={t(['Kind', '类型'])}
        value={kind ?? 'all'}
        onChange={(value) => setAddress({ kind: value === 'all' ? undefined : String(value), before: undefined })}
        options={[
          { value: 'all', label: t(['All', '全部']) },
          ...Object.entries(kinds).map(([value, [, text]]) => ({ value, label: t(text) })),
        ]}
        style={{ justifySelf: 'start', maxWidth: '100%', overflowX: 'auto' }}
      />
      <Panel title={t(['Newest first', '最新在前'])}>
        {shown.length === 0 ? (
          <Empty
            title={t(['Nothing happened yet', '暂无事件'])}
            text={
              connection === 'lost'
                ? t(['The connection is lost, so nothing is heard at the moment.', '连接已断开，暂时无法接收事件。'])
                : t(['Create, bind or stop something: it appears here at once.', '创建、绑定或停止资源后，事件会立即显示在此。'])
            }
          />
        ) : (
          <ol className="lines" aria-live="polite">
            {shown.map((change) => {
              const [tone, label] = kinds[change.kind]
              const path = change.resource && pathOf(change.resource)
              return (
                <li key={change.id} className="event">
                  <Mark tone={tone}>{t(label)}</Mark>
                  <span className="event-text">{path ? <PageLink to={path}>{change.text}</PageLink> : change.text}</span>
                  <span className="quiet small">
                    <When time={change.at} isExact />
                  </span>
                </li>
              )
            })}
          </ol>
        )}
        {isWhole && (before !== undefined || shown.length === pageMax) && (
          <div className="pager">
            <Button size="small" disabled={before === undefined} onClick={() => setAddress({ before: undefined }, { push: true })}>
              {t(['Newest', '最新'])}
            </Button>
            <Button size="small" disabled={shown.length < pageMax} onClick={() => setAddress({ before: shown.at(-1)?.id }, { push: true })}>
              {t(['Earlier', '更早'])}
            </Button>
          </div>
        )}
      </Panel>
    </Page>
  )
}
