// The daemon's process is started before the guard has loaded anything: both load at the same time, both read the configuration, and the daemon
// waits then for the guard's word. Half of the start would else be one process waiting for the other.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readSync } from 'node:fs'
import type { Settings } from './options.ts'
import { earlyDaemonCommand } from './roles.ts'
import type { PlacedSettings } from './run-files.ts'

/** Undefined where the guard has to do something first that the daemon inherits, or will refuse anyway. */
export function startEarly(settings: Settings, cwd: string | undefined): ChildProcess | undefined {
  if (settings.namespace !== undefined || !existsSync(settings.configFile)) return undefined
  const { program, args, env } = earlyDaemonCommand(settings)
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  // The guard sees by `isAlive` what became of it.
  child.on('error', () => {})
  return child
}

export const isAlive = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid !== undefined && exitCode === null && signalCode === null

/** The guard's word that everything is in order. */
export function letGo(daemon: ChildProcess, settings: PlacedSettings): void {
  const line = daemon.stdio[3]
  if (line && 'write' in line) line.write(`${JSON.stringify(settings)}\n`)
}

/** In the daemon: waits for that word. Undefined when the guard ended instead. */
export function waitForGuard(): PlacedSettings | undefined {
  const chunk = Buffer.alloc(4096)
  let text = ''
  // Bounded by the guard: it writes one line, or its end closes.
  while (!text.endsWith('\n')) {
    const length = readSync(3, chunk)
    if (length === 0) return undefined
    text += chunk.toString('utf8', 0, length)
  }
  return JSON.parse(text) as PlacedSettings
}
