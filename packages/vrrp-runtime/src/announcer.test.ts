import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IfIndex, type IpAddress, milliseconds } from '@havip/base'
import { Agenda } from './agenda.ts'
import { Announcer, type Announcing } from './announcer.ts'
import { FakeHost } from './testing/fake-host.ts'
import { FakeSegment } from './testing/fake-segment.ts'
import { VirtualTime } from './testing/virtual-clock.ts'

const owner = (): Announcing => ({ announced: () => {}, announcementFailed: () => {} })
const place = (last: number, index = 2) => ({ interface: index as IfIndex, address: `192.168.0.${last}` as IpAddress })

function world(gap: number) {
  const time = new VirtualTime()
  const host = new FakeHost('a', time, new FakeSegment(time))
  const gaps = { ipv4: milliseconds(gap), ipv6: milliseconds(0) }
  const announcer = new Announcer(host, host.clock, new Agenda(host.clock), gaps)
  const start = time.now
  return {
    time,
    announcer,
    said: () => host.announced.map(({ at, announcement }) => `${Math.round(at - start)} ${announcement.address.split('.')[3]}`),
  }
}

test('without a gap a burst is sent back to back, round by round', () => {
  const { announcer, said } = world(0)
  announcer.announce(owner(), [place(1), place(2)], 2)
  assert.deepEqual(said(), ['0 1', '0 2', '0 1', '0 2'])
})

test('with a gap one goes now and the rest wait their turn, the owners in turn', () => {
  const { announcer, said, time } = world(10)
  announcer.announce(owner(), [place(1)], 3)
  announcer.announce(owner(), [place(2)], 2)
  time.advance(100)
  assert.deepEqual(said(), ['0 1', '10 1', '20 2', '30 1', '40 2'])
})

test('the gap is for each interface', () => {
  const { announcer, said, time } = world(10)
  announcer.announce(owner(), [place(1, 2), place(2, 3)], 1)
  time.advance(100)
  assert.deepEqual(said(), ['0 1', '0 2'])
})

test('leaving MASTER empties the queue of that owner only', () => {
  const { announcer, said, time } = world(10)
  const leaving = owner()
  announcer.announce(leaving, [place(1)], 5)
  announcer.announce(owner(), [place(2)], 2)
  announcer.cancel(leaving)
  time.advance(100)
  assert.deepEqual(said(), ['0 1', '10 2', '20 2'])
})

test('interfaces of one garp_group share their gap, others keep theirs', () => {
  const { announcer, said, time } = world(0)
  announcer.groupOf = (index) => (index === 4 ? undefined : { key: 'group 0', ipv4: milliseconds(10), ipv6: undefined })
  announcer.announce(owner(), [place(1, 2), place(2, 3), place(3, 4)], 1)
  time.advance(100)
  assert.deepEqual(said(), ['0 1', '0 3', '10 2'])
})

test('what an owner has given up is announced no more, the rest of its queue is', () => {
  const { announcer, said, time } = world(10)
  const kept = owner()
  const other = owner()
  announcer.announce(kept, [place(1), place(2)], 2)
  announcer.announce(other, [place(3)], 1)
  announcer.keepOnly(kept, [place(1)])
  time.advance(100)
  assert.deepEqual(said(), ['0 1', '10 1', '20 3'])
})
