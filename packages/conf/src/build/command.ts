// A script with its arguments and the user it runs as.
import type { Span } from '../diagnostic.ts'
import type { Field } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { CommandConf, ScriptUser } from '../model.ts'
import { cutArguments, cutCommandLine } from '../text/command.ts'
import type { Statement } from '../tree.ts'

/** Undefined when there is no command at all; the caller says what that means. */
export function readCommand(statement: Statement, findings: Findings): CommandConf | undefined {
  const rest = statement.line.slice(statement.restAt, statement.restEnd)
  const at = (start: number, end: number): Span => rest.spanOf(start, end)
  let isTorn = false
  const words = cutCommandLine(rest.text, () => {
    isTorn = true
  })
  const first = words[0]
  if (!first) return undefined
  const argv = cutArguments(first.text, () => {
    isTorn = true
  })
  const place = at(first.start, first.end)
  if (isTorn) findings.error('unterminated-quote', place, 'a quotation mark in this command is not closed')
  if (isTorn || argv.length === 0) return undefined
  return { argv, user: userOf(words.slice(1).map((word) => word.text)), at: place }
}

/** As the account that a statement of its own names. */
export const withUser = (command: CommandConf, { values }: Field): CommandConf => ({
  ...command,
  user: userOf(values.map(String)),
  hasUserStatement: true,
})

/** `USER [GROUP]`; a colon before the group (2.4.3) also sets the supplementary groups. */
export function userOf(words: readonly string[]): ScriptUser | undefined {
  const [user, group] = words
  if (user === undefined) return undefined
  const isSupplementary = group?.startsWith(':') === true
  const name = isSupplementary ? group?.slice(1) : group
  return { user, group: name === '' ? undefined : name, ...(isSupplementary ? { supplementaryGroups: true } : {}) }
}
