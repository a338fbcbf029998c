// From what the kernel throws to what the port returns.
import { fail, ok } from '@havip/base'
import { errnoName, errnoText, SyscallError } from '@havip/linux'
import type { HostFault, Result } from './port.ts'

export const hostFault = (call: string, errno: number, about = ''): HostFault => ({
  call,
  errno: errnoName(errno),
  detail: about === '' ? errnoText(errno) : `${about}: ${errnoText(errno)}`,
})

/** Any other error is our own bug and goes on as one. */
export function toHostFault(error: unknown): HostFault {
  if (error instanceof SyscallError) return { call: error.call, errno: error.errno, detail: error.detail }
  throw error
}

/** Runs what may throw a SyscallError and gives its outcome as a value. */
export function attempt<T>(act: () => T): Result<T, HostFault> {
  try {
    return ok(act())
  } catch (error) {
    return fail(toHostFault(error))
  }
}
