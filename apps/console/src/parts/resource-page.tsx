// A page that lists one kind of resource: loading, failed, empty and full look the same everywhere.
import type { ReactNode } from 'react'
import { FaultNote } from './fault.tsx'
import { Empty, Loading, Page, Panel } from './page.tsx'
import { type Column, DataTable } from './table.tsx'

type ResourcePageProps<Row> = {
  readonly title: string
  readonly lead: string
  readonly listTitle: string
  readonly actions?: ReactNode
  readonly listActions?: ReactNode
  readonly answer: { readonly data: unknown; readonly error: unknown; readonly refetch: () => unknown }
  readonly rows: readonly Row[]
  readonly total?: number | undefined
  readonly idOf: (row: Row) => string
  readonly columns: readonly Column<Row>[]
  readonly empty: { readonly title: string; readonly text: ReactNode; readonly actions?: ReactNode }
  /** Between the head and the list. */
  readonly above?: ReactNode
  readonly children?: ReactNode
}

export function ResourcePage<Row>(props: ResourcePageProps<Row>) {
  const { title, lead, listTitle, actions, listActions, answer, rows, total, idOf, columns, empty, above, children } = props
  return (
    <Page title={title} lead={lead} actions={actions}>
      {above}
      {answer.error ? (
        <FaultNote error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <Panel title={listTitle} actions={listActions}>
          {answer.data === undefined ? (
            <Loading />
          ) : rows.length === 0 ? (
            <Empty {...empty} />
          ) : (
            <DataTable label={listTitle} columns={columns} rows={rows} idOf={idOf} {...(total !== undefined && { total })} />
          )}
        </Panel>
      )}
      {children}
    </Page>
  )
}
