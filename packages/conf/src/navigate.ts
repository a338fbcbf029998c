// From a place in a text to the statement there, for fixes and editors.
import type { Span } from './diagnostic.ts'
import type { Block, Statement } from './tree.ts'

/** From the first word to the last, or to the brace that closes its block. */
export const extentOf = ({ at, block }: Statement): Span => {
  const close = block?.close ?? block?.open
  return close?.file === at.file && close.end > at.end ? { ...at, end: close.end } : at
}

/** The statement around an offset, after those that it stands in; empty where there is none. */
export function pathTo(root: Block, file: string, offset: number): readonly Statement[] {
  for (const statement of root.statements) {
    const extent = extentOf(statement)
    const isHere = extent.file === file && extent.start <= offset && offset <= extent.end
    // A block that another file's include stands in ends where its own file has its brace.
    const inner = statement.block && (isHere || extent.file !== file) ? pathTo(statement.block, file, offset) : []
    if (inner.length > 0) return [statement, ...inner]
    if (isHere) return [statement]
  }
  return []
}

/** Every statement, those within blocks after the one that holds them. */
export function* eachStatement(
  root: Block,
  parents: readonly Statement[] = [],
): Generator<{ statement: Statement; parents: readonly Statement[] }> {
  for (const statement of root.statements) {
    yield { statement, parents }
    if (statement.block) yield* eachStatement(statement.block, [...parents, statement])
  }
}
