import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DaemonStatus, newCounters } from '@havip/vrrp-runtime'
import { drawTop, type Reading, type Screen } from './top-screen.ts'

const instanceOf = (name: string, sent: number) => ({
  name,
  state: 'backup',
  sinceMs: 61_000,
  vrid: 51,
  protocolVersion: 2,
  interface: 'eth0',
  source: '10.9.0.2',
  priority: { base: 10, effective: 5 },
  advertIntervalMs: 1000,
  master: { address: '10.9.0.1', priority: 100, lastHeardMs: 400, isUs: false },
  addresses: [{ address: '10.9.0.100', prefix: 32, interface: 'eth0', present: false, advertised: true }],
  consistent: true,
  faults: [],
  trackers: [
    { kind: 'script', name: 'web\u001b[2J', weight: -5, reverse: false, condition: { kind: 'bad', detail: 'exited with status 1' } },
  ],
  counters: { ...newCounters(), advert_rcvd: sent },
  transitions: [],
})
const reading = (at: number, sent: number, count = 1): Reading => ({
  at,
  status: {
    daemon: { release: '0.1.0', hostName: 'ecs-2', pid: 7, runningForMs: 5000, loop: { lagLastMs: 0.1, lagWorstMs: 12, wakeUps: 1 } },
    instances: Array.from({ length: count }, (_, i) => instanceOf(`VI_${i + 1}`, sent)),
  } as unknown as DaemonStatus,
})
const screen = (over: Partial<Screen> = {}): Screen => ({
  now: reading(2000, 30),
  before: reading(0, 10),
  columns: 200,
  rows: 24,
  selected: 0,
  isPaused: false,
  problem: undefined,
  ...over,
})

test('a row has the state, who is owner, when it was heard, and counters by the second', () => {
  const row = drawTop(screen())[3] ?? ''
  assert.deepEqual(row.split(/\s{2,}/), [
    '>',
    'VI_1',
    'BACKUP',
    '1 min',
    '5 (10)',
    '10.9.0.1',
    '400 ms',
    '-',
    '0/1',
    '0.0',
    '10',
    '0.0',
    '1 of 1 bad',
  ])
})
test('without an earlier reading, or after a restart, a rate is not known', () => {
  const rates = (before: Reading | undefined): string[] => (drawTop(screen({ before }))[3] ?? '').split(/\s{2,}/).slice(9, 12)
  assert.deepEqual(rates(undefined), ['-', '-', '-'])
  assert.deepEqual(rates(reading(0, 99)), ['0.0', '-', '0.0'])
})
test('it fits the terminal, however small, and the chosen one stays in sight', () => {
  for (const rows of [1, 2, 5, 12, 60]) {
    for (const columns of [1, 20, 80]) {
      const lines = drawTop(screen({ rows, columns, now: reading(1, 1, 100), selected: 99 }))
      assert(lines.length <= Math.max(2, rows), `${lines.length} lines in ${rows}`)
      assert(lines.every((line) => [...line].length <= columns))
      if (rows >= 12 && columns === 80) assert(lines.some((line) => line.startsWith('>  VI_100')))
    }
  }
})
test('a name cannot move the cursor', () => {
  assert(drawTop(screen()).every((line) => !line.includes('\u001b')))
})
test('a problem takes the place of the keys', () => {
  assert.equal(drawTop(screen({ problem: 'havipd has ended' })).at(-1), 'havipd has ended')
})
