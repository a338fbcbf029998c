// What instances are made from: the host's programs as they are, and a copy of the public part of its /etc and /var. What not
// everybody on the host may read is never copied, so nobody has to list the host's secrets.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const readableByAll = 0o004
const openToAll = 0o005
/** Larger files in /etc aren't configuration. */
const fileBytesMax = 4 * 1024 * 1024
/** Directories of /var go this deep; below, programs make their own. */
const varDepth = 3

/** Files and directories of /etc that an instance has of its own. */
const ownInEtc = new Set([
  'hostname',
  'hosts',
  'resolv.conf',
  'machine-id',
  'mtab',
  'fstab',
  'shadow',
  'shadow-',
  'gshadow',
  'gshadow-',
  'sudoers.d',
  'rc.local',
  'ld.so.preload',
  'ssh',
  'letsencrypt',
  'kubernetes',
  'docker',
  'wireguard',
  'keepalived',
  'havip',
])

/** Below /var/lib and elsewhere: of no use in an instance, or none of its business. */
const leftOutOfVar = new Set([
  'havip',
  'docker',
  'containerd',
  'kubelet',
  'libvirt',
  'machines',
  'portables',
  'private',
  'tmp',
  'crash',
  'backups',
])

/**
 * A name for what an image made now would hold: it changes when a file of /etc does, or when a package comes or goes.
 * Reads no contents, only what the directory tells about them.
 */
export function imageName(source = '/'): string {
  const hash = createHash('sha256')
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      const status = lstatSync(path, { throwIfNoEntry: false })
      if (!status) continue
      hash.update(`${path} ${status.mode} ${status.uid} ${status.gid} ${status.isDirectory() ? '' : `${status.size} ${status.mtimeMs}`}\n`)
      if (entry.isDirectory() && (status.mode & openToAll) === openToAll) walk(path)
    }
  }
  walk(join(source, 'etc'))
  hash.update(String(lstatSync(join(source, 'var/lib/dpkg/status'), { throwIfNoEntry: false })?.mtimeMs))
  return hash.digest('hex').slice(0, 16)
}

/** Makes the image directory with its `etc` and `var`; whole or not at all. */
export function makeImage(directory: string, source = '/'): void {
  const half = `${directory}.half`
  rmSync(half, { recursive: true, force: true })
  mkdirSync(half, { recursive: true, mode: 0o755 })
  copyPublic(join(source, 'etc'), join(half, 'etc'), ownInEtc)
  copyDirectories(join(source, 'var'), join(half, 'var'), varDepth)
  finishEtc(join(half, 'etc'))
  finishVar(join(half, 'var'), source)
  renameSync(half, directory)
}

function copyOwner(from: { uid: number; gid: number; mode: number }, to: string): void {
  chownSync(to, from.uid, from.gid)
  chmodSync(to, from.mode & 0o7777)
}

function copyPublic(from: string, to: string, leftOut: ReadonlySet<string>): void {
  mkdirSync(to, { mode: 0o755 })
  for (const name of readdirSync(from)) {
    if (leftOut.has(name)) continue
    const source = join(from, name)
    const target = join(to, name)
    const status = lstatSync(source, { throwIfNoEntry: false })
    if (status?.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
    else if (status?.isDirectory() && (status.mode & openToAll) === openToAll) {
      copyPublic(source, target, new Set())
      copyOwner(status, target)
    } else if (status?.isFile() && (status.mode & readableByAll) !== 0 && status.size <= fileBytesMax) {
      copyFileSync(source, target)
      copyOwner(status, target)
    }
  }
}

function copyDirectories(from: string, to: string, depth: number): void {
  mkdirSync(to, { mode: 0o755 })
  if (depth === 0) return
  for (const name of readdirSync(from)) {
    if (leftOutOfVar.has(name)) continue
    const source = join(from, name)
    const status = lstatSync(source, { throwIfNoEntry: false })
    if (status?.isSymbolicLink()) symlinkSync(readlinkSync(source), join(to, name))
    else if (status?.isDirectory() && (status.mode & openToAll) === openToAll) {
      copyDirectories(source, join(to, name), depth - 1)
      copyOwner(status, join(to, name))
    }
  }
}

function finishEtc(etc: string): void {
  // Nobody can log in with a password; root gets in by the host only.
  writeFileSync(join(etc, 'shadow'), 'root:*:19000:0:99999:7:::\n', { mode: 0o600 })
  writeFileSync(join(etc, 'gshadow'), '', { mode: 0o600 })
  writeFileSync(join(etc, 'fstab'), '')
  writeFileSync(join(etc, 'resolv.conf'), '')
  symlinkSync('/proc/self/mounts', join(etc, 'mtab'))
}

function finishVar(var_: string, source: string): void {
  mkdirSync(join(var_, 'tmp'), { recursive: true })
  chmodSync(join(var_, 'tmp'), 0o1777)
  mkdirSync(join(var_, 'log'), { recursive: true })
  // Which packages there are; the programs of all of them are visible.
  const status = join(source, 'var/lib/dpkg/status')
  mkdirSync(join(var_, 'lib/dpkg'), { recursive: true })
  if (lstatSync(status, { throwIfNoEntry: false })?.isFile()) copyFileSync(status, join(var_, 'lib/dpkg/status'))
}
