// Runs commands of the command line in this process, in a directory of its own that is gone afterwards.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { UsageError } from './usage-error.ts'

export type Outcome = { readonly status: number; readonly out: string; readonly err: string }
export type Place = { readonly directory: string; run(...words: readonly string[]): Promise<Outcome> }

/** @param add what puts the commands under test on the program. */
export const commandLine =
  (add: (program: Command) => void) =>
  async (files: Readonly<Record<string, string | Uint8Array>>, use: (place: Place) => Promise<void> | void): Promise<void> => {
    const directory = mkdtempSync(join(tmpdir(), 'havip-cli-'))
    const home = process.cwd()
    process.chdir(directory)
    try {
      for (const [name, content] of Object.entries(files)) writeFileSync(name, content)
      await use({ directory, run: (...words) => runCommand(add, words) })
    } finally {
      process.chdir(home)
      rmSync(directory, { recursive: true, force: true })
    }
  }

async function runCommand(add: (program: Command) => void, words: readonly string[]): Promise<Outcome> {
  let out = ''
  let err = ''
  const program = new Command('havip')
    .exitOverride()
    .configureOutput({ writeOut: (text) => (out += text), writeErr: (text) => (err += text) })
  add(program)
  const { log } = console
  const { exitCode } = process
  console.log = (text = '') => {
    out += `${text}\n`
  }
  try {
    process.exitCode = 0
    await program.parseAsync(['node', 'havip', ...words])
    return { status: Number(process.exitCode ?? 0), out, err }
  } catch (error) {
    if (error instanceof UsageError) return { status: 2, out, err: error.message }
    if (error instanceof CommanderError) return { status: error.exitCode === 0 ? 0 : 2, out, err }
    throw error
  } finally {
    console.log = log
    process.exitCode = exitCode
  }
}

/** A node of a pair that nothing is wrong with. */
export const nodeFile = (own: string, peer: string, priority: number): string =>
  `vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    priority ${priority}
    unicast_src_ip ${own}
    unicast_peer {
        ${peer}
    }
    virtual_ipaddress {
        10.0.0.9
    }
}
`
export const first = nodeFile('10.0.0.1', '10.0.0.2', 100)
export const second = nodeFile('10.0.0.2', '10.0.0.1', 50)
