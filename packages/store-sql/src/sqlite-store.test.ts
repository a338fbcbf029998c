import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { ok } from '@havip/base'
import type { InstanceId } from '@havip/vpc'
import type { Store } from '@havip/vpc-service'
import { storeCases, testHavip } from '@havip/vpc-service/testing'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations.ts'
import { openSqliteStore } from './open.ts'
import { openSqlite, sqliteDialect } from './sqlite-database.ts'

async function withFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'havip-store-'))
  try {
    await work(join(folder, 'havip.db'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  await withFolder(async (path) => {
    const store = await openSqliteStore(path)
    try {
      await work(store)
    } finally {
      await store.close()
    }
  })
}

describe('the store on SQLite keeps the promises of the port', () => {
  for (const { name, run } of storeCases) test(name, () => withStore(run))
})

test('what was acknowledged is there after the store was closed and opened again', () =>
  withFolder(async (path) => {
    const first = await openSqliteStore(path)
    await first.write(async (tx) => ok(await tx.insert('havip', testHavip(1))))
    await first.close()
    const second = await openSqliteStore(path)
    assert.equal((await second.read((tx) => tx.get('havip', 'havip-000001')))?.name, 'n1')
    await second.close()
  }))

test('every commit is forced to the disk', () =>
  withFolder(async (path) => {
    const database = openSqlite(path)
    assert.equal(database.prepare('pragma synchronous').get()?.synchronous, 2)
    assert.equal(database.prepare('pragma journal_mode').get()?.journal_mode, 'wal')
    database.close()
  }))

/** Frames of the write-ahead log that end a transaction (the format's field "size of the database after a commit"). */
function commitsIn(path: string): number {
  const log = readFileSync(`${path}-wal`)
  const page = log.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + 24 + page <= log.length; at += 24 + page) if (log.readUInt32BE(at + 4) !== 0) commits++
  return commits
}

test('callers whose requests are read one after the other in one turn share a commit', () =>
  withFolder(async (path) => {
    const store = await openSqliteStore(path)
    const before = commitsIn(path)
    const calls = Array.from(
      { length: 8 },
      (_, i) =>
        new Promise<unknown>((resolve) =>
          setImmediate(() => resolve(store.write(async (tx) => ok(await tx.insert('havip', testHavip(i + 1)))))),
        ),
    )
    await Promise.all(calls)
    assert.equal(commitsIn(path) - before, 1)
    await store.close()
  }))

test('a database of a newer version is refused and left alone', () =>
  withFolder(async (path) => {
    await (await openSqliteStore(path)).close()
    const database = new DatabaseSync(path)
    database.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')")
    database.close()
    await assert.rejects(openSqliteStore(path), { name: 'StoreError' })
  }))

test('a closed store refuses work', () =>
  withFolder(async (path) => {
    const store = await openSqliteStore(path)
    await store.close()
    await assert.rejects(
      store.write(async () => ok(undefined)),
      { name: 'StoreError' },
    )
    await assert.rejects(
      store.read(async () => undefined),
      { name: 'StoreError' },
    )
  }))

test('a HaVip from before interfaces could be bound has none after the migration, and keeps what it had', () =>
  withFolder(async (path) => {
    const before = new Kysely<Record<string, Record<string, unknown>>>({ dialect: sqliteDialect(openSqlite(path)) })
    await new Migrator({ db: before, provider: migrations }).migrateTo('0005-events')
    const { interfaces: _, ...old } = testHavip(1, { instances: ['i-1' as InstanceId] })
    const columns = {
      c_account: 'a-1',
      c_region: 'r',
      c_resource_group: '',
      c_vpc: 'v',
      c_vswitch: 's',
      c_address: '10.0.0.1',
      c_status: 'InUse',
    }
    await before
      .insertInto('row_havip')
      .values({ id: old.id, position: 1, change: 1, body: JSON.stringify(old), ...columns })
      .execute()
    await before.destroy()
    const store = await openSqliteStore(path)
    const row = await store.read((tx) => tx.get('havip', old.id))
    await store.close()
    assert.deepEqual([row?.interfaces, row?.instances, row?.name], [[], ['i-1'], 'n1'])
  }))

test('an application from before dimensions were kept has none after the migration', () =>
  withFolder(async (path) => {
    const before = new Kysely<Record<string, Record<string, unknown>>>({ dialect: sqliteDialect(openSqlite(path)) })
    await new Migrator({ db: before, provider: migrations }).migrateTo('0007-audit-append-only')
    const old = {
      id: 'q-1',
      account: 'a-1',
      product: 'vpc',
      action: 'x',
      desired: 1,
      reason: 'r',
      status: 'Agree',
      appliedAt: 1,
      auditReason: '',
    }
    const columns = { c_account: 'a-1', c_product: 'vpc', c_action: 'x', c_status: 'Agree' }
    await before
      .insertInto('row_quota_application')
      .values({ id: old.id, position: 1, change: 1, body: JSON.stringify(old), ...columns })
      .execute()
    await before.destroy()
    const store = await openSqliteStore(path)
    const row = await store.read((tx) => tx.get('quotaApplication', old.id))
    await store.close()
    assert.deepEqual(row, { ...old, dimensions: {}, noticeType: 0 })
  }))

test('an instance from before disks could be chosen has the disk that it was said to have', () =>
  withFolder(async (path) => {
    const before = new Kysely<Record<string, Record<string, unknown>>>({ dialect: sqliteDialect(openSqlite(path)) })
    await new Migrator({ db: before, provider: migrations }).migrateTo('0008-quota-dimensions')
    const names = 'account region name resource_group vpc vswitch zone address status image type network_interface'.split(' ')
    const columns = Object.fromEntries(names.map((name) => [`c_${name}`, name === 'account' ? 'a-1' : '']))
    await before
      .insertInto('row_instance')
      .values({ id: 'i-1', position: 1, change: 1, body: JSON.stringify({ id: 'i-1', account: 'a-1', hostName: 'web' }), ...columns })
      .execute()
    await before.destroy()
    const store = await openSqliteStore(path)
    const row = await store.read((tx) => tx.get('instance', 'i-1'))
    await store.close()
    const systemDisk = { category: 'cloud_essd', sizeGb: 40, name: '', description: '', performanceLevel: 'PL0' }
    assert.deepEqual([row?.hostName, row?.systemDisk], ['web', systemDisk])
  }))
