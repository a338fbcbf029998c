// Who may call: users, what they prove themselves with, and the policies attached to them. Rows of the store.
import type { WallTime } from '@havip/base'
import type { AccountId } from '@havip/vpc'

/** What a caller may do before policies are asked. `restricted`: nothing but what a policy allows. */
export type Role = 'administrator' | 'operator' | 'viewer' | 'restricted'
export const roles: readonly Role[] = ['administrator', 'operator', 'viewer', 'restricted']

/** A password as it is kept: the parameters with it, so that they may grow and old ones still count. */
export type PasswordHash = {
  readonly scheme: 'scrypt'
  /** N: cost in time and memory, a power of two. */
  readonly cost: number
  readonly blockSize: number
  readonly parallelization: number
  /** Base64, as is `hash`. */
  readonly salt: string
  readonly hash: string
}

export type SecondFactor = {
  /** The shared secret in Base32, sealed. */
  readonly sealed: string
  /** False until a code has been given once: only then it is asked for. */
  readonly isConfirmed: boolean
  /** The time step of the last code that was taken: each code counts once. */
  readonly lastStep: number
}

export type User = {
  /** `u-…` */
  readonly id: string
  readonly account: AccountId
  readonly createdAt: WallTime
  /** Lower-case letters, digits, dot, hyphen, underscore; one of a kind in the account. */
  readonly name: string
  readonly displayName: string
  readonly role: Role
  readonly isDisabled: boolean
  /** Undefined: no password; a one-time link or an access key is the way in. */
  readonly password: PasswordHash | undefined
  readonly secondFactor: SecondFactor | undefined
  /** Names of the policies attached. */
  readonly policies: readonly string[]
}

/** What a temporary key adds: it works only with its token, until it expires, within its own role and policy. */
export type TemporaryKey = {
  readonly sealedToken: string
  readonly expiresAt: WallTime
  readonly role: Role
  /** Name that the caller gave to it, for the audit. */
  readonly sessionName: string
  /** JSON of a policy document that narrows what the role allows. */
  readonly policy: string | undefined
}

export type AccessKey = {
  /** `LTAI…`, or `STS.…` of a temporary one. */
  readonly id: string
  readonly account: AccountId
  readonly createdAt: WallTime
  /** Id of the user it belongs to; role and policies are the user's. */
  readonly user: string
  readonly sealedSecret: string
  readonly isActive: boolean
  readonly temporary: TemporaryKey | undefined
}

/** A signed-in browser. */
export type Session = {
  /** SHA-256 of the cookie's value in hex: whoever reads the store can't sign in with it. */
  readonly id: string
  readonly account: AccountId
  readonly createdAt: WallTime
  readonly user: string
  readonly from: string
  readonly expiresAt: WallTime
  /** Written anew from time to time, not at each call. */
  readonly seenAt: WallTime
  readonly isSecondFactorProved: boolean
}

/** A link that signs in once. */
export type SigninLink = {
  /** SHA-256 of the token in hex. */
  readonly id: string
  readonly account: AccountId
  readonly createdAt: WallTime
  readonly user: string
  readonly expiresAt: WallTime
}

export type Policy = {
  /** `ACCOUNT/NAME` */
  readonly id: string
  readonly account: AccountId
  readonly createdAt: WallTime
  readonly updatedAt: WallTime
  readonly name: string
  readonly description: string
  /** JSON as it was given; it was read without fault. */
  readonly document: string
}
