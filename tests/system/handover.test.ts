// A new process takes over from the one that runs: no request lost, no address moved, no advertisement missed.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { restartSignal } from '../../apps/havipd/src/real-time-signal.ts'
import { startEcho, startPing, watchAdverts } from '../../tools/bench/probe.ts'
import { sleep, until } from '../../tools/lab/processes.ts'
import { createSegment, type Node, needsRoot } from '../../tools/lab/segment.ts'
import { tutorialPair, vip } from './configurations.ts'

test('handover to a new process keeps the address and the rhythm of the advertisements', { skip: needsRoot }, async () => {
  const segment = await createSegment(3)
  try {
    const [first, second, client] = segment.nodes as [Node, Node, Node]
    const [one, two] = tutorialPair({ version: 3, interval: '0.5' })
    for (const node of [first, second]) segment.adopt(startEcho(node))
    const old = await segment.startHavipd(first, one)
    await segment.startHavipd(second, two)
    await segment.waitForOwner(first, vip)
    await sleep(1500)
    const before = old.vrrpPid()
    const ping = startPing(client, vip)
    const adverts = await watchAdverts(segment, first)
    await sleep(1200)
    const fresh = await segment.startHavipd(first, one, ['--handover'])
    await until('the old one has ended', () => (old.service.isRunning() ? undefined : true))
    await sleep(2500)
    const times = await adverts.stop()
    const { lost, asked } = await ping.stop()
    assert.equal(lost, 0, `${lost} of ${asked} requests`)
    assert.notEqual(fresh.vrrpPid(), before)
    assert.deepEqual(await segment.owners(vip), [first])
    assert.equal((await segment.status(second)).instances[0]?.transitions.length, 1, 'the peer has moved')
    const longest = Math.max(...times.slice(1).map((time, i) => time - (times[i] as number)))
    // A missed advertisement would make it twice the interval.
    assert.ok(longest < 990, `${longest.toFixed(0)} ms between two advertisements 500 ms apart`)
    fresh.service.kill('SIGTERM')
    await segment.waitForOwner(second, vip)
  } finally {
    await segment.destroy()
  }
})

const otherVip = '10.9.0.101'
const otherInstance = (priority: number): string => `vrrp_instance VI_2 {
 state MASTER
 interface eth0
 virtual_router_id 52
 version 3
 priority ${priority}
 advert_int 10
 virtual_ipaddress {
  ${otherVip}
 }
}
`

test('an instance that the new file lacks says goodbye: its backup does not wait for half a minute of silence', {
  skip: needsRoot,
}, async () => {
  const segment = await createSegment()
  try {
    const [first, second] = segment.nodes
    const [one, two] = tutorialPair({ version: 3, interval: '0.5' })
    // An owner is master at once.
    const old = await segment.startHavipd(first, one + otherInstance(255))
    await segment.waitForOwner(first, otherVip)
    await segment.startHavipd(second, two + otherInstance(254))
    await segment.waitForOwner(first, vip)
    await segment.startHavipd(first, one, ['--handover'])
    await until('the old one has ended', () => (old.service.isRunning() ? undefined : true))
    await segment.waitForOwner(second, otherVip)
    assert.deepEqual(await segment.owners(otherVip), [second])
    assert.deepEqual(await segment.owners(vip), [first])
  } finally {
    await segment.destroy()
  }
})

test('--handover with nobody there is an ordinary start', { skip: needsRoot }, async () => {
  const segment = await createSegment()
  try {
    const [first] = segment.nodes
    await segment.startHavipd(first, tutorialPair({ version: 3, interval: '0.1' })[0], ['--handover'])
    await segment.waitForOwner(first, vip)
  } finally {
    await segment.destroy()
  }
})

test('a restart as the unit does it: the parent ends at once, the daemon keeps the address until its successor is there', {
  skip: needsRoot,
}, async () => {
  const segment = await createSegment(3)
  try {
    const [first, second, client] = segment.nodes as [Node, Node, Node]
    const [one, two] = tutorialPair({ version: 3, interval: '0.5' })
    for (const node of [first, second]) segment.adopt(startEcho(node))
    const old = await segment.startHavipd(first, one, ['--handover'])
    await segment.startHavipd(second, two)
    await segment.waitForOwner(first, vip)
    await sleep(1500)
    const daemon = old.vrrpPid()
    const ping = startPing(client, vip)
    process.kill(Number(readFileSync(join(first.folder, 'keepalived.pid'), 'utf8')), restartSignal)
    await until('the parent has ended', () => (old.service.isRunning() ? undefined : true))
    await sleep(500)
    assert.equal(old.vrrpPid(), daemon, 'the daemon runs on')
    const fresh = await segment.startHavipd(first, one, ['--handover'])
    await until('another daemon has taken over', () => {
      // The file is gone between the one and the other.
      const path = join(first.folder, 'vrrp.pid')
      return existsSync(path) && fresh.vrrpPid() > 0 && fresh.vrrpPid() !== daemon ? true : undefined
    })
    await sleep(1500)
    const { lost, asked } = await ping.stop()
    assert.equal(lost, 0, `${lost} of ${asked} requests`)
    assert.deepEqual(await segment.owners(vip), [first])
    assert.equal((await segment.status(second)).instances[0]?.transitions.length, 1, 'the peer has moved')
    fresh.service.kill('SIGTERM')
    await segment.waitForOwner(second, vip)
  } finally {
    await segment.destroy()
  }
})
