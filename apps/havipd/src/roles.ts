// How one program starts its other halves: internal words in the environment, never options that a user could give.
import type { Settings } from './options.ts'
import type { PlacedSettings } from './run-files.ts'

export const roleVariable = 'HAVIPD_ROLE'
export const settingsVariable = 'HAVIPD_SETTINGS'
export const guardReportVariable = 'HAVIPD_GUARD_REPORT'
export const deathsVariable = 'HAVIPD_DEATHS'

/**
 * A small heap in few threads: a daemon has to be small and, above all, never pause for long.
 * The young generation of 1 MB keeps each collection well below a millisecond. (No `--disable-sigusr1`: it takes
 * the signal away from listeners, too, and keepalived's users send it.)
 */
const daemonFlags = ['--max-semi-space-size=1', '--max-old-space-size=128', '--v8-pool-size=0']

/**
 * The C library gives each thread a heap of its own, and what a helper thread needed while code was compiled stays there: 30 MB after
 * a start with a thousand instances. With one heap for all it can be given back. Read by the library when a process begins.
 */
const oneHeap = { MALLOC_ARENA_MAX: '1' } as const

/** Not for the programs that we start. */
export function hideOwnEnvironment(): void {
  for (const name of Object.keys(oneHeap)) delete process.env[name]
}

export type Command = { readonly program: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv }

/** This program again, as the daemon proper. */
export function daemonCommand(settings: PlacedSettings, guardReport: unknown): Command {
  const env: NodeJS.ProcessEnv = { ...process.env, ...oneHeap, [roleVariable]: 'daemon', [settingsVariable]: JSON.stringify(settings) }
  if (guardReport !== undefined) env[guardReportVariable] = JSON.stringify(guardReport)
  return { program: process.execPath, args: [...daemonFlags, scriptPath()], env }
}

/** The same before it is known where its files go: it loads, reads, and waits, see `startEarly`. */
export const earlyDaemonCommand = (settings: Settings): Command => ({
  program: process.execPath,
  args: [...daemonFlags, scriptPath()],
  env: { ...process.env, ...oneHeap, [roleVariable]: 'early-daemon', [settingsVariable]: JSON.stringify(settings) },
})

/** This program again, as the spare of this process; `deaths`: when daemons of this line died, see `succession`. */
export function spareCommand(settings: PlacedSettings, deaths: readonly number[]): Command {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...oneHeap,
    [roleVariable]: 'spare',
    [settingsVariable]: JSON.stringify(settings),
    [deathsVariable]: JSON.stringify(deaths),
  }
  return { program: process.execPath, args: [...daemonFlags, scriptPath()], env }
}

/** This program again, as the guard, away from the terminal. */
export const guardCommand = (args: readonly string[]): Command => ({
  program: process.execPath,
  args: [...process.execArgv, scriptPath(), ...args],
  env: { ...process.env, ...oneHeap, [roleVariable]: 'guard' },
})

function scriptPath(): string {
  const path = process.argv[1]
  if (path === undefined) throw new Error('havipd does not know its own file name')
  return path
}
