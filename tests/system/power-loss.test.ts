// Twenty power losses in a row: each leaves exactly one owner.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

test('after each of twenty power losses in a row exactly one node has the address', { skip: needsRoot }, async () => {
  const segment = await createSegment()
  try {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair({ version: 3, interval: '0.1' })
    await segment.startHavipd(second, two)
    for (let round = 1; round <= 20; round++) {
      const daemon = await segment.startHavipd(first, one)
      await segment.waitForOwner(first, vip)
      // Nothing of the machine lives on: the cable first, so that no goodbye gets out, then both of its processes.
      await segment.setLink(first, false)
      process.kill(daemon.vrrpPid(), 'SIGKILL')
      daemon.service.kill('SIGKILL')
      await until('the dead daemon is gone', () => (daemon.service.isRunning() ? undefined : true))
      // A machine without power has no addresses; the namespace that stands for it would keep this one.
      await must(['ip', '-n', first.namespace, 'address', 'flush', 'dev', 'eth0', 'to', `${vip}/32`])
      await segment.waitForOwner(second, vip)
      await sleep(200)
      assert.deepEqual(await segment.owners(vip), [second], `round ${round}`)
      await segment.setLink(first, true)
    }
  } finally {
    await segment.destroy()
  }
})
