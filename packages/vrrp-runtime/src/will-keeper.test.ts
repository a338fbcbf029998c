import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Instant, instant } from '@havip/base'
import { Agenda } from './agenda.ts'
import type { Clock, Host, Will } from './host.ts'
import { VirtualTime } from './testing/virtual-clock.ts'
import { emptyWill } from './will.ts'
import { WillKeeper } from './will-keeper.ts'

/** A keeper whose wills take `costMs` to make, on a clock that stands still but for that. */
function scene(costMs = 0) {
  const time = new VirtualTime()
  const plain = time.clock()
  const spent = { ms: 0 }
  const clock: Clock = { ...plain, now: (): Instant => instant(plain.now() + spent.ms), setTimer: (at, fn) => plain.setTimer(at, fn) }
  const entrusted: Will[] = []
  const host = { entrustToGuard: (will: Will) => void entrusted.push(will) } as unknown as Host
  const keeper = new WillKeeper(host, clock, new Agenda(clock))
  let made = 0
  const make = (): Will => {
    made++
    spent.ms += costMs
    return { ...emptyWill, heritage: { made } } as unknown as Will
  }
  return { time, keeper, entrusted, make, made: () => made }
}

test('a prompt will is out before the call returns; the same one is not told again', () => {
  const { keeper, entrusted } = scene()
  keeper.changed(() => ({ ...emptyWill }), true)
  keeper.changed(() => ({ ...emptyWill, held: ['10.0.0.1'] as never }), true)
  keeper.changed(() => ({ ...emptyWill, held: ['10.0.0.1'] as never }), true)
  assert.deepEqual(
    entrusted.map(({ held }) => held),
    [[], ['10.0.0.1']],
  )
})

test('changes of one moment make one will, with what is true at its end', () => {
  const { time, keeper, entrusted, make } = scene()
  for (let i = 0; i < 1000; i++) keeper.changed(make, false)
  assert.equal(entrusted.length, 0)
  time.advance(1)
  assert.equal(entrusted.length, 1)
})

test('wills that take long are made more seldom, and the last change is never lost', () => {
  const { time, keeper, entrusted, make, made } = scene(5)
  for (let ms = 0; ms < 100; ms++) {
    keeper.changed(make, false)
    time.advance(1)
  }
  const during = made()
  assert.ok(during >= 2 && during <= 10, `${during} wills in 100 ms, of which each took 5`)
  time.advance(200)
  assert.ok(made() <= during + 1)
  assert.deepEqual(entrusted.at(-1), { ...emptyWill, heritage: { made: made() } })
})
