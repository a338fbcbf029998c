// Start, BACKUP, preemption: one rule a test. Times are milliseconds since the router was made.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { centiseconds } from '@havip/base'
import { adverts, backup, configOf, Driver, heard, lowerPeer, ms, ours, peer, prio, router } from './fixture.ts'
import { wakeAt } from './state.ts'

// Start

test('a start means BACKUP for a whole master-down interval, then MASTER: advert, addresses, announcement, notification', () => {
  assert.deepEqual(router().until(3700).take(), [
    '0 init to backup: startup',
    '3609.375 advert 100',
    '3609.375 remark receive-timeout',
    '3609.375 add-addresses',
    '3609.375 announce 5',
    '3609.375 backup to master: master-silent',
  ])
})
test('state MASTER shortens nothing below priority 255', () => {
  assert.deepEqual(router({ wantsMaster: true }).until(3000).take(), ['0 init to backup: startup'])
})
test('an owner that wishes it is master at once, and no BACKUP is told', () => {
  assert.deepEqual(router({ priority: prio(255), wantsMaster: true }).take(), [
    '0 advert 255',
    '0 add-addresses',
    '0 announce 5',
    '0 init to master: address-owner',
  ])
})
test('an owner with state BACKUP listens first', () => {
  const driver = router({ priority: prio(255) })
  assert.deepEqual(driver.take(), ['0 init to backup: startup'])
  assert.equal(wakeAt(driver.state), 3003.90625)
})
test('a router stays in INIT while a tracker owes its first result', () => {
  const driver = new Driver(configOf())
  driver.send({ kind: 'source-changed', source: ours }).send({ kind: 'health-changed', faults: [], waitingFor: ['web'] })
  driver.send({ kind: 'startup' }).until(10_000)
  assert.deepEqual(driver.take(), [])
  driver.send({ kind: 'health-changed', faults: [], waitingFor: [] })
  assert.deepEqual(driver.take(), ['10000 init to backup: startup'])
})
test('a router whose interface is down starts in FAULT and says so', () => {
  const driver = new Driver(configOf()).send({ kind: 'source-changed', source: ours })
  driver.send({ kind: 'health-changed', faults: [{ kind: 'interface-down', interface: 'eth0' }], waitingFor: [] })
  assert.deepEqual(driver.send({ kind: 'startup' }).take(), ['0 init to fault: fault'])
})
test('a router without a source address starts in FAULT', () => {
  assert.deepEqual(new Driver(configOf()).send({ kind: 'startup' }).take(), ['0 init to fault: fault'])
})
test('a second startup changes nothing', () => {
  assert.deepEqual(backup().send({ kind: 'startup' }).take(), [])
})

// Backup

test('an advert of equal priority is accepted and restarts the timer', () => {
  const driver = backup()
    .until(2000)
    .send(heard(configOf(), peer, 100))
  assert.deepEqual(driver.take(), ['2000 remark master-changed'])
  assert.equal(wakeAt(driver.state), 2000 + 3609.375)
})
test('a lower advert is not accepted: the running timer keeps its end', () => {
  const driver = backup()
    .until(2000)
    .send(heard(configOf(), peer, 99))
  assert.deepEqual(driver.take(), ['2000 remark lower-priority-discarded'])
  assert.equal(wakeAt(driver.state), 3609.375)
})
test('taking over from a lower master says that it was lower', () => {
  const driver = backup()
    .until(2000)
    .send(heard(configOf(), peer, 99))
    .until(3000)
    .send(heard(configOf(), peer, 99))
    .until(4000)
  assert.equal(driver.take().at(-1), '3609.375 backup to master: preempted-lower')
})
test('with nopreempt even a lower master is accepted', () => {
  const driver = backup({ preempt: false })
    .until(2000)
    .send(heard(configOf(), peer, 1))
  assert.equal(wakeAt(driver.state), 5609.375)
})
test('a resignation leaves only the skew, with nopreempt too', () => {
  const driver = backup({ preempt: false })
    .send(heard(configOf(), peer, 10))
    .until(500)
  driver.send(heard(configOf(), peer, 0)).take()
  assert.equal(wakeAt(driver.state), 500 + 609.375)
  assert.equal(driver.until(2000).take().at(3), '1109.375 backup to master: master-resigned')
})
test('a second resignation does not make us wait longer', () => {
  const driver = backup()
    .until(500)
    .send(heard(configOf(), peer, 0))
    .until(600)
    .send(heard(configOf(), peer, 0))
  assert.equal(wakeAt(driver.state), 500 + 609.375)
})
test('a master that answers a resignation is followed as before', () => {
  const driver = backup()
    .send(heard(configOf(), peer, 200))
    .until(500)
    .send(heard(configOf(), lowerPeer, 0))
    .until(510)
  driver.send(heard(configOf(), peer, 200))
  assert.equal(wakeAt(driver.state), 510 + 3609.375)
})
test('a resignation that was taken back is no reason any more when the master falls silent later', () => {
  const driver = backup()
    .send(heard(configOf(), peer, 200))
    .until(500)
    .send(heard(configOf(), peer, 0))
    .until(600)
  driver.send(heard(configOf(), peer, 200)).until(9000)
  assert(driver.take().includes(`${600 + 3609.375} backup to master: master-silent`))
})
test('version 3 follows the interval that the master announces', () => {
  const config = { version: 3 as const, interval: ms(200) }
  const driver = backup(config)
  assert.equal(wakeAt(driver.state), 721.875)
  driver.send(heard(configOf(config), peer, 200, { interval: centiseconds(300) }))
  assert.equal(wakeAt(driver.state), 9000 + (156 * 3000) / 256)
})
test('the learned interval is forgotten on becoming master and our own is advertised', () => {
  const config = { version: 3 as const, interval: ms(200) }
  const driver = backup(config)
    .send(heard(configOf(config), peer, 200, { interval: centiseconds(300) }))
    .until(10_900)
  assert.equal(driver.state.kind, 'master')
  assert.deepEqual(adverts(driver.take()).slice(0, 1), ['10828.125 advert 100'])
  assert.equal(wakeAt(driver.state), 10828.125 + 200)
})
test('a higher effective priority shortens the running timer by the difference of the skews', () => {
  const driver = backup()
    .until(1000)
    .send({ kind: 'priority-changed', priority: prio(150), because: 'script web' })
  assert.deepEqual(driver.take(), ['1000 priority 100 to 150'])
  assert.equal(wakeAt(driver.state), 3609.375 - (50 * 1000) / 256)
})

// Preemption with a delay

test('preempt_delay leaves a lower master in peace, then lets the timer run out', () => {
  const config = configOf({ preemptDelay: ms(4000) })
  const driver = backup({ preemptDelay: ms(4000) })
  for (let at = 500; at <= 7500; at += 1000) driver.until(at).send(heard(config, peer, 50))
  const lines = driver.until(9000).take()
  assert.deepEqual(lines.slice(0, 2), ['500 remark master-changed', '500 remark preempt-delay-started'])
  // Accepted until 3500, discarded from 4500 on: 3500 + 3609.375.
  assert(lines.includes('7109.375 backup to master: preempted-lower'), lines.join('\n'))
})
test('a higher advert ends the preempt delay: the next lower one starts it afresh', () => {
  const config = configOf({ preemptDelay: ms(4000) })
  const driver = backup({ preemptDelay: ms(4000) })
    .send(heard(config, peer, 50))
    .until(1000)
    .send(heard(config, peer, 200))
  driver.take()
  driver.until(2000).send(heard(config, peer, 50))
  assert.deepEqual(driver.take(), ['2000 remark preempt-delay-started'])
})
test('a resignation during the preempt delay leaves only the skew', () => {
  const config = configOf({ preemptDelay: ms(60_000) })
  const driver = backup({ preemptDelay: ms(60_000) })
    .send(heard(config, peer, 50))
    .until(1000)
    .send(heard(config, peer, 0))
  assert.equal(wakeAt(driver.state), 1609.375)
})

// The only peer

const sole = { takeover: { kind: 'sole-peer' as const, margin: ms(40) }, priority: prio(10) }
test('with one peer the takeover waits a margin instead of the skew', () => {
  const driver = backup(sole).send(heard(configOf(), peer, 200))
  assert.equal(wakeAt(driver.state), 3040)
})
test('with one peer and no master known the skew is waited for: the peer may be waiting as we are', () => {
  assert.equal(wakeAt(backup(sole).state), 3000 + (246 * 1000) / 256)
})
test('with one peer its resignation is answered at once', () => {
  const driver = backup(sole)
    .until(700)
    .send(heard(configOf(), peer, 0))
  assert.deepEqual(driver.take(), [
    '700 advert 10',
    '700 add-addresses',
    '700 announce 5',
    '700 backup to master: master-resigned',
    '700 remark resignation-heard',
  ])
})
test('a resignation from anybody but the one peer leaves the skew', () => {
  const driver = backup(sole)
    .until(700)
    .send(heard(configOf(), lowerPeer, 0))
  assert.equal(wakeAt(driver.state), 700 + (246 * 1000) / 256)
})

test('a lower master that was to be pushed aside is followed when our priority falls to its own or below', () => {
  const driver = backup()
    .until(2000)
    .send(heard(configOf(), peer, 60))
  driver.until(2500).send({ kind: 'priority-changed', priority: prio(60), because: 'script web' })
  // Its advert of 2000 counts from now on: 3 s and the skew of 60.
  assert.equal(wakeAt(driver.state), 2000 + 3000 + (196 * 1000) / 256)
  driver.take()
  driver.until(3900).send(heard(configOf(), peer, 60))
  assert.deepEqual(driver.until(5000).take(), [])
})
