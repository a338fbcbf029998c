// One's own account: who one is here, password, second factor, and the way back in when one of them is lost.
import { useId, useState } from 'react'
import { useApi, useChange } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { Copyable, Dialog, Field, WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Facts, Loading, Page, PageLink, Panel } from '../parts/page.tsx'
import { QrPicture } from '../parts/qr-picture.tsx'
import { When } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { useAddress, useSetAddress } from '../shell/address.ts'
import { useSession } from '../shell/session.tsx'
import { roleNames } from './access.tsx'

type OwnUser = {
  readonly UserName: string
  readonly DisplayName: string
  readonly Role: string
  readonly HasPassword: boolean
  readonly SecondFactor: boolean
  readonly CreateTime: string
}

/** As the controller asks for. */
const passwordMin = 10

export default function Account() {
  const t = useText()
  const session = useSession()
  const { dialog } = useAddress()
  const setAddress = useSetAddress()
  const answer = useApi<{ readonly User: OwnUser }>('havip', 'GetOwnUser')
  const user = answer.data?.User
  return (
    <Page title={t(['Your account', '我的账号'])} lead={t(['How you sign in, and what you may do here.', '您的登录方式与权限。'])}>
      {answer.error && <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />}
      {!user ? (
        !answer.error && <Loading />
      ) : (
        <>
          <section className="panel panel-body" aria-label={t(['Basic information', '基本信息'])}>
            <Facts
              items={[
                [t(['User name', '用户名']), user.DisplayName ? `${user.UserName} · ${user.DisplayName}` : user.UserName],
                [t(['Role', '角色']), t(roleNames[user.Role] ?? [user.Role, user.Role])],
                [t(['Account', '账号']), <Copyable key="a" text={session.account} />],
                [t(words.created), <When key="c" time={user.CreateTime} />],
                [t(['Signed in until', '会话有效期至']), <When key="e" time={session.expiresAt} />],
              ]}
            />
          </section>
          <div className="columns">
            <PasswordPanel hasPassword={user.HasPassword} />
            <SecondFactorPanel isOn={user.SecondFactor} onBegin={() => setAddress({ dialog: 'second-factor' }, { push: true })} />
          </div>
          <Recovery />
          {dialog === 'second-factor' && <SecondFactor onClose={() => setAddress({ dialog: undefined })} />}
        </>
      )}
    </Page>
  )
}

function PasswordPanel({ hasPassword }: { readonly hasPassword: boolean }) {
  const t = useText()
  const id = useId()
  const { user } = useSession()
  const [old, setOld] = useState('')
  const [fresh, setFresh] = useState('')
  const [again, setAgain] = useState('')
  const change = useChange()
  const short =
    fresh !== '' && fresh.length < passwordMin
      ? t(['{count} characters at least.', '至少 {count} 个字符。'], { count: passwordMin })
      : undefined
  const unlike = again !== '' && again !== fresh ? t(['It is not the same as above.', '两次输入不一致。']) : undefined
  const off =
    hasPassword && old === ''
      ? t(['Enter your present password.', '请输入当前密码。'])
      : fresh === ''
        ? t(['Enter a new password.', '请输入新密码。'])
        : (short ?? (again === '' ? t(['Enter the new password once more.', '请再次输入新密码。']) : unlike))
  const save = (): void =>
    change.mutate(['havip', 'ChangePassword', { OldPassword: hasPassword ? old : undefined, NewPassword: fresh }], {
      onSuccess: () => {
        setOld('')
        setFresh('')
        setAgain('')
      },
    })
  const field = (
    name: string,
    label: string,
    value: string,
    set: (next: string) => void,
    complete: string,
    wrong?: string,
    help?: string,
  ) => (
    <Field label={label} htmlFor={`${id}-${name}`} wrong={wrong} help={help}>
      <input
        id={`${id}-${name}`}
        className="input"
        type="password"
        autoComplete={complete}
        value={value}
        aria-invalid={wrong !== undefined}
        onChange={(event) => {
          change.reset()
          set(event.target.value)
        }}
      />
    </Field>
  )
  return (
    <Panel
      title={t(['Password', '密码'])}
      hint={hasPassword ? t(['Changing it ends your other sessions', '修改后其他会话将退出']) : t(['You have none yet', '尚未设置密码'])}
    >
      <form
        className="panel-body dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (off === undefined && !change.isPending) save()
        }}
      >
        {/* Password managers want to know whose it is. */}
        <input type="text" autoComplete="username" value={user} readOnly hidden />
        {hasPassword && field('old', t(['Present password', '当前密码']), old, setOld, 'current-password')}
        {field(
          'new',
          t(['New password', '新密码']),
          fresh,
          setFresh,
          'new-password',
          short,
          t(['{count} characters at least.', '至少 {count} 个字符。'], { count: passwordMin }),
        )}
        {field('again', t(['New password once more', '确认新密码']), again, setAgain, 'new-password', unlike)}
        {change.error && <FaultNote error={change.error} />}
        {change.isSuccess && (
          <div className="note good" role="status">
            <Mark tone="good" />
            <p>{t(['Your password is changed; your other sessions have ended.', '密码已修改，其他会话已退出。'])}</p>
          </div>
        )}
        <div className="actions">
          <WhyButton type="primary" htmlType="submit" changes={false} off={off} loading={change.isPending}>
            {hasPassword ? t(['Change password', '修改密码']) : t(['Set password', '设置密码'])}
          </WhyButton>
        </div>
      </form>
    </Panel>
  )
}

function SecondFactorPanel({ isOn, onBegin }: { readonly isOn: boolean; readonly onBegin: () => void }) {
  const t = useText()
  return (
    <Panel title={t(['Second factor', '二次验证'])} hint={t(['A code of your phone, beside the password', '密码之外，还需手机验证码'])}>
      <div className="panel-body stack" style={{ gap: 16, justifyItems: 'start' }}>
        <Mark tone={isOn ? 'good' : 'off'}>{isOn ? t(['On', '已开启']) : t(['Off', '未开启'])}</Mark>
        <p className="quiet">
          {isOn
            ? t([
                'When you sign in with your password, the six digits of your authenticator app are asked for too.',
                '使用密码登录时，还需输入验证器应用中的六位数字。',
              ])
            : t([
                'Whoever learns your password still cannot sign in. Any authenticator app that does TOTP will do.',
                '即使密码泄露，他人也无法登录。支持 TOTP 的验证器应用均可使用。',
              ])}
        </p>
        <WhyButton
          type={isOn ? 'default' : 'primary'}
          changes={false}
          off={
            isOn
              ? t(['It is on. An administrator can turn it off, for a device that was lost.', '已开启。如设备丢失，可由管理员关闭。'])
              : undefined
          }
          onClick={onBegin}
        >
          {t(['Set up the second factor', '设置二次验证'])}
        </WhyButton>
      </div>
    </Panel>
  )
}

function SecondFactor({ onClose }: { readonly onClose: () => void }) {
  const t = useText()
  const id = useId()
  const begin = useChange<{ readonly Secret: string; readonly Uri: string }>()
  const confirm = useChange()
  const [code, setCode] = useState('')
  const { data } = begin
  const isCode = /^\d{6}$/.test(code.trim())
  return (
    <Dialog
      title={t(['Set up the second factor', '设置二次验证'])}
      isOpen
      onClose={onClose}
      isBusy={begin.isPending || confirm.isPending}
      error={begin.error ?? confirm.error}
      okText={data ? t(['Turn on', '开启']) : t(['Make a key', '生成密钥'])}
      changes={false}
      off={data && !isCode ? t(['Enter the six digits that the app shows.', '请输入应用显示的六位数字。']) : undefined}
      onOk={() =>
        data
          ? confirm.mutate(['havip', 'ConfirmSecondFactor', { Code: code.trim() }], { onSuccess: onClose })
          : begin.mutate(['havip', 'BeginSecondFactor', {}])
      }
    >
      {!data ? (
        <p>
          {t([
            'A key is made for your authenticator app. Nothing changes until you have confirmed it with a code.',
            '将为您的验证器应用生成密钥；在使用验证码确认之前不会生效。',
          ])}
        </p>
      ) : (
        <>
          <ol className="steps-text">
            <li>
              {t(['Scan this picture with your authenticator app, or type the key in.', '使用验证器应用扫描二维码，或手动输入密钥。'])}
            </li>
            <li>{t(['Enter the six digits that the app shows then.', '输入应用随后显示的六位数字。'])}</li>
          </ol>
          <div className="qr">
            <QrPicture text={data.Uri} label={t(['Picture of the key for your authenticator app', '验证器应用密钥二维码'])} />
            <div className="stack" style={{ gap: 8 }}>
              <span className="quiet small">{t(['Key', '密钥'])}</span>
              <Copyable text={data.Secret}>
                <span className="mono qr-key">{data.Secret.replace(/.{4}(?=.)/g, '$& ')}</span>
              </Copyable>
            </div>
          </div>
          <Field label={t(['One-time code', '一次性验证码'])} htmlFor={`${id}-code`}>
            <input
              id={`${id}-code`}
              className="input mono"
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={7}
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          </Field>
        </>
      )}
    </Dialog>
  )
}

function Recovery() {
  const t = useText()
  const { role } = useSession()
  return (
    <Panel title={t(['When something is lost', '丢失时的恢复方式'])}>
      <ul className="panel-body recovery">
        <li>
          <strong>{t(['Password', '密码'])}</strong>
          <span className="quiet">
            {t([
              'An administrator gives you a sign-in link under Keys and users; it works once, and then you set a new password here.',
              '管理员可在“密钥与用户”中为您生成一次性登录链接，登录后在此设置新密码。',
            ])}
          </span>
        </li>
        <li>
          <strong>{t(['Device with the second factor', '二次验证设备'])}</strong>
          <span className="quiet">
            {t([
              'An administrator turns your second factor off there; then you set it up anew.',
              '管理员可在同一页面关闭您的二次验证，之后重新设置。',
            ])}
          </span>
        </li>
        <li>
          <strong>{t(['Everything, as the only administrator', '唯一管理员丢失全部凭据'])}</strong>
          <span className="quiet">
            {t([
              'On the controller’s machine, with its credentials file, this gives a sign-in link:',
              '在控制器所在机器上使用其凭据文件执行以下命令，可获得登录链接：',
            ])}{' '}
            <code className="mono small">havip api CreateSigninLink</code>
          </span>
        </li>
      </ul>
      {role === 'administrator' && (
        <p className="panel-foot">
          <PageLink to="/access">{t(['Keys and users', '密钥与用户'])}</PageLink>
        </p>
      )}
    </Panel>
  )
}
