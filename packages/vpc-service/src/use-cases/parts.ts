// What every use case needs: the one way to write (once for each ClientToken, recorded, undone when refused) and to list.
import { fail, ok, type Result, type WallTime, wallTime } from '@havip/base'
import { type ApiFault, apiFault, type Region, type RegionId } from '@havip/vpc'
import type { Clock, Entropy } from '../clock.ts'
import type { OwnerBoard } from '../owner-board.ts'
import type { Compute, DataPlane } from '../ports.ts'
import type { Answer, AuditRecord, Caller, CreatedBetween, Page, Paging } from '../service.ts'
import type { Settings } from '../settings.ts'
import type { Entry, Filter, ReadTransaction, Store, WriteTransaction } from '../store.ts'
import type { Kind, Rows } from '../tables.ts'

export type Parts = {
  readonly store: Store
  readonly clock: Clock
  readonly entropy: Entropy
  readonly settings: Settings
  readonly owners: OwnerBoard
  readonly plane: DataPlane
  readonly compute: Compute
  /** Told after each write that was acknowledged. */
  readonly changed: () => void
}

/** As much of it as a write needs. */
export type WriteParts = Pick<Parts, 'store' | 'clock' | 'changed'>

/** Transaction of one use case; `note` what it is about, for the audit. */
export type Writing = { readonly tx: WriteTransaction; readonly note: (id: string) => void }

/** ClientTokens are remembered for a day. */
const tokenAgeMs = 24 * 3600_000

/**
 * Runs a write. The same ClientToken with the same input gives the first answer again and writes nothing. With DryRun all is
 * checked and undone. The outcome goes to the audit: with the write itself, or after the refusal.
 */
export async function mutate<T>(
  parts: WriteParts,
  caller: Caller,
  action: string,
  input: object,
  work: (writing: Writing) => Promise<Result<T, ApiFault>>,
): Answer<T> {
  const resources = new Set<string>()
  const inputText = canonicalText(input)
  const record = (outcome: string, message: string): Omit<AuditRecord, 'sequence'> => ({
    ...auditHead(caller, action, parts.clock.wallTime()),
    resources: [...resources].join(' '),
    outcome,
    message,
    input: auditText(input),
  })
  let isReplay = false
  const result = await parts.store.write<T, ApiFault>(async (tx) => {
    const earlier = await earlierAnswer<T>(parts, tx, caller, action, inputText)
    if (earlier) {
      isReplay = true
      return earlier
    }
    const done = await work({ tx, note: (id) => resources.add(id) })
    if (!done.ok) return done
    if (caller.dryRun) return fail(apiFault('DryRunOperation'))
    if (caller.clientToken) {
      const output = JSON.stringify(done.value ?? null)
      await tx.saveToken(caller.account, action, caller.clientToken, { input: inputText, output, at: parts.clock.wallTime() })
    }
    await tx.appendAudit(record('OK', ''))
    return done
  })
  if (!result.ok) {
    await parts.store.write(async (tx) => ok(await tx.appendAudit(record(result.fault.code, result.fault.message))))
  } else if (!isReplay) parts.changed()
  return result
}

export const auditHead = (caller: Caller, action: string, at: WallTime) => ({
  at,
  account: caller.account,
  who: `${caller.proof ?? caller.kind}:${caller.name}`,
  from: caller.from,
  requestId: caller.requestId,
  action,
})

async function earlierAnswer<T>(
  parts: WriteParts,
  tx: WriteTransaction,
  caller: Caller,
  action: string,
  input: string,
): Promise<Result<T, ApiFault> | undefined> {
  const token = caller.clientToken
  if (!token || caller.dryRun) return undefined
  if (!/^[\x20-\x7e]{1,64}$/.test(token)) {
    return fail(apiFault('InvalidParameter', { name: 'ClientToken', reason: 'it has at most 64 ASCII characters' }))
  }
  const found = await tx.token(caller.account, action, token)
  if (!found || found.at < parts.clock.wallTime() - tokenAgeMs) return undefined
  return found.input === input ? ok(JSON.parse(found.output) as T) : fail(apiFault('IdempotentParameterMismatch'))
}

/** Equal inputs give equal text: keys sorted, what is not given left out. */
function canonicalText(input: unknown): string {
  return JSON.stringify(input, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value === '' ? undefined : value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** What the audit keeps of an input: not the text of scripts, which may hold secrets. */
const auditText = (input: object): string =>
  JSON.stringify(input, (key, value: unknown) =>
    (key === 'content' || key === 'userData' || key === 'parameters') && value !== undefined ? '(left out)' : value,
  ).slice(0, 4096)

export const expireTokens = (parts: Pick<Parts, 'store' | 'clock'>): Promise<unknown> =>
  parts.store.write(async (tx) => ok(await tx.expireTokens(wallTime(parts.clock.wallTime() - tokenAgeMs))))

/** The region a write goes to. */
export function regionFor(parts: Parts, caller: Caller): Result<Region, ApiFault> {
  const { regions } = parts.settings
  const region = caller.region ? regions.find(({ id }) => id === caller.region) : regions[0]
  return region ? ok(region) : fail(apiFault('InvalidRegionId.NotFound', { id: caller.region ?? '' }))
}

/** The conditions every list starts with. */
export function scopeOf(caller: Caller): { account: string; region?: string } {
  return caller.region ? { account: caller.account, region: caller.region } : { account: caller.account }
}

type Owned = { readonly account: string; readonly region: RegionId }

/** A row of the caller's account, in the region it names; another's looks like one that does not exist. */
export async function owned<K extends Kind>(
  tx: ReadTransaction,
  kind: Rows[K] extends Owned ? K : never,
  id: string | undefined,
  caller: Caller,
): Promise<Rows[K] | undefined> {
  if (!id) return undefined
  const row = (await tx.get(kind, id)) as (Rows[K] & Owned) | undefined
  if (!row || row.account !== caller.account) return undefined
  return caller.region && row.region !== caller.region ? undefined : row
}

/** Text that was given, else undefined. */
export const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text)
export const givenList = (list: readonly string[] | undefined): readonly string[] | undefined => (list?.length ? list : undefined)

/** One page of rows. */
export async function page<K extends Kind>(
  tx: ReadTransaction,
  kind: K,
  filter: Filter<K>,
  paging: Paging,
): Promise<Result<Page<Rows[K]>, ApiFault>> {
  const total = await tx.count(kind, filter)
  if (paging.kind === 'page') {
    const offset = (paging.number - 1) * paging.size
    const found = offset < total ? await tx.find(kind, filter, { offset, limit: paging.size }) : []
    return ok({ items: found.map(({ row }) => row), total, nextToken: '' })
  }
  const after = positionOf(paging.token)
  if (after === undefined) return fail(apiFault('InvalidParameter', { name: 'NextToken', reason: 'it is not one of ours' }))
  const found = await tx.find(kind, filter, { after, limit: paging.max + 1 })
  const items = found.slice(0, paging.max)
  return ok({ items: items.map(({ row }) => row), total, nextToken: found.length > paging.max ? tokenOf(items.at(-1)) : '' })
}

const tokenOf = (entry: Entry<unknown> | undefined): string => (entry ? `p${entry.position.toString(36)}` : '')
function positionOf(token: string | undefined): number | undefined {
  if (!token) return 0
  return /^p[0-9a-z]{1,10}$/.test(token) ? Number.parseInt(token.slice(1), 36) : undefined
}

/** Looked for among all rows, so only for kinds of which an account has few; undefined: no condition. */
export const madeWithin = (created: CreatedBetween | undefined): ((row: { readonly createdAt: WallTime }) => boolean) | undefined =>
  created && (({ createdAt }) => createdAt >= created.from && createdAt <= created.to)

/** One page of the rows that a condition holds for which no column knows; undefined: none is asked for. */
export async function pageWhere<K extends Kind>(
  tx: ReadTransaction,
  kind: K,
  filter: Filter<K>,
  paging: Paging,
  holds: ((row: Rows[K]) => boolean) | undefined,
): Promise<Result<Page<Rows[K]>, ApiFault>> {
  if (!holds) return page(tx, kind, filter, paging)
  const rows = (await tx.find(kind, filter)).map(({ row }) => row)
  return ok(pageOf(rows.filter(holds), paging))
}

/** Pages a list that is in memory. */
export function pageOf<T>(items: readonly T[], paging: Paging): Page<T> {
  if (paging.kind === 'page') {
    return { items: items.slice((paging.number - 1) * paging.size, paging.number * paging.size), total: items.length, nextToken: '' }
  }
  const start = positionOf(paging.token) ?? 0
  const end = start + paging.max
  return { items: items.slice(start, end), total: items.length, nextToken: end < items.length ? `p${end.toString(36)}` : '' }
}

/** Fields that every new resource has. */
export function common(parts: Parts, caller: Caller, region: RegionId, resourceGroup: string | undefined) {
  return {
    account: caller.account,
    region,
    createdAt: parts.clock.wallTime(),
    resourceGroup: resourceGroup ?? '',
    problem: undefined,
  }
}
