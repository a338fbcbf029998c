// No code without a paragraph, no paragraph without a code.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalogue, describeDiagnostic } from './index.ts'

const source = join(import.meta.dirname, '..')

/** Codes that sources put together, and from what. */
const families: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^file-\$/, ['not-found', 'not-readable', 'not-a-file', 'executable', 'too-large'].map((kind) => `file-${kind}`)],
  [/^tracked-\$/, ['script', 'file', 'process', 'bfd'].map((kind) => `tracked-${kind}-not-found`)],
  [/^\$\{code\}-enforced$/, []],
]

function codesOfSources(): Set<string> {
  const codes = new Set<string>(['too-many-problems', 'include-not-found', 'include-no-match', 'include-not-readable', 'bad-port'])
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.startsWith('catalogue')) continue
    const text = readFileSync(join(source, name), 'utf8')
    for (const [, found] of text.matchAll(/(?:\.(?:error|warning|note|security|refused|aborted)|\bunusable)\(\s*['`]([^'`]+)['`]/g)) {
      const family = families.find(([pattern]) => pattern.test(found as string))
      for (const code of family ? family[1] : [found as string]) codes.add(code)
    }
    for (const [, found] of text.matchAll(/['"](set-[a-z0-9-]+)['"]/g)) codes.add(found as string)
  }
  return codes
}

const known = catalogue.flatMap(({ entries }) => Object.keys(entries))

test('every code that the sources report has a paragraph', () => {
  const codes = codesOfSources()
  assert.ok(codes.size > 150, `${codes.size} codes found`)
  assert.deepEqual([...codes].filter((code) => !known.includes(code)).sort(), [])
})

test('every paragraph is of a code that the sources report', () => {
  const codes = codesOfSources()
  assert.deepEqual(known.filter((code) => !codes.has(code)).sort(), [])
})

test('no code is described twice', () => {
  assert.deepEqual(
    known.filter((code, index) => known.indexOf(code) !== index),
    [],
  )
})

test('what is said are sentences', () => {
  for (const { entries } of catalogue) {
    for (const [code, { meaning, keepalived, mend }] of Object.entries(entries)) {
      assert.match(meaning, /^.{10,}[.]$/, code)
      assert.match(keepalived, /^$|[.]$/, code)
      assert.match(mend, /[.]$/, code)
    }
  }
})

test('an include that must succeed is described by the plain one', () =>
  assert.match(describeDiagnostic('include-no-match-enforced').meaning, /^No file matches/))
