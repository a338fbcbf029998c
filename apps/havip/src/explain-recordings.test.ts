import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRecording, tellStory } from './explain-recordings.ts'

const line = (sequence: number, second: number, what: unknown, instance = 'VI_1'): string =>
  JSON.stringify({ sequence, at: 1000 * second, wall: `2026-01-01T00:00:0${second}.000Z`, instance, what })
const transition = (from: string, to: string, reason: unknown): unknown => ({
  kind: 'action',
  action: { kind: 'transition', from, to, reason, notify: true },
})

const one = parseRecording(
  [
    '{"recording":1,"node":"ecs-1"}',
    line(1, 1, transition('backup', 'master', { kind: 'address-owner' })),
    line(2, 3, { kind: 'advert-sent', priority: 0 }),
    line(3, 3, transition('master', 'stopped', { kind: 'shutdown' })),
    line(4, 4, transition('init', 'backup', { kind: 'startup' }), 'VI_2'),
    '{"cut',
  ].join('\n'),
  'a.jsonl',
)
const two = parseRecording(
  [
    line(7, 2, transition('init', 'backup', { kind: 'startup' })),
    line(8, 3, { kind: 'event', event: { kind: 'tick' } }),
    line(9, 4, transition('backup', 'master', { kind: 'master-resigned', master: '10.0.0.1', waited: 0.4 })),
  ].join('\n'),
  'b.jsonl',
)

test('two recordings are one story, in the order of the clock, and each line says whose it is', () => {
  assert.deepEqual(tellStory([one, two], 'VI_1').split('\n'), [
    '2026-01-01T00:00:01.000Z  ecs-1    VI_1  BACKUP → MASTER: owner of the addresses, priority 255',
    '2026-01-01T00:00:02.000Z  b.jsonl  VI_1  INIT → BACKUP: start',
    '2026-01-01T00:00:03.000Z  ecs-1    VI_1  said goodbye (priority 0)',
    '2026-01-01T00:00:03.000Z  ecs-1    VI_1  MASTER → STOPPED: stop',
    '2026-01-01T00:00:04.000Z  b.jsonl  VI_1  BACKUP → MASTER: master 10.0.0.1 resigned with priority 0; waited 0.4 ms',
  ])
})
test('without a name all instances are told of', () => {
  assert.match(tellStory([one], undefined), /VI_2 {2}INIT/)
})
test('an instance that nobody recorded is said to be so', () => {
  assert.equal(tellStory([one, two], 'VI_9'), 'nothing was recorded of VI_9')
})
