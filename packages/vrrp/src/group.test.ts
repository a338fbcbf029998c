// Two members, alpha and beta, in that order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Instant, instant, milliseconds } from '@havip/base'
import fc from 'fast-check'
import type { Event } from './event.ts'
import { brief, configOf, heard, ours, peer, prio, virtual } from './fixture.ts'
import { type Group, type GroupAction, groupState, groupWakeAt, initialGroup, stepGroup } from './group.ts'

class GroupDriver {
  group: Group
  now: Instant = instant(0)
  log: string[] = []

  constructor(alpha = configOf(), beta = configOf({ priority: prio(50) })) {
    this.group = initialGroup([
      { name: 'alpha', config: alpha },
      { name: 'beta', config: beta },
    ])
  }

  start(): this {
    for (const name of ['alpha', 'beta']) {
      this.send(name, { kind: 'source-changed', source: ours })
      this.send(name, { kind: 'startup' })
    }
    return this
  }

  send(name: string, event: Event): this {
    const { group, actions } = stepGroup(this.group, name, event, this.now)
    this.group = group
    this.log.push(...actions.map((action) => `${this.now} ${say(action)}`))
    return this
  }

  until(at: number): this {
    for (let due = groupWakeAt(this.group); due !== undefined && due.at <= at; due = groupWakeAt(this.group)) {
      if (due.at > this.now) this.now = due.at
      this.send(due.member, { kind: 'tick' })
    }
    this.now = instant(at)
    return this
  }

  take(): string[] {
    return this.log.splice(0)
  }
}

function say(action: GroupAction): string {
  switch (action.kind) {
    case 'member':
      return `${action.member} ${brief(action.action)}`
    case 'group-follows':
      return `the others follow ${action.because} to ${action.to}`
    case 'group-transition':
      return `group ${action.from} to ${action.to} because of ${action.because}`
  }
}
const moves = (lines: readonly string[]): string[] => lines.filter((line) => line.includes(' to '))
const masters = (): GroupDriver => {
  const driver = new GroupDriver().start().until(20_000)
  assert.equal(groupState(driver.group), 'master')
  driver.take()
  return driver
}
const down: Event = { kind: 'health-changed', faults: [{ kind: 'interface-down', interface: 'eth0' }], waitingFor: [] }
const fine: Event = { kind: 'health-changed', faults: [], waitingFor: [] }

test('the group becomes master when its slowest member is ready: that one first, then the rest, then the group is told', () => {
  assert.deepEqual(moves(new GroupDriver().start().until(3900).take()), [
    '0 group init to backup because of beta',
    '0 alpha init to backup: startup',
    '0 beta init to backup: startup',
    '3804.6875 beta backup to master: master-silent',
    '3804.6875 the others follow beta to master',
    '3804.6875 alpha backup to master: sync-group',
    '3804.6875 group backup to master because of beta',
  ])
})
test('a member that is ready and hears an acceptable advert is ready no more', () => {
  const driver = new GroupDriver().start().until(3700)
  driver.send('alpha', heard(configOf(), peer, 200))
  driver.until(7000)
  assert.equal(groupState(driver.group), 'backup')
})
test('a member that has begun and waits for another one’s check hears adverts meanwhile, and the group begins all the same', () => {
  const driver = new GroupDriver()
  driver.send('alpha', { kind: 'source-changed', source: ours }).send('beta', { kind: 'source-changed', source: ours })
  driver.send('alpha', { kind: 'health-changed', faults: [], waitingFor: ['web'] })
  driver.send('alpha', { kind: 'startup' }).send('beta', { kind: 'startup' })
  driver.send('beta', heard(configOf(), peer, 200))
  driver.until(500).send('alpha', fine)
  assert.equal(groupState(driver.group), 'backup')
  assert.deepEqual(
    driver.group.members.map(({ state }) => state.kind),
    ['backup', 'backup'],
  )
})
test('one member must yield: all go to BACKUP without goodbye, then the group is told', () => {
  const driver = masters().send('beta', heard(configOf(), peer, 60))
  assert.deepEqual(driver.take(), [
    '20000 beta cancel-announcements',
    '20000 beta remove-addresses',
    '20000 beta master to backup: higher-priority',
    '20000 the others follow beta to backup',
    '20000 alpha cancel-announcements',
    '20000 alpha remove-addresses',
    '20000 alpha master to backup: sync-group',
    '20000 group master to backup because of beta',
  ])
})
test('a fault of one member takes all to FAULT, each with one goodbye', () => {
  const driver = masters().send('alpha', down)
  assert.deepEqual(driver.take(), [
    '20000 alpha cancel-announcements',
    '20000 alpha remove-addresses',
    '20000 alpha advert 0',
    '20000 alpha master to fault: fault',
    '20000 the others follow alpha to fault',
    '20000 beta cancel-announcements',
    '20000 beta remove-addresses',
    '20000 beta advert 0',
    '20000 beta master to fault: fault',
    '20000 group master to fault because of alpha',
  ])
})
test('the group leaves FAULT together, when the last faulty member is healthy', () => {
  const driver = masters().send('alpha', down).send('beta', down).until(21_000)
  driver.take()
  assert.deepEqual(moves(driver.send('alpha', fine).take()), [])
  driver.until(22_000)
  assert.deepEqual(moves(driver.send('beta', fine).take()), [
    '22000 beta fault to backup: fault-cleared',
    '22000 the others follow beta to backup',
    '22000 alpha fault to backup: fault-cleared',
    '22000 group fault to backup because of beta',
  ])
})
test("a health report that changes nothing does not free a healthy member from the group's FAULT", () => {
  const driver = masters().send('alpha', down)
  driver.take()
  assert.deepEqual(driver.send('beta', fine).take(), [])
  assert.equal(groupState(driver.group), 'fault')
})
test('a member that starts beside a faulty one starts in FAULT', () => {
  const driver = new GroupDriver()
  driver.send('alpha', { kind: 'source-changed', source: ours }).send('alpha', down).send('alpha', { kind: 'startup' })
  driver.send('beta', { kind: 'source-changed', source: ours }).send('beta', { kind: 'startup' })
  assert.deepEqual(moves(driver.take()), [
    '0 alpha init to fault: fault',
    '0 beta init to fault: fault',
    '0 group init to fault because of beta',
  ])
})
test('owners that wish it are master together as soon as the last one has begun', () => {
  const owner = configOf({ priority: prio(255), wantsMaster: true })
  const driver = new GroupDriver(owner, owner).start()
  assert.deepEqual(moves(driver.take()), [
    '0 alpha init to master: address-owner',
    '0 beta init to master: address-owner',
    '0 group init to master because of beta',
  ])
})
test('an owner beside one that is none listens for an interval and the least skew, and is ready then', () => {
  const owner = configOf({ priority: prio(255), wantsMaster: true })
  const driver = new GroupDriver(owner, configOf()).start()
  assert.deepEqual(
    driver.group.members.map(({ state }) => state.kind === 'backup' && state.masterDownAt),
    [1003.90625, 3609.375],
  )
  driver.take()
  assert.deepEqual(moves(driver.until(3700).take()), [
    '3609.375 beta backup to master: master-silent',
    '3609.375 the others follow beta to master',
    '3609.375 alpha backup to master: sync-group',
    '3609.375 group backup to master because of beta',
  ])
})
test('who has begun waits in INIT for a member whose tracker has not reported; that one goes first then', () => {
  const driver = new GroupDriver()
  driver.send('beta', { kind: 'health-changed', faults: [], waitingFor: ['script check'] }).start()
  driver.until(9000)
  assert.deepEqual(driver.take(), [])
  driver.send('beta', fine)
  assert.deepEqual(moves(driver.take()), [
    '9000 beta init to backup: startup',
    '9000 the others follow beta to backup',
    '9000 alpha init to backup: startup',
    '9000 group init to backup because of beta',
  ])
})
test('who waits in INIT for others goes to FAULT with them, and is not left there when they go', () => {
  const waiting = (): GroupDriver => {
    const driver = new GroupDriver()
    driver.send('beta', { kind: 'health-changed', faults: [], waitingFor: ['script check'] }).start()
    driver.take()
    return driver
  }
  assert.deepEqual(moves(waiting().send('beta', down).take()), [
    '0 beta init to fault: fault',
    '0 the others follow beta to fault',
    '0 alpha init to fault: fault',
    '0 group init to fault because of beta',
  ])
  const left = waiting().send('beta', { kind: 'shutdown', keepAddresses: false })
  assert.equal(left.group.members[0]?.state.kind, 'backup')
})
test('a lower master seen by one member is answered with announcements of all', () => {
  const driver = masters().send('alpha', heard(configOf(), peer, 10))
  assert.deepEqual(driver.take(), [
    '20000 alpha advert 100',
    '20000 alpha announce 5',
    '20000 alpha remark lower-priority-while-master',
    '20000 beta announce 5',
  ])
})
test('a lost address of one member takes the others to BACKUP', () => {
  const driver = masters().send('alpha', { kind: 'address-lost', address: virtual })
  assert.deepEqual(moves(driver.take()), [
    '20000 alpha master to backup: address-lost',
    '20000 the others follow alpha to backup',
    '20000 beta master to backup: sync-group',
    '20000 group master to backup because of alpha',
  ])
})
test("a name that is no member's is our own mistake", () => {
  assert.throws(() => stepGroup(masters().group, 'gamma', { kind: 'tick' }, instant(0)), /gamma is no member/)
})

const events = fc.oneof(
  fc.constant<Event>({ kind: 'tick' }),
  fc.constantFrom(0, 10, 60, 200).map((priority): Event => heard(configOf(), peer, priority)),
  fc.constantFrom<Event>(down, fine, { kind: 'startup' }, { kind: 'address-lost', address: virtual }),
  fc.constantFrom(ours, undefined).map((source): Event => ({ kind: 'source-changed', source })),
)
const histories = fc.array(fc.tuple(fc.constantFrom('alpha', 'beta'), events, fc.nat({ max: 3000 })), { maxLength: 50, size: 'max' })
test('whatever happens, either all members are master or none is, and deadlines lie ahead', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const driver = new GroupDriver().start()
      for (const [name, event, wait] of history) {
        driver.until(driver.now + wait).send(name, event)
        const count = driver.group.members.filter(({ state }) => state.kind === 'master').length
        assert(count === 0 || count === 2, `${count} masters`)
        const faults = driver.group.members.filter(({ state }) => state.kind === 'fault').length
        assert(faults === 0 || faults === 2, `${faults} in FAULT`)
      }
    }),
    { numRuns: 200 },
  )
})

// A planned switchover

const give: Event = { kind: 'yield', overlap: milliseconds(250), saysLastWord: true }

test('a switchover of one member makes all of them say goodbye', () => {
  assert.deepEqual(masters().send('beta', give).take(), [
    '20000 beta cancel-announcements',
    '20000 beta advert 0',
    '20000 beta remark yielding',
    '20000 alpha cancel-announcements',
    '20000 alpha advert 0',
    '20000 alpha remark yielding',
  ])
})
test('they let go together, when the last of their successors has spoken and had its time', () => {
  const driver = masters()
    .send('alpha', give)
    .send('alpha', heard(configOf(), peer, 10))
    .until(20_200)
  driver.send('beta', heard(configOf(), peer, 10)).until(20_449)
  assert.equal(groupState(driver.group), 'master')
  driver.take()
  driver.until(20_450)
  assert.deepEqual(moves(driver.take()), [
    '20450 alpha master to backup: switched-over',
    '20450 the others follow alpha to backup',
    '20450 beta master to backup: switched-over',
    '20450 group master to backup because of alpha',
  ])
})
test('a member that nobody succeeds keeps all of them', () => {
  const driver = masters().send('alpha', give)
  for (let at = 20_000; at <= 27_000; at += 1000) driver.until(at).send('alpha', heard(configOf(), peer, 10))
  assert.equal(groupState(driver.group), 'master')
  assert.deepEqual(
    driver.take().filter((line) => line.includes('given-up')),
    ['25500 beta remark switchover-given-up', '25500 alpha remark switchover-given-up'],
  )
})
test('they take back together, each with its addresses first', () => {
  const driver = masters().send('alpha', give)
  for (const name of ['alpha', 'beta']) driver.send(name, heard(configOf(), peer, 10))
  driver.until(21_000)
  for (const name of ['alpha', 'beta']) driver.send(name, heard(configOf(), peer, 10))
  driver.take()
  driver.send('alpha', { kind: 'take-back', order: 'addresses-first' })
  assert.deepEqual(driver.take(), [
    '21000 alpha add-addresses',
    '21000 alpha announce 5',
    '21000 alpha backup to master: taken-back',
    '21000 the others follow alpha to master',
    '21000 beta add-addresses',
    '21000 beta announce 5',
    '21000 beta backup to master: taken-back',
    '21000 group backup to master because of alpha',
  ])
  driver.until(21_050)
  assert.deepEqual(driver.take(), ['21050 alpha advert 100', '21050 alpha announce 5', '21050 beta advert 50', '21050 beta announce 5'])
})
