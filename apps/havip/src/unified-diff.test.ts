// Differences as `diff -u` shows them, checked against patch's own rules by applying them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { unifiedDiff } from './unified-diff.ts'

/** What `patch` does. */
function apply(before: string, diff: string): string {
  const lines = before.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const result: string[] = []
  let next = 0
  for (const line of diff.split('\n').slice(2)) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(line)
    if (head) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1)
      while (next < start) result.push(lines[next++] as string)
    } else if (line.startsWith('+')) result.push(line.slice(1))
    else {
      assert.equal(lines[next], line.slice(1))
      if (line.startsWith(' ')) result.push(line.slice(1))
      next++
    }
  }
  return [...result, ...lines.slice(next), ''].join('\n')
}

test('equal texts have no difference', () => assert.equal(unifiedDiff('a\n', 'a\n', 'x', 'y'), ''))
test('a changed line stands between three lines of context', () => {
  const before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n'
  const expected = '--- x\n+++ y\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8'
  assert.equal(unifiedDiff(before, before.replace('5', 'five'), 'x', 'y'), expected)
})
test('a missing line end is marked', () =>
  assert.equal(unifiedDiff('a', 'a\n', 'x', 'y'), '--- x\n+++ y\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a'))

test('the difference of any two texts turns one into the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 40 }).map((lines) => lines.map((line) => `${line}\n`).join(''))
  fc.assert(
    fc.property(text, text, (before, after) => {
      if (before !== after) assert.equal(apply(before, unifiedDiff(before, after, 'x', 'y')), after)
    }),
  )
})
