import assert from 'node:assert/strict'
import { test } from 'node:test'
import { milliseconds } from '@havip/base'
import { parseFault, simulate, worldOfFiles } from '@havip/sim'
import { toJsonLine } from '@havip/vrrp-runtime'
import { commandLine, first, second } from './cli-test.ts'
import { addDaemonCommands } from './daemon.ts'

const inPlace = commandLine(addDaemonCommands)

/** What the two nodes' --record-file hold after the first one lost its power. */
function recordings(): Readonly<Record<string, string>> {
  const lines: Record<string, string[]> = { one: [], two: [] }
  const fault = parseFault('power-loss one @10s')
  assert(fault.ok)
  const files = [first, second].map((text, i) => ({ name: i === 0 ? 'one' : 'two', path: '/keepalived.conf', text }))
  simulate(worldOfFiles(files, { duration: milliseconds(20_000), faults: [fault.value] }), {
    watch: { entry: (node, entry) => lines[node]?.push(toJsonLine(entry)) },
  })
  const text = (node: string): string => [JSON.stringify({ recording: 1, node }), ...(lines[node] ?? []), ''].join('\n')
  return { 'one.jsonl': text('one'), 'two.jsonl': text('two') }
}

test('a replay says that it reaches the same transitions', () =>
  inPlace(recordings(), async ({ run }) => {
    const { status, out } = await run('explain', '--replay', '--recording', 'one.jsonl', 'two.jsonl')
    assert.equal(status, 0)
    assert.match(
      out,
      /^one VI: replayed \d+ events and 0 adverts: the same 2 transitions, at most \S+ ms apart\ntwo VI: .*the same 2 transitions/,
    )
  }))

test('what if the interval were shorter: the same story, sooner', () =>
  inPlace(recordings(), async ({ run }) => {
    const { status, out } = await run('explain', '--recording', 'one.jsonl', 'two.jsonl', '--what-if', 'advert_int=0.3')
    assert.equal(status, 0)
    assert.match(out, /What if advert_int=0.3/)
    assert.match(out, /two VI {2}BACKUP → MASTER: 2\.1 s earlier/)
    assert.match(out, /VRID 51 IPv4 without a master: 3\.05 s as recorded, 950 ms then/)
  }))

test('what if only one node was recorded: the answer names the other', () =>
  inPlace(recordings(), async ({ run }) => {
    const { out } = await run('explain', '--recording', 'two.jsonl', '--what-if', 'sole_peer_takeover=off')
    assert.match(out, /The recording of 10\.0\.0\.1 is not here/)
  }))

test('a setting that is none, and a file without entries, say what would be right', () =>
  inPlace({ ...recordings(), 'empty.jsonl': '' }, async ({ run }) => {
    const wrong = await run('explain', '--recording', 'one.jsonl', '--what-if', 'vrid=3')
    assert.deepEqual(
      [wrong.status, wrong.err],
      [2, '“vrid=3”: what can be different is priority, advert_int, preempt, preempt_delay, down_timer_adverts, sole_peer_takeover'],
    )
    const empty = await run('explain', '--recording', 'empty.jsonl', '--replay')
    assert.deepEqual([empty.status, empty.err], [2, 'nothing was recorded: was havipd started with --record-file?'])
  }))
