// This process and others: scheduling, limits of privilege, namespaces, signals.
import { layout, viewOf } from './layout.ts'
import { bindPrototypes, bytes, check } from './library.ts'

const libc = bindPrototypes({
  prctl: 'int prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d)',
  sched_setscheduler: 'int sched_setscheduler(int pid, int policy, const void *parameter)',
  sched_getscheduler: 'int sched_getscheduler(int pid)',
  setpriority: 'int setpriority(int which, uint32_t who, int nice)',
  getpriority: 'int getpriority(int which, uint32_t who)',
  setns: 'int setns(int fd, int type)',
  unshare: 'int unshare(int flags)',
  capget: 'int capget(void *header, void *data)',
  kill: 'int kill(int pid, int signal)',
  umask: 'uint32_t umask(uint32_t mask)',
  setsid: 'int setsid()',
  open: 'int open(const char *path, int flags)',
  close: 'int close(int fd)',
  mlock2: 'int mlock2(const void *address, size_t length, uint32_t flags)',
  setrlimit: 'int setrlimit(int resource, const void *limit)',
  getrlimit: 'int getrlimit(int resource, void *limit)',
  sched_setaffinity: 'int sched_setaffinity(int pid, size_t size, const void *mask)',
  sched_getaffinity: 'int sched_getaffinity(int pid, size_t size, void *mask)',
})

const PR_SET_PDEATHSIG = 1
const PR_SET_NAME = 15
const O_RDONLY_CLOEXEC = 0o2000000

export const CLONE = {
  NEWNS: 0x00020000,
  NEWUTS: 0x04000000,
  NEWIPC: 0x08000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
} as const

/** Scheduling policies; `RESET_ON_FORK` keeps children (scripts) from inheriting them. */
export const SCHED = { OTHER: 0, FIFO: 1, RR: 2, BATCH: 3, RESET_ON_FORK: 0x40000000 } as const

const schedParam = layout('sched_param', { priority: 'int' }, 4)
const capHeader = layout('__user_cap_header_struct', { version: 'uint32_t', pid: 'int' }, 8)
const capData = layout('__user_cap_data_struct', { effective: 'uint32_t', permitted: 'uint32_t', inheritable: 'uint32_t' }, 12)
const rlimit = layout('rlimit', { soft: 'uint64_t', hard: 'uint64_t' }, 16)
/** _LINUX_CAPABILITY_VERSION_3: two capData, 64 capabilities. */
const capabilityVersion = 0x20080522

/** The signal that the kernel sends us when the thread that started us ends; 0 for none. */
export const setParentDeathSignal = (signal: number): void => {
  check(libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), 'prctl', 'PR_SET_PDEATHSIG')
}

const nameBytes = bytes(16)
/** The calling thread's name in ps and top; at most 15 bytes are kept. */
export function setThreadName(name: string): void {
  nameBytes.fill(0)
  nameBytes.set(new TextEncoder().encode(name).subarray(0, 15))
  check(bindName(PR_SET_NAME, nameBytes, 0, 0, 0), 'prctl', 'PR_SET_NAME')
}
const bindName = bindPrototypes({ prctl: 'int prctl(int option, const void *name, uint64_t b, uint64_t c, uint64_t d)' }).prctl

/**
 * Policy of one thread; 0 is the calling one. Node's helper threads keep theirs.
 *
 * @param priority 1 to 99 for FIFO and RR, 0 for the others.
 */
export function setScheduler(thread: number, policy: number, priority: number): void {
  const parameter = bytes(schedParam.size)
  viewOf(parameter).setInt32(schedParam.at.priority, priority, true)
  check(libc.sched_setscheduler(thread, policy, parameter), 'sched_setscheduler', `policy ${policy & 0xff}, priority ${priority}`)
}

/** The policy number without RESET_ON_FORK. */
export const getSchedulerPolicy = (thread: number): number => check(libc.sched_getscheduler(thread), 'sched_getscheduler') & 0xff

/** −20 (first) to 19 (last), of one thread; 0 is the calling one. */
export const setNice = (thread: number, nice: number): void => {
  check(libc.setpriority(0, thread, nice), 'setpriority', `nice ${nice}`)
}

/** Bits of effective capabilities, CAP_NET_RAW being bit 13. */
export function effectiveCapabilities(): bigint {
  const header = bytes(capHeader.size)
  viewOf(header).setUint32(capHeader.at.version, capabilityVersion, true)
  const data = bytes(2 * capData.size)
  check(libc.capget(header, data), 'capget')
  const view = viewOf(data)
  return BigInt(view.getUint32(capData.at.effective, true)) | (BigInt(view.getUint32(capData.size + capData.at.effective, true)) << 32n)
}

export const capability = {
  CHOWN: 0,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  SYS_ADMIN: 21,
  SYS_NICE: 23,
} as const
export type CapabilityName = keyof typeof capability
export const hasCapability = (name: CapabilityName): boolean => ((effectiveCapabilities() >> BigInt(capability[name])) & 1n) === 1n

/** Moves the calling thread into the namespace that a file (`/run/netns/x`, `/proc/1/ns/net`) stands for. */
export function enterNamespace(path: string, type: number = CLONE.NEWNET): void {
  const fd = check(libc.open(path, O_RDONLY_CLOEXEC), 'open', path)
  try {
    check(libc.setns(fd, type), 'setns', path)
  } finally {
    libc.close(fd)
  }
}

/** Gives the calling thread new namespaces, by bits of `CLONE`. */
export const unshareNamespaces = (flags: number): void => {
  check(libc.unshare(flags), 'unshare', `flags 0x${flags.toString(16)}`)
}

/** A negative number is a process group. Throws SyscallError, ESRCH when there is none. */
export const sendSignal = (process: number, signal: number): void => {
  check(libc.kill(process, signal), 'kill', `process ${process}, signal ${signal}`)
}

/** Sets the mask for new files and returns the old one. */
export const setUmask = (mask: number): number => libc.umask(mask)

export const RLIMIT = { CORE: 4, NOFILE: 7, MEMLOCK: 8, RTTIME: 15, RTPRIO: 14 } as const
export function setLimit(resource: number, soft: number | bigint, hard: number | bigint): void {
  const value = bytes(rlimit.size)
  viewOf(value).setBigUint64(rlimit.at.soft, BigInt(soft), true)
  viewOf(value).setBigUint64(rlimit.at.hard, BigInt(hard), true)
  check(libc.setrlimit(resource, value), 'setrlimit', `resource ${resource}`)
}

export function limitsOf(resource: number): { readonly soft: bigint; readonly hard: bigint } {
  const value = bytes(rlimit.size)
  check(libc.getrlimit(resource, value), 'getrlimit', `resource ${resource}`)
  const view = viewOf(value)
  return { soft: view.getBigUint64(rlimit.at.soft, true), hard: view.getBigUint64(rlimit.at.hard, true) }
}

/** Bytes of a processor mask: 1,024 processors, as glibc's cpu_set_t. */
const processorMaskBytes = 128

/** The processors that a thread may run on; 0 is the calling one. */
export function setProcessors(thread: number, processors: readonly number[]): void {
  const mask = bytes(processorMaskBytes)
  for (const processor of processors) {
    const at = processor >> 3
    if (at < mask.length) mask[at] = (mask[at] ?? 0) | (1 << (processor & 7))
  }
  check(libc.sched_setaffinity(thread, mask.length, mask), 'sched_setaffinity', `processors ${processors.join(' ')}`)
}
export function processorsOf(thread: number): readonly number[] {
  const mask = bytes(processorMaskBytes)
  check(libc.sched_getaffinity(thread, mask.length, mask), 'sched_getaffinity')
  return Array.from({ length: 8 * mask.length }, (_, i) => i).filter((i) => ((mask[i >> 3] ?? 0) >> (i & 7)) & 1)
}

const MLOCK_ONFAULT = 1

/**
 * Keeps one mapping in memory once it has been read. Only for file-backed text: locking what Node's collector gives back
 * aborts it.
 */
export const lockMapping = (address: bigint, length: number): void => {
  check(libc.mlock2(address, length, MLOCK_ONFAULT), 'mlock2', `${length} bytes`)
}
