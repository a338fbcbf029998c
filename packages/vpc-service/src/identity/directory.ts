// Who is behind a key or a session: asked once a call, so what was found is remembered for a moment.
import type { Instant } from '@havip/base'
import type { AccessKey, Role, Session, User } from './model.ts'
import type { IdentityParts } from './parts.ts'
import { type PolicyDocument, parsePolicy } from './policy-document.ts'
import { isAlive } from './sessions.ts'

/** What somebody may do by one of several grants; all of them have to allow a call. */
export type Grant = { readonly role: Role; readonly policies: readonly PolicyDocument[] }
export type Principal = { readonly user: User; readonly grants: readonly Grant[] }
export type KeyHolder = Principal & { readonly key: AccessKey; readonly secret: string; readonly token: string | undefined }
export type SessionHolder = Principal & { readonly session: Session }

/** How long a change that another controller made may stay unseen here; our own count at once. */
const rememberMs = 1_000
const entriesMax = 10_000

export class Directory {
  readonly #parts: Pick<IdentityParts, 'store' | 'clock' | 'vault'>
  readonly #remembered = new Map<string, { readonly found: unknown; readonly at: Instant }>()
  /** Counts up with each `forget`: what was asked for before it may not be remembered after it. */
  #era = 0

  constructor(parts: Pick<IdentityParts, 'store' | 'clock' | 'vault'>) {
    this.#parts = parts
  }

  /** Something was written. */
  forget(): void {
    this.#era++
    this.#remembered.clear()
  }

  /** Also keys and users that are disabled: who asks decides. */
  keyHolder(id: string): Promise<KeyHolder | undefined> {
    return this.#remember(`key ${id}`, () => this.#findKey(id))
  }

  /** Only a session that is alive, of a user who is not disabled. `token`: the cookie's value. */
  sessionHolder(token: string): Promise<SessionHolder | undefined> {
    return this.sessionById(this.#parts.vault.sha256(token))
  }

  async sessionById(id: string): Promise<SessionHolder | undefined> {
    const found = await this.#remember(`session ${id}`, () => this.#findSession(id))
    return found && isAlive(found.session, this.#parts.clock.wallTime()) && !found.user.isDisabled ? found : undefined
  }

  async #remember<T>(name: string, find: () => Promise<T | undefined>): Promise<T | undefined> {
    const now = this.#parts.clock.now()
    const known = this.#remembered.get(name)
    if (known && now - known.at < rememberMs) return known.found as T
    const era = this.#era
    const found = await find()
    // Strangers may not fill it.
    if (found === undefined || era !== this.#era) return found
    this.#remembered.delete(name)
    if (this.#remembered.size >= entriesMax) this.#remembered.delete(this.#remembered.keys().next().value as string)
    this.#remembered.set(name, { found, at: now })
    return found
  }

  #findKey(id: string): Promise<KeyHolder | undefined> {
    const { store, vault } = this.#parts
    return store.read(async (tx) => {
      const key = await tx.get('accessKey', id)
      const user = key && (await tx.get('user', key.user))
      if (!key || !user) return undefined
      const { temporary } = key
      const grants = [{ role: user.role, policies: await policiesOf(tx, user) }]
      if (temporary) grants.push({ role: temporary.role, policies: [] })
      if (temporary?.policy !== undefined) grants.push({ role: 'restricted', policies: [documentOf(temporary.policy)] })
      return {
        key,
        user,
        grants,
        secret: vault.unseal(key.id, key.sealedSecret),
        token: temporary && vault.unseal(`${key.id} token`, temporary.sealedToken),
      }
    })
  }

  #findSession(id: string): Promise<SessionHolder | undefined> {
    return this.#parts.store.read(async (tx) => {
      const session = await tx.get('session', id)
      const user = session && (await tx.get('user', session.user))
      return session && user && { session, user, grants: [{ role: user.role, policies: await policiesOf(tx, user) }] }
    })
  }
}

type Reader = Parameters<Parameters<IdentityParts['store']['read']>[0]>[0]

async function policiesOf(tx: Reader, user: User): Promise<PolicyDocument[]> {
  if (user.policies.length === 0) return []
  const found = await tx.entries(
    'policy',
    user.policies.map((name) => `${user.account}/${name}`),
  )
  return found.map(({ row }) => documentOf(row.document))
}

/** It was understood when it was written; one that no longer is has to refuse, not to allow. */
function documentOf(text: string): PolicyDocument {
  const parsed = parsePolicy(text)
  if (parsed.ok) return parsed.value
  return { statements: [{ effect: 'Deny', actions: ['*'], notActions: false, resources: ['*'], notResources: false, conditions: [] }] }
}
