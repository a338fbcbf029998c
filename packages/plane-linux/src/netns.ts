// Network namespaces by name, and the tools that are run against them.
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { enterNamespace } from '@havip/linux'
import { netnsDirectory, netnsPath } from './names.ts'
import { run } from './run.ts'

/** Names of the namespaces that begin with `prefix`; sorted. */
export function listNetns(prefix: string): string[] {
  try {
    return readdirSync(netnsDirectory)
      .filter((name) => name.startsWith(prefix))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/**
 * The namespace's identity, by which the processes in it are found; undefined when it isn't there. A name whose mount is
 * missing (its maker was killed half-way) is an empty file: not a namespace.
 */
export function netnsIdentity(name: string): string | undefined {
  try {
    const { dev, ino } = statSync(netnsPath(name), { bigint: true })
    const own = statSync('/proc/self/ns/net', { bigint: true })
    return dev === own.dev ? `net:[${ino}]` : undefined
  } catch {
    return undefined
  }
}

/** Makes the namespace if it isn't there; mends one that is only half there. */
export async function ensureNetns(name: string): Promise<void> {
  if (netnsIdentity(name) !== undefined) return
  rmSync(netnsPath(name), { force: true })
  await run(['ip', 'netns', 'add', name])
}

/** Gives a namespace its name again, out of a process that lives in it. */
export async function renameNetns(name: string, pid: number): Promise<void> {
  rmSync(netnsPath(name), { force: true })
  await run(['ip', 'netns', 'attach', name, String(pid)])
}

export async function removeNetns(name: string): Promise<void> {
  if (netnsIdentity(name) === undefined) return rmSync(netnsPath(name), { force: true })
  await run(['ip', 'netns', 'delete', name])
}

/**
 * Commands of `ip` inside a namespace, one a line, in one process. The first that fails ends it.
 *
 * @param family for commands that cannot tell it from their addresses: those of rules.
 */
export async function ipBatch(netns: string, lines: readonly string[], family?: '-4' | '-6'): Promise<void> {
  if (lines.length > 0) await run(['ip', ...(family ? [family] : []), '-n', netns, '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

/**
 * Deletes links, all that are still there: one end of a pair takes the other along, and the kernel takes both when it has got
 * rid of a namespace, some time after its name is gone.
 */
export async function deleteLinks(netns: string, links: readonly string[]): Promise<void> {
  if (links.length === 0) return
  const input = links.map((link) => `link delete ${link}\n`).join('')
  await run(['ip', '-n', netns, '-force', '-batch', '-'], { input }).catch(async (error: unknown) => {
    const left = new Set((await ipJson<{ ifname: string }[]>(netns, 'link', 'show')).map((link) => link.ifname))
    if (links.some((link) => left.has(link))) throw error
  })
}

export async function ipJson<T>(netns: string, ...args: string[]): Promise<T> {
  const text = await run(['ip', '-n', netns, '-j', ...args])
  return JSON.parse(text.trim() === '' ? '[]' : text) as T
}

const inNet = (netns: string): readonly [string, ...string[]] => ['nsenter', `--net=${netnsPath(netns)}`, '--']

/** Runs one command of nft and gives what it prints. */
export const nft = (netns: string, ...args: string[]): Promise<string> => run([...inNet(netns), 'nft', ...args])

/** Applies a script atomically. By a file: nft cannot open the socket that Node gives as standard input. */
export async function nftScript(netns: string, script: string): Promise<void> {
  if (script === '') return
  const directory = await mkdtemp(join(tmpdir(), 'havip-nft-'))
  try {
    const file = join(directory, 'script')
    await writeFile(file, script, { mode: 0o600 })
    await run([...inNet(netns), 'nft', '-f', file])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Runs `task` with this thread inside the namespace. It must not wait for anything: whatever else ran meanwhile would find
 * itself in there.
 */
export function insideNetns<T>(name: string, task: () => T): T {
  // Opened before we leave: in there, /proc/self/ns/net is the other one.
  const own = openSync('/proc/self/ns/net', 'r')
  try {
    enterNamespace(netnsPath(name))
    try {
      const result = task()
      if (result instanceof Promise) throw new TypeError('a task inside a namespace must not wait')
      return result
    } finally {
      enterNamespace(`/proc/self/fd/${own}`)
    }
  } finally {
    closeSync(own)
  }
}

/** Sets keys below `net/`; `true` lets a key be absent on this kernel. */
export function setNetSysctls(netns: string, values: Readonly<Record<string, string>>, optional = false): void {
  insideNetns(netns, () => {
    for (const [key, value] of Object.entries(values)) {
      const path = `/proc/sys/net/${key}`
      try {
        if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value)
      } catch (error) {
        if (!optional) throw error
      }
    }
  })
}
