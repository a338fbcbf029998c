// Whichever process of the daemon is killed, nothing moves and no request is lost; a line of daemons that dies again and again
// is ended with the address away first and a goodbye then. Never two owners.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Ping, startEcho, startPing } from '../../tools/bench/probe.ts'
import { sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

/** Watches the kernel's addresses while `body` runs; gives the largest number of owners seen at one time. */
async function ownersMostAtOnce(segment: Segment, body: () => Promise<void>): Promise<number> {
  let most = 0
  let watching = true
  const watch = (async () => {
    while (watching) {
      const now = (await segment.owners(vip)).length
      // The nodes are asked one after the other, and the address may move in between: two owners are still two a moment later.
      most = Math.max(most, now > 1 ? Math.min(now, (await segment.owners(vip)).length) : now)
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

const pidIn = (node: Node, name: string): number => Number(readFileSync(join(node.folder, name), 'utf8').trim())

type Stage = { readonly segment: Segment; readonly first: Node; readonly second: Node; readonly daemon: Daemon; readonly ping: Ping }

/** The tutorial's pair with the first node as owner, and a client that asks the address each millisecond. */
async function onStage(extra: readonly string[], body: (stage: Stage) => Promise<void>): Promise<void> {
  const segment = await createSegment(3)
  try {
    const [first, second, client] = segment.nodes as [Node, Node, Node]
    const [one, two] = tutorialPair()
    for (const node of [first, second]) segment.adopt(startEcho(node))
    const daemon = await segment.startHavipd(first, one, extra)
    await segment.startHavipd(second, two)
    await segment.waitForOwner(first, vip)
    await sleep(1500)
    const ping = startPing(client, vip)
    await until('the first node answers', () => (ping.lastBy() === first.name ? true : undefined))
    await body({ segment, first, second, daemon, ping })
  } finally {
    await segment.destroy()
  }
}

for (const victim of ['the daemon', 'its guard'] as const) {
  test(`${victim} killed with SIGKILL: nothing moves, no request is lost, and another stands ready`, { skip: needsRoot }, async () => {
    await onStage([], async ({ segment, first, second, daemon, ping }) => {
      const [guard, speaker] = [pidIn(first, 'keepalived.pid'), daemon.vrrpPid()]
      const most = await ownersMostAtOnce(segment, async () => {
        process.kill(victim === 'the daemon' ? speaker : guard, 'SIGKILL')
        // Longer than any timer of the pair.
        await sleep(5000)
      })
      assert.equal(most, 1)
      assert.deepEqual(await segment.owners(vip), [first])
      const { lost, asked } = await ping.stop()
      assert.equal(lost, 0, `${lost} of ${asked} requests`)
      assert.equal((await segment.status(second)).instances[0]?.transitions.length, 1, 'the peer has moved')
      const survivor = victim === 'the daemon' ? guard : speaker
      assert.equal(pidIn(first, 'keepalived.pid'), survivor)
      assert.equal(pidIn(first, 'vrrp.pid'), survivor)
      assert.equal((await segment.status(first)).instances[0]?.state, 'master')
      // The survivor dies too: the spare that it has started is the daemon then.
      process.kill(survivor, 'SIGKILL')
      const heir = await until('the spare is the daemon', () => (daemon.vrrpPid() === survivor ? undefined : daemon.vrrpPid()))
      assert.equal(pidIn(first, 'keepalived.pid'), heir)
      await sleep(4500)
      assert.deepEqual(await segment.owners(vip), [first])
      // And it still does what it is told.
      process.kill(heir, 'SIGTERM')
      await segment.waitForOwner(second, vip)
    })
  })
}

test('three deaths within ten seconds: the addresses go, then the goodbye; after a rest it starts anew', { skip: needsRoot }, async () => {
  await onStage([], async ({ segment, first, second, daemon }) => {
    const most = await ownersMostAtOnce(segment, async () => {
      for (let death = 0; death < 3; death++) {
        process.kill(daemon.vrrpPid(), 'SIGKILL')
        await sleep(1200)
      }
      await segment.waitForOwner(second, vip)
    })
    assert.equal(most, 1, daemon.log())
    const reason = (await segment.status(second)).instances[0]?.transitions[0]
    assert.equal(reason?.reason.kind, 'master-resigned', reason?.sentence ?? 'no transition')
    assert.match(daemon.log(), /3 deaths within 10 s: resigning/)
    await segment.waitForOwner(first, vip, 25_000)
    const status = await segment.status(first)
    assert.deepEqual(status.daemon.guard?.addressesRemoved, [vip])
    process.kill(pidIn(first, 'keepalived.pid'), 'SIGTERM')
    await segment.waitForOwner(second, vip)
  })
})

test('with --dont-respawn the guard of a killed daemon removes the address and resigns', { skip: needsRoot }, async () => {
  await onStage(['--dont-respawn'], async ({ segment, second, daemon }) => {
    const most = await ownersMostAtOnce(segment, async () => {
      process.kill(daemon.vrrpPid(), 'SIGKILL')
      await segment.waitForOwner(second, vip)
      await sleep(5000)
    })
    assert.equal(most, 1)
    assert.deepEqual(await segment.owners(vip), [second])
    const reason = (await segment.status(second)).instances[0]?.transitions[0]
    assert.equal(reason?.reason.kind, 'master-resigned', reason?.sentence ?? 'no transition')
  })
})

test('with --dont-respawn the daemon of a killed guard stops in order', { skip: needsRoot }, async () => {
  await onStage(['--dont-respawn'], async ({ segment, first, second }) => {
    process.kill(pidIn(first, 'keepalived.pid'), 'SIGKILL')
    await segment.waitForOwner(second, vip, 5000)
  })
})
