// From a parsed configuration to its document. What does not count is not in it.
import type { Argument, Keyword } from '../keywords/keyword.ts'
import type { ParsedConfiguration } from '../parse.ts'
import type { Word } from '../text/words.ts'
import type { Block, Statement } from '../tree.ts'
import { type ConfigurationDocument, DOCUMENT_FORMAT, type DocumentValue, isObject, NUMERIC_WORDS, quotedWord } from './document.ts'

type Draft = { [key: string]: DocumentValue }

export const toDocument = ({ tree }: ParsedConfiguration): ConfigurationDocument => ({ format: DOCUMENT_FORMAT, ...objectOf(tree) })

function objectOf(block: Block): Draft {
  const draft: Draft = {}
  for (const statement of block.statements) {
    const { keyword } = statement
    if (keyword) add(draft, keyword, statement)
  }
  return draft
}

function add(draft: Draft, keyword: Keyword, statement: Statement): void {
  const { name } = keyword
  switch (keyword.form) {
    case 'value':
      addValue(draft, keyword, statement)
      return
    case 'words':
    case 'entries': {
      const list = listOf(keyword, statement.block)
      if (keyword.label) addNamed(draft, name, textOf(statement.words.slice(1)), list)
      else draft[name] = [...((draft[name] as readonly DocumentValue[] | undefined) ?? []), ...list]
      return
    }
    case 'block': {
      const object = statement.block ? objectOf(statement.block) : {}
      if (keyword.arguments.length > 0) addNamed(draft, name, textOf(statement.words.slice(1)), object)
      else addObject(draft, name, object)
    }
  }
}

/** The first block of a name counts. */
function addNamed(draft: Draft, keyword: string, name: string, value: DocumentValue): void {
  const known = draft[keyword]
  if (!isObject(known)) draft[keyword] = { [name]: value }
  else if (!Object.hasOwn(known, name)) draft[keyword] = { ...known, [name]: value }
}

/** Blocks without name: settings join, anything else is one of several. */
const JOINED = new Set(['global_defs', 'authentication', 'auth_hmac'])

function addObject(draft: Draft, keyword: string, object: Draft): void {
  const known = draft[keyword]
  if (known === undefined) draft[keyword] = object
  else if (isObject(known) && JOINED.has(keyword)) draft[keyword] = { ...known, ...object }
  else draft[keyword] = [...(Array.isArray(known) ? known : [known]), object]
}

function listOf(keyword: Keyword, block: Block | undefined): DocumentValue[] {
  const statements = block?.statements ?? []
  if (keyword.form === 'words') return statements.flatMap(({ words }) => words.map((word) => quotedWord(word.text)))
  return statements.map(({ words }) => textOf(words))
}

const textOf = (words: readonly Word[]): string => words.map((word) => quotedWord(word.text)).join(' ')

/** Keywords that may stand several times in a block and all count. */
const REPEATABLE = new Set(['key'])

function addValue(draft: Draft, keyword: Keyword, statement: Statement): void {
  const { name } = keyword
  const value = documentValue(keyword, statement)
  const known = draft[name]
  if (value === undefined || (known !== undefined && keyword.once)) return
  if (!REPEATABLE.has(name)) draft[name] = value
  else draft[name] = [...((known as readonly DocumentValue[] | undefined) ?? []), value]
}

function documentValue(keyword: Keyword, statement: Statement): DocumentValue | undefined {
  const words = statement.words.slice(1)
  const [first, ...others] = keyword.arguments
  if (!first || (words.length === 0 && first.optional)) return true
  if (first.type === 'script') return statement.line.slice(statement.restAt, statement.restEnd).text.trim()
  if (first.type === 'words') return textOf(words)
  const values = [first, ...others].flatMap((argument, index) => {
    const word = words[index]
    return word ? [typed(word, argument)] : []
  })
  return values.length === 1 ? values[0] : values.length === 0 ? undefined : values
}

const SWITCHES: Readonly<Record<string, boolean>> = { true: true, on: true, yes: true, false: false, off: false, no: false }

function typed({ text }: Word, argument: Argument): DocumentValue {
  const isNumeric =
    argument.type === 'integer' || argument.type === 'decimal' || (argument.type === 'word' && NUMERIC_WORDS.has(argument.name))
  // A number that would be written in another way stays a text: 0777, 1e3.
  if (isNumeric && /^-?[0-9]+(\.[0-9]+)?$/.test(text) && Number(String(Number(text))) === Number(text) && !/^-?0[0-9]/.test(text))
    return Number(text)
  if (argument.type === 'boolean') return SWITCHES[text] ?? text
  return text
}
