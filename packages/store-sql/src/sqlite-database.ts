// node:sqlite in the shape Kysely's SqliteDialect expects, with the statements kept prepared.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'

/** Prepared statements kept; past it the oldest goes. */
const preparedMax = 500

/**
 * Every commit is on the disk before it returns (WAL with synchronous=FULL): a write that was acknowledged survives a power
 * failure. `path` may be `:memory:`.
 */
export function openSqlite(path: string, options: { readonly readOnly?: boolean } = {}): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: options.readOnly === true, enableForeignKeyConstraints: true, timeout: 5_000 })
  if (options.readOnly !== true) {
    database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = full')
    // 4 MB between checkpoints: a smaller log costs writes, a larger one costs reads.
    database.exec('pragma wal_autocheckpoint = 1000')
  }
  database.exec('pragma temp_store = memory')
  return database
}

function statementOf(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
  }
}

function databaseOf(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>()
  return {
    close: () => database.close(),
    prepare: (text) => {
      const known = prepared.get(text)
      if (known) return known
      const statement = statementOf(database.prepare(text))
      prepared.set(text, statement)
      if (prepared.size > preparedMax) prepared.delete(prepared.keys().next().value as string)
      return statement
    },
  }
}

/** SQLite can undo `create table`; without saying so, Kysely leaves half a failed migration behind. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class NodeSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

export const sqliteDialect = (database: DatabaseSync): SqliteDialect => new NodeSqliteDialect({ database: databaseOf(database) })
