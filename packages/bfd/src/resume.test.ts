import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, Driver, sent, transitions } from './fixture.ts'
import { legacyOf, resume } from './resume.ts'

test('a session that is up goes on in another process: same discriminators, a packet at once, nothing that the neighbor would notice', () => {
  const before = new Driver().comeUp()
  const legacy = legacyOf(before.state)
  assert(legacy)
  const after = new Driver()
  after.now = at(30)
  after.state = resume(after.config, JSON.parse(JSON.stringify(legacy)), after.now)
  const [first] = sent(after.pass(0))
  assert.deepEqual([first?.state, first?.myDiscriminator, first?.yourDiscriminator, first?.poll], ['up', 1, 2, true])
  after.hear({ state: 'up', final: true })
  assert.equal(after.active.polling, 'no')
})
test('a neighbor that died with the process is noticed after a detection time', () => {
  const legacy = legacyOf(new Driver().comeUp().state)
  assert(legacy)
  const after = new Driver()
  after.state = resume(after.config, legacy, at(0))
  assert.deepEqual(transitions(after.pass(49)), [])
  assert.deepEqual(transitions(after.pass(2)), ['up > down'])
})
test('a session that is not up leaves nothing', () => {
  const session = new Driver()
  session.post({ kind: 'startup' })
  assert.equal(legacyOf(session.state), undefined)
})
