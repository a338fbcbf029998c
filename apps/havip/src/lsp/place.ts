// Where the cursor stands: in which block, in which word of its line.
import { type Block, pathTo, type Statement, type Word } from '@havip/conf'
import type { Project } from './project.ts'

export type Place = {
  readonly block: Block
  /** What opened the block; undefined at the top level. */
  readonly opener: Statement | undefined
  /** The statement under the cursor, or being typed. */
  readonly statement: Statement | undefined
  /** Words before the one under the cursor; 0: it is the first. */
  readonly index: number
  readonly word: Word | undefined
}

export function placeAt({ parsed, path, text }: Project, offset: number): Place {
  const { block, opener } = blockAt(parsed.tree, path, offset, undefined)
  const start = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('{', offset - 1), text.lastIndexOf('}', offset - 1)) + 1
  const before = text.slice(start, offset).trimStart()
  const index = before === '' ? 0 : before.split(/[ \t]+/).length - 1
  const under = pathTo(parsed.tree, path, offset).at(-1)
  const onLine =
    under && under.at.start >= start
      ? under
      : block.statements.findLast(({ at }) => at.file === path && at.start >= start && at.start <= offset)
  return { block, opener, statement: onLine, index, word: onLine?.words.find(({ at }) => at.start <= offset && offset <= at.end) }
}

/** The innermost block between whose braces the offset is; one that is not closed goes on. */
function blockAt(
  block: Block,
  file: string,
  offset: number,
  opener: Statement | undefined,
): { block: Block; opener: Statement | undefined } {
  const inner = block.statements.findLast(({ block: one }) => {
    if (!one?.open || one.open.file !== file || one.open.end > offset) return false
    return one.close === undefined || one.close.file !== file || offset <= one.close.start
  })
  return inner?.block ? blockAt(inner.block, file, offset, inner) : { block, opener }
}
