// Running external programs: always an argument list, never a shell; always with a time limit and a bound on what they may write.
import { spawn } from 'node:child_process'

export type RunOptions = {
  /** Given on standard input; nothing: standard input is empty. */
  readonly input?: string
  readonly timeoutMs?: number
  /** Bytes of each stream that are kept; a program that writes more fails. */
  readonly outputMax?: number
}

const timeoutDefaultMs = 15_000
const outputDefaultMax = 64 * 1024 * 1024

/** A program that failed, with all that is known about it; for the log, not for clients. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError'
  readonly program: string
  readonly status: number | undefined
  readonly stderr: string
  constructor(argv: readonly string[], how: string, status: number | undefined, stderr: string) {
    const shown = argv.map((word) => (word.length > 200 ? `${word.slice(0, 200)}…` : word)).join(' ')
    super(`${shown}: ${how}${stderr === '' ? '' : `: ${stderr.trim()}`}`)
    this.program = argv[0] ?? ''
    this.status = status
    this.stderr = stderr
  }
}

/** The environment every program gets: nothing of ours, messages in English, the places where system tools are. */
export const toolEnvironment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const

/**
 * Runs a program and gives what it wrote to standard output.
 *
 * @throws ProgramError when it cannot be started, ends with another status than 0, takes too long or writes too much.
 */
export function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const outputMax = options.outputMax ?? outputDefaultMax
  return new Promise((resolve, reject) => {
    const [program, ...args] = argv
    const child = spawn(program, args, { env: toolEnvironment, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let outLength = 0
    let errLength = 0
    let why: string | undefined
    const giveUp = (reason: string): void => {
      why ??= reason
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => giveUp('took too long'), options.timeoutMs ?? timeoutDefaultMs)
    child.stdout.on('data', (chunk: Buffer) => {
      outLength += chunk.length
      if (outLength > outputMax) giveUp('wrote too much')
      else out.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errLength += chunk.length
      if (errLength <= 16_384) err.push(chunk)
    })
    // A program that ends without reading its input is judged by its status, not by the broken pipe.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new ProgramError(argv, error.message, undefined, ''))
    })
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      if (status === 0 && why === undefined) return resolve(Buffer.concat(out).toString())
      const how = why ?? (signal ? `ended by ${signal}` : `status ${status}`)
      reject(new ProgramError(argv, how, status ?? undefined, Buffer.concat(err).toString()))
    })
  })
}

/** Runs tasks one after the other, in the order of the calls; a task that fails does not hold up the next. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => undefined)
    return result
  }
}
