// A process that writes is killed at any moment: all it was told to be written is there.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openSqliteStore } from './open.ts'

/** Writes rows for ever, four at a time; prints the number of each when it is acknowledged. */
const writer = `
import { ok } from '@havip/base'
import { testHavip } from '@havip/vpc-service/testing'
import { openSqliteStore } from ${JSON.stringify(new URL('./open.ts', import.meta.url).href)}
const store = await openSqliteStore(process.argv[1])
const start = Number(process.argv[2])
const { writeSync } = await import('node:fs')
const lane = async (number) => {
  for (;; number += 4) {
    await store.write(async (tx) => {
      await tx.insert('havip', testHavip(number, { tags: { a: 'b' } }))
      return ok(await tx.takeAddress('s', testHavip(number).address, 'x'))
    })
    writeSync(1, number + '\\n')
  }
}
for (let i = 0; i < 4; i++) lane(start + i)
`

function writeUntilKilled(path: string, start: number, afterMs: number): Promise<number[]> {
  return new Promise((resolve) => {
    const arguments_ = ['--input-type=module', '-e', writer, path, String(start)]
    const child = spawn(process.execPath, arguments_, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs)
      output += String(chunk)
    })
    child.once('close', () => resolve(output.split('\n').slice(0, -1).map(Number)))
  })
}

test('no acknowledged write is lost when the process is killed, and no half of one stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'havip-kill-'))
  try {
    const path = join(folder, 'havip.db')
    const acknowledged: number[] = []
    for (let round = 0; round < 5; round++) acknowledged.push(...(await writeUntilKilled(path, round * 10_000 + 1, 7 + 31 * round)))
    assert.ok(acknowledged.length > 20, String(acknowledged.length))
    const store = await openSqliteStore(path)
    const rows = await store.read((tx) => tx.find('havip', {}))
    const names = new Set(rows.map(({ row }) => row.name))
    assert.deepEqual(
      acknowledged.filter((number) => !names.has(`n${number}`)),
      [],
    )
    assert.equal((await store.read((tx) => tx.find('havip', { tags: { a: 'b' } }))).length, rows.length)
    await store.close()
    const database = new DatabaseSync(path)
    assert.equal(database.prepare('pragma integrity_check').get()?.integrity_check, 'ok')
    assert.equal(database.prepare('select count(*) as n from address').get()?.n, rows.length)
    database.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
