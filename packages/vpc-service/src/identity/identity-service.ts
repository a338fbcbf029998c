// Users, keys, policies and sessions put together.
import { Directory } from './directory.ts'
import { type KeyUseCases, keyUseCases, makeFirstKey, type NewKey } from './keys.ts'
import type { IdentityParts } from './parts.ts'
import { type PolicyUseCases, policyUseCases } from './policies.ts'
import { type SessionUseCases, sessionUseCases } from './sessions.ts'
import { type UserUseCases, userUseCases } from './users.ts'

export type IdentityService = UserUseCases &
  KeyUseCases &
  PolicyUseCases &
  SessionUseCases & {
    readonly directory: Directory
    /** Makes the first administrator and its key when there is no user yet; `keep` is told before it is committed. */
    makeFirstKey(keep: (key: NewKey) => void): Promise<NewKey | undefined>
    /** @throws Error when the vault cannot open what the store holds: its key is another installation's */
    checkVault(): Promise<void>
  }

export function createIdentityService(given: Omit<IdentityParts, 'changed'>): IdentityService {
  const directory = new Directory(given)
  const parts: IdentityParts = { ...given, changed: () => directory.forget() }
  return {
    directory,
    makeFirstKey: (keep) => makeFirstKey(parts, keep),
    checkVault: async () => {
      const [sample] = await given.store.read((tx) => tx.find('accessKey', {}, { limit: 1 }))
      if (sample) given.vault.unseal(sample.row.id, sample.row.sealedSecret)
    },
    ...userUseCases(parts),
    ...keyUseCases(parts),
    ...policyUseCases(parts),
    ...sessionUseCases(parts),
  }
}
