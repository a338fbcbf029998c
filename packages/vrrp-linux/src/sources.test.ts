import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { diskSources } from './sources.ts'

let directory: string
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'havip-sources-'))
  mkdirSync(join(directory, 'conf.d'))
  for (const name of ['b.conf', 'a.conf', 'a1.conf', '.hidden.conf', 'notes.txt']) writeFileSync(join(directory, 'conf.d', name), name)
})
after(() => rmSync(directory, { recursive: true }))

test('a file is read, and bytes that are no UTF-8 come as U+FFFD', () => {
  const path = join(directory, 'latin1.conf')
  writeFileSync(path, Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff))
  assert.deepEqual(diskSources.read(path), { ok: true, value: '\ufeffa\ufffd' })
})

test('what is missing, a directory, a FIFO or executable is said to be so', () => {
  const executable = join(directory, 'x.conf')
  writeFileSync(executable, '')
  chmodSync(executable, 0o654)
  const fifo = join(directory, 'fifo')
  execFileSync('mkfifo', [fifo])
  const kinds = [join(directory, 'no'), join(directory, 'x.conf', 'no'), directory, fifo, executable].map((path) => {
    const read = diskSources.read(path)
    return read.ok ? 'ok' : read.fault.kind
  })
  assert.deepEqual(kinds, ['not-found', 'not-found', 'not-a-file', 'not-a-file', 'executable'])
})

test('patterns match names of one directory level, sorted, without hidden ones', () => {
  const names = (pattern: string): string[] => diskSources.glob(join(directory, pattern)).map((path) => path.slice(directory.length + 1))
  assert.deepEqual(names('conf.d/*.conf'), ['conf.d/a.conf', 'conf.d/a1.conf', 'conf.d/b.conf'])
  assert.deepEqual(names('conf.d/?.conf'), ['conf.d/a.conf', 'conf.d/b.conf'])
  assert.deepEqual(names('*/[!a].conf'), ['conf.d/b.conf'])
  assert.deepEqual(names('conf.d/[a-b].conf'), ['conf.d/a.conf', 'conf.d/b.conf'])
  assert.deepEqual(names('conf.d/.*.conf'), ['conf.d/.hidden.conf'])
  assert.deepEqual(names('conf.d/a.conf'), ['conf.d/a.conf'])
  assert.deepEqual(names('conf.d/a\\*.conf'), [])
  assert.deepEqual(names('none/*.conf'), [])
  assert.deepEqual(names('conf.d/[z-a].conf'), [])
})
