// Reads the statements of a block by its keyword table: arguments are there, of their type and in range, or reported.
import { type IpAddress, type Milliseconds, milliseconds, seconds } from '@havip/base'
import { readCommand } from './build/command.ts'
import type { Span } from './diagnostic.ts'
import type { Findings } from './findings.ts'
import type { Argument, Keyword } from './keywords/keyword.ts'
import { keywordsOf } from './keywords/tables.ts'
import type { CommandConf } from './model.ts'
import { suggestion } from './suggestion.ts'
import type { Word } from './text/words.ts'
import type { Block, Statement } from './tree.ts'
import { readAddress, readBoolean, readDecimal, readInteger, readInterface } from './values.ts'

export type Value = string | number | boolean | CommandConf | undefined

/** A statement whose keyword is known and whose arguments are acceptable; one value per argument given. */
export type Field = { readonly keyword: Keyword; readonly statement: Statement; readonly values: readonly Value[]; readonly at: Span }

const NO_FIELDS: readonly Field[] = []

/** What the statements of one block say. Of several equal ones the last counts, unless the table says `once`. */
export class Fields {
  readonly #byName = new Map<string, Field[]>()

  add(field: Field): void {
    const list = this.#byName.get(field.keyword.name)
    if (list) list.push(field)
    else this.#byName.set(field.keyword.name, [field])
  }

  all(...names: readonly string[]): readonly Field[] {
    // Nearly all look-ups are for one name, a hundred for each instance.
    if (names.length === 1) return this.#byName.get(names[0] as string) ?? NO_FIELDS
    return names.flatMap((name) => this.#byName.get(name) ?? NO_FIELDS)
  }
  last(...names: readonly string[]): Field | undefined {
    return this.all(...names).at(-1)
  }
  has(name: string): boolean {
    return this.#byName.has(name)
  }
  at(name: string): Span | undefined {
    return this.last(name)?.at
  }
  number(name: string): number | undefined {
    const value = this.last(name)?.values[0]
    return typeof value === 'number' ? value : undefined
  }
  /** A time given in seconds. */
  seconds(name: string): Milliseconds | undefined {
    const value = this.number(name)
    return value === undefined ? undefined : seconds(value)
  }
  milliseconds(name: string): Milliseconds | undefined {
    const value = this.number(name)
    return value === undefined ? undefined : milliseconds(value)
  }
  text(name: string): string | undefined {
    const value = this.last(name)?.values[0]
    return typeof value === 'string' ? value : undefined
  }
  address(name: string): IpAddress | undefined {
    return this.text(name) as IpAddress | undefined
  }
  /** A keyword without argument means true. */
  boolean(name: string): boolean | undefined {
    const field = this.last(name)
    return field === undefined ? undefined : field.values[0] !== false
  }
  command(name: string): CommandConf | undefined {
    // One without a program changes nothing.
    const value = this.all(name).findLast(({ values }) => typeof values[0] === 'object')?.values[0]
    return typeof value === 'object' ? value : undefined
  }
}

/** @param fields what earlier blocks of the same kind said; this one is added to it. */
export function readFields(block: Block | undefined, where: string, findings: Findings, fields = new Fields()): Fields {
  for (const statement of block?.statements ?? []) {
    const field = readField(statement, block?.table, where, findings)
    if (field) addField(field, fields, findings)
  }
  return fields
}

/** Unless it is one of those of which the first counts, and there is one. */
export function addField(field: Field, fields: Fields, findings: Findings): void {
  const first = field.keyword.once ? fields.last(field.keyword.name) : undefined
  if (!first) {
    fields.add(field)
    return
  }
  const message = `${field.keyword.name} is there already; this one is ignored`
  findings.error('already-specified', field.at, message, [{ at: first.at, note: 'the first one, which counts' }])
}

/** Undefined when the statement does not count; why is in the findings. */
export function readField(statement: Statement, table: string | undefined, where: string, findings: Findings): Field | undefined {
  const { keyword } = statement
  if (!keyword) {
    reportUnknown(statement, table, where, findings)
    return undefined
  }
  if (keyword.deprecated !== undefined) {
    const message = `${keyword.name} is out of date; ${keyword.deprecated === '' ? 'leave it out' : `write ${keyword.deprecated} instead`}`
    const { at } = statement.words[0] as Word
    if (keyword.tolerated) findings.note('deprecated-keyword', at, message, [], 'warning')
    else findings.warning('deprecated-keyword', at, message)
  }
  if (keyword.form === 'value' && statement.block) {
    findings.error(
      'unexpected-open',
      statement.block.open ?? statement.at,
      `${keyword.name} is no block; what stands between these braces is ignored`,
    )
  }
  const isList = keyword.form === 'entries' || keyword.form === 'words'
  const extra = isList ? statement.words[keyword.label ? 2 : 1] : undefined
  if (extra) {
    findings.error('extra-words', extra.at, `nothing can stand between ${keyword.name} and its '{'; \`${extra.text}\` is ignored`)
  }
  const more = keyword.exact ? statement.words[keyword.arguments.length + 1] : undefined
  if (more) {
    findings.error('extra-words', more.at, `${keyword.name} takes one word, and not also \`${more.text}\`; it is ignored`)
    return undefined
  }
  const values = readArguments(statement, keyword, isList ? (keyword.label ? [keyword.label] : []) : keyword.arguments, findings)
  return values && { keyword, statement, values, at: statement.at }
}

function reportUnknown(statement: Statement, table: string | undefined, where: string, findings: Findings): void {
  const name = statement.words[0] as Word
  if (findings.isFull) {
    findings.error('unknown-keyword', name.at, 'unknown keyword')
    return
  }
  const keywords = table === undefined ? [] : keywordsOf(table)
  const better = suggestion(
    name.text,
    keywords.filter((keyword) => keyword.deprecated === undefined).map((keyword) => keyword.name),
  )
  const hint = better === undefined ? '' : `; did you mean ${better}?`
  const block = statement.block ? ', so its whole block is skipped' : ''
  findings.error('unknown-keyword', name.at, `${where} knows no \`${name.text}\`${block}${hint}`)
}

function readArguments(
  statement: Statement,
  keyword: Keyword,
  wanted: readonly Argument[],
  findings: Findings,
): readonly Value[] | undefined {
  const given = statement.words.slice(1)
  const values: Value[] = []
  for (const [index, argument] of wanted.entries()) {
    const word = given[index]
    if (argument.type === 'script') {
      const command = word ? readCommand(statement, findings) : undefined
      if (command) values.push(command)
      else if (word) findings.note('empty-command', word.at, `${keyword.name} names no program, so nothing is run`, [], 'warning')
      else if (!argument.optional) return missing(statement, keyword, argument, findings)
      return values
    }
    if (!word || word.isTorn) {
      if (argument.optional) return values
      // Of the quotation mark has been told.
      return word && keyword.lenient ? undefined : missing(statement, keyword, argument, findings)
    }
    const value = readArgument(word, argument, keyword, findings)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

function missing(statement: Statement, keyword: Keyword, argument: Argument, findings: Findings): undefined {
  const message = `${keyword.name} needs ${argument.name}: \`${keyword.name} ${keyword.arguments.map(({ name }) => name).join(' ')}\``
  if (keyword.lenient) findings.error('missing-argument', statement.at, message)
  else findings.aborted('missing-argument', statement.at, message)
  return undefined
}

function readArgument(word: Word, argument: Argument, keyword: Keyword, findings: Findings): Value {
  switch (argument.type) {
    case 'integer':
      return readInteger(word, argument, findings)
    case 'decimal':
      if (keyword.zeroHint !== undefined && Number(word.text) === 0) {
        findings.error('zero-interval', word.at, `${keyword.name} ${word.text} is ignored: ${keyword.zeroHint}`)
        return undefined
      }
      return readDecimal(word, argument, findings)
    case 'boolean': {
      const value = readBoolean(word.text)
      if (value === undefined) {
        findings.error('not-a-switch', word.at, `\`${word.text}\` is neither true, on, yes nor false, off, no; ${keyword.name} is ignored`)
      }
      return value
    }
    case 'choice': {
      const text = argument.ignoresCase ? word.text.toLowerCase() : word.text
      const found = argument.choices.find((choice) => (argument.ignoresCase ? choice.toLowerCase() : choice) === text)
      if (found === undefined) {
        findings.error('not-a-choice', word.at, `\`${word.text}\` is none of ${argument.choices.join(', ')}; ${keyword.name} is ignored`)
      }
      return found
    }
    case 'address':
      return readAddress(word, argument.family, findings)
    case 'interface':
      return readInterface(word, findings)
    case 'word':
      return readWord(word, argument, findings)
    case 'words':
    case 'script':
      return word.text
  }
}

function readWord(word: Word, argument: Extract<Argument, { type: 'word' }>, findings: Findings): string | undefined {
  const { lengthMax } = argument
  if (lengthMax === undefined || word.text.length <= lengthMax) return word.text
  findings.error(
    'too-long',
    word.at,
    `\`${word.text}\` has ${word.text.length} characters, more than the ${lengthMax} of ${argument.what}; it is cut`,
  )
  return word.text.slice(0, lengthMax)
}
