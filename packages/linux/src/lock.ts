// Locks on whole files that belong to an open file, not to a process (OFD locks, fcntl_locking(2)): they are given back when
// the last descriptor of that opening is closed, so by the kernel itself when a process dies.
import { layout, viewOf } from './layout.ts'
import { bindPrototypes, bytes, errno, lastErrno, SyscallError } from './library.ts'

const libc = bindPrototypes({ fcntl: 'int fcntl(int fd, int command, void *lock)' })

const F_OFD_SETLK = 37
const F_WRLCK = 1
const flock = layout('flock', { type: 'uint16_t', whence: 'uint16_t', start: 'int64_t', length: 'int64_t', pid: 'int' }, 32)

/** False: somebody else has it. Never waits. Throws SyscallError for any other reason (ENOLCK, a descriptor that cannot be written). */
export function tryLock(fd: number): boolean {
  const lock = bytes(flock.size)
  viewOf(lock).setUint16(flock.at.type, F_WRLCK, true)
  if (libc.fcntl(fd, F_OFD_SETLK, lock) >= 0) return true
  const error = lastErrno()
  if (error === errno.EAGAIN || error === errno.EACCES) return false
  throw new SyscallError('fcntl', error, 'F_OFD_SETLK')
}
