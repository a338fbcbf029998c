// Each kind of hostile advertisement alone, at a real daemon in either role: nothing moves, and what reaches the daemon is
// counted under its kind. Then so many strangers that the kernel has to drop them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { familyOf, type IpAddress } from '@havip/base'
import { closeDescriptor, internetAddress, sendTo } from '@havip/linux'
import { hostilePackets, type Victim } from '../../tools/bench/flood-kinds.ts'
import { run, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Node, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'
import { eth0, rawSocketIn } from './raw-socket.ts'

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
/** Over IPv6 the kernel itself looks at the checksum. */
const droppedOverIpv6 = new RegExp(`${dropped.source}|checksum`)

type Counters = Readonly<Record<string, number>>
/** Everything but what an honest pair counts by itself. */
const honest = /^(advert_(rcvd|sent)|become_master|release_master|pri_zero_(rcvd|sent)|announcements_sent|packets_.*)$/
const grown = (before: Counters, after: Counters): readonly string[] =>
  Object.keys(after).filter((name) => !honest.test(name) && (after[name] ?? 0) > (before[name] ?? 0))

type Way = {
  readonly name: string
  /** Master and backup, on their way to be attacked. */
  readonly files: readonly [string, string]
  readonly address: string
  /** @param trusted who the peer is, as packets have it */
  victim(trusted: IpAddress): Victim
  readonly drops: RegExp
  /** What has to have been heard from a peer to be known as old. */
  readonly onlyAsBackup?: RegExp
  /** So many counters at least, over all kinds of packets: under authentication headers everything is a failed authentication. */
  readonly countersMin: number
}

const vip6 = 'fe80::100'
const file6 = (priority: number): string => `vrrp_instance VI_1 {
 state BACKUP
 interface eth0
 virtual_router_id 51
 priority ${priority}
 advert_int 1
 virtual_ipaddress {
  ${vip6}
 }
}
`

const ways: readonly Way[] = [
  {
    name: 'multicast, version 3',
    files: tutorialPair({ version: 3, multicast: true, authentication: '' }),
    address: vip,
    victim: () => victimOf(true),
    drops: dropped,
    countersMin: 5,
  },
  { name: 'unicast, version 2', files: tutorialPair(), address: vip, victim: () => victimOf(false), drops: dropped, countersMin: 5 },
  {
    name: 'IPv6',
    files: [file6(100), file6(10)],
    address: vip6,
    victim: (trusted) => ({
      ...victimOf(true),
      destination: 'ff02::12' as IpAddress,
      trusted,
      stranger: 'fe80::bad' as IpAddress,
      addresses: [vip6 as IpAddress],
    }),
    drops: droppedOverIpv6,
    countersMin: 4,
  },
  {
    name: 'under authentication headers',
    files: tutorialPair({ multicast: true, authentication: 'authentication {\n auth_type AH\n auth_pass 1111\n }' }),
    address: vip,
    victim: () => ({ ...victimOf(true), version: 2, ahKey: '1111' }),
    drops: dropped,
    onlyAsBackup: /replayed/,
    countersMin: 1,
  },
]

/** Names of the counters that grew, by kind of packet. */
async function attack(
  { segment, subject, attacker }: { readonly segment: Segment; readonly subject: Node; readonly attacker: Node },
  victim: Victim,
  { drops }: Way,
  skip: RegExp | undefined,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const counted = new Map<string, readonly string[]>()
  const fd = rawSocketIn(attacker, familyOf(victim.destination))
  try {
    for (const { kind, datagram } of hostilePackets(victim)) {
      if (skip?.test(kind)) continue
      const counters = async (): Promise<Counters> => ({ ...(await segment.status(subject)).instances[0]?.counters }) as Counters
      const before = await counters()
      for (let i = 0; i < 5; i++) {
        const sent = sendTo(fd, datagram, 0, internetAddress(victim.destination, 0, eth0))
        assert.equal(sent, datagram.length, `${kind} was not sent`)
      }
      const names = await until(
        `${kind} is counted`,
        async () => {
          const now = grown(before, await counters())
          return now.length > 0 || drops.test(kind) ? now : undefined
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

/** What the peer's packets come from. */
async function sourceOf(node: Node, way: Way): Promise<IpAddress> {
  if (way.address === vip) return node.address as IpAddress
  const { output } = await run(['ip', '-n', node.namespace, '-6', '-oneline', 'address', 'show', 'dev', 'eth0', 'scope', 'link'])
  return (/inet6 (fe80::[0-9a-f:]+)\//.exec(output)?.[1] ?? assert.fail(output)) as IpAddress
}

for (const way of ways) {
  test(`hostile packets, ${way.name}: a master and a backup stay what they are, and count them by kind`, { skip: needsRoot }, async () => {
    const segment = await createSegment(3)
    try {
      const [subject, peer, attacker] = segment.nodes as [Node, Node, Node]
      const [master, backup] = way.files
      const { address } = way
      // The kernel looks for duplicates of link-local addresses first.
      await sleep(address === vip ? 0 : 2000)
      const victim = way.victim(await sourceOf(peer, way))
      const expected = (kind: string): number => (way.drops.test(kind) ? 0 : 1)
      await segment.startHavipd(subject, master)
      const other = await segment.startHavipd(peer, backup)
      await segment.waitForOwner(subject, address)
      await sleep(1200)
      const asMaster = await attack({ segment, subject, attacker }, victim, way, way.onlyAsBackup)
      assert.deepEqual(await segment.owners(address), [subject])
      assert.equal((await segment.status(subject)).instances[0]?.transitions.length, 2)
      assert.equal((await segment.status(peer)).instances[0]?.transitions.length, 1)
      for (const [kind, names] of asMaster) assert.equal(names.length, expected(kind), `${kind}: ${names}`)
      assert.ok(new Set([...asMaster.values()].flat()).size >= way.countersMin, JSON.stringify([...asMaster]))
      await other.service.stop()
      // The same daemon as a backup: of a better router, at its own address.
      await segment.startHavipd(peer, backup.replace('priority 10', 'priority 200').replace('nopreempt', ''))
      await segment.waitForOwner(peer, address)
      await sleep(2500)
      const moved = (await segment.status(subject)).instances[0]?.transitions.length
      const asBackup = await attack({ segment, subject, attacker }, victim, way, undefined)
      assert.deepEqual(await segment.owners(address), [peer])
      assert.equal((await segment.status(subject)).instances[0]?.transitions.length, moved)
      for (const [kind, names] of asBackup) assert.equal(names.length, expected(kind), `${kind}: ${names}`)
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
    await until('the kernel drops them', () => (/the kernel drops such for 10 s/.test(daemon.log()) ? true : undefined))
    const heard = async (): Promise<Counters> => ({ ...(await segment.status(peer)).instances[0]?.counters }) as Counters
    const before = await heard()
    await flood()
    await sleep(1500)
    const after = await heard()
    assert.deepEqual(grown(before, after), [])
    assert.ok((after.advert_rcvd ?? 0) > (before.advert_rcvd ?? 0))
    assert.deepEqual(await segment.owners(vip), [subject])
    await sleep(10_000)
    await until('one of them is counted again', async () => {
      sendTo(fd, stranger.datagram, 0, internetAddress(victim.destination, 0))
      return grown(after, await heard()).length > 0 ? true : undefined
    })
    closeDescriptor(fd)
  } finally {
    await segment.destroy()
  }
})
