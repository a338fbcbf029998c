// Tables for callers and for history: users, keys, sessions, policies, webhooks; events.
import type { Kysely } from 'kysely'

/** What the first version had; later columns come with later migrations. */
export const accessColumns: Readonly<Record<string, readonly string[]>> = {
  row_user: ['account', 'name', 'role'],
  row_access_key: ['account', 'user'],
  row_session: ['account', 'user'],
  row_signin_link: ['account', 'user'],
  row_policy: ['account', 'name'],
  row_webhook: ['account'],
}

/** Columns by which few rows are found. */
const indexed: readonly (readonly [table: string, column: string])[] = [
  ['row_user', 'name'],
  ['row_access_key', 'user'],
  ['row_session', 'user'],
  ['row_signin_link', 'user'],
  ['row_policy', 'name'],
]

export async function createAccessIndexes(db: Kysely<unknown>): Promise<void> {
  for (const [table, column] of indexed) {
    await db.schema
      .createIndex(`${table}_by_${column}`)
      .on(table)
      .columns([`c_${column}`, 'position'])
      .execute()
  }
}

export async function createEvents(db: Kysely<unknown>): Promise<void> {
  let event = db.schema
    .createTable('event')
    .addColumn('sequence', 'bigint', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
  for (const name of ['account', 'kind', 'resource_type', 'resource_id', 'text', 'detail']) {
    event = event.addColumn(name, 'text', (column) => column.notNull())
  }
  await event.execute()
  await db.schema.createIndex('event_by_resource').on('event').columns(['resource_id', 'sequence']).execute()
  await db.schema.createIndex('event_by_at').on('event').column('at').execute()
}
