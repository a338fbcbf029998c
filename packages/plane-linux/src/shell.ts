// A terminal with a program in it.

import type { Shell } from '@havip/vpc-service'
import { type IPty, spawn } from '@lydell/node-pty'
import type { TerminalSize } from './protocol.ts'
import { toolEnvironment } from './run.ts'

/** What arrives before somebody listens is kept. `close` hangs up. */
export function openTerminal(program: string, args: string[], size: TerminalSize): Shell {
  const terminal: IPty = spawn(program, args, {
    name: 'xterm-256color',
    cols: size.columns,
    rows: size.rows,
    cwd: '/',
    env: toolEnvironment,
    // Bytes, not text: a character may be cut in two.
    encoding: null,
  })
  const early: Uint8Array[] = []
  const dataListeners: ((data: Uint8Array) => void)[] = []
  const endListeners: ((status: number) => void)[] = []
  let ended: number | undefined
  terminal.onData((data) => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : (data as Uint8Array)
    if (dataListeners.length === 0) early.push(bytes)
    for (const listener of dataListeners) listener(bytes)
  })
  terminal.onExit(({ exitCode, signal }) => {
    ended = signal ? 128 + signal : exitCode
    for (const listener of endListeners) listener(ended)
  })
  return {
    // It takes bytes too, whatever its types say.
    write: (data) => terminal.write(Buffer.from(data) as unknown as string),
    resize: ({ columns, rows }) => {
      if (ended === undefined) terminal.resize(columns, rows)
    },
    onData: (listener) => {
      dataListeners.push(listener)
      for (const bytes of early.splice(0)) listener(bytes)
    },
    onEnd: (listener) => {
      endListeners.push(listener)
      if (ended !== undefined) listener(ended)
    },
    close: () => {
      if (ended === undefined) terminal.kill('SIGKILL')
    },
  }
}
