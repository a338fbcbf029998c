// Proof by session: the console's cookie, and with it a token that other sites' pages cannot know.
import { ok } from '@havip/base'
import type { IdentityService } from '@havip/vpc-service'
import type { Authenticator, Identity } from './authenticate.ts'
import { refuse } from './fault.ts'
import type { ApiRequest } from './http.ts'

export const sessionCookie = 'havip_session'
export const csrfHeader = 'x-havip-csrf'

export type SessionParts = {
  readonly identity: Pick<IdentityService, 'directory' | 'touch'>
  /** Lower-case hex. */
  readonly sha256: (text: string) => string
  readonly timingSafeEqual: (a: Uint8Array, b: Uint8Array) => boolean
  /** False only where nothing is changed and no header can be sent: the event stream. */
  readonly needsCsrfToken: boolean
}

/** The value of the cookie; undefined: there is none. */
export function sessionToken(headers: ApiRequest['headers']): string | undefined {
  for (const pair of (headers.get('cookie') ?? '').split(';')) {
    const [name, value] = pair.trim().split('=')
    if (name === sessionCookie && value !== undefined && /^[\w-]{20,100}$/.test(value)) return value
  }
  return undefined
}

/** Follows from the cookie's value, and tells nothing of it. */
export const csrfTokenOf = (token: string, sha256: SessionParts['sha256']): string => sha256(`csrf ${token}`).slice(0, 40)

/** Refuses what has no session with 401: the console then asks to sign in. */
export function sessionAuthenticator(parts: SessionParts): Authenticator {
  const bytes = new TextEncoder()
  return async ({ request }) => {
    const token = sessionToken(request.headers)
    const held = token === undefined ? undefined : await parts.identity.directory.sessionHolder(token)
    if (token === undefined || !held) return refuse(401, 'InvalidSession', 'Sign in first: there is no session, or it has ended.')
    const given = bytes.encode(request.headers.get(csrfHeader) ?? '')
    if (parts.needsCsrfToken && !parts.timingSafeEqual(given, bytes.encode(csrfTokenOf(token, parts.sha256)))) {
      return refuse(403, 'InvalidCsrfToken', `The header ${csrfHeader} does not hold the token of this session.`)
    }
    await parts.identity.touch(held.session)
    const identity: Identity = {
      account: held.user.account,
      kind: 'session',
      principal: held.user.name,
      user: held.user.name,
      role: held.user.role,
      grants: held.grants,
      isTemporary: false,
      isSecondFactorProved: held.session.isSecondFactorProved,
      session: held.session.id,
    }
    return ok(identity)
  }
}
