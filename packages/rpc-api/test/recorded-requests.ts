// Requests recorded from the official clients, with the keys that signed them.
import { readFileSync } from 'node:fs'
import type { AccountId } from '@havip/vpc'
import type { AccessKey } from '../src/authenticate.ts'

export type RecordedRequest = {
  readonly name: string
  readonly scheme: 'V1' | 'V3'
  /** ISO 8601: when it was signed. */
  readonly at: string
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What the client itself signed. */
  readonly canonical: string
  readonly stringToSign: string
  readonly signature: string
}
type Fixture = { readonly keys: readonly { readonly id: string; readonly secret: string }[]; readonly requests: readonly RecordedRequest[] }

const fixture = JSON.parse(readFileSync(new URL('./signatures.json', import.meta.url), 'utf8')) as Fixture

export const recordedRequests: readonly RecordedRequest[] = fixture.requests

/** An administrator's key of that name, as the store would give it. */
export function recordedKey(id: string, change: Partial<AccessKey> = {}): AccessKey | undefined {
  const key = fixture.keys.find((each) => each.id === id)
  const grants = [{ role: 'administrator', policies: [] }] as const
  const rest = { account: '1' as AccountId, user: 'u', role: 'administrator', grants, active: true } as const
  return key && { id, secret: key.secret, ...rest, ...change }
}

/** What the key of this request needs beside its secret: the token of temporary credentials. */
export const tokenOf = ({ target, headers }: RecordedRequest): Partial<AccessKey> =>
  /SecurityToken=/.test(target) || headers['x-acs-security-token'] !== undefined
    ? { temporary: { token: 'testSecurityToken/with+chars==', expiresAtMs: Number.POSITIVE_INFINITY } }
    : {}
