// A Store that writes history by itself: whoever changes a resource's row, the event is in the same transaction.
import type { Result, WallTime } from '@havip/base'
import type { WorldKind } from '@havip/vpc'
import type { Store, WriteTransaction } from '../store.ts'
import type { Kind, Rows } from '../tables.ts'
import { changedText, createdText, removedText } from './change-text.ts'
import { typeOfId } from './event.ts'

const recorded: readonly Kind[] = ['vpc', 'vswitch', 'instance', 'networkInterface', 'havip', 'eip']
const isRecorded = (kind: Kind): kind is WorldKind => recorded.includes(kind)

export type RecordingParts = {
  readonly store: Store
  readonly now: () => WallTime
  /** Told after each write that was acknowledged: there may be events. */
  readonly written: () => void
}

export function recordingStore({ store, now, written }: RecordingParts): Store {
  return {
    ...store,
    write: async <T, E>(work: (tx: WriteTransaction) => Promise<Result<T, E>>): Promise<Result<T, E>> => {
      const result = await store.write((tx) => work(recording(tx, now)))
      if (result.ok) written()
      return result
    },
  }
}

function recording(tx: WriteTransaction, now: () => WallTime): WriteTransaction {
  const append = async (row: Rows[WorldKind], facts: ReturnType<typeof changedText>): Promise<void> => {
    if (!facts) return
    await tx.appendEvent({ at: now(), account: row.account, kind: 'resource', resource: { type: typeOfId(row.id), id: row.id }, ...facts })
  }
  return {
    ...tx,
    insert: async (kind, row) => {
      await tx.insert(kind, row)
      if (isRecorded(kind)) await append(row as Rows[WorldKind], createdText(kind, row as Rows[WorldKind]))
    },
    update: async (kind, row) => {
      const before = isRecorded(kind) ? await tx.get(kind, row.id) : undefined
      await tx.update(kind, row)
      if (before && isRecorded(kind)) await append(row as Rows[WorldKind], changedText(kind, before, row as Rows[WorldKind]))
    },
    remove: async (kind, id) => {
      const before = isRecorded(kind) ? await tx.get(kind, id) : undefined
      await tx.remove(kind, id)
      if (before && isRecorded(kind)) await append(before, removedText(kind, before))
    },
  }
}
