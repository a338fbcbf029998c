// Named pipes, and being told of changes to files (inotify).
import { bindPrototypes, check } from './library.ts'

const libc = bindPrototypes({
  mkfifo: 'int mkfifo(const char *path, uint32_t mode)',
  inotify_init1: 'int inotify_init1(int flags)',
  inotify_add_watch: 'int inotify_add_watch(int fd, const char *path, uint32_t mask)',
  inotify_rm_watch: 'int inotify_rm_watch(int fd, int watch)',
})

/** Throws SyscallError, EEXIST when something is there. The umask is taken off `mode`. */
export const makeFifo = (path: string, mode: number): void => {
  check(libc.mkfifo(path, mode), 'mkfifo', path)
}

/** Bits of linux/inotify.h. */
export const IN = { CLOSE_WRITE: 0x8, MOVED_FROM: 0x40, MOVED_TO: 0x80, CREATE: 0x100, DELETE: 0x200, ONLYDIR: 0x01000000 } as const
/** IN_NONBLOCK and IN_CLOEXEC. */
const inotifyFlags = 0o4000 | 0o2000000
/** `struct inotify_event` before the name. */
const eventBytes = 16

export const openInotify = (): number => check(libc.inotify_init1(inotifyFlags), 'inotify_init1')
/** The watch's number. Throws SyscallError. */
export const addInotifyWatch = (fd: number, path: string, mask: number): number =>
  check(libc.inotify_add_watch(fd, path, mask), 'inotify_add_watch', path)
export const removeInotifyWatch = (fd: number, watch: number): void => {
  libc.inotify_rm_watch(fd, watch)
}

export type InotifyEvent = { readonly watch: number; readonly mask: number; readonly name: string }

/** What one read gave. */
export function decodeInotify(data: Uint8Array): readonly InotifyEvent[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const events: InotifyEvent[] = []
  for (let at = 0; at + eventBytes <= data.length; ) {
    const length = view.getUint32(at + 12, true)
    const name = data.subarray(at + eventBytes, at + eventBytes + length)
    const end = name.indexOf(0)
    events.push({
      watch: view.getInt32(at, true),
      mask: view.getUint32(at + 4, true),
      name: new TextDecoder().decode(end < 0 ? name : name.subarray(0, end)),
    })
    at += eventBytes + length
  }
  return events
}
