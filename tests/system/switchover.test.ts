// Moved on purpose, there and back, under a client that asks each millisecond: no request is lost, whoever the peer is.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SwitchoverReport } from '@havip/vrrp-runtime'
import { type PingResult, startEcho, startPing } from '../../tools/bench/probe.ts'
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

/**
 * With a virtual MAC on both nodes the switch learns it at the wrong port for the moment between our last reply and the answer to our
 * last word, and on the way back until our announcements are repeated, 50 ms after the first word. Without that it was half a second, until the
 * next advert.
 */
const lostWithVirtualMac = 250

/** How many, and between whose answers. */
function describeLoss({ lost, asked, lines }: PingResult): string {
  const sorted = [...lines].sort((a, b) => a.sentAt - b.sentAt)
  const where = sorted.flatMap(({ by }, i) => (by === '-' && sorted[i - 1]?.by !== '-' ? [sorted.slice(Math.max(0, i - 3), i + 4)] : []))
  const told = where.map((around) => around.map(({ by, sentAt }) => `${by}@${sentAt.toFixed(1)}`).join(' '))
  return `${lost} of ${asked} requests: ${told.join('; ')}`
}

/** The first node is owner; a client asks all the time, and nothing of that is lost while `body` runs. */
async function losingNothing(
  options: PairOptions,
  peer: 'havipd' | 'keepalived',
  body: Body,
  more: readonly [string, string] = ['', ''],
): Promise<void> {
  const segment = await createSegment(3)
  try {
    const [first, second, client] = segment.nodes as [Node, Node, Node]
    const [one, two] = tutorialPair(options).map((file, i) => file + more[i]) as [string, string]
    for (const node of [first, second]) segment.adopt(startEcho(node))
    await segment.startHavipd(first, one)
    if (peer === 'havipd') await segment.startHavipd(second, two)
    else await segment.startKeepalived(second, two)
    await segment.waitForOwner(first, vip)
    await sleep(1500)
    const ping = startPing(client, vip)
    await until('the first node answers', () => (ping.lastBy() === first.name ? true : undefined))
    await body({ segment, first, second })
    const result = await ping.stop()
    assert.ok(result.lost <= (options.extra?.includes('use_vmac') ? lostWithVirtualMac : 0), describeLoss(result))
    assert(result.asked > 100, `only ${result.asked} requests`)
  } finally {
    await segment.destroy()
  }
}

const variants: readonly (readonly [string, PairOptions, 'havipd' | 'keepalived'])[] = [
  ['the tutorial’s files, two havipds', {}, 'havipd'],
  ['version 3, multicast, 0.1 s, two havipds', { version: 3, interval: '0.1', multicast: true }, 'havipd'],
  ['the tutorial’s files, keepalived as the peer', {}, 'keepalived'],
  ['version 3, multicast, 0.1 s, keepalived as the peer', { version: 3, interval: '0.1', multicast: true }, 'keepalived'],
  ['a virtual MAC, two havipds', { version: 3, interval: '0.5', multicast: true, extra: 'use_vmac' }, 'havipd'],
  ['a virtual MAC, keepalived as the peer', { version: 3, interval: '0.5', multicast: true, extra: 'use_vmac' }, 'keepalived'],
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

const groupVip = '10.9.0.101'
/** A second instance, and the group of both. */
const group = (priority: number): string => `vrrp_instance VI_2 {
 state BACKUP
 interface eth0
 virtual_router_id 52
 priority ${priority}
 advert_int 0.3
 virtual_ipaddress {
  ${groupVip}
 }
}
vrrp_sync_group G {
 group {
  VI_1
  VI_2
 }
}
`

for (const peer of ['havipd', 'keepalived'] as const) {
  test(`a sync group moves as a whole, and neither address loses a request: ${peer} as the peer`, { skip: needsRoot }, () =>
    losingNothing(
      { version: 3, interval: '0.3', multicast: true },
      peer,
      async ({ segment, first, second }) => {
        const client = segment.nodes[2] as Node
        await segment.waitForOwner(first, groupVip)
        const other = startPing(client, groupVip)
        await until('it answers there, too', () => (other.lastBy() === first.name ? true : undefined))
        const there = await switchOver(first)
        assert.equal(there.report.outcome, 'moved', there.output)
        assert.deepEqual([...there.report.members].sort(), ['VI_1', 'VI_2'])
        for (const address of [vip, groupVip]) await segment.waitForOwner(second, address)
        await sleep(3000)
        for (const address of [vip, groupVip]) assert.deepEqual(await segment.owners(address), [second], `${address} did not stay`)
        const back = await switchOver(first, '--return')
        assert.equal(back.report.outcome, 'moved', back.output)
        for (const address of [vip, groupVip]) await segment.waitForOwner(first, address)
        const result = await other.stop()
        assert.equal(result.lost, 0, `the other address: ${describeLoss(result)}`)
      },
      [group(100), group(10)],
    ),
  )
}

const asked6 = '2001:db8::100'

test('an IPv6 address that is asked about first is never on both nodes, and no duplicate where it comes to', {
  skip: needsRoot,
}, async () => {
  const segment = await createSegment(2)
  try {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair({ version: 3, interval: '0.5', extra: `virtual_ipaddress_excluded {\n ${asked6}/64 -nodad\n }` })
    await segment.startHavipd(first, one)
    await segment.startHavipd(second, two)
    await segment.waitForOwner(first, asked6)
    const isUsable = async (node: Node): Promise<true | undefined> => {
      const { output } = await run(['ip', '-n', node.namespace, '-6', '-oneline', 'address', 'show', 'to', asked6])
      assert.doesNotMatch(output, /dadfailed/)
      return output !== '' && !/tentative/.test(output) ? true : undefined
    }
    await until('the kernel has looked for others', () => isUsable(first))
    const overlaps: string[] = []
    let isWatching = true
    const watch = (async () => {
      while (isWatching) {
        // Nodes are asked one after the other, and the address may move in between; who had it before and has it after is an owner.
        if ((await segment.owners(asked6)).length < 2) continue
        const owners = await segment.owners(asked6)
        if (owners.length > 1) overlaps.push(owners.map(({ name }) => name).join(' '))
      }
    })()
    const move = async (to: Node, ...options: readonly string[]): Promise<void> => {
      const { report, output } = await switchOver(first, ...options)
      assert.equal(report.outcome, 'moved', output)
      for (const address of [vip, asked6]) await segment.waitForOwner(to, address)
      await until('it can be used there', () => isUsable(to))
    }
    await move(second)
    await move(first, '--return')
    isWatching = false
    await watch
    assert.deepEqual(overlaps, [])
  } finally {
    await segment.destroy()
  }
})
