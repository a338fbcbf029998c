// Moved on purpose, there and back, under a client that asks each millisecond: no request is lost, whoever the peer is.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SwitchoverReport } from '@havip/vrrp-runtime'
import { startEcho, startPing } from '../../tools/bench/probe.ts'
import { run, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { root } from '../../tools/lab/world.ts'
import { type PairOptions, tutorialPair, vip } from './configurations.ts'

type Answer = { readonly status: number; readonly report: SwitchoverReport; readonly output: string }

/** `havip switchover VI_1` as an operator runs it on this node. */
async function switchOver(node: Node, ...options: readonly string[]): Promise<Answer> {
  const argv = [join(root, 'bin', 'havip'), 'switchover', 'VI_1', '--json', '--socket', socketOf(node), ...options]
  const { status, output } = await run([...node.inside(argv)])
  try {
    return { status, output, report: JSON.parse(output) as SwitchoverReport }
  } catch {
    throw new Error(`havip switchover ended with status ${status}: ${output}`)
  }
}

const socketOf = (node: Node): string => join(node.folder, 'havipd.sock')

type Stage = { readonly segment: Segment; readonly first: Node; readonly second: Node }
type Body = (stage: Stage) => Promise<void>

/** The first node is owner; a client asks all the time, and nothing of that is lost while `body` runs. */
async function losingNothing(options: PairOptions, peer: 'havipd' | 'keepalived', body: Body): Promise<void> {
  const segment = await createSegment(3)
  try {
    const [first, second, client] = segment.nodes as [Node, Node, Node]
    const [one, two] = tutorialPair(options)
    for (const node of [first, second]) segment.adopt(startEcho(node))
    await segment.startHavipd(first, one)
    if (peer === 'havipd') await segment.startHavipd(second, two)
    else await segment.startKeepalived(second, two)
    await segment.waitForOwner(first, vip)
    await sleep(1500)
    const ping = startPing(client, vip)
    await until('the first node answers', () => (ping.lastBy() === first.name ? true : undefined))
    await body({ segment, first, second })
    const { lost, asked } = await ping.stop()
    assert.equal(lost, 0, `${lost} of ${asked} requests`)
    assert(asked > 100, `only ${asked} requests`)
  } finally {
    await segment.destroy()
  }
}

const variants: readonly (readonly [string, PairOptions, 'havipd' | 'keepalived'])[] = [
  ['the tutorial’s files, two havipds', {}, 'havipd'],
  ['version 3, multicast, 0.1 s, two havipds', { version: 3, interval: '0.1', multicast: true }, 'havipd'],
  ['the tutorial’s files, keepalived as the peer', {}, 'keepalived'],
  ['version 3, multicast, 0.1 s, keepalived as the peer', { version: 3, interval: '0.1', multicast: true }, 'keepalived'],
]

for (const [name, options, peer] of variants) {
  test(`switchover and return lose no request: ${name}`, { skip: needsRoot }, () =>
    losingNothing(options, peer, async ({ segment, first, second }) => {
      const to = peer === 'havipd' ? socketOf(second) : second.address
      const there = await switchOver(first, '--to', to)
      assert.equal(there.report.outcome, 'moved', there.output)
      assert.equal(there.status, 0)
      assert.deepEqual(there.report.to, { address: second.address, priority: 10 })
      assert.deepEqual(await segment.owners(vip), [second])
      // Longer than it would take to preempt.
      await sleep(5000)
      assert.deepEqual(await segment.owners(vip), [second], 'it did not stay')
      const back = await switchOver(first, '--return')
      assert.equal(back.report.outcome, 'moved', back.output)
      await sleep(500)
      assert.deepEqual(await segment.owners(vip), [first])
    }),
  )
}

test('nobody takes over: it stays, says so, and loses nothing', { skip: needsRoot }, () =>
  losingNothing({}, 'havipd', async ({ segment, first, second }) => {
    await segment.setLink(second, false)
    const answer = await switchOver(first)
    assert.equal(answer.report.outcome, 'stayed', answer.output)
    assert.equal(answer.status, 1)
    assert((await first.holds(vip)) && (await segment.status(first)).instances[0]?.state === 'master')
  }),
)

test('a peer that is not fit is refused before anything moves', { skip: needsRoot }, () =>
  losingNothing({}, 'havipd', async ({ segment, first, second }) => {
    await segment.setLink(second, false)
    await until('the second node is in FAULT', async () =>
      (await segment.status(second)).instances[0]?.state === 'fault' ? true : undefined,
    )
    const answer = await switchOver(first, '--to', socketOf(second))
    assert.equal(answer.report.outcome, 'refused', answer.output)
    assert.match(answer.report.reason ?? '', /VI_1 is FAULT on /)
    assert.equal(answer.status, 1)
    assert.deepEqual(await segment.owners(vip), [first])
  }),
)
