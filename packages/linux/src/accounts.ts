// Users and groups, through the C library: accounts may come from LDAP or systemd as well as from /etc/passwd.
import { layout, viewOf } from './layout.ts'
import { bindPointerFunction, bindPrototypes, bytes, bytesAt, errno, lastErrno, SyscallError, setErrno, textAt } from './library.ts'

const getpwnam = bindPointerFunction('void *getpwnam(const char *name)')
const getpwuid = bindPointerFunction('void *getpwuid(uint32_t uid)')
const getgrnam = bindPointerFunction('void *getgrnam(const char *name)')
const libc = bindPrototypes({ getgrouplist: 'int getgrouplist(const char *user, uint32_t group, void *groups, void *count)' })

/** The same in glibc and musl. */
const passwd = layout(
  'passwd',
  { name: 'void *', password: 'void *', uid: 'uint32_t', gid: 'uint32_t', comment: 'void *', home: 'void *', shell: 'void *' },
  48,
)
const group = layout('group', { name: 'void *', password: 'void *', gid: 'uint32_t', members: 'void *' }, 32)

export type Account = { readonly name: string; readonly uid: number; readonly gid: number; readonly home: string; readonly shell: string }

/** Undefined when there is no such user; throws SyscallError when the lookup itself failed. */
export function findUser(name: string): Account | undefined {
  return readAccount('getpwnam', name, () => getpwnam(name))
}
export function findUserById(uid: number): Account | undefined {
  return readAccount('getpwuid', String(uid), () => getpwuid(uid))
}

/** The group's number. */
export function findGroup(name: string): number | undefined {
  const at = found('getgrnam', name, () => getgrnam(name))
  return at === undefined ? undefined : viewOf(bytesAt(at, group.size)).getUint32(group.at.gid, true)
}

/** Primary and supplementary groups of a user, at most 1,024. */
export function groupsOf(user: string, primary: number): readonly number[] {
  const max = 1024
  const groups = bytes(max * 4)
  const count = bytes(4)
  viewOf(count).setInt32(0, max, true)
  if (libc.getgrouplist(user, primary, groups, count) < 0)
    throw new SyscallError('getgrouplist', errno.EINVAL, `${user}: more than ${max} groups`)
  const length = viewOf(count).getInt32(0, true)
  return Array.from({ length }, (_, i) => viewOf(groups).getUint32(4 * i, true))
}

function readAccount(call: string, about: string, look: () => bigint | null): Account | undefined {
  const at = found(call, about, look)
  if (at === undefined) return undefined
  const view = viewOf(bytesAt(at, passwd.size))
  const text = (field: number): string => {
    const pointer = view.getBigUint64(field, true)
    return pointer === 0n ? '' : textAt(pointer)
  }
  return {
    name: text(passwd.at.name),
    uid: view.getUint32(passwd.at.uid, true),
    gid: view.getUint32(passwd.at.gid, true),
    home: text(passwd.at.home),
    shell: text(passwd.at.shell),
  }
}

/** getpwnam(3): null with errno 0, or with one of several "not found" codes, is no failure. */
const notFound: readonly string[] = ['ENOENT', 'ESRCH', 'EBADF', 'EPERM']
function found(call: string, about: string, look: () => bigint | null): bigint | undefined {
  setErrno(0)
  const at = look()
  if (at) return at
  const error = lastErrno()
  if (error === 0) return undefined
  const failure = new SyscallError(call, error, about)
  if (notFound.includes(failure.errno)) return undefined
  throw failure
}
