// The pages that are made from tables are those of today's tables.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { apiPages } from './api-pages.ts'
import { vscodeFiles } from './editor-files.ts'
import { referencePages } from './reference-pages.ts'

const root = join(import.meta.dirname, '..')
const hint = 'stale; run node tools/reference.ts'

for (const [name, text] of referencePages()) {
  test(`docs/reference/${name} is fresh`, () => assert.ok(readFileSync(join(root, 'docs/reference', name), 'utf8') === text, hint))
}
for (const [name, text] of apiPages()) {
  test(`docs/api/${name} is fresh`, () => assert.ok(readFileSync(join(root, 'docs/api', name), 'utf8') === text, hint))
}
for (const [name, text] of vscodeFiles()) {
  test(`editors/vscode/${name} is fresh`, () => assert.ok(readFileSync(join(root, 'editors/vscode', name), 'utf8') === text, hint))
}

test('links between the pages lead somewhere', () => {
  const pages = referencePages()
  for (const [name, text] of pages) {
    for (const [, target] of text.matchAll(/\]\(([\w-]+\.md)\)/g)) assert.ok(pages.has(target as string), `${name}: ${target}`)
  }
})

test('the grammar’s expressions are expressions', () => {
  const grammar = vscodeFiles().get('syntaxes/keepalived.tmLanguage.json') ?? ''
  const expressions = [...grammar.matchAll(/"match": ("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text as string) as string)
  assert.ok(expressions.length > 8)
  for (const expression of expressions) assert.doesNotThrow(() => new RegExp(expression))
  const values = expressions.find((one) => one.includes('virtual_router_id')) ?? ''
  assert.equal(new RegExp(values).exec('    virtual_router_id 51')?.[1], 'virtual_router_id')
})
