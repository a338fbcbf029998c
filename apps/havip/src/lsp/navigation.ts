// From a name to where it is given and used; its new name; the outline of a file.
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { extentOf, pathTo, type Statement } from '@havip/conf'
import { type DocumentSymbol, type Location, SymbolKind, type WorkspaceEdit } from 'vscode-languageserver/node'
import { type NamePlace, nameAt, placesOf } from './names.ts'
import type { Project } from './project.ts'

export function definitionAt(project: Project, offset: number): Location[] {
  const { names, path, parsed } = project
  const found = nameAt(names, path, offset)
  if (!found) return programAt(project, offset)
  return placesOf(found, names, parsed.texts)
    .filter(({ isDefinition }) => isDefinition)
    .map(({ at }) => project.locationOf(at))
}

/** A script's command, a tracked file or an include leads to the file itself. */
function programAt({ parsed, path, text }: Project, offset: number): Location[] {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? ''
  const included = /^\s*include[rmwba]?\s+(\/\S+)/.exec(line)?.[1]
  const statement = pathTo(parsed.tree, path, offset).at(-1)
  const isCommand = statement?.keyword?.arguments[0]?.type === 'script' || statement?.keyword?.name === 'file'
  const target = included ?? (isCommand ? statement?.words[1]?.text.split(/[ \t]/)[0] : undefined)
  if (target === undefined || !target.startsWith('/') || !existsSync(target)) return []
  const start = { line: 0, character: 0 }
  return [{ uri: pathToFileURL(target).href, range: { start, end: start } }]
}

export function referencesAt(project: Project, offset: number, withDefinition: boolean): Location[] {
  const { names, path, parsed } = project
  const found = nameAt(names, path, offset)
  if (!found) return []
  return placesOf(found, names, parsed.texts)
    .filter(({ isDefinition }) => withDefinition || !isDefinition)
    .map(({ at }) => project.locationOf(at))
}

/** The name that a rename would change; undefined: there is none, or it is made by a substitution. */
export function renamableAt({ names, path, parsed }: Project, offset: number): NamePlace | undefined {
  const found = nameAt(names, path, offset)
  return found && placesOf(found, names, parsed.texts).includes(found) ? found : undefined
}

/** Undefined when the cursor is on no name; a text when the new name cannot be one. */
export function renameAt(project: Project, offset: number, newName: string): WorkspaceEdit | string | undefined {
  const found = renamableAt(project, offset)
  if (!found) return undefined
  const isGood = found.kind === 'parameter' ? /^[A-Za-z]\w*$/.test(newName) : /^[^\s#!{}"'$~@]+$/.test(newName)
  if (!isGood) return `\`${newName}\` is no name: no blanks, quotes, braces, # or !`
  const { names, parsed } = project
  if (names.some(({ kind, name, isDefinition }) => kind === found.kind && name === newName && isDefinition))
    return `there is a ${found.kind} ${newName} already`
  const changes: Record<string, { range: Location['range']; newText: string }[]> = {}
  for (const { at } of placesOf(found, names, parsed.texts)) {
    const { uri, range } = project.locationOf(at)
    changes[uri] = [...(changes[uri] ?? []), { range, newText: newName }]
  }
  return { changes }
}

export const symbolsOf = (project: Project): DocumentSymbol[] => project.parsed.tree.statements.flatMap((one) => symbolOf(one, project))

function symbolOf(statement: Statement, project: Project): DocumentSymbol[] {
  const { words, at, block, keyword } = statement
  const [first, ...others] = words
  if (!first || at.file !== project.path) return []
  const isBlock = block !== undefined
  const children = keyword?.form === 'block' ? (block?.statements ?? []).flatMap((one) => symbolOf(one, project)) : []
  const rest = others.map(({ text }) => text).join(' ')
  return [
    {
      name: isBlock && rest !== '' ? rest : first.text,
      detail: isBlock && rest !== '' ? first.text : rest,
      kind: isBlock ? (keyword?.form === 'block' ? SymbolKind.Class : SymbolKind.Array) : SymbolKind.Property,
      range: project.rangeOf(extentOf(statement)),
      selectionRange: project.rangeOf(first.at),
      children,
    },
  ]
}
