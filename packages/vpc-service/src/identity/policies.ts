// Policies by name: kept as they were written, after they were understood.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault } from '@havip/vpc'
import type { Answer, Caller, Page, Paging } from '../service.ts'
import { page } from '../use-cases/parts.ts'
import type { Policy } from './model.ts'
import { change, type IdentityParts } from './parts.ts'
import { parsePolicy } from './policy-document.ts'

const policiesMax = 1000

export type PolicyUseCases = {
  createPolicy(caller: Caller, input: { name: string; description?: string | undefined; document: string }): Answer<Policy>
  updatePolicy(caller: Caller, input: { name: string; description?: string | undefined; document?: string | undefined }): Answer<Policy>
  /** Refused while a user has it. */
  deletePolicy(caller: Caller, input: { name: string }): Answer<void>
  getPolicy(caller: Caller, input: { name: string }): Answer<Policy & { readonly users: readonly string[] }>
  listPolicies(caller: Caller, input: { paging: Paging }): Answer<Page<Policy>>
}

const idOf = (caller: Caller, name: string): string => `${caller.account}/${name}`
const notThere = (name: string) => fail(apiFault('EntityNotExist.Policy', { name: name.slice(0, 128) }))

export function policyUseCases(parts: IdentityParts): PolicyUseCases {
  return {
    createPolicy: (caller, input) =>
      change(parts, caller, 'CreatePolicy', input, async ({ tx, note }) => {
        note(input.name)
        const sound = checkPolicy(input)
        if (!sound.ok) return sound
        const id = idOf(caller, input.name)
        if (await tx.get('policy', id)) return fail(apiFault('EntityAlreadyExists.Policy', { name: input.name }))
        if ((await tx.count('policy', { is: { account: caller.account } })) >= policiesMax)
          return fail(apiFault('LimitExceeded.Policy', { max: policiesMax }))
        const now = parts.clock.wallTime()
        const { name, document, description = '' } = input
        const policy: Policy = { id, account: caller.account, createdAt: now, updatedAt: now, name, description, document }
        await tx.insert('policy', policy)
        return ok(policy)
      }),
    updatePolicy: (caller, input) =>
      change(parts, caller, 'UpdatePolicy', input, async ({ tx, note }) => {
        note(input.name)
        const before = await tx.get('policy', idOf(caller, input.name))
        if (!before) return notThere(input.name)
        const { document = before.document, description = before.description } = input
        const after: Policy = { ...before, document, description, updatedAt: parts.clock.wallTime() }
        const sound = checkPolicy(after)
        if (!sound.ok) return sound
        await tx.update('policy', after)
        return ok(after)
      }),
    deletePolicy: (caller, { name }) =>
      change(parts, caller, 'DeletePolicy', { name }, async ({ tx, note }) => {
        note(name)
        const policy = await tx.get('policy', idOf(caller, name))
        if (!policy) return notThere(name)
        const holders = await tx.count('user', { is: { account: caller.account, policy: name } })
        if (holders > 0) return fail(apiFault('DeleteConflict.Policy.User', { count: holders }))
        return ok(await tx.remove('policy', policy.id))
      }),
    getPolicy: (caller, { name }) =>
      parts.store.read(async (tx) => {
        const policy = await tx.get('policy', idOf(caller, name))
        if (!policy) return notThere(name)
        const holders = await tx.find('user', { is: { account: caller.account, policy: name } })
        return ok({ ...policy, users: holders.map(({ row }) => row.name) })
      }),
    listPolicies: (caller, { paging }) => parts.store.read((tx) => page(tx, 'policy', { is: { account: caller.account } }, paging)),
  }
}

function checkPolicy({
  name,
  description,
  document,
}: {
  name: string
  description?: string | undefined
  document: string
}): Result<void, ApiFault> {
  const invalid = (parameter: string, reason: string) => fail(apiFault('InvalidParameter', { name: parameter, reason }))
  if (!/^[A-Za-z0-9-]{1,128}$/.test(name)) return invalid('PolicyName', 'it has 1 to 128 letters, digits and hyphens')
  if (description !== undefined && (description.length > 1024 || !description.isWellFormed()))
    return invalid('Description', 'it has at most 1024 characters')
  const parsed = parsePolicy(document)
  return parsed.ok ? ok(undefined) : fail(apiFault('InvalidParameter.PolicyDocument', { reason: parsed.fault }))
}
