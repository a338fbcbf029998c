// Any order of events is safe; two sessions agree whatever the path between them does, and in time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { microseconds, seededRandom } from '@havip/base'
import { type BfdControl, bfdStates, decodeBfd, encodeBfd } from '@havip/wire'
import fc from 'fast-check'
import type { SessionConfig } from './config.ts'
import type { Event } from './event.ts'
import { at, configOf, Driver, ms, packetOf, Talk } from './fixture.ts'
import { wakeAt } from './state.ts'

const configs: fc.Arbitrary<SessionConfig> = fc.record({
  minTx: fc.integer({ min: 1, max: 300 }).map(ms),
  minRx: fc.integer({ min: 1, max: 300 }).map(ms),
  idleTx: fc.integer({ min: 1000, max: 3000 }).map(ms),
  multiplier: fc.integer({ min: 1, max: 20 }),
  passive: fc.boolean(),
})
const word = fc.integer({ min: 0, max: 0xffffffff }).map(microseconds)
const packets: fc.Arbitrary<BfdControl> = fc
  .record({
    state: fc.constantFrom(...bfdStates),
    flag: fc.constantFrom('poll', 'final', 'none'),
    demand: fc.boolean(),
    multiplier: fc.integer({ min: 1, max: 255 }),
    myDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
    desiredMinTx: fc.oneof(word, fc.constant(microseconds(0))),
    requiredMinRx: fc.oneof(word, fc.constant(microseconds(0))),
  })
  .map(({ flag, ...rest }) => packetOf({ ...rest, poll: flag === 'poll', final: flag === 'final' }))
const events: fc.Arbitrary<{ readonly event: Event; readonly wait: number }> = fc.record({
  event: fc.oneof(
    fc.constant<Event>({ kind: 'startup' }),
    fc.constant<Event>({ kind: 'shutdown' }),
    { weight: 3, arbitrary: fc.constant<Event>({ kind: 'tick' }) },
    { weight: 6, arbitrary: packets.map((packet): Event => ({ kind: 'packet', packet })) },
    configs.map((config): Event => ({ kind: 'reconfigured', config })),
    fc.tuple(fc.nat(5000), fc.nat(5000)).map(([frozen, since]): Event => ({ kind: 'stalled', frozenFor: ms(frozen), since: at(since) })),
  ),
  wait: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5000, noNaN: true })),
})

test('whatever happens in whatever order, what is sent is valid and at most one packet answers one event', () => {
  fc.assert(
    fc.property(configs, fc.array(events, { maxLength: 60 }), fc.integer(), (config, list, seed) => {
      const session = new Driver(config, seededRandom(seed))
      for (const { event, wait } of list) {
        session.now = at(session.now + wait)
        const before = session.state.kind
        const actions = session.post(event)
        const out = actions.flatMap((action) => (action.kind === 'send' ? [action.packet] : []))
        assert(out.length <= 1)
        for (const packet of out) {
          assert.deepEqual(decodeBfd(encodeBfd(packet)), { ok: true, value: packet })
          assert(packet.state === 'up' || packet.desiredMinTx >= 1_000_000, 'slow while not up')
        }
        const moves = actions.flatMap((action) => (action.kind === 'transition' ? [action] : []))
        assert.deepEqual(
          moves.map(({ from, to }) => [from, to]),
          before === session.state.kind ? [] : [[before, session.state.kind]],
        )
        const wake = wakeAt(session.state)
        assert(wake === undefined || Number.isFinite(wake))
      }
    }),
    { numRuns: 300 },
  )
})

test('a tick never leaves a deadline in the past twice', () => {
  fc.assert(
    fc.property(configs, fc.array(events, { maxLength: 30 }), (config, list) => {
      const session = new Driver(config, seededRandom(1))
      for (const { event, wait } of list) {
        session.now = at(session.now + wait)
        session.post(event)
        for (let ticks = 0; (wakeAt(session.state) ?? Number.POSITIVE_INFINITY) <= session.now; ticks++) {
          assert(ticks < 3, 'ticks at one moment come to an end')
          session.post({ kind: 'tick' })
        }
      }
    }),
    { numRuns: 200 },
  )
})

const pairs = fc
  .tuple(configs, configs, fc.nat(1_000_000))
  // Two passive ones wait for each other for ever: that is what passive means.
  .map(([one, two, seed]) => ({ one: { ...one, passive: false }, two, seed }))

test('two sessions come up over any delay, and stay up as long as every packet comes', () => {
  fc.assert(
    fc.property(pairs, fc.integer({ min: 0, max: 20 }), ({ one, two, seed }, delay) => {
      const talk = new Talk(one, two, seed)
      talk.path = () => delay
      talk.post(0, { kind: 'startup' })
      talk.post(1, { kind: 'startup' })
      talk.run(3 * Math.max(one.idleTx, two.idleTx) + 10 * delay)
      assert.deepEqual(talk.states, ['up', 'up'])
      const from = talk.log.length
      talk.run(5000)
      assert.deepEqual(
        talk.log.slice(from).filter((entry) => entry.action.kind === 'transition'),
        [],
      )
      for (const side of talk.sides) assert.equal(side.active.polling, 'no')
    }),
    { numRuns: 60 },
  )
})

test('when the path goes both are down within the negotiated time, and up again after it is back', () => {
  fc.assert(
    fc.property(pairs, ({ one, two, seed }) => {
      const talk = new Talk(one, two, seed)
      talk.post(0, { kind: 'startup' })
      talk.post(1, { kind: 'startup' })
      talk.run(10_000)
      assert.deepEqual(talk.states, ['up', 'up'])
      const cutAt = talk.now
      const intervals = [Math.max(one.minTx, two.minRx), Math.max(two.minTx, one.minRx)] as const
      talk.path = () => 'lost'
      talk.run(20 * 300 + 1000)
      for (const side of [0, 1] as const) {
        const fall = talk.log.find(
          (entry) => entry.at > cutAt && entry.side === side && entry.action.kind === 'transition' && entry.action.to === 'down',
        )
        // What side hears is the other's rhythm times the other's multiplier; the last packet was on the path for 1 ms.
        const limit = (side === 0 ? two.multiplier * intervals[1] : one.multiplier * intervals[0]) + 1
        assert(fall && fall.at - cutAt <= limit, `side ${side} down after ${fall ? fall.at - cutAt : 'never'}, limit ${limit}`)
      }
      talk.path = () => 1
      talk.run(4 * Math.max(one.idleTx, two.idleTx))
      assert.deepEqual(talk.states, ['up', 'up'])
    }),
    { numRuns: 40 },
  )
})

test('under loss and reordering states stay honest: never up for longer than a detection time when the other is not', () => {
  fc.assert(
    fc.property(pairs, fc.double({ min: 0, max: 0.6, noNaN: true }), fc.nat(30), ({ one, two, seed }, loss, jitter) => {
      const talk = new Talk(one, two, seed)
      const random = seededRandom(seed)
      talk.path = () => (random.chance(loss) ? 'lost' : 1 + jitter * random.next())
      talk.post(0, { kind: 'startup' })
      talk.post(1, { kind: 'startup' })
      const limit = 2 * 20 * 3000
      let differentSince: number | undefined
      for (let turn = 0; turn < 50; turn++) {
        talk.run(200)
        const differs = talk.states.filter((state) => state === 'up').length === 1
        if (!differs) differentSince = undefined
        else differentSince ??= talk.now
        assert(differentSince === undefined || talk.now - differentSince <= limit)
      }
      talk.path = () => 1
      // What the lossy time agreed on may be slow; a detection time of the slowest and a handshake later all is well.
      talk.run(20 * 3000 + 5 * Math.max(one.idleTx, two.idleTx))
      assert.deepEqual(talk.states, ['up', 'up'])
    }),
    { numRuns: 30 },
  )
})

test('a reload of the times on either side never takes the session down', () => {
  fc.assert(
    fc.property(
      pairs,
      fc.array(fc.tuple(fc.constantFrom(0 as const, 1 as const), configs, fc.nat(400)), { maxLength: 8 }),
      ({ one, two, seed }, changes) => {
        const talk = new Talk(one, two, seed)
        talk.post(0, { kind: 'startup' })
        talk.post(1, { kind: 'startup' })
        talk.run(10_000)
        const from = talk.log.length
        for (const [side, config, wait] of changes) {
          talk.post(side, { kind: 'reconfigured', config })
          talk.run(wait)
        }
        talk.run(2000)
        assert.deepEqual(
          talk.log.slice(from).filter((entry) => entry.action.kind === 'transition'),
          [],
        )
      },
    ),
    { numRuns: 60 },
  )
})

test('packets come at the negotiated rate', () => {
  const talk = new Talk(configOf({ minTx: ms(10), minRx: ms(50) }), configOf({ minTx: ms(20), minRx: ms(10) }), 7)
  talk.post(0, { kind: 'startup' })
  talk.post(1, { kind: 'startup' })
  talk.run(5000)
  const from = talk.now
  talk.run(1000)
  const [one, two] = [talk.sentBy(0, from, from + 1000), talk.sentBy(1, from, from + 1000)]
  assert(one >= 100 && one <= 134, `${one} packets at 10 ms`)
  assert(two >= 20 && two <= 27, `${two} packets at 50 ms`)
})
