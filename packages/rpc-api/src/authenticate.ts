// Who is calling: the seam between the door and the proofs it accepts. Access keys are one; console sessions will be another.
import type { Result } from '@havip/base'
import type { AccountId } from '@havip/vpc'
import type { RequestFault } from './fault.ts'
import type { Parameters } from './form.ts'
import type { ApiRequest } from './http.ts'

/** What a caller may do without a policy of its own. */
export type Role = 'administrator' | 'operator' | 'viewer'

/** Somebody who has proved who it is. */
export type Identity = {
  readonly account: AccountId
  readonly kind: 'access-key' | 'session'
  /** The access key's id, or a user's name: what the audit log shows. */
  readonly principal: string
  readonly role: Role
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
  readonly role: Role
  readonly active: boolean
  /** A temporary key works only together with its token, and until it expires. */
  readonly temporary?: { readonly token: string; readonly expiresAtMs: number }
}

/** Finds a key by its id. Called once a request; may be slow, so an implementation caches. */
export type AccessKeys = { find(id: string): Promise<AccessKey | undefined> }
