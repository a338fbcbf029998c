// The machine's processes as /proc has them, kept up to date by the kernel's process events; where those are refused, /proc is
// looked through once a second while somebody tracks one.
import { readdirSync, readFileSync } from 'node:fs'
import type { BufferSize, HostFault, ProcessEntry, Processes } from './port.ts'
import { openProcessEvents } from './process-events.ts'

/** Milliseconds. */
const lookEvery = 1000
/** Processes that live shorter than this are never looked at: a busy shell starts thousands. Milliseconds. */
const gatherFor = 20

type Events = { close(): void }

export function createProcesses(): Processes & { close(): void } {
  const watching = new Set<() => void>()
  let timer: ReturnType<typeof setInterval> | undefined
  let gathering: ReturnType<typeof setTimeout> | undefined
  let events: Events | undefined
  let fault: HostFault | undefined
  /** By pid; complete only while there are events. */
  const table = new Map<number, ProcessEntry>()
  const stale = new Set<number>()
  let isLost = false

  const stop = (): void => {
    clearInterval(timer)
    clearTimeout(gathering)
    timer = undefined
    gathering = undefined
    events?.close()
    events = undefined
    fault = undefined
    stale.clear()
    table.clear()
  }
  const readAll = (): void => {
    table.clear()
    for (const entry of listProcesses()) table.set(entry.pid, entry)
  }
  const catchUp = (): void => {
    gathering = undefined
    if (isLost) readAll()
    else {
      for (const pid of stale) {
        const entry = readProcess(pid)
        if (entry) table.set(pid, entry)
        else table.delete(pid)
      }
    }
    isLost = false
    stale.clear()
    for (const each of watching) each()
  }
  const startEvents = (size: BufferSize | undefined): void => {
    const opened = openProcessEvents((event) => {
      if (event === undefined) isLost = true
      else if (event.kind === 'ended') {
        stale.delete(event.pid)
        // Nothing we knew of: it came and went between two looks.
        if (!table.delete(event.pid)) return
      } else if (event.kind !== 'acknowledged' && event.kind !== 'other') stale.add(event.pid)
      gathering ??= setTimeout(catchUp, gatherFor)
    }, size)
    if (opened.ok) {
      events = opened.value
      readAll()
    } else fault = opened.fault
  }
  const start = (size: BufferSize | undefined): void => {
    startEvents(size)
    if (events) return
    timer = setInterval(() => {
      for (const each of watching) each()
    }, lookEvery)
  }
  return {
    list: () => (events ? [...table.values()] : listProcesses()),
    watch(changed, size) {
      if (watching.size === 0) start(size)
      watching.add(changed)
      return {
        fault,
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
