// Who is signed in. Everything else of the console is only there inside a session.
import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useCallback, useEffect, useState } from 'react'
import { ApiError, currentSession, type Session, signIn, whenSignedOut } from '../api/client.ts'
import { openStream } from '../api/events.ts'
import { FirstVisit } from './first-visit.tsx'
import { SignIn } from './sign-in.tsx'

const SessionContext = createContext<Session | undefined>(undefined)

export function useSession(): Session {
  const session = use(SessionContext)
  if (!session) throw new Error('there is no session here')
  return session
}

type State =
  | { readonly kind: 'asking' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'out'; readonly error?: unknown }
  | { readonly kind: 'in'; readonly session: Session }

/** A one-time link ends in `#signin=TOKEN`, which never leaves the browser but for the exchange. */
function takeToken(): string | undefined {
  const token = /^#signin=([\w.~-]{8,512})$/.exec(location.hash)?.[1]
  if (token !== undefined) history.replaceState(null, '', location.pathname + location.search)
  return token
}

async function begin(): Promise<State> {
  const token = takeToken()
  try {
    return { kind: 'in', session: token === undefined ? await currentSession() : await signIn({ token }) }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.code === 'Network') return { kind: 'unreachable' }
    return token === undefined ? { kind: 'out' } : { kind: 'out', error }
  }
}
/** One exchange, however often the page is drawn: the link works once. */
let beginning: Promise<State> | undefined

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<State>({ kind: 'asking' })
  const queries = useQueryClient()
  const ask = useCallback(() => {
    beginning ??= begin()
    void beginning.then((next) => {
      beginning = undefined
      setState(next)
    })
  }, [])
  useEffect(ask, [ask])
  useEffect(() => {
    if (state.kind !== 'unreachable') return undefined
    const timer = setInterval(ask, 2_000)
    return () => clearInterval(timer)
  }, [state.kind, ask])
  useEffect(() => {
    whenSignedOut(() => {
      queries.clear()
      setState({ kind: 'out' })
    })
  }, [queries])
  const isIn = state.kind === 'in'
  useEffect(() => (isIn ? openStream(queries) : undefined), [isIn, queries])

  switch (state.kind) {
    case 'asking':
      return null
    case 'unreachable':
      return <FirstVisit />
    case 'out':
      return <SignIn problem={state.error} onSignedIn={(session) => setState({ kind: 'in', session })} />
    case 'in':
      return <SessionContext value={state.session}>{children}</SessionContext>
  }
}
