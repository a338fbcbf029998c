import assert from 'node:assert/strict'
import { test } from 'node:test'
import { microseconds } from '@havip/base'
import { at, configOf, Driver, fixedRandom, ms, sent, transitions } from './fixture.ts'
import { wakeAt } from './state.ts'
import { detectionTime, transmitInterval } from './timers.ts'

// --- the state machine of RFC 5880 §6.2

test('startup says Down at once and once a second', () => {
  const session = new Driver()
  assert.deepEqual(transitions(session.post({ kind: 'startup' })), ['admin-down > down'])
  const first = sent(session.pass(0))
  assert.deepEqual(
    first.map(({ state, yourDiscriminator, desiredMinTx, requiredMinRx }) => [state, yourDiscriminator, desiredMinTx, requiredMinRx]),
    [['down', 0, 1_000_000, 10_000]],
  )
  assert.equal(sent(session.pass(3500)).length, 3)
})
test('a neighbor that says Down makes us Init, and is told so at once, by its discriminator', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  const actions = session.hear({ state: 'down', yourDiscriminator: 0, myDiscriminator: 77 })
  assert.deepEqual(transitions(actions), ['down > init'])
  assert.deepEqual(
    sent(actions).map(({ state, yourDiscriminator }) => [state, yourDiscriminator]),
    [['init', 77]],
  )
})
test('a neighbor that says Init makes a session that is down come up', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  assert.deepEqual(transitions(session.hear({ state: 'init' })), ['down > up'])
})
test('a neighbor that says Up makes a session in Init come up', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  session.hear({ state: 'down' })
  assert.deepEqual(transitions(session.hear({ state: 'up' })), ['init > up'])
})
test('a neighbor that says Up while we are down changes nothing: it has to notice first', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  assert.deepEqual(transitions(session.hear({ state: 'up' })), [])
  assert.equal(session.state.kind, 'down')
})
test('a neighbor that says Down takes the session down, with the diagnostic for it', () => {
  const session = new Driver().comeUp()
  const actions = session.hear({ state: 'down', diagnostic: 'detection-time-expired' })
  assert.deepEqual(
    actions.find((action) => action.kind === 'transition'),
    {
      kind: 'transition',
      from: 'up',
      to: 'down',
      reason: { kind: 'neighbor-says', state: 'down', diagnostic: 'detection-time-expired' },
    },
  )
  assert.deepEqual(
    sent(actions).map(({ state, diagnostic }) => [state, diagnostic]),
    [['down', 'neighbor-signaled-down']],
  )
})
test('a neighbor that is administratively down takes the session down and keeps it there', () => {
  const session = new Driver().comeUp()
  assert.deepEqual(transitions(session.hear({ state: 'admin-down' })), ['up > down'])
  assert.deepEqual(transitions(session.hear({ state: 'admin-down' })), [])
  assert.deepEqual(transitions(session.hear({ state: 'down' })), ['down > init'])
})
test('administratively down ourselves, every packet is discarded', () => {
  const session = new Driver()
  assert.deepEqual(session.hear({ state: 'down', poll: true }), [])
  assert.equal(session.state.kind, 'admin-down')
})
test('shutdown tells the neighbor AdminDown once and then is silent', () => {
  const session = new Driver().comeUp()
  const actions = session.post({ kind: 'shutdown' })
  assert.deepEqual(
    sent(actions).map(({ state, diagnostic }) => [state, diagnostic]),
    [['admin-down', 'administratively-down']],
  )
  assert.equal(wakeAt(session.state), undefined)
})

// --- detection, RFC 5880 §6.8.4

test('silence for the neighbor’s multiplier times the slower interval takes the session down', () => {
  const session = new Driver(configOf({ minRx: ms(30) })).comeUp()
  const heardAt = session.now
  assert.deepEqual(transitions(session.pass(149.9)), [])
  const actions = session.pass(0.2)
  assert.deepEqual(
    actions.find((action) => action.kind === 'transition'),
    {
      kind: 'transition',
      from: 'up',
      to: 'down',
      reason: { kind: 'detection-time-expired', silentFor: 150, detectionTime: 150, lateBy: 0 },
    },
  )
  assert.equal(session.active.neighbor, undefined)
  assert.equal(heardAt, at(0))
})
test('when the time has run out the packet says so and no longer knows the neighbor’s discriminator', () => {
  const session = new Driver().comeUp()
  const said = sent(session.pass(51)).at(-1)
  assert.deepEqual([said?.state, said?.diagnostic, said?.yourDiscriminator], ['down', 'detection-time-expired', 0])
})
test('each packet begins the detection time anew', () => {
  const session = new Driver().comeUp()
  for (let i = 0; i < 20; i++) {
    session.pass(49)
    session.hear({ state: 'up' })
  }
  assert.equal(session.state.kind, 'up')
})
test('silence takes a session in Init down too', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  session.hear({ state: 'down' })
  assert.deepEqual(transitions(session.pass(5000)), ['init > down'])
})
test('a session that is down forgets a neighbor that has fallen silent', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  session.hear({ state: 'up' })
  assert.equal(session.active.neighbor?.discriminator, 2)
  const remarks = session.pass(60).filter((action) => action.kind === 'remark')
  assert.deepEqual(remarks, [{ kind: 'remark', remark: { kind: 'neighbor-forgotten', silentFor: 50 } }])
  assert.equal(session.active.neighbor, undefined)
})
test('the time in which we did not run is no silence of the neighbor', () => {
  const session = new Driver().comeUp()
  session.now = at(5000)
  session.post({ kind: 'stalled', frozenFor: ms(4990), since: at(10) })
  assert.deepEqual(transitions(session.pass(39)), [])
  assert.deepEqual(transitions(session.pass(2)), ['up > down'])
})

// --- times and poll sequences, RFC 5880 §6.5, §6.8.3, §6.8.7

test('coming up asks for the configured times by a poll, and is slow in detecting until it is answered', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  const [up] = sent(session.hear({ state: 'init' }))
  assert.deepEqual([up?.poll, up?.desiredMinTx], [true, 10_000])
  assert(
    sent(session.pass(30)).every((packet) => packet.poll),
    'until the answer every packet asks',
  )
  const answered = session.hear({ state: 'up', final: true })
  assert.deepEqual(answered, [{ kind: 'remark', remark: { kind: 'poll-finished', transmitInterval: 10, detectionTime: 50 } }])
  assert(sent(session.pass(30)).every((packet) => !packet.poll))
})
test('a neighbor that asks is answered at once, outside the rhythm', () => {
  const session = new Driver().comeUp()
  const before = wakeAt(session.state)
  const actions = session.hear({ state: 'up', poll: true })
  assert.deepEqual(
    sent(actions).map(({ poll, final }) => [poll, final]),
    [[false, true]],
  )
  assert.equal(wakeAt(session.state), before)
})
test('one packet serves as the answer and as the news of a new state', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  const packets = sent(session.hear({ state: 'init', poll: true }))
  assert.deepEqual(
    packets.map(({ state, poll, final }) => [state, poll, final]),
    [['up', false, true]],
  )
})
test('we send no faster than the neighbor takes', () => {
  const session = new Driver().comeUp()
  session.hear({ state: 'up', requiredMinRx: microseconds(200_000) })
  assert.equal(transmitInterval(session.config, session.active), 200)
})
test('a neighbor that takes more from now on gets its next packet when the shorter interval is over', () => {
  const session = new Driver().comeUp()
  session.hear({ state: 'up', requiredMinRx: microseconds(40_000) })
  session.pass(45)
  const { sentAt } = session.active
  session.hear({ state: 'up', requiredMinRx: microseconds(40_000) })
  session.pass(20)
  session.hear({ state: 'up' })
  assert.deepEqual([sentAt, wakeAt(session.state)], [session.active.sentAt, session.now])
})
test('a neighbor that takes no periodic packets gets none', () => {
  const session = new Driver().comeUp()
  session.hear({ state: 'up', requiredMinRx: microseconds(0) })
  assert.deepEqual(sent(session.pass(40)), [])
})
test('a neighbor in demand mode gets no periodic packets while both are up', () => {
  const session = new Driver().comeUp()
  session.hear({ state: 'up', demand: true })
  assert.deepEqual(sent(session.pass(40)), [])
  session.hear({ state: 'up', demand: false })
  assert(sent(session.pass(40)).length >= 4)
})
test('slower sending comes into force only when the neighbor has answered the poll', () => {
  const session = new Driver().comeUp()
  const [asking] = sent(session.post({ kind: 'reconfigured', config: configOf({ minTx: ms(100) }) }))
  assert.deepEqual([asking?.poll, asking?.desiredMinTx], [true, 100_000])
  assert.equal(transmitInterval(session.config, session.active), 10)
  session.hear({ state: 'up', final: true })
  assert.equal(transmitInterval(session.config, session.active), 100)
})
test('faster detection comes into force only when the neighbor has answered the poll', () => {
  const session = new Driver(configOf({ minRx: ms(100) })).comeUp()
  session.post({ kind: 'reconfigured', config: configOf({ minRx: ms(20) }) })
  const { active } = session
  assert(active.neighbor)
  assert.equal(detectionTime({ ...active, neighbor: active.neighbor }), 500)
  session.hear({ state: 'up', final: true })
  const { active: after } = session
  assert(after.neighbor)
  assert.equal(detectionTime({ ...after, neighbor: after.neighbor }), 100)
})
test('a second change while a poll runs is asked for by a second poll', () => {
  const session = new Driver().comeUp()
  session.post({ kind: 'reconfigured', config: configOf({ minTx: ms(100) }) })
  session.post({ kind: 'reconfigured', config: configOf({ minTx: ms(50) }) })
  session.hear({ state: 'up', final: true })
  assert.equal(session.active.polling, 'yes')
  assert.equal(transmitInterval(session.config, session.active), 10)
  session.hear({ state: 'up', final: true })
  assert.equal(session.active.polling, 'no')
  assert.equal(transmitInterval(session.config, session.active), 50)
})
test('a reload that changes nothing about the times keeps the session up without a poll', () => {
  const session = new Driver().comeUp()
  const packets = sent(session.post({ kind: 'reconfigured', config: configOf({ multiplier: 9 }) }))
  assert.deepEqual(
    packets.map(({ poll, multiplier, state }) => [poll, multiplier, state]),
    [[false, 9, 'up']],
  )
})
test('periodic packets are shortened by up to a quarter, and by a tenth at least when every single one counts', () => {
  const gapOf = (multiplier: number, draw: number): number => {
    const session = new Driver(configOf({ multiplier, minTx: ms(100), minRx: ms(100) }), fixedRandom(draw)).comeUp()
    session.pass(100)
    session.hear({ state: 'up' })
    const { sentAt, transmitAt } = session.active
    return Math.round((transmitAt ?? Number.NaN) - (sentAt ?? Number.NaN))
  }
  assert.deepEqual([gapOf(5, 0), gapOf(5, 0.9999), gapOf(1, 0), gapOf(1, 0.9999)], [75, 100, 75, 90])
})

// --- the passive role, RFC 5880 §6.1

test('a passive session is silent until it hears somebody', () => {
  const session = new Driver(configOf({ passive: true }))
  session.post({ kind: 'startup' })
  assert.deepEqual(session.pass(10_000), [])
  assert.deepEqual(sent(session.hear({ state: 'down', yourDiscriminator: 0 })).length, 1)
})
test('a passive session whose neighbor fell silent is silent too', () => {
  const session = new Driver(configOf({ passive: true })).comeUp()
  const actions = session.pass(200)
  assert.deepEqual(transitions(actions), ['up > down'])
  assert(
    sent(actions).every((packet) => packet.state === 'up'),
    'says nothing after the end',
  )
  assert.deepEqual(session.pass(10_000), [])
})
