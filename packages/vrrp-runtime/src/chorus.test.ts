import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Daemon } from './daemon.ts'
import { FakeHost } from './testing/fake-host.ts'
import { FakeSegment } from './testing/fake-segment.ts'
import { configPath, newDaemon } from './testing/pair.ts'
import { VirtualTime } from './testing/virtual-clock.ts'

const count = 24

const instance = (index: number, more = ''): string => `vrrp_instance VI_${index} {
  state BACKUP
  interface eth0
  virtual_router_id ${index + 1}
  priority 100
  advert_int ${index % 3 === 0 ? 2 : 1}
  virtual_ipaddress {
    10.1.0.${index + 1}
  }
  ${more}
}
`
const file = (change: (index: number) => string | undefined = () => ''): string =>
  Array.from({ length: count }, (_, index) => index)
    .flatMap((index) => {
      const more = change(index)
      return more === undefined ? [] : [instance(index, more)]
    })
    .join('')

type Scene = { readonly time: VirtualTime; readonly host: FakeHost; readonly segment: FakeSegment; readonly daemon: Daemon }

function scene(canPrepare: boolean, text = file()): Scene {
  const time = new VirtualTime()
  const segment = new FakeSegment(time)
  const host = new FakeHost('one', time, segment)
  host.canPrepare = canPrepare
  host.setLink('eth0', ['10.0.0.1'])
  host.fileTexts.set(configPath, text)
  const daemon = newDaemon(host)
  assert.ok(daemon.start().ok)
  return { time, host, segment, daemon }
}

/** Without the identification: the kernel's number instead of ours is the only difference on the wire. */
const wire = ({ segment }: Scene): string[] =>
  segment.sent.map(({ at, datagram }) => `${at.toFixed(3)} ${datagram.map((byte, i) => (i === 4 || i === 5 ? 0 : byte)).join(' ')}`).sort()

const told = ({ daemon }: Scene): unknown =>
  daemon.status().instances.map(({ name, state, counters, priority }) => ({ name, state, counters, priority }))

/** The same life with and without the quicker way. */
function alike(live: (scene: Scene) => void, text?: string): Scene {
  const [together, alone] = [scene(true, text), scene(false, text)]
  for (const one of [together, alone]) live(one)
  assert.ok(together.host.sentPrepared > 0)
  assert.equal(alone.host.sentPrepared, 0)
  assert.deepEqual(wire(together), wire(alone))
  assert.deepEqual(told(together), told(alone))
  return together
}

test('masters that have nothing to do are sent for together, and nobody can tell by what is sent, counted or shown', () => {
  const { host, segment } = alike(({ time }) => time.advance(60_000))
  assert.ok(host.sentPrepared > 0.8 * segment.sent.length, `${host.sentPrepared} of ${segment.sent.length} were sent together`)
})

test('whoever looks in between sees the same', () => {
  const seen: unknown[][] = [[], []]
  for (const [i, one] of [scene(true), scene(false)].entries()) {
    for (let step = 0; step < 200; step++) {
      one.time.advance(137)
      seen[i]?.push(told(one))
    }
    const entries = one.daemon.recording('VI_1').filter(({ what }) => what.kind === 'advert-sent')
    seen[i]?.push(entries.at(-1)?.at)
    one.daemon.clearCounters()
    one.time.advance(10_000)
    seen[i]?.push(told(one))
  }
  assert.deepEqual(seen[0], seen[1])
})

test('a reload that changes, removes and adds instances: the others do not miss a beat', () => {
  alike((one) => {
    one.time.advance(20_000)
    one.host.fileTexts.set(
      configPath,
      file((index) =>
        index === 3 ? undefined : index === 5 ? 'garp_master_refresh 3' : index === 7 ? 'notify_master /bin/true' : '',
      ).replace('priority 100', 'priority 120'),
    )
    assert.ok(one.daemon.reload().accepted)
    one.time.advance(20_000)
    one.host.fileTexts.set(configPath, file())
    assert.ok(one.daemon.reload().accepted)
    one.time.advance(20_000)
  })
})

test('timers of other things go on: announcements are repeated as ever', () => {
  alike(
    ({ time }) => time.advance(40_000),
    file(() => 'garp_master_refresh 4\n garp_master_delay 5'),
  )
})

test('the cable is pulled and put back; a stop says goodbye for everybody', () => {
  alike((one) => {
    one.time.advance(20_000)
    one.host.setLink('eth0', ['10.0.0.1'], { isUp: false })
    one.time.advance(5000)
    one.host.setLink('eth0', ['10.0.0.1'], { isUp: true })
    one.time.advance(20_000)
    one.daemon.stop(() => {})
    one.time.advance(3000)
  }, `vrrp_sync_group G {\n group {\n VI_1\n VI_2\n VI_6\n }\n}\n${file()}`)
})

test('a stranger with a lower priority speaks up: each answers as it would alone', () => {
  alike((one) => {
    one.time.advance(20_000)
    const theirs = one.segment.sent.findLast(({ datagram }) => datagram[21] === 3)?.datagram.slice()
    assert.ok(theirs)
    theirs[15] = 9
    theirs[22] = 50
    const body = theirs.subarray(20)
    body.fill(0, 6, 8)
    let sum = 0
    for (let i = 0; i < body.length; i += 2) sum += ((body[i] as number) << 8) | (body[i + 1] as number)
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    body.set([(~sum >> 8) & 255, ~sum & 255], 6)
    for (let i = 0; i < 10; i++) {
      one.host.deliver(theirs, 'eth0')
      one.time.advance(333)
    }
    assert.ok((one.daemon.status().instances[2]?.counters.advert_rcvd ?? 0) >= 10)
    one.time.advance(20_000)
  })
})

test('what the kernel refuses is counted for whom it was', () => {
  const one = alike((each) => {
    each.time.advance(20_000)
    each.host.refuses.send = { call: 'sendto', errno: 'EPERM', detail: 'Operation not permitted' }
    each.time.advance(5000)
    delete each.host.refuses.send
    each.time.advance(5000)
  })
  const errors = one.daemon.status().instances.map(({ counters }) => counters.send_err)
  assert.ok(
    errors.every((number) => number >= 2 && number <= 6),
    errors.join(),
  )
})

test('a machine that stood still goes on in the rhythm that each would have found alone', () => {
  alike((one) => {
    one.time.advance(20_000)
    one.host.clock.freeze(one.time.clock().now())
    for (const ms of [10, 700, 1500, 5000]) {
      one.host.clock.freeze((one.time.now + ms) as typeof one.time.now)
      one.time.advance(20_000)
    }
  })
})

test('few instances send each for themselves', () => {
  const one = scene(
    true,
    file((index) => (index < 5 ? '' : undefined)),
  )
  one.time.advance(20_000)
  assert.equal(one.host.sentPrepared, 0)
  assert.ok(one.segment.sent.length > 50)
})

test('a handover leaves with each instance what the next process needs, and nothing is sent any more', () => {
  const one = scene(true)
  one.time.advance(20_000)
  const heritage = one.daemon.handOver()
  assert.equal(heritage.routers.length, count)
  const sent = one.segment.sent.length
  one.time.advance(10_000)
  assert.equal(one.segment.sent.length, sent)
})
