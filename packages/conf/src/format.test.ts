// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language under test has the same syntax
// Formatting is stable and changes neither words nor comments nor meaning.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatConfiguration } from './format.ts'
import { parseText } from './parse.ts'

test('blocks are indented, blanks evened out and comments kept', () => {
  const text = '! head\r\nglobal_defs{\nrouter_id   x   # who\n\n\n\n  notification_email {\n a@b  \n}\n}\n\n'
  assert.equal(
    formatConfiguration(text),
    '! head\nglobal_defs{\n    router_id x # who\n\n    notification_email {\n        a@b\n    }\n}\n',
  )
})

test('quoted text, script lines and definitions keep their blanks', () => {
  const text = '$A=x   y\nvrrp_instance V {\n    notify "/a  b"\n    notify_stop \'/a  b\'\n    description   ${A}   "c  d"\n}\n'
  assert.equal(
    formatConfiguration(text),
    '$A=x   y\nvrrp_instance V {\n    notify "/a  b"\n    notify_stop \'/a  b\'\n    description ${A} "c  d"\n}\n',
  )
})

const piece = fc.oneof(
  fc.constantFrom(
    'vrrp_instance V {',
    '}',
    '{',
    'priority  5',
    '# c',
    'a"b  c"',
    "'x  y'",
    '$A=1  2\\',
    '~LST({a},{1}) x',
    '@n  y',
    '"',
    '\t',
    '${A}',
    'virtual_ipaddress {',
    '10.0.0.1',
    '\r',
    '\u00a0',
    '\\#',
    'notify  "/a  b"  c',
  ),
  fc.string({ maxLength: 8 }),
)
const anyText = fc
  .array(fc.tuple(piece, fc.constantFrom(' ', '\n', '\n\n\n', '  ')), { maxLength: 40 })
  .map((pairs) => pairs.flat().join(''))

test('formatting twice is formatting once', () => {
  fc.assert(
    fc.property(anyText, (text) => assert.equal(formatConfiguration(formatConfiguration(text)), formatConfiguration(text))),
    { numRuns: 1000 },
  )
})

/** Without places, which move. */
const meaningOf = (text: string): unknown => {
  const { configuration, diagnostics } = parseText(text)
  const model = JSON.parse(JSON.stringify(configuration, (key, value) => (key === 'at' ? undefined : value)))
  return { model, codes: diagnostics.map(({ code }) => code).filter((code) => code !== 'byte-order-mark') }
}

test('formatting leaves the model and the problems as they are', () => {
  fc.assert(
    fc.property(anyText, (text) => assert.deepEqual(meaningOf(formatConfiguration(text)), meaningOf(text))),
    { numRuns: 1000 },
  )
})
