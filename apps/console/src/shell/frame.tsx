// The frame around every page: top navigation bar with region, language, appearance, account; left-side pane; the page.
import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { signOut } from '../api/client.ts'
import { useStream } from '../api/events.ts'
import { useRegions } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Loading, PageLink } from '../parts/page.tsx'
import { formatAge } from '../parts/time.tsx'
import { words } from '../parts/words.ts'
import { FirstRegion, useAddress, useRegion, useSetAddress } from './address.ts'
import { Brand } from './brand.tsx'
import { navigation } from './navigation.tsx'
import { PreferenceButtons } from './preference-buttons.tsx'
import { useSession } from './session.tsx'

const Guide = lazy(() => import('../pages/guide.tsx'))

export function Frame() {
  const t = useText()
  const { guide } = useAddress()
  const [isMenuOpen, setMenuOpen] = useState(false)
  const regions = useRegions()
  const first = regions.data?.Regions.Region[0]?.RegionId
  const closeMenu = (): void => setMenuOpen(false)
  if (first === undefined)
    return (
      <div className="main">{regions.error ? <FaultNote error={regions.error} onRetry={() => void regions.refetch()} /> : <Loading />}</div>
    )
  return (
    <FirstRegion value={first}>
      <a className="skip" href="#main">
        {t(['Go to the page', '跳到主要内容'])}
      </a>
      <div className={guide === undefined ? 'frame' : 'frame guided'}>
        <header className="bar">
          <button
            type="button"
            className="bar-button menu-button"
            aria-expanded={isMenuOpen}
            aria-label={t(['Navigation', '导航'])}
            onClick={() => setMenuOpen(!isMenuOpen)}
          >
            <svg
              width="18"
              height="18"
              viewBox="0 0 18 18"
              stroke="currentColor"
              strokeWidth="1.6"
              strokeLinecap="round"
              aria-hidden="true"
            >
              <path d={isMenuOpen ? 'm4 4 10 10m0-10L4 14' : 'M2.5 5h13m-13 4h13m-13 4h13'} />
            </svg>
          </button>
          <PageLink to="/" className="brand-link" onClick={closeMenu} label={t(['havip, overview', 'havip，概览'])}>
            <Brand />
          </PageLink>
          <RegionField regions={regions.data?.Regions.Region ?? []} />
          <span className="spring" />
          <Connection />
          <GuideButton />
          <PreferenceButtons />
          <Account />
        </header>
        <nav className={isMenuOpen ? 'nav open' : 'nav'} aria-label={t(['Navigation', '导航'])}>
          {navigation.map((group) => (
            <div key={group.text[0]} className="nav-group">
              <span>{t(group.text)}</span>
              <ul>
                {group.entries.map((entry) => (
                  <li key={entry.to}>
                    <PageLink to={entry.to} onClick={closeMenu}>
                      {entry.icon}
                      {t(entry.text)}
                    </PageLink>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <main className="main" id="main">
          <LostNote />
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
        {guide !== undefined && (
          <Suspense fallback={null}>
            <Guide />
          </Suspense>
        )}
      </div>
    </FirstRegion>
  )
}

function RegionField({ regions }: { readonly regions: readonly { readonly RegionId: string; readonly LocalName: string }[] }) {
  const t = useText()
  const region = useRegion()
  const setAddress = useSetAddress()
  const isKnown = regions.some(({ RegionId }) => RegionId === region)
  return (
    <label className="bar-field">
      <span>{t(words.region)}</span>
      <select
        className="plain-select"
        aria-label={t(words.region)}
        value={region}
        onChange={(event) => setAddress({ region: event.target.value, page: undefined }, { push: true })}
      >
        {!isKnown && <option value={region}>{region}</option>}
        {regions.map(({ RegionId, LocalName }) => (
          <option key={RegionId} value={RegionId}>
            {LocalName === '' || LocalName === RegionId ? RegionId : `${LocalName} · ${RegionId}`}
          </option>
        ))}
      </select>
    </label>
  )
}

function Connection() {
  const t = useText()
  const { connection } = useStream()
  const shown = {
    live: ['good', t(['Live', '实时'])],
    connecting: ['busy', t(['Connecting', '连接中'])],
    lost: ['warn', t(['Connection lost', '连接已断开'])],
  } as const
  const [tone, text] = shown[connection]
  return (
    <span className="connection" role="status" data-connection={connection} title={text}>
      <Mark tone={tone}>
        <span className="label small">{text}</span>
      </Mark>
    </span>
  )
}

/** A lost connection is said where the eye is, with how old the page is by now. */
function LostNote() {
  const t = useText()
  const { connection, since } = useStream()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (connection !== 'lost') return undefined
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [connection])
  // A restart of the controller takes about a second; only a longer silence is news.
  if (connection !== 'lost' || now - since < 1500) return null
  return (
    <div className="note warn" role="alert" style={{ marginBottom: 24 }}>
      <Mark tone="warn" />
      <p>
        {t(
          [
            'The controller has not been heard for {time}. What you see may be old; it is brought up to date when the connection is back.',
            '已有 {time}未收到控制器的消息，页面内容可能已过时；恢复连接后会自动更新。',
          ],
          { time: formatAge(now - since, t) },
        )}
      </p>
    </div>
  )
}

function GuideButton() {
  const t = useText()
  const { guide } = useAddress()
  const setAddress = useSetAddress()
  return (
    <button
      type="button"
      className="bar-button"
      aria-expanded={guide !== undefined}
      aria-label={t(['Guide', '引导教程'])}
      onClick={() => setAddress({ guide: guide === undefined ? '0' : undefined })}
    >
      <svg
        width="16"
        height="16"
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        <path d="M8 4c-1.5-1.3-3.5-1.5-6-1.500v10c2.5 0 4.5.2 6 1.5 1.5-1.3 3.5-1.5 6-1.500v-10C11.5 2.5 9.5 2.7 8 4Zm0 0v10" />
      </svg>
      <span className="wide">{t(['Guide', '引导教程'])}</span>
    </button>
  )
}

const roles = {
  administrator: ['Administrator', '管理员'],
  operator: ['Operator', '操作员'],
  viewer: ['Viewer', '只读用户'],
  restricted: ['Restricted', '受限用户'],
} as const

function Account() {
  const t = useText()
  const session = useSession()
  const sheet = useRef<HTMLDetailsElement>(null)
  return (
    <details className="account" ref={sheet}>
      <summary className="bar-button" aria-label={t(['Account {user}', '账号 {user}'], { user: session.user })}>
        <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
          <circle cx="8" cy="5.5" r="3" />
          <path d="M2.5 14.500c.6-3 2.8-4 5.5-4s4.9 1 5.5 4" strokeLinecap="round" />
        </svg>
        <span className="wide">{session.user}</span>
      </summary>
      <div className="account-sheet">
        <div className="stack">
          <strong>{session.user}</strong>
          <span className="quiet small">{t(roles[session.role] ?? [session.role, session.role])}</span>
          <span className="quiet small mono">{session.account}</span>
        </div>
        <PageLink to="/account" onClick={() => sheet.current?.removeAttribute('open')}>
          {t(['Your account', '我的账号'])}
        </PageLink>
        <button
          type="button"
          className="bar-button"
          style={{ border: '1px solid var(--line-strong)' }}
          onClick={() => void signOut().catch(() => undefined)}
        >
          {t(['Log off', '退出登录'])}
        </button>
      </div>
    </details>
  )
}
