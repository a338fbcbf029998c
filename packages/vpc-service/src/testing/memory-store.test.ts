import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ok } from '@havip/base'
import { memoryStore } from './memory-store.ts'
import { storeCases, testHavip } from './store-cases.ts'

describe('the store in memory keeps the promises of the port', () => {
  for (const { name, run } of storeCases) test(name, () => run(memoryStore()))
})

test('a commit that fails leaves no trace', async () => {
  const store = memoryStore()
  store.failNextCommit()
  await assert.rejects(
    store.write(async (tx) => ok(await tx.insert('havip', testHavip(1)))),
    { name: 'StoreError' },
  )
  assert.equal(await store.read((tx) => tx.count('havip', {})), 0)
})
