// A table of resources: a real one, whose rows become cards on a phone.
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { pageSize } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { type Search, useAddress, useSetAddress } from '../shell/address.ts'
import { PageLink } from './page.tsx'
import { words } from './words.ts'

export type Column<Row> = {
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  readonly align?: 'number' | 'end'
}

type TableProps<Row> = {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly idOf: (row: Row) => string
  /** Of all pages; given, the pages can be turned, and which one it is stands in the address. */
  readonly total?: number
}

export function DataTable<Row>({ label, columns, rows, idOf, total }: TableProps<Row>) {
  return (
    <>
      <div className="table-wrap">
        <table className="data" aria-label={label}>
          <thead>
            <tr>
              {columns.map(({ title, align }) => (
                <th key={title} scope="col" className={align}>
                  {align === 'end' ? <span className="hidden">{title}</span> : title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={idOf(row)} data-id={idOf(row)}>
                {columns.map(({ title, cell, align }) => (
                  <td key={title} data-label={title} className={align}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {total !== undefined && total > pageSize && <Pager total={total} />}
    </>
  )
}

export const usePageNumber = (): number => Math.max(1, Number(useAddress().page ?? 1) || 1)

function Pager({ total }: { readonly total: number }) {
  const t = useText()
  const setAddress = useSetAddress()
  const number = usePageNumber()
  const last = Math.ceil(total / pageSize)
  const go = (page: number): void => setAddress({ page: page === 1 ? undefined : String(page) }, { push: true })
  return (
    <div className="pager">
      <span>{t(words.range, { from: (number - 1) * pageSize + 1, to: Math.min(total, number * pageSize), total })}</span>
      <span className="actions">
        <Button size="small" disabled={number <= 1} onClick={() => go(number - 1)}>
          {t(words.previous)}
        </Button>
        <Button size="small" disabled={number >= last} onClick={() => go(number + 1)}>
          {t(words.next)}
        </Button>
      </span>
    </div>
  )
}

/** What a thing is called, and below it its id where that is something else. `to`: its own page. */
export function NameAndId({
  name,
  id,
  to,
  search,
}: {
  readonly name: string
  readonly id: string
  readonly to?: string
  readonly search?: Search
}) {
  const shown = name === '' ? id : name
  return (
    <span className="cell-id">
      {to === undefined ? (
        <strong>{shown}</strong>
      ) : (
        <PageLink to={to} {...(search && { search })}>
          {shown}
        </PageLink>
      )}
      {shown !== id && <span className="mono">{id}</span>}
    </span>
  )
}
