// Signing in to the console, by password or one-time link; who is signed in; signing out. The cookie is for our own pages only.

import { csrfHeader, csrfTokenOf, sessionCookie, sessionToken, type Throttle, tokenBuckets } from '@havip/rpc-api'
import type { ApiFault } from '@havip/vpc'
import type { Caller, IdentityService, SessionHolder, Vault } from '@havip/vpc-service'
import { answerJson, isForeign, newRequestId, readBody, requestOf, type Web } from './web.ts'

export type SessionDoorParts = {
  readonly identity: IdentityService
  readonly vault: Vault
  /** True: the cookie goes over TLS only. */
  readonly isSecure: boolean
  readonly now: () => number
  /** Told how each try to sign in ended: `OK` or a code. */
  readonly tried: (outcome: string) => void
}
export type SessionDoor = (web: Web) => Promise<Response>

const bodyBytesMax = 4096
/** Tries to sign in: from one address, and for one user from anywhere. Those who know their password need few. */
const perAddress = { perSecond: 1 / 3, burst: 20 }
const perUser = { perSecond: 1 / 3, burst: 60 }

type Attempt = {
  readonly user?: unknown
  readonly password?: unknown
  readonly totp?: unknown
  readonly token?: unknown
}

export function openSessionDoor(parts: SessionDoorParts): SessionDoor {
  const addresses = tokenBuckets(perAddress)
  const users = tokenBuckets(perUser)
  return async (web) => {
    if (isForeign(web)) return refuse({ status: 403, code: 'ForeignOrigin', message: 'Only pages of this address may do this.' })
    switch (web.req.method) {
      case 'POST':
        return signIn(web, parts, addresses, users)
      case 'GET':
        return show(await holderOf(web, parts), parts)
      case 'DELETE':
        return signOut(web, parts)
      default:
        return refuse({ status: 405, code: 'UnsupportedHTTPMethod', message: 'Use GET, POST or DELETE.' })
    }
  }
}

async function signIn(web: Web, parts: SessionDoorParts, addresses: Throttle, users: Throttle): Promise<Response> {
  const attempt = await readAttempt(web)
  if (!attempt) return refuse({ status: 400, code: 'InvalidParameter', message: 'The body is JSON: {user, password, totp} or {token}.' })
  const origin = { from: requestOf(web).remote, requestId: newRequestId() }
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const isLink = typeof attempt.token === 'string'
  const waitMs =
    addresses.take(origin.from, parts.now()) ?? (isLink ? undefined : users.take(text(attempt.user).toLowerCase(), parts.now()))
  if (waitMs !== undefined) {
    const seconds = Math.ceil(waitMs / 1000)
    parts.tried('Throttling')
    const fault = { status: 429, code: 'Throttling', message: `Too many tries; the next one is let through in ${seconds} s.` }
    return refuse(fault, { 'retry-after': String(seconds) })
  }
  const signedIn = isLink
    ? await parts.identity.signInByLink(origin, { token: text(attempt.token) })
    : await parts.identity.signIn(origin, {
        user: text(attempt.user),
        password: text(attempt.password),
        code: text(attempt.totp) || undefined,
      })
  parts.tried(signedIn.ok ? 'OK' : signedIn.fault.code)
  if (!signedIn.ok) return refuse(signedIn.fault)
  const { token, session, user } = signedIn.value
  const maxAge = Math.floor((session.expiresAt - parts.now()) / 1000)
  return show({ token, held: { session, user, grants: [] } }, parts, { 'set-cookie': cookie(token, maxAge, parts.isSecure) })
}

async function signOut(web: Web, parts: SessionDoorParts): Promise<Response> {
  const found = await holderOf(web, parts)
  const gone = { 'set-cookie': cookie('', 0, parts.isSecure) }
  if (!found) return answerJson(200, {}, gone)
  if (web.req.header(csrfHeader) !== csrfTokenOf(found.token, parts.vault.sha256)) {
    return refuse({ status: 403, code: 'InvalidCsrfToken', message: `The header ${csrfHeader} does not hold the token of this session.` })
  }
  const { user, session } = found.held
  const caller: Caller = { account: user.account, kind: 'session', name: user.name, from: requestOf(web).remote, requestId: newRequestId() }
  const ended = await parts.identity.signOut(caller, session.id)
  return ended.ok ? answerJson(200, {}, gone) : refuse(ended.fault)
}

type Found = { readonly token: string; readonly held: SessionHolder }

async function holderOf(web: Web, parts: SessionDoorParts): Promise<Found | undefined> {
  const token = sessionToken(requestOf(web).headers)
  const held = token === undefined ? undefined : await parts.identity.directory.sessionHolder(token)
  return token !== undefined && held ? { token, held } : undefined
}

function show(found: Found | undefined, parts: SessionDoorParts, more: Readonly<Record<string, string>> = {}): Response {
  if (!found) return refuse({ status: 401, code: 'InvalidSession', message: 'There is no session, or it has ended.' })
  const { session, user } = found.held
  return answerJson(
    200,
    {
      account: user.account,
      user: user.name,
      displayName: user.displayName,
      role: user.role,
      hasPassword: user.password !== undefined,
      secondFactor: user.secondFactor?.isConfirmed ?? false,
      csrf: csrfTokenOf(found.token, parts.vault.sha256),
      expiresAt: new Date(session.expiresAt).toISOString(),
    },
    more,
  )
}

/** JSON only: a form of another site cannot send that without asking first. */
async function readAttempt(web: Web): Promise<Attempt | undefined> {
  const { incoming } = web.env
  if (!(incoming.headers['content-type'] ?? '').toLowerCase().startsWith('application/json')) return undefined
  const body = await readBody(incoming, bodyBytesMax)
  if (body === 'too-long') return undefined
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const cookie = (token: string, maxAgeSeconds: number, isSecure: boolean): string =>
  `${sessionCookie}=${token}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`

const refuse = ({ status, code, message }: ApiFault, more: Readonly<Record<string, string>> = {}): Response =>
  answerJson(status, { code, message }, more)
