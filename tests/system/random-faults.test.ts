// Faults drawn at random, one after the other, each healed before the next: after each of them exactly one node has the address.
// HAVIP_FAULTS=200 makes it the long run, HAVIP_SEED=N another one; both are printed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { seededRandom } from '@havip/base'
import { must, run, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Daemon, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

const count = Number(process.env.HAVIP_FAULTS ?? 12)
const seed = Number(process.env.HAVIP_SEED ?? 1)

type Stage = { readonly segment: Segment; readonly node: Node; daemon(): Daemon; restart(): Promise<void> }

const faults: Readonly<Record<string, (stage: Stage, ms: number) => Promise<void>>> = {
  'daemon frozen': async ({ daemon }, ms) => {
    const pid = daemon().vrrpPid()
    process.kill(pid, 'SIGSTOP')
    await sleep(ms)
    process.kill(pid, 'SIGCONT')
  },
  'daemon killed': async ({ daemon }) => void process.kill(daemon().vrrpPid(), 'SIGKILL'),
  'guard killed': async ({ node }) => void process.kill(Number(readFileSync(join(node.folder, 'keepalived.pid'), 'utf8')), 'SIGKILL'),
  'stopped and started': async ({ restart }) => restart(),
  'cable out and in': async ({ segment, node }, ms) => {
    await segment.setLink(node, false)
    await sleep(ms)
    await segment.setLink(node, true)
  },
  'address removed': async ({ node }) => void (await run(['ip', '-n', node.namespace, 'address', 'del', `${vip}/32`, 'dev', 'eth0'])),
  reload: async ({ node }) => void process.kill(Number(readFileSync(join(node.folder, 'keepalived.pid'), 'utf8')), 'SIGHUP'),
}

test(`after each of ${count} random faults (seed ${seed}) exactly one node has the address`, { skip: needsRoot }, async (context) => {
  const random = seededRandom(seed)
  const segment = await createSegment()
  try {
    const nodes = segment.nodes.slice(0, 2) as [Node, Node]
    const files = tutorialPair({ version: 3, interval: '0.1' })
    const daemons = [await segment.startHavipd(nodes[0], files[0]), await segment.startHavipd(nodes[1], files[1])]
    await segment.waitForOwner(nodes[0], vip)
    for (let round = 1; round <= count; round++) {
      const i = random.integer(0, 1)
      const kind = random.pick(Object.keys(faults))
      const ms = random.integer(100, 2000)
      const what = `round ${round}: ${kind} on ${nodes[i]?.name} (${ms} ms)`
      context.diagnostic(what)
      await faults[kind]?.(
        {
          segment,
          node: nodes[i] as Node,
          daemon: () => daemons[i] as Daemon,
          restart: async () => {
            // Whoever leads the line of its processes by now.
            process.kill(Number(readFileSync(join((nodes[i] as Node).folder, 'keepalived.pid'), 'utf8')), 'SIGTERM')
            await until('it has ended', async () =>
              (await must(['ip', 'netns', 'pids', (nodes[i] as Node).namespace])).trim() === '' ? true : undefined,
            )
            daemons[i] = await segment.startHavipd(nodes[i] as Node, files[i] as string)
          },
        },
        ms,
      )
      // The first node preempts, so there is one right end.
      await segment.waitForOwner(nodes[0], vip, 30_000).catch((error: Error) => {
        throw new Error(`${what}: ${error.message}`)
      })
      await sleep(300)
      assert.deepEqual(await segment.owners(vip), [nodes[0]], what)
      // Three deaths within ten seconds end a line of daemons, and that is another test.
      if (kind.endsWith('killed')) await sleep(4000)
    }
  } finally {
    await segment.destroy()
  }
})
