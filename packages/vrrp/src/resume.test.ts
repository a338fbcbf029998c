import assert from 'node:assert/strict'
import { test } from 'node:test'
import { between, instant } from '@havip/base'
import { backup, configOf, heard, master, ms, ours, peer } from './fixture.ts'
import { type Legacy, legacyOf, resume } from './resume.ts'
import { initialState, wakeAt } from './state.ts'
import { step } from './step.ts'

const overTheWire = (legacy: Legacy | undefined): Legacy => JSON.parse(JSON.stringify(legacy)) as Legacy
const fresh = (config = configOf()) => {
  const state = initialState(config)
  return { ...state, known: { ...state.known, source: ours } }
}

test('a master that changes its process sends its next advertisement when it was due', () => {
  const before = master().state
  const state = resume(configOf(), fresh(), overTheWire(legacyOf(before, true)), instant(5000))
  assert.equal(state.kind, 'master')
  assert.equal(wakeAt(state), wakeAt(before))
})

test('without timers a master advertises at once, and claims nothing anew', () => {
  const state = resume(configOf(), fresh(), overTheWire(legacyOf(master().state, false)), instant(9000))
  const { actions } = step(configOf(), state, { kind: 'tick' }, instant(9000))
  assert.deepEqual(
    actions.map((action) => action.kind),
    ['send-advert'],
  )
})

test('what is left without timers is the same before and after an advertisement', () => {
  const router = backup()
  const config = configOf()
  const once = step(config, router.state, heard(config, peer, 200), instant(10_000)).state
  const twice = step(config, once, heard(config, peer, 200), instant(11_000)).state
  assert.deepEqual(legacyOf(twice, false), legacyOf(once, false))
  assert.notDeepEqual(legacyOf(twice, true), legacyOf(once, true))
})

test('a backup goes on following the same master, for at least its interval', () => {
  const router = backup()
  const config = configOf()
  const before = step(config, router.state, heard(config, peer, 200), instant(10_000)).state
  const state = resume(config, fresh(), overTheWire(legacyOf(before, false)), instant(20_000))
  assert.equal(state.kind, 'backup')
  assert.equal(state.kind === 'backup' && state.master?.source, peer)
  assert.ok(between(instant(20_000), wakeAt(state) ?? instant(0)) > ms(3 * config.interval))
})

test('a router that takes no part in elections leaves nothing', () => {
  assert.equal(legacyOf(fresh(), true), undefined)
})
