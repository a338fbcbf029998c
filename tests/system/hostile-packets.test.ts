// Each kind of hostile advertisement alone, at a real daemon in either role: nothing moves, and what reaches the daemon is
// counted under its kind. Then so many strangers that the kernel has to drop them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IpAddress } from '@havip/base'
import { closeDescriptor, internetAddress, sendTo } from '@havip/linux'
import { hostilePackets, type Victim } from '../../tools/bench/flood-kinds.ts'
import { sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'
import { rawSocketIn } from './raw-socket.ts'

const victimOf = (isMulticast: boolean): Victim => ({
  version: isMulticast ? 3 : 2,
  vrid: 51,
  interval: 100,
  destination: (isMulticast ? '224.0.0.18' : '10.9.0.1') as IpAddress,
  isMulticast,
  trusted: '10.9.0.2' as IpAddress,
  stranger: '10.9.0.66' as IpAddress,
  addresses: [vip as IpAddress],
  password: isMulticast ? undefined : '1111',
})
/** The kernel's filter drops these: no VRID of ours, or shorter than any advertisement. */
const dropped = /unknown VRID|VRID 0|truncated header|one byte/

type Counters = Readonly<Record<string, number>>
/** Everything but what an honest pair counts by itself. */
const honest = /^(advert_(rcvd|sent)|become_master|release_master|pri_zero_(rcvd|sent)|announcements_sent|packets_.*)$/
const grown = (before: Counters, after: Counters): readonly string[] =>
  Object.keys(after).filter((name) => !honest.test(name) && (after[name] ?? 0) > (before[name] ?? 0))

async function attack(
  segment: Segment,
  subject: Node,
  attacker: Node,
  isMulticast: boolean,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const counted = new Map<string, readonly string[]>()
  const fd = rawSocketIn(attacker)
  try {
    for (const { kind, datagram } of hostilePackets(victimOf(isMulticast))) {
      const counters = async (): Promise<Counters> => ({ ...(await segment.status(subject)).instances[0]?.counters }) as Counters
      const before = await counters()
      for (let i = 0; i < 5; i++) sendTo(fd, datagram, 0, internetAddress(victimOf(isMulticast).destination, 0))
      const names = await until(
        `${kind} is counted`,
        async () => {
          const now = grown(before, await counters())
          return now.length > 0 || dropped.test(kind) ? now : undefined
        },
        3000,
      )
      counted.set(kind, names)
    }
  } finally {
    closeDescriptor(fd)
  }
  return counted
}

for (const isMulticast of [true, false]) {
  const way = isMulticast ? 'multicast, version 3' : 'unicast, version 2'
  test(`hostile packets, ${way}: a master and a backup stay what they are, and count them by kind`, { skip: needsRoot }, async () => {
    const segment = await createSegment(3)
    try {
      const [subject, peer, attacker] = segment.nodes as [Node, Node, Node]
      const [master, backup] = tutorialPair({
        version: isMulticast ? 3 : 2,
        multicast: isMulticast,
        ...(isMulticast ? { authentication: '' } : {}),
      })
      await segment.startHavipd(subject, master)
      const other = await segment.startHavipd(peer, backup)
      await segment.waitForOwner(subject, vip)
      await sleep(1200)
      const asMaster = await attack(segment, subject, attacker, isMulticast)
      assert.deepEqual(await segment.owners(vip), [subject])
      assert.equal((await segment.status(subject)).instances[0]?.transitions.length, 2)
      assert.equal((await segment.status(peer)).instances[0]?.transitions.length, 1)
      for (const [kind, names] of asMaster) assert.equal(names.length, dropped.test(kind) ? 0 : 1, `${kind}: ${names}`)
      assert.ok(new Set([...asMaster.values()].flat()).size >= 5, JSON.stringify([...asMaster]))
      await other.service.stop()
      // The same daemon as a backup: of a better router, at its own address.
      await segment.startHavipd(peer, backup.replace('priority 10', 'priority 200').replace('nopreempt', ''))
      await segment.waitForOwner(peer, vip)
      await sleep(1200)
      const moved = (await segment.status(subject)).instances[0]?.transitions.length
      const asBackup = await attack(segment, subject, attacker, isMulticast)
      assert.deepEqual(await segment.owners(vip), [peer])
      assert.equal((await segment.status(subject)).instances[0]?.transitions.length, moved)
      assert.deepEqual(
        [...asBackup.keys()].filter((kind) => asBackup.get(kind)?.length !== (dropped.test(kind) ? 0 : 1)),
        [],
      )
    } finally {
      await segment.destroy()
    }
  })
}

test('strangers that are too many are dropped by the kernel, and looked at again later; the peer is heard all the time', {
  skip: needsRoot,
}, async () => {
  const segment = await createSegment(3)
  try {
    const [subject, peer, attacker] = segment.nodes as [Node, Node, Node]
    const [master, backup] = tutorialPair()
    await segment.startHavipd(subject, master)
    const daemon = await segment.startHavipd(peer, backup)
    await segment.waitForOwner(subject, vip)
    await sleep(1200)
    const fd = rawSocketIn(attacker)
    const victim = { ...victimOf(false), destination: '10.9.0.2' as IpAddress }
    const stranger = hostilePackets(victim).find(({ kind }) => kind === 'stranger, priority 0')
    assert.ok(stranger)
    const flood = async (): Promise<void> => {
      for (let i = 0; i < 1000; i++) {
        sendTo(fd, stranger.datagram, 0, internetAddress(victim.destination, 0))
        if (i % 50 === 0) await sleep(5)
      }
    }
    await flood()
    await until('the kernel drops them', () => (/the kernel drops such for 10 s/.test(daemon.log()) ? true : undefined), 5000)
    const heard = async (): Promise<Counters> => ({ ...(await segment.status(peer)).instances[0]?.counters }) as Counters
    const before = await heard()
    await flood()
    await sleep(1500)
    const after = await heard()
    assert.deepEqual(grown(before, after), [])
    assert.ok((after.advert_rcvd ?? 0) > (before.advert_rcvd ?? 0))
    assert.deepEqual(await segment.owners(vip), [subject])
    await sleep(10_000)
    sendTo(fd, stranger.datagram, 0, internetAddress(victim.destination, 0))
    await until('one of them is counted again', async () => (grown(after, await heard()).length > 0 ? true : undefined), 3000)
    closeDescriptor(fd)
  } finally {
    await segment.destroy()
  }
})
