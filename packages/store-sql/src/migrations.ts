// The way from an empty database to today's tables: forward only, never edited once released. A database that knows more
// migrations than this program is refused.
import { type Kysely, SqliteAdapter, sql } from 'kysely'
import type { MigrationProvider } from 'kysely/migration'
import { accessColumns, createAccessIndexes, createEvents } from './access-migrations.ts'

/** What the first version had; written out, because `tables` of today is not what it was then. */
const firstColumns: Readonly<Record<string, readonly string[]>> = {
  row_vpc: ['account', 'region', 'name', 'resource_group', 'router', 'route_table'],
  row_vswitch: ['account', 'region', 'name', 'resource_group', 'vpc', 'zone'],
  row_instance: [
    'account',
    'region',
    'name',
    'resource_group',
    'vpc',
    'vswitch',
    'zone',
    'address',
    'status',
    'image',
    'type',
    'network_interface',
  ],
  row_havip: ['account', 'region', 'resource_group', 'vpc', 'vswitch', 'address', 'status'],
  row_eip: ['account', 'region', 'name', 'resource_group', 'address', 'status', 'target', 'target_kind'],
  row_security_group: ['account', 'region', 'name', 'resource_group', 'vpc', 'type'],
  row_quota_application: ['account', 'product', 'action', 'status'],
  row_command: ['account', 'region', 'name'],
  row_invocation_result: ['account', 'region', 'invocation', 'command', 'instance', 'status'],
}

/** The installation itself, tests of high availability, and whole set-ups of it. */
const haColumns: Readonly<Record<string, readonly string[]>> = {
  row_installation: ['account'],
  row_havip_test: ['account', 'region', 'havip', 'status'],
  row_havip_cluster: ['account', 'region', 'status', 'havip', 'vswitch'],
}

const networkInterfaceColumns: Readonly<Record<string, readonly string[]>> = {
  row_network_interface: ['account', 'region', 'name', 'resource_group', 'vpc', 'vswitch', 'address', 'status', 'instance'],
}

/** Those worth an index: the ones that single out few rows. `account` is indexed with the position, for lists. */
const indexed = new Set([
  'vpc',
  'vswitch',
  'address',
  'target',
  'network_interface',
  'invocation',
  'status',
  'instance',
  'router',
  'route_table',
  'havip',
])

export const migrations: MigrationProvider = {
  getMigrations: async () => ({
    '0001-rows': { up: (db) => createRows(db as Kysely<unknown>) },
    '0002-records': { up: (db) => createRecords(db as Kysely<unknown>) },
    '0003-high-availability': { up: (db) => createRowTables(db as Kysely<unknown>, haColumns) },
    '0004-access': {
      up: async (db) => {
        await createRowTables(db as Kysely<unknown>, accessColumns)
        await createAccessIndexes(db as Kysely<unknown>)
      },
    },
    '0005-events': { up: (db) => createEvents(db as Kysely<unknown>) },
    '0006-network-interfaces': {
      up: async (db) => {
        await createRowTables(db as Kysely<unknown>, networkInterfaceColumns)
        await addToBodies(db as Kysely<unknown>, 'row_havip', { interfaces: [] })
      },
    },
    '0007-audit-append-only': { up: (db) => keepAudit(db as Kysely<unknown>) },
    '0008-quota-dimensions': {
      up: (db) => addToBodies(db as Kysely<unknown>, 'row_quota_application', { dimensions: {}, noticeType: 0 }),
    },
    // What every instance's disk was said to be before that could be chosen.
    '0009-system-disks': {
      up: (db) =>
        addToBodies(db as Kysely<unknown>, 'row_instance', {
          systemDisk: { category: 'cloud_essd', sizeGb: 40, name: '', description: '', performanceLevel: 'PL0' },
        }),
    },
  }),
}

/** The database itself refuses to change or remove a line of the audit, whoever asks. */
async function keepAudit(db: Kysely<unknown>): Promise<void> {
  if (db.getExecutor().adapter instanceof SqliteAdapter) {
    for (const what of ['update', 'delete'] as const) {
      await sql
        .raw(`create trigger audit_no_${what} before ${what} on audit begin select raise(abort, 'the audit is append-only'); end`)
        .execute(db)
    }
    return
  }
  await sql
    .raw("create function keep_audit() returns trigger language plpgsql as $$ begin raise exception 'the audit is append-only'; end $$")
    .execute(db)
  await sql
    .raw('create trigger audit_append_only before update or delete or truncate on audit for each statement execute function keep_audit()')
    .execute(db)
}

async function createRowTables(db: Kysely<unknown>, tables: Readonly<Record<string, readonly string[]>>): Promise<void> {
  for (const [table, columns] of Object.entries(tables)) {
    let create = db.schema
      .createTable(table)
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('change', 'bigint', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
    for (const column of columns) create = create.addColumn(`c_${column}`, 'text', (definition) => definition.notNull())
    await create.execute()
    await db.schema.createIndex(`${table}_by_change`).unique().on(table).column('change').execute()
    await db.schema.createIndex(`${table}_by_account`).unique().on(table).columns(['c_account', 'position']).execute()
    for (const column of columns.filter((name) => indexed.has(name))) {
      await db.schema
        .createIndex(`${table}_by_${column}`)
        .on(table)
        .columns([`c_${column}`, 'position'])
        .execute()
    }
  }
}

/** Rows read at once while bodies are changed. */
const bodyBatch = 1_000

/** Gives every row of a table fields that it did not have before. */
async function addToBodies(db: Kysely<unknown>, table: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
  const rows = db as Kysely<Record<string, { id: string; position: number; body: string }>>
  let after = 0
  for (;;) {
    const found = await rows
      .selectFrom(table)
      .select(['id', 'position', 'body'])
      .where('position', '>', after)
      .orderBy('position')
      .limit(bodyBatch)
      .execute()
    for (const { id, position, body } of found) {
      const whole = { ...fields, ...(JSON.parse(body) as object) }
      await rows
        .updateTable(table)
        .set({ body: JSON.stringify(whole) })
        .where('id', '=', id)
        .execute()
      after = position
    }
    if (found.length < bodyBatch) return
  }
}

async function createRows(db: Kysely<unknown>): Promise<void> {
  await createRowTables(db, firstColumns)
  await db.schema
    .createTable('list_value')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('list_value_key', ['kind', 'name', 'value', 'id'])
    .execute()
  await db.schema.createIndex('list_value_by_id').on('list_value').columns(['kind', 'id']).execute()
}

async function createRecords(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('counter')
    .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .execute()
  await (db as Kysely<{ counter: { id: number; value: number } }>).insertInto('counter').values({ id: 1, value: 0 }).execute()
  await db.schema
    .createTable('address')
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('address_key', ['scope', 'number'])
    .execute()
  await db.schema
    .createTable('address_hint')
    .addColumn('scope', 'text', (column) => column.primaryKey().notNull())
    .addColumn('free_from', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('token')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('token', 'text', (column) => column.notNull())
    .addColumn('input', 'text', (column) => column.notNull())
    .addColumn('output', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('token_key', ['account', 'action', 'token'])
    .execute()
  await db.schema.createIndex('token_by_at').on('token').column('at').execute()
  let audit = db.schema
    .createTable('audit')
    .addColumn('sequence', 'bigint', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
  for (const name of ['account', 'who', 'from_address', 'request_id', 'action', 'resources', 'outcome', 'message', 'input']) {
    audit = audit.addColumn(name, 'text', (column) => column.notNull())
  }
  await audit.execute()
  await db.schema.createIndex('audit_by_account').on('audit').columns(['account', 'sequence']).execute()
}
