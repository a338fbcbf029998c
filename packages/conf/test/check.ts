// What tests of mistakes need: the whole diagnostic, with its place as the text it covers.
import assert from 'node:assert/strict'
import { configTestStatus } from '../src/exit-status.ts'
import { positionOf } from '../src/format-diagnostic.ts'
import { type ParsedConfiguration, type ParseOptions, parseText } from '../src/parse.ts'

/** `SEVERITY CONSEQUENCE CODE LINE:COLUMN "TEXT"`; messages are asserted where they are the point. */
export function summaries({ diagnostics, texts }: ParsedConfiguration): string[] {
  return diagnostics.map(({ severity, consequence, code, at }) => {
    const text = texts.get(at.file) ?? ''
    const { line, column } = positionOf(text, at.start)
    return `${severity} ${consequence} ${code} ${line}:${column} ${JSON.stringify(text.slice(at.start, at.end))}`
  })
}

/** Parses and asserts exactly these problems, notes included. */
export function expectProblems(text: string, expected: readonly string[], options: Partial<ParseOptions> = {}): ParsedConfiguration {
  const parsed = parseText(text, options)
  assert.deepEqual(summaries(parsed), expected)
  return parsed
}

/** An instance that is right, with further lines in its block. */
export const instanceWith = (lines: string, vip = '10.0.0.9'): string =>
  `vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n${vip}\n}\n${lines}\n}\n`

export function onlyInstance(parsed: ParsedConfiguration): ParsedConfiguration['configuration']['instances'][number] {
  const [instance] = parsed.configuration.instances
  assert.ok(instance)
  return instance
}

export const statusOf = (text: string): number => configTestStatus(parseText(text).diagnostics)
