import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { makeFolder } from '../../test/webhook-world.ts'
import { emptyMemory, Journal } from './journal.ts'

const opened = async (path: string): Promise<Journal> => (await Journal.open(path)) ?? assert.fail('somebody has it')

test('what was written last is read, however many writes come at once', async () => {
  const folder = makeFolder()
  try {
    const journal = await opened(folder.stateFile)
    assert.deepEqual(await journal.read(), emptyMemory)
    const writes = Array.from({ length: 50 }, (_, delivered) => journal.write({ ...emptyMemory, delivered }))
    await writes[10]
    assert.ok((await journal.read()).delivered >= 10)
    await Promise.all(writes)
    assert.equal((await journal.read()).delivered, 49)
    assert.equal(await Journal.open(folder.stateFile), undefined, 'it is locked')
    await journal.close()
    const next = await opened(folder.stateFile)
    assert.equal((await next.read()).delivered, 49)
    await next.close()
  } finally {
    folder.remove()
  }
})

test('a write that fails is told to everybody who waits for it, and the next one may go well', async () => {
  const folder = makeFolder()
  try {
    const journal = await opened(folder.stateFile)
    // A directory cannot be replaced by a file.
    mkdirSync(folder.stateFile)
    const both = await Promise.allSettled([journal.write(emptyMemory), journal.write(emptyMemory)])
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    await journal.close()
  } finally {
    folder.remove()
  }
})

test('somebody else`s link in its place is replaced, not followed', async () => {
  const folder = makeFolder()
  try {
    const victim = join(folder.path, 'victim')
    writeFileSync(victim, 'precious')
    mkdirSync(dirname(folder.stateFile))
    symlinkSync(victim, `${folder.stateFile}.new`)
    const journal = await opened(folder.stateFile)
    await journal.write(emptyMemory)
    await journal.close()
    assert.equal(readFileSync(victim, 'utf8'), 'precious')
  } finally {
    folder.remove()
  }
})
