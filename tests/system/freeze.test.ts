// A process that is stopped for five seconds and goes on: what it missed is no evidence against the peer, and one owner is left.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

const frozenMs = 5000

type Peer = 'havipd' | 'keepalived'
type Stage = { readonly segment: Segment; readonly first: Node; readonly second: Node; readonly frozen: Daemon }

/** The first node is owner; `frozen` is our daemon there, or on the other node. */
async function onStage(where: 'master' | 'backup', peer: Peer, body: (stage: Stage) => Promise<void>): Promise<void> {
  const segment = await createSegment()
  try {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    const start = (node: Node, text: string, kind: Peer): Promise<Daemon> =>
      kind === 'havipd' ? segment.startHavipd(node, text) : segment.startKeepalived(node, text)
    const daemons = [
      await start(first, one, where === 'master' ? 'havipd' : peer),
      await start(second, two, where === 'backup' ? 'havipd' : peer),
    ] as const
    await segment.waitForOwner(first, vip)
    await sleep(1500)
    await body({ segment, first, second, frozen: where === 'master' ? daemons[0] : daemons[1] })
  } finally {
    await segment.destroy()
  }
}

async function freeze(daemon: Daemon): Promise<void> {
  const pid = daemon.vrrpPid()
  process.kill(pid, 'SIGSTOP')
  try {
    await sleep(frozenMs)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

for (const peer of ['havipd', 'keepalived'] as const) {
  test(`a frozen backup does not take the address when it wakes: ${peer} is master`, { skip: needsRoot }, () =>
    onStage('backup', peer, async ({ segment, first, second, frozen }) => {
      await freeze(frozen)
      // Longer than any of its timers.
      for (let look = 0; look < 40; look++) {
        assert(!(await second.holds(vip)), frozen.log())
        await sleep(100)
      }
      assert.deepEqual(await segment.owners(vip), [first])
      const instance = (await segment.status(second)).instances[0]
      assert.equal(instance?.transitions.length, 1, 'the frozen backup has moved')
      assert(instance.counters.stalls > 0)
    }),
  )

  test(`a frozen master lets go when it wakes, and one owner is left: ${peer} is backup`, { skip: needsRoot }, () =>
    onStage('master', peer, async ({ segment, first, second, frozen }) => {
      const whileFrozen = freeze(frozen)
      await until('the other has taken over', async () => ((await second.holds(vip)) ? true : undefined), 10_000)
      await whileFrozen
      const stalled = await until('the stall is seen', async () => {
        const { transitions } = (await segment.status(first)).instances[0] ?? { transitions: [] }
        return transitions.find(({ from, to }) => from === 'master' && to === 'backup')
      })
      // It knows by itself, or hears of it first from the lower master; what it must not do is to go on as if nothing had been.
      assert.equal(stalled.reason.kind, 'own-stall', stalled.sentence)
      // It has the higher priority and preempts.
      await segment.waitForOwner(first, vip)
      await sleep(2000)
      assert.deepEqual(await segment.owners(vip), [first])
    }),
  )
}
