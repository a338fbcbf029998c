import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IpAddress, instant, milliseconds } from '@havip/base'
import { AdvertRhythm } from './advert-rhythm.ts'
import { advise, gapsWanted } from './advise.ts'

const master = '10.9.0.1' as IpAddress
const settings = { version: 3, intervalMs: 1000, downTimerAdverts: 3, slackMs: (interval: number) => interval / 2 } as const

/** Adverts at these times, announced each second. */
const heardAt = (times: readonly number[]): AdvertRhythm => {
  const rhythm = new AdvertRhythm()
  for (const at of times) rhythm.heard(master, milliseconds(1000), instant(at))
  return rhythm
}
const regular = (count: number, jitterMs = 0): AdvertRhythm =>
  heardAt(Array.from({ length: count + 1 }, (_, i) => i * 1000 + (i % 2) * jitterMs))

test('a rhythm counts gaps, what is missing in them, and how regular they were', () => {
  assert.deepEqual(heardAt([0, 1000, 2000.05, 4000.05, 5003]).view, {
    from: master,
    intervalMs: 1000,
    gaps: 4,
    lost: 1,
    longestGapMs: 2000.0000000000002,
    lastLatenessMs: 2.949999999999818,
    lateness: [
      { belowMs: 0.1, count: 3 },
      { belowMs: 3.2, count: 1 },
    ],
  })
})
test('an absence is no loss, and another master begins anew', () => {
  assert.equal(heardAt([0, 1000, 60_000, 61_000]).view?.lost, 0)
  const rhythm = regular(10)
  rhythm.heard('10.9.0.2' as IpAddress, milliseconds(1000), instant(20_000))
  assert.equal(rhythm.view, undefined)
})
test('too little evidence: no recommendation, and the bounds say why', () => {
  const advice = advise(settings, regular(gapsWanted - 1).view)
  assert.equal(advice.evidence.isEnough, false)
  assert.equal(advice.recommendedMs, undefined)
  assert.equal(advise(settings, undefined).evidence.gaps, 0)
})
test('the longer and the more regular, the shorter the interval that is advised', () => {
  const short = advise(settings, regular(5000).view).recommendedMs ?? Number.POSITIVE_INFINITY
  const long = advise(settings, regular(500_000).view).recommendedMs ?? Number.POSITIVE_INFINITY
  assert(long < short, `${long} and ${short}`)
  const jittery = advise(settings, regular(500_000, 70).view).recommendedMs ?? Number.POSITIVE_INFINITY
  assert(jittery > long, `${jittery} and ${long}`)
})
test('the outage follows from the interval: at worst all missed adverts and the slack', () => {
  const current = advise(settings, undefined).candidates.find((one) => one.isCurrent)
  assert.deepEqual(current?.outageMs, { least: 2500, most: 3500 })
})
test('a burst of loss that was seen rules out nothing shorter or longer than itself by mistake', () => {
  const times = [...Array.from({ length: 2000 }, (_, i) => i * 1000), 2_003_000]
  const advice = advise(settings, heardAt(times).view)
  assert.equal(
    advice.candidates.every((one) => one.wouldHaveFailed),
    true,
  )
  assert.equal(advice.recommendedMs, undefined)
})
test('version 2 knows whole seconds only; an interval of one’s own is among the candidates', () => {
  const advice = advise({ ...settings, version: 2, intervalMs: 4000 }, undefined)
  assert.deepEqual(
    advice.candidates.map((one) => one.intervalMs),
    [1000, 2000, 3000, 4000, 5000],
  )
})
