// What `havip check` reads: files as the caller names them, one by one or as the nodes of a set, and what this machine says.
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import {
  checkOnMachine,
  configTestStatus,
  type Diagnostic,
  type MachineFacts,
  type ParsedConfiguration,
  parseConfiguration,
  type SourceReader,
} from '@havip/conf'
import { createLinuxClock, createLinuxHost, diskSources, machineFacts } from '@havip/vrrp-linux'

export type Input = {
  /** As the caller wrote it. */
  readonly file: string
  readonly path: string
  /** How findings between nodes call it. */
  readonly name: string
  readonly configId: string | undefined
}
export type Checked = {
  readonly input: Input
  readonly parsed: ParsedConfiguration
  /** Of the file, then of the machine. */
  readonly diagnostics: readonly Diagnostic[]
  readonly status: number
}

/** The daemon's own file: there, and only there, the machine is looked at without being asked for. */
export const ownFile = '/etc/keepalived/keepalived.conf'

/** `FILE`, or `NAME=FILE`: NAME is also what lines beginning with `@ID` are compared with. */
export function readInputs(words: readonly string[], configId: string | undefined): readonly Input[] {
  const split = words.map((word) => {
    const match = existsSync(word) ? null : /^([\w.-]+)=(.+)$/.exec(word)
    return match ? { file: match[2] as string, given: match[1] as string } : { file: word, given: undefined }
  })
  const short = split.map(({ file, given }) => given ?? nodeName(file))
  const isClear = new Set(short).size === short.length
  const parents = split.map(({ file, given }) => given ?? basename(dirname(resolve(file))))
  const names = isClear ? short : new Set(parents).size === parents.length ? parents : split.map(({ file }) => file)
  return split.map(({ file, given }, index) => ({
    file,
    path: resolve(file),
    name: names[index] as string,
    configId: given ?? configId,
  }))
}

/** `ecs1` for `ecs1.conf` and `ecs1.keepalived.conf`. */
const nodeName = (file: string): string => basename(file).replace(/(\.keepalived)?\.conf$/, '') || basename(file)

/** The same files, those just mended in place of what the disk has. */
export const withTexts = (changed: ReadonlyMap<string, string>): SourceReader => ({
  read: (path) => {
    const text = changed.get(path)
    return text === undefined ? diskSources.read(path) : { ok: true, value: text }
  },
  glob: diskSources.glob,
})

export function checkInput(input: Input, sources: SourceReader, facts: MachineFacts | undefined): Checked {
  const options = { hostName: hostname(), configId: input.configId, env: process.env }
  const parsed = parseConfiguration(sources, input.path, options)
  const diagnostics = facts ? checkOnMachine(parsed, facts) : parsed.diagnostics
  return { input, parsed, diagnostics, status: configTestStatus(diagnostics) }
}

/** This machine's interfaces, accounts and files, for as long as `use` runs. */
export function withMachine<T>(isWanted: boolean, use: (facts: MachineFacts | undefined) => T): T {
  if (!isWanted) return use(undefined)
  const clock = createLinuxClock()
  try {
    const host = createLinuxHost({ clock, log: () => {} })
    try {
      return use(machineFacts(host))
    } finally {
      host.close()
    }
  } finally {
    clock.close()
  }
}
