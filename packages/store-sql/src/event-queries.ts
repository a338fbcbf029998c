// Queries over what happened: events, and the audit's lines among them.
import { type WallTime, wallTime } from '@havip/base'
import type { AccountId } from '@havip/vpc'
import {
  type AuditQuery,
  type AuditRecord,
  auditEvent,
  boundsOf,
  type EventKind,
  type EventQuery,
  type EventRecord,
  mergeEvents,
  type NewEvent,
} from '@havip/vpc-service'
import { type Kysely, sql } from 'kysely'
import type { EventTable, Schema } from './schema.ts'

export function auditOf({ from_address: from, request_id: requestId, account, at, ...rest }: Schema['audit']): AuditRecord {
  return { ...rest, from, requestId, account: account as AccountId, at: wallTime(at) }
}

const eventOf = (row: EventTable): EventRecord => ({
  sequence: row.sequence,
  at: wallTime(row.at),
  account: row.account as AccountId,
  kind: row.kind as EventKind,
  resource: row.resource_id === '' ? undefined : { type: row.resource_type, id: row.resource_id },
  text: row.text,
  detail: JSON.parse(row.detail),
})

/** `%` and `_` of the text mean themselves. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

export async function searchAudit(db: Kysely<Schema>, query: AuditQuery): Promise<readonly AuditRecord[]> {
  const { above, below, newestFirst } = boundsOf(query.range)
  let search = db
    .selectFrom('audit')
    .selectAll()
    .where('sequence', '>', above)
    .where('sequence', '<', below)
    .orderBy('sequence', newestFirst ? 'desc' : 'asc')
    .limit(query.limit)
  if (query.account !== undefined) search = search.where('account', '=', query.account)
  if (query.action !== undefined) search = search.where('action', '=', query.action)
  if (query.outcome === 'refused') search = search.where('outcome', '<>', 'OK')
  else if (query.outcome !== undefined) search = search.where('outcome', '=', query.outcome)
  if (query.from !== undefined) search = search.where('at', '>=', query.from)
  if (query.to !== undefined) search = search.where('at', '<', query.to)
  if (query.who !== undefined) search = search.where(sql<boolean>`lower(who) like ${`%${literally(query.who.toLowerCase())}%`} escape '\\'`)
  if (query.resource !== undefined) {
    search = search.where(sql<boolean>`' ' || resources || ' ' like ${`% ${literally(query.resource)} %`} escape '\\'`)
  }
  return (await search.execute()).map(auditOf)
}

export async function findEvents(db: Kysely<Schema>, query: EventQuery): Promise<readonly EventRecord[]> {
  const { kinds, account, resource, range, limit } = query
  const own = kinds?.filter((kind) => kind !== 'audit')
  const events = own && own.length === 0 ? [] : await ownEvents(db, query, own)
  if (kinds && !kinds.includes('audit')) return events
  const lines = await searchAudit(db, { account, resource, range, limit })
  return mergeEvents(events, lines.map(auditEvent), query)
}

async function ownEvents(db: Kysely<Schema>, query: EventQuery, kinds: readonly EventKind[] | undefined): Promise<readonly EventRecord[]> {
  const { above, below, newestFirst } = boundsOf(query.range)
  let search = db
    .selectFrom('event')
    .selectAll()
    .where('sequence', '>', above)
    .where('sequence', '<', below)
    .orderBy('sequence', newestFirst ? 'desc' : 'asc')
    .limit(query.limit)
  if (query.account !== undefined) search = search.where('account', '=', query.account)
  if (query.resource !== undefined) search = search.where('resource_id', '=', query.resource)
  if (kinds !== undefined) search = search.where('kind', 'in', [...kinds])
  return (await search.execute()).map(eventOf)
}

/** Where history begins: everything later than what was forgotten. */
export async function oldestEvent(db: Kysely<Schema>): Promise<number> {
  const row = await db.selectFrom('event').select('sequence').orderBy('sequence').limit(1).executeTakeFirst()
  return row?.sequence ?? 0
}

export async function insertEvent(db: Kysely<Schema>, sequence: number, event: NewEvent): Promise<void> {
  await db
    .insertInto('event')
    .values({
      sequence,
      at: event.at,
      account: event.account,
      kind: event.kind,
      resource_type: event.resource?.type ?? '',
      resource_id: event.resource?.id ?? '',
      text: event.text,
      detail: JSON.stringify(event.detail),
    })
    .execute()
}

export async function expireEvents(db: Kysely<Schema>, before: WallTime, max: number): Promise<void> {
  await db.deleteFrom('event').where('at', '<', before).execute()
  const edge = await db.selectFrom('event').select('sequence').orderBy('sequence', 'desc').offset(max).limit(1).executeTakeFirst()
  if (edge) await db.deleteFrom('event').where('sequence', '<=', edge.sequence).execute()
}
