// The controller's event stream: what changed, as it happens, and whether we are still being told.
import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'

export type ChangeKind = 'resource' | 'owner' | 'drop' | 'test' | 'audit'
export type Change = {
  readonly id: string
  readonly at: string
  readonly kind: ChangeKind
  readonly resource?: { readonly type: string; readonly id: string }
  readonly text: string
}
export type Connection = 'connecting' | 'live' | 'lost'

/** The last ones are kept for the page of events. */
const changesMax = 500
const retryMs = 2_000
/** Changes come in bursts; one question after a burst is enough. */
const settleMs = 120

type Stream = { readonly connection: Connection; readonly since: number; readonly changes: readonly Change[] }

let state: Stream = { connection: 'connecting', since: Date.now(), changes: [] }
const listeners = new Set<() => void>()
function set(change: Partial<Stream>): void {
  state = { ...state, ...change }
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
export const useStream = (): Stream => useSyncExternalStore(subscribe, () => state)

/** Which actions' answers a change makes old. */
const touched: Readonly<Record<ChangeKind, RegExp>> = {
  resource: /./,
  owner: /HaVip|DaemonStatus|DescribeEvents/,
  drop: /PortDrops|DescribeEvents/,
  test: /HaVipTest|DescribeEvents/,
  audit: /AuditEvents|DescribeEvents/,
}

/** Files are read by running scripts, which is itself a change: they are read again when somebody asks for it only. */
export const isAnswer = (key: readonly unknown[]): boolean => key[0] !== 'file'

/** Listens until the returned function is called. */
export function openStream(queries: QueryClient): () => void {
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let settling: ReturnType<typeof setTimeout> | undefined
  const pending = new Set<ChangeKind>()
  let isClosed = false

  const refresh = (): void => {
    settling = undefined
    const kinds = [...pending]
    pending.clear()
    void queries.invalidateQueries({
      predicate: ({ queryKey }) => isAnswer(queryKey) && kinds.some((kind) => touched[kind].test(String(queryKey[1] ?? ''))),
    })
  }
  const note = (kind: ChangeKind): void => {
    pending.add(kind)
    settling ??= setTimeout(refresh, settleMs)
  }
  const setConnection = (connection: Connection): void => {
    if (state.connection === connection) return
    // What happened in between was not heard, so everything is asked for again.
    if (connection === 'live' && state.connection === 'lost')
      void queries.invalidateQueries({ predicate: ({ queryKey }) => isAnswer(queryKey) })
    set({ connection, since: Date.now() })
  }
  const open = (): void => {
    source = new EventSource('/events')
    source.addEventListener('open', () => setConnection('live'))
    source.addEventListener('hello', () => setConnection('live'))
    source.addEventListener('change', (event) => {
      const change = readChange(event.data)
      if (!change) return
      if (state.changes[0]?.id !== change.id) set({ changes: [change, ...state.changes].slice(0, changesMax) })
      note(change.kind)
    })
    source.addEventListener('error', () => {
      setConnection('lost')
      // The browser gives up for good when the answer is no stream.
      if (source?.readyState === EventSource.CLOSED && !isClosed) retry = setTimeout(open, retryMs)
    })
  }
  open()
  return () => {
    isClosed = true
    source?.close()
    clearTimeout(retry)
    clearTimeout(settling)
    set({ connection: 'connecting', since: Date.now(), changes: [] })
  }
}

function readChange(data: unknown): Change | undefined {
  try {
    const value = JSON.parse(String(data)) as Change
    return value.kind in touched ? { ...value, id: String(value.id) } : undefined
  } catch {
    return undefined
  }
}
