// Users: made, changed, disabled and deleted by an administrator; their passwords and second factors.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault, randomText } from '@havip/vpc'
import type { Answer, Caller, Page, Paging } from '../service.ts'
import type { ReadTransaction, WriteTransaction } from '../store.ts'
import { page } from '../use-cases/parts.ts'
import { type Role, roles, type User } from './model.ts'
import { change, type IdentityParts, userNamed } from './parts.ts'
import { checkPassword, hashPassword, isPassword } from './password.ts'
import { checkTotp, fromBase32, toBase32, totpUri } from './totp.ts'

const usersMax = 1000
const policiesMax = 20

export type CreateUser = {
  readonly name: string
  readonly displayName?: string | undefined
  readonly role: string
  readonly password?: string | undefined
}
export type UpdateUser = {
  readonly name: string
  readonly displayName?: string | undefined
  readonly role?: string | undefined
  readonly isDisabled?: boolean | undefined
}

export type UserUseCases = {
  createUser(caller: Caller, input: CreateUser): Answer<User>
  updateUser(caller: Caller, input: UpdateUser): Answer<User>
  /** With its keys, sessions and links. */
  deleteUser(caller: Caller, input: { name: string }): Answer<void>
  listUsers(caller: Caller, input: { paging: Paging; name?: string | undefined }): Answer<Page<User>>
  /** By an administrator. Ends the user's sessions. */
  setPassword(caller: Caller, input: { name: string; password: string }): Answer<void>
  /** By the user: the old one has to be given when there is one. Ends all other sessions. */
  changePassword(
    caller: Caller,
    input: { user: string; oldPassword: string; newPassword: string; session: string | undefined },
  ): Answer<void>
  /** A new secret; the second factor is not asked for until a code of it was confirmed. */
  beginSecondFactor(caller: Caller, input: { user: string }): Answer<{ secret: string; uri: string }>
  confirmSecondFactor(caller: Caller, input: { user: string; code: string }): Answer<void>
  /** By the user with its password, or by an administrator for a lost device. */
  removeSecondFactor(caller: Caller, input: { name: string }): Answer<void>
  attachPolicy(caller: Caller, input: { name: string; policy: string }): Answer<void>
  detachPolicy(caller: Caller, input: { name: string; policy: string }): Answer<void>
}

export function userUseCases(parts: IdentityParts): UserUseCases {
  return {
    createUser: (caller, input) => createUser(parts, caller, input),
    updateUser: (caller, input) =>
      changeUser(parts, caller, 'UpdateUser', input.name, input, async (tx, user) => {
        const role = input.role === undefined ? ok(user.role) : readRole(input.role)
        if (!role.ok) return role
        const display = checkDisplayName(input.displayName)
        if (!display.ok) return display
        const after = {
          ...user,
          role: role.value,
          isDisabled: input.isDisabled ?? user.isDisabled,
          displayName: display.value ?? user.displayName,
        }
        return (await leavesAdministrator(tx, after)) ? ok(after) : fail(apiFault('OperationDenied.LastAdministrator'))
      }),
    deleteUser: (caller, input) =>
      change(parts, caller, 'DeleteUser', input, async ({ tx, note }) => {
        note(input.name)
        const user = await userNamed(tx, caller.account, input.name)
        if (!user.ok) return user
        if (!(await leavesAdministrator(tx, { ...user.value, isDisabled: true })))
          return fail(apiFault('OperationDenied.LastAdministrator'))
        for (const kind of ['accessKey', 'session', 'signinLink'] as const) {
          for (const { row } of await tx.find(kind, { is: { user: user.value.id } })) await tx.remove(kind, row.id)
        }
        return ok(await tx.remove('user', user.value.id))
      }),
    listUsers: (caller, input) =>
      parts.store.read((tx) => page(tx, 'user', { is: { account: caller.account, name: input.name } }, input.paging)),
    setPassword: async (caller, { name, password }) => {
      const allowed = checkPassword(password, name)
      if (!allowed.ok) return allowed
      const kept = await hashPassword(password, parts.vault, parts.entropy)
      return voidOf(
        changeUser(parts, caller, 'SetUserPassword', name, { name }, async (tx, user) => {
          await endSessions(tx, user)
          return ok({ ...user, password: kept })
        }),
      )
    },
    changePassword: (caller, input) => changePassword(parts, caller, input),
    beginSecondFactor: async (caller, { user: name }) => {
      const secret = toBase32(parts.entropy(20))
      const done = await changeUser(parts, caller, 'BeginSecondFactor', name, { name }, async (_, user) => {
        if (user.secondFactor?.isConfirmed) return fail(apiFault('SecondFactor.Exists'))
        return ok({ ...user, secondFactor: { sealed: parts.vault.seal(user.id, secret), isConfirmed: false, lastStep: -1 } })
      })
      return done.ok ? ok({ secret, uri: totpUri('havip', name, secret) }) : done
    },
    confirmSecondFactor: (caller, { user: name, code }) =>
      voidOf(
        changeUser(parts, caller, 'ConfirmSecondFactor', name, { name }, async (_, user) => {
          const step = codeStep(parts, user, code)
          if (!user.secondFactor || user.secondFactor.isConfirmed) return fail(apiFault('SecondFactor.NotBegun'))
          if (step === undefined) return fail(apiFault('SecondFactor.WrongCode'))
          return ok({ ...user, secondFactor: { ...user.secondFactor, isConfirmed: true, lastStep: step } })
        }),
      ),
    removeSecondFactor: (caller, { name }) =>
      voidOf(changeUser(parts, caller, 'RemoveSecondFactor', name, { name }, async (_, user) => ok({ ...user, secondFactor: undefined }))),
    attachPolicy: (caller, input) =>
      voidOf(
        changeUser(parts, caller, 'AttachPolicyToUser', input.name, input, async (tx, user) => {
          const policy = await tx.get('policy', `${caller.account}/${input.policy}`)
          if (!policy) return fail(apiFault('EntityNotExist.Policy', { name: input.policy.slice(0, 128) }))
          if (user.policies.includes(policy.name)) return ok(user)
          if (user.policies.length >= policiesMax) return fail(apiFault('LimitExceeded.User.Policy', { max: policiesMax }))
          return ok({ ...user, policies: [...user.policies, policy.name] })
        }),
      ),
    detachPolicy: (caller, input) =>
      voidOf(
        changeUser(parts, caller, 'DetachPolicyFromUser', input.name, input, async (_, user) =>
          ok({ ...user, policies: user.policies.filter((name) => name !== input.policy) }),
        ),
      ),
  }
}

/** The time step of a right code that was not used yet. */
export function codeStep(parts: IdentityParts, user: User, code: string): number | undefined {
  if (!user.secondFactor) return undefined
  const key = fromBase32(parts.vault.unseal(user.id, user.secondFactor.sealed))
  return key && checkTotp(code, key, parts.clock.wallTime(), user.secondFactor.lastStep, parts.vault.hmacSha1)
}

async function createUser(parts: IdentityParts, caller: Caller, input: CreateUser): Answer<User> {
  const { name, password } = input
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) {
    return fail(
      apiFault('InvalidParameter', {
        name: 'UserName',
        reason: 'it has 1 to 63 lower-case letters, digits, dots, hyphens and underscores',
      }),
    )
  }
  const role = readRole(input.role)
  if (!role.ok) return role
  const display = checkDisplayName(input.displayName)
  if (!display.ok) return display
  const allowed = password === undefined ? ok(undefined) : checkPassword(password, name)
  if (!allowed.ok) return allowed
  const kept = password === undefined ? undefined : await hashPassword(password, parts.vault, parts.entropy)
  return change(parts, caller, 'CreateUser', { name, role: role.value }, async ({ tx, note }) => {
    note(name)
    if ((await tx.count('user', { is: { name } })) > 0) return fail(apiFault('EntityAlreadyExists.User', { name }))
    if ((await tx.count('user', { is: { account: caller.account } })) >= usersMax)
      return fail(apiFault('LimitExceeded.User', { max: usersMax }))
    const user: User = {
      id: `u-${randomText(20, parts.entropy)}`,
      account: caller.account,
      createdAt: parts.clock.wallTime(),
      name,
      displayName: display.value ?? '',
      role: role.value,
      isDisabled: false,
      password: kept,
      secondFactor: undefined,
      policies: [],
    }
    await tx.insert('user', user)
    return ok(user)
  })
}

async function changePassword(
  parts: IdentityParts,
  caller: Caller,
  input: { user: string; oldPassword: string; newPassword: string; session: string | undefined },
): Answer<void> {
  const allowed = checkPassword(input.newPassword, input.user)
  if (!allowed.ok) return allowed
  const before = await parts.store.read((tx) => userNamed(tx, caller.account, input.user))
  if (!before.ok) return before
  const isRight = before.value.password === undefined || (await isPassword(input.oldPassword, before.value.password, parts.vault))
  const kept = await hashPassword(input.newPassword, parts.vault, parts.entropy)
  return voidOf(
    changeUser(parts, caller, 'ChangePassword', input.user, { name: input.user }, async (tx, user) => {
      if (!isRight || user.password?.hash !== before.value.password?.hash) return fail(apiFault('InvalidParameter.OldPassword'))
      await endSessions(tx, user, input.session)
      return ok({ ...user, password: kept })
    }),
  )
}

async function endSessions(tx: WriteTransaction, user: User, except?: string): Promise<void> {
  for (const { row } of await tx.find('session', { is: { user: user.id } })) if (row.id !== except) await tx.remove('session', row.id)
  for (const { row } of await tx.find('signinLink', { is: { user: user.id } })) await tx.remove('signinLink', row.id)
}

function changeUser(
  parts: IdentityParts,
  caller: Caller,
  action: string,
  name: string,
  input: object,
  work: (tx: WriteTransaction, user: User) => Promise<Result<User, ApiFault>>,
): Answer<User> {
  return change(parts, caller, action, input, async ({ tx, note }) => {
    note(name)
    const user = await userNamed(tx, caller.account, name)
    if (!user.ok) return user
    const after = await work(tx, user.value)
    if (after.ok && after.value !== user.value) await tx.update('user', after.value)
    return after
  })
}

/** Somebody has to be left who can let others in again. */
async function leavesAdministrator(tx: ReadTransaction, after: User): Promise<boolean> {
  if (after.role === 'administrator' && !after.isDisabled) return true
  const others = await tx.find('user', { is: { account: after.account, role: 'administrator' } })
  return others.some(({ row }) => row.id !== after.id && !row.isDisabled)
}

export function readRole(text: string): Result<Role, ApiFault> {
  const role = roles.find((each) => each === text)
  return role ? ok(role) : fail(apiFault('InvalidParameter', { name: 'Role', reason: `it is one of ${roles.join(', ')}` }))
}

function checkDisplayName(text: string | undefined): Result<string | undefined, ApiFault> {
  return text === undefined || (text.length <= 128 && text.isWellFormed())
    ? ok(text)
    : fail(apiFault('InvalidParameter', { name: 'DisplayName', reason: 'it has at most 128 characters' }))
}

async function voidOf(answer: Answer<unknown>): Promise<Result<void, ApiFault>> {
  const result = await answer
  return result.ok ? ok(undefined) : result
}
