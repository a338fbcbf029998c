// Opens a Store on SQLite or on PostgreSQL, and brings its tables up to date first.
import { type Store, StoreError } from '@havip/vpc-service'
import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { migrations } from './migrations.ts'
import { writtenChannel } from './postgres-leadership.ts'
import type { Schema } from './schema.ts'
import { type Flavor, sqlStore } from './sql-store.ts'
import { openSqlite, sqliteDialect } from './sqlite-database.ts'

const sqliteFlavor: Flavor = { beginWrite: ['begin immediate'], beginRead: 'begin', announce: undefined }

/** Any number that other programs on the same database do not use: "havip" in ASCII, cut to what fits. */
const writerLock = 0x68617669

const postgresFlavor: Flavor = {
  // One writer at a time over all controllers; with it, each statement sees all that was committed before.
  beginWrite: ['begin isolation level read committed', `select pg_advisory_xact_lock(${writerLock})`],
  beginRead: 'begin isolation level repeatable read read only',
  announce: `notify ${writtenChannel}`,
}

/** Throws a StoreError when a migration fails (nothing of it stays), or when the database is of a newer version. */
async function migrate(db: Kysely<Schema>): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest()
  if (error) throw new StoreError(error instanceof Error ? error.message : String(error), { cause: error })
}

/** `path`: a file; it is made if it isn't there. One process at a time should write to it. */
export async function openSqliteStore(path: string): Promise<Store> {
  const writer = sqliteDatabase(path)
  try {
    await migrate(writer)
  } catch (error) {
    await writer.destroy()
    throw error
  }
  // A second connection, so that reads see the last commit and not what is being written.
  const reader = sqliteDatabase(path, { readOnly: true })
  return sqlStore(writer, reader, sqliteFlavor, async () => {
    await reader.destroy()
    await writer.destroy()
  })
}

/** bigint and numeric come as text from pg; ours are counters and addresses, far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === 20 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
}

/** `connection`: a URL, `postgres://user@host/database`, or one with `?host=/socket/directory`. */
export async function openPostgresStore(connection: string): Promise<Store> {
  const db = postgresDatabase(connection)
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return sqlStore(db, db, postgresFlavor, () => db.destroy())
}

/** @param readOnly the file has to be there, and is left as it is */
export const sqliteDatabase = (path: string, options: { readonly readOnly?: boolean } = {}): Kysely<Schema> =>
  new Kysely<Schema>({ dialect: sqliteDialect(openSqlite(path, options)) })

export function postgresDatabase(connection: string): Kysely<Schema> {
  // TCP keep-alive and a bound on waiting: a server that is gone is an error, not a silence.
  const pool = new pg.Pool({ connectionString: connection, max: 8, types, connectionTimeoutMillis: 5_000, keepAlive: true })
  // A connection that breaks, idle or in use, is replaced, and its query fails; without listeners Node would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
}
