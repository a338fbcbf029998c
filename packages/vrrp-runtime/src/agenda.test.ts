import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '@havip/base'
import { Agenda } from './agenda.ts'
import { VirtualTime } from './testing/virtual-clock.ts'

test('appointments run in order of time, equal times in the order they were made', () => {
  const time = new VirtualTime()
  const agenda = new Agenda(time.clock())
  const ran: string[] = []
  for (const [name, at] of [
    ['c', 30],
    ['a', 10],
    ['b1', 20],
    ['b2', 20],
  ] as const) {
    agenda.schedule(instant(time.now + at), () => ran.push(name))
  }
  time.advance(25)
  assert.deepEqual(ran, ['a', 'b1', 'b2'])
  time.advance(10)
  assert.deepEqual(ran, ['a', 'b1', 'b2', 'c'])
})

test('a cancelled appointment never runs, and does not keep the others waiting', () => {
  const time = new VirtualTime()
  const agenda = new Agenda(time.clock())
  const ran: string[] = []
  const first = agenda.schedule(instant(time.now + 10), () => ran.push('first'))
  agenda.schedule(instant(time.now + 20), () => ran.push('second'))
  first.cancel()
  time.advance(30)
  assert.deepEqual(ran, ['second'])
})

test('an appointment may make others; those due are kept too', () => {
  const time = new VirtualTime()
  const agenda = new Agenda(time.clock())
  let count = 0
  const again = (): void => {
    count++
    agenda.schedule(instant(time.now + 10), again)
  }
  again()
  time.advance(95)
  assert.equal(count, 10)
})

test('a freeze is told once, with its length, before what was due runs', () => {
  const time = new VirtualTime()
  const clock = time.clock()
  const told: string[] = []
  const agenda = new Agenda(clock, (lateBy) => told.push(`late ${lateBy}`))
  agenda.schedule(instant(time.now + 10), () => told.push('ran'))
  clock.freeze(instant(time.now + 510))
  time.advance(600)
  assert.deepEqual(told, ['late 500', 'ran'])
  assert.equal(agenda.lag.worst, 500)
})

test('who is woken by a packet after a freeze hears of it first, and not a second time', () => {
  const time = new VirtualTime()
  const clock = time.clock()
  const told: string[] = []
  const agenda = new Agenda(clock, (lateBy) => told.push(`late ${lateBy}`))
  agenda.schedule(instant(time.now + 10), () => told.push('ran'))
  clock.freeze(instant(time.now + 511))
  time.at(time.now + 510, () => agenda.notice(clock.now()))
  time.advance(600)
  assert.deepEqual(told, ['late 500', 'ran'])
})

test('nothing runs after close', () => {
  const time = new VirtualTime()
  const agenda = new Agenda(time.clock())
  agenda.schedule(instant(time.now + 10), () => assert.fail('ran'))
  agenda.close()
  time.advance(100)
})

test('an appointment that is moved later runs once, at its last time, and costs no wake-up at the ones before', () => {
  const time = new VirtualTime()
  const agenda = new Agenda(time.clock())
  const start = time.now
  const ran: number[] = []
  const moved = agenda.schedule(instant(start + 10), () => ran.push(time.now - start))
  assert.equal(moved.moveLater(instant(start + 20)), true)
  assert.equal(moved.moveLater(instant(start + 30)), true)
  agenda.schedule(instant(start + 25), () => ran.push(time.now - start))
  time.advance(100)
  assert.deepEqual(ran, [25, 30])
  assert.equal(moved.moveLater(instant(start + 200)), false)
})

test('a moved appointment can still be cancelled', () => {
  const time = new VirtualTime()
  const agenda = new Agenda(time.clock())
  let ran = false
  const moved = agenda.schedule(instant(time.now + 10), () => {
    ran = true
  })
  moved.moveLater(instant(time.now + 20))
  moved.cancel()
  time.advance(100)
  assert.equal(ran, false)
})

test('an appointment that has run can be made again, as often as one likes, and not once it is cancelled', () => {
  const time = new VirtualTime()
  const agenda = new Agenda(time.clock())
  const start = time.now
  const ran: number[] = []
  const kept = agenda.schedule(instant(start + 10), () => {
    ran.push(time.now - start)
    if (ran.length < 4) kept.again(instant(time.now + 10))
  })
  assert.equal(kept.again(instant(start + 5)), false, 'it has yet to run')
  time.advance(100)
  assert.deepEqual(ran, [10, 20, 30, 40])
  kept.cancel()
  assert.equal(kept.again(instant(time.now + 10)), false)
  time.advance(100)
  assert.equal(ran.length, 4)
})
