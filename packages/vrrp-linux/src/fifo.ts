// Named pipes for notification: made, opened read-write so that nobody has to read them, and removed only if made here.
import { chownSync, closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { fail, ok } from '@havip/base'
import { makeFifo, SyscallError } from '@havip/linux'
import { toHostFault } from './fault.ts'
import type { Fifo, FifoSpec, HostFault, Result } from './port.ts'

const modeOfNew = 0o644
/** A link by that name is not followed: it could lead anywhere. */
const openFlags = constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW

export function openFifo(spec: FifoSpec): Result<Fifo, HostFault> {
  let isOurs = false
  try {
    isOurs = make(spec)
    const fd = openSync(spec.path, openFlags)
    if (!fstatSync(fd).isFIFO()) {
      closeSync(fd)
      return notOne(spec.path)
    }
    return ok(fifoOf(fd, spec.path, isOurs))
  } catch (error) {
    if (isOurs) unlinkQuietly(spec.path)
    return fail(toFault(error))
  }
}

/** True when it is new. Throws when what is there is no FIFO of ours. */
function make({ path, owner }: FifoSpec): boolean {
  try {
    makeFifo(path, modeOfNew)
  } catch (error) {
    const { uid, ...status } = existing(path, error)
    const isAllowed = uid === process.getuid?.() || uid === owner?.uid
    if (status.isFifo && isAllowed) return false
    const why = status.isFifo ? 'belongs to another user' : 'is there and is no FIFO'
    throw new NotOurs(`${path} ${why}`)
  }
  if (owner) chownSync(path, owner.uid, owner.gid)
  return true
}

function existing(path: string, error: unknown): { readonly uid: number; readonly isFifo: boolean } {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) throw error
  return { uid: status.uid, isFifo: status.isFIFO() }
}

class NotOurs extends Error {}

const notOne = (path: string): Result<never, HostFault> => fail({ call: 'open', errno: 'EEXIST', detail: `${path} is no FIFO` })

function toFault(error: unknown): HostFault {
  if (error instanceof NotOurs) return { call: 'mkfifo', errno: 'EEXIST', detail: error.message }
  if (error instanceof SyscallError) return toHostFault(error)
  const { syscall, code, message } = error as NodeJS.ErrnoException
  return { call: syscall ?? 'open', errno: code ?? 'EINVAL', detail: message }
}

function fifoOf(fd: number, path: string, isOurs: boolean): Fifo {
  let isOpen = true
  return {
    isOurs,
    write(text) {
      try {
        if (isOpen) writeSync(fd, text)
      } catch {
        // Full: nobody reads, and an old line is worth no more than a new one.
      }
    },
    close(removes) {
      if (!isOpen) return
      isOpen = false
      closeSync(fd)
      if (removes && isOurs) unlinkQuietly(path)
    },
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Gone already.
  }
}
