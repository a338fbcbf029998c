// What each role may do. A policy by resource will be asked at the same place.
import { type Action, type Level, permissionOf } from './action.ts'
import type { Identity, Role } from './authenticate.ts'
import type { RequestFault } from './fault.ts'

const levelsOf: Readonly<Record<Role, readonly Level[]>> = {
  administrator: ['read', 'write', 'administer'],
  operator: ['read', 'write'],
  viewer: ['read'],
}

/** Undefined: allowed. */
export function checkPermission(identity: Identity, action: Action): RequestFault | undefined {
  if (levelsOf[identity.role].includes(action.level)) return undefined
  return {
    status: 403,
    code: 'Forbidden.RAM',
    message: `User not authorized to operate on the specified resource, or this API doesn't support RAM: ${permissionOf(action)} needs more than the role ${identity.role}.`,
  }
}
