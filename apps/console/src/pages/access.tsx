// Who may come in: one's own access keys, and for administrators all users and their keys.
import { useId, useState } from 'react'
import { isUnknownAction } from '../api/client.ts'
import { useApi, useChange } from '../api/queries.ts'
import { type Text, useText } from '../i18n/text.tsx'
import { Choose } from '../parts/choose.tsx'
import { Copyable, Dialog, Field, WhyButton } from '../parts/controls.tsx'
import { DeleteResource } from '../parts/delete-resource.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Empty, Loading, Page, Panel } from '../parts/page.tsx'
import { type Secret, SecretNote } from '../parts/secret.tsx'
import { DataTable } from '../parts/table.tsx'
import { When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { useSession } from '../shell/session.tsx'

type Key = {
  readonly AccessKeyId: string
  readonly UserName: string
  readonly Status: string
  readonly CreateTime: string
  readonly Temporary: boolean
  readonly ExpireTime: string
}
type User = {
  readonly UserName: string
  readonly DisplayName: string
  readonly Role: string
  readonly Disabled: boolean
  readonly SecondFactor: boolean
  readonly CreateTime: string
}

export const roleNames: Readonly<Record<string, Text>> = {
  administrator: ['Administrator', '管理员'],
  operator: ['Operator', '操作员'],
  viewer: ['Viewer', '只读用户'],
  restricted: ['Restricted', '受限用户'],
}

export default function Access() {
  const t = useText()
  const { role, user } = useSession()
  const { dialog, target } = useAddress()
  const setAddress = useSetAddress()
  const isAdministrator = role === 'administrator'
  const keys = useApi<{ readonly AccessKeys: readonly Key[] }>('havip', 'ListAccessKeys', { PageSize: 100 })
  const users = useApi<{ readonly Users: readonly User[] }>('havip', 'ListUsers', { PageSize: 100 }, { enabled: isAdministrator })
  const [secret, setSecret] = useState<Secret>()
  const make = useChange<{ readonly AccessKey: { readonly AccessKeyId: string; readonly AccessKeySecret: string } }>()
  const link = useChange<{ readonly Path: string }>()
  const change = useChange()
  const close = (): void => setAddress({ dialog: undefined, target: undefined })
  const createKey = (): void =>
    make.mutate(['havip', 'CreateAccessKey', {}], {
      onSuccess: ({ AccessKey }) =>
        setSecret({
          title: t(['Your new access key', '新的访问密钥']),
          lines: [
            ['AccessKeyId', AccessKey.AccessKeyId],
            ['AccessKeySecret', AccessKey.AccessKeySecret],
          ],
        }),
    })
  const createLink = (name: string): void =>
    link.mutate(['havip', 'CreateSigninLink', { UserName: name }], {
      onSuccess: ({ Path }) =>
        setSecret({
          title: t(['Link that signs {name} in, once', '{name} 的一次性登录链接'], { name }),
          lines: [[t(['Link', '链接']), new URL(Path, location.origin).href]],
        }),
    })
  const failed = make.error ?? link.error ?? change.error
  return (
    <Page
      title={t(['Access keys and users', '访问密钥与用户'])}
      lead={t([
        'Access keys sign the calls of SDKs and tools. Users sign in here.',
        '访问密钥用于 SDK 和工具的调用签名，用户用于登录控制台。',
      ])}
      actions={
        <>
          {isAdministrator && (
            <WhyButton onClick={() => setAddress({ dialog: 'create' }, { push: true })}>{t(['Create user', '创建用户'])}</WhyButton>
          )}
          <WhyButton type="primary" changes={false} loading={make.isPending} onClick={createKey}>
            {t(['Create access key', '创建访问密钥'])}
          </WhyButton>
        </>
      }
    >
      {failed && <FaultNote error={failed} />}
      {secret && <SecretNote secret={secret} onClose={() => setSecret(undefined)} />}
      <Panel title={isAdministrator ? t(['Access keys', '访问密钥']) : t(['Your access keys', '我的访问密钥'])}>
        {keys.error ? (
          <div className="panel-body">
            {isUnknownAction(keys.error) ? (
              <p>{t(['This controller does not offer access keys in the console yet.', '当前控制器尚不支持在控制台管理访问密钥。'])}</p>
            ) : (
              <FaultNote error={keys.error} onRetry={() => void keys.refetch()} />
            )}
          </div>
        ) : !keys.data ? (
          <Loading />
        ) : keys.data.AccessKeys.length === 0 ? (
          <Empty
            title={t(['No access key yet', '还没有访问密钥'])}
            text={t(['Create one to call the API from an SDK, a tool or Terraform.', '创建后即可通过 SDK、工具或 Terraform 调用 API。'])}
          />
        ) : (
          <DataTable
            label={t(['Access keys', '访问密钥'])}
            rows={keys.data.AccessKeys}
            idOf={(one) => one.AccessKeyId}
            columns={[
              { title: 'AccessKeyId', cell: (one) => <Copyable text={one.AccessKeyId} /> },
              { title: t(['User', '用户']), cell: (one) => one.UserName },
              {
                title: t(words.status),
                cell: (one) => (
                  <Mark tone={one.Status === 'Active' ? 'good' : 'off'}>
                    {one.Status === 'Active' ? t(['Active', '已启用']) : t(['Inactive', '已停用'])}
                  </Mark>
                ),
              },
              {
                title: t(['Expires', '到期']),
                cell: (one) => (one.Temporary ? <When time={one.ExpireTime} /> : <span className="quiet">{t(['never', '永不'])}</span>),
              },
              { title: t(words.created), cell: (one) => <When time={one.CreateTime} /> },
              {
                title: t(words.actions),
                align: 'end',
                cell: (one) => (
                  <span className="actions" style={{ justifyContent: 'flex-end' }}>
                    <WhyButton
                      size="small"
                      changes={false}
                      onClick={() =>
                        change.mutate([
                          'havip',
                          'UpdateAccessKey',
                          { UserAccessKeyId: one.AccessKeyId, Status: one.Status === 'Active' ? 'Inactive' : 'Active' },
                        ])
                      }
                    >
                      {one.Status === 'Active' ? t(['Disable', '停用']) : t(['Enable', '启用'])}
                    </WhyButton>
                    <WhyButton
                      size="small"
                      changes={false}
                      onClick={() => setAddress({ dialog: 'delete-key', target: one.AccessKeyId }, { push: true })}
                    >
                      {t(words.remove)}
                    </WhyButton>
                  </span>
                ),
              },
            ]}
          />
        )}
      </Panel>
      {isAdministrator && (
        <Panel title={t(['Users', '用户'])}>
          {users.error ? (
            <div className="panel-body">
              <FaultNote error={users.error} onRetry={() => void users.refetch()} />
            </div>
          ) : !users.data ? (
            <Loading />
          ) : (
            <DataTable
              label={t(['Users', '用户'])}
              rows={users.data.Users}
              idOf={(one) => one.UserName}
              columns={[
                {
                  title: t(['User', '用户']),
                  cell: (one) => (
                    <span className="cell-id">
                      <strong>{one.UserName}</strong>
                      {one.DisplayName && <span className="quiet small">{one.DisplayName}</span>}
                    </span>
                  ),
                },
                { title: t(['Role', '角色']), cell: (one) => t(roleNames[one.Role] ?? [one.Role, one.Role]) },
                {
                  title: t(words.status),
                  cell: (one) => (
                    <Mark tone={one.Disabled ? 'off' : 'good'}>{one.Disabled ? t(['Disabled', '已停用']) : t(['Enabled', '已启用'])}</Mark>
                  ),
                },
                {
                  title: t(['Second factor', '二次验证']),
                  cell: (one) => (one.SecondFactor ? t(['on', '已开启']) : <span className="quiet">{t(['off', '未开启'])}</span>),
                },
                {
                  title: t(words.actions),
                  align: 'end',
                  cell: (one) => (
                    <span className="actions" style={{ justifyContent: 'flex-end' }}>
                      <WhyButton size="small" onClick={() => createLink(one.UserName)}>
                        {t(['Sign-in link', '登录链接'])}
                      </WhyButton>
                      {one.SecondFactor && (
                        <WhyButton
                          size="small"
                          onClick={() => setAddress({ dialog: 'second-factor', target: one.UserName }, { push: true })}
                        >
                          {t(['Second factor off', '关闭二次验证'])}
                        </WhyButton>
                      )}
                      <WhyButton
                        size="small"
                        off={one.UserName === user ? t(['Nobody disables himself.', '不能停用自己。']) : undefined}
                        onClick={() => change.mutate(['havip', 'UpdateUser', { UserName: one.UserName, Disabled: !one.Disabled }])}
                      >
                        {one.Disabled ? t(['Enable', '启用']) : t(['Disable', '停用'])}
                      </WhyButton>
                      <WhyButton
                        size="small"
                        off={one.UserName === user ? t(['Nobody deletes himself.', '不能删除自己。']) : undefined}
                        onClick={() => setAddress({ dialog: 'delete-user', target: one.UserName }, { push: true })}
                      >
                        {t(words.remove)}
                      </WhyButton>
                    </span>
                  ),
                },
              ]}
            />
          )}
        </Panel>
      )}
      {dialog === 'create' && isAdministrator && <CreateUser onClose={close} />}
      {dialog === 'second-factor' && target && (
        <DeleteResource
          title={t(['Turn the second factor of {name} off?', '关闭 {name} 的二次验证？'], { name: target })}
          text={t([
            'For a device that was lost: until it is set up anew, the password alone is enough.',
            '用于设备丢失：重新设置之前，仅凭密码即可登录。',
          ])}
          okText={t(['Turn off', '关闭'])}
          call={['havip', 'RemoveSecondFactor', { UserName: target }]}
          onClose={close}
        />
      )}
      {dialog === 'delete-key' && target && (
        <DeleteResource
          title={t(['Delete the access key?', '删除该访问密钥？'])}
          text={target}
          call={['havip', 'DeleteAccessKey', { UserAccessKeyId: target }]}
          onClose={close}
        />
      )}
      {dialog === 'delete-user' && target && (
        <DeleteResource
          title={t(['Delete the user?', '删除该用户？'])}
          text={target}
          call={['havip', 'DeleteUser', { UserName: target }]}
          onClose={close}
        />
      )}
    </Page>
  )
}

function CreateUser({ onClose }: { readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const [name, setName] = useState('')
  const [role, setRole] = useState('viewer')
  const [password, setPassword] = useState('')
  const change = useChange()
  return (
    <Dialog
      title={t(['Create user', '创建用户'])}
      isOpen
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      off={name === '' ? t(['Enter a user name.', '请输入用户名。']) : undefined}
      onOk={() =>
        change.mutate(['havip', 'CreateUser', { UserName: name, Role: role, Password: password || undefined }], { onSuccess: onClose })
      }
    >
      <Field
        label={t(['User name', '用户名'])}
        htmlFor={`${id}-name`}
        help={t(['Lower-case letters, digits, dots, hyphens and underscores.', '小写字母、数字、点、连字符和下划线。'])}
      >
        <input
          id={`${id}-name`}
          className="input"
          autoComplete="off"
          spellCheck={false}
          value={name}
          maxLength={63}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Field label={t(['Role', '角色'])} htmlFor={`${id}-role`}>
        <Choose
          id={`${id}-role`}
          value={role}
          onChange={setRole}
          choices={Object.entries(roleNames).map(([value, text]) => ({ value, text: t(text) }))}
        />
      </Field>
      <Field
        label={t(['Password', '密码'])}
        htmlFor={`${id}-password`}
        help={t([
          '10 characters at least. Without one, a sign-in link or an access key is the way in.',
          '至少 10 个字符。不设密码时可使用登录链接或访问密钥。',
        ])}
      >
        <input
          id={`${id}-password`}
          className="input"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
    </Dialog>
  )
}
