import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ok } from '@havip/base'
import type { Store } from '@havip/vpc-service'
import { storeCases, testHavip } from '@havip/vpc-service/testing'
import pg from 'pg'
import { openPostgresStore } from './open.ts'
import { startPostgres } from './testing-postgres.ts'

const server = await startPostgres()
const skip = typeof server === 'string' ? server : false
if (skip) console.error(`SKIPPED: the store on PostgreSQL was not tested: ${skip}`)
const url = typeof server === 'string' ? '' : server.url

async function query(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

/** On empty tables. */
async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openPostgresStore(url)
  try {
    await query(`do $$ declare t text; begin
      -- The audit's own guard would stop us.
      alter table audit disable trigger user;
      for t in select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely%' and tablename <> 'counter' loop
        execute format('delete from %I', t); end loop;
      alter table audit enable trigger user; end $$`)
    await work(store)
  } finally {
    await store.close()
  }
}

describe('the store on PostgreSQL keeps the promises of the port', { skip }, () => {
  for (const { name, run } of storeCases) test(name, () => withStore(run))
})

test('two controllers on one database write one after the other', { skip }, () =>
  withStore(async (one) => {
    const two = await openPostgresStore(url)
    await one.write(async (tx) => ok(await tx.insert('havip', testHavip(1, { name: '0' }))))
    const addOne = (store: Store) =>
      store.write(async (tx) => {
        const row = await tx.get('havip', 'havip-000001')
        return ok(row && (await tx.update('havip', { ...row, name: String(Number(row.name) + 1) })))
      })
    await Promise.all(Array.from({ length: 100 }, (_, i) => addOne(i % 2 ? one : two)))
    assert.equal((await one.read((tx) => tx.get('havip', 'havip-000001')))?.name, '100')
    await two.close()
  }),
)

test('two controllers that start at once both find the tables made', { skip }, async () => {
  await query('create database fresh')
  const fresh = url.replace('/postgres?', '/fresh?')
  const stores = await Promise.all([openPostgresStore(fresh), openPostgresStore(fresh)])
  await Promise.all(stores.map((store) => store.close()))
})

test('a write during a server restart fails as a StoreError, and later ones work', { skip }, () =>
  withStore(async (store) => {
    await store.write(async (tx) => ok(await tx.insert('havip', testHavip(1))))
    const broken = store.write(async (tx) => {
      await tx.insert('havip', testHavip(2))
      await query(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
      )
      await tx.insert('havip', testHavip(3))
      return ok(undefined)
    })
    await assert.rejects(broken, { name: 'StoreError' })
    await store.write(async (tx) => ok(await tx.insert('havip', testHavip(4))))
    const left = await store.read((tx) => tx.find('havip', {}))
    assert.deepEqual(
      left.map(({ row }) => row.name),
      ['n1', 'n4'],
    )
  }),
)

after(async () => {
  if (typeof server !== 'string') await server.stop()
})
