// Finding processes by the namespaces they are in, never by name.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Field 22 of /proc/<pid>/stat: clock ticks since the machine started. Undefined: no such process, or it is dead already. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** `pid:[4026532000]`; undefined when the process is gone. */
export function namespaceOf(pid: number, kind: 'net' | 'pid' | 'mnt'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    return undefined
  }
}

/** Living processes in a namespace. */
export function processesIn(kind: 'net' | 'pid', identity: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => namespaceOf(pid, kind) === identity && startTimeOf(pid) !== undefined)
}

/** Sends a signal; a process that has gone meanwhile is no fault. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Looks again every few milliseconds; false when it still isn't so in the end. */
export async function until(isSo: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() >= end) return false
    await sleep(5)
  }
  return true
}
