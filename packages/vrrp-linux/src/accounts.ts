// Script users: names of the configuration to numbers.
import { fail, ok } from '@havip/base'
import { findGroup, findUser, groupsOf } from '@havip/linux'
import { toHostFault } from './fault.ts'
import type { HostFault, Result, UserIds } from './port.ts'

/**
 * @param group a group's name; `:NAME` or `:` also asks for the user's supplementary groups. Undefined: the primary one.
 */
export function lookUpUser(user: string, group: string | undefined): Result<UserIds, HostFault> {
  try {
    const account = findUser(user)
    if (account === undefined) return fail({ call: 'getpwnam', errno: 'ENOENT', detail: `no user named ${user}` })
    const name = group?.replace(/^:/, '') ?? ''
    const gid = name === '' ? account.gid : findGroup(name)
    if (gid === undefined) return fail({ call: 'getgrnam', errno: 'ENOENT', detail: `no group named ${name}` })
    return ok({ uid: account.uid, gid, groups: group?.startsWith(':') ? groupsOf(user, gid) : undefined })
  } catch (error) {
    return fail(toHostFault(error))
  }
}
