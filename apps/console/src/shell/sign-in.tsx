// Signing in: a name and a password, with a one-time code where it is switched on. One-time links come here only when they fail.
import { Button } from 'antd'
import { useEffect, useState } from 'react'
import { type Session, signIn } from '../api/client.ts'
import { useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Brand } from './brand.tsx'
import { PreferenceButtons } from './preference-buttons.tsx'

export function SignIn({ problem, onSignedIn }: { readonly problem?: unknown; readonly onSignedIn: (session: Session) => void }) {
  const t = useText()
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [totp, setTotp] = useState('')
  const [hasTotp, setHasTotp] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(problem)
  useEffect(() => {
    document.title = t(['Sign in · havip', '登录 · havip'])
  }, [t])
  const submit = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      onSignedIn(await signIn({ user, password, ...(totp !== '' && { totp: totp.replaceAll(' ', '') }) }))
    } catch (fault) {
      setError(fault)
      setBusy(false)
    }
  }
  return (
    <div className="signin">
      <aside className="signin-story">
        <Brand inverse />
        <Story />
        <div>
          <p className="headline" style={{ color: 'inherit', margin: 0 }}>
            {t(['One address. Two machines. One service.', '一个地址，两台机器，一项服务。'])}
          </p>
          <p>
            {t([
              'A service survives the loss of its machine, because its IP address moves to the other one.',
              '当一台机器失效时，IP 地址切换到另一台，服务得以继续。',
            ])}
          </p>
        </div>
      </aside>
      <main className="signin-form">
        <div className="signin-tools">
          <PreferenceButtons />
        </div>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (!isBusy) void submit()
          }}
        >
          <h1>{t(['Log on to the console', '登录控制台'])}</h1>
          <div className="field">
            <label htmlFor="user">{t(['User name', '用户名'])}</label>
            <input
              id="user"
              className="input"
              autoComplete="username"
              required
              value={user}
              onChange={(event) => setUser(event.target.value)}
            />
          </div>
          <div className="field">
            <label htmlFor="password">{t(['Password', '密码'])}</label>
            <input
              id="password"
              className="input"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </div>
          {hasTotp ? (
            <div className="field">
              <label htmlFor="totp">{t(['One-time code', '一次性验证码'])}</label>
              <input
                id="totp"
                className="input mono"
                inputMode="numeric"
                autoComplete="one-time-code"
                maxLength={8}
                value={totp}
                onChange={(event) => setTotp(event.target.value)}
              />
            </div>
          ) : (
            <button type="button" className="link-button" onClick={() => setHasTotp(true)}>
              {t(['Use a one-time code too', '同时使用一次性验证码'])}
            </button>
          )}
          {error !== undefined && <FaultNote error={error} />}
          <Button type="primary" size="large" htmlType="submit" loading={isBusy}>
            {t(['Log on', '登录'])}
          </Button>
        </form>
      </main>
    </div>
  )
}

/** Two machines and an address that has moved: the product in one picture. */
function Story() {
  return (
    <svg className="story" viewBox="0 0 420 220" width="420" style={{ maxWidth: '100%' }} fill="none" aria-hidden="true">
      <path d="M84 138C110 40 310 40 336 132" stroke="#a78bfa" strokeWidth="1.5" strokeDasharray="3 6" />
      <path d="M336 132l-9-8m9 8 5-11" stroke="#a78bfa" strokeWidth="1.5" />
      <rect x="24" y="150" width="120" height="56" rx="8" stroke="#4b515f" strokeWidth="1.5" strokeDasharray="4 4" />
      <rect x="276" y="150" width="120" height="56" rx="8" fill="#20242c" stroke="#8d94a3" strokeWidth="1.5" />
      <path d="M144 178h132" stroke="#4b515f" strokeWidth="1.5" />
      <path d="m84 131 7 7-7 7-7-7z" stroke="#6b7280" strokeWidth="1.5" />
      <path d="m336 134 9 9-9 9-9-9z" fill="#a78bfa" />
      <path d="m52 172 12 12m0-12-12 12" stroke="#7d8494" strokeWidth="2" strokeLinecap="round" />
      <circle cx="306" cy="178" r="6" fill="#4cc38a" />
      <rect x="74" y="173" width="50" height="3" rx="1.5" fill="#3b414d" />
      <rect x="74" y="181" width="34" height="3" rx="1.5" fill="#3b414d" />
      <rect x="322" y="173" width="54" height="3" rx="1.5" fill="#6b7280" />
      <rect x="322" y="181" width="38" height="3" rx="1.5" fill="#565d6b" />
    </svg>
  )
}
