// A planned switchover: one rule a test. Times are milliseconds since the router was made.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IpAddress, instant } from '@havip/base'
import type { Event } from './event.ts'
import { backup, configOf, Driver, heard, lowerPeer, master, ms, ours, owner, peer, prio, router, virtual } from './fixture.ts'
import { legacyOf, resume } from './resume.ts'

const give: Event = { kind: 'yield', overlap: ms(250), saysLastWord: true }
const takeBack: Event = { kind: 'take-back', order: 'addresses-first' }
const third = '192.168.0.211' as IpAddress
const solePeer = { takeover: { kind: 'sole-peer' as const, margin: ms(40) } }

test('it says goodbye, keeps the addresses while the other takes over, and lets go a moment later', () => {
  const driver = master().send(give)
  assert.deepEqual(driver.take(), ['20000 cancel-announcements', '20000 advert 0', '20000 remark yielding'])
  driver.until(20_960).send(heard(configOf(), peer, 10))
  assert.deepEqual(driver.take(), ['20960 remark successor-heard'])
  assert.equal(driver.state.kind, 'master')
  driver.until(21_209.9)
  assert.deepEqual(driver.take(), [])
  driver.until(21_210)
  assert.deepEqual(driver.take(), [
    '21210 cancel-announcements',
    '21210 remove-addresses',
    '21210 advert 1',
    '21210 master to backup: switched-over',
  ])
})
test('the reason has its numbers', () => {
  const driver = master()
    .send(give)
    .until(20_960)
    .send(heard(configOf(), peer, 10))
    .until(22_000)
  const reasons = driver.log.flatMap(({ actions }) => actions.flatMap((action) => (action.kind === 'transition' ? [action.reason] : [])))
  assert.deepEqual(reasons, [{ kind: 'switched-over', to: peer, theirs: 10, after: 960, overlap: 250 }])
})
test('while it waits it neither advertises nor announces', () => {
  const driver = master({ announcing: { ...configOf().announcing, refresh: ms(100) } }).send(give)
  driver.take()
  driver.until(21_400)
  assert.deepEqual(driver.take(), [])
})
test('the goodbye is said again after every skew there is, and after three it gives up and is master as before', () => {
  const driver = master().send(give)
  driver.take()
  driver.until(27_000)
  assert.deepEqual(driver.take(), [
    '21500 advert 0',
    '23000 advert 0',
    '24500 advert 0',
    '25500 advert 100',
    '25500 announce 5',
    '25500 remark switchover-given-up',
    '26500 advert 100',
  ])
})
test('an interval of 10 ms waits a second for a slow peer', () => {
  const driver = master({ version: 3, interval: ms(10) }).send(give)
  driver.take()
  driver.until(20_999)
  assert.equal(driver.take().filter((line) => line.endsWith('advert 0')).length, 9)
  driver.until(21_000)
  assert.deepEqual(driver.take(), ['21000 advert 100', '21000 announce 5', '21000 remark switchover-given-up'])
})
test('two that make room for one another at the same time: the one with the higher address stays, the other lets go', () => {
  const goodbye = (from: IpAddress): Event => heard(configOf(), from, 0)
  const lower = master().send(give)
  lower.take()
  // peer has the higher address.
  lower.until(20_100).send(goodbye(peer))
  assert.deepEqual(lower.take(), [])
  const higher = master().send(give)
  higher.take()
  higher.until(20_100).send(goodbye(lowerPeer))
  assert.deepEqual(higher.take(), ['20100 advert 100', '20100 announce 5', '20100 remark switchover-given-up'])
  assert.equal(higher.state.kind, 'master')
  lower
    .until(20_200)
    .send(heard(configOf(), peer, 10))
    .until(21_000)
  assert.equal(lower.state.kind, 'backup')
})
test('after it, it leaves the lower master in peace although it preempts', () => {
  const driver = master()
    .send(give)
    .send(heard(configOf(), peer, 10))
    .until(20_250)
  driver.take()
  for (let at = 21_000; at <= 60_000; at += 1000) driver.until(at).send(heard(configOf(), peer, 10))
  assert.deepEqual(driver.take(), [])
  assert.equal(driver.state.kind, 'backup')
})
test('it takes over again when that master is gone, and preempts as before from then on', () => {
  const driver = master()
    .send(give)
    .send(heard(configOf(), peer, 10))
    .until(30_000)
  assert.equal(driver.state.kind, 'master')
  assert.equal(driver.state.known.standsBackSince, undefined)
})
test('it takes over again when that master resigns', () => {
  const driver = master(solePeer)
    .send(give)
    .send(heard(configOf(), peer, 10))
    .until(21_000)
  driver.take()
  driver.send(heard(configOf(), peer, 0))
  assert.equal(driver.state.kind, 'master')
})
test('an owner of the addresses stands back too, also after a fault', () => {
  const driver = router(owner)
    .until(5000)
    .send(give)
    .send(heard(configOf(owner), peer, 10))
    .until(6000)
  driver.send({ kind: 'health-changed', faults: [{ kind: 'interface-down', interface: 'eth0' }], waitingFor: [] })
  driver.send({ kind: 'health-changed', faults: [], waitingFor: [] })
  assert.equal(driver.state.kind, 'backup')
})
test('taking back: addresses and announcements first, and the lower master hears of it last', () => {
  const driver = master()
    .send(give)
    .send(heard(configOf(), peer, 10))
    .until(21_000)
  driver.send(heard(configOf(), peer, 10))
  driver.take()
  driver.send(takeBack)
  assert.deepEqual(driver.take(), ['21000 add-addresses', '21000 announce 5', '21000 backup to master: taken-back'])
  // What it says meanwhile is not answered: it has not been told yet.
  driver.until(21_040).send(heard(configOf(), peer, 10))
  assert.deepEqual(driver.take(), [])
  driver.until(21_050)
  assert.deepEqual(driver.take(), ['21050 advert 100', '21050 announce 5'])
  driver.until(21_070).send(heard(configOf(), peer, 10))
  assert.deepEqual(driver.take(), ['21070 advert 100'])
  // It may have announced until it heard of it.
  driver.until(21_100)
  assert.deepEqual(driver.take(), ['21100 announce 5'])
})
test('taking back from another owner: what that one says before it has been told is no dispute', () => {
  const both = { ...owner, wantsMaster: false }
  const driver = backup(both)
    .send(heard(configOf(both), lowerPeer, 255))
    .send(takeBack)
  driver.take()
  driver.until(20).send(heard(configOf(both), lowerPeer, 255))
  assert.deepEqual(driver.take(), [])
  driver.until(50)
  assert.deepEqual(driver.take(), ['50 advert 255', '50 announce 5'])
})
test('nopreempt does not keep it from taking back', () => {
  const driver = backup({ preempt: false })
    .send(heard(configOf(), peer, 10))
    .send(takeBack)
  assert.equal(driver.state.kind, 'master')
})
test('from a better master nothing is taken back, nor from an unknown one', () => {
  for (const driver of [backup(), backup().send(heard(configOf(), peer, 101)), backup().send(heard(configOf(), peer, 100))]) {
    driver.take()
    assert.deepEqual(driver.send(takeBack).take(), ['0 remark take-back-refused'])
    assert.equal(driver.state.kind, 'backup')
  }
})
test('of two that take over the better one is followed', () => {
  const driver = master()
    .send(give)
    .send(heard(configOf(), peer, 10))
    .send(heard(configOf(), third, 50))
    .send(heard(configOf(), peer, 10))
  driver.until(20_250)
  assert.equal(driver.state.kind === 'backup' && driver.state.master?.source, third)
})
test('a successor that resigns at once makes it master again', () => {
  const driver = master()
    .send(give)
    .send(heard(configOf(), peer, 10))
    .until(20_100)
    .send(heard(configOf(), peer, 0))
  driver.take()
  driver.until(20_099)
  assert.equal(driver.state.kind, 'master')
  assert.equal(driver.state.known.standsBackSince, undefined)
})
test('a successor that falls silent before the overlap ends makes it master again', () => {
  const quick = { version: 3 as const, interval: ms(10) }
  const driver = master(quick)
    .send(give)
    .send(heard(configOf(quick), peer, 10))
  driver.take()
  driver.until(20_250)
  assert.deepEqual(driver.take(), ['20250 advert 100', '20250 announce 5', '20250 remark switchover-given-up'])
})
test('a second request changes nothing', () => {
  const driver = master().send(give)
  driver.take()
  assert.deepEqual(driver.send(give).take(), [])
})
test('a fault while it waits: the addresses go, with a goodbye', () => {
  const driver = master().send(give)
  driver.take()
  driver.send({ kind: 'health-changed', faults: [{ kind: 'interface-down', interface: 'eth0' }], waitingFor: [] })
  assert.deepEqual(driver.take(), [
    '20000 cancel-announcements',
    '20000 remove-addresses',
    '20000 advert 0',
    '20000 master to fault: fault',
  ])
})
test('an address that goes while both have it ends the overlap', () => {
  const driver = master({ reassertsAddresses: true })
    .send(give)
    .send(heard(configOf(), peer, 10))
    .send({ kind: 'address-lost', address: virtual })
  assert.equal(driver.state.kind, 'backup')
})
test('a freeze of its own is no evidence against the peer: it waits as long again', () => {
  const driver = master().send(give)
  driver.now = instant(40_000)
  driver.send({ kind: 'stalled', frozenFor: ms(15_000), since: instant(25_000) }).send({ kind: 'tick' })
  assert.equal(driver.state.kind, 'master')
  driver.send(heard(configOf(), peer, 10)).until(41_000)
  assert.equal(driver.state.kind, 'backup')
})
test('nor when it comes after the other has taken over: it lets go, and listens to that one for an interval', () => {
  const driver = master()
    .send(give)
    .send(heard(configOf(), peer, 10))
  driver.take()
  driver.now = instant(27_000)
  driver.send({ kind: 'stalled', frozenFor: ms(6900), since: instant(20_100) }).send({ kind: 'tick' })
  assert.deepEqual(driver.take().slice(-2), ['27000 advert 1', '27000 master to backup: switched-over'])
  driver
    .until(28_000)
    .send(heard(configOf(), peer, 10))
    .until(31_000)
  assert.deepEqual(driver.take(), [])
  // Really gone: 3 intervals and the skew after its last word.
  driver.until(31_700)
  assert.equal(driver.state.kind, 'master')
})
test('an address that goes when the successor has fallen silent is put back', () => {
  const quick = { version: 3 as const, interval: ms(10) }
  const driver = master(quick)
    .send(give)
    .send(heard(configOf(quick), peer, 10))
  driver.take()
  driver.until(20_200).send({ kind: 'address-lost', address: virtual })
  assert.deepEqual(driver.take(), ['20200 add-addresses', '20200 advert 100', '20200 announce 5', '20200 remark switchover-given-up'])
})
test('a reload while it waits sends no advert', () => {
  const driver = master().send(give)
  driver.take()
  driver.send({ kind: 'reconfigured', config: configOf({ priority: prio(90) }) })
  assert.deepEqual(driver.take(), ['20000 priority 100 to 90'])
})
test('the last word is left out when it could not be lower than the successor', () => {
  const driver = master()
    .send(give)
    .send(heard(configOf(), peer, 1))
    .until(20_250)
  assert.deepEqual(driver.take().slice(-3), [
    '20250 cancel-announcements',
    '20250 remove-addresses',
    '20250 master to backup: switched-over',
  ])
})
test('a backup, a faulty and a stopped router have nothing to give, a master nothing to take', () => {
  assert.deepEqual(backup().send(give).take(), [])
  assert.deepEqual(master().send(takeBack).take(), [])
})

// The other side

test('who took over after a goodbye announces again when that router has let go, once', () => {
  const driver = backup(solePeer)
    .send(heard(configOf(), peer, 200))
    .send(heard(configOf(), peer, 0))
  driver.take()
  driver.until(250).send(heard(configOf(), peer, 1))
  assert.deepEqual(driver.take(), ['250 announce 5', '250 remark predecessor-released'])
  driver.send(heard(configOf(), peer, 1))
  assert.deepEqual(driver.take(), ['250 advert 100', '250 announce 5', '250 remark lower-priority-while-master'])
})

test('a backup passes the last word over: it follows the new master, whatever it prefers, and takes nothing back from the old one', () => {
  for (const over of [{}, { preempt: false }]) {
    const driver = backup(over)
      .send(heard(configOf(over), peer, 0))
      .send(heard(configOf(over), third, 200))
      .until(250)
    driver.take()
    const { state } = driver
    assert.deepEqual(driver.send(heard(configOf(over), peer, 1)).take(), ['250 remark lower-priority-discarded'])
    assert.deepEqual(driver.state, { ...state, departed: undefined })
    assert.deepEqual(driver.send(takeBack).take(), ['250 remark take-back-refused'])
  }
})

// The process changes meanwhile

test('a process that dies after the other has taken over leaves a backup, which stands back', () => {
  const driver = master()
    .send(give)
    .send(heard(configOf(), peer, 10))
  const legacy = legacyOf(driver.state, false)
  assert.equal(legacy?.kind, 'backup')
  const heir = new Driver(configOf())
  heir.send({ kind: 'source-changed', source: ours })
  heir.state = resume(configOf(), heir.state, legacy as NonNullable<typeof legacy>, instant(0))
  // Unless it stood back, it would preempt at 3609.
  for (const at of [0, 2000, 4000]) heir.until(at).send(heard(configOf(), peer, 10))
  assert.equal(heir.state.kind, 'backup')
})
test('a process that dies before leaves a master', () => {
  const legacy = legacyOf(master().send(give).state, true)
  assert.deepEqual(legacy, { kind: 'master', claimedInSilence: true })
})
