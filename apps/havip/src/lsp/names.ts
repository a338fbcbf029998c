// Names that one place of a configuration gives and others use: trackers, instances, groups, definitions.
import { eachStatement, type ParsedConfiguration, type Span, type Statement, type Word } from '@havip/conf'

export type NameKind = 'script' | 'process' | 'file' | 'bfd' | 'instance' | 'sync-group' | 'track-group' | 'parameter'
export type NamePlace = { readonly kind: NameKind; readonly name: string; readonly at: Span; readonly isDefinition: boolean }
export type Names = readonly NamePlace[]

const DEFINERS: Readonly<Record<string, NameKind>> = {
  vrrp_script: 'script',
  vrrp_track_process: 'process',
  track_file: 'file',
  vrrp_track_file: 'file',
  bfd_instance: 'bfd',
  vrrp_instance: 'instance',
  vrrp_sync_group: 'sync-group',
  track_group: 'track-group',
}
/** What the entries of these blocks name. */
export const LISTS: Readonly<Record<string, NameKind>> = {
  track_script: 'script',
  track_process: 'process',
  track_file: 'file',
  track_bfd: 'bfd',
  group: 'instance',
}

export function namesIn(parsed: ParsedConfiguration): Names {
  const places: NamePlace[] = []
  const add = (kind: NameKind, word: Word | undefined, isDefinition: boolean): void => {
    if (word) places.push({ kind, name: word.text, at: bareSpan(word), isDefinition })
  }
  for (const { statement, parents } of eachStatement(parsed.tree)) {
    const definer = parents.length === 0 ? DEFINERS[statement.keyword?.name ?? ''] : undefined
    if (definer) add(definer, statement.words[1], true)
    for (const [kind, word] of usesIn(statement, parents)) add(kind, word, false)
  }
  return [...places, ...parametersIn(parsed)]
}

function usesIn(statement: Statement, parents: readonly Statement[]): readonly (readonly [NameKind, Word])[] {
  const list = parents.at(-1)
  const kind = parents.length > 1 ? LISTS[list?.keyword?.name ?? ''] : undefined
  if (kind && list?.keyword?.form === 'words') return statement.words.map((word) => [kind, word] as const)
  if (kind && statement.words[0]) return [[kind, statement.words[0]]]
  if (parents.length !== 1) return []
  const index = statement.words.findIndex(({ text }) => text === 'track_group')
  const word = index > 0 ? statement.words[index + 1] : undefined
  return word ? [['track-group', word]] : []
}

/** Without its quotation marks. */
const bareSpan = ({ at, quoted }: Word): Span => (quoted ? { ...at, start: at.start + 1, end: at.end - 1 } : at)

function* parametersIn({ texts }: ParsedConfiguration): Generator<NamePlace> {
  for (const [file, text] of texts) {
    for (const line of text.matchAll(/^[^\n]*$/gm)) {
      const code = withoutComment(line[0])
      for (const match of code.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
        const name = match[1] as string
        // `${_ENV X}` and its like are the reader's own.
        if (name.startsWith('_')) continue
        const start = line.index + match.index + match[0].length - name.length
        const isDefinition = /^[ \t]*(@\^?\S+[ \t]+)?$/.test(code.slice(0, match.index)) && code[match.index + match[0].length] === '='
        yield { kind: 'parameter', name, at: { file, start, end: start + name.length }, isDefinition }
      }
    }
  }
}

function withoutComment(line: string): string {
  const quotes = [...line.matchAll(/"[^"]*"?|[#!]/g)].find(([found]) => found === '#' || found === '!')
  return quotes ? line.slice(0, quotes.index) : line
}

export const nameAt = (names: Names, file: string, offset: number): NamePlace | undefined =>
  names.find(({ at }) => at.file === file && at.start <= offset && offset <= at.end)

/** Where a name is given and used; only where it is written as it is. */
export const placesOf = ({ kind, name }: NamePlace, names: Names, texts: ReadonlyMap<string, string>): Names =>
  names.filter((one) => one.kind === kind && one.name === name && texts.get(one.at.file)?.slice(one.at.start, one.at.end) === name)
