// Console sessions: signed in by password and second factor or by a one-time link, found by the cookie, ended.
import { fail, ok, type Result, type WallTime, wallTime } from '@havip/base'
import { type AccountId, type ApiFault, apiFault } from '@havip/vpc'
import type { Answer, AuditRecord, Caller } from '../service.ts'
import type { WriteTransaction } from '../store.ts'
import type { Session, User } from './model.ts'
import { change, type IdentityParts, secretText, userNamed } from './parts.ts'
import { hashPassword, isOutdated, isPassword } from './password.ts'
import { codeStep } from './users.ts'

export const sessionMsMax = 12 * 3600_000
/** Without a call for so long it ends earlier. */
export const sessionIdleMsMax = 2 * 3600_000
const seenEveryMs = 5 * 60_000
const linkMsMax = 15 * 60_000
const sessionsPerUserMax = 20
const linksPerUserMax = 20

/** Where a request to sign in came from. */
export type SignInOrigin = { readonly from: string; readonly requestId: string }
/** `token` is the cookie's value, told here once. */
export type SignedIn = { readonly token: string; readonly session: Session; readonly user: User }

export type SessionUseCases = {
  /** Refusals have status 401 and do not tell whether the user exists. */
  signIn(origin: SignInOrigin, input: { user: string; password: string; code?: string | undefined }): Answer<SignedIn>
  signInByLink(origin: SignInOrigin, input: { token: string }): Answer<SignedIn>
  signOut(caller: Caller, session: string): Answer<void>
  /** Notes that it was used, from time to time. */
  touch(session: Session): Promise<void>
  createSigninLink(caller: Caller, input: { user: string }): Answer<{ token: string; expiresAt: WallTime }>
  /** Ends what has expired: sessions, links, temporary keys. */
  expireSessions(): Promise<void>
}

export const isAlive = (session: Session, now: number): boolean => now < session.expiresAt && now < session.seenAt + sessionIdleMsMax

export function sessionUseCases(parts: IdentityParts): SessionUseCases {
  return {
    signIn: (origin, input) => signIn(parts, origin, input),
    signInByLink: (origin, { token }) => signInByLink(parts, origin, token),
    signOut: (caller, session) => change(parts, caller, 'SignOut', {}, async ({ tx }) => ok(await tx.remove('session', session))),
    touch: async (session) => {
      const now = parts.clock.wallTime()
      if (now - session.seenAt < seenEveryMs) return
      await parts.store.write(async (tx) => {
        const current = await tx.get('session', session.id)
        return ok(current && (await tx.update('session', { ...current, seenAt: now })))
      })
      parts.changed()
    },
    createSigninLink: (caller, input) =>
      change(parts, caller, 'CreateSigninLink', input, async ({ tx, note }) => {
        note(input.user)
        const user = await userNamed(tx, caller.account, input.user)
        if (!user.ok) return user
        if (user.value.isDisabled) return fail(apiFault('EntityNotExist.User', { name: input.user }))
        const token = secretText(parts.entropy)
        const expiresAt = wallTime(parts.clock.wallTime() + linkMsMax)
        const links = await tx.find('signinLink', { is: { user: user.value.id } })
        for (const { row } of links.slice(0, Math.max(0, links.length - linksPerUserMax + 1))) await tx.remove('signinLink', row.id)
        const { account, id } = user.value
        await tx.insert('signinLink', { id: parts.vault.sha256(token), account, createdAt: parts.clock.wallTime(), user: id, expiresAt })
        return ok({ token, expiresAt })
      }),
    expireSessions: async () => {
      const now = parts.clock.wallTime()
      await parts.store.write(async (tx) => {
        for (const { row } of await tx.find('session', {})) if (!isAlive(row, now)) await tx.remove('session', row.id)
        for (const { row } of await tx.find('signinLink', {})) if (row.expiresAt <= now) await tx.remove('signinLink', row.id)
        for (const { row } of await tx.find('accessKey', {})) {
          if (row.temporary && row.temporary.expiresAt <= now) await tx.remove('accessKey', row.id)
        }
        return ok(undefined)
      })
    },
  }
}

type Proved = { readonly user: User; readonly step: number | undefined; readonly rehashed: User['password'] }

async function signIn(
  parts: IdentityParts,
  origin: SignInOrigin,
  input: { user: string; password: string; code?: string | undefined },
): Answer<SignedIn> {
  const name = input.user.trim().toLowerCase().slice(0, 64)
  const proved = await prove(parts, { ...input, user: name })
  if (!proved.ok) {
    await recordSignIn(parts, origin, name, undefined, proved.fault)
    return proved
  }
  const { step, rehashed } = proved.value
  const result = await begin(parts, origin, proved.value.user.id, step !== undefined, async (tx, user) => {
    // What was proved may have changed meanwhile, and a code counts once though it came twice at the same time.
    if (user.password?.hash !== proved.value.user.password?.hash) return fail(apiFault('InvalidCredentials'))
    if (user.secondFactor?.isConfirmed && (step === undefined || step <= user.secondFactor.lastStep))
      return fail(apiFault('SecondFactor.WrongCode', {}, 401))
    const secondFactor = user.secondFactor && step !== undefined ? { ...user.secondFactor, lastStep: step } : user.secondFactor
    if (rehashed || secondFactor !== user.secondFactor)
      await tx.update('user', { ...user, secondFactor, password: rehashed ?? user.password })
    return ok(undefined)
  })
  if (!result.ok) await recordSignIn(parts, origin, name, undefined, result.fault)
  return result
}

async function prove(
  parts: IdentityParts,
  input: { user: string; password: string; code?: string | undefined },
): Promise<Result<Proved, ApiFault>> {
  const [found] = await parts.store.read((tx) => tx.find('user', { is: { name: input.user } }, { limit: 1 }))
  const user = found?.row
  const isRight = await isPassword(input.password, user?.password, parts.vault)
  if (!user?.password || !isRight || user.isDisabled) return fail(apiFault('InvalidCredentials'))
  let step: number | undefined
  if (user.secondFactor?.isConfirmed) {
    if (input.code === undefined || input.code === '') return fail(apiFault('TotpRequired'))
    step = codeStep(parts, user, input.code)
    if (step === undefined) return fail(apiFault('SecondFactor.WrongCode', {}, 401))
  }
  const rehashed = isOutdated(user.password) ? await hashPassword(input.password, parts.vault, parts.entropy) : undefined
  return ok({ user, step, rehashed })
}

async function signInByLink(parts: IdentityParts, origin: SignInOrigin, token: string): Answer<SignedIn> {
  const id = parts.vault.sha256(token)
  // A link that is used is gone, whether or not a session comes of it.
  const taken = await parts.store.write<string, ApiFault>(async (tx) => {
    const link = await tx.get('signinLink', id)
    if (!link) return fail(apiFault('InvalidSigninLink'))
    await tx.remove('signinLink', id)
    return ok(link.expiresAt > parts.clock.wallTime() ? link.user : '')
  })
  const result = !taken.ok
    ? taken
    : taken.value === ''
      ? fail(apiFault('InvalidSigninLink'))
      : await begin(parts, origin, taken.value, false, () => Promise.resolve(ok(undefined)))
  if (!result.ok) await recordSignIn(parts, origin, '', undefined, result.fault)
  return result
}

async function begin(
  parts: IdentityParts,
  origin: SignInOrigin,
  userId: string,
  isSecondFactorProved: boolean,
  check: (tx: WriteTransaction, user: User) => Promise<Result<void, ApiFault>>,
): Answer<SignedIn> {
  const token = secretText(parts.entropy)
  const result = await parts.store.write<SignedIn, ApiFault>(async (tx) => {
    const user = await tx.get('user', userId)
    if (!user || user.isDisabled) return fail(apiFault('InvalidCredentials'))
    const allowed = await check(tx, user)
    if (!allowed.ok) return allowed
    const before = await tx.find('session', { is: { user: user.id } })
    for (const { row } of before.slice(0, Math.max(0, before.length - sessionsPerUserMax + 1))) await tx.remove('session', row.id)
    const now = parts.clock.wallTime()
    const session: Session = {
      id: parts.vault.sha256(token),
      account: user.account,
      createdAt: now,
      user: user.id,
      from: origin.from,
      expiresAt: wallTime(now + sessionMsMax),
      seenAt: now,
      isSecondFactorProved,
    }
    await tx.insert('session', session)
    await tx.appendAudit(signInRecord(parts, origin, user.name, user.account, undefined))
    return ok({ token, session, user })
  })
  parts.changed()
  return result
}

async function recordSignIn(
  parts: IdentityParts,
  origin: SignInOrigin,
  name: string,
  account: AccountId | undefined,
  fault: ApiFault,
): Promise<void> {
  // That a code is asked for is a step of signing in, not a refusal.
  if (fault.code === 'TotpRequired') return
  await parts.store.write(async (tx) => ok(await tx.appendAudit(signInRecord(parts, origin, name, account ?? parts.account, fault))))
}

const signInRecord = (
  parts: IdentityParts,
  origin: SignInOrigin,
  name: string,
  account: AccountId,
  fault: ApiFault | undefined,
): Omit<AuditRecord, 'sequence'> => ({
  at: parts.clock.wallTime(),
  account,
  who: `session:${name}`,
  from: origin.from,
  requestId: origin.requestId,
  action: 'SignIn',
  resources: name,
  outcome: fault?.code ?? 'OK',
  message: fault?.message ?? '',
  input: '',
})
