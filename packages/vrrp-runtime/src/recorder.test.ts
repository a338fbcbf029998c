import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IpAddress, Priority } from '@havip/base'
import { Recording, steadyMax, toJsonLine } from './recorder.ts'
import { VirtualTime } from './testing/virtual-clock.ts'

const peer = '192.168.0.210' as IpAddress
const prio = 100 as Priority

test('an hour of adverts never pushes a notable entry out, and only the latest adverts stay', () => {
  const recorder = new Recording(new VirtualTime().clock()).recorderFor(() => 'VI_1')
  recorder.record({ kind: 'guard', text: 'first' })
  for (let i = 0; i < 3600; i++)
    recorder.record(i % 2 ? { kind: 'advert-sent', priority: prio } : { kind: 'advert-heard', from: peer, priority: prio })
  const entries = recorder.entries()
  assert.equal(entries.length, 1 + steadyMax)
  assert.deepEqual(entries[0]?.what, { kind: 'guard', text: 'first' })
  assert.deepEqual(entries.at(-1)?.what, { kind: 'advert-sent', priority: 100 })
  assert.deepEqual(entries.at(-2)?.what, { kind: 'advert-heard', from: peer, priority: 100 })
  assert.equal(entries.at(-1)?.sequence, 3601)
})

test('a resignation is notable', () => {
  const heard: string[] = []
  const recording = new Recording(new VirtualTime().clock(), ({ what }) => heard.push(what.kind))
  recording.recorderFor(() => 'VI_1').record({ kind: 'advert-heard', from: peer, priority: 0 as Priority })
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
