import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alike, count, file, scene, strangersAdvert, told } from './testing/crowd.ts'
import { configPath } from './testing/pair.ts'

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
    const theirs = strangersAdvert(one, 3)
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

test('late by nearly an interval, so that some have their next advert due already and others have not', () => {
  alike((one) => {
    one.time.advance(20_000)
    for (let ms = 880; ms <= 1060; ms += 3) {
      one.host.clock.freeze((one.time.now + ms) as typeof one.time.now)
      one.time.advance(ms)
      one.time.advance(4321)
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
