// Webhooks: who outside is told of what happens here, and how the deliveries went.
import { Checkbox } from 'antd'
import { useId, useState } from 'react'
import { useApi, useChange } from '../api/queries.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Dialog, Field, WhyButton } from '../parts/controls.tsx'
import { DeleteResource } from '../parts/delete-resource.tsx'
import { Mark } from '../parts/mark.tsx'
import { Empty, Page, Panel } from '../parts/page.tsx'
import { ResourcePage } from '../parts/resource-page.tsx'
import { type Secret, SecretNote } from '../parts/secret.tsx'
import { usePageNumber } from '../parts/table.tsx'
import { When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { useSession } from '../shell/session.tsx'

type Webhook = {
  readonly WebhookId: string
  readonly Url: string
  readonly Kinds: readonly string[]
  readonly CreateTime: string
  readonly DeliverTime: string
  readonly Failures: number
  readonly LastError: string
  readonly Dropped: number
}
const pageSize = 20

const kinds: readonly (readonly [kind: string, ...text: Text])[] = [
  ['owner', 'Owner: the address moved', '持有者：地址发生切换'],
  ['resource', 'Resource: something was created, changed or deleted', '资源：创建、变更或删除'],
  ['test', 'Test: a test of high availability ended', '测试：高可用测试结束'],
  ['drop', 'Refused: the network dropped false frames', '拒绝：网络丢弃了伪造报文'],
  ['audit', 'Audit: every write and every refusal', '审计：所有写操作与拒绝'],
]

export default function Webhooks() {
  const t = useText()
  const { role } = useSession()
  const title = t(['Webhooks', 'Webhook'])
  const lead = t([
    'Events are sent to your URLs as signed JSON, in order, and again until they arrive.',
    '事件以签名 JSON 的形式按顺序发送到您的 URL，并在失败时重试。',
  ])
  if (role !== 'administrator')
    return (
      <Page title={title} lead={lead}>
        <Panel title={title}>
          <Empty
            title={t(['For administrators', '仅限管理员'])}
            text={t(['Ask an administrator of your account to add a webhook.', '请联系账号管理员添加 Webhook。'])}
          />
        </Panel>
      </Page>
    )
  return <Administered title={title} lead={lead} />
}

function Administered({ title, lead }: { readonly title: string; readonly lead: string }) {
  const t = useText()
  const { dialog, target } = useAddress()
  const setAddress = useSetAddress()
  const page = usePageNumber()
  const [secret, setSecret] = useState<Secret>()
  const answer = useApi<{ readonly TotalCount: number; readonly Webhooks: readonly Webhook[] }>(
    'havip',
    'DescribeWebhooks',
    { PageNumber: page, PageSize: pageSize },
    { everyMs: 5_000 },
  )
  const close = (): void => setAddress({ dialog: undefined, target: undefined })
  const create = (
    <WhyButton type="primary" onClick={() => setAddress({ dialog: 'create' }, { push: true })}>
      {t(['Add webhook', '添加 Webhook'])}
    </WhyButton>
  )
  return (
    <ResourcePage
      title={title}
      lead={lead}
      listTitle={t(['Webhooks', 'Webhook'])}
      actions={create}
      above={secret && <SecretNote secret={secret} onClose={() => setSecret(undefined)} />}
      answer={answer}
      rows={answer.data?.Webhooks ?? []}
      total={answer.data?.TotalCount}
      idOf={(one) => one.WebhookId}
      empty={{
        title: t(['No webhook yet', '还没有 Webhook']),
        text: t([
          'Add the URL of a chat, a pager or a program of yours: it is told of each move of an address within moments.',
          '添加聊天工具、告警系统或自有程序的 URL，地址切换时会立即通知。',
        ]),
        actions: create,
      }}
      columns={[
        {
          title: 'URL',
          cell: (one) => (
            <span className="cell-id">
              <span style={{ overflowWrap: 'anywhere' }}>{one.Url}</span>
              <span className="mono">{one.WebhookId}</span>
            </span>
          ),
        },
        { title: t(['Told of', '事件类型']), cell: (one) => one.Kinds.join(', ') },
        {
          title: t(['Delivery', '投递']),
          cell: (one) =>
            one.Failures > 0 ? (
              <span className="stack">
                <Mark tone="bad">{t(['{count} failures in a row', '连续失败 {count} 次'], { count: one.Failures })}</Mark>
                <span className="quiet small">{one.LastError}</span>
              </span>
            ) : one.DeliverTime === '' ? (
              <Mark tone="off">{t(['nothing sent yet', '尚未发送'])}</Mark>
            ) : (
              <span className="stack">
                <Mark tone="good">{t(['delivered', '已送达'])}</Mark>
                <span className="quiet small">
                  <When time={one.DeliverTime} isExact />
                </span>
              </span>
            ),
        },
        {
          title: t(['Given up', '已放弃']),
          align: 'number',
          cell: (one) => (one.Dropped === 0 ? <span className="quiet">0</span> : <strong>{one.Dropped}</strong>),
        },
        {
          title: t(words.actions),
          align: 'end',
          cell: (one) => (
            <WhyButton size="small" onClick={() => setAddress({ dialog: 'delete', target: one.WebhookId }, { push: true })}>
              {t(words.remove)}
            </WhyButton>
          ),
        },
      ]}
    >
      {dialog === 'create' && <AddWebhook onClose={close} onSecret={setSecret} />}
      {dialog === 'delete' && target && (
        <DeleteResource
          title={t(['Delete the webhook?', '删除该 Webhook？'])}
          text={answer.data?.Webhooks.find((one) => one.WebhookId === target)?.Url ?? target}
          call={['havip', 'DeleteWebhook', { WebhookId: target }]}
          onClose={close}
        />
      )}
    </ResourcePage>
  )
}

function AddWebhook({ onClose, onSecret }: { readonly onClose: () => void; readonly onSecret: (secret: Secret) => void }) {
  const t = useText()
  const id = useId()
  const [url, setUrl] = useState('')
  const [chosen, setChosen] = useState<readonly string[]>(['owner', 'resource', 'test', 'drop'])
  const change = useChange<{ readonly Secret: string }>()
  const wrong =
    url === '' || /^https?:\/\/[^\s/]+/.test(url.trim())
      ? undefined
      : t(['It begins with http:// or https://.', '须以 http:// 或 https:// 开头。'])
  return (
    <Dialog
      title={t(['Add webhook', '添加 Webhook'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={
        url === ''
          ? t(['Enter the URL that is to be told.', '请输入要通知的 URL。'])
          : (wrong ?? (chosen.length === 0 ? t(['Select at least one kind of event.', '请至少选择一种事件。']) : undefined))
      }
      onOk={() =>
        change.mutate(['havip', 'CreateWebhook', { Url: url.trim(), Kind: chosen }], {
          onSuccess: ({ Secret }) => {
            onSecret({ title: t(['The secret it is signed with', '签名密钥']), lines: [[t(['Secret', '密钥']), Secret]] })
            onClose()
          },
        })
      }
    >
      <Field
        label="URL"
        htmlFor={`${id}-url`}
        wrong={wrong}
        help={t([
          'Each event is one POST; the header x-havip-signature proves that it is from here.',
          '每个事件为一次 POST 请求，请求头 x-havip-signature 用于验证来源。',
        ])}
      >
        <input
          id={`${id}-url`}
          className="input"
          type="url"
          spellCheck={false}
          autoComplete="off"
          value={url}
          maxLength={1024}
          aria-invalid={wrong !== undefined}
          onChange={(event) => setUrl(event.target.value)}
        />
      </Field>
      <fieldset className="checks">
        <legend>{t(['Told of', '事件类型'])}</legend>
        {kinds.map(([kind, en, zh]) => (
          <Checkbox
            key={kind}
            checked={chosen.includes(kind)}
            onChange={(event) => setChosen(event.target.checked ? [...chosen, kind] : chosen.filter((one) => one !== kind))}
          >
            {t([en, zh])}
          </Checkbox>
        ))}
      </fieldset>
    </Dialog>
  )
}
