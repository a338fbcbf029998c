// Recordings of simulated daemons: replayed alone they give the same transitions, together they answer what would have been.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entry, entryFromJsonLine, type NodeRecording, toJsonLine } from '@havip/vrrp-runtime'
import { drawWorld } from '../seeds/draw-world.ts'
import { simulate } from '../simulate.ts'
import { pair, pairText } from '../testing/pair.ts'
import type { World } from '../world.ts'

import { answerWhatIf, verify } from './replay.ts'
import { parseWhatIf } from './what-if.ts'

/** As a file of `--record-file` would have them. */
function recordingsOf(world: World): readonly NodeRecording[] {
  const entries = new Map<string, Entry[]>(world.nodes.map(({ name }) => [name, []]))
  simulate(world, {
    watch: {
      entry: (node, entry) => {
        const kept = entryFromJsonLine(toJsonLine(entry))
        if (kept) entries.get(node)?.push(kept)
      },
    },
  })
  return [...entries].map(([node, own]) => ({ node, entries: own }))
}

test('recordings of random worlds give the same transitions again', () => {
  const wrong: string[] = []
  let transitions = 0
  for (let seed = 1; seed <= 60; seed++) {
    const world = drawWorld(seed)
    // A stranger's valid packets come faster than a recording is willing to grow.
    if (world.faults.some(({ fault }) => fault.kind === 'hostile')) continue
    for (const { node, differsAt, recorded, replayed } of verify(recordingsOf(world)).comparisons) {
      transitions += recorded.length
      if (differsAt === undefined) continue
      const [was, now] = [recorded[differsAt], replayed[differsAt]]
      // Timers of two members that run out within a fraction of a millisecond: which came last is not in a recording.
      const isTie =
        was && now && was.to === now.to && Math.abs(was.at - now.at) < 0.1 && [was, now].some(({ reason }) => reason.kind === 'sync-group')
      if (!isTie) wrong.push(`seed ${seed} ${node}: ${JSON.stringify([was, now])}`)
    }
  }
  assert.deepEqual(wrong, [])
  assert(transitions > 100)
})

/** Each tells the whole of a pair's faults by its recordings alone. */
const stories: readonly (readonly string[])[] = [
  ['power-loss a @10s for 20s'],
  ['kill a @10s for 15s'],
  ['stop a @10s for 15s', 'power-loss b @40s for 5s'],
  ['cut a-b @12s for 9s'],
  ['freeze a @12s for 8s'],
  ['power-loss a @10s for 20s', 'cut a-b @45s for 8s'],
]
const unchanged = ['a.priority=100']

for (const faults of stories) {
  test(`what the recordings of two nodes tell together is what happened: ${faults.join(', ')}`, () => {
    const recordings = recordingsOf(pair(faults, { seconds: 60 }))
    const { doubt, strangers, asRecorded, asReplayed } = answer(recordings, unchanged)
    assert.equal(doubt, undefined)
    assert.deepEqual(strangers, [])
    const shape = ({ moves }: typeof asRecorded) => moves.map(({ node, from, to, reason }) => [node, from, to, reason.kind])
    assert.deepEqual(shape(asReplayed), shape(asRecorded))
  })
}

const answer = (recordings: readonly NodeRecording[], texts: readonly string[]) =>
  answerWhatIf(
    recordings,
    texts.map((text) => {
      const parsed = parseWhatIf(text, ['a', 'b'])
      assert(parsed.ok)
      return parsed.value
    }),
  )
const total = (gaps: readonly { readonly gaps: readonly { readonly from: number; readonly to: number }[] }[] | undefined): number =>
  (gaps ?? []).flatMap((one) => one.gaps).reduce((sum, { from, to }) => sum + to - from, 0)

const otherSettings: readonly { readonly whatIf: readonly string[]; readonly more: readonly [string, string] }[] = [
  { whatIf: ['advert_int=0.5'], more: ['version 3\nadvert_int 0.5', 'version 3\nadvert_int 0.5'] },
  { whatIf: ['b.priority=200'], more: ['version 3', 'version 3\npriority 200'] },
  { whatIf: ['sole_peer_takeover=off'], more: ['version 3\nsole_peer_takeover off', 'version 3\nsole_peer_takeover off'] },
  { whatIf: ['down_timer_adverts=5'], more: ['version 3\ndown_timer_adverts 5', 'version 3\ndown_timer_adverts 5'] },
  { whatIf: ['preempt=off'], more: ['version 3\nnopreempt', 'version 3\nnopreempt'] },
]

for (const { whatIf, more } of otherSettings) {
  test(`what if ${whatIf.join(', ')}: the answer is what the simulator finds with those settings`, () => {
    const faults = ['power-loss a @20s for 15s']
    const said = answer(recordingsOf(pair(faults, { seconds: 60, more: ['version 3', 'version 3'] })), whatIf).different
    const real = answer(recordingsOf(pair(faults, { seconds: 60, more })), unchanged).asRecorded
    // A machine without power is heard last up to an interval before, and that is all a recording can say.
    assert(Math.abs(total(said.headless) - total(real.headless)) < 600, `${total(said.headless)} and ${total(real.headless)}`)
    const rulers = ({ moves }: typeof said) => moves.filter(({ to }) => to === 'master').map(({ node }) => node)
    assert.deepEqual(rulers(said), rulers(real))
  })
}

test('a recording that begins in the middle is not replayed, and that is said', () => {
  const [first] = recordingsOf(pair(['power-loss b @10s'], { seconds: 20 }))
  assert(first)
  const cut = { ...first, entries: first.entries.slice(2) }
  const { comparisons, headless } = verify([cut])
  assert.deepEqual([comparisons, headless], [[], ['a: VI_1']])
})

test('an engine that had moved otherwise is told from the recorded one, with the first transition that differs', () => {
  const [first] = recordingsOf(pair(['stop b @10s'], { seconds: 20 }))
  assert(first)
  const wrong = first.entries.map((entry) =>
    entry.what.kind === 'configured' ? { ...entry, what: { ...entry.what, config: { ...entry.what.config, downTimerAdverts: 7 } } } : entry,
  )
  assert.equal(verify([{ ...first, entries: wrong }]).comparisons[0]?.differsAt, 1)
})

test('secrets are in no recording, and a reload with other settings is replayed as well', () => {
  const more = 'version 2\nauthentication {\nauth_type AH\nauth_pass hunter2\n}'
  const files = { '/new.conf': pairText(0, `${more}\npriority 20`) }
  const recordings = recordingsOf(pair(['reload a /new.conf @10s'], { seconds: 30, more: [more, more], files }))
  const text = JSON.stringify(recordings)
  assert.match(text, /reconfigured/)
  for (const form of ['hunter2', '68756e74657232']) assert(!text.includes(form), form)
  const [first] = verify(recordings).comparisons
  assert.deepEqual([first?.differsAt, first?.recorded.at(-1)?.to], [undefined, 'backup'])
})
