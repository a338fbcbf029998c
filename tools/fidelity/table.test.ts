import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRow, header, isClose, type Pair, rowOf } from './table.ts'

type Seen = Pair['simulated']
const pairOf = (measured: Seen, simulated: Seen): Pair => ({
  measured: { ...measured, configurations: ['', ''], phase: 100 },
  simulated,
})
const seen = (outage: number, movedAfter?: number): Seen => ({ outage, movedAfter, waited: undefined })

test('a row is close within 5 ms or 2 %, by the round in the middle', () => {
  const rowWith = (...pairs: readonly Pair[]) => rowOf('power loss', '1', pairs)
  assert(isClose(rowWith(pairOf(seen(12, 3000), seen(7, 3060)))))
  assert(!isClose(rowWith(pairOf(seen(13, 3000), seen(7, 3000)))))
  assert(!isClose(rowWith(pairOf(seen(0, 3000), seen(0, 3061)))))
  const [good, bad] = [pairOf(seen(0, 100), seen(0, 100)), pairOf(seen(0, 900), seen(0, 100))] as const
  assert(isClose(rowWith(good, bad, good)))
  const { movedAfter } = rowWith(good, bad, good)
  assert.deepEqual(movedAfter, { measured: 100, simulated: 100, difference: 0, worst: 800, alone: 0 })
})

test('what happens in one of the two alone is never close', () => {
  assert(isClose(rowOf('reload', '1', [pairOf(seen(0), seen(0))])))
  assert(!isClose(rowOf('reload', '1', [pairOf(seen(0), seen(0, 5))])))
  assert(!isClose(rowOf('reload', '1', [pairOf(seen(0, 5), seen(0))])))
  // In some rounds of the one, too.
  assert(!isClose(rowOf('reload', '1', [pairOf(seen(0, 5), seen(0, 5)), pairOf(seen(0, 5), seen(0))])))
})

test('a row says both figures and how far apart they are, in columns under the header', () => {
  const line = formatRow(rowOf('power loss', '1', [pairOf(seen(2050, 2050), seen(2047, 2047))]))
  assert.match(line, /^power loss, 1 +2050\.0 +2047\.0 +3\.0 +3\.0 +0\.1 %/)
  assert.equal(line.length, header[1]?.length)
})
