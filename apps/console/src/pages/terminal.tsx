// A real shell in the instance: the terminal of the page, and the one-time door behind it.
import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal as Screen } from '@xterm/xterm'
import { useEffect, useRef, useState } from 'react'
import { call } from '../api/client.ts'
import type { Instance } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { WhyButton } from '../parts/controls.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Empty } from '../parts/page.tsx'
import { useRegion } from '../shell/address.ts'
import { useSession } from '../shell/session.tsx'

type Offer = { readonly Token: string; readonly Path: string }
type State =
  | { readonly kind: 'opening' | 'open' }
  | { readonly kind: 'ended'; readonly status: number | undefined }
  | { readonly kind: 'failed'; readonly error: unknown }

const colours = { background: '#16181d', foreground: '#e6e8ee', cursor: '#a78bfa', selectionBackground: '#4a3f7a' }

export default function Terminal({ instance }: { readonly instance: Instance }) {
  const t = useText()
  const { role } = useSession()
  if (instance.Status !== 'Running' || role === 'viewer') {
    return (
      <Empty
        title={t(['No terminal now', '暂时无法使用终端'])}
        text={
          role === 'viewer'
            ? t(['Your role is viewer: it may look, not change.', '您的角色是只读用户，不能进行更改。'])
            : t(
                [
                  'The instance is {status}; a terminal needs Running. Start it first.',
                  '实例状态为 {status}，终端需要实例处于运行中，请先启动。',
                ],
                { status: instance.Status },
              )
        }
      />
    )
  }
  return <Connected instance={instance} />
}

function Connected({ instance }: { readonly instance: Instance }) {
  const t = useText()
  const region = useRegion()
  const holder = useRef<HTMLDivElement>(null)
  const [attempt, setAttempt] = useState(0)
  const [state, setState] = useState<State>({ kind: 'opening' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt is a shell of its own.
  useEffect(() => {
    const element = holder.current
    if (!element) return undefined
    setState({ kind: 'opening' })
    const family = getComputedStyle(element).getPropertyValue('--mono')
    const screen = new Screen({
      fontFamily: family,
      fontSize: 13,
      cursorBlink: true,
      theme: colours,
      scrollback: 5_000,
      screenReaderMode: true,
    })
    const fit = new FitAddon()
    screen.loadAddon(fit)
    screen.open(element)
    fit.fit()
    const aborter = new AbortController()
    let socket: WebSocket | undefined
    connect(instance.InstanceId, region, screen, aborter.signal, setState).then(
      (opened) => {
        if (aborter.signal.aborted) opened.close()
        else socket = opened
      },
      (error: unknown) => {
        if (!aborter.signal.aborted) setState({ kind: 'failed', error })
      },
    )
    const observer = new ResizeObserver(() => fit.fit())
    observer.observe(element)
    return () => {
      aborter.abort()
      observer.disconnect()
      socket?.close()
      screen.dispose()
    }
  }, [attempt, instance.InstanceId])
  return (
    <>
      <div className="row" style={{ justifyContent: 'space-between' }} role="status">
        {state.kind === 'open' ? (
          <Mark tone="good">
            {t(['Connected: a shell in {name}', '已连接：{name} 中的终端'], { name: instance.HostName || instance.InstanceId })}
          </Mark>
        ) : state.kind === 'opening' ? (
          <Mark tone="busy">{t(['Connecting', '连接中'])}</Mark>
        ) : (
          <Mark tone="off">
            {state.kind === 'ended' && state.status !== undefined
              ? t(['The shell has ended with status {status}.', '终端已结束，退出状态 {status}。'], { status: state.status })
              : t(['The connection has ended.', '连接已断开。'])}
          </Mark>
        )}
        {(state.kind === 'ended' || state.kind === 'failed') && (
          <WhyButton onClick={() => setAttempt(attempt + 1)}>{t(['Connect again', '重新连接'])}</WhyButton>
        )}
      </div>
      {state.kind === 'failed' && <FaultNote error={state.error} />}
      <div className="shell-frame">
        <div ref={holder} />
      </div>
    </>
  )
}

async function connect(
  instance: string,
  region: string,
  screen: Screen,
  signal: AbortSignal,
  tell: (state: State) => void,
): Promise<WebSocket> {
  const offer = await call<Offer>('havip', 'CreateShellSession', { RegionId: region, InstanceId: instance }, signal)
  const url = new URL(offer.Path, location.href)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = new URLSearchParams({ token: offer.Token, columns: String(screen.cols), rows: String(screen.rows) }).toString()
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  const encoder = new TextEncoder()
  let status: number | undefined
  socket.addEventListener('open', () => {
    tell({ kind: 'open' })
    screen.focus()
  })
  socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) => {
    if (typeof data !== 'string') return screen.write(new Uint8Array(data))
    const message = JSON.parse(data) as { readonly exit?: number }
    if (typeof message.exit === 'number') status = message.exit
  })
  socket.addEventListener('close', () => {
    if (!signal.aborted) tell({ kind: 'ended', status })
  })
  screen.onData((text) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(encoder.encode(text))
  })
  screen.onBinary((text) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(Uint8Array.from(text, (character) => character.charCodeAt(0)))
  })
  screen.onResize(({ cols, rows }) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ columns: cols, rows }))
  })
  return socket
}
