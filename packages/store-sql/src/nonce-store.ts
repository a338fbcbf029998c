// Nonces that were used, kept over restarts and shared by all controllers. Not part of the Store: a nonce is noted at every call,
// reads too, and needs no place in the order of writes.
import { createHash } from 'node:crypto'
import pg from 'pg'
import { openSqlite } from './sqlite-database.ts'

export type KeptNonces = {
  /** Notes it until its request would be too old anyway. `used`: it was noted before; `full`: there is no room. */
  remember(accessKeyId: string, nonce: string, nowMs: number, validUntilMs: number): Promise<'fresh' | 'used' | 'full'>
  /** Forgets those whose time is over. */
  expire(nowMs: number): Promise<void>
  close(): Promise<void>
}

/** About 60 bytes each; the default holds 15 minutes at 4,000 calls a second. */
const entriesMaxDefault = 3_600_000
/** Deleted in one statement, so that calls need not wait long. */
const expireBatch = 20_000

/** 128 bits: two nonces that differ are taken for one with a chance of 2^-84 among as many as there is room for. */
const hashOf = (accessKeyId: string, nonce: string): Buffer =>
  createHash('sha256').update(`${accessKeyId}\n${nonce}`).digest().subarray(0, 16)

/**
 * In a file of its own, written at once and not forced to the disk: it survives the death of the process. After the death of the
 * machine what was noted in the last moments may be missing.
 */
export function openSqliteNonces(path: string, entriesMax = entriesMaxDefault): KeptNonces {
  const database = openSqlite(path)
  database.exec('pragma synchronous = normal')
  database.exec('create table if not exists nonce (hash blob primary key, valid_until integer not null) without rowid')
  database.exec('create index if not exists nonce_by_time on nonce (valid_until)')
  const insert = database.prepare('insert into nonce (hash, valid_until) values (?, ?) on conflict do nothing')
  const forget = database.prepare(
    'delete from nonce where hash in (select hash from nonce where valid_until < ? order by valid_until limit ?)',
  )
  let count = Number(database.prepare('select count(*) as n from nonce').get()?.n ?? 0)
  return {
    remember: async (accessKeyId, nonce, nowMs, validUntilMs) => {
      if (count >= entriesMax) count -= Number(forget.run(nowMs, expireBatch).changes)
      if (count >= entriesMax) return 'full'
      const isFresh = Number(insert.run(hashOf(accessKeyId, nonce), Math.ceil(validUntilMs)).changes) === 1
      if (isFresh) count++
      return isFresh ? 'fresh' : 'used'
    },
    expire: async (nowMs) => {
      for (;;) {
        const gone = Number(forget.run(Math.floor(nowMs), expireBatch).changes)
        count -= gone
        if (gone < expireBatch) return
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    close: async () => database.close(),
  }
}

/** Any number that other programs on the same database do not use: "nonc" in ASCII. */
const tableLock = 0x6e6f6e63

/** On the database that all controllers share; the table is made if it is not there. */
export async function openPostgresNonces(connection: string): Promise<KeptNonces> {
  // A lost server loses less than a second of nonces, and no call waits for a disk.
  const options = '-c synchronous_commit=off'
  const pool = new pg.Pool({ connectionString: connection, max: 4, connectionTimeoutMillis: 5_000, keepAlive: true, options })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  try {
    await makeTable(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    remember: async (accessKeyId, nonce, _, validUntilMs) => {
      const text = 'insert into nonce (hash, valid_until) values ($1, $2) on conflict do nothing'
      const { rowCount } = await pool.query({ name: 'remember-nonce', text, values: [hashOf(accessKeyId, nonce), Math.ceil(validUntilMs)] })
      return rowCount === 1 ? 'fresh' : 'used'
    },
    expire: async (nowMs) => {
      await pool.query('delete from nonce where valid_until < $1', [Math.floor(nowMs)])
    },
    close: () => pool.end(),
  }
}

/** Two controllers may start at once, and "if not exists" is no protection against that: a lock is. */
async function makeTable(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(${tableLock})`)
    await client.query('create table if not exists nonce (hash bytea primary key, valid_until bigint not null)')
    await client.query('create index if not exists nonce_by_time on nonce (valid_until)')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}
