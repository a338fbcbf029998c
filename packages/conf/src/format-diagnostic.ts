// A problem as people and programs read it: file, line and column, the line itself with a caret; or as JSON.
import type { Consequence, Diagnostic, Span } from './diagnostic.ts'
import type { SourceReader } from './source.ts'

/** Where the texts are that spans point into: one text, all that a parse has read, or the files themselves. */
export type Texts = string | ReadonlyMap<string, string> | SourceReader

export type FormatOptions = { /** ANSI colours, for a terminal. */ readonly colour?: boolean }

/** Both count from 1; columns are UTF-16 units, a tab is one. */
export type Position = { readonly line: number; readonly column: number }

export type DiagnosticJson = {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly severity: Diagnostic['severity']
  readonly consequence: Consequence
  readonly code: string
  readonly message: string
  readonly related: readonly { readonly file: string; readonly line: number; readonly column: number; readonly note: string }[]
}

/** More of a line than this is not shown. */
const SHOWN_MAX = 160

export function positionOf(text: string, offset: number): Position {
  const end = Math.min(Math.max(0, offset), text.length)
  let line = 1
  let start = 0
  for (let next = text.indexOf('\n'); next >= 0 && next < end; next = text.indexOf('\n', start)) {
    line++
    start = next + 1
  }
  return { line, column: end - start + 1 }
}

export function formatDiagnostic(diagnostic: Diagnostic, texts: Texts, options: FormatOptions = {}): string {
  const paint = options.colour === true ? painted : plain
  const { severity, message, code, at } = diagnostic
  const head = `${paint('bold', placeOf(at, texts))} ${paint(severity, `${severity}:`)} ${printable(message)} ${paint('dim', `[${code}]`)}`
  const lines = [head, ...excerpt(at, texts, paint)]
  for (const related of diagnostic.related) lines.push(`${placeOf(related.at, texts)} ${paint('note', 'note:')} ${printable(related.note)}`)
  return lines.join('\n')
}

export function diagnosticJson({ at, severity, consequence, code, message, related }: Diagnostic, texts: Texts): DiagnosticJson {
  const text = textOf(at.file, texts) ?? ''
  const start = positionOf(text, at.start)
  const end = positionOf(text, at.end)
  return {
    file: at.file,
    ...start,
    endLine: end.line,
    endColumn: end.column,
    severity,
    consequence,
    code,
    message,
    related: related.map((one) => ({ file: one.at.file, ...positionOf(textOf(one.at.file, texts) ?? '', one.at.start), note: one.note })),
  }
}

function textOf(file: string, texts: Texts): string | undefined {
  if (typeof texts === 'string') return texts
  if ('get' in texts) return texts.get(file)
  const text = texts.read(file)
  return text.ok ? text.value : undefined
}

function placeOf(at: Span, texts: Texts): string {
  const text = textOf(at.file, texts)
  if (text === undefined) return `${at.file}:`
  const { line, column } = positionOf(text, at.start)
  return `${at.file}:${line}:${column}:`
}

/** The line and a caret under the place; nothing when the text is gone or the place is the file as a whole. */
function excerpt(at: Span, texts: Texts, paint: Paint): readonly string[] {
  const text = textOf(at.file, texts)
  if (text === undefined || text === '') return []
  const lineStart = text.lastIndexOf('\n', at.start - 1) + 1
  const newline = text.indexOf('\n', at.start)
  const line = text.slice(lineStart, newline < 0 ? text.length : newline).replace(/\r$/, '')
  const column = at.start - lineStart
  const from = column > SHOWN_MAX - 40 ? column - 40 : 0
  const shown = printable(line.slice(from, from + SHOWN_MAX))
  // Tabs are kept in the line of the caret, so that both lines bend in the same way.
  const indent = line.slice(from, column).replace(/[^\t]/g, ' ')
  const length = Math.max(1, Math.min(at.end, lineStart + line.length, lineStart + from + SHOWN_MAX) - at.start)
  return [`  ${shown}`, `  ${indent}${paint('caret', '^'.repeat(length))}`]
}

/** What is quoted from a file cannot move the cursor, colour the terminal or turn the direction of reading. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (char) => (char === '\t' ? char : '\ufffd'))

type Style = Diagnostic['severity'] | 'bold' | 'dim' | 'caret'
type Paint = (style: Style, text: string) => string

const CODES: Readonly<Record<Style, string>> = { error: '1;31', warning: '1;35', note: '1;36', bold: '1', dim: '2', caret: '1;32' }
const plain: Paint = (_, text) => text
const painted: Paint = (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`
