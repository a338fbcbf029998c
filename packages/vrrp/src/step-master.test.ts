// MASTER and its rivals: one rule a test. Times are milliseconds since the router was made.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '@havip/base'
import { adverts, configOf, type Driver, heard, lowerPeer, master, ms, ours, owner, peer, prio, router, virtual } from './fixture.ts'
import { ownPriority, wakeAt } from './state.ts'

// Master

test('adverts follow each other at the interval from the moment of entering', () => {
  assert.deepEqual(adverts(router().until(6700).take()), [
    '3609.375 advert 100',
    '4609.375 advert 100',
    '5609.375 advert 100',
    '6609.375 advert 100',
  ])
})
test('a late tick sends one advert and does not catch up', () => {
  const driver = master()
  driver.now = instant(23_500)
  assert.deepEqual(driver.send({ kind: 'tick' }).take(), ['23500 advert 100'])
  assert.equal(wakeAt(driver.state), 24_500)
})
test('announcements: a burst at once, another after the delay, then refreshes', () => {
  const announcing = { ...configOf().announcing, delay: ms(1000), refresh: ms(5000) }
  const lines = router({ announcing }).until(15_000).take()
  assert.deepEqual(
    lines.filter((line) => line.includes('announce')),
    ['3609.375 announce 5', '4609.375 announce 5', '9609.375 announce 1', '14609.375 announce 1'],
  )
})
test('a higher advert makes us yield without goodbye, addresses first, then the notification', () => {
  const driver = master().send(heard(configOf(), peer, 101))
  assert.deepEqual(driver.take(), ['20000 cancel-announcements', '20000 remove-addresses', '20000 master to backup: higher-priority'])
  assert.equal(wakeAt(driver.state), 23_609.375)
})
test('nopreempt yields to a higher advert as well', () => {
  assert.equal(master({ preempt: false }).send(heard(configOf(), peer, 101)).state.kind, 'backup')
})
test('higher_prio_send_advert: one advert before yielding', () => {
  const driver = master({ higherPrioritySendAdvert: true }).send(heard(configOf(), peer, 101))
  assert.deepEqual(adverts(driver.take()), ['20000 advert 100'])
})
test('equal priority: the higher address stays master', () => {
  assert.equal(master().send(heard(configOf(), peer, 100)).state.kind, 'backup')
  assert.equal(master().send(heard(configOf(), lowerPeer, 100)).state.kind, 'master')
})
test('equal priority from our own address is remarked and changes nothing', () => {
  assert.deepEqual(
    master()
      .send(heard(configOf(), ours, 100))
      .take(),
    ['20000 remark same-priority-same-address'],
  )
})
test('a lower advert is answered with an advert and announcements, now and after the delay', () => {
  const driver = master().send(heard(configOf(), peer, 50))
  assert.deepEqual(driver.take(), ['20000 advert 100', '20000 announce 5', '20000 remark lower-priority-while-master'])
  assert.deepEqual(
    driver
      .until(25_100)
      .take()
      .filter((line) => line.includes('announce')),
    ['25000 announce 5'],
  )
})
test('lower_prio_no_advert: announcements, and no advert', () => {
  const driver = master({ lowerPriorityNoAdvert: true }).send(heard(configOf(), peer, 50))
  assert.deepEqual(driver.take(), ['20000 announce 5', '20000 remark lower-priority-while-master'])
})
test('garp_lower_prio_repeat 0: an advert, and no announcements', () => {
  const announcing = { ...configOf().announcing, lowerPriorityRepeat: 0 }
  const driver = master({ announcing }).send(heard(configOf(), peer, 50))
  assert.deepEqual(driver.take(), ['20000 advert 100', '20000 remark lower-priority-while-master'])
})
test('a flood of lower adverts gets two answers an interval, and our own adverts keep their rhythm', () => {
  const driver = master()
  const before = wakeAt(driver.state)
  for (let at = 20_000; at < 30_000; at += 10) driver.until(at).send(heard(configOf(), peer, 50))
  const sent = adverts(driver.take())
  const periodic = sent.filter((line) => line.startsWith('2') && line.includes('.375'))
  assert.equal(before, 20_609.375)
  assert.deepEqual(periodic.length, 10)
  assert.equal(sent.length - periodic.length, 20)
})
test('every advert of a lower master at our own pace is answered, jitter or not', () => {
  const driver = master()
  for (let at = 20_000; at < 30_000; at += 960) driver.until(at).send(heard(configOf(), peer, 50))
  assert.equal(driver.take().filter((line) => line.endsWith('lower-priority-while-master')).length, 11)
})
test('a resignation while we are master is answered with an advert and nothing else', () => {
  assert.deepEqual(
    master()
      .send(heard(configOf(), peer, 0))
      .take(),
    ['20000 advert 100', '20000 remark resignation-heard'],
  )
})
test('a changed priority waits for the next advert', () => {
  const driver = master().send({ kind: 'priority-changed', priority: prio(50), because: 'script web' })
  assert.deepEqual(driver.until(20_700).take(), ['20000 priority 100 to 50', '20609.375 advert 50'])
})
test('a lost address means BACKUP: goodbye, everything removed, and back after the skew', () => {
  const driver = master().send({ kind: 'address-lost', address: virtual })
  assert.deepEqual(driver.take(), [
    '20000 cancel-announcements',
    '20000 remove-addresses',
    '20000 advert 0',
    '20000 master to backup: address-lost',
  ])
  assert.equal(wakeAt(driver.state), 20_609.375)
})

test('with reassertsAddresses a lost address is put back and announced at once, three times in ten seconds', () => {
  const driver = router(configOf({ reassertsAddresses: true })).until(20_000)
  driver.take()
  const lose = (): string[] => driver.send({ kind: 'address-lost', address: virtual }).take()
  const back = (at: number): string[] => [`${at} add-addresses`, `${at} announce 5`, `${at} remark address-reasserted`]
  assert.deepEqual(lose(), back(20_000))
  assert.deepEqual(lose(), back(20_000), 'the second of one sweep counts as the same removal')
  driver.until(20_500)
  driver.take()
  assert.deepEqual(lose(), back(20_500))
  driver.until(21_200)
  driver.take()
  assert.deepEqual(lose(), back(21_200))
  driver.until(22_000)
  driver.take()
  assert.match(lose().at(-1) ?? '', /master to backup: address-lost/)
})
test('a goodbye that was answered does not keep a lower advert from being answered', () => {
  const driver = master().send(heard(configOf(), peer, 0))
  driver.take()
  assert.deepEqual(driver.send(heard(configOf(), lowerPeer, 10)).take(), [
    '20000 advert 100',
    '20000 announce 5',
    '20000 remark lower-priority-while-master',
  ])
})

// Two owners

test('of two owners the one with the lower address yields at the first advert', () => {
  const driver = router(owner)
  driver.take()
  assert.deepEqual(driver.send(heard(configOf(), peer, 255)).take(), [
    '0 cancel-announcements',
    '0 remove-addresses',
    '0 master to backup: equal-priority-higher-address',
    '0 remark two-owners',
  ])
})
test('of two owners the one with the higher address speaks up, and lowers itself to 254 when that does not help', () => {
  const driver = router(owner)
  driver.take()
  driver.send(heard(configOf(), lowerPeer, 255))
  assert.deepEqual(driver.take(), ['0 advert 255', '0 remark two-owners'])
  driver.until(1000).send(heard(configOf(), lowerPeer, 255))
  assert.equal(driver.state.kind, 'master')
  driver.until(2000)
  driver.take()
  driver.send(heard(configOf(), lowerPeer, 255))
  assert.deepEqual(driver.take(), [
    '2000 priority 255 to 254',
    '2000 cancel-announcements',
    '2000 remove-addresses',
    '2000 master to backup: higher-priority',
  ])
})
test('an owner that had lowered itself is 255 again when the other one is gone', () => {
  const driver = router(owner)
  for (const at of [0, 1000, 2000]) driver.until(at).send(heard(configOf(), lowerPeer, 255))
  driver.take()
  assert.deepEqual(adverts(driver.until(6000).take()).slice(0, 1), [`${2000 + 3000 + (2 * 1000) / 256} advert 255`])
})

test('an owner that had lowered itself stays so over a reload, and does not when it is owner no more', () => {
  const yielded = (): Driver => {
    const driver = router(owner)
    for (const at of [0, 1000, 2000]) driver.until(at).send(heard(configOf(), lowerPeer, 255))
    return driver
  }
  const same = yielded()
  same.send({ kind: 'reconfigured', config: configOf(owner) })
  assert.equal(ownPriority(same.state.known), 254)
  const demoted = yielded()
  demoted.send({ kind: 'reconfigured', config: configOf() })
  assert.equal(ownPriority(demoted.state.known), 100)
})
test('an owner that had lowered itself is 255 again when another router speaks', () => {
  const driver = router(owner)
  for (const at of [0, 1000, 2000]) driver.until(at).send(heard(configOf(), lowerPeer, 255))
  driver.send(heard(configOf(), peer, 100))
  assert.equal(ownPriority(driver.state.known), 255)
})

// A split brain ends

const telling = { tellsConflicts: true }

test('whoever claimed in silence says a last word to a better master, when its addresses are gone', () => {
  assert.deepEqual(
    master(telling)
      .send(heard(configOf(), peer, 101))
      .take(),
    ['20000 cancel-announcements', '20000 remove-addresses', '20000 advert 100', '20000 master to backup: higher-priority'],
  )
})
test('whoever took over after a goodbye, or from a lower master, says none', () => {
  const heir = router(telling)
    .send(heard(configOf(), peer, 200))
    .send(heard(configOf(), peer, 0))
    .until(5000)
  const preempting = router(telling)
  for (const at of [0, 1000, 2000, 3000]) preempting.until(at).send(heard(configOf(), peer, 50))
  for (const driver of [heir, preempting.until(6500)]) {
    assert.equal(driver.state.kind, 'master')
    driver.take()
    assert.deepEqual(adverts(driver.send(heard(configOf(), peer, 200)).take()), [])
  }
})
test('an owner says none: owners have their own way to settle it', () => {
  const driver = router({ ...telling, ...owner }).until(5000)
  driver.take()
  driver.send(heard(configOf(), peer, 255))
  assert.deepEqual(adverts(driver.take()), [])
})
test('the last word of the master that we have just pushed aside is answered and is no conflict; later it is one', () => {
  const driver = router(telling)
  for (const at of [0, 1000, 2000, 3000]) driver.until(at).send(heard(configOf(), peer, 50))
  driver.until(3700)
  driver.take()
  assert.deepEqual(driver.send(heard(configOf(), peer, 50)).take(), ['3700 advert 100'])
  assert.deepEqual(driver.send(heard(configOf(), peer, 50)).take(), [
    '3700 advert 100',
    '3700 announce 5',
    '3700 remark lower-priority-while-master',
  ])
})
test('the winner of a split brain that hears the last word only announces again', () => {
  const winner = master(telling)
  assert.deepEqual(winner.send(heard(configOf(), peer, 50)).take(), [
    '20000 advert 100',
    '20000 announce 5',
    '20000 remark lower-priority-while-master',
  ])
})
