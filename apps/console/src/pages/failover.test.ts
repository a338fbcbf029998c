import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeRecording } from '@havip/vrrp-runtime'
import { failoverOf, movesOf } from './failover.ts'

const at = 1_767_225_600_000
let sequence = 0
const entry = (ms: number, what: unknown) => ({ sequence: ++sequence, at: ms, wall: at + ms, instance: 'VI_1', what })
const action = (action: unknown) => ({ kind: 'action', action })
const move = (from: string, to: string, reason: unknown) => action({ kind: 'transition', from, to, reason, notify: true })

/** ecs-1 says goodbye 600 ms before ecs-2 takes the address. */
const recordings = [
  {
    node: 'ecs-1',
    entries: [
      entry(-90_000, move('init', 'backup', { kind: 'startup' })),
      entry(-86_000, move('backup', 'master', { kind: 'address-owner' })),
      entry(-1_600, { kind: 'advert-sent', priority: 100 }),
      entry(-600, { kind: 'advert-sent', priority: 0 }),
      entry(-600, move('master', 'stopped', { kind: 'shutdown' })),
    ],
  },
  {
    node: 'ecs-2',
    entries: [
      entry(-89_000, move('init', 'backup', { kind: 'startup' })),
      entry(-1_599, { kind: 'advert-heard', from: '10.0.0.1', priority: 100 }),
      entry(-599, { kind: 'advert-heard', from: '10.0.0.1', priority: 0 }),
      entry(0, move('backup', 'master', { kind: 'master-resigned', master: '10.0.0.1', waited: 599 })),
      entry(0, { kind: 'advert-sent', priority: 10 }),
      entry(2, action({ kind: 'add-addresses' })),
      entry(1_000, { kind: 'advert-sent', priority: 10 }),
      entry(30_000, { kind: 'advert-sent', priority: 10 }),
    ],
  },
] as unknown as readonly NodeRecording[]

test('every move to a node is found, the newest first', () => {
  assert.deepEqual(
    movesOf(recordings).map((one) => [one.node, one.at - at]),
    [
      ['ecs-2', 0],
      ['ecs-1', -86_000],
    ],
  )
})

test('a failover has its states, its packets, its numbers and its reason, counted from the move', () => {
  const [newest] = movesOf(recordings)
  assert.ok(newest)
  const { fromMs, toMs, lanes, lines, numbers, reason } = failoverOf(recordings, newest)
  assert.deepEqual([fromMs, toMs], [-1_600, 2_500])
  assert.deepEqual(lanes[0]?.stretches, [
    { fromMs: -1_600, toMs: -600, state: 'master' },
    { fromMs: -600, toMs: 2_500, state: 'stopped' },
  ])
  assert.deepEqual(lanes[1]?.stretches, [
    { fromMs: -1_600, toMs: 0, state: 'backup' },
    { fromMs: 0, toMs: 2_500, state: 'master' },
  ])
  assert.deepEqual(
    lanes[0]?.dots.map(({ atMs, kind }) => [atMs, kind]),
    [
      [-1_600, 'sent'],
      [-600, 'goodbye'],
    ],
  )
  assert.deepEqual(numbers, { lastHeardMs: -599, gaveUpMs: -600, takenMs: 2, advertMs: 0 })
  assert.match(reason, /^master 10\.0\.0\.1 resigned/)
  assert.deepEqual(
    lines.map(({ atMs, node }) => [atMs, node]),
    [
      [-600, 'ecs-1'],
      [-600, 'ecs-1'],
      [-599, 'ecs-2'],
      [0, 'ecs-2'],
    ],
  )
})

test('a node whose recording began later, or is empty, has no state before', () => {
  const young = [
    { node: 'ecs-1', entries: [entry(1_000, move('init', 'backup', { kind: 'startup' }))] },
    recordings[1],
    { node: 'x', entries: [] },
  ]
  const [newest] = movesOf(young as unknown as readonly NodeRecording[])
  assert.ok(newest)
  const { lanes, numbers } = failoverOf(young as unknown as readonly NodeRecording[], newest)
  assert.deepEqual(lanes[0]?.stretches, [{ fromMs: 1_000, toMs: 2_500, state: 'backup' }])
  assert.deepEqual(lanes[2], { node: 'x', stretches: [], dots: [] })
  assert.equal(numbers.gaveUpMs, undefined)
})
