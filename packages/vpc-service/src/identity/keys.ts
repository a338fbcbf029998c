// Access keys: made, rotated, disabled, deleted; and temporary ones with a narrower role.
import { fail, ok, type Result, type WallTime, wallTime } from '@havip/base'
import { type AccountId, type ApiFault, apiFault } from '@havip/vpc'
import type { Answer, Caller, Page, Paging } from '../service.ts'
import type { WriteTransaction } from '../store.ts'
import { page } from '../use-cases/parts.ts'
import type { AccessKey, Role, User } from './model.ts'
import { change, type IdentityParts, letters, secretText, userNamed } from './parts.ts'
import { parsePolicy } from './policy-document.ts'

/** Enough to change over from one to the next without a gap, as in the cloud. */
const keysPerUserMax = 5
const temporaryKeysPerUserMax = 1000

export type NewKey = { readonly id: string; readonly secret: string }
export type TemporaryCredentials = NewKey & { readonly token: string; readonly expiresAt: WallTime; readonly role: Role }

/** `owner`: only keys of this user may be touched; undefined: any user's. */
type Touched = { readonly key: string; readonly owner: string | undefined }

export type KeyUseCases = {
  /** The secret is told once, here. */
  createAccessKey(caller: Caller, input: { user: string }): Answer<NewKey>
  /** A new key for the same user in place of this one, which counts no longer. */
  rotateAccessKey(caller: Caller, input: Touched): Answer<NewKey>
  setAccessKeyActive(caller: Caller, input: Touched & { isActive: boolean }): Answer<void>
  deleteAccessKey(caller: Caller, input: Touched): Answer<void>
  listAccessKeys(
    caller: Caller,
    input: { user: string | undefined; paging: Paging },
  ): Answer<Page<AccessKey & { readonly userName: string }>>
  assumeRole(
    caller: Caller,
    input: { user: string; role: Role; sessionName: string; durationSeconds: number; policy: string | undefined },
  ): Answer<TemporaryCredentials>
}

export function keyUseCases(parts: IdentityParts): KeyUseCases {
  return {
    createAccessKey: (caller, input) =>
      change(parts, caller, 'CreateAccessKey', input, async ({ tx, note }) => {
        const user = await userNamed(tx, caller.account, input.user)
        if (!user.ok) return user
        const made = await insertKey(parts, tx, user.value)
        if (made.ok) note(made.value.id)
        return made
      }),
    rotateAccessKey: (caller, input) =>
      change(parts, caller, 'RotateAccessKey', { key: input.key }, async ({ tx, note }) => {
        note(input.key)
        const key = await touchable(parts, tx, caller, input)
        if (!key.ok) return key
        const user = await tx.get('user', key.value.user)
        if (!user) return fail(apiFault('EntityNotExist.User', { name: key.value.user }))
        // The old one first, so that a user with the most keys can rotate too.
        await tx.remove('accessKey', key.value.id)
        const made = await insertKey(parts, tx, user)
        if (made.ok) note(made.value.id)
        return made
      }),
    setAccessKeyActive: (caller, input) =>
      change(parts, caller, 'UpdateAccessKey', { key: input.key, isActive: input.isActive }, async ({ tx, note }) => {
        note(input.key)
        const key = await touchable(parts, tx, caller, input)
        return key.ok ? ok(await tx.update('accessKey', { ...key.value, isActive: input.isActive })) : key
      }),
    deleteAccessKey: (caller, input) =>
      change(parts, caller, 'DeleteAccessKey', { key: input.key }, async ({ tx, note }) => {
        note(input.key)
        const key = await touchable(parts, tx, caller, input)
        return key.ok ? ok(await tx.remove('accessKey', key.value.id)) : key
      }),
    listAccessKeys: (caller, input) =>
      parts.store.read(async (tx) => {
        const user = input.user === undefined ? undefined : await userNamed(tx, caller.account, input.user)
        if (user && !user.ok) return user
        const found = await page(tx, 'accessKey', { is: { account: caller.account, user: user?.value.id } }, input.paging)
        if (!found.ok) return found
        const users = await tx.entries('user', [...new Set(found.value.items.map((key) => key.user))])
        const names = new Map(users.map(({ row }) => [row.id, row.name]))
        return ok({ ...found.value, items: found.value.items.map((key) => ({ ...key, userName: names.get(key.user) ?? '' })) })
      }),
    assumeRole: (caller, input) => assumeRole(parts, caller, input),
  }
}

/** In the shape of the cloud's own: `LTAI` and 20 letters and digits; 30 for the secret. */
export async function insertKey(parts: IdentityParts, tx: WriteTransaction, user: User): Promise<Result<NewKey, ApiFault>> {
  const held = await tx.find('accessKey', { is: { user: user.id } })
  if (held.filter(({ row }) => !row.temporary).length >= keysPerUserMax) {
    return fail(apiFault('LimitExceeded.User.AccessKey', { max: keysPerUserMax }))
  }
  const id = `LTAI${letters(parts.entropy, 20)}`
  const secret = letters(parts.entropy, 30)
  const key: AccessKey = {
    id,
    account: user.account,
    createdAt: parts.clock.wallTime(),
    user: user.id,
    sealedSecret: parts.vault.seal(id, secret),
    isActive: true,
    temporary: undefined,
  }
  await tx.insert('accessKey', key)
  return ok({ id, secret })
}

async function touchable(parts: IdentityParts, tx: WriteTransaction, caller: Caller, input: Touched): Promise<Result<AccessKey, ApiFault>> {
  const missing = fail(apiFault('EntityNotExist.User.AccessKey', { id: input.key.slice(0, 64) }))
  const key = await tx.get('accessKey', input.key)
  if (!key || key.account !== caller.account || (key.temporary && key.temporary.expiresAt <= parts.clock.wallTime())) return missing
  if (input.owner === undefined) return ok(key)
  const owner = await userNamed(tx, caller.account, input.owner)
  return owner.ok && owner.value.id === key.user ? ok(key) : missing
}

function assumeRole(
  parts: IdentityParts,
  caller: Caller,
  input: { user: string; role: Role; sessionName: string; durationSeconds: number; policy: string | undefined },
): Answer<TemporaryCredentials> {
  const { role, sessionName, durationSeconds, policy } = input
  return change(parts, caller, 'AssumeRole', { role, sessionName, durationSeconds, policy }, async ({ tx, note }) => {
    const document = policy === undefined ? undefined : parsePolicy(policy)
    if (document && !document.ok) return fail(apiFault('InvalidParameter.PolicyDocument', { reason: document.fault }))
    const user = await userNamed(tx, caller.account, input.user)
    if (!user.ok) return user
    const held = await tx.count('accessKey', { is: { user: user.value.id } })
    if (held >= temporaryKeysPerUserMax) return fail(apiFault('LimitExceeded.User.AccessKey', { max: temporaryKeysPerUserMax }))
    const id = `STS.${letters(parts.entropy, 24)}`
    const secret = letters(parts.entropy, 44)
    const token = secretText(parts.entropy, 48)
    const now = parts.clock.wallTime()
    const expiresAt = wallTime(now + durationSeconds * 1000)
    note(id)
    await tx.insert('accessKey', {
      id,
      account: user.value.account,
      createdAt: now,
      user: user.value.id,
      sealedSecret: parts.vault.seal(id, secret),
      isActive: true,
      temporary: { sealedToken: parts.vault.seal(`${id} token`, token), expiresAt, role, sessionName, policy },
    })
    return ok({ id, secret, token, expiresAt, role })
  })
}

/** The first start makes one administrator and one key for it. Undefined: there are users already. */
export async function makeFirstKey(parts: IdentityParts, keep: (key: NewKey) => void): Promise<NewKey | undefined> {
  const result = await parts.store.write<NewKey | undefined, ApiFault>(async (tx) => {
    if ((await tx.count('user', {})) > 0) return ok(undefined)
    const user = firstUser(parts.account, parts.clock.wallTime())
    await tx.insert('user', user)
    const key = await insertKey(parts, tx, user)
    // For the person before the commit: were we stopped between the two, the next start makes another pair.
    if (key.ok) keep(key.value)
    return key
  })
  if (!result.ok) throw new Error(result.fault.message)
  return result.value
}

export const firstUserName = 'admin'
const firstUser = (account: AccountId, createdAt: WallTime): User => ({
  id: 'u-00000000000000000001',
  account,
  createdAt,
  name: firstUserName,
  displayName: '',
  role: 'administrator',
  isDisabled: false,
  password: undefined,
  secondFactor: undefined,
  policies: [],
})
