// Programs that the lab starts: never a shell, always bounded, ended by their own process id only.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

export type Ran = { readonly status: number; readonly output: string }

/** Runs to its end. Output is both streams, in order of arrival. After `timeoutMs` it is killed and the status is 124. */
export function run(argv: readonly string[], timeoutMs = 30_000): Promise<Ran> {
  return new Promise((resolve) => {
    const [program, ...rest] = argv as [string, ...string[]]
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, timeoutMs)
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (output += data))
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ status: 127, output: error.message })
    })
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve({ status: timedOut ? 124 : (status ?? 1), output })
    })
  })
}

/** @throws Error with what the program said, when it ends with anything but 0 */
export async function must(argv: readonly string[], timeoutMs?: number): Promise<string> {
  const { status, output } = await run(argv, timeoutMs)
  if (status !== 0) throw new Error(`${argv.join(' ')}: status ${status}: ${output.trim()}`)
  return output
}

export type Service = {
  readonly name: string
  readonly pid: number
  readonly log: string
  isRunning(): boolean
  /** SIGTERM, then SIGKILL after `graceMs`. */
  stop(graceMs?: number): Promise<void>
  kill(signal: NodeJS.Signals): void
}

/** Starts a program that stays; what it says goes to the file `log`. */
export function startService(name: string, argv: readonly string[], log: string): Service {
  const file = openSync(log, 'a')
  const [program, ...rest] = argv as [string, ...string[]]
  // A group of its own: Ctrl-C at the terminal is for us, and we end our services in order.
  const child: ChildProcess = spawn(program, rest, { stdio: ['ignore', file, file], detached: true })
  closeSync(file)
  let running = true
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      running = false
      resolve()
    }
    child.on('exit', end)
    child.on('error', end)
  })
  return {
    name,
    pid: child.pid ?? 0,
    log,
    isRunning: () => running,
    kill: (signal) => {
      if (running) child.kill(signal)
    },
    stop: async (graceMs = 5000) => {
      if (!running) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** The last lines of a log, for an error message. */
export function tailOf(log: string, lines = 15): string {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return '(no log)'
  }
}

/** When the process began, in the kernel's ticks: a pid that was given out again has another. Undefined when it is gone. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold blanks; field 22 is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again and again until the answer is not undefined. @throws Error that names what was awaited */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 20_000,
  everyMs = 50,
): Promise<T> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs / 1000} s`)
    await sleep(everyMs)
  }
}
