// Backup and restore of the store, in a form that both databases read: a header, a line of JSON for each row, a last line that proves
// that nothing is missing. A backup is one state of the store, taken while controllers go on writing; it may be restored into the other
// database, and by a newer program.
import { createHash, type Hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { StoreError } from '@havip/vpc-service'
import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations.ts'
import { postgresDatabase, sqliteDatabase } from './open.ts'
import type { Schema } from './schema.ts'

export type BackupPlace = { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'postgresql'; readonly url: string }

const format = 'havip-backup-1'
/** By what the rows of each table are told apart, and so ordered; tables of rows by their position. */
const keys: Readonly<Record<string, readonly string[]>> = {
  list_value: ['kind', 'name', 'value', 'id'],
  address: ['scope', 'number'],
  address_hint: ['scope'],
  token: ['account', 'action', 'token'],
  audit: ['sequence'],
  event: ['sequence'],
  counter: ['id'],
}
const isKept = (table: string): boolean => table.startsWith('row_') || Object.hasOwn(keys, table)
/** Rows read and written at once; 20 columns each stay below what one statement may carry. */
const readBatch = 5_000
const writeBatch = 500

type Row = Record<string, string | number>
type AnyDatabase = Kysely<Record<string, Row>>
export type BackupSummary = { readonly rows: number; readonly tables: number; readonly migration: string }

const open = (place: BackupPlace, readOnly: boolean): Kysely<Schema> =>
  place.kind === 'sqlite' ? sqliteDatabase(place.path, { readOnly }) : postgresDatabase(place.url)

/** Writes the store line by line. Throws a StoreError when there is no store. */
export async function backUp(place: BackupPlace, write: (line: string) => Promise<void>, at: Date): Promise<BackupSummary> {
  if (place.kind === 'sqlite' && !existsSync(place.path)) throw new StoreError(`there is no store at ${place.path}`)
  const db = open(place, true)
  try {
    return await db.connection().execute(async (connection) => {
      await sql.raw(place.kind === 'sqlite' ? 'begin' : 'begin isolation level repeatable read read only').execute(connection)
      const hash = createHash('sha256')
      const put = async (value: object): Promise<void> => {
        const line = `${JSON.stringify(value)}\n`
        hash.update(line)
        await write(line)
      }
      const migration = await lastMigration(connection)
      if (migration === undefined) throw new StoreError('there is no store of havip here')
      await put({ format, migration, at: at.toISOString(), from: place.kind })
      const tables = (await tablesOf(connection)).sort()
      let rows = 0
      for (const table of tables) rows += await putTable(connection as unknown as AnyDatabase, table, put)
      await write(`${JSON.stringify({ end: format, rows, sha256: hash.digest('hex') })}\n`)
      await sql.raw('rollback').execute(connection)
      return { rows, tables: tables.length, migration }
    })
  } finally {
    await db.destroy()
  }
}

async function putTable(db: AnyDatabase, table: string, put: (value: object) => Promise<void>): Promise<number> {
  let rows = 0
  for (;;) {
    let query = db.selectFrom(table).selectAll().limit(readBatch).offset(rows)
    for (const key of keys[table] ?? ['position']) query = query.orderBy(key)
    const found = await query.execute()
    for (const row of found) await put({ table, row })
    rows += found.length
    if (found.length < readBatch) return rows
  }
}

async function tablesOf(db: Kysely<Schema>): Promise<string[]> {
  return (await db.introspection.getTables()).map(({ name }) => name).filter(isKept)
}

async function lastMigration(db: Kysely<Schema>): Promise<string | undefined> {
  const names = (await db.introspection.getTables({ withInternalKyselyTables: true })).map(({ name }) => name)
  if (!names.includes('kysely_migration')) return undefined
  const rows = db as unknown as AnyDatabase
  return (await rows.selectFrom('kysely_migration').select('name').orderBy('name', 'desc').limit(1).executeTakeFirst())?.name as
    | string
    | undefined
}

type Header = { readonly format?: string; readonly migration?: string }
type Line = { readonly table?: string; readonly row?: Row; readonly end?: string; readonly rows?: number; readonly sha256?: string }

/**
 * Reads a backup into a store that is empty (a new file, a new database), and brings it up to date. All or nothing.
 * Throws a StoreError that says what is wrong: the file is cut short or changed, the store is not empty, the backup is of a newer program.
 */
export async function restore(place: BackupPlace, lines: AsyncIterable<string>): Promise<BackupSummary> {
  const db = open(place, false)
  try {
    if ((await lastMigration(db)) !== undefined) throw new StoreError('there is a store already: restore into a new file or database')
    const iterator = lines[Symbol.asyncIterator]()
    const hash = createHash('sha256')
    const next = async (): Promise<Line & Header> => readLine((await iterator.next()).value as string | undefined, hash)
    const header = await next()
    if (header.format !== format || header.migration === undefined) throw new StoreError('this is no backup of havip')
    const migrator = new Migrator({ db, provider: migrations })
    if (!(await migrator.getMigrations()).some(({ name }) => name === header.migration)) {
      throw new StoreError(`the backup is of a newer version (${header.migration}): restore it with that one`)
    }
    await orThrow(migrator.migrateTo(header.migration))
    const rows = await fill(db as unknown as AnyDatabase, await tablesOf(db), next, hash)
    await orThrow(migrator.migrateToLatest())
    return { rows, tables: (await tablesOf(db)).length, migration: (await lastMigration(db)) ?? '' }
  } finally {
    await db.destroy()
  }
}

async function orThrow(outcome: Promise<{ readonly error?: unknown }>): Promise<void> {
  const { error } = await outcome
  if (error) throw new StoreError(error instanceof Error ? error.message : String(error), { cause: error })
}

/** The last line is no part of the sum that it holds. */
function readLine(line: string | undefined, hash: Hash): Line & Header {
  if (line === undefined) throw new StoreError('the backup is cut short')
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new StoreError('the backup is damaged: a line is no JSON')
  }
  if (typeof value !== 'object' || value === null) throw new StoreError('the backup is damaged: a line is no object')
  if (!('end' in value)) hash.update(`${line}\n`)
  return value as Line & Header
}

async function fill(db: AnyDatabase, tables: readonly string[], next: () => Promise<Line>, hash: Hash): Promise<number> {
  return db.transaction().execute(async (tx) => {
    // What a fresh store has of its own.
    await tx.deleteFrom('counter').execute()
    let batch: Row[] = []
    let current = ''
    let rows = 0
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await tx.insertInto(current).values(batch).execute()
      batch = []
    }
    for (;;) {
      const { table, row, end, rows: count, sha256 } = await next()
      if (end !== undefined) {
        await flush()
        if (count !== rows || sha256 !== hash.digest('hex')) throw new StoreError('the backup is damaged: its sum is not that of its lines')
        return rows
      }
      if (table === undefined || row === undefined || !tables.includes(table))
        throw new StoreError('the backup is damaged: a row of no table')
      if (table !== current || batch.length >= writeBatch) await flush()
      current = table
      batch.push(row)
      rows++
    }
  })
}
