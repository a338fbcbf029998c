// All queries: the transactions of the Store port in SQL, the same text for SQLite and PostgreSQL but for their quoting.
import { type Ipv4, ipv4FromNumber, wallTime } from '@havip/base'
import {
  address6At,
  addressSlot,
  columnsOf,
  type Entry,
  type Filter,
  freeRange6,
  isTagged,
  type Kind,
  listsOf,
  type ReadTransaction,
  type Rows,
  StoreError,
  type WriteTransaction,
} from '@havip/vpc-service'
import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import { auditOf, expireEvents, findEvents, insertEvent, oldestEvent, searchAudit } from './event-queries.ts'
import { columnOf, type RowTable, type Schema, tableOf } from './schema.ts'

/** Ids in one `in (…)`: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const idsMax = 10_000

type Table = `row_${string}`
const table = (kind: Kind): Table => tableOf(kind) as Table

/** A counter that goes up by one for each row written; read once a transaction, written back once. */
export class Counter {
  readonly #db: Kysely<Schema>
  #value: number | undefined
  #saved: number | undefined

  constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  async next(): Promise<number> {
    if (this.#value === undefined) {
      const row = await this.#db.selectFrom('counter').select('value').where('id', '=', 1).executeTakeFirstOrThrow()
      this.#value = row.value
      this.#saved = row.value
    }
    this.#value++
    return this.#value
  }

  async save(): Promise<void> {
    if (this.#value === undefined || this.#value === this.#saved) return
    await this.#db.updateTable('counter').set({ value: this.#value }).where('id', '=', 1).execute()
  }
}

/** The body keeps what JSON can; `undefined` comes back as an absent field, which reads the same. */
const entryOf = <K extends Kind>(row: Pick<RowTable, 'body' | 'position' | 'change'>): Entry<Rows[K]> => ({
  row: JSON.parse(row.body) as Rows[K],
  position: row.position,
  change: row.change,
})

const entryColumns = ['body', 'position', 'change'] as const

export function readTransaction(db: Kysely<Schema>): ReadTransaction {
  return {
    get: async (kind, id) => {
      const found = await db.selectFrom(table(kind)).select('body').where('id', '=', id).executeTakeFirst()
      return found && JSON.parse(found.body)
    },
    entries: async (kind, ids) => {
      const found: Entry<never>[] = []
      for (let start = 0; start < ids.length; start += idsMax) {
        const part = ids.slice(start, start + idsMax)
        const rows = await db.selectFrom(table(kind)).select(entryColumns).where('id', 'in', part).orderBy('position').execute()
        found.push(...rows.map((row) => entryOf(row) as Entry<never>))
      }
      return found
    },
    find: async (kind, filter, slice) => {
      if (matchesNothing(filter)) return []
      let query = db
        .selectFrom(table(kind))
        .select(entryColumns)
        .where((eb) => conditions(eb, kind, filter))
        .orderBy('position')
      if (slice?.after !== undefined) query = query.where('position', '>', slice.after)
      if (slice) query = query.limit(slice.limit)
      if (slice?.offset) query = query.offset(slice.offset)
      return (await query.execute()).map((row) => entryOf(row))
    },
    count: async (kind, filter) => {
      if (matchesNothing(filter)) return 0
      const query = db
        .selectFrom(table(kind))
        .select((eb) => eb.fn.countAll().as('count'))
        .where((eb) => conditions(eb, kind, filter))
      return Number((await query.executeTakeFirstOrThrow()).count)
    },
    countBy: (kind, column, values) => countBy(db, kind, column as string, values),
    changedSince: async (kind, change, limit) => {
      const query = db.selectFrom(table(kind)).select(entryColumns).where('change', '>', change).orderBy('change').limit(limit)
      return (await query.execute()).map((row) => entryOf(row))
    },
    countAddresses: async (scopes) => {
      if (scopes.length === 0) return new Map()
      const query = db
        .selectFrom('address')
        .select((eb) => ['scope', eb.fn.countAll().as('count')])
        .where('scope', 'in', scopes)
        .groupBy('scope')
      const counts = new Map((await query.execute()).map((row) => [row.scope, Number(row.count)]))
      return new Map(scopes.map((scope) => [scope, counts.get(scope) ?? 0]))
    },
    audit: async (account, after, limit) => {
      let query = db.selectFrom('audit').selectAll().where('sequence', '>', after).orderBy('sequence').limit(limit)
      if (account !== undefined) query = query.where('account', '=', account)
      return (await query.execute()).map(auditOf)
    },
    searchAudit: (query) => searchAudit(db, query),
    events: (query) => findEvents(db, query),
    oldestEvent: () => oldestEvent(db),
  }
}

type Columns = Readonly<Record<string, string | readonly string[] | undefined>>

/** An empty list of values: SQL has no way to write `in ()`. */
const matchesNothing = <K extends Kind>(filter: Filter<K>): boolean =>
  Object.values((filter.is ?? {}) as Columns).some((value) => Array.isArray(value) && value.length === 0)

function conditions<K extends Kind>(eb: ExpressionBuilder<Schema, Table>, kind: K, filter: Filter<K>) {
  const all: Expression<SqlBool>[] = []
  for (const [column, wanted] of Object.entries((filter.is ?? {}) as Columns)) {
    if (wanted === undefined) continue
    if (column in listsOf(kind)) all.push(hasListValue(eb, kind, column, wanted))
    else all.push(typeof wanted === 'string' ? eb(nameOf(kind, column), '=', wanted) : eb(nameOf(kind, column), 'in', [...wanted]))
  }
  for (const [column, unwanted] of Object.entries((filter.isNot ?? {}) as Columns)) {
    if (typeof unwanted === 'string') all.push(eb(nameOf(kind, column), '<>', unwanted))
  }
  for (const [column, glob] of Object.entries((filter.like ?? {}) as Columns)) {
    if (typeof glob === 'string') all.push(likeGlob(nameOf(kind, column), glob))
  }
  for (const { key, value } of tagConditions(filter.tags)) all.push(hasListValue(eb, kind, `tag:${key}`, value))
  return eb.and(all)
}

/** Only columns of the table of kinds get into SQL text. */
function nameOf(kind: Kind, column: string): `c_${string}` {
  if (column !== 'id' && !(column in columnsOf(kind))) throw new TypeError(`${kind} has no column ${column}`)
  return columnOf(column) as `c_${string}`
}

function hasListValue(eb: ExpressionBuilder<Schema, Table>, kind: Kind, name: string, value: string | readonly string[] | undefined) {
  let ids = eb.selectFrom('list_value').select('list_value.id').where('kind', '=', kind).where('name', '=', name)
  if (typeof value === 'string') ids = ids.where('value', '=', value)
  else if (value !== undefined) ids = ids.where('value', 'in', value)
  return eb('id', 'in', ids as never)
}

/** `*` is any text; what SQL's `like` finds special is taken literally. Letters match in either case. */
const likeGlob = (column: string, glob: string) =>
  sql<SqlBool>`lower(${sql.ref(column)}) like ${glob
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')} escape '\\'`

function tagConditions(tags: Filter<Kind>['tags']): readonly { readonly key: string; readonly value: string | undefined }[] {
  if (tags === undefined) return []
  return Array.isArray(tags) ? tags : Object.entries(tags as Record<string, string>).map(([key, value]) => ({ key, value }))
}

async function countBy(db: Kysely<Schema>, kind: Kind, column: string, values: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (values.length === 0) return new Map()
  if (column in listsOf(kind)) {
    const query = db
      .selectFrom('list_value')
      .select((eb) => ['value', eb.fn.countAll().as('count')])
      .where('kind', '=', kind)
      .where('name', '=', column)
      .where('value', 'in', values)
      .groupBy('value')
    return new Map((await query.execute()).map((row) => [row.value, Number(row.count)]))
  }
  const name = nameOf(kind, column)
  const query = db
    .selectFrom(table(kind))
    .select((eb) => [sql.ref<string>(name).as('value'), eb.fn.countAll().as('count')])
    .where(name, 'in', [...values])
    .groupBy(name)
  return new Map((await query.execute()).map((row) => [row.value, Number(row.count)]))
}

/** Column values of a row, and its body. */
function valuesOf(kind: Kind, row: Rows[Kind]): Record<`c_${string}`, string> & { body: string } {
  const values = Object.entries(columnsOf(kind)).map(([name, value]) => [columnOf(name), value(row as never)])
  return { ...Object.fromEntries(values), body: JSON.stringify(row) }
}

function listValuesOf(kind: Kind, row: Rows[Kind]): Schema['list_value'][] {
  const lists = Object.entries(listsOf(kind)).flatMap(([name, values]) =>
    values(row as never).map((value) => ({ kind, id: row.id, name, value })),
  )
  const tags = isTagged(row) ? Object.entries(row.tags).map(([key, value]) => ({ kind, id: row.id, name: `tag:${key}`, value })) : []
  return [...lists, ...tags]
}

const hasLists = (kind: Kind, row: Rows[Kind]): boolean => isTagged(row) || Object.keys(listsOf(kind)).length > 0
const listKey = ({ name, value }: { readonly name: string; readonly value: string }): string => JSON.stringify([name, value])

/** Brings the lines of one row to what they should be, touching only those that differ. */
async function writeLists(db: Kysely<Schema>, kind: Kind, row: Rows[Kind]): Promise<void> {
  if (!hasLists(kind, row)) return
  const wanted = new Map(listValuesOf(kind, row).map((line) => [listKey(line), line]))
  const have = await db.selectFrom('list_value').select(['name', 'value']).where('kind', '=', kind).where('id', '=', row.id).execute()
  for (const line of have) {
    if (wanted.delete(listKey(line))) continue
    const { name, value } = line
    await db
      .deleteFrom('list_value')
      .where('kind', '=', kind)
      .where('id', '=', row.id)
      .where('name', '=', name)
      .where('value', '=', value)
      .execute()
  }
  if (wanted.size > 0)
    await db
      .insertInto('list_value')
      .values([...wanted.values()])
      .execute()
}

export function writeTransaction(db: Kysely<Schema>, counter: Counter): WriteTransaction {
  return {
    ...readTransaction(db),
    insert: async (kind, row) => {
      const place = await counter.next()
      await db
        .insertInto(table(kind))
        .values({ id: row.id, position: place, change: place, ...valuesOf(kind, row) } as never)
        .execute()
      const lists = listValuesOf(kind, row)
      if (lists.length > 0) await db.insertInto('list_value').values(lists).execute()
    },
    update: async (kind, row) => {
      const change = await counter.next()
      const done = await db
        .updateTable(table(kind))
        .set({ change, ...valuesOf(kind, row) } as never)
        .where('id', '=', row.id)
        .executeTakeFirst()
      if (Number(done.numUpdatedRows) !== 1) throw new StoreError(`${row.id} does not exist`)
      await writeLists(db, kind, row)
    },
    remove: async (kind, id) => {
      await db.deleteFrom(table(kind)).where('id', '=', id).execute()
      await db.deleteFrom('list_value').where('kind', '=', kind).where('id', '=', id).execute()
    },
    ...addresses(db),
    token: async (account, action, token) => {
      const found = await db
        .selectFrom('token')
        .select(['input', 'output', 'at'])
        .where('account', '=', account)
        .where('action', '=', action)
        .where('token', '=', token)
        .executeTakeFirst()
      return found && { input: found.input, output: found.output, at: wallTime(found.at) }
    },
    saveToken: async (account, action, token, record) => {
      await db
        .insertInto('token')
        .values({ account, action, token, ...record })
        .onConflict((conflict) => conflict.columns(['account', 'action', 'token']).doUpdateSet({ ...record }))
        .execute()
    },
    expireTokens: async (before) => {
      await db.deleteFrom('token').where('at', '<', before).execute()
    },
    appendEvent: async (event) => insertEvent(db, await counter.next(), event),
    expireEvents: (before, max) => expireEvents(db, before, max),
    appendAudit: async ({ from, requestId, ...record }) => {
      const sequence = await counter.next()
      await db
        .insertInto('audit')
        .values({ ...record, sequence, from_address: from, request_id: requestId })
        .execute()
    },
  }
}

type Addresses = Pick<WriteTransaction, 'takeAddress' | 'lowestFreeAddress' | 'lowestFreeAddress6' | 'releaseAddress'>

/** Addresses given out. The hint makes the search for the lowest free one short: below it, none is free. */
function addresses(db: Kysely<Schema>): Addresses {
  const hintOf = async (scope: string): Promise<number | undefined> =>
    (await db.selectFrom('address_hint').select('free_from').where('scope', '=', scope).executeTakeFirst())?.free_from
  const saveHint = async (scope: string, from: number): Promise<void> => {
    await db
      .insertInto('address_hint')
      .values({ scope, free_from: from })
      .onConflict((conflict) => conflict.column('scope').doUpdateSet({ free_from: from }))
      .execute()
  }
  const lowestFree = async (scope: string, first: number, last: number): Promise<number | undefined> => {
    const free = await lowestGap(db, scope, Math.max(first, (await hintOf(scope)) ?? first), last)
    await saveHint(scope, free ?? last + 1)
    return free
  }
  return {
    takeAddress: async (scope, address, holder) => {
      const done = await db
        .insertInto('address')
        .values({ ...addressSlot(scope, address), holder })
        .onConflict((conflict) => conflict.columns(['scope', 'number']).doNothing())
        .executeTakeFirst()
      return Number(done.numInsertedOrUpdatedRows) === 1
    },
    lowestFreeAddress: async (scope, range): Promise<Ipv4 | undefined> => {
      const free = await lowestFree(scope, range.first, range.last)
      return free === undefined ? undefined : ipv4FromNumber(free)
    },
    lowestFreeAddress6: async (vswitch, cidr) => {
      const { scope, first, last } = freeRange6(vswitch, cidr)
      const free = await lowestFree(scope, first, last)
      return free === undefined ? undefined : address6At(cidr, free)
    },
    releaseAddress: async (holderScope, address) => {
      const { scope, number } = addressSlot(holderScope, address)
      await db.deleteFrom('address').where('scope', '=', scope).where('number', '=', number).execute()
      const hint = await hintOf(scope)
      if (hint !== undefined && number < hint) await saveHint(scope, number)
    },
  }
}

/** Numbers read at once while looking for a gap. */
const gapBatch = 256

async function lowestGap(db: Kysely<Schema>, scope: string, from: number, last: number): Promise<number | undefined> {
  let candidate = from
  while (candidate <= last) {
    const taken = await db
      .selectFrom('address')
      .select('number')
      .where('scope', '=', scope)
      .where('number', '>=', candidate)
      .orderBy('number')
      .limit(gapBatch)
      .execute()
    for (const { number } of taken) {
      if (number !== candidate) return candidate
      candidate++
    }
    if (taken.length < gapBatch) break
  }
  return candidate <= last ? candidate : undefined
}
