// What a caller may do: its role, then the policies that widen or narrow it by action and resource.
import { decide, type Grant, mayAllow, type PolicyFacts } from '@havip/vpc-service'
import { type Action, type Level, permissionOf } from './action.ts'
import type { Identity } from './authenticate.ts'
import type { RequestFault } from './fault.ts'

const levelsOf: Readonly<Record<Grant['role'], readonly Level[]>> = {
  administrator: ['read', 'write', 'administer', 'self'],
  operator: ['read', 'write', 'self'],
  viewer: ['read', 'self'],
  restricted: ['self'],
}

type Asked = Pick<Action, 'product' | 'name' | 'level'>

const roleAllows = (grant: Grant, action: Asked): boolean => levelsOf[grant.role].includes(action.level)

/** Before parameters are read: whether the caller may do this on any resource at all. Undefined: it may. */
export function checkPermission(identity: Identity, action: Asked): RequestFault | undefined {
  if (action.level === 'self' && identity.isTemporary) {
    return { status: 403, code: 'OperationDenied.Temporary', message: 'A temporary credential may not do this.' }
  }
  const permission = permissionOf(action)
  const refusing = identity.grants.find((grant) => !roleAllows(grant, action) && !mayAllow(grant.policies, permission))
  return refusing || identity.grants.length === 0
    ? forbidden(`${permission} needs more than the role ${refusing?.role ?? 'restricted'}.`)
    : undefined
}

/** With the resources that the call names: every grant has to allow each of them, and no policy may deny one. */
export function checkResources(
  identity: Identity,
  action: Asked,
  resources: readonly string[],
  facts: PolicyFacts,
): RequestFault | undefined {
  const permission = permissionOf(action)
  for (const grant of identity.grants) {
    if (grant.policies.length === 0 && roleAllows(grant, action)) continue
    for (const resource of resources) {
      const decision = decide(grant.policies, permission, resource, facts)
      if (decision === 'deny') return forbidden(`a policy denies ${permission} on ${resource}.`)
      if (decision === 'silent' && !roleAllows(grant, action)) return forbidden(`no policy allows ${permission} on ${resource}.`)
    }
  }
  return undefined
}

export const factsOf = (identity: Identity, sourceIp: string, nowMs: number): PolicyFacts => ({
  sourceIp,
  userName: identity.user,
  isSecondFactorProved: identity.isSecondFactorProved,
  nowMs,
})

const forbidden = (why: string): RequestFault => ({
  status: 403,
  code: 'Forbidden.RAM',
  message: `User not authorized to operate on the specified resource, or this API doesn't support RAM: ${why}`,
})
