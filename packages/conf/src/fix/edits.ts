// Changes of texts: replaced words, removed and added lines. Whatever a substitution made is left alone, for it is elsewhere.
import type { Span } from '../diagnostic.ts'
import { extentOf } from '../navigate.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'

/** `text` in place of what stands at `at`. */
export type Edit = { readonly at: Span; readonly text: string }
export type SourceTexts = ReadonlyMap<string, string>

/** Empty when the word was not written there as it is. */
export function replaceWord(texts: SourceTexts, word: Word | undefined, text: string): readonly Edit[] {
  if (!word || !isLiteral(texts, word)) return []
  return [{ at: word.at, text: word.quoted ? `"${text}"` : text }]
}

export function isLiteral(texts: SourceTexts, { text, quoted, at }: Word): boolean {
  return texts.get(at.file)?.slice(at.start, at.end) === (quoted ? `"${text}"` : text)
}

/** With its block, and with its line when nothing else but a comment stands on it. */
export function removeStatement(texts: SourceTexts, statement: Statement, parent: Statement | undefined): readonly Edit[] {
  const first = statement.words[0]
  if (!first || !isLiteral(texts, first)) return []
  // Of a list that would be empty nothing is left.
  const isList = parent?.keyword?.form === 'entries' || parent?.keyword?.form === 'words'
  if (parent && isList && parent.block?.statements.length === 1) return removeStatement(texts, parent, undefined)
  const at = extentOf(statement)
  if (statement.block && (statement.block.close === undefined || statement.block.close.file !== at.file)) return []
  const text = texts.get(at.file) ?? ''
  const line = lineAround(text, at)
  const isAlone = /^[ \t]*$/.test(text.slice(line.start, at.start)) && /^[ \t]*([#!].*)?\r?\n?$/.test(text.slice(at.end, line.end))
  return [isAlone ? { at: { ...at, ...line }, text: '' } : { at, text: '' }]
}

/** One more line at the end of a block. */
export function appendTo(texts: SourceTexts, owner: Statement, added: string): readonly Edit[] {
  const { block } = owner
  if (!block?.open || !block.close) return []
  const { file } = block.close
  const text = texts.get(file) ?? ''
  const last = block.statements.at(-1)
  const lastAt = last && extentOf(last)
  const before = lastAt?.file === file ? lastAt : block.open.file === file ? block.open : undefined
  if (!before) return []
  const line = lineAround(text, before)
  const indent = /^[ \t]*/.exec(text.slice(line.start, before.start))?.[0] ?? ''
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const own = lastAt ? indent : `${indent}    `
  if (block.close.start >= line.end) return [{ at: { file, start: line.end, end: line.end }, text: `${own}${added}${newline}` }]
  const outer = /^[ \t]*/.exec(text.slice(lineAround(text, owner.at).start))?.[0] ?? ''
  return [{ at: { file, start: block.close.start, end: block.close.start }, text: `${newline}${outer}    ${added}${newline}${outer}` }]
}

/** The lines that a stretch touches, with the line end. */
function lineAround(text: string, { start, end }: { readonly start: number; readonly end: number }): { start: number; end: number } {
  const newline = text.indexOf('\n', Math.max(start, end))
  return { start: text.lastIndexOf('\n', start - 1) + 1, end: newline < 0 ? text.length : newline + 1 }
}

/** The texts that change. Of edits that touch each other only the first is made; the next round finds what is left. */
export function applyEdits(texts: SourceTexts, edits: readonly Edit[]): ReadonlyMap<string, string> {
  const changed = new Map<string, string>()
  for (const file of new Set(edits.map(({ at }) => at.file))) {
    const text = texts.get(file)
    if (text === undefined) continue
    const own = edits.filter(({ at }) => at.file === file).sort((a, b) => a.at.start - b.at.start || a.at.end - b.at.end)
    let result = ''
    let done = 0
    let last: Edit | undefined
    for (const edit of own) {
      const isDouble = last !== undefined && last.at.start === edit.at.start && last.at.end === edit.at.end
      if (edit.at.start < done || isDouble) continue
      result += text.slice(done, edit.at.start) + edit.text
      done = edit.at.end
      last = edit
    }
    const after = result + text.slice(done)
    if (after !== text) changed.set(file, after)
  }
  return changed
}
