// An instance's disk, and how it is put together at boot. While the instance is off its disk is only data, and hostile data at
// that: nothing on it is followed, only replaced.
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { InstanceSpec } from '@havip/vpc-service'

export type Bind = { readonly source: string; readonly target: string }

export type DiskPaths = {
  /** What becomes `/`. */
  readonly root: string
  readonly mountPoint: string
  readonly image: string
  upper(area: string): string
  work(area: string): string
}

export const diskPaths = (directory: string, image: string): DiskPaths => ({
  root: join(directory, 'disk/root'),
  mountPoint: join(directory, 'mount'),
  image,
  upper: (area) => join(directory, `disk/${area}/upper`),
  work: (area) => join(directory, `disk/${area}/work`),
})

const MS = { RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, REMOUNT: 32, BIND: 4096, REC: 16384 } as const

/** Top-level directories that hold programs: links into /usr on a merged system, of their own on an older one. */
const programDirectories = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']
const plainDirectories: readonly (readonly [string, number])[] = [
  ['root', 0o700],
  ['home', 0o755],
  ['tmp', 0o1777],
  ['opt', 0o755],
  ['srv', 0o755],
  ['mnt', 0o755],
  ['media', 0o755],
  ['proc', 0o555],
  ['sys', 0o555],
  ['dev', 0o755],
  ['run', 0o755],
  ['usr', 0o755],
  ['etc', 0o755],
  ['var', 0o755],
]

/** Areas that lie over something of the host: the name, and what it lies over. */
function overlays(paths: DiskPaths): readonly (readonly [area: string, lower: string])[] {
  const separate = programDirectories.filter((name) => lstatSync(`/${name}`, { throwIfNoEntry: false })?.isDirectory())
  return [
    ['usr', '/usr'],
    ['etc', join(paths.image, 'etc')],
    ['var', join(paths.image, 'var')],
    ...separate.map((name) => [name, `/${name}`] as const),
  ]
}

/**
 * Makes sure that `relative` below `root` is a real directory all the way down; a link or file in its place is removed. The
 * instance is off, so nobody changes it meanwhile.
 */
export function realDirectory(root: string, relative: string, mode = 0o755): void {
  let path = root
  for (const part of relative.split('/').filter((word) => word !== '')) {
    path = join(path, part)
    const status = lstatSync(path, { throwIfNoEntry: false })
    if (status?.isDirectory()) continue
    if (status) rmSync(path)
    mkdirSync(path)
    chmodSync(path, mode)
  }
}

/** Writes a file below a directory that an instance can write, following nothing. */
export function writeUnfollowed(root: string, relative: string, text: string, mode = 0o644): void {
  realDirectory(root, dirname(relative) === '.' ? '' : dirname(relative))
  const path = join(root, relative)
  rmSync(path, { recursive: true, force: true })
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode)
  try {
    writeSync(fd, text)
  } finally {
    closeSync(fd)
  }
}

/** Where user data waits for the first boot, inside the instance. */
export const userDataPath = '/var/lib/havip-instance/user-data'

/** Makes a fresh disk, or brings an existing one into the shape that boot needs. */
export function prepareDisk(
  paths: DiskPaths,
  spec: InstanceSpec,
  state: { readonly isNew: boolean; readonly hostNameChanged: boolean },
): void {
  mkdirSync(paths.root, { recursive: true, mode: 0o755 })
  mkdirSync(paths.mountPoint, { recursive: true })
  for (const [name, mode] of plainDirectories) realDirectory(paths.root, name, mode)
  for (const name of programDirectories) programLink(paths.root, name)
  for (const [area] of overlays(paths)) {
    mkdirSync(paths.upper(area), { recursive: true, mode: 0o755 })
    mkdirSync(paths.work(area), { recursive: true })
  }
  if (state.isNew || state.hostNameChanged) {
    writeUnfollowed(paths.upper('etc'), 'hostname', `${spec.hostName}\n`)
    writeUnfollowed(paths.upper('etc'), 'hosts', `127.0.0.1\tlocalhost\n${spec.address}\t${spec.hostName}\n`)
  }
  if (state.isNew && spec.userData !== '') writeUnfollowed(paths.upper('var'), userDataPath.slice('/var/'.length), spec.userData, 0o700)
}

function programLink(root: string, name: string): void {
  const host = lstatSync(`/${name}`, { throwIfNoEntry: false })
  if (host?.isDirectory()) realDirectory(root, name)
  if (!host?.isSymbolicLink()) return
  const path = join(root, name)
  if (lstatSync(path, { throwIfNoEntry: false })) return
  symlinkSync(readlinkSync(`/${name}`), path)
}

/** Device nodes: name, mode, major, minor. */
const devices = [
  ['null', '666', 1, 3],
  ['zero', '666', 1, 5],
  ['full', '666', 1, 7],
  ['random', '666', 1, 8],
  ['urandom', '666', 1, 9],
  ['tty', '666', 5, 0],
] as const
const deviceLinks = [
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
  ['pts/ptmx', 'ptmx'],
] as const

/** Below /proc: what would let root in an instance change the host is read-only, what tells about it is empty. */
const procReadOnly = ['sys', 'sysrq-trigger', 'irq', 'bus', 'fs', 'acpi', 'scsi', 'asound', 'driver', 'tty', 'mtrr']
const procHidden = [
  'kcore',
  'keys',
  'key-users',
  'timer_list',
  'kmsg',
  'kallsyms',
  'sched_debug',
  'latency_stats',
  'vmallocinfo',
  'kpagecount',
  'kpageflags',
  'config.gz',
]

/** The operations that `bootScript` carries out, in order, each a list of words. */
export function bootPlan(paths: DiskPaths, spec: InstanceSpec, binds: readonly Bind[]): string[][] {
  const root = paths.mountPoint
  const at = (path: string): string => join(root, path)
  const mount = (source: string, target: string, type: string, flags: number, data = ''): string[] => [
    'mount',
    source,
    at(target),
    type,
    String(flags),
    data,
  ]
  const plan: string[][] = [mount(paths.root, '', '', MS.BIND)]
  for (const [area, lower] of overlays(paths)) {
    const data = `lowerdir=${lower},upperdir=${paths.upper(area)},workdir=${paths.work(area)}`
    plan.push(mount('overlay', area, 'overlay', MS.NODEV, data))
  }

  plan.push(mount('proc', 'proc', 'proc', MS.NOSUID | MS.NODEV | MS.NOEXEC))
  for (const name of procReadOnly) {
    plan.push(mount(at(`proc/${name}`), `proc/${name}`, '', MS.BIND | MS.REC))
    plan.push(mount('none', `proc/${name}`, '', MS.REMOUNT | MS.BIND | MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC))
  }
  // Its own network's settings are an instance's to change; the others are the whole machine's.
  plan.push(mount(at('proc/sys/net'), 'proc/sys/net', '', MS.BIND))
  plan.push(mount('none', 'proc/sys/net', '', MS.REMOUNT | MS.BIND | MS.NOSUID | MS.NODEV | MS.NOEXEC))
  plan.push(mount('sysfs', 'sys', 'sysfs', MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC))
  plan.push(mount('none', 'sys/firmware', 'tmpfs', MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC, 'size=0'))

  plan.push(mount('dev', 'dev', 'tmpfs', MS.NOSUID | MS.NOEXEC, 'size=1m,mode=755'))
  for (const [name, mode, major, minor] of devices) plan.push(['node', at(`dev/${name}`), mode, String(major), String(minor)])
  for (const name of ['pts', 'shm', 'net']) plan.push(['mkdir', at(`dev/${name}`), '755'])
  plan.push(['node', at('dev/net/tun'), '666', '10', '200'])
  for (const [to, name] of deviceLinks) plan.push(['symlink', to, at(`dev/${name}`)])
  plan.push(mount('devpts', 'dev/pts', 'devpts', MS.NOSUID | MS.NOEXEC, 'newinstance,ptmxmode=0666,mode=620,gid=5'))
  plan.push(mount('shm', 'dev/shm', 'tmpfs', MS.NOSUID | MS.NODEV, 'size=64m,mode=1777'))
  for (const name of procHidden) plan.push(mount(at('dev/null'), `proc/${name}`, '', MS.BIND))

  plan.push(mount('run', 'run', 'tmpfs', MS.NOSUID | MS.NODEV, 'size=64m,mode=755'))
  plan.push(['mkdir', at('run/lock'), '1777'])
  for (const bind of binds) {
    plan.push(mount(bind.source, bind.target, '', MS.BIND))
    plan.push(mount('none', bind.target, '', MS.REMOUNT | MS.BIND | MS.RDONLY | MS.NOSUID | MS.NODEV))
  }
  plan.push(['hostname', spec.hostName])
  return plan
}

/** Directories on the disk that the plan mounts on and that aren't made by an earlier mount. */
export function prepareBinds(paths: DiskPaths, binds: readonly Bind[]): void {
  for (const bind of binds) realDirectory(paths.root, bind.target)
}

/** What a path that goes into mount options and plans may look like. */
export const pathPattern = /^\/[A-Za-z0-9._+@-]+(\/[A-Za-z0-9._+@-]+)*$/

/** Reads `HOSTDIR:/place/in/instance`; throws a RangeError that says what is wrong. */
export function parseBind(text: string): Bind {
  const [source = '', target = '', ...rest] = text.split(':')
  const full = resolve(source)
  if (rest.length > 0 || source === '' || target === '') throw new RangeError(`${text}: must be HOSTDIR:/place/in/instance`)
  if (!existsSync(full)) throw new RangeError(`${full}: no such directory`)
  if (!pathPattern.test(full)) throw new RangeError(`${full}: only letters, digits and ._+@- are possible in this path`)
  if (!pathPattern.test(target) || /\/\.\.?(\/|$)/.test(target) || !/^\/(opt|srv|mnt|media|home)\/./.test(target))
    throw new RangeError(`${target}: must lie below /opt, /srv, /mnt, /media or /home`)
  return { source: full, target }
}
