import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { configOf, ms, prio } from './fixture.ts'
import { effectivePriority, masterDownInterval, skewTime } from './timers.ts'

test('version 2 does not scale the skew with the interval', () => {
  assert.equal(masterDownInterval(configOf(), prio(100), ms(1000), 'raced'), 3609.375)
  assert.equal(masterDownInterval(configOf(), prio(100), ms(3000), 'raced'), 9609.375)
})
test("version 3 scales the skew with the master's interval", () => {
  assert.equal(masterDownInterval(configOf({ version: 3 }), prio(100), ms(200), 'raced'), 721.875)
  assert.equal(masterDownInterval(configOf({ version: 3 }), prio(100), ms(3000), 'raced'), 9000 + 1828.125)
})
test("an owner's skew is 1/256", () => {
  assert.equal(skewTime(configOf(), prio(255), ms(1000)), 3.90625)
})
test('down_timer_adverts changes the number of missed adverts', () => {
  assert.equal(masterDownInterval(configOf({ downTimerAdverts: 5 }), prio(100), ms(1000), 'raced'), 5609.375)
})
test('with one peer a margin stands in for the skew', () => {
  assert.equal(masterDownInterval(configOf({ takeover: { kind: 'sole-peer', margin: ms(40) } }), prio(10), ms(1000), 'alone'), 3040)
})
test('trackers add to and take from the base priority, within 1 to 254', () => {
  assert.equal(effectivePriority(prio(100), [20, -50]), 70)
  assert.equal(effectivePriority(prio(100), [-253]), 1)
  assert.equal(effectivePriority(prio(250), [253]), 254)
  assert.equal(effectivePriority(prio(100), []), 100)
})
test("an owner's priority is 255 whatever the trackers say", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -253, max: 253 })), (weights) => assert.equal(effectivePriority(prio(255), weights), 255)),
  )
})
test('the higher the priority, the shorter the master-down interval', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 254 }), fc.constantFrom(2 as const, 3 as const), (priority, version) => {
      const config = configOf({ version })
      assert(
        masterDownInterval(config, prio(priority + 1), ms(1000), 'raced') < masterDownInterval(config, prio(priority), ms(1000), 'raced'),
      )
    }),
  )
})
