// Tags and resource groups of every kind of resource, by the API's name of the kind.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault, mergeTags, type Tags, withoutTags } from '@havip/vpc'
import type { Answer, Caller, ListTags, TaggedType, TagRow, VpcService } from '../service.ts'
import type { WriteTransaction } from '../store.ts'
import type { Kind, Rows } from '../tables.ts'
import { givenList, mutate, owned, type Parts, scopeOf } from './parts.ts'

type TagUseCases = Pick<VpcService, 'tagResources' | 'untagResources' | 'listTags' | 'moveResourceGroup'>
type TaggedKind = 'vpc' | 'vswitch' | 'havip' | 'eip' | 'instance' | 'securityGroup' | 'networkInterface'

const kindOf: Readonly<Record<TaggedType, TaggedKind>> = {
  HAVIP: 'havip',
  EIP: 'eip',
  VPC: 'vpc',
  VSWITCH: 'vswitch',
  INSTANCE: 'instance',
  SECURITYGROUP: 'securityGroup',
  ENI: 'networkInterface',
}

function typeOf(text: string): Result<TaggedType, ApiFault> {
  const type = text.toUpperCase()
  return Object.hasOwn(kindOf, type) ? ok(type as TaggedType) : fail(apiFault('InvalidResourceType.NotFound', { name: text.slice(0, 64) }))
}

export function tagUseCases(parts: Parts): TagUseCases {
  return {
    tagResources: (caller, input) =>
      mutate(parts, caller, 'TagResources', input, ({ tx, note }) =>
        changeEach(tx, caller, input.type, input.ids, note, (row) => {
          const tags = mergeTags(row.tags, input.tags)
          return tags.ok ? ok({ ...row, tags: tags.value }) : tags
        }),
      ),
    untagResources: (caller, input) =>
      mutate(parts, caller, 'UntagResources', input, ({ tx, note }) =>
        changeEach(tx, caller, input.type, input.ids, note, (row) => {
          // `All` counts only when no key is named.
          const keys = input.keys.length > 0 ? input.keys : input.all ? 'all' : []
          return ok({ ...row, tags: withoutTags(row.tags, keys) })
        }),
      ),
    listTags: (caller, input) => listTags(parts, caller, input),
    moveResourceGroup: (caller, input) =>
      mutate(parts, caller, 'MoveResourceGroup', input, ({ tx, note }) =>
        changeEach(tx, caller, input.type, [input.id], note, (row) => ok({ ...row, resourceGroup: input.resourceGroup })),
      ),
  }
}

type TaggedRow = Rows[TaggedKind]

/** All or nothing. */
async function changeEach(
  tx: WriteTransaction,
  caller: Caller,
  typeText: string,
  ids: readonly string[],
  note: (id: string) => void,
  change: (row: TaggedRow) => Result<TaggedRow, ApiFault>,
): Promise<Result<void, ApiFault>> {
  for (const id of ids) note(id)
  const type = typeOf(typeText)
  if (!type.ok) return type
  const kind = kindOf[type.value]
  for (const id of new Set(ids)) {
    const row = await owned<TaggedKind>(tx, kind, id, caller)
    if (!row) return fail(apiFault('InvalidResourceId.NotFound', { id }))
    const changed = change(row)
    if (!changed.ok) return changed
    await tx.update<Kind>(kind, changed.value)
  }
  return ok(undefined)
}

/** How many resources are looked at for one answer, at most; the token says where to go on. */
const rowsMax = 500

function listTags(parts: Parts, caller: Caller, input: ListTags): Answer<{ items: readonly TagRow[]; nextToken: string }> {
  return parts.store.read(async (tx) => {
    const type = typeOf(input.type)
    if (!type.ok) return type
    const ids = givenList(input.ids)
    if (!ids && !input.tags?.length) return fail(apiFault('MissingParameter.ResourceIds'))
    if (input.tags?.some(({ key }) => key === '')) return fail(apiFault('InvalidTagKey.Malformed', { name: '' }))
    const start = startOf(input.token)
    if (!start) return fail(apiFault('InvalidParameter', { name: 'NextToken', reason: 'it is not one of ours' }))
    const filter = { is: { ...scopeOf(caller), id: ids }, tags: input.tags }
    // From the row that was cut through, if one was.
    const found = await tx.find<TaggedKind>(kindOf[type.value], filter, { after: start.position - 1, limit: rowsMax })
    const items: TagRow[] = []
    for (const { row, position } of found) {
      const skip = position === start.position ? start.tags : 0
      const tags = sortedTags(row.tags).slice(skip)
      const room = input.max - items.length
      items.push(...tags.slice(0, room).map(([key, value]): TagRow => ({ id: row.id, type: type.value, key, value })))
      if (tags.length > room) return ok({ items, nextToken: `t${position.toString(36)}.${skip + room}` })
    }
    const last = found.at(-1)
    return ok({ items, nextToken: found.length === rowsMax && last ? `t${(last.position + 1).toString(36)}.0` : '' })
  })
}

const sortedTags = (tags: Tags): [string, string][] => Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))

function startOf(token: string | undefined): { readonly position: number; readonly tags: number } | undefined {
  if (!token) return { position: 0, tags: 0 }
  const match = /^t([0-9a-z]{1,10})\.(\d{1,3})$/.exec(token)
  return match ? { position: Number.parseInt(match[1] as string, 36), tags: Number(match[2]) } : undefined
}
