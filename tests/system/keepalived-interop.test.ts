// Real keepalived as the peer, in either role, with the same files: it takes over from us and we from it, and tshark finds
// nothing wrong in what is on the wire meanwhile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '../../tools/lab/processes.ts'
import { createSegment, findBadPackets, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { type PairOptions, tutorialPair, vip } from './configurations.ts'

async function withSegment(body: (segment: Segment) => Promise<void>): Promise<void> {
  const segment = await createSegment()
  try {
    await body(segment)
  } finally {
    await segment.destroy()
  }
}

const variants: readonly (readonly [string, PairOptions])[] = [
  ['the tutorial’s files (version 2, unicast, PASS)', {}],
  ['version 2, multicast', { multicast: true }],
  ['version 3, unicast, 0.2 s', { version: 3, interval: '0.2' }],
  ['version 3, multicast, 0.2 s', { version: 3, interval: '0.2', multicast: true }],
]

for (const [name, options] of variants) {
  test(`havipd is master, keepalived takes over when it stops and gives back: ${name}`, { skip: needsRoot }, () =>
    withSegment(async (segment) => {
      const [first, second] = segment.nodes
      const [one, two] = tutorialPair(options)
      const capture = await segment.capture()
      await segment.startKeepalived(second, two)
      const ours = await segment.startHavipd(first, one)
      await segment.waitForOwner(first, vip)
      await ours.service.stop()
      await segment.waitForOwner(second, vip)
      await segment.startHavipd(first, one)
      await segment.waitForOwner(first, vip)
      await sleep(1500)
      const packets = await findBadPackets(await capture.stop())
      assert.deepEqual(packets.findings, [])
      assert(packets.vrrp >= 5 && packets.arp >= 5, `captured ${packets.vrrp} adverts and ${packets.arp} ARPs`)
    }),
  )

  test(`keepalived is master, havipd takes over when it loses power and gives back: ${name}`, { skip: needsRoot }, () =>
    withSegment(async (segment) => {
      const [first, second] = segment.nodes
      const [one, two] = tutorialPair(options)
      const capture = await segment.capture()
      await segment.startHavipd(second, two)
      await segment.startKeepalived(first, one)
      await segment.waitForOwner(first, vip)
      // The cable goes: the peer hears nothing more, as when the power fails.
      await segment.setLink(first, false)
      await segment.waitForOwner(second, vip)
      const reason = (await segment.status(second)).instances[0]?.transitions[0]
      assert.equal(reason?.reason.kind, 'master-silent', reason?.sentence ?? 'no transition')
      await segment.setLink(first, true)
      await segment.waitForOwner(first, vip)
      const back = (await segment.status(second)).instances[0]?.transitions[0]
      assert.equal(back?.reason.kind, 'higher-priority', back?.sentence ?? 'no transition')
      assert.deepEqual((await findBadPackets(await capture.stop())).findings, [])
    }),
  )
}

test('keepalived resigns, havipd takes over without waiting for silence', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair()
    await segment.startHavipd(second, two)
    const theirs = await segment.startKeepalived(first, one)
    await segment.waitForOwner(first, vip)
    await theirs.service.stop()
    await segment.waitForOwner(second, vip)
    const reason = (await segment.status(second)).instances[0]?.transitions[0]
    assert.equal(reason?.reason.kind, 'master-resigned', reason?.sentence ?? 'no transition')
  }),
)
