// Pid files: a number and a newline, kept open with a lock for as long as the process lives, as keepalived 2.4 does: a start
// that finds the lock taken knows that a daemon runs, and no number is ever taken for a stranger's. Older keepalived has no
// locks and goes by the number; so do we where it names a keepalived.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename } from 'node:path'
import { monotonicMilliseconds, tryLock } from '@havip/linux'

export type PidFile = { remove(): void }
/** The number in the file of whoever has the lock; undefined when it is none. */
export type PidFileTaken = { readonly takenBy: number | undefined }

/** Somebody may just be replacing the file. */
const attemptsMax = 10

type Held = { fd: number; pid: number }
/** A process that becomes the daemon keeps the file it has: a second opening would find the lock taken by the first. */
const held = new Map<string, Held>()

/** Throws when the file cannot be written, or the file system has no locks. */
export function takePidFile(path: string, pid: number): PidFile | PidFileTaken {
  const ours = held.get(path)
  const fd = ours?.fd ?? openLocked(path)
  if (fd === undefined) return { takenBy: readPid(path) }
  const other = readPid(path)
  if (!ours && other !== undefined && isKeepalived(other)) {
    closeSync(fd)
    return { takenBy: other }
  }
  const mine: Held = { fd, pid }
  held.set(path, mine)
  ftruncateSync(fd, 0)
  writeSync(fd, `${pid}\n`, 0)
  return { remove: () => remove(path, mine) }
}

/**
 * As `takePidFile`, for a process that goes on after another one: the kernel may take a moment to give a dead process's lock
 * back, and one that handed over ends in its own time. `done` is called with what came of it, at once if possible.
 */
export function inheritPidFile(path: string, pid: number, done: (result: PidFile | PidFileTaken) => void, patienceMs = 5000): void {
  const end = monotonicMilliseconds() + patienceMs
  const attempt = (): void => {
    const result = takePidFile(path, pid)
    if ('remove' in result || monotonicMilliseconds() > end) done(result)
    else setTimeout(attempt, retryMs)
  }
  attempt()
}
const retryMs = 10

/** Undefined: the lock is taken. */
function openLocked(path: string): number | undefined {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644)
    let isLocked = false
    try {
      isLocked = tryLock(fd)
      // Everybody may know the number, whatever the daemon's own mask says.
      if (isLocked) fchmodSync(fd, 0o644)
    } finally {
      if (!isLocked) closeSync(fd)
    }
    if (!isLocked) return undefined
    if (isStill(path, fd)) return fd
    // Its last owner removed it between our opening and our locking it.
    closeSync(fd)
  }
  throw new Error(`${path} is replaced again and again`)
}

function isStill(path: string, fd: number): boolean {
  try {
    return statSync(path).ino === fstatSync(fd).ino
  } catch {
    return false
  }
}

function remove(path: string, mine: Held): void {
  if (held.get(path) !== mine) return
  held.delete(path)
  try {
    // Never somebody else's: it may have been replaced.
    if (isStill(path, mine.fd) && readPid(path) === mine.pid) unlinkSync(path)
  } catch {
    // A folder that has become read-only: what stays behind has no lock, and stands in nobody's way.
  } finally {
    closeSync(mine.fd)
  }
}

/** By what it was started as: what a process calls itself is anybody's choice, ours too. */
function isKeepalived(pid: number): boolean {
  try {
    return basename(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '') === 'keepalived'
  } catch {
    return false
  }
}

function readPid(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return /^\d+\n?$/.test(text) ? Number.parseInt(text, 10) : undefined
  } catch {
    return undefined
  }
}
