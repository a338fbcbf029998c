// Filter.N with CreationStartTime and CreationEndTime: what was made in a stretch of time.
import { fail, ok, type Result, type WallTime, wallTime } from '@havip/base'
import { type ApiFault, apiFault } from '@havip/vpc'
import { objects, required, text } from './parameter.ts'

export const creationFilter = objects('When it was made.', 5, {
  Key: required(text('CreationStartTime or CreationEndTime.', 64)),
  Value: required(text('A time such as 2026-01-15T08:30Z or 2026-01-15T08:30:00Z.', 64)),
})

export type Created = { readonly from: WallTime; readonly to: WallTime }

/** Undefined: no condition. Both ends count. */
export function createdBetween(
  filters: readonly { readonly Key: string; readonly Value: string }[] | undefined,
): Result<Created | undefined, ApiFault> {
  if (!filters?.length) return ok(undefined)
  let from = 0
  let to = Number.MAX_SAFE_INTEGER
  for (const { Key, Value } of filters) {
    const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/.test(Value) && !Number.isNaN(Date.parse(Value))
    if (!isTime) return fail(apiFault('InvalidParameter', { name: 'Filter.Value', reason: 'it is a time like 2026-01-15T08:30Z' }))
    if (Key === 'CreationStartTime') from = Math.max(from, Date.parse(Value))
    else if (Key === 'CreationEndTime') to = Math.min(to, Date.parse(Value))
    else return fail(apiFault('InvalidFilterKey.ValueNotSupported', { name: Key }))
  }
  return ok({ from: wallTime(from), to: wallTime(to) })
}
