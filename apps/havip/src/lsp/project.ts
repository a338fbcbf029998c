// What the language server knows of one open file: its parse, includes read with what other open files hold, and places as
// editors count them.
import { hostname } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type ParsedConfiguration, parseConfiguration, type SourceReader, type Span } from '@havip/conf'
import { diskSources } from '@havip/vrrp-linux'
import type { Location, Range } from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { type Names, namesIn } from './names.ts'

export type Project = {
  readonly path: string
  readonly uri: string
  readonly text: string
  readonly parsed: ParsedConfiguration
  readonly names: Names
  /** Of any file that the parse has read. */
  rangeOf(span: Span): Range
  locationOf(span: Span): Location
  offsetAt(position: { readonly line: number; readonly character: number }): number
}

/** Files that are not on a disk have a path of their own. */
export const pathOf = (uri: string): string => (uri.startsWith('file:') ? fileURLToPath(uri) : `/${encodeURIComponent(uri)}`)

/** @param open texts of the files that are open, by path: what is typed counts before what is saved. */
export function readProject(document: TextDocument, open: ReadonlyMap<string, string>): Project {
  const path = pathOf(document.uri)
  const text = document.getText()
  const sources: SourceReader = {
    read: (wanted) => {
      const typed = wanted === path ? text : open.get(wanted)
      return typed === undefined ? diskSources.read(wanted) : { ok: true, value: typed }
    },
    glob: diskSources.glob,
  }
  const parsed = parseConfiguration(sources, path, { hostName: hostname(), env: process.env })
  const documents = new Map<string, TextDocument>([[path, document]])
  const documentOf = (file: string): TextDocument => {
    const known = documents.get(file)
    if (known) return known
    const made = TextDocument.create(pathToFileURL(file).href, 'keepalived', 0, parsed.texts.get(file) ?? '')
    documents.set(file, made)
    return made
  }
  const rangeOf = ({ file, start, end }: Span): Range => {
    const one = documentOf(file)
    return { start: one.positionAt(start), end: one.positionAt(end) }
  }
  return {
    path,
    uri: document.uri,
    text,
    parsed,
    names: namesIn(parsed),
    rangeOf,
    locationOf: (span) => ({ uri: documentOf(span.file).uri, range: rangeOf(span) }),
    offsetAt: (position) => document.offsetAt(position),
  }
}
