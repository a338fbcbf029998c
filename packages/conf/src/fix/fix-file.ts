// What can be mended in one file without a decision of its owner: the edit says what the daemon makes of the text anyway, or
// what the text says that its owner wants.
import type { Diagnostic } from '../diagnostic.ts'
import { findKeyword } from '../keywords/tables.ts'
import { pathTo } from '../navigate.ts'
import type { ParsedConfiguration } from '../parse.ts'
import { findStatement } from '../set/member.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'
import { type Edit, removeStatement, replaceWord, type SourceTexts } from './edits.ts'

type Context = {
  readonly diagnostic: Diagnostic
  readonly texts: SourceTexts
  readonly parsed: ParsedConfiguration
  readonly statement: Statement
  /** The statements around it, outermost first. */
  readonly parents: readonly Statement[]
  /** The word that the diagnostic points at. */
  readonly word: Word | undefined
}
type Fixer = (context: Context) => readonly Edit[]

/** The edits that mend what this file's diagnostics report; fewer than the diagnostics, for most need a decision. */
export function fixFile(parsed: ParsedConfiguration): readonly Edit[] {
  return parsed.diagnostics.flatMap((diagnostic) => fixOf(diagnostic, parsed))
}

/** Those of one diagnostic; empty when it needs a decision. */
export function fixOf(diagnostic: Diagnostic, parsed: ParsedConfiguration): readonly Edit[] {
  const { at, code } = diagnostic
  const { texts } = parsed
  const character = CHARACTERS[code]
  if (character) return [{ at, text: character(texts.get(at.file)?.slice(at.start, at.end) ?? '') }]
  const fixer = FIXERS[code]
  if (!fixer) return []
  const path = pathTo(parsed.tree, at.file, at.start)
  const statement = path.at(-1)
  if (!statement) return []
  const word = statement.words.find((one) => one.at.start === at.start && one.at.end === at.end)
  return fixer({ diagnostic, texts, parsed, statement, parents: path.slice(0, -1), word })
}

const PLAIN: Readonly<Record<string, string>> = { '‘': "'", '’': "'", '“': '"', '”': '"' }
const CHARACTERS: Readonly<Record<string, (found: string) => string>> = {
  'byte-order-mark': () => '',
  'unusual-blank': () => ' ',
  'unusual-punctuation': (found) => PLAIN[found] ?? String.fromCharCode(found.charCodeAt(0) - 0xfee0),
}

/** Only where the diagnostic is about the whole statement: defaults are reported at the instance they work in. */
const remove: Fixer = ({ diagnostic, texts, statement, parents }) =>
  isAbout(diagnostic, statement) && statement.keyword?.block !== 'vrrp_instance' ? removeStatement(texts, statement, parents.at(-1)) : []

const isAbout = ({ at }: Diagnostic, statement: Statement): boolean =>
  statement.at.start === at.start || statement.words.some((word) => word.at.start === at.start)

const removeWhole: Fixer = (context) =>
  context.diagnostic.at.start === context.statement.at.start && context.diagnostic.at.end === context.statement.at.end
    ? remove(context)
    : []

const write =
  (text: (word: Word) => string | undefined): Fixer =>
  ({ texts, word }) => {
    const better = word && text(word)
    return better === undefined ? [] : replaceWord(texts, word, better)
  }

const wishesBackup: Fixer = ({ texts, parents }) => replaceWord(texts, findStatement(parents.at(-1)?.block, 'state')?.words[1], 'BACKUP')

/** Out of date: its successor, where that is one keyword of the same block. */
const renew: Fixer = ({ texts, statement, parents }) => {
  const better = statement.keyword?.deprecated
  const parent = parents.at(-1)
  if (better === undefined) return []
  if (better === '') return removeStatement(texts, statement, parent)
  const table = parent ? parent.block?.table : 'root'
  return table !== undefined && findKeyword(table, better) ? replaceWord(texts, statement.words[0], better) : []
}

const roundedInterval: Fixer = ({ texts, parsed, statement, parents }) => {
  const name = parents[0]?.words[1]?.text
  const instance = parsed.configuration.instances.find((one) => one.name === name)
  return instance ? replaceWord(texts, statement.words[1], String(instance.advertInterval / 1000)) : []
}

const PASSWORD_BYTES = 8
const shorterPassword: Fixer = ({ texts, statement }) => {
  const word = statement.words[1]
  let text = word?.text ?? ''
  while (new TextEncoder().encode(text).length > PASSWORD_BYTES) text = text.slice(0, -1)
  return replaceWord(texts, word, text)
}

const FIXERS: Readonly<Record<string, Fixer>> = {
  'nopreempt-with-master': wishesBackup,
  'advert-interval-rounded': roundedInterval,
  'password-too-long': shorterPassword,
  'deprecated-keyword': renew,
  'prefix-without-meaning': write((word) => word.text.replace(/\/[0-9]{1,3}$/, '')),
  'trailing-characters': write((word) => /^[+-]?[0-9]+/.exec(word.text)?.[0]),
  'weight-out-of-range': ({ diagnostic, texts, word }) =>
    diagnostic.severity === 'warning' && word ? replaceWord(texts, word, word.text.startsWith('-') ? '-253' : '253') : [],
  'unknown-state': ({ texts, statement }) => {
    const better = statement.words[1]?.text.toUpperCase() ?? ''
    return better === 'MASTER' || better === 'BACKUP' ? replaceWord(texts, statement.words[1], better) : []
  },
  'raised-to-minimum': ({ texts, statement }) => replaceWord(texts, statement.words[1], '1'),
  'zero-interval': remove,
  'already-specified': removeWhole,
  'authentication-dropped': remove,
  'base-without-vmac': remove,
  'duplicate-address': remove,
  'duplicate-key': remove,
  'duplicate-peer': remove,
  'duplicate-tracker': remove,
  'member-of-two': remove,
  'nopreempt-with-owner': remove,
  'not-owner': remove,
  'preempt-delay-cleared': remove,
  'strict-accept': remove,
  'strict-base': remove,
  'strict-down-timer': remove,
  'strict-garp': remove,
  'switch-ignores-argument': remove,
  'timer-expired-needs-nopreempt': remove,
  'tracks-own-interface': remove,
  'ttl-without-peers': remove,
  'vmac-and-ipvlan': remove,
  'weight-with-owner': remove,
}
