// The forms in which a problem is shown, and the exit statuses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consequence, Diagnostic } from './diagnostic.ts'
import { configTestStatus, mayStart } from './exit-status.ts'
import { diagnosticJson, formatDiagnostic } from './format-diagnostic.ts'

const text = 'one\n\ttwo three\n'
const at = { file: '/a.conf', start: 9, end: 14 }
const problem = (consequence: Consequence, code = 'some-code'): Diagnostic => ({
  code,
  severity: 'error',
  consequence,
  message: 'it is wrong',
  at,
  related: [],
})

test('a problem is shown with its line and a caret that follows tabs', () => {
  assert.equal(formatDiagnostic(problem('corrected'), text), '/a.conf:2:6: error: it is wrong [some-code]\n  \ttwo three\n  \t    ^^^^^')
})

test('colours are for terminals only', () => {
  assert.ok(formatDiagnostic(problem('corrected'), text, { colour: true }).includes('\u001b[1;31merror:\u001b[0m'))
})

test('control characters of the file do not reach the terminal', () => {
  assert.ok(!formatDiagnostic({ ...problem('corrected'), at: { file: '/a', start: 0, end: 1 } }, 'a\u001b[2J').includes('\u001b'))
})

test('a problem in a file that is gone is still shown', () => {
  assert.equal(formatDiagnostic(problem('corrected'), new Map()), '/a.conf: error: it is wrong [some-code]')
})

test('the JSON form has lines and columns', () => {
  assert.deepEqual(diagnosticJson(problem('corrected'), text), {
    file: '/a.conf',
    line: 2,
    column: 6,
    endLine: 2,
    endColumn: 11,
    severity: 'error',
    consequence: 'corrected',
    code: 'some-code',
    message: 'it is wrong',
    related: [],
  })
})

test('the exit status is that of the highest rank', () => {
  const status = (...list: readonly Diagnostic[]): number => configTestStatus(list)
  assert.equal(status(), 0)
  assert.equal(status(problem('note')), 0)
  assert.equal(status(problem('corrected')), 5)
  assert.equal(status(problem('refused')), 5)
  assert.equal(status(problem('refused', 'static-without-interface')), 4)
  assert.equal(status(problem('refused', 'static-without-interface'), problem('corrected')), 5)
  assert.equal(status(problem('corrected'), problem('security')), 6)
  assert.equal(status(problem('security'), problem('aborted')), 2)
  assert.equal(status(problem('refused', 'include-not-found-enforced')), 6)
  assert.equal(status(problem('refused', 'file-not-found')), 6)
})

test('the daemon starts with what is corrected, not with what is refused', () => {
  assert.equal(mayStart([problem('corrected'), problem('security'), problem('note')]), true)
  assert.equal(mayStart([problem('refused')]), false)
  assert.equal(mayStart([problem('aborted')]), false)
})
