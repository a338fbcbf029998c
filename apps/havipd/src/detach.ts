// Into the background without fork: the guard is started anew in a session of its own, and this process ends with status 0
// once it is up, or with the guard's own status if it does not come up.
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { guardCommand } from './roles.ts'

export function detach(args: readonly string[]): void {
  const { program, args: words, env } = guardCommand(args)
  const guard = spawn(program, words, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] })
  guard.on('error', (error) => {
    process.stderr.write(`havipd: cannot start: ${error.message}\n`)
    process.exit(1)
  })
  guard.on('exit', (code) => process.exit(code ?? 1))
  const stderr = guard.stderr
  stderr?.pipe(process.stderr)
  const ready = guard.stdio[3] as Readable
  ready.once('data', () => process.exit(0))
}
