// Whichever process of the daemon is killed, there are never two owners, and the peer takes over at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

/** Watches the kernel's addresses while `body` runs; gives the largest number of owners seen at one time. */
async function ownersMostAtOnce(segment: Segment, body: () => Promise<void>): Promise<number> {
  let most = 0
  let watching = true
  const watch = (async () => {
    while (watching) {
      most = Math.max(most, (await segment.owners(vip)).length)
      await sleep(5)
    }
  })()
  try {
    await body()
  } finally {
    watching = false
    await watch
  }
  return most
}

for (const victim of ['the daemon', 'its guard'] as const) {
  test(`${victim} killed with SIGKILL: the peer owns the address, never both`, { skip: needsRoot }, async () => {
    const segment = await createSegment()
    try {
      const [first, second] = segment.nodes
      const [one, two] = tutorialPair()
      const daemon = await segment.startHavipd(first, one, ['--dont-respawn'])
      await segment.startHavipd(second, two)
      await segment.waitForOwner(first, vip)
      const most = await ownersMostAtOnce(segment, async () => {
        process.kill(victim === 'the daemon' ? daemon.vrrpPid() : daemon.service.pid, 'SIGKILL')
        await segment.waitForOwner(second, vip)
        // Longer than any timer of the pair.
        await sleep(5000)
      })
      assert.equal(most, 1)
      assert.deepEqual(await segment.owners(vip), [second])
      const reason = (await segment.status(second)).instances[0]?.transitions[0]
      assert.equal(reason?.reason.kind, 'master-resigned', reason?.sentence ?? 'no transition')
    } finally {
      await segment.destroy()
    }
  })
}

test('the guard starts the daemon again, which says what happened and takes the address back', { skip: needsRoot }, async () => {
  const segment = await createSegment()
  try {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    const daemon = await segment.startHavipd(first, one)
    await segment.startHavipd(second, two)
    await segment.waitForOwner(first, vip)
    const before = daemon.vrrpPid()
    process.kill(before, 'SIGKILL')
    await segment.waitForOwner(second, vip)
    await segment.waitForOwner(first, vip)
    const status = await until('the new daemon answers', () => segment.status(first).catch(() => undefined))
    assert.notEqual(status.daemon.pid, before)
    assert.equal(status.daemon.guard?.reason, 'daemon-died')
    assert.deepEqual(status.daemon.guard?.addressesRemoved, [vip])
  } finally {
    await segment.destroy()
  }
})
