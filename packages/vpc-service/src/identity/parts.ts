// What the use cases of identity share: their parts, and looking up rows of the caller's account.
import { fail, ok, type Result } from '@havip/base'
import { type AccountId, type ApiFault, apiFault } from '@havip/vpc'
import type { Clock, Entropy } from '../clock.ts'
import type { Answer, Caller } from '../service.ts'
import type { ReadTransaction, Store } from '../store.ts'
import { mutate, type Writing } from '../use-cases/parts.ts'
import type { User } from './model.ts'
import type { Vault } from './ports.ts'

export type IdentityParts = {
  readonly store: Store
  readonly clock: Clock
  readonly entropy: Entropy
  readonly vault: Vault
  /** The account of this installation: users that are made without a caller are its. */
  readonly account: AccountId
  /** Told after each write: what was remembered of users, keys and sessions counts no longer. */
  readonly changed: () => void
}

/**
 * A write with its line in the audit. `input` is what the audit may show: no password, no secret. ClientTokens do not count,
 * since the answer kept with one could hold a secret; names make repeated calls harmless enough.
 */
export function change<T>(
  parts: IdentityParts,
  caller: Caller,
  action: string,
  input: object,
  work: (writing: Writing) => Promise<Result<T, ApiFault>>,
): Answer<T> {
  return mutate(parts, { ...caller, clientToken: undefined }, action, input, work)
}

export async function userNamed(tx: ReadTransaction, account: AccountId, name: string): Promise<Result<User, ApiFault>> {
  const [found] = await tx.find('user', { is: { account, name } }, { limit: 1 })
  return found ? ok(found.row) : fail(apiFault('EntityNotExist.User', { name: name.slice(0, 64) }))
}

/** Text that nobody guesses, in the letters of URLs. */
export function secretText(entropy: Entropy, bytes = 32): string {
  return btoa(String.fromCharCode(...entropy(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Letters and digits, evenly. */
export function letters(entropy: Entropy, count: number): string {
  let text = ''
  while (text.length < count) {
    // Bytes past the last whole multiple would favour the first letters.
    for (const byte of entropy(64)) if (byte < 248 && text.length < count) text += alphabet[byte % 62]
  }
  return text
}
