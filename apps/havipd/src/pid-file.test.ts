import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writePidFile } from './pid-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'havipd-pid-'))
after(() => rmSync(directory, { recursive: true }))
const path = join(directory, 'a.pid')

test('a pid file holds the number and a newline, and everybody may read it', () => {
  const file = writePidFile(path, 4_000_000)
  assert.equal(readFileSync(path, 'utf8'), '4000000\n')
  assert.equal(statSync(path).mode & 0o777, 0o644)
  assert.ok('remove' in file)
  file.remove()
  assert.throws(() => statSync(path))
})

test('a dead daemon`s number, or rubbish, does not stand in the way', () => {
  for (const text of ['4111222\n', 'rubbish', '']) {
    writeFileSync(path, text)
    assert.ok('remove' in writePidFile(path, process.pid))
  }
})

test('the number of a process that is no such daemon does not count', () => {
  writeFileSync(path, '1\n')
  assert.ok('remove' in writePidFile(path, process.pid))
})

test('a file that a successor has written is left alone', () => {
  const file = writePidFile(path, 4_000_001)
  writeFileSync(path, '4000002\n')
  if ('remove' in file) file.remove()
  assert.equal(readFileSync(path, 'utf8'), '4000002\n')
})
