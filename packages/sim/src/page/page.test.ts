import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatReport } from '../format-report.ts'
import { simulate } from '../simulate.ts'
import { pair } from '../testing/pair.ts'
import { reportPage } from './page.ts'

const report = simulate(pair(['power-loss a for 5s @10s', 'cut a-b for 8s @20s'], { seconds: 40 }), { title: 'A <b> & "c"' })

test('the page asks nobody for anything: no address, no import, and a policy that forbids them', () => {
  const page = reportPage(report)
  assert.doesNotMatch(page, /https?:|src=|@import|<link|url\((?!#)/)
  assert.match(page, /default-src 'none'/)
})

test('names and reasons are text, never markup', () => {
  const page = reportPage(report, [{ text: '<script>alert(1)</script>', passed: false, detail: '"><img>' }])
  assert.doesNotMatch(page, /<script>alert|<img|<b> &/)
  assert.match(page, /A &lt;b&gt; &amp; &quot;c&quot;/)
})

test('the page shows every node, address, outage and split brain of the report', () => {
  const page = reportPage(report)
  for (const text of [
    'data-tip="a VI_1: master"',
    'data-tip="b has 10.0.0.100"',
    'data-tip="Split brain: a + b have',
    'Outage of 10.0.0.100',
    'data-tip="1. power-loss a"',
  ]) {
    assert(page.includes(text), text)
  }
})

test('the text report names owners, outages with their cause, and totals', () => {
  const text = formatReport(report)
  assert.match(text, /Outage of 10\.0\.0\.100 for client: 2\.\d+ s, from 10\.000 s; a → b\n {2}after: power-loss a/)
  assert.match(text, /Split brain over 10\.0\.0\.100: a and b for/)
  assert.match(text, /\n9 transitions, 9 notify calls/)
})
