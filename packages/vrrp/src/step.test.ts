// FAULT, stop, freeze, reload: one rule a test. Times are milliseconds since the router was made.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '@havip/base'
import type { Event } from './event.ts'
import { backup, configOf, Driver, heard, lowerPeer, master, ms, owner, peer, prio, router, virtual } from './fixture.ts'
import { wakeAt } from './state.ts'
import { step } from './step.ts'

// Fault

const down: Event = { kind: 'health-changed', faults: [{ kind: 'interface-down', interface: 'eth0' }], waitingFor: [] }
const fine: Event = { kind: 'health-changed', faults: [], waitingFor: [] }
test('a fault while master: one goodbye, addresses removed, FAULT told', () => {
  assert.deepEqual(master().send(down).take(), [
    '20000 cancel-announcements',
    '20000 remove-addresses',
    '20000 advert 0',
    '20000 master to fault: fault',
  ])
})
test('in FAULT nothing is sent, heard or waited for', () => {
  const driver = backup().send(down)
  driver.take()
  assert.deepEqual(
    driver
      .send(heard(configOf(), peer, 1))
      .send(heard(configOf(), peer, 0))
      .until(100_000)
      .take(),
    [],
  )
  assert.equal(wakeAt(driver.state), undefined)
})
test('the last fault gone: BACKUP for a whole master-down interval, and our source address is announced to a unicast peer', () => {
  const driver = backup().send(down).until(7000)
  driver.take()
  assert.deepEqual(driver.send(fine).take(), ['7000 fault to backup: fault-cleared', '7000 announce-source'])
  assert.equal(wakeAt(driver.state), 10_609.375)
})
test('one of two faults gone keeps the router in FAULT', () => {
  const both = { ...down, faults: [...down.faults, { kind: 'script-failed' as const, script: 'web', detail: 'exited with status 1' }] }
  const driver = backup().send(both)
  driver.take()
  assert.deepEqual(driver.send(down).take(), [])
  assert.equal(driver.state.kind, 'fault')
})
test('a fault that is known at the start is told without waiting for a tracker, and ends only when that one has reported, too', () => {
  const waiting: Event = { kind: 'health-changed', faults: [], waitingFor: ['script web'] }
  const states = (first: Event): readonly string[] => {
    const driver = new Driver(configOf()).send({ kind: 'source-changed', source: lowerPeer }).send(first).send({ kind: 'startup' })
    return [driver.state.kind, driver.send(waiting).state.kind, driver.send(fine).state.kind]
  }
  assert.deepEqual(states(waiting), ['init', 'init', 'backup'])
  assert.deepEqual(states({ ...down, waitingFor: ['script web'] }), ['fault', 'fault', 'backup'])
})
test('losing the source address is a fault, another one ends it', () => {
  const driver = backup().send({ kind: 'source-changed', source: undefined })
  assert.equal(driver.state.kind, 'fault')
  driver.send({ kind: 'source-changed', source: lowerPeer })
  assert.equal(driver.state.kind, 'backup')
})
test('an owner that wishes it is master at once after a fault', () => {
  const driver = router(owner).send(down)
  driver.take()
  assert.equal(driver.send(fine).take().at(0), '0 advert 255')
})

// Stop

test('a stop while master: one goodbye, addresses removed, STOP told', () => {
  assert.deepEqual(master().send({ kind: 'shutdown', keepAddresses: false }).take(), [
    '20000 cancel-announcements',
    '20000 remove-addresses',
    '20000 advert 0',
    '20000 master to stopped: shutdown',
  ])
})
test('a stop that keeps the addresses says nothing on the wire', () => {
  assert.deepEqual(master().send({ kind: 'shutdown', keepAddresses: true }).take(), [
    '20000 cancel-announcements',
    '20000 master to stopped: shutdown',
  ])
})
test('BACKUP, FAULT and INIT report STOP too, and send nothing', () => {
  assert.deepEqual(backup().send({ kind: 'shutdown', keepAddresses: false }).take(), ['0 backup to stopped: shutdown'])
  assert.deepEqual(new Driver(configOf()).send({ kind: 'shutdown', keepAddresses: false }).take(), ['0 init to stopped: shutdown'])
})
test('an advert that was queued before the stop changes nothing after it', () => {
  const driver = master().send({ kind: 'shutdown', keepAddresses: false })
  driver.take()
  assert.deepEqual(
    driver
      .send(heard(configOf(), peer, 1))
      .send(fine)
      .send({ kind: 'startup' })
      .take(),
    [],
  )
})

// Own stall

test('a backup that was frozen listens for one interval more before it claims', () => {
  const driver = backup().send(heard(configOf(), peer, 200))
  driver.take()
  driver.now = instant(6000)
  driver.send({ kind: 'stalled', frozenFor: ms(5000), since: instant(1000) })
  assert.deepEqual(driver.take(), ['6000 remark stalled'])
  assert.deepEqual(driver.send({ kind: 'tick' }).take(), [])
  assert.equal(wakeAt(driver.state), 6000 + 1000 + 609.375)
})
test('a backup whose timer has more than an interval left keeps it', () => {
  const driver = backup()
  driver.now = instant(100)
  assert.deepEqual(driver.send({ kind: 'stalled', frozenFor: ms(50), since: instant(50) }).take(), [])
  assert.equal(wakeAt(driver.state), 3609.375)
})
test('a master that was frozen longer than the others wait lets go at once, without goodbye', () => {
  const driver = master()
  driver.now = instant(25_000)
  driver.send({ kind: 'stalled', frozenFor: ms(5000), since: instant(20_000) })
  assert.deepEqual(driver.take(), ['25000 cancel-announcements', '25000 remove-addresses', '25000 master to backup: own-stall'])
  assert.equal(wakeAt(driver.state), 26_609.375)
})
test('a master that was frozen for less than the others wait stays', () => {
  const driver = master()
  driver.now = instant(22_000)
  assert.deepEqual(driver.send({ kind: 'stalled', frozenFor: ms(2000), since: instant(20_000) }).take(), [])
  assert.deepEqual(driver.send({ kind: 'tick' }).take(), ['22000 advert 100'])
})
test('at a short interval a short freeze is left to the election, and the addresses are announced again, once in a while', () => {
  const config = { version: 3 as const, interval: ms(10) }
  const driver = master(config)
  driver.now = instant(20_060)
  const freeze = (): string[] => driver.send({ kind: 'stalled', frozenFor: ms(60), since: instant(20_000) }).take()
  assert.deepEqual(freeze(), ['20060 announce 5', '20060 remark announced-after-silence'])
  assert.deepEqual(freeze(), [])
})

// Reload

test('a reload that changes nothing sends nothing and keeps the timers', () => {
  const driver = master()
  const due = wakeAt(driver.state)
  assert.deepEqual(driver.send({ kind: 'reconfigured', config: configOf() }).take(), [])
  assert.equal(wakeAt(driver.state), due)
})
test('a reload with a new priority takes effect at once while master', () => {
  const driver = master().send({ kind: 'reconfigured', config: configOf({ priority: prio(150) }) })
  assert.deepEqual(driver.take(), ['20000 priority 100 to 150', '20000 advert 150'])
})
test('a reload keeps what the trackers have added or taken', () => {
  const driver = backup().send({ kind: 'priority-changed', priority: prio(80), because: 'script web' })
  driver.send({ kind: 'reconfigured', config: configOf({ priority: prio(150) }) })
  assert.deepEqual(driver.take(), ['0 priority 100 to 80', '0 priority 80 to 130'])
})
test("a reload with a new priority moves a backup's running timer", () => {
  const driver = backup()
    .until(1000)
    .send({ kind: 'reconfigured', config: configOf({ priority: prio(150) }) })
  assert.equal(wakeAt(driver.state), 3000 + (106 * 1000) / 256)
})
test('a reload with another address list advertises it at once', () => {
  const driver = master().send({ kind: 'reconfigured', config: configOf({ addresses: [virtual, lowerPeer] }) })
  assert.deepEqual(driver.take(), ['20000 advert 100'])
})
test('the engine itself keeps nothing: the same state, event and time give the same step', () => {
  const driver = backup()
  const first = step(driver.config, driver.state, { kind: 'tick' }, instant(9000))
  assert.deepEqual(step(driver.config, driver.state, { kind: 'tick' }, instant(9000)), first)
})
