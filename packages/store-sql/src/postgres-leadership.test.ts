// Several controllers on one PostgreSQL: one leads, another takes over, whatever dies.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, test } from 'node:test'
import { ok } from '@havip/base'
import type { Leadership } from '@havip/vpc-service'
import { testHavip } from '@havip/vpc-service/testing'
import pg from 'pg'
import { openPostgresStore } from './open.ts'
import { openPostgresLeadership } from './postgres-leadership.ts'
import { startPostgres } from './testing-postgres.ts'

const server = await startPostgres()
const skip = typeof server === 'string' ? server : false
if (skip) console.error(`SKIPPED: leadership on PostgreSQL was not tested: ${skip}`)
const url = typeof server === 'string' ? '' : server.url
after(async () => {
  if (typeof server !== 'string') await server.stop()
})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Milliseconds until it is so. */
async function within(limitMs: number, isSo: () => boolean): Promise<number> {
  const start = performance.now()
  while (!isSo()) {
    if (performance.now() - start > limitMs) assert.fail(`not within ${limitMs} ms`)
    await sleep(5)
  }
  return performance.now() - start
}

async function closing(all: readonly Leadership[], work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } finally {
    await Promise.all(all.map((one) => one.close()))
  }
}

test('of three, one leads; when it goes, another follows at once', { skip }, async () => {
  const all = [1, 2, 3].map(() => openPostgresLeadership(url))
  await closing(all, async () => {
    const leaders = () => all.filter(({ isLeader }) => isLeader)
    await within(3_000, () => leaders().length > 0)
    await sleep(400)
    assert.equal(leaders().length, 1)
    const [first] = leaders()
    await first?.close()
    await within(2_000, () => leaders().some((one) => one !== first))
    assert.equal(leaders().length, 1)
  })
})

test('the leader is killed: another leads within two seconds', { skip }, async () => {
  const code = `import { openPostgresLeadership } from './postgres-leadership.ts'
openPostgresLeadership(process.argv[1]).watch((event) => event === 'gained' && console.log('leads'))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, url], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const second = openPostgresLeadership(url)
  await closing([second], async () => {
    await sleep(600)
    assert.equal(second.isLeader, false)
    child.kill('SIGKILL')
    await within(2_000, () => second.isLeader)
  })
})

test('when the server cuts its connection the leader knows at once, and one leads again soon', { skip }, async () => {
  const all = [1, 2].map(() => openPostgresLeadership(url))
  await closing(all, async () => {
    await within(3_000, () => all.some(({ isLeader }) => isLeader))
    const leader = all.find(({ isLeader }) => isLeader)
    const events: string[] = []
    leader?.watch((event) => events.push(event))
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(
      "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid() and mode = 'ExclusiveLock'",
    )
    await client.end()
    await within(500, () => events.includes('lost'))
    await within(2_000, () => all.some(({ isLeader }) => isLeader))
    assert.equal(all.filter(({ isLeader }) => isLeader).length, 1)
  })
})

test('what one controller writes, the others hear of; a refused write is no news', { skip }, async () => {
  const follower = openPostgresLeadership(url)
  const store = await openPostgresStore(url)
  await closing([follower], async () => {
    let heard = 0
    follower.watch((event) => {
      if (event === 'written') heard++
    })
    await sleep(300)
    heard = 0
    await store.write(async () => ({ ok: false as const, fault: 'no' }))
    await sleep(100)
    assert.equal(heard, 0)
    await store.write(async (tx) => ok(await tx.insert('havip', testHavip(1))))
    await within(500, () => heard > 0)
  })
  await store.close()
})
