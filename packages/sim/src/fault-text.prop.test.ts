import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDuration, parseDuration } from './duration.ts'
import { parseFault } from './fault-text.ts'

const words = fc.constantFrom(
  'kill',
  'cut',
  'a-b',
  'a',
  '->',
  'for',
  '5s',
  '@3s',
  'loss',
  '10%',
  'script',
  'fails',
  'every',
  '3',
  'times',
  '@',
  "'x y'",
  '-',
)

test('any text gives an answer, and a mistake lies within the text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((list) => list.join(' ')),
      ),
      (text) => {
        const fault = parseFault(text, ['a', 'b'])
        if (!fault.ok) assert(fault.fault.start >= 0 && fault.fault.end <= text.length + 1 && fault.fault.message.length > 0)
      },
    ),
  )
})

test('a length of time reads back as it was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000_000 }), (tenths) => {
      const time = parseDuration(formatDuration(tenths / 10))
      assert(time.ok)
      assert.equal(time.value, tenths / 10)
    }),
  )
})
