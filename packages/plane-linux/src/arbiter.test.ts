import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Arbiter, askAfterMs, type Verdict } from './arbiter.ts'

const address = '192.168.0.88'

/** A segment with some ports that hold the address or don't; the kernel's part of the rule is played here. */
class Segment {
  readonly arbiter = new Arbiter()
  readonly holders = new Set<string>()
  readonly held = new Set<string>()
  owner: string | undefined
  nowMs = 0
  moves = 0
  refused = 0

  /** A gratuitous announcement. */
  announce(port: string): void {
    this.holders.add(port)
    if (this.held.has(port)) this.refused++
    else {
      if (this.owner !== port) this.moves++
      this.owner = port
      this.arbiter.heard(address, port, this.nowMs)
    }
  }

  /** Time passes, and everything that is due is looked at. */
  pass(forMs: number): Verdict[] {
    const until = this.nowMs + forMs
    const verdicts: Verdict[] = []
    for (;;) {
      const next = this.arbiter.nextLookMs()
      if (next === undefined || next > until) break
      this.nowMs = Math.max(this.nowMs, next)
      for (const due of this.arbiter.due(this.nowMs))
        for (const verdict of this.arbiter.saw(due, { owner: this.owner, holders: [...this.holders] }, this.nowMs)) {
          verdicts.push(verdict)
          this.#carryOut(verdict)
        }
    }
    this.nowMs = until
    return verdicts
  }

  #carryOut(verdict: Verdict): void {
    if (verdict.kind === 'release') this.held.delete(verdict.loser)
    else if (verdict.kind === 'hold') {
      this.held.add(verdict.loser)
      this.#own(verdict.winner)
    } else {
      this.held.delete(verdict.to)
      this.#own(verdict.to)
    }
  }

  #own(port: string): void {
    if (this.owner !== port) this.moves++
    this.owner = port
  }
}

/** The first owner, taken over from by one that does not hear it, and back. */
function splitBrain(segment: Segment): void {
  segment.announce('a')
  segment.pass(10_000)
  segment.announce('b')
  segment.pass(2_000)
  segment.announce('a')
}

describe('a failover', () => {
  test('is news, asked about, and no conflict', () => {
    const segment = new Segment()
    segment.announce('a')
    segment.pass(5_000)
    segment.holders.delete('a')
    segment.announce('b')
    assert.equal(segment.arbiter.nextLookMs(), 5_000 + askAfterMs)
    assert.deepEqual(segment.pass(60_000), [])
    assert.equal(segment.arbiter.conflicts(address), 0)
    assert.equal(segment.arbiter.nextLookMs(), undefined, 'and then nothing is asked any more')
  })

  test('and back a moment later is none either, as long as only one holds the address', () => {
    const segment = new Segment()
    for (const [port, other] of ['ab', 'ba', 'ab', 'ba'] as const) {
      segment.holders.delete(other ?? '')
      segment.announce(port ?? '')
      segment.pass(700)
    }
    assert.equal(segment.arbiter.conflicts(address), 0)
    assert.deepEqual([...segment.held], [])
  })

  test('after others that were in order is no conflict with a hanging one either', () => {
    const segment = new Segment()
    for (const [port, other] of ['ab', 'ba', 'ab'] as const) {
      segment.holders.delete(other ?? '')
      segment.announce(port ?? '')
      segment.pass(2_000)
    }
    segment.announce('b')
    assert.deepEqual(segment.pass(3_000), [])
  })

  test('from one that hangs with the address leaves the address with the new owner, and is no conflict', () => {
    const segment = new Segment()
    segment.announce('a')
    segment.pass(1_000)
    segment.announce('b')
    assert.deepEqual(segment.pass(100_000), [])
    assert.equal(segment.owner, 'b')
  })
})

describe('two that both hold the address and take turns', () => {
  test('are in conflict: the one that had it before keeps it, and the address does not move any more', () => {
    const segment = new Segment()
    splitBrain(segment)
    segment.pass(1_000)
    const { moves } = segment
    for (let turn = 0; turn < 100; turn++) {
      segment.announce(turn % 2 === 0 ? 'b' : 'a')
      segment.pass(1_000)
    }
    assert.equal(segment.owner, 'a')
    assert.equal(segment.moves, moves)
    assert.equal(segment.refused, 50)
    assert.equal(segment.arbiter.conflicts(address), 1)
    assert.deepEqual(segment.arbiter.conflict(address, segment.nowMs)?.losers, ['b'])
  })

  test('are in conflict, too, when they take turns faster than anybody could look', () => {
    const segment = new Segment()
    for (let turn = 0; turn < 200; turn++) {
      segment.announce(turn % 2 === 0 ? 'a' : 'b')
      segment.pass(20)
    }
    assert.equal(segment.arbiter.conflicts(address), 1)
    assert.ok(segment.moves < 60, `${segment.moves} moves`)
    assert.ok(segment.refused > 70)
  })

  test('end it when one gives up; the hold falls after a while of silence', () => {
    const segment = new Segment()
    splitBrain(segment)
    segment.pass(3_000)
    assert.deepEqual([...segment.held], ['b'])
    segment.holders.delete('b')
    segment.pass(3_000)
    assert.deepEqual([...segment.held], ['b'], 'not at once')
    segment.pass(4_000)
    assert.deepEqual([...segment.held], [])
    assert.equal(segment.arbiter.conflict(address, segment.nowMs), undefined)
  })

  test('are held longer each time', () => {
    const segment = new Segment()
    const lengths: number[] = []
    for (let time = 0; time < 3; time++) {
      segment.holders.clear()
      splitBrain(segment)
      segment.pass(1_000)
      segment.holders.delete('b')
      const begun = segment.nowMs
      while (segment.held.size > 0) segment.pass(500)
      lengths.push(segment.nowMs - begun)
    }
    assert.ok((lengths[1] ?? 0) > (lengths[0] ?? 0) * 1.5 && (lengths[2] ?? 0) > (lengths[1] ?? 0) * 1.5, lengths.join(' '))
  })

  test('the winner dies: the loser that holds the address gets it without an announcement and without waiting', () => {
    const segment = new Segment()
    splitBrain(segment)
    segment.pass(3_000)
    segment.holders.delete('a')
    segment.pass(1_500)
    assert.equal(segment.owner, 'b')
    assert.deepEqual([...segment.held], [])
  })

  test('the winner dies while the loser has given up: whoever announces next gets it', () => {
    const segment = new Segment()
    splitBrain(segment)
    segment.pass(3_000)
    segment.holders.clear()
    segment.pass(1_500)
    assert.deepEqual([...segment.held], [])
    segment.announce('b')
    assert.equal(segment.owner, 'b')
  })

  test('a third one that comes in meanwhile is held too', () => {
    const segment = new Segment()
    splitBrain(segment)
    segment.pass(3_000)
    segment.announce('c')
    segment.pass(2_000)
    assert.equal(segment.owner, 'a')
    assert.deepEqual([...segment.held].sort(), ['b', 'c'])
  })
})

test('an owner that gave the address up without a word loses it to the one that still holds it', () => {
  const segment = new Segment()
  segment.announce('a')
  segment.pass(1_000)
  segment.announce('b')
  // The old owner stays master: the new one hears it, yields, and nobody announces anything.
  segment.holders.delete('b')
  segment.pass(1_000)
  assert.equal(segment.owner, 'a')
})

test('a conflict that was there before us goes on', () => {
  const segment = new Segment()
  segment.owner = 'a'
  segment.holders.add('a').add('b')
  segment.held.add('b')
  segment.arbiter.resume(address, 'a', ['b'], 0)
  segment.pass(20_000)
  assert.deepEqual([...segment.held], ['b'])
  segment.holders.delete('b')
  segment.pass(20_000)
  assert.deepEqual([...segment.held], [])
})

test('whatever happens: when the rest is silent, the only one that holds the address owns it soon, and nobody is held', () => {
  const step = fc.record({ port: fc.constantFrom('a', 'b', 'c'), act: fc.constantFrom('announce', 'drop', 'forget'), wait: fc.nat(4_000) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const segment = new Segment()
      for (const { port, act, wait } of steps) {
        if (act === 'announce') segment.announce(port)
        else if (act === 'drop') segment.holders.delete(port)
        else segment.arbiter.forget()
        segment.pass(wait)
        const held = segment.owner !== undefined && segment.held.has(segment.owner)
        assert.ok(!held, 'an owner is never held')
      }
      segment.holders.clear()
      segment.pass(2_000)
      segment.announce('b')
      segment.pass(200_000)
      assert.equal(segment.owner, 'b')
      assert.equal(segment.held.size, 0)
    }),
    { numRuns: 300 },
  )
})
