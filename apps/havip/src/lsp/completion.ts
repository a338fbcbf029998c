// What may be written at the cursor: keywords of the block, values of the keyword, names that are defined.
import { networkInterfaces } from 'node:os'
import { type Argument, describeKeyword, type Keyword, keywordsOf, usageOf } from '@havip/conf'
import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver/node'
import { LISTS, type NameKind } from './names.ts'
import { type Place, placeAt } from './place.ts'
import type { Project } from './project.ts'

export function completionsAt(project: Project, offset: number, withSnippets: boolean): CompletionItem[] {
  const place = placeAt(project, offset)
  const { table } = place.block
  if (table !== undefined) {
    if (place.index === 0) return keywordsOf(table).map((keyword) => keywordItem(keyword, withSnippets))
    return valuesOf(place.statement?.keyword, place, project)
  }
  return place.opener?.keyword ? entriesOf(place.opener.keyword, place, project) : []
}

function keywordItem(keyword: Keyword, withSnippets: boolean): CompletionItem {
  const isBlock = keyword.form !== 'value'
  const named = keyword.label !== undefined || (keyword.form === 'block' && keyword.arguments.length > 0)
  return {
    label: keyword.name,
    kind: isBlock ? CompletionItemKind.Module : CompletionItemKind.Property,
    detail: usageOf(keyword),
    documentation: { kind: 'markdown', value: describeKeyword(keyword) },
    // What is out of date comes last, and struck through.
    sortText: `${keyword.deprecated === undefined ? 0 : 1}${keyword.name}`,
    ...(keyword.deprecated === undefined ? {} : { tags: [1 as const] }),
    ...(isBlock && withSnippets
      ? { insertText: `${keyword.name} ${named ? '$1 ' : ''}{\n\t$0\n}`, insertTextFormat: InsertTextFormat.Snippet }
      : {}),
  }
}

const plainItem = (label: string, kind: CompletionItemKind): CompletionItem => ({ label, kind })
const wordItems = (words: readonly string[]): CompletionItem[] => words.map((word) => plainItem(word, CompletionItemKind.EnumMember))

/** Words with messages of their own, which the tables therefore call plain words. */
const CHOICES: Readonly<Record<string, readonly string[]>> = { state: ['MASTER', 'BACKUP'], auth_type: ['PASS', 'AH'] }

function valuesOf(keyword: Keyword | undefined, place: Place, project: Project): CompletionItem[] {
  if (keyword?.form !== 'value') return []
  const argument = keyword.arguments[place.index - 1]
  return argument ? (CHOICES[keyword.name] ? wordItems(CHOICES[keyword.name] ?? []) : argumentItems(argument, project)) : []
}

function argumentItems(argument: Argument, project: Project): CompletionItem[] {
  switch (argument.type) {
    case 'boolean':
      return wordItems(['on', 'off'])
    case 'choice':
      return wordItems(argument.choices)
    case 'interface':
      return interfaceItems(project)
    default:
      return []
  }
}

/** Those of this machine, and those that the file names already. */
function interfaceItems({ parsed }: Project): CompletionItem[] {
  const named = parsed.configuration.instances.flatMap((one) => [
    ...(one.interface === undefined ? [] : [one.interface]),
    ...one.trackInterfaces.map(({ name }) => name),
  ])
  return [...new Set([...Object.keys(networkInterfaces()), ...named])].sort().map((name) => plainItem(name, CompletionItemKind.Value))
}

function nameItems(kind: NameKind, { names }: Project): CompletionItem[] {
  const known = new Set(names.filter((one) => one.kind === kind && one.isDefinition).map(({ name }) => name))
  return [...known].map((name) => plainItem(name, CompletionItemKind.Reference))
}

const ADDRESS_OPTIONS = ['dev', 'scope', 'label', 'brd', 'peer', 'preferred_lft', 'no_track', 'use_vmac', 'noprefixroute', 'home', '-nodad']
const ENTRY_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  virtual_ipaddress: ADDRESS_OPTIONS,
  virtual_ipaddress_excluded: ADDRESS_OPTIONS,
  static_ipaddress: [...ADDRESS_OPTIONS.filter((word) => word !== 'use_vmac'), 'track_group'],
  unicast_peer: ['min_ttl', 'max_ttl'],
}

function entriesOf(list: Keyword, place: Place, project: Project): CompletionItem[] {
  const { index, statement } = place
  const before = statement?.words[index - 1]?.text
  if (before === 'dev') return interfaceItems(project)
  if (before === 'track_group') return nameItems('track-group', project)
  if (list.name.startsWith('track_') || list.name === 'group') {
    const kind = LISTS[list.name]
    if (index === 0 || list.form === 'words') return kind ? nameItems(kind, project) : interfaceItems(project)
    return before === 'weight' ? [] : wordItems(['weight', 'reverse', 'noreverse'])
  }
  if (list.name === 'interfaces' || list.name === 'linkbeat_interfaces' || list.name === 'interface_up_down_delays')
    return index === 0 || list.form === 'words' ? interfaceItems(project) : []
  return index === 0 ? [] : wordItems(ENTRY_OPTIONS[list.name] ?? [])
}
