import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openFifo } from './fifo.ts'
import { createProcesses } from './processes.ts'
import { eventually, pause } from './test-network.ts'
import { createTrackedFiles } from './tracked-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'havip-files-'))
after(() => rmSync(folder, { recursive: true }))

test('a FIFO is made, written to without a reader, and removed if it is ours', () => {
  const path = join(folder, 'one.fifo')
  const opened = openFifo({ path, owner: undefined })
  assert.ok(opened.ok)
  assert.equal(opened.value.isOurs, true)
  assert.ok(statSync(path).isFIFO())
  const reader = openSync(path, 0o4000)
  opened.value.write('INSTANCE "VI_1" MASTER 100\n')
  const buffer = Buffer.alloc(100)
  assert.equal(buffer.toString('utf8', 0, readSync(reader, buffer)), 'INSTANCE "VI_1" MASTER 100\n')
  closeSync(reader)
  // A pipe holds 64 KiB: what does not fit is lost, and nothing waits.
  for (let i = 0; i < 3000; i++) opened.value.write('INSTANCE "VI_1" BACKUP_PRIORITY 100\n')
  opened.value.close(true)
  assert.equal(existsSync(path), false)
})

test('a FIFO that is there is used and left, anything else is refused', () => {
  const path = join(folder, 'two.fifo')
  execFileSync('mkfifo', [path])
  const opened = openFifo({ path, owner: undefined })
  assert.ok(opened.ok)
  assert.equal(opened.value.isOurs, false)
  opened.value.close(true)
  assert.equal(existsSync(path), true)
  const plain = join(folder, 'plain')
  writeFileSync(plain, 'precious')
  const refused = openFifo({ path: plain, owner: undefined })
  assert.equal(!refused.ok && refused.fault.detail, `${plain} is there and is no FIFO`)
  assert.equal(statSync(plain).size, 8)
})

test('a tracked file is told of when it is written, replaced, removed and made again, and of nothing else', async () => {
  const files = createTrackedFiles()
  const path = join(folder, 'level')
  let told = 0
  const watch = files.watch(path, () => told++)
  assert.ok(watch.ok)
  const change = async (what: string, act: () => void): Promise<void> => {
    const before = told
    act()
    await eventually(what, () => told > before)
  }
  try {
    assert.equal(files.read(path), undefined)
    await change('made', () => void files.write(path, '12\n'))
    assert.equal(files.read(path), '12\n')
    await change('replaced', () => {
      writeFileSync(join(folder, 'fresh'), '13\n')
      renameSync(join(folder, 'fresh'), path)
    })
    assert.equal(files.read(path), '13\n')
    await change('removed', () => rmSync(path))
    const before = told
    writeFileSync(join(folder, 'other'), '1')
    await pause(50)
    assert.equal(told, before)
    watch.value.close()
    writeFileSync(path, '1')
    await pause(50)
    assert.equal(told, before)
    const nowhere = files.watch('/nonexistent/file', () => {})
    assert.equal(!nowhere.ok && nowhere.fault.errno, 'ENOENT')
  } finally {
    files.close()
  }
})

test('the list of processes has this one, by the name and words that the kernel knows', () => {
  const processes = createProcesses()
  const me = processes.list().find(({ pid }) => pid === process.pid)
  assert.equal(me?.argv[0], process.argv0)
  assert.ok(me && me.name.length > 0 && me.name.length <= 15)
  processes.close()
})
