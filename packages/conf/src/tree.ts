// Statements and the blocks that belong to them, with their places. The keyword tables say what opens a block.
import type { Span } from './diagnostic.ts'
import type { Findings } from './findings.ts'
import type { Keyword } from './keywords/keyword.ts'
import { findKeyword, isRootBlock, ROOT } from './keywords/tables.ts'
import type { Line } from './text/line.ts'
import { cutLine, type Piece, type Word } from './text/words.ts'

export type Block = {
  /** Name of its keyword table; undefined for value blocks and for blocks nobody knows. */
  readonly table: string | undefined
  readonly statements: Statement[]
  readonly open: Span | undefined
  /** Undefined: the brace is missing. */
  close: Span | undefined
}

export type Statement = {
  /** At least one; the first is the keyword, or in a value block the first word of the entry. */
  readonly words: readonly Word[]
  /** Undefined: not known here, or an entry of a value block. */
  readonly keyword: Keyword | undefined
  /** From the first word to the last. */
  readonly at: Span
  /** The line it is on, and which part of that follows the first word: scripts are cut by rules of their own. */
  readonly line: Line
  readonly restAt: number
  readonly restEnd: number
  block: Block | undefined
}

/** Blocks within blocks; no keyword needs more than five. */
const DEPTH_MAX = 64

/** A file with more is no configuration, and what follows is not kept: memory has a bound. */
export const STATEMENTS_MAX = 1_000_000

type Frame = { readonly block: Block; readonly opener: Statement | undefined }

export class TreeBuilder {
  readonly root: Block = { table: ROOT, statements: [], open: undefined, close: undefined }
  readonly #findings: Findings
  readonly #stack: Frame[] = [{ block: this.root, opener: undefined }]
  #isTooDeep = false
  /** The statement just read, which a `{` would belong to. */
  #pending: Statement | undefined
  #statements = 0

  constructor(findings: Findings) {
    this.#findings = findings
  }

  line(line: Line): void {
    cutLine(
      line,
      (piece) => this.#piece(piece),
      ({ at }) =>
        this.#findings.error(
          'unterminated-quote',
          at,
          'the quotation mark is not closed on this line; a quoted text ends on the line where it begins',
        ),
    )
  }

  finish(): void {
    this.#closePending()
    const unclosed = this.#stack.slice(1)
    if (unclosed.length === 0) return
    const last = unclosed.at(-1) as Frame
    const at = last.opener?.at ?? { file: '', start: 0, end: 0 }
    const related = unclosed
      .slice(0, -1)
      .flatMap(({ opener }) => (opener ? [{ at: opener.at, note: 'this block is not closed either' }] : []))
    this.#findings.error('unclosed-block', at, `the input ends before this block does: ${unclosed.length} '}' missing`, related)
  }

  #piece(piece: Piece): void {
    if (piece.kind === 'words') this.#statement(piece.words, piece.line, piece.restAt, piece.end)
    else if (piece.kind === 'open') this.#open(piece.at)
    else this.#close(piece.at)
  }

  #statement(words: readonly Word[], line: Line, restAt: number, end: number): void {
    const first = words[0] as Word
    this.#statements++
    if (this.#statements > STATEMENTS_MAX) {
      if (this.#statements === STATEMENTS_MAX + 1) {
        this.#findings.error('too-many-statements', first.at, `more than ${STATEMENTS_MAX} statements; the rest is ignored`)
      }
      return
    }
    this.#openImplied(first)
    this.#closeForgotten(first, words.length)
    const { block } = this.#top
    const keyword = block.table === undefined ? undefined : findKeyword(block.table, first.text)
    const last = words.at(-1) as Word
    const at = last.at.end >= first.at.start ? { ...first.at, end: last.at.end } : first.at
    const statement: Statement = { words, keyword, at, line, restAt, restEnd: end, block: undefined }
    block.statements.push(statement)
    this.#pending = statement
  }

  /** A known block without its `{`: what follows is inside, unless it can only be outside. */
  #openImplied(next: Word): void {
    const pending = this.#pending
    const keyword = pending?.keyword
    this.#pending = undefined
    if (!pending || !keyword || keyword.form === 'value') return
    const isOutside = this.#knows(next.text) && !(keyword.block !== undefined && findKeyword(keyword.block, next.text) !== undefined)
    const message = `the '{' of ${keyword.name} is missing; write \`${keyword.name} … {\``
    this.#findings.error('missing-open', pending.at, message)
    if (!isOutside) this.#push(pending, undefined)
    else pending.block = { table: keyword.block, statements: [], open: undefined, close: undefined }
  }

  #knows(name: string): boolean {
    const { table } = this.#top.block
    return table !== undefined && findKeyword(table, name) !== undefined
  }

  /** A block that only stands at the top level, met inside another one: a `}` is missing before it. */
  #closeForgotten(next: Word, wordCount: number): void {
    if (this.#stack.length === 1 || next.quoted || !isRootBlock(next.text)) return
    const { block, opener } = this.#top
    if (block.table !== undefined && findKeyword(block.table, next.text)) return
    const keyword = findKeyword(ROOT, next.text)
    const needsName = keyword?.label !== undefined || (keyword?.form === 'block' && keyword.arguments.length > 0)
    // Without its name it is a word in the wrong place.
    if (needsName && wordCount === 1) return
    if (this.#isInsideUnknown()) return
    const related = opener ? [{ at: opener.at, note: 'this block is still open' }] : []
    const message = `${next.text} does not belong inside ${opener?.words[0]?.text ?? 'this block'}: a '}' is missing before it`
    this.#findings.error('missing-close', next.at, message, related)
    this.#stack.length = 1
  }

  #isInsideUnknown(): boolean {
    return this.#stack.some(({ block, opener }) => opener !== undefined && block.table === undefined && opener.keyword === undefined)
  }

  #open(at: Span): void {
    const pending = this.#pending
    this.#pending = undefined
    if (pending) this.#push(pending, at)
    else this.#findings.error('unexpected-open', at, "there is no keyword that this '{' belongs to; it is ignored")
  }

  #push(opener: Statement, at: Span | undefined): void {
    if (this.#stack.length >= DEPTH_MAX) {
      // Once: what follows stands in the wrong place anyway.
      if (!this.#isTooDeep) this.#findings.error('too-deep', opener.at, `blocks are nested more than ${DEPTH_MAX} deep: a '}' is missing`)
      this.#isTooDeep = true
      return
    }
    const around = this.#top
    const list = around.opener?.keyword
    if (at && (list?.form === 'entries' || list?.form === 'words')) {
      this.#findings.error(
        'unexpected-open',
        at,
        `${list.name} is a list, whose entries have no block; what stands between these braces is ignored`,
      )
    }
    const block: Block = {
      table: opener.keyword?.form === 'block' ? opener.keyword.block : undefined,
      statements: [],
      open: at,
      close: undefined,
    }
    opener.block = block
    this.#stack.push({ block, opener })
  }

  #close(at: Span): void {
    this.#closePending()
    if (this.#stack.length === 1) {
      this.#findings.error('extra-close', at, "this '}' closes nothing: remove it, or look for a '{' that is missing before")
      return
    }
    const frame = this.#stack.pop() as Frame
    frame.block.close = at
  }

  #closePending(): void {
    const pending = this.#pending
    this.#pending = undefined
    if (!pending?.keyword || pending.keyword.form === 'value') return
    const message = `${pending.keyword.name} is a block: '{' and '}' are missing after it`
    if (pending.keyword.form === 'block') this.#findings.error('missing-open', pending.at, message)
    else this.#findings.note('missing-open', pending.at, message, [], 'warning')
    pending.block = { table: pending.keyword.block, statements: [], open: undefined, close: undefined }
  }

  get #top(): Frame {
    return this.#stack.at(-1) as Frame
  }
}
