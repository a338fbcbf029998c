import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHeldLog } from './held-log.ts'

const written = () => {
  const lines: string[] = []
  return { lines, log: createHeldLog((level, line) => lines.push(`${level} ${line}`)) }
}

test('lines wait for the release and keep their order; without a hold they leave at once', () => {
  const { lines, log } = written()
  log.write(6, 'before')
  log.hold()
  log.write(5, 'one')
  log.write(6, 'two')
  assert.deepEqual(lines, ['6 before'])
  log.release()
  log.write(6, 'after')
  assert.deepEqual(lines, ['6 before', '5 one', '6 two', '6 after'])
})

test('more lines than may wait push out all before them, and none is lost', () => {
  const { lines, log } = written()
  log.hold()
  for (let i = 0; i < 10_000; i++) log.write(7, String(i))
  assert.equal(lines.length, 8192)
  log.release()
  assert.deepEqual(
    lines,
    Array.from({ length: 10_000 }, (_, i) => `7 ${i}`),
  )
})
