// Who is calling: the seam between the door and the proofs it accepts: access keys, and the console's sessions.
import type { Result } from '@havip/base'
import type { AccountId } from '@havip/vpc'
import type { Grant, IdentityService, Role } from '@havip/vpc-service'
import type { RequestFault } from './fault.ts'
import type { Parameters } from './form.ts'
import type { ApiRequest } from './http.ts'

/** Somebody who has proved who it is. */
export type Identity = {
  readonly account: AccountId
  readonly kind: 'access-key' | 'session'
  /** The access key's id, or a user's name: what the audit log shows. */
  readonly principal: string
  /** Name of the user behind it. */
  readonly user: string
  /** The user's own, whatever a temporary key narrows. */
  readonly role: Role
  /** All of them have to allow a call. */
  readonly grants: readonly Grant[]
  /** A temporary key: it may not make itself another way in. */
  readonly isTemporary: boolean
  readonly isSecondFactorProved: boolean
  /** Id of the session; undefined: it was no session. */
  readonly session: string | undefined
}

/** A request that has been taken apart and not yet been trusted. */
export type Claim = {
  readonly request: ApiRequest
  readonly parameters: Parameters
  readonly action: string
  readonly version: string
}

/** Undefined: this proof is not the one that the request offers; the next authenticator is asked. */
export type Authenticator = (claim: Claim, nowMs: number) => Promise<Result<Identity, RequestFault> | undefined>

export type AccessKey = {
  readonly id: string
  readonly secret: string
  readonly account: AccountId
  readonly user: string
  readonly role: Role
  readonly grants: readonly Grant[]
  readonly active: boolean
  /** A temporary key works only together with its token, and until it expires. */
  readonly temporary?: { readonly token: string; readonly expiresAtMs: number }
}

/** Finds a key by its id. Called once a request; may be slow, so an implementation caches. */
export type AccessKeys = { find(id: string): Promise<AccessKey | undefined> }

/** Whether who was let in a while ago would be let in now with the same rights. Else it has to prove itself anew. */
export async function isStill(identity: Identity, { directory }: Pick<IdentityService, 'directory'>, nowMs: number): Promise<boolean> {
  const held =
    identity.session === undefined ? await directory.keyHolder(identity.principal) : await directory.sessionById(identity.session)
  if (!held || held.user.isDisabled || JSON.stringify(held.grants) !== JSON.stringify(identity.grants)) return false
  return !('key' in held) || (held.key.isActive && (held.key.temporary?.expiresAt ?? Number.POSITIVE_INFINITY) > nowMs)
}

/** The keys of the store. A key counts only while its user does. */
export const accessKeysOf = (identity: Pick<IdentityService, 'directory'>): AccessKeys => ({
  find: async (id) => {
    const held = await identity.directory.keyHolder(id)
    if (!held) return undefined
    const { key, user, grants, secret, token } = held
    return {
      id: key.id,
      secret,
      account: key.account,
      user: user.name,
      role: user.role,
      grants,
      active: key.isActive && !user.isDisabled,
      ...(key.temporary && token !== undefined && { temporary: { token, expiresAtMs: key.temporary.expiresAt } }),
    }
  },
})
