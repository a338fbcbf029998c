// Tables as management systems see them: columns of cells under object identifiers, found and walked in order. Values are computed
// when they are asked for: a walk over a thousand rows makes nothing twice, and a single question nearly nothing.
import { type AgentxValue, compareOids, type Oid, oidBeginsWith, type VarBind } from '@havip/wire'

export type Row<Of> = { readonly index: Oid; readonly of: Of }

/** A table, or a group of scalars, over facts of one moment. */
export type Table<Facts> = {
  /** The entry; a column's number and a row's index follow. */
  readonly entry: Oid
  /** In any order; each index once. */
  rows(facts: Facts): readonly Row<unknown>[]
  readonly columns: ReadonlyMap<number, (of: unknown) => AgentxValue | undefined>
}

/** What a column says of a row; undefined: there is no such cell. */
export type Cells<Of> = Readonly<Record<number, (of: Of) => AgentxValue | undefined>>

export function table<Facts, Of>(entry: Oid, rows: (facts: Facts) => readonly Row<Of>[], cells: Cells<Of>): Table<Facts> {
  const columns = new Map(
    Object.entries(cells).map(([number, value]) => [Number(number), value as (of: unknown) => AgentxValue | undefined]),
  )
  return { entry, rows, columns }
}

/** Scalars: each has one instance, 0. */
export const scalars = <Facts>(group: Oid, cells: Cells<Facts>): Table<Facts> =>
  table(group, (facts: Facts) => [{ index: [0], of: facts }], cells)

type Column<Facts> = {
  readonly oid: Oid
  readonly table: Table<Facts>
  readonly value: (of: unknown) => AgentxValue | undefined
}

/** All columns of all tables, in order. */
export class Mib<Facts> {
  readonly #columns: readonly Column<Facts>[]

  constructor(tables: readonly Table<Facts>[]) {
    this.#columns = tables
      .flatMap((table) => [...table.columns].map(([number, value]) => ({ oid: [...table.entry, number], table, value })))
      .sort((a, b) => compareOids(a.oid, b.oid))
  }

  at(facts: Facts): MibView {
    return new View(this.#columns, facts)
  }
}

/** Of one moment. */
export type MibView = {
  get(oid: Oid): AgentxValue
  /** The first cell after `start`, or at it when it is included, and before `end` (empty: no bound). */
  next(range: { readonly start: Oid; readonly isIncluded: boolean; readonly end: Oid }): VarBind
}

class View<Facts> implements MibView {
  readonly #columns: readonly Column<Facts>[]
  readonly #facts: Facts
  readonly #rows = new Map<Table<Facts>, readonly Row<unknown>[]>()

  constructor(columns: readonly Column<Facts>[], facts: Facts) {
    this.#columns = columns
    this.#facts = facts
  }

  get(oid: Oid): AgentxValue {
    const column = this.#columns[firstWhere(this.#columns.length, (i) => compareOids(this.#oidOf(i), oid) > 0) - 1]
    if (!column || !oidBeginsWith(oid, column.oid)) return { kind: 'no-such-object' }
    const index = oid.slice(column.oid.length)
    const rows = this.#rowsOf(column.table)
    const row = rows[firstWhere(rows.length, (i) => compareOids((rows[i] as Row<unknown>).index, index) >= 0)]
    const value = row && compareOids(row.index, index) === 0 ? column.value(row.of) : undefined
    return value ?? { kind: 'no-such-instance' }
  }

  next({ start, isIncluded, end }: { readonly start: Oid; readonly isIncluded: boolean; readonly end: Oid }): VarBind {
    // The column that `start` lies in is the last that does not come after it.
    const first = Math.max(0, firstWhere(this.#columns.length, (i) => compareOids(this.#oidOf(i), start) > 0) - 1)
    for (let i = first; i < this.#columns.length; i++) {
      const column = this.#columns[i] as Column<Facts>
      if (end.length > 0 && compareOids(column.oid, end) >= 0) break
      const found = this.#nextIn(column, start, isIncluded)
      if (found === undefined) continue
      if (end.length > 0 && compareOids(found.name, end) >= 0) break
      return found
    }
    return { name: start, value: { kind: 'end-of-view' } }
  }

  #nextIn({ oid, table, value }: Column<Facts>, start: Oid, isIncluded: boolean): VarBind | undefined {
    const rows = this.#rowsOf(table)
    let at = 0
    if (oidBeginsWith(start, oid)) {
      const index = start.slice(oid.length)
      at = firstWhere(rows.length, (i) => {
        const order = compareOids((rows[i] as Row<unknown>).index, index)
        return order > 0 || (isIncluded && order === 0)
      })
    } else if (compareOids(oid, start) < 0) return undefined
    for (; at < rows.length; at++) {
      const row = rows[at] as Row<unknown>
      const cell = value(row.of)
      if (cell) return { name: [...oid, ...row.index], value: cell }
    }
    return undefined
  }

  #oidOf(i: number): Oid {
    return (this.#columns[i] as Column<Facts>).oid
  }

  #rowsOf(table: Table<Facts>): readonly Row<unknown>[] {
    const known = this.#rows.get(table)
    if (known) return known
    const rows = [...table.rows(this.#facts)].sort((a, b) => compareOids(a.index, b.index))
    this.#rows.set(table, rows)
    return rows
  }
}

/** The first of 0 to `count` for which it holds, `count` if none; it holds for all that follow one for which it does. */
function firstWhere(count: number, holds: (i: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
