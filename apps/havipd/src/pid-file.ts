// Pid files: a number and a newline. One that names a living process of ours or of keepalived's means that a daemon runs.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

export type PidFile = { remove(): void }
export type PidFileTaken = { readonly takenBy: number }

/** Throws when the file cannot be written. */
export function writePidFile(path: string, pid: number): PidFile | PidFileTaken {
  const other = readPid(path)
  if (other !== undefined && other !== pid && isDaemon(other)) return { takenBy: other }
  writeFileSync(path, `${pid}\n`)
  // Everybody may know it, whatever the daemon's own mask says.
  chmodSync(path, 0o644)
  return {
    remove: () => {
      // Never somebody else's: a successor may have written it meanwhile.
      if (readPid(path) === pid) rmSync(path, { force: true })
    },
  }
}

export function readPid(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return /^\d+\n?$/.test(text) ? Number.parseInt(text, 10) : undefined
  } catch {
    return undefined
  }
}

/** Numbers are used again: a process that is neither havipd nor keepalived is a stranger with an old daemon's number. */
function isDaemon(pid: number): boolean {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return /havipd|keepalived/.test(commandLine.replaceAll('\0', ' '))
  } catch {
    return false
  }
}
