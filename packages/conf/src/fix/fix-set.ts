// What can be mended between the nodes of a set: where they contradict each other the first node's file counts.
import type { Diagnostic } from '../diagnostic.ts'
import type { ParsedConfiguration } from '../parse.ts'
import { checkSet } from '../set/check-set.ts'
import { findStatement, type Member, type SetNode, statementOf } from '../set/member.ts'
import { routersOf } from '../set/routers.ts'
import type { Statement } from '../tree.ts'
import { appendTo, type Edit, isLiteral, removeStatement, replaceWord, type SourceTexts } from './edits.ts'

export type ParsedNode = { readonly name: string; readonly parsed: ParsedConfiguration }

type Pair = { readonly texts: SourceTexts; readonly at: Member; readonly other: Member; readonly members: readonly Member[] }
type Fixer = (pair: Pair) => readonly Edit[]

/** The edits that make the other nodes agree with the first. */
export function fixSet(nodes: readonly ParsedNode[]): readonly Edit[] {
  const set: readonly SetNode[] = nodes.map(({ name, parsed }) => ({ name, ...parsed }))
  const texts = new Map(nodes.flatMap(({ parsed }) => [...parsed.texts]))
  const routers = routersOf(set)
  return checkSet(set).flatMap((diagnostic) => {
    const fixer = FIXERS[diagnostic.code]
    const members = routers.find((router) => router.some((member) => isOf(diagnostic, member)))
    const at = members?.find((member) => isOf(diagnostic, member))
    const other =
      members?.find((member) => member !== at && diagnostic.message.includes(member.node.name)) ?? members?.find((one) => one !== at)
    return fixer && members && at && other ? fixer({ texts, at, other, members }) : []
  })
}

const isOf = ({ message }: Diagnostic, { node, instance }: Member): boolean => message.startsWith(`${node.name} (${instance.name}): `)

/** The keyword's line as it should be, in place of the one that is there, or at the end of the instance. */
const setLine =
  (keyword: string, value: (model: Member) => string): Fixer =>
  ({ texts, at, other }) => {
    const owner = statementOf(at)
    const found = findStatement(owner?.block, keyword)
    const wanted = value(other)
    if (!owner) return []
    if (!found) return appendTo(texts, owner, `${keyword} ${wanted}`)
    if (!found.words[1]) return []
    return replaceWord(texts, found.words[1], wanted)
  }

/** A line of the model's, as it is written there. */
function sourceOf(texts: SourceTexts, statement: Statement): string | undefined {
  const [first] = statement.words
  if (!first || !isLiteral(texts, first)) return undefined
  return texts.get(statement.at.file)?.slice(statement.at.start, statement.at.end)
}

const authentication: Fixer = ({ texts, at, other }) => {
  const owner = statementOf(at)
  const own = findStatement(owner?.block, 'authentication')
  const model = findStatement(statementOf(other)?.block, 'authentication')
  const { authentication: wanted } = other.instance
  if (wanted.kind === 'none') return own ? removeStatement(texts, own, owner) : []
  const type = findStatement(own?.block, 'auth_type')
  if (type) return replaceWord(texts, type.words[1], wanted.kind === 'pass' ? 'PASS' : 'AH')
  const close = model?.block?.close
  if (!owner || !model || own || close?.file !== model.at.file) return []
  return appendTo(texts, owner, texts.get(model.at.file)?.slice(model.at.start, close.end) ?? '')
}

const missingAddresses: Fixer = ({ texts, at, other }) => {
  const have = new Set([...at.instance.virtualAddresses, ...at.instance.excludedAddresses].map(({ address }) => address))
  return (['virtual_ipaddress', 'virtual_ipaddress_excluded'] as const).flatMap((keyword) => {
    const list = keyword === 'virtual_ipaddress' ? other.instance.virtualAddresses : other.instance.excludedAddresses
    const entries = findStatement(statementOf(other)?.block, keyword)?.block?.statements ?? []
    const missing = list.filter(({ address }) => !have.has(address))
    const lines = missing.flatMap((entry) => {
      const statement = entries.find(({ at: place }) => place.start === entry.at.start && place.file === entry.at.file)
      return (statement && sourceOf(texts, statement)) ?? []
    })
    const owner = findStatement(statementOf(at)?.block, keyword)
    // One at a time: two insertions at one place would be one too many.
    const line = lines[0]
    return owner && line !== undefined ? appendTo(texts, owner, line) : []
  })
}

const missingPeer: Fixer = ({ texts, at, other, members }) => {
  const target = other.instance.source
  const owner = findStatement(statementOf(at)?.block, 'unicast_peer')
  if (target === undefined || !owner) return []
  const sources = members.map(({ instance }) => instance.source)
  const strangers = at.instance.peers.filter(({ address }) => !sources.includes(address))
  const entries = owner.block?.statements ?? []
  const stranger = entries.find((entry) => strangers[0] && entry.at.start === strangers[0].at.start)
  // As many strangers as missing nodes: then they were meant.
  const missing = members.filter(
    ({ instance }) => instance !== at.instance && !at.instance.peers.some(({ address }) => address === instance.source),
  )
  if (stranger && strangers.length === missing.length) return replaceWord(texts, stranger.words[0], target)
  return appendTo(texts, owner, target)
}

const ownPeer: Fixer = ({ texts, at }) => {
  const owner = findStatement(statementOf(at)?.block, 'unicast_peer')
  const entry = owner?.block?.statements.find(({ words }) => words[0]?.text.split('/')[0] === at.instance.source)
  return entry && (owner?.block?.statements.length ?? 0) > 1 ? removeStatement(texts, entry, owner) : []
}

const wishesBackup: Fixer = ({ texts, at }) => replaceWord(texts, findStatement(statementOf(at)?.block, 'state')?.words[1], 'BACKUP')

const checksum: Fixer = ({ texts, at, other }) => {
  if (at.instance.checksumAsV2 === other.instance.checksumAsV2) return []
  const owner = statementOf(at)
  const found = findStatement(owner?.block, 'v3_checksum_as_v2')
  const word = other.instance.checksumAsV2 ? 'on' : 'off'
  if (found?.words[1]) return replaceWord(texts, found.words[1], word)
  if (found) return removeStatement(texts, found, owner)
  return owner ? appendTo(texts, owner, `v3_checksum_as_v2 ${word}`) : []
}

const FIXERS: Readonly<Record<string, Fixer>> = {
  'set-vrid-differs': setLine('virtual_router_id', ({ instance }) => String(instance.vrid)),
  'set-version-differs': setLine('version', ({ instance }) => String(instance.version)),
  'set-interval-differs': setLine('advert_int', ({ instance }) => String(instance.advertInterval / 1000)),
  'set-password-differs': setLine('auth_pass', ({ instance: { authentication: one } }) => (one.kind === 'none' ? '' : one.password)),
  'set-authentication-differs': authentication,
  'set-multicast-group-differs': setLine(
    'mcast_dst_ip',
    ({ node, instance }) =>
      instance.mcastDestination ?? node.configuration.global[instance.family === 'ipv4' ? 'mcastGroup4' : 'mcastGroup6'],
  ),
  'set-checksum-differs': checksum,
  'set-addresses-differ': missingAddresses,
  'set-peer-missing': missingPeer,
  'set-peer-itself': ownPeer,
  'set-two-masters-wished': wishesBackup,
  'set-state-misleads': wishesBackup,
}
