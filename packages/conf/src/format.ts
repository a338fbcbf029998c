// `havip fmt`: indents by blocks and tidies blanks; words, comments and lines stay what and where they are.
import { lengthWithoutComment } from './text/words.ts'

const INDENT = '    '
/** Longer lines are left alone: indenting could carry them over keepalived's limit. */
const LINE_LENGTH_MAX = 900

/**
 * The same configuration, laid out evenly: four blanks a level, one blank between words, no blanks at line ends, at most one
 * empty line in a row, LF line ends. Formatting twice changes nothing more, and what the text means stays the same.
 */
export function formatConfiguration(text: string): string {
  const lines: string[] = []
  let depth = 0
  let isContinued = false
  let start = 0
  const body = text.startsWith('\ufeff') ? text.slice(1) : text
  while (start < body.length) {
    const newline = body.indexOf('\n', start)
    const end = newline < 0 ? body.length : newline
    const raw = body.slice(start, end)
    start = end + 1
    const bare = trimmed(raw.slice(0, lengthWithoutComment(raw)))
    const content = isContinued || isFragile(raw) ? raw.replace(/\r+$/, '') : undefined
    const shape = braces(bare)
    if (content !== undefined) lines.push(content)
    else pushLine(lines, tidied(raw), Math.max(0, depth - shape.leadingCloses))
    if (!isContinued) depth = Math.max(0, depth + shape.opens - shape.closes)
    isContinued = bare.endsWith('\\')
  }
  while (lines.at(-1) === '') lines.pop()
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** Words of a line may hang on its blanks in ways that only the reader of scripts knows; NUL lines are no text at all. */
const isFragile = (raw: string): boolean => raw.length > LINE_LENGTH_MAX || raw.includes('\0')

function pushLine(lines: string[], content: string, depth: number): void {
  if (content !== '') lines.push(INDENT.repeat(Math.min(depth, 16)) + content)
  else if (lines.length > 0 && lines.at(-1) !== '') lines.push('')
}

const trimmed = (text: string): string => text.replace(/^[ \t\r]+|[ \t\r]+$/g, '')

/** One blank between words, outside of quotes; a definition's value stays as it is. */
function tidied(raw: string): string {
  const commentAt = lengthWithoutComment(raw)
  const code = trimmed(raw.slice(0, commentAt))
  const comment = trimmed(raw.slice(commentAt))
  const hasOddQuotes = (code.split('"').length - 1) % 2 === 1
  const keepsBlanks = hasOddQuotes || /['\\]/.test(code) || /^(@\^?\S*[ \t]+)?(\$[A-Za-z_]\w*=|~)/.test(code)
  const even = keepsBlanks ? code : code.replace(/"[^"]*"|[ \t]+/g, (match) => (match.startsWith('"') ? match : ' '))
  if (comment === '') return even
  return even === '' ? comment : `${even} ${comment}`
}

type Braces = { readonly opens: number; readonly closes: number; readonly leadingCloses: number }

/** Braces outside of quotes and references; those of a sequence's list are none. */
function braces(code: string): Braces {
  const plain = code.replace(/"[^"]*"?|\$\{[^}]*\}|~(SEQx?|LST)\([^)]*\)/g, '')
  const opens = plain.split('{').length - 1
  const closes = plain.split('}').length - 1
  const leading = /^[} \t]*/.exec(plain)?.[0] ?? ''
  return { opens, closes, leadingCloses: leading.split('}').length - 1 }
}
