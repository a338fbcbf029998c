// Tags and resource groups of every kind of resource, by the API's name of the kind.
import { fail, ok, type Result } from '@havip/base'
import { type ApiFault, apiFault, carries, mergeTags, type Tags, type Vpc, withoutTags } from '@havip/vpc'
import type { Answer, Caller, ListTags, TaggedType, TagRow, VpcService } from '../service.ts'
import type { ReadTransaction, WriteTransaction } from '../store.ts'
import type { Kind, Rows } from '../tables.ts'
import { givenList, mutate, owned, type Parts, scopeOf } from './parts.ts'

type TagUseCases = Pick<VpcService, 'tagResources' | 'untagResources' | 'listTags' | 'moveResourceGroup'>
type TaggedKind = 'vpc' | 'vswitch' | 'havip' | 'eip' | 'instance' | 'securityGroup' | 'networkInterface'

/** A route table is a part of its VPC: its row is the VPC's, its tags are in a field of their own. */
const kindOf: Readonly<Record<TaggedType, TaggedKind>> = {
  ROUTETABLE: 'vpc',
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
        changeTags(tx, caller, input, note, (tags) => mergeTags(tags, input.tags)),
      ),
    untagResources: (caller, input) =>
      mutate(parts, caller, 'UntagResources', input, ({ tx, note }) =>
        changeTags(tx, caller, input, note, (tags) => {
          // `All` counts only when no key is named.
          const keys = input.keys.length > 0 ? input.keys : input.all ? 'all' : []
          return ok(withoutTags(tags, keys))
        }),
      ),
    listTags: (caller, input) => listTags(parts, caller, input),
    moveResourceGroup: (caller, input) =>
      mutate(parts, caller, 'MoveResourceGroup', input, ({ tx, note }) =>
        changeEach(tx, caller, input.type, [input.id], note, (row, type) =>
          type === 'ROUTETABLE'
            ? // It is in the group of its VPC.
              fail(apiFault('InvalidResourceType.NotFound', { name: type }))
            : ok({ ...row, resourceGroup: input.resourceGroup }),
        ),
      ),
  }
}

type TaggedRow = Rows[TaggedKind]

/** The tags of a resource that is in a row. */
const tagsOf = (row: TaggedRow, type: TaggedType): Tags => (type === 'ROUTETABLE' ? ((row as Vpc).routeTableTags ?? {}) : row.tags)

const changeTags = (
  tx: WriteTransaction,
  caller: Caller,
  input: { readonly type: string; readonly ids: readonly string[] },
  note: (id: string) => void,
  change: (tags: Tags) => Result<Tags, ApiFault>,
): Promise<Result<void, ApiFault>> =>
  changeEach(tx, caller, input.type, input.ids, note, (row, type) => {
    const tags = change(tagsOf(row, type))
    if (!tags.ok) return tags
    return ok(type === 'ROUTETABLE' ? { ...(row as Vpc), routeTableTags: tags.value } : { ...row, tags: tags.value })
  })

async function rowOf(tx: ReadTransaction, caller: Caller, type: TaggedType, id: string): Promise<TaggedRow | undefined> {
  if (type !== 'ROUTETABLE') return owned<TaggedKind>(tx, kindOf[type], id, caller)
  const [entry] = await tx.find('vpc', { is: { ...scopeOf(caller), routeTable: id } }, { limit: 1 })
  return entry?.row
}

/** All or nothing. */
async function changeEach(
  tx: WriteTransaction,
  caller: Caller,
  typeText: string,
  ids: readonly string[],
  note: (id: string) => void,
  change: (row: TaggedRow, type: TaggedType) => Result<TaggedRow, ApiFault>,
): Promise<Result<void, ApiFault>> {
  for (const id of ids) note(id)
  const type = typeOf(typeText)
  if (!type.ok) return type
  const kind = kindOf[type.value]
  for (const id of new Set(ids)) {
    const row = await rowOf(tx, caller, type.value, id)
    if (!row) return fail(apiFault('InvalidResourceId.NotFound', { id }))
    const changed = change(row, type.value)
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
    const isPart = type.value === 'ROUTETABLE'
    const filter = isPart ? { is: { ...scopeOf(caller), routeTable: ids } } : { is: { ...scopeOf(caller), id: ids }, tags: input.tags }
    // From the row that was cut through, if one was.
    const found = await tx.find<TaggedKind>(kindOf[type.value], filter, { after: start.position - 1, limit: rowsMax })
    const items: TagRow[] = []
    for (const { row, position } of found) {
      if (isPart && !carries(tagsOf(row, type.value), input.tags ?? [])) continue
      const skip = position === start.position ? start.tags : 0
      const tags = sortedTags(tagsOf(row, type.value)).slice(skip)
      const room = input.max - items.length
      items.push(
        ...tags
          .slice(0, room)
          .map(([key, value]): TagRow => ({ id: isPart ? (row as Vpc).routeTable : row.id, type: type.value, key, value })),
      )
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
