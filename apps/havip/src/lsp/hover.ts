// What is said about the word under the cursor: its keyword's reference text, or what its name stands for.
import { describeArgument, describeDiagnostic, describeKeyword, extentOf, pathTo, type Statement, usageOf } from '@havip/conf'
import type { Hover } from 'vscode-languageserver/node'
import { nameAt, placesOf } from './names.ts'
import { placeAt } from './place.ts'
import type { Project } from './project.ts'

/** More of a definition is not shown. */
const SHOWN_LINES_MAX = 20

export function hoverAt(project: Project, offset: number): Hover | null {
  const parts = [aboutName(project, offset) ?? aboutKeyword(project, offset), ...aboutProblems(project, offset)].filter(
    (part) => part !== undefined,
  )
  const { word } = placeAt(project, offset)
  if (parts.length === 0) return null
  return { contents: { kind: 'markdown', value: parts.join('\n\n---\n\n') }, ...(word ? { range: project.rangeOf(word.at) } : {}) }
}

function aboutKeyword(project: Project, offset: number): string | undefined {
  const { statement, word } = placeAt(project, offset)
  const keyword = statement?.keyword
  if (!statement || !keyword || !word) return aboutEntry(project, offset)
  const index = statement.words.indexOf(word)
  const argument = index > 0 ? keyword.arguments[index - 1] : undefined
  const text = argument && describeArgument(argument)
  return text === undefined ? describeKeyword(keyword) : `\`${argument?.name}\` of \`${usageOf(keyword)}\`: ${text}\n\n${keyword.meaning}`
}

/** An entry of a list is explained by its list. */
function aboutEntry({ parsed, path }: Project, offset: number): string | undefined {
  const around = pathTo(parsed.tree, path, offset)
  const keyword = around.at(-2)?.keyword
  return around.at(-1)?.keyword || !keyword || keyword.form === 'block' ? undefined : describeKeyword(keyword)
}

function aboutName(project: Project, offset: number): string | undefined {
  const { names, parsed, path } = project
  const found = nameAt(names, path, offset)
  if (!found || found.isDefinition) return undefined
  const definition = placesOf(found, names, parsed.texts).find((one) => one.isDefinition)
  const text = definition && parsed.texts.get(definition.at.file)
  if (!definition || text === undefined) return undefined
  const statement = found.kind === 'parameter' ? undefined : pathTo(parsed.tree, definition.at.file, definition.at.start).at(-1)
  return `\`\`\`keepalived\n${statement ? sourceOf(statement, text) : lineOf(text, definition.at.start)}\n\`\`\``
}

function sourceOf(statement: Statement, text: string): string {
  const { start, end } = extentOf(statement)
  const lines = text.slice(start, end).split('\n')
  return lines.length <= SHOWN_LINES_MAX ? lines.join('\n') : [...lines.slice(0, SHOWN_LINES_MAX), '…'].join('\n')
}

function lineOf(text: string, offset: number): string {
  const end = text.indexOf('\n', offset)
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, end < 0 ? text.length : end).trim()
}

/** The paragraph of each problem that is shown there. */
function aboutProblems({ parsed, path }: Project, offset: number): string[] {
  const here = parsed.diagnostics.filter(({ at }) => at.file === path && at.start <= offset && offset <= at.end)
  return [...new Set(here.map(({ code }) => code))].map((code) => {
    const { meaning, keepalived, mend } = describeDiagnostic(code)
    return [`**${code}**: ${meaning}`, keepalived === '' ? '' : `keepalived: ${keepalived}`, `To mend it: ${mend}`]
      .filter((text) => text !== '')
      .join('\n\n')
  })
}
