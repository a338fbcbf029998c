// What a write to a row means in words, for the history of the resource.
import type { WorldKind } from '@havip/vpc'
import type { Rows } from '../tables.ts'

type Facts = { readonly text: string; readonly detail: Readonly<Record<string, string>> }
type Row = Rows[WorldKind]

const nouns: Readonly<Record<WorldKind, string>> = {
  vpc: 'VPC',
  vswitch: 'vSwitch',
  instance: 'Instance',
  networkInterface: 'Network interface',
  havip: 'HaVip',
  eip: 'EIP',
}

/** How people call it: its name, else its id. */
const called = (kind: WorldKind, row: Row): string => `${nouns[kind]} ${row.name === '' ? row.id : row.name}`

export function createdText(kind: WorldKind, row: Row): Facts {
  const address = 'address' in row ? `, address ${row.address}` : ''
  return {
    text: `${called(kind, row)} was created (${row.status}${address}).`,
    detail: { change: 'created', status: row.status, name: row.name },
  }
}

export const removedText = (kind: WorldKind, row: Row): Facts => ({
  text: `${called(kind, row)} is gone.`,
  detail: { change: 'removed', name: row.name },
})

/** Undefined: nothing that anybody would want to read of. */
export function changedText(kind: WorldKind, before: Row, after: Row): Facts | undefined {
  const parts: string[] = []
  const detail: Record<string, string> = { change: 'changed', status: after.status, name: after.name }
  if (before.status !== after.status) {
    parts.push(`${before.status} → ${after.status}`)
    detail.before = before.status
  }
  if ('instances' in before && 'instances' in after) {
    const [old, now]: readonly (readonly string[])[] = [before, after].map((row) => [...row.instances, ...row.interfaces])
    const added = (now ?? []).filter((id) => !old?.includes(id))
    const removed = (old ?? []).filter((id) => !now?.includes(id))
    if (added.length > 0) parts.push(`bound to ${added.join(', ')}`)
    if (removed.length > 0) parts.push(`unbound from ${removed.join(', ')}`)
    if (added.length + removed.length > 0) detail.instances = (now ?? []).join(' ')
  }
  if ('device' in before && 'device' in after && before.instance !== after.instance) {
    parts.push(after.instance ? `attached to ${after.instance} as eth${after.device}` : `detached from ${before.instance ?? ''}`)
    detail.instance = after.instance ?? ''
  }
  if ('target' in before && 'target' in after && before.target?.id !== after.target?.id) {
    parts.push(after.target ? `bound to ${after.target.id}` : `unbound from ${before.target?.id ?? ''}`)
    detail.target = after.target?.id ?? ''
  }
  if ('wanted' in before && 'wanted' in after) {
    if (before.wanted !== after.wanted) parts.push(`shall be ${after.wanted}${after.forced ? ' at once' : ''}`)
    else if (before.bootWanted !== after.bootWanted) parts.push('shall boot again')
  }
  if (before.name !== after.name) parts.push(`renamed from ${before.name === '' ? before.id : before.name}`)
  else if (before.description !== after.description) parts.push('description changed')
  if ('bandwidth' in before && 'bandwidth' in after && before.bandwidth !== after.bandwidth) {
    parts.push(`bandwidth ${before.bandwidth} → ${after.bandwidth} Mbit/s`)
  }
  if (before.problem?.text !== after.problem?.text) {
    parts.push(after.problem ? `in trouble: ${after.problem.text}` : 'out of trouble')
    detail.problem = after.problem?.text ?? ''
  }
  if (JSON.stringify(before.tags) !== JSON.stringify(after.tags)) parts.push('tags changed')
  return parts.length === 0 ? undefined : { text: `${called(kind, after)}: ${parts.join('; ')}.`, detail }
}
