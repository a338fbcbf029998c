// use_vmac against real keepalived: the address, its MAC and the adverts' Ethernet source move from one to the other.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { must, sleep } from '../../tools/lab/processes.ts'
import { createSegment, needsRoot, type Segment } from '../../tools/lab/segment.ts'

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
      const until = async (what: string, holds: () => boolean): Promise<void> => {
        for (let i = 0; i < 100; i++) {
          if (holds()) return
          await sleep(100)
        }
        throw new Error(`did not happen: ${what}\n${shown(segment, 0, 'address show')}`)
      }
      const ours = await segment.startHavipd(first, fileOf(200, address))
      await until('we have it', () => hasOn(0))
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
      await until('keepalived has it', () => hasOn(1))
      assert.equal(hasOn(0), false)
      assert.doesNotMatch(shown(segment, 0, 'link show'), /vrrp/, ours.log())
      assert.equal(
        execFileSync('ip', ['netns', 'exec', first.namespace, 'cat', '/proc/sys/net/ipv4/conf/eth0/arp_ignore'], { encoding: 'utf8' }),
        filterBefore,
      )
      const again = await segment.startHavipd(first, fileOf(200, address))
      await until('we have it again', () => hasOn(0) && !hasOn(1))
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
