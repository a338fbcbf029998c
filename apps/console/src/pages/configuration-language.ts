// keepalived.conf in the editor: colours, problems as one types, help on each keyword; all from the language package itself.
import { autocompletion, type CompletionContext } from '@codemirror/autocomplete'
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic as Lint, linter } from '@codemirror/lint'
import { hoverTooltip } from '@codemirror/view'
import { type Block, blockTables, type Keyword, keywordsOf, type ParsedConfiguration, parseText } from '@havip/conf'
import { tags } from '@lezer/highlight'
import type { Speak } from '../i18n/text.tsx'

const known = new Set(blockTables.flatMap(({ keywords }) => keywords.map(({ name }) => name)))

type Place = { isFirst: boolean }
const language = StreamLanguage.define<Place>({
  name: 'keepalived.conf',
  startState: () => ({ isFirst: true }),
  token(stream, state) {
    if (stream.sol()) state.isFirst = true
    if (stream.eatSpace()) return null
    if (stream.match(/^[!#].*/)) return 'comment'
    if (stream.match(/^[{}]/)) {
      state.isFirst = true
      return 'bracket'
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string'
    const word = stream.match(/^[^\s{}"]+/)
    const text = Array.isArray(word) ? (word[0] ?? '') : ''
    const wasFirst = state.isFirst
    state.isFirst = false
    if (wasFirst && known.has(text)) return 'keyword'
    if (/^[@$]/.test(text)) return 'meta'
    if (/^(\d{1,3}\.){3}\d{1,3}(\/\d+)?$|^[0-9a-f]*:[0-9a-f:]+(\/\d+)?$/i.test(text)) return 'atom'
    if (/^[-+]?\d+(\.\d+)?$/.test(text)) return 'number'
    return wasFirst ? 'variableName' : null
  },
  languageData: { commentTokens: { line: '#' } },
})

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--busy)', fontWeight: '550' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: tags.string, color: 'var(--good)' },
  { tag: tags.atom, color: 'var(--address)' },
  { tag: tags.number, color: 'var(--warn)' },
  { tag: tags.meta, color: 'var(--warn)' },
  { tag: tags.bracket, color: 'var(--ink-2)' },
])

export const highlighting = [language, syntaxHighlighting(colours)]

/** The name of the host decides about lines with `@…`. */
export const parse = (text: string, hostName: string): ParsedConfiguration =>
  parseText(text, { hostName }, '/etc/keepalived/keepalived.conf')

const clamp = (offset: number, text: string): number => Math.min(Math.max(0, offset), text.length)

export const problems = (hostName: string, onParsed: (parsed: ParsedConfiguration, text: string) => void) =>
  linter(
    (view) => {
      const text = view.state.doc.toString()
      const parsed = parse(text, hostName)
      onParsed(parsed, text)
      return parsed.diagnostics.map(
        ({ at, severity, message, code }): Lint => ({
          from: clamp(at.start, text),
          to: clamp(Math.max(at.end, at.start), text),
          severity: severity === 'note' ? 'info' : severity,
          message,
          source: code,
        }),
      )
    },
    { delay: 250 },
  )

/** The table whose keywords count at this place, from the tree of the text. */
function tableAt(block: Block, offset: number): string | undefined {
  for (const statement of block.statements) {
    const inner = statement.block
    if (inner?.open && inner.open.end <= offset && offset <= (inner.close?.start ?? Number.POSITIVE_INFINITY)) return tableAt(inner, offset)
  }
  return block.table
}

function keywordAt(block: Block, offset: number): Keyword | undefined {
  for (const statement of block.statements) {
    const first = statement.words[0]
    if (first && statement.keyword && first.at.start <= offset && offset <= first.at.end) return statement.keyword
    const found = statement.block && keywordAt(statement.block, offset)
    if (found) return found
  }
  return undefined
}

const usageOf = (keyword: Keyword): string =>
  [
    keyword.name,
    ...keyword.arguments.map((argument) => (argument.optional ? `[${argument.name}]` : argument.name)),
    ...(keyword.form === 'value' ? [] : ['{ … }']),
  ].join(' ')

function helpOf(keyword: Keyword, t: Speak): HTMLElement {
  const box = document.createElement('div')
  box.className = 'cm-keyword-help'
  const add = (tag: string, text: string, className = ''): void => {
    const element = document.createElement(tag)
    element.textContent = text
    element.className = className
    box.append(element)
  }
  add('code', usageOf(keyword))
  add('div', keyword.meaning)
  if (keyword.default !== undefined) add('div', t(['Default: {value}', '默认值：{value}'], { value: keyword.default }), 'quiet small')
  if (keyword.havip !== undefined) add('div', t(['Here: {text}', '在 havip 中：{text}'], { text: keyword.havip }), 'small')
  if (keyword.deprecated !== undefined) add('div', t(['Out of date: {text}', '已过时：{text}'], { text: keyword.deprecated }), 'small')
  return box
}

export const reference = (hostName: string, t: Speak) =>
  hoverTooltip((view, position) => {
    const word = view.state.wordAt(position)
    const keyword = word && keywordAt(parse(view.state.doc.toString(), hostName).tree, position)
    return keyword ? { pos: word.from, end: word.to, above: true, create: () => ({ dom: helpOf(keyword, t) }) } : null
  })

export const completion = (hostName: string, t: Speak) =>
  autocompletion({
    override: [
      (context: CompletionContext) => {
        const line = context.state.doc.lineAt(context.pos)
        const before = /^\s*(\w*)$/.exec(line.text.slice(0, context.pos - line.from))
        if (!before || (before[1] === '' && !context.explicit)) return null
        const table = tableAt(parse(context.state.doc.toString(), hostName).tree, context.pos)
        return {
          from: context.pos - (before[1]?.length ?? 0),
          options: keywordsOf(table ?? '').map((keyword) => ({
            label: keyword.name,
            type: 'keyword',
            detail: usageOf(keyword).slice(keyword.name.length),
            info: () => helpOf(keyword, t),
          })),
        }
      },
    ],
  })
