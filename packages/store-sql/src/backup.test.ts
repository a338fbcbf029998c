// A store is backed up and restored on either database and across them; what is damaged, cut or too new is refused whole.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { type Ipv4, ok, wallTime } from '@havip/base'
import type { AccountId } from '@havip/vpc'
import type { Store } from '@havip/vpc-service'
import { testHavip } from '@havip/vpc-service/testing'
import { sql } from 'kysely'
import { type BackupPlace, backUp, restore } from './backup.ts'
import { openPostgresStore, openSqliteStore, postgresDatabase } from './open.ts'
import { startPostgres } from './testing-postgres.ts'

const account = 'a-1' as AccountId
const record = {
  at: wallTime(1),
  account,
  who: 'w',
  from: '',
  requestId: 'r',
  action: 'A',
  resources: '',
  outcome: 'OK',
  message: '',
  input: '{}',
}

/** More rows than one batch holds, tags, addresses, a token, the audit. */
async function furnish(store: Store): Promise<void> {
  await store.write(async (tx) => {
    for (let number = 1; number <= 700; number++) {
      const havip = testHavip(number, { tags: { number: String(number), text: 'ü"\n' } })
      await tx.insert('havip', havip)
      await tx.takeAddress('vsw-1', havip.address, havip.id)
    }
    await tx.saveToken(account, 'CreateHaVip', 'token', { input: '{}', output: '{}', at: wallTime(1) })
    await tx.appendAudit(record)
    return ok(undefined)
  })
}

const stateOf = (store: Store) =>
  store.read(async (tx) => ({
    havips: await tx.find('havip', {}),
    tagged: (await tx.find('havip', { tags: { number: '77' } })).map(({ row }) => row.id),
    addresses: [...(await tx.countAddresses(['vsw-1']))],
    audit: await tx.audit(undefined, 0, 10),
  }))

async function linesOf(place: BackupPlace): Promise<string[]> {
  const lines: string[] = []
  await backUp(place, async (line) => void lines.push(line), new Date(0))
  return lines
}
async function* asLines(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield line.trimEnd()
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'havip-backup-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
async function furnishedSqlite(folder: string): Promise<BackupPlace & { kind: 'sqlite' }> {
  const path = join(folder, 'one.sqlite')
  const store = await openSqliteStore(path)
  await furnish(store)
  await store.close()
  return { kind: 'sqlite', path }
}

test('what is restored is what was backed up, and goes on from there', () =>
  withFolder(async (folder) => {
    const place = await furnishedSqlite(folder)
    const lines = await linesOf(place)
    const path = join(folder, 'two.sqlite')
    const { rows } = await restore({ kind: 'sqlite', path }, asLines(lines))
    assert.equal(rows, lines.length - 2)
    const [before, after] = [await openSqliteStore(place.path), await openSqliteStore(path)]
    assert.deepEqual(await stateOf(after), await stateOf(before))
    // Positions and addresses go on where they were.
    const havip = testHavip(701)
    await after.write(async (tx) => {
      assert.equal(await tx.takeAddress('vsw-1', '10.0.0.1' as Ipv4, 'x'), false)
      return ok(await tx.insert('havip', havip))
    })
    assert.equal((await stateOf(after)).havips.at(-1)?.row.id, havip.id)
    await before.close()
    await after.close()
    assert.deepEqual(await linesOf(place), lines)
  }))

test('a backup that is cut short, changed, or of something else leaves an empty store and says why', () =>
  withFolder(async (folder) => {
    const lines = await linesOf(await furnishedSqlite(folder))
    const cases: readonly (readonly [what: string, lines: readonly string[], why: RegExp])[] = [
      ['cut short', lines.slice(0, -5), /cut short/],
      ['without a row', lines.filter((_, index) => index !== 300), /damaged/],
      ['with another id in a row', lines.map((line, index) => (index === 300 ? line.replace('havip-0', 'havip-9') : line)), /damaged/],
      ['with a table that is none', lines.map((line, index) => (index === 300 ? '{"table":"sqlite_schema","row":{}}' : line)), /damaged/],
      ['of a newer program', lines.map((line) => line.replace('0009-system-disks', '0999-later')), /newer version/],
      ['something else', ['hello'], /no JSON/],
      ['nothing', [], /cut short/],
    ]
    for (const [what, damaged, why] of cases) {
      const path = join(folder, `${what}.sqlite`)
      await assert.rejects(restore({ kind: 'sqlite', path }, asLines(damaged)), why, what)
      const store = await openSqliteStore(path)
      assert.equal(await store.read((tx) => tx.count('havip', {})), 0, what)
      await store.close()
    }
  }))

test('a store that is there already is not written over', () =>
  withFolder(async (folder) => {
    const place = await furnishedSqlite(folder)
    await assert.rejects(restore(place, asLines(await linesOf(place))), /there is a store already/)
    await assert.rejects(linesOf({ kind: 'sqlite', path: join(folder, 'none.sqlite') }))
  }))

test('no line of the audit is changed or removed in SQLite, whoever asks', () =>
  withFolder(async (folder) => {
    const { path } = await furnishedSqlite(folder)
    const database = new DatabaseSync(path)
    assert.throws(() => database.exec("update audit set outcome = 'x'"), /append-only/)
    assert.throws(() => database.exec('delete from audit'), /append-only/)
    database.close()
  }))

const server = await startPostgres()
const skip = typeof server === 'string' ? server : false
if (skip) console.error(`SKIPPED: backup on PostgreSQL was not tested: ${skip}`)
test('from SQLite to PostgreSQL and back, everything stays what it was; there, too, the audit is append-only', { skip }, async () => {
  if (typeof server === 'string') return
  try {
    await withFolder(async (folder) => {
      const place = await furnishedSqlite(folder)
      const elsewhere: BackupPlace = { kind: 'postgresql', url: server.url }
      await restore(elsewhere, asLines(await linesOf(place)))
      const path = join(folder, 'back.sqlite')
      await restore({ kind: 'sqlite', path }, asLines(await linesOf(elsewhere)))
      const stores = [await openSqliteStore(place.path), await openPostgresStore(server.url), await openSqliteStore(path)]
      const [first, ...others] = await Promise.all(stores.map(stateOf))
      for (const other of others) assert.deepEqual(other, first)
      for (const store of stores) await store.close()
      const database = postgresDatabase(server.url)
      await assert.rejects(sql.raw("update audit set outcome = 'x'").execute(database), /append-only/)
      await assert.rejects(sql.raw('truncate audit').execute(database), /append-only/)
      await database.destroy()
    })
  } finally {
    await server.stop()
  }
})
