import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createSysctls, restoreSettings } from './sysctls.ts'
import { createTestNetwork, skipWithoutNamespaces } from './test-network.ts'

const path = 'ipv4/conf/lo/promote_secondaries'
const inside = (body: () => void): void => {
  const network = createTestNetwork()
  try {
    network.left.within(body)
  } finally {
    network.close()
  }
}
const now = (): string => readFileSync(`/proc/sys/net/${path}`, 'latin1').trim()

test('settings are borrowed, left to the next process, and given back by the last one', { skip: skipWithoutNamespaces }, () =>
  inside(() => {
    const before = now()
    const ours = before === '1' ? '0' : '1'
    const first = createSysctls()
    assert.equal(first.borrow('ipv4/conf/lo/no_such_setting', '1'), false)
    assert.equal(first.borrow(path, ours), true)
    assert.equal(first.borrow(path, ours), true)
    first.giveBack(path)
    assert.equal(now(), ours)
    const left = first.borrowed
    assert.deepEqual(left, [{ path, old: before, ours }])
    first.leave()
    first.giveBackAll()
    assert.equal(now(), ours)

    const second = createSysctls()
    second.inherit(left)
    assert.equal(second.original(path), before)
    assert.equal(second.borrow(path, ours), true)
    second.giveBackUnclaimed()
    assert.equal(now(), ours)
    assert.deepEqual(second.borrowed, left)
    second.giveBackAll()
    assert.equal(now(), before)
  }),
)

test(
  'what the next process has no use for goes back at once, and what another program changed is left alone',
  { skip: skipWithoutNamespaces },
  () =>
    inside(() => {
      const before = now()
      const ours = before === '1' ? '0' : '1'
      const first = createSysctls()
      first.borrow(path, ours)
      const second = createSysctls()
      second.inherit(first.borrowed)
      second.giveBackUnclaimed()
      assert.equal(now(), before)
      restoreSettings([{ path, old: ours, ours: ours }])
      assert.equal(now(), before)
    }),
)
