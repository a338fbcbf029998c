// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language under test has the same syntax
// Any text gives an answer whose places lie in the text.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { configTestStatus } from './exit-status.ts'
import { diagnosticJson, formatDiagnostic } from './format-diagnostic.ts'
import { blockTables } from './keywords/tables.ts'
import { parseText } from './parse.ts'

const keywords = blockTables.flatMap((table) => table.keywords.map(({ name }) => name))
const word = fc.oneof(
  fc.constantFrom(...keywords),
  fc.constantFrom(
    '{',
    '}',
    '{\n',
    '}\n',
    '\n',
    '"',
    '#',
    '!',
    '$A',
    '${A}',
    '$A=',
    '\\',
    '~SEQ(a,1,3)',
    '@x',
    'include /k.conf',
    '\u00a0',
    '\0',
    '\r',
  ),
  fc.ipV4(),
  fc.ipV6(),
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.string({ maxLength: 6 }),
)
const configurationText = fc.array(word, { maxLength: 80 }).map((words) => words.join(' '))

function holds(text: string): void {
  const { diagnostics, texts } = parseText(text, {}, '/k.conf')
  for (const diagnostic of diagnostics) {
    for (const { start, end, file } of [diagnostic.at, ...diagnostic.related.map(({ at }) => at)]) {
      assert.ok(start >= 0 && start <= end && end <= text.length, `${diagnostic.code}: ${start} to ${end} of ${text.length}`)
      assert.equal(file, '/k.conf')
    }
    assert.equal(typeof formatDiagnostic(diagnostic, texts), 'string')
    assert.ok(diagnosticJson(diagnostic, texts).line >= 1)
  }
  assert.ok([0, 2, 4, 5, 6].includes(configTestStatus(diagnostics)))
}

test('any text gives an answer, with every place inside the text', () => {
  fc.assert(fc.property(fc.string({ maxLength: 400, unit: 'binary' }), holds), { numRuns: 300 })
})

test('any mixture of words of the language gives an answer, with every place inside the text', () => {
  fc.assert(fc.property(configurationText, holds), { numRuns: 1500 })
})

test('a long file takes time in proportion to its length', () => {
  const text = (count: number): string => 'vrrp_instance A {\nvirtual_router_id 1\nfoo ${A} "b\n}\n'.repeat(count)
  const timeOf = (count: number): number => {
    const started = performance.now()
    parseText(text(count))
    return performance.now() - started
  }
  timeOf(2000)
  const short = Math.max(5, Math.min(timeOf(2000), timeOf(2000)))
  const long = Math.min(timeOf(20_000), timeOf(20_000))
  // Ten times the text; a quadratic step would make it a hundred times the time.
  assert.ok(long < short * 40, `${short} ms became ${long} ms`)
})
