// Controllers as processes of their own, and a client of the official package for each.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from './clients.ts'

const PopCore = load('@alicloud/pop-core')

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again and again; an exception counts as no answer. Fails the test after `limitMs`. */
export async function until<T>(what: string, limitMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    if (performance.now() > end) assert.fail(`${what}: not within ${limitMs} ms`)
    await sleep(20)
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into at places that each test names.
export type Answer = any
export type Spawned = { readonly endpoint: string; readonly child: ChildProcess; call(action: string, fields?: object): Promise<Answer> }

export type SpawnOptions = {
  readonly data: string
  /** Directory whose `credentials.json` the first controller wrote. */
  readonly keys: string
  readonly hostd: string
  /** PostgreSQL in place of SQLite. */
  readonly database?: string
}

export async function spawnController({ data, keys, hostd, database }: SpawnOptions): Promise<Spawned> {
  const options = ['--data', data, '--listen', '127.0.0.1:0', '--hostd', hostd, '--allow-root', '--auto-approve-quota']
  if (database !== undefined) options.push('--database', database, '--seal-key', join(data, '..', 'seal.key'))
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts'), ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  const port = await until('the controller listens', 90_000, async () => /"port":(\d+).*"msg":"listening"/.exec(output)?.[1])
  const endpoint = `http://127.0.0.1:${port}`
  const { accessKeyId, accessKeySecret } = JSON.parse(readFileSync(join(keys, 'credentials.json'), 'utf8'))
  const clientOf = (apiVersion: string) => new PopCore({ accessKeyId, accessKeySecret, endpoint, apiVersion })
  const vpc = clientOf('2016-04-28')
  const quotas = clientOf('2020-05-10')
  const call = (action: string, fields: object = {}): Promise<Answer> =>
    (action.includes('Quota') ? quotas : vpc).request(action, { RegionId: 'cn-hangzhou', ...fields }, { method: 'POST', timeout: 4_000 })
  return { endpoint, child, call }
}
