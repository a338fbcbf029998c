import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IpAddress, Milliseconds, Priority } from '@havip/base'
import { type Entry, Recording, steadyMax, toJsonLine } from './recorder.ts'
import { VirtualTime } from './testing/virtual-clock.ts'

const peer = '192.168.0.210' as IpAddress
const prio = 100 as Priority
const second = 1000 as Milliseconds

test('an hour of adverts never pushes a notable entry out, and only the latest adverts stay', () => {
  const recorder = new Recording(new VirtualTime().clock()).recorderFor(() => 'VI_1')
  recorder.record({ kind: 'guard', text: 'first' })
  for (let i = 0; i < 3600; i++)
    recorder.record(
      i % 2 ? { kind: 'advert-sent', priority: prio } : { kind: 'advert-heard', from: peer, priority: prio, interval: second },
    )
  const entries = recorder.entries()
  const isRun = ({ what }: Entry): boolean => what.kind === 'adverts-heard'
  assert.equal(entries.filter((entry) => !isRun(entry)).length, 1 + steadyMax)
  assert.equal(entries.filter(isRun).length, 1)
  assert.deepEqual(entries[0]?.what, { kind: 'guard', text: 'first' })
  assert.deepEqual(entries.at(-1)?.what, { kind: 'advert-sent', priority: 100 })
  assert.deepEqual(entries.at(-2)?.what, { kind: 'advert-heard', from: peer, priority: 100, interval: 1000 })
  assert.equal(entries.at(-1)?.sequence, 3601)
})

test('an hour of the same advert is one entry, told before the next notable one', () => {
  const time = new VirtualTime()
  const told: Entry[] = []
  const recorder = new Recording(time.clock(), (entry) => told.push(entry)).recorderFor(() => 'VI_1')
  const hear = (priority = prio): void => recorder.record({ kind: 'advert-heard', from: peer, priority, interval: second })
  for (let i = 0; i < 300; i++) {
    time.advance(1000)
    hear()
  }
  assert.equal(told.length, 0)
  recorder.record({ kind: 'guard', text: 'x' })
  const [first, next] = told.map(({ what, at }) => ({ what, at: Number(at) }))
  assert.deepEqual(first, {
    what: { kind: 'adverts-heard', from: peer, priority: 100, interval: 1000, first: 2000, count: 300 },
    at: 301_000,
  })
  assert.equal(next?.what.kind, 'guard')
  // Two were lost: another stretch.
  time.advance(3000)
  hear()
  hear(50 as Priority)
  recorder.record({ kind: 'guard', text: 'y' })
  assert.deepEqual(
    told.slice(2).map(({ what }) => (what.kind === 'adverts-heard' ? [what.priority, what.count] : what.kind)),
    [[100, 1], [50, 1], 'guard'],
  )
})

test('a stranger who changes his advert with every packet writes no more than a few lines a second', () => {
  const time = new VirtualTime()
  const told: Entry[] = []
  const recorder = new Recording(time.clock(), (entry) => told.push(entry)).recorderFor(() => 'VI_1')
  for (let i = 0; i < 60_000; i++) {
    time.advance(1)
    recorder.record({ kind: 'advert-heard', from: peer, priority: (1 + (i % 200)) as Priority, interval: second })
  }
  assert(told.length > 0 && told.length < 120, String(told.length))
})

test('of any number of speakers the latest adverts name the right ones', () => {
  const recorder = new Recording(new VirtualTime().clock()).recorderFor(() => 'VI_1')
  const speaker = (i: number): IpAddress => `10.0.${i >> 8}.${i & 255}` as IpAddress
  for (let i = 0; i < 1000; i++) {
    recorder.record({ kind: 'advert-sent', priority: prio })
    recorder.record({ kind: 'advert-heard', from: speaker(i), priority: ((i % 255) + 1) as Priority, interval: second })
  }
  const latest = recorder.entries().filter(({ what }) => what.kind === 'advert-heard' || what.kind === 'advert-sent')
  const expected = Array.from({ length: steadyMax / 2 }, (_, k) => 1000 - steadyMax / 2 + k).flatMap((i) => [
    { kind: 'advert-sent', priority: prio },
    { kind: 'advert-heard', from: speaker(i), priority: (i % 255) + 1, interval: second },
  ])
  assert.deepEqual(
    latest.map(({ what }) => what),
    expected,
  )
})

test('a resignation is notable', () => {
  const heard: string[] = []
  const recording = new Recording(new VirtualTime().clock(), ({ what }) => heard.push(what.kind))
  recording.recorderFor(() => 'VI_1').record({ kind: 'advert-heard', from: peer, priority: 0 as Priority, interval: second })
  assert.deepEqual(heard, ['advert-heard'])
})

test('a line of JSON carries the wall time, bytes as hex, and no password', () => {
  const recorder = new Recording(new VirtualTime().clock()).recorderFor(() => 'VI_1')
  recorder.record({ kind: 'advert-refused', from: peer, fault: { kind: 'x', password: 'secret', bytes: Uint8Array.of(1, 255) } as never })
  const [line] = recorder.entries().map(toJsonLine)
  assert.match(line ?? '', /"wall":"2026-01-01T/)
  assert.match(line ?? '', /"bytes":"01ff"/)
  assert.doesNotMatch(line ?? '', /secret/)
})
