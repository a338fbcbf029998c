import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '@havip/vrrp-runtime'
import { EventFeed, keptMin } from './event-feed.ts'

const entry = (sequence: number): Entry =>
  ({ sequence, at: 0, wall: 0, instance: 'VI_1', what: { kind: 'guard', text: 'x' } }) as unknown as Entry

class Source {
  readonly before: Entry[]
  #listener: (entry: Entry) => void = () => {}
  constructor(before: Entry[] = []) {
    this.before = before
  }
  recording(): readonly Entry[] {
    return this.before
  }
  onEvent(listener: (entry: Entry) => void): () => void {
    this.#listener = listener
    return () => {
      this.#listener = () => {}
    }
  }
  happen(...sequences: readonly number[]): void {
    for (const sequence of sequences) this.#listener(entry(sequence))
  }
}

/** What a reader got: sequence numbers, or the gap. `room` is how many lines it takes before it wants to be asked. */
function reader(feed: EventFeed, from: { since?: number; stream?: string }, room = Number.POSITIVE_INFINITY) {
  const lines: unknown[] = []
  let left = room
  const sink = {
    hasRoom: (): boolean => left > 0,
    write: (line: string): void => {
      const value = JSON.parse(line) as { sequence?: number }
      lines.push(value.sequence ?? value)
      left--
    },
  }
  const subscription = feed.subscribe(sink, from)
  subscription.pump()
  return {
    lines,
    subscription,
    drain: () => {
      left = room
      subscription.pump()
    },
  }
}

test('without a number a reader hears what happens from now on', () => {
  const source = new Source([entry(1), entry(2)])
  const feed = new EventFeed(source, { stream: 'a', own: 1 })
  const { lines } = reader(feed, {})
  source.happen(3, 5)
  assert.deepEqual(lines, [3, 5])
})
test('with a number it goes on from there, each event once and in order', () => {
  const source = new Source([entry(1), entry(2), entry(4)])
  const feed = new EventFeed(source, { stream: 'a', own: 1 })
  const { lines } = reader(feed, { since: 1, stream: 'a' })
  source.happen(7)
  assert.deepEqual(lines, [2, 4, 7])
  assert.deepEqual(feed.head, { stream: 'a', oldest: 1, newest: 7, own: 1 })
})
test('what is no longer kept is told as a gap', () => {
  const source = new Source()
  const feed = new EventFeed(source, { stream: 'a', own: 1 })
  for (let sequence = 1; sequence <= 2 * keptMin + 1; sequence++) source.happen(sequence)
  const { lines } = reader(feed, { since: 10 })
  assert.deepEqual(lines[0], { dropped: { afterSequence: 10, upToSequence: keptMin, reason: 'too-old' } })
  assert.equal(lines[1], keptMin + 1)
  assert.equal(lines.length, keptMin + 2)
})
test('numbers of another run of the daemon are told as such, and everything kept follows', () => {
  const feed = new EventFeed(new Source([entry(1)]), { stream: 'b', own: 1 })
  const { lines } = reader(feed, { since: 900, stream: 'a' })
  assert.deepEqual(lines, [{ dropped: { afterSequence: 900, upToSequence: 0, reason: 'other-stream' } }, 1])
})
test('a slow reader gets the rest when it has room, and holds up nobody', () => {
  const source = new Source()
  const feed = new EventFeed(source, { stream: 'a', own: 1 })
  const slow = reader(feed, {}, 2)
  const quick = reader(feed, {})
  source.happen(1, 2, 3)
  assert.deepEqual(quick.lines, [1, 2, 3])
  assert.deepEqual(slow.lines, [1, 2])
  slow.drain()
  assert.deepEqual(slow.lines, [1, 2, 3])
})
test('one that asks for a number that was never given out hears what comes next', () => {
  const source = new Source([entry(1)])
  const { lines } = reader(new EventFeed(source, { stream: 'a', own: 1 }), { since: 99 })
  source.happen(2)
  assert.deepEqual(lines, [2])
})
test('a closed subscription hears nothing', () => {
  const source = new Source()
  const { lines, subscription } = reader(new EventFeed(source, { stream: 'a', own: 1 }), {})
  subscription.close()
  source.happen(1)
  assert.deepEqual(lines, [])
})
