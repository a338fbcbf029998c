import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventQueue } from './event-queue.ts'

test('events run in the order of their times, equal ones in the order they were asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const queue = new EventQueue()
      const ran: [number, number][] = []
      for (const [i, at] of times.entries()) queue.at(at, () => ran.push([at, i]))
      queue.runUntil(20)
      const wanted = times.map((at, i): [number, number] => [at, i]).sort((a, b) => a[0] - b[0] || a[1] - b[1])
      assert.deepEqual(ran, wanted)
    }),
  )
})

test('a cancelled event does not run, and a past time means now', () => {
  const queue = new EventQueue()
  const ran: string[] = []
  queue.at(5, () => ran.push('never')).cancel()
  queue.at(6, () => queue.at(1, () => ran.push(`late at ${queue.now}`)))
  queue.runUntil(10)
  assert.deepEqual(ran, ['late at 6'])
  assert.equal(queue.now, 10)
})

test('time that stands still is a mistake, not a hang', () => {
  const queue = new EventQueue()
  const again = (): void => {
    queue.in(0, again)
  }
  again()
  assert.throws(() => queue.runUntil(1), /stands still/)
})
