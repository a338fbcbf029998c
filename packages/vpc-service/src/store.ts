// The port to what remembers. A write that was acknowledged survives the death of any process, and of the machine.
import type { Cidr6, IpAddress, Ipv4, Ipv6, Result, WallTime } from '@havip/base'
import type { AccountId, AddressRange, Tags } from '@havip/vpc'
import type { AuditQuery, EventQuery, EventRecord, NewEvent } from './events/event.ts'
import type { AuditRecord } from './service.ts'
import type { Column, Kind, Rows } from './tables.ts'

/** The store failed: what a caller may read, and the detail for the log. The transaction left no trace. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly clientText = 'The store is not available.'
}

/** All conditions hold; several values of one column are alternatives. An empty list of values matches nothing. */
export type Filter<K extends Kind> = {
  readonly is?: { readonly [C in Column<K>]?: string | readonly string[] | undefined }
  /** Columns that differ from this text. */
  readonly isNot?: { readonly [C in Column<K>]?: string }
  /** `*` in the pattern stands for any text. */
  readonly like?: { readonly [C in Column<K>]?: string }
  /** Each with this value; undefined value: any. */
  readonly tags?: Tags | readonly { readonly key: string; readonly value: string | undefined }[] | undefined
}

/** In the order of creation. `after`: the position of the last row of the page before. */
export type Slice = { readonly offset?: number; readonly after?: number; readonly limit: number }

/** A row with its place: both numbers only ever grow, over the whole store. */
export type Entry<Row> = {
  readonly row: Row
  /** Set when the row is made; the order of lists. */
  readonly position: number
  /** Set anew by each write: equal numbers mean an equal row. */
  readonly change: number
}

export type TokenRecord = { readonly input: string; readonly output: string; readonly at: WallTime }

/** Sees one state of the store, whatever is written meanwhile. */
export type ReadTransaction = {
  get<K extends Kind>(kind: K, id: string): Promise<Rows[K] | undefined>
  entries<K extends Kind>(kind: K, ids: readonly string[]): Promise<readonly Entry<Rows[K]>[]>
  find<K extends Kind>(kind: K, filter: Filter<K>, slice?: Slice): Promise<readonly Entry<Rows[K]>[]>
  count<K extends Kind>(kind: K, filter: Filter<K>): Promise<number>
  /** How many rows have each value of a column, among the values asked for; none: no entry. */
  countBy<K extends Kind>(kind: K, column: Column<K>, values: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Rows written after that change, in the order of their changes. */
  changedSince<K extends Kind>(kind: K, change: number, limit: number): Promise<readonly Entry<Rows[K]>[]>
  countAddresses(scopes: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** After `after`, oldest first. */
  audit(account: AccountId | undefined, after: number, limit: number): Promise<readonly AuditRecord[]>
  searchAudit(query: AuditQuery): Promise<readonly AuditRecord[]>
  /** Events and lines of the audit as one sequence. */
  events(query: EventQuery): Promise<readonly EventRecord[]>
  /** The lowest number from which on nothing is missing; later ones may not be there yet. */
  oldestEvent(): Promise<number>
}

/** Sees its own writes. */
export type WriteTransaction = ReadTransaction & {
  /** The id is new: one that exists is a mistake of ours, and throws. */
  insert<K extends Kind>(kind: K, row: Rows[K]): Promise<void>
  /** The id exists. */
  update<K extends Kind>(kind: K, row: Rows[K]): Promise<void>
  remove(kind: Kind, id: string): Promise<void>
  /** Addresses of one scope (a vSwitch, the EIP pool) have one holder each. False: it has another one. */
  takeAddress(scope: string, address: IpAddress, holder: string): Promise<boolean>
  /** The lowest one that nobody holds; undefined: none. */
  lowestFreeAddress(scope: string, range: AddressRange): Promise<Ipv4 | undefined>
  /** The same of IPv6: the first address of the network stays out, and so does what is farther than 2^48 from it. */
  lowestFreeAddress6(scope: string, cidr: Cidr6): Promise<Ipv6 | undefined>
  releaseAddress(scope: string, address: IpAddress): Promise<void>
  token(account: AccountId, action: string, token: string): Promise<TokenRecord | undefined>
  saveToken(account: AccountId, action: string, token: string, record: TokenRecord): Promise<void>
  /** Forgets tokens made before. */
  expireTokens(before: WallTime): Promise<void>
  appendAudit(record: Omit<AuditRecord, 'sequence'>): Promise<void>
  appendEvent(event: NewEvent): Promise<void>
  /** Forgets events made before, and the oldest ones past `max`; never lines of the audit. */
  expireEvents(before: WallTime, max: number): Promise<void>
}

/**
 * Writes happen one after the other, over all controllers; reads beside them. `work` may not wait for anything but its
 * transaction. A refusal (`ok: false`) or an exception undoes everything `work` did.
 */
export type Store = {
  /** Resolves when the transaction is durable. Throws a StoreError when it isn't. */
  write<T, E>(work: (tx: WriteTransaction) => Promise<Result<T, E>>): Promise<Result<T, E>>
  read<T>(work: (tx: ReadTransaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Scope of the addresses of the EIP pool; the others are scoped by their vSwitch. */
export const eipScope = 'eip-pool'
