// use_vmac against real keepalived: the address, its MAC and the adverts' Ethernet source move from one to the other.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type { IpAddress } from '@havip/base'
import { closeDescriptor, internetAddress, sendTo } from '@havip/linux'
import { hostilePackets, type Victim } from '../../tools/bench/flood-kinds.ts'
import { must, sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot, type Segment } from '../../tools/lab/segment.ts'
import { rawSocketIn } from './raw-socket.ts'

const fileOf = (priority: number, address: string, more = ''): string => `global_defs {
  vrrp_version 3
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  use_vmac
  ${more}
  virtual_ipaddress {
    ${address}
  }
}
`

async function withSegment(body: (segment: Segment) => Promise<void>): Promise<void> {
  const segment = await createSegment()
  try {
    await sleep(2000)
    await body(segment)
  } finally {
    await segment.destroy()
  }
}

const shown = (segment: Segment, at: number, words: string): string =>
  execFileSync('ip', ['-n', segment.nodes[at]?.namespace ?? '', ...words.split(' ')], { encoding: 'utf8' })
const sourcesIn = (capture: string, filter: string): readonly string[] => [
  ...new Set(
    execFileSync('tshark', ['-r', capture, '-Y', filter, '-T', 'fields', '-e', 'eth.src'], { encoding: 'utf8' }).trim().split('\n'),
  ),
]

const cases: readonly (readonly [name: string, address: string, mac: string])[] = [
  ['IPv4', '10.9.0.100', '00:00:5e:00:01:33'],
  ['IPv6', 'fe80::100', '00:00:5e:00:02:33'],
]
for (const [name, address, mac] of cases) {
  test(`a virtual MAC moves between us and keepalived, ${name}`, { skip: needsRoot }, () =>
    withSegment(async (segment) => {
      const [first, second] = segment.nodes
      const filterBefore = execFileSync('ip', ['netns', 'exec', first.namespace, 'cat', '/proc/sys/net/ipv4/conf/eth0/arp_ignore'], {
        encoding: 'utf8',
      })
      const hasOn = (at: number): boolean => shown(segment, at, 'address show').includes(` ${address}/`)
      const soon = async (what: string, holds: () => boolean): Promise<void> => {
        for (let i = 0; i < 100; i++) {
          if (holds()) return
          await sleep(100)
        }
        throw new Error(`did not happen: ${what}\n${shown(segment, 0, 'address show')}`)
      }
      const ours = await segment.startHavipd(first, fileOf(200, address))
      await soon('we have it', () => hasOn(0))
      await sleep(500)
      const capture = await segment.capture()
      await sleep(2500)
      const file = await capture.stop()
      assert.deepEqual(sourcesIn(file, 'vrrp'), [mac])
      assert.match(shown(segment, 0, '-d link show'), /vrrp6?\.51@eth0[\s\S]*macvlan mode private/)
      assert.match(shown(segment, 0, `address show to ${address}`), /vrrp6?\.51@eth0/)
      const theirs = await segment.startKeepalived(second, fileOf(100, address))
      await sleep(4000)
      assert.equal(hasOn(1), false)
      assert.doesNotMatch(theirs.log(), /invalid|mismatch|checksum/i)
      await ours.service.stop()
      await soon('keepalived has it', () => hasOn(1))
      assert.equal(hasOn(0), false)
      assert.doesNotMatch(shown(segment, 0, 'link show'), /vrrp/, ours.log())
      assert.equal(
        execFileSync('ip', ['netns', 'exec', first.namespace, 'cat', '/proc/sys/net/ipv4/conf/eth0/arp_ignore'], { encoding: 'utf8' }),
        filterBefore,
      )
      const again = await segment.startHavipd(first, fileOf(200, address))
      await soon('we have it again', () => hasOn(0) && !hasOn(1))
      await again.service.stop()
      await must(['ip', '-n', first.namespace, 'link', 'show', 'eth0'])
    }),
  )
}

test('a backup keeps its virtual MAC off the wire', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [first, second] = segment.nodes
    await segment.startKeepalived(second, fileOf(200, '10.9.0.100'))
    await sleep(4500)
    await segment.startHavipd(first, fileOf(100, '10.9.0.100'))
    await sleep(2500)
    assert.match(shown(segment, 0, 'link show'), /vrrp\.51@eth0: <(?!.*[<,]UP)/)
  }),
)

/** Ports of the hub that are isolated do not hear each other, and their carrier stays. */
const isolate = (segment: Segment, isOn: boolean): void => {
  for (const { name } of segment.nodes)
    execFileSync('ip', ['-n', segment.hub, 'link', 'set', name, 'type', 'bridge_slave', 'isolated', isOn ? 'on' : 'off'])
}

for (const [name, address] of cases) {
  for (const peer of ['havipd', 'keepalived'] as const) {
    test(`two masters with one virtual MAC hear each other, ${name}, ${peer} as the peer`, { skip: needsRoot }, () =>
      withSegment(async (segment) => {
        const [first, second] = segment.nodes
        await segment.startHavipd(first, fileOf(100, address))
        const state = async (): Promise<string | undefined> => (await segment.status(first)).instances[0]?.state
        await segment.waitForOwner(first, address)
        // Preempted by a better one.
        if (peer === 'havipd') await segment.startHavipd(second, fileOf(200, address))
        else await segment.startKeepalived(second, fileOf(200, address))
        await segment.waitForOwner(second, address)
        assert.equal(await state(), 'backup')
        // Each alone, and together again.
        isolate(segment, true)
        await until('both have it', async () => ((await segment.owners(address)).length === 2 ? true : undefined))
        isolate(segment, false)
        await segment.waitForOwner(second, address)
        assert.equal(await state(), 'backup')
      }),
    )
  }
}

test('a packet that comes by both interfaces counts once', { skip: needsRoot }, () =>
  withSegment(async (segment) => {
    const [first, second] = segment.nodes
    const group = '224.0.0.18' as IpAddress
    await segment.startHavipd(first, fileOf(100, '10.9.0.100'))
    await segment.waitForOwner(first, '10.9.0.100')
    const source = second.address as IpAddress
    const victim: Victim = {
      version: 3,
      vrid: 51,
      interval: 100,
      destination: group,
      isMulticast: true,
      password: undefined,
      trusted: source,
      stranger: source,
      addresses: ['10.9.0.100' as IpAddress],
    }
    const { datagram } = hostilePackets(victim).find(({ kind }) => kind === 'wrong checksum') ?? assert.fail('no such kind')
    const counted = async (): Promise<number> => (await segment.status(first)).instances[0]?.counters.checksum_err ?? 0
    const fd = rawSocketIn(second)
    for (let i = 0; i < 5; i++) sendTo(fd, datagram, 0, internetAddress(group, 0))
    closeDescriptor(fd)
    await until('they are counted', async () => ((await counted()) >= 5 ? true : undefined))
    await sleep(300)
    assert.equal(await counted(), 5)
  }),
)

test('addresses stand where keepalived puts them, on the virtual MAC or below', { skip: needsRoot }, async () => {
  const instance = (
    name: string,
    vrid: number,
    addresses: readonly string[],
    excluded: readonly string[],
  ): string => `vrrp_instance ${name} {
  interface eth0
  virtual_router_id ${vrid}
  version 3
  priority 150
  advert_int 0.1
  use_vmac
  virtual_ipaddress {
    ${addresses.join('\n    ')}
  }
  virtual_ipaddress_excluded {
    ${excluded.join('\n    ')}
  }
}
`
  const file =
    instance(
      'VI_4',
      51,
      ['10.9.0.51/24 dev eth0', '10.9.0.52/24', '10.9.0.53 dev eth0 label eth0:x'],
      ['fd00:9::51/64', 'fd00:9::52/64 dev eth0', '10.9.0.54/24 dev eth0'],
    ) + instance('VI_6', 61, ['fe80::61/64', 'fd00:9::61/64 dev eth0'], ['10.9.0.61/24', '10.9.0.62/24 dev eth0', 'fd00:9::63/64'])
  const standing = async (which: 'startKeepalived' | 'startHavipd'): Promise<readonly string[]> => {
    const segment = await createSegment(1)
    try {
      const [node] = segment.nodes
      // The link-local address has to be ready before one can send from it.
      await sleep(2000)
      await segment[which](node, file)
      for (const address of ['10.9.0.54', 'fd00:9::63']) await segment.waitForOwner(node, address)
      const lines = (await must(['ip', '-n', node.namespace, '-brief', 'address', 'show'])).split('\n')
      return lines.flatMap((line) => {
        const [name = '', , ...addresses] = line.trim().split(/\s+/)
        return addresses.filter((address) => !/^fe80::.*:/.test(address)).map((address) => `${name.split('@')[0]} ${address}`)
      })
    } finally {
      await segment.destroy()
    }
  }
  const ours = await standing('startHavipd')
  assert.deepEqual(ours.toSorted(), (await standing('startKeepalived')).toSorted())
  assert.ok(ours.includes('vrrp.51 10.9.0.51/24') && ours.includes('eth0 fd00:9::51/64'), ours.join(', '))
})
