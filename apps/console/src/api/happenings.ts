// What happened, from the controller's memory; where it has none for us, from what was heard since the page was opened.
import { type Change, type ChangeKind, useStream } from './events.ts'
import { useApi } from './queries.ts'

type EventRow = {
  readonly Id: number
  readonly Time: string
  readonly Kind: ChangeKind
  readonly ResourceType: string
  readonly ResourceId: string
  readonly Text: string
}
type Wanted = { readonly resource?: string; readonly kind?: string | undefined; readonly before?: string | undefined; readonly max: number }

const toChange = (row: EventRow): Change => ({
  id: String(row.Id),
  at: row.Time,
  kind: row.Kind,
  text: row.Text,
  ...(row.ResourceId !== '' && { resource: { type: row.ResourceType, id: row.ResourceId } }),
})

/** The audit tells of every call; it is shown to those who ask for it. */
const shownKinds: readonly ChangeKind[] = ['resource', 'owner', 'drop', 'test']

/** Newest first. */
export function useHappenings({ resource, kind, before, max }: Wanted): {
  readonly changes: readonly Change[]
  readonly isWhole: boolean
  readonly isLoading: boolean
} {
  const { changes } = useStream()
  const answer = useApi<{ readonly Events: readonly EventRow[] }>('havip', 'DescribeEvents', {
    ResourceId: resource,
    Kind: kind === undefined ? shownKinds : [kind],
    Before: before,
    MaxResults: max,
  })
  if (answer.data) return { changes: answer.data.Events.map(toChange), isWhole: true, isLoading: false }
  const heard = changes.filter(
    (one) =>
      (kind === undefined ? shownKinds.includes(one.kind) : one.kind === kind) && (resource === undefined || one.resource?.id === resource),
  )
  return { changes: heard.slice(0, max), isWhole: false, isLoading: answer.isLoading }
}
