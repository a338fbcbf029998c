// Cuts a line into what the grammar knows: words, `{` and `}`. A comment is taken off before (reference 1.1 and 1.2).
import type { Span } from '../diagnostic.ts'
import type { Line } from './line.ts'

export type Word = {
  readonly text: string
  readonly quoted: boolean
  /** Its quotation mark is not closed: keepalived does not see the word. */
  readonly isTorn?: true
  readonly at: Span
}

/** A run of words between braces, or a brace; `{` and `}` outside of quotes act as if on lines of their own. */
export type Piece =
  | { readonly kind: 'words'; readonly words: readonly Word[]; readonly line: Line; readonly restAt: number; readonly end: number }
  | { readonly kind: 'open' | 'close'; readonly at: Span }

export type WordFault = { readonly kind: 'unterminated-quote'; readonly at: Span }

const SPACE = 32
const TAB = 9
const CR = 13
const QUOTE = 34
const HASH = 35
const BANG = 33
const OPEN = 123
const CLOSE = 125
const DOLLAR = 36
const BACKSLASH = 92

const isBlank = (code: number): boolean => code === SPACE || code === TAB || code === CR

/**
 * The length of the text without its comment. `#` and `!` outside of double quotes begin one, even inside a word, and even
 * behind a backslash: keepalived's first reader resolves that escape, its second one then sees the bare character.
 */
export function lengthWithoutComment(text: string): number {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) quoted = !quoted
    else if (!quoted && (code === HASH || code === BANG)) {
      return i > 0 && text.charCodeAt(i - 1) === BACKSLASH ? i - 1 : i
    }
  }
  return text.length
}

/** Without comment and blanks at both ends. */
export function withoutComment(line: Line): Line {
  const { text } = line
  let end = lengthWithoutComment(text)
  let start = 0
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? line : line.slice(start, end)
}

/** Calls `piece` for each piece of a line without comment, in order. */
export function cutLine(line: Line, piece: (piece: Piece) => void, fault: (fault: WordFault) => void): void {
  const { text } = line
  let words: Word[] = []
  let firstEnd = 0
  let i = 0
  const flush = (end: number): void => {
    if (words.length === 0) return
    piece({ kind: 'words', words, line, restAt: firstEnd, end })
    words = []
  }
  const add = (from: number, to: number, start: number, end: number, quoted: boolean): void => {
    if (words.length === 0) firstEnd = end
    words.push({ text: text.slice(from, to), quoted, at: line.spanOf(start, end) })
  }
  while (i < text.length) {
    const code = text.charCodeAt(i)
    if (isBlank(code)) i++
    else if (code === OPEN || code === CLOSE) {
      flush(i)
      piece({ kind: code === OPEN ? 'open' : 'close', at: line.spanOf(i, i + 1) })
      i++
    } else if (code === QUOTE) {
      const end = text.indexOf('"', i + 1)
      if (end < 0) {
        fault({ kind: 'unterminated-quote', at: line.spanOf(i, text.length) })
        if (words.length === 0) firstEnd = text.length
        words.push({ text: text.slice(i + 1), quoted: true, isTorn: true, at: line.spanOf(i, text.length) })
        i = text.length
      } else {
        add(i + 1, end, i, end + 1, true)
        i = end + 1
      }
    } else {
      const end = endOfBareWord(text, i)
      add(i, end, i, end, false)
      i = end
    }
  }
  flush(text.length)
}

function endOfBareWord(text: string, start: number): number {
  let i = start
  while (i < text.length) {
    const code = text.charCodeAt(i)
    if (isBlank(code) || code === QUOTE || code === CLOSE) break
    if (code === OPEN) {
      // A reference that nobody defined stays whole: it was reported where it was met.
      const end = i > start && text.charCodeAt(i - 1) === DOLLAR ? text.indexOf('}', i) : -1
      if (end < 0) break
      i = end
    }
    i++
  }
  return i
}
