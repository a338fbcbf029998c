// The machine's processes as /proc has them, looked through once a second while somebody tracks one. (The kernel's process
// events would tell at once, but reach neither a network namespace of its own nor a container.)
import { readdirSync, readFileSync } from 'node:fs'
import type { ProcessEntry, Processes } from './port.ts'

/** Milliseconds. */
const lookEvery = 1000

export function createProcesses(): Processes & { close(): void } {
  const watching = new Set<() => void>()
  let timer: ReturnType<typeof setInterval> | undefined

  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  return {
    list: listProcesses,
    watch(changed) {
      watching.add(changed)
      timer ??= setInterval(() => {
        for (const each of watching) each()
      }, lookEvery)
      return {
        close: () => {
          watching.delete(changed)
          if (watching.size === 0) stop()
        },
      }
    },
    close() {
      watching.clear()
      stop()
    },
  }
}

function listProcesses(): readonly ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^[1-9]/.test(name)) return []
    const found = readProcess(Number(name))
    return found ? [found] : []
  })
}

/** Undefined when it has ended meanwhile, or has ended and waits for its parent to see it. */
function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // PID (NAME) STATE …; the name may hold anything, parentheses too.
    const end = status.lastIndexOf(')')
    if (/^[ZX]/.test(status.slice(end + 2))) return undefined
    const name = status.slice(status.indexOf('(') + 1, end)
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return { pid, name, argv: words.slice(0, -1) }
  } catch {
    return undefined
  }
}
