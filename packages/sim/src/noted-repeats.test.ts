import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IpAddress, instant, milliseconds, ok } from '@havip/base'
import type { DaemonStatus, Entry, Host, ReceivedPacket } from '@havip/vrrp-runtime'
import type { DaemonFactory } from './daemon.ts'
import { havipDaemon } from './havip-daemon.ts'
import { NotedRepeats } from './noted-repeats.ts'
import type { Report } from './report.ts'
import { simulate } from './simulate.ts'
import { pair } from './testing/pair.ts'

type Course = {
  readonly report: Report
  /** Of node b at the end. */
  readonly instance: DaemonStatus['instances'][number]
  readonly entries: readonly Entry[]
  /** Packets that b's daemon was handed. */
  readonly handedOver: number
}

/** Timers are equally late in both courses, so that nothing else can differ. */
const lag = { min: milliseconds(0.1), max: milliseconds(0.1) }

function courseOf(faults: readonly string[], notesRepeats: boolean): Course {
  const world = pair(faults, { lag })
  const nodes = world.nodes.map((node) => ({ ...node, notesRepeats }))
  const entries: Entry[] = []
  let handedOver = 0
  const createDaemon: DaemonFactory = (host, clock, start) => {
    const counting: Partial<Host> = {
      openTransport: (spec, onPacket) =>
        host.openTransport(spec, (packet) => {
          if (host.hostName === 'b') handedOver++
          onPacket(packet)
        }),
    }
    const proxy = new Proxy(host, {
      get(target, name) {
        const value = Reflect.get(name in counting ? counting : target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    return havipDaemon(proxy, clock, {
      ...start,
      onEntry: (entry) => {
        if (host.hostName === 'b') entries.push(entry)
        start.onEntry(entry)
      },
    })
  }
  let instance: DaemonStatus['instances'][number] | undefined
  const report = simulate(
    { ...world, nodes },
    {
      createDaemon,
      inspect: {
        every: 1_000_000,
        look: ({ machines }) => {
          instance = machines[1]?.run?.daemon?.status().instances[0]
        },
      },
    },
  )
  assert(instance)
  return { report, instance, entries, handedOver }
}

const courses: readonly (readonly string[])[] = [
  [],
  ['power-loss a @12s'],
  ['stop a @12s', 'start a @18s'],
  ['cut a->b for 8s @10.3s'],
  ['loss 40% for 10s @8s'],
  ['jitter 30ms for 10s @8s'],
  ['link b eth0 down for 3s @9.5s'],
  ['duplicate 50% for 10s @8s'],
  ['hostile lower-priority 20 times @12s', 'hostile bad-checksum 20 times @13.03s'],
  ['hostile resignation @12s'],
  ['freeze b for 1.5s @11.2s'],
]

for (const faults of courses) {
  test(`noting repeats changes nothing but who is woken: ${faults.join(', ') || 'a calm pair'}`, () => {
    const told = courseOf(faults, false)
    const noted = courseOf(faults, true)
    assert.deepEqual(noted.report.lanes, told.report.lanes)
    assert.deepEqual(noted.report.outages, told.report.outages)
    assert.deepEqual(noted.report.splitBrains, told.report.splitBrains)
    assert.deepEqual(noted.instance.counters, told.instance.counters)
    assert.equal(noted.instance.master?.lastHeardMs, told.instance.master?.lastHeardMs)
    if (!faults.some((fault) => fault.startsWith('freeze'))) assert.deepEqual(noted.instance.rhythm, told.instance.rhythm)
    assert(noted.handedOver < told.handedOver, `${noted.handedOver} of ${told.handedOver} packets were handed over`)
    assert.deepEqual(heardIn(noted.entries), heardIn(told.entries))
  })
}

/** Stretches of adverts as recorded. Where they began is counted back. */
const heardIn = (entries: readonly Entry[]): readonly unknown[] =>
  entries.flatMap(({ what }) => (what.kind === 'adverts-heard' ? [[what.from, what.priority, what.interval, what.count]] : []))

test('a calm backup is handed a few packets an hour', () => {
  const { handedOver, instance } = courseOf([], true)
  assert(instance.counters.advert_rcvd > 20)
  assert(handedOver <= 4, `${handedOver} packets`)
})

test('only what is the same in all that it says is taken, and only in its rhythm', () => {
  const packet: ReceivedPacket = {
    family: 'ipv4',
    protocol: 112,
    source: '10.0.0.1' as IpAddress,
    destination: '10.0.0.2' as IpAddress,
    ttl: 255,
    header: new Uint8Array(20),
    payload: Uint8Array.of(0x31, 51, 100, 0),
    at: instant(1000),
  }
  let isOver = false
  const notes = new NotedRepeats(packet, milliseconds(100), () => {
    isOver = true
  })
  assert.equal(notes.update(), false)
  for (const other of [{ ttl: 254 }, { source: '10.0.0.3' as IpAddress }, { payload: Uint8Array.of(0x31, 51, 0, 0) }])
    assert.equal(notes.takes({ ...packet, ...other }, instant(1010)), false)
  assert.equal(notes.takes(packet, instant(1100)), true)
  assert.equal(notes.takes(packet, instant(1203)), true)
  assert.equal(notes.takes(packet, instant(1203 + 146)), false)
  assert.equal(notes.update(), true)
  assert.deepEqual([notes.count, notes.at, notes.longestGapMs, notes.latenessMs], [2, 1203, 103, 3])
  assert.deepEqual([...notes.classes.slice(0, 7)], [1, 0, 0, 0, 0, 1, 0])
  assert.equal(notes.update(), false)
  notes.end()
  assert(isOver)
})

const blind: DaemonFactory = (host, clock, start) => {
  const openTransport: Host['openTransport'] = (spec, onPacket) => {
    const opened = host.openTransport(spec, onPacket)
    if (!opened.ok) return opened
    const { noteRepeats } = opened.value
    return ok({
      ...opened.value,
      noteRepeats: (packet, interval) => {
        const notes = noteRepeats?.(packet, interval)
        if (notes) notes.update = () => false
        return notes
      },
    })
  }
  return havipDaemon(
    new Proxy(host, {
      get(target, name) {
        const value = name === 'openTransport' ? openTransport : Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    }),
    clock,
    start,
  )
}

test('a daemon that never asked for its notes would take the address from a living master', () => {
  const world = pair([], { lag })
  const nodes = world.nodes.map((node) => ({ ...node, notesRepeats: true }))
  assert(simulate({ ...world, nodes }, { createDaemon: blind }).splitBrains.length > 0)
})
