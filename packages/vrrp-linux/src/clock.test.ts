import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type Instant, instant } from '@havip/base'
import { createLinuxClock } from './clock.ts'
import type { LinuxClock } from './options.ts'

let clock: LinuxClock
beforeEach(() => {
  clock = createLinuxClock()
})
afterEach(() => clock.close())

const inMs = (ms: number): Instant => instant(clock.now() + ms)
const wait = (at: Instant): Promise<Instant> => new Promise((resolve) => clock.setTimer(at, () => resolve(clock.now())))

test('a timer is never early, whatever the fraction of a millisecond', async () => {
  const dues = Array.from({ length: 400 }, (_, i) => inMs(1 + i * 0.497))
  const ran = await Promise.all(dues.map(wait))
  const early = ran.filter((at, i) => at < (dues[i] as number))
  assert.deepEqual(early, [])
})

test('it is the same clock in every process of the machine: CLOCK_MONOTONIC', () => {
  // The runtime reads the same clock, once on either side: ours lies between, however long we were held up. The microsecond
  // is what a fraction of a millisecond loses in a floating-point number.
  const before = Number(process.hrtime.bigint()) / 1e6
  const ours = clock.now()
  const after = Number(process.hrtime.bigint()) / 1e6
  assert.ok(before - 0.001 <= ours && ours <= after + 0.001, `${before} ≤ ${ours} ≤ ${after}`)
})

test('a timer in the past runs soon, but never inside setTimer', async () => {
  let hasRun = false
  const ran = new Promise<void>((resolve) => {
    clock.setTimer(instant(0), () => {
      hasRun = true
      resolve()
    })
  })
  assert.equal(hasRun, false)
  await ran
})

test('timers run in the order of their instants, and of setting among equal ones', async () => {
  const order: string[] = []
  const at = inMs(5)
  clock.setTimer(instant(at + 2), () => order.push('c'))
  clock.setTimer(at, () => order.push('a'))
  clock.setTimer(at, () => order.push('b'))
  await wait(inMs(10))
  assert.deepEqual(order, ['a', 'b', 'c'])
})

test('a cancelled timer does not run, not even when an equal one cancels it', async () => {
  const ran: string[] = []
  const at = inMs(5)
  const early = clock.setTimer(inMs(2), () => ran.push('early'))
  clock.setTimer(at, () => second.cancel())
  const second = clock.setTimer(at, () => ran.push('second'))
  early.cancel()
  early.cancel()
  await wait(inMs(10))
  assert.deepEqual(ran, [])
})

test('a nearer deadline set later comes first', async () => {
  const far = wait(inMs(60))
  const near = await wait(inMs(3))
  assert.ok(near < (await far) - 30)
})

test('timers that set timers in the past do not shut out the rest of the program', async () => {
  let rounds = 0
  const again = (): void => {
    rounds++
    if (rounds < 1000) clock.setTimer(instant(0), again)
  }
  again()
  const immediate = new Promise<number>((resolve) => setImmediate(() => resolve(rounds)))
  assert.ok((await immediate) < 10)
  assert.ok((await wait(inMs(2))) > 0)
})

test('what has to be looked at before timers is looked at once a round', async () => {
  const order: string[] = []
  clock.beforeTimers(() => order.push('before'))
  const at = inMs(3)
  clock.setTimer(at, () => order.push('a'))
  clock.setTimer(at, () => order.push('b'))
  await wait(at)
  assert.deepEqual(order, ['before', 'a', 'b'])
})

test('no timer runs in a round that did not look first, however near its instant the descriptor wakes', async () => {
  let looks = 0
  clock.beforeTimers(() => looks++)
  for (let round = 1; round <= 2000; round++) {
    const at = inMs(0.5)
    // Cancelled, it leaves the descriptor armed a little before the one that counts.
    clock.setTimer(instant(at - 0.002 * (round % 100)), () => {}).cancel()
    looks = 0
    await wait(at)
    assert.ok(looks > 0, `round ${round}`)
  }
})

test('a promise settled by a timer goes on at once, not at the next event', async () => {
  const at = inMs(2)
  let hasFired = false
  let hasGoneOn = false
  void wait(at).then(() => {
    hasGoneOn = true
  })
  clock.setTimer(at, () => {
    hasFired = true
  })
  const found = await new Promise<boolean>((resolve) => {
    const look = setInterval(() => {
      if (!hasFired) return
      clearInterval(look)
      resolve(hasGoneOn)
    }, 20)
  })
  assert.equal(found, true)
})

test('what a timer throws is uncaught, and the other timers run', async () => {
  const thrown: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => thrown.push(error))
  const at = inMs(2)
  let hasRun = false
  clock.setTimer(at, () => {
    throw new Error('broken timer')
  })
  clock.setTimer(at, () => {
    hasRun = true
  })
  await wait(at)
  // What was thrown is thrown again from there.
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  for (const listener of listeners) process.on('uncaughtException', listener)
  assert.equal(hasRun, true)
  assert.deepEqual(
    thrown.map((error) => (error as Error).message),
    ['broken timer'],
  )
})

test('a timer set for the past counts as late from when it was set', async () => {
  await wait(instant(0))
  // From the instant it was set for it would be as long as the machine has run.
  assert.ok(clock.lateness().maximum < clock.now() / 2)
})

test('lateness is measured and can be started anew', async () => {
  await Promise.all([wait(inMs(2)), wait(inMs(4))])
  const { timers, maximum, mean, last } = clock.lateness()
  assert.equal(timers, 2)
  assert.ok(maximum >= mean && mean > 0 && last >= 0)
  clock.resetLateness()
  assert.deepEqual(clock.lateness(), { timers: 0, maximum: 0, mean: 0, last: 0 })
})
