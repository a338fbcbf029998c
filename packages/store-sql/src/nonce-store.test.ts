// Nonces that are kept: each counts once, whoever asks and however often the process dies.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { openPostgresNonces, openSqliteNonces } from './nonce-store.ts'
import { startPostgres } from './testing-postgres.ts'

const server = await startPostgres()
const skip = typeof server === 'string' ? server : false
if (skip) console.error(`SKIPPED: nonces on PostgreSQL were not tested: ${skip}`)
const url = typeof server === 'string' ? '' : server.url
after(async () => {
  if (typeof server !== 'string') await server.stop()
})

function file(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'havip-nonces-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'nonces.sqlite')
}

test('a nonce counts once for each key, also after the file was opened again', async (context) => {
  const path = file(context)
  const first = openSqliteNonces(path)
  assert.equal(await first.remember('k', 'n', 1_000, 900_000), 'fresh')
  assert.equal(await first.remember('k', 'n', 1_000, 900_000), 'used')
  assert.equal(await first.remember('other', 'n', 1_000, 900_000), 'fresh')
  await first.close()
  const second = openSqliteNonces(path)
  assert.equal(await second.remember('k', 'n', 2_000, 900_000), 'used')
  await second.close()
})
test('what has expired makes room; without room a nonce is not taken', async (context) => {
  const nonces = openSqliteNonces(file(context), 2)
  context.after(() => nonces.close())
  assert.equal(await nonces.remember('k', '1', 0, 10), 'fresh')
  assert.equal(await nonces.remember('k', '2', 0, 20), 'fresh')
  assert.equal(await nonces.remember('k', '3', 5, 30), 'full')
  assert.equal(await nonces.remember('k', '3', 15, 30), 'fresh')
  await nonces.expire(100)
  assert.equal(await nonces.remember('k', '2', 100, 200), 'fresh')
})
test('a replay is refused by another controller on the same database', { skip }, async () => {
  const [one, two] = await Promise.all([openPostgresNonces(url), openPostgresNonces(url)])
  assert.equal(await one.remember('k', 'n', 1_000, 900_000), 'fresh')
  assert.equal(await two.remember('k', 'n', 1_000, 900_000), 'used')
  const race = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).remember('k', 'race', 1_000, 900_000)))
  assert.equal(race.filter((outcome) => outcome === 'fresh').length, 1)
  await one.expire(900_001)
  assert.equal(await two.remember('k', 'n', 1_000_000, 1_900_000), 'fresh')
  await Promise.all([one.close(), two.close()])
})
