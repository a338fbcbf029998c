// A Store in memory that keeps the port's promises (but the one about death), for tests and for the simulator.
import { ipv4FromNumber, type Result, wallTime } from '@havip/base'
import type { AddressRange } from '@havip/vpc'
import { address6At, addressSlot, freeRange6 } from '../address-slot.ts'
import { type AuditQuery, auditEvent, boundsOf, type EventQuery, type EventRecord, mergeEvents } from '../events/event.ts'
import type { AuditRecord } from '../service.ts'
import { type Entry, type Filter, type Slice, type Store, StoreError, type TokenRecord, type WriteTransaction } from '../store.ts'
import { columnsOf, isTagged, type Kind, kinds, listsOf, type Rows } from '../tables.ts'

type AnyEntry = Entry<Rows[Kind]>
type State = {
  tables: Record<Kind, Map<string, AnyEntry>>
  addresses: Map<string, Map<number, string>>
  tokens: Map<string, TokenRecord>
  audit: AuditRecord[]
  events: EventRecord[]
  counter: number
}

const emptyState = (): State => ({
  tables: Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as unknown as Record<Kind, Map<string, AnyEntry>>,
  addresses: new Map(),
  tokens: new Map(),
  audit: [],
  events: [],
  counter: 0,
})

/** `failNextCommit` makes the next write fail as if the disk were gone: to see that nothing stays. */
export type MemoryStore = Store & { failNextCommit(): void }

export function memoryStore(): MemoryStore {
  const state = emptyState()
  let tail: Promise<unknown> = Promise.resolve()
  let failsNext = false
  async function run<T, E>(work: (tx: WriteTransaction) => Promise<Result<T, E>>): Promise<Result<T, E>> {
    const undo: (() => void)[] = []
    const rollBack = (): void => {
      for (const step of undo.reverse()) step()
    }
    try {
      const result = await work(transaction(state, undo))
      if (!result.ok) rollBack()
      else if (failsNext) {
        failsNext = false
        throw new StoreError('commit failed, as the test asked')
      }
      return result
    } catch (error) {
      rollBack()
      throw error
    }
  }
  return {
    write: (work) => {
      const result = tail.then(() => run(work))
      tail = result.catch(() => undefined)
      return result
    },
    // Reads wait for the write before them, so that they see one state.
    read: (work) => {
      const result = tail.then(() => work(transaction(state, [])))
      tail = result.catch(() => undefined)
      return result
    },
    close: async () => undefined,
    failNextCommit: () => {
      failsNext = true
    },
  }
}

const globToPattern = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*')}$`,
    'i',
  )

function valuesOf(kind: Kind, entry: AnyEntry, column: string): readonly string[] {
  if (column === 'id') return [entry.row.id]
  const list = listsOf(kind)[column]
  if (list) return list(entry.row as never)
  const value = columnsOf(kind)[column]
  if (!value) throw new TypeError(`${kind} has no column ${column}`)
  return [value(entry.row as never)]
}

function matches<K extends Kind>(kind: K, filter: Filter<K>, entry: AnyEntry): boolean {
  for (const [column, wanted] of Object.entries<string | readonly string[] | undefined>(filter.is ?? {})) {
    if (wanted === undefined) continue
    const have = valuesOf(kind, entry, column)
    if (!(typeof wanted === 'string' ? have.includes(wanted) : wanted.some((value) => have.includes(value)))) return false
  }
  for (const [column, unwanted] of Object.entries<string | undefined>(filter.isNot ?? {})) {
    if (unwanted !== undefined && valuesOf(kind, entry, column).includes(unwanted)) return false
  }
  for (const [column, glob] of Object.entries<string | undefined>(filter.like ?? {})) {
    if (glob !== undefined && !valuesOf(kind, entry, column).some((value) => globToPattern(glob).test(value))) return false
  }
  const tags = isTagged(entry.row) ? entry.row.tags : {}
  return tagConditions(filter.tags).every(({ key, value }) => Object.hasOwn(tags, key) && (value === undefined || tags[key] === value))
}

export function tagConditions(tags: Filter<Kind>['tags']): readonly { readonly key: string; readonly value: string | undefined }[] {
  if (tags === undefined) return []
  return Array.isArray(tags) ? tags : Object.entries(tags as Record<string, string>).map(([key, value]) => ({ key, value }))
}

function transaction(state: State, undo: (() => void)[]): WriteTransaction {
  const table = (kind: Kind): Map<string, AnyEntry> => state.tables[kind]
  const inOrder = (kind: Kind): AnyEntry[] => [...table(kind).values()].sort((a, b) => a.position - b.position)
  const select = <K extends Kind>(kind: K, filter: Filter<K>): AnyEntry[] => inOrder(kind).filter((entry) => matches(kind, filter, entry))
  const put = (kind: Kind, id: string, entry: AnyEntry | undefined): void => {
    const old = table(kind).get(id)
    undo.push(() => (old ? table(kind).set(id, old) : table(kind).delete(id)))
    if (entry) table(kind).set(id, entry)
    else table(kind).delete(id)
  }
  const scopeOf = (scope: string): Map<number, string> => {
    const known = state.addresses.get(scope) ?? new Map<number, string>()
    state.addresses.set(scope, known)
    return known
  }
  const lowestFree = (scope: string, range: AddressRange): number | undefined => {
    const taken = scopeOf(scope)
    for (let number = range.first; number <= range.last; number++) if (!taken.has(number)) return number
    return undefined
  }
  const tokenKey = (...parts: readonly string[]): string => JSON.stringify(parts)
  return {
    get: async (kind, id) => table(kind).get(id)?.row as never,
    entries: async (kind, ids) => inOrder(kind).filter((entry) => ids.includes(entry.row.id)) as never,
    find: async (kind, filter, slice) => sliced(select(kind, filter), slice) as never,
    count: async (kind, filter) => select(kind, filter).length,
    countBy: async (kind, column, values) => {
      const counts = new Map<string, number>()
      for (const entry of table(kind).values()) {
        for (const value of valuesOf(kind, entry, column as string)) {
          if (values.includes(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
        }
      }
      return counts
    },
    changedSince: async (kind, change, limit) =>
      [...table(kind).values()]
        .filter((entry) => entry.change > change)
        .sort((a, b) => a.change - b.change)
        .slice(0, limit) as never,
    countAddresses: async (scopes) => new Map(scopes.map((scope) => [scope, state.addresses.get(scope)?.size ?? 0])),
    audit: async (account, after, limit) =>
      state.audit.filter((record) => record.sequence > after && (account === undefined || record.account === account)).slice(0, limit),
    searchAudit: async (query) => searchAudit(state, query),
    events: async (query) => findEvents(state, query),
    oldestEvent: async () => state.events[0]?.sequence ?? 0,
    insert: async (kind, row) => {
      if (table(kind).has(row.id)) throw new StoreError(`${row.id} exists`)
      state.counter++
      put(kind, row.id, { row, position: state.counter, change: state.counter })
    },
    update: async (kind, row) => {
      const old = table(kind).get(row.id)
      if (!old) throw new StoreError(`${row.id} does not exist`)
      put(kind, row.id, { row, position: old.position, change: ++state.counter })
    },
    remove: async (kind, id) => put(kind, id, undefined),
    takeAddress: async (scope, address, holder) => {
      const slot = addressSlot(scope, address)
      const addresses = scopeOf(slot.scope)
      if (addresses.has(slot.number)) return false
      addresses.set(slot.number, holder)
      undo.push(() => addresses.delete(slot.number))
      return true
    },
    lowestFreeAddress: async (scope, range) => {
      const free = lowestFree(scope, range)
      return free === undefined ? undefined : ipv4FromNumber(free)
    },
    lowestFreeAddress6: async (scope, cidr) => {
      const range = freeRange6(scope, cidr)
      const free = lowestFree(range.scope, range)
      return free === undefined ? undefined : address6At(cidr, free)
    },
    releaseAddress: async (scope, address) => {
      const slot = addressSlot(scope, address)
      const addresses = scopeOf(slot.scope)
      const holder = addresses.get(slot.number)
      if (holder === undefined) return
      addresses.delete(slot.number)
      undo.push(() => addresses.set(slot.number, holder))
    },
    token: async (...key) => state.tokens.get(tokenKey(...key)),
    saveToken: async (account, action, token, record) => {
      const key = tokenKey(account, action, token)
      const old = state.tokens.get(key)
      state.tokens.set(key, record)
      undo.push(() => (old ? state.tokens.set(key, old) : state.tokens.delete(key)))
    },
    expireTokens: async (before) => {
      for (const [key, record] of state.tokens) {
        if (record.at >= before) continue
        state.tokens.delete(key)
        undo.push(() => state.tokens.set(key, record))
      }
    },
    appendAudit: async (record) => {
      state.audit.push({ ...record, sequence: ++state.counter, at: wallTime(record.at) })
      undo.push(() => state.audit.pop())
    },
    appendEvent: async (event) => {
      state.events.push({ sequence: ++state.counter, ...event })
      undo.push(() => state.events.pop())
    },
    expireEvents: async (before, max) => {
      const old = state.events
      state.events = old.filter(({ at }) => at >= before).slice(-max)
      undo.push(() => {
        state.events = old
      })
    },
  }
}

function searchAudit(state: State, query: AuditQuery): readonly AuditRecord[] {
  const { above, below, newestFirst } = boundsOf(query.range)
  const found = state.audit.filter(
    (line) =>
      line.sequence > above &&
      line.sequence < below &&
      (query.account === undefined || line.account === query.account) &&
      (query.who === undefined || line.who.toLowerCase().includes(query.who.toLowerCase())) &&
      (query.action === undefined || line.action === query.action) &&
      (query.resource === undefined || line.resources.split(' ').includes(query.resource)) &&
      (query.outcome === undefined || (query.outcome === 'refused' ? line.outcome !== 'OK' : line.outcome === query.outcome)) &&
      (query.from === undefined || line.at >= query.from) &&
      (query.to === undefined || line.at < query.to),
  )
  return (newestFirst ? found.reverse() : found).slice(0, query.limit)
}

function findEvents(state: State, query: EventQuery): readonly EventRecord[] {
  const { above, below } = boundsOf(query.range)
  const { account, resource, kinds, range, limit } = query
  const own = state.events.filter(
    (event) =>
      event.sequence > above &&
      event.sequence < below &&
      (account === undefined || event.account === account) &&
      (resource === undefined || event.resource?.id === resource) &&
      (kinds === undefined || kinds.includes(event.kind)),
  )
  const lines = kinds && !kinds.includes('audit') ? [] : searchAudit(state, { account, resource, range, limit })
  return mergeEvents(own, lines.map(auditEvent), query)
}

function sliced(entries: AnyEntry[], slice: Slice | undefined): AnyEntry[] {
  if (!slice) return entries
  const rest = slice.after === undefined ? entries.slice(slice.offset ?? 0) : entries.filter((entry) => entry.position > (slice.after ?? 0))
  return rest.slice(0, slice.limit)
}
