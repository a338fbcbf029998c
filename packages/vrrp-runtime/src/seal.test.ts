// The goodbye that somebody else says for a daemon that died: signed when it is said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wallTime } from '@havip/base'
import { Pair, seedLike } from './testing/pair.ts'
import { sealResignation, willFromJson, willToJson } from './will.ts'

const key = '0123456789abcdef0123456789abcdef'
const signed = (own: 1 | 2): string =>
  seedLike(own, { priority: own === 1 ? 100 : 10, instance: `auth_hmac {\n key 1 ${key}\n active_key 1\n }` }).replace(
    /authentication \{[^}]*\}/,
    '',
  )

test('a signed goodbye is believed by the peer, also long after it was entrusted', () => {
  const pair = new Pair(signed(1), signed(2))
  pair.start()
  pair.time.advance(60_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert(pair.one.host.will)
  const [resignation] = willFromJson(willToJson(pair.one.host.will)).resignations
  assert(resignation?.seal)
  pair.one.host.killDaemon()
  pair.two.host.deliver(sealResignation(resignation, wallTime(pair.one.host.clock.wallTime() + 5)), 'eth0')
  assert.equal(pair.two.daemon.status().instances[0]?.state, 'master')
  assert.equal(pair.two.daemon.status().instances[0]?.transitions[0]?.reason.kind, 'master-resigned')
})
test('the goodbye under an authentication header is ahead of all that was sent', () => {
  const ah = (own: 1 | 2): string => seedLike(own, { priority: own === 1 ? 100 : 10 }).replace('auth_type PASS', 'auth_type AH')
  const pair = new Pair(ah(1), ah(2))
  pair.start()
  pair.time.advance(600_000)
  const [resignation] = pair.one.host.will?.resignations ?? []
  assert(resignation)
  pair.one.host.killDaemon()
  pair.two.host.deliver(resignation.datagram, 'eth0')
  assert.equal(pair.two.daemon.status().instances[0]?.state, 'master')
})
