// Signed adverts in the whole daemon: auth_hmac of keepalived 2.4 and the authentication header.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipProtocol } from '@havip/wire'
import { Pair, type PairSettings, seedLike } from './testing/pair.ts'

const keyOne = '0123456789abcdef0123456789abcdef'
const keyTwo = 'fedcba9876543210fedcba9876543210'
const hmac = (active: number, more = '', keys = `key 1 ${keyOne}\n key 2 ${keyTwo}`): string =>
  `auth_hmac {\n ${keys}\n active_key ${active}\n ${more}\n }`
const withoutPass = (text: string): string => text.replace(/authentication \{[^}]*\}/, '')
const pairOf = (one: string, two: string, settings: Partial<PairSettings> = {}): Pair =>
  new Pair(
    withoutPass(seedLike(1, { priority: 100, instance: one, ...settings })),
    withoutPass(seedLike(2, { priority: 10, instance: two, ...settings })),
  )
const counters = (pair: Pair) => pair.two.daemon.status().instances[0]?.counters

test('signed adverts are believed, and their packets are 28 bytes longer', () => {
  const pair = pairOf(hmac(1), hmac(1))
  pair.start()
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(counters(pair)?.advert_rcvd !== 0, true)
  const { datagram } = pair.segment.sent[0] ?? { datagram: new Uint8Array() }
  assert.equal(datagram.length, 20 + 20 + 28)
  assert.equal(datagram[3], 68)
})
test('keys rotate: the other node knows the new one already', () => {
  const pair = pairOf(hmac(1), hmac(1))
  pair.start()
  pair.time.advance(10_000)
  pair.write(pair.one, withoutPass(seedLike(1, { priority: 100, instance: hmac(2) })))
  assert.equal(pair.one.daemon.reload().accepted, true)
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(counters(pair)?.auth_ext_unknown_key, 0)
})
test('an unknown key, a wrong one and a missing trailer are counted each for itself, and touch no timer', () => {
  for (const [one, counter] of [
    [hmac(3, '', `key 3 ${keyOne}`), 'auth_ext_unknown_key'],
    [hmac(1, '', `key 1 ${keyTwo}`), 'auth_ext_invalid_hmac'],
    ['', 'auth_ext_missing'],
  ] as const) {
    const pair = pairOf(one, hmac(1))
    pair.start()
    pair.time.advance(10_000)
    assert.deepEqual(pair.owners(), ['ecs-1', 'ecs-2'], counter)
    assert.equal((counters(pair)?.[counter] ?? 0) > 3, true, counter)
    assert.equal(counters(pair)?.advert_rcvd, 0)
  }
})
test('roll-out: receive-only sends no trailer and takes both, permissive signs and takes both', () => {
  const unsigned = pairOf(hmac(1, 'mode receive-only'), hmac(1, 'mode permissive'))
  unsigned.start()
  unsigned.time.advance(10_000)
  assert.deepEqual(unsigned.owners(), ['ecs-1'])
  assert.equal(unsigned.segment.sent[0]?.datagram.length, 40)
  const signed = pairOf(hmac(1, 'mode permissive'), hmac(1, 'mode receive-only'))
  signed.start()
  signed.time.advance(10_000)
  assert.deepEqual(signed.owners(), ['ecs-1'])
})
test('a recorded advert that is played again is a replay, and after the window stale', () => {
  const pair = pairOf(hmac(1), hmac(1))
  pair.start()
  pair.time.advance(10_000)
  const recorded = pair.segment.sent.findLast(({ from }) => from === pair.one.host)
  assert(recorded)
  pair.two.host.deliver(recorded.datagram, 'eth0')
  assert.equal(counters(pair)?.auth_ext_replay, 1)
  pair.time.advance(7000)
  pair.two.host.deliver(recorded.datagram, 'eth0')
  assert.equal(counters(pair)?.auth_ext_stale, 1)
})
test('what was seen stays known over a reload', () => {
  const pair = pairOf(hmac(1), hmac(1))
  pair.start()
  pair.time.advance(10_000)
  const recorded = pair.segment.sent.findLast(({ from }) => from === pair.one.host)
  assert(recorded)
  pair.write(pair.two, withoutPass(seedLike(2, { priority: 20, instance: hmac(1) })))
  pair.two.daemon.reload()
  pair.two.host.deliver(recorded.datagram, 'eth0')
  assert.equal(counters(pair)?.auth_ext_replay, 1)
})
test('a key in a file, as text or in hex', () => {
  const pair = pairOf(hmac(1, '', 'key 1 file:/etc/keepalived/key'), hmac(1, '', 'key 1 file:/etc/keepalived/key'))
  pair.one.host.fileTexts.set('/etc/keepalived/key', `${keyOne}\n`)
  pair.two.host.fileTexts.set('/etc/keepalived/key', `hex:${Buffer.from(keyOne).toString('hex')}\n`)
  pair.start()
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
})
test('an unreadable active key is FAULT, not adverts that nobody signed', () => {
  const pair = pairOf(hmac(1, '', 'key 1 file:/etc/keepalived/key'), hmac(1))
  pair.start()
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-2'])
  assert.deepEqual(pair.one.daemon.status().instances[0]?.faults, ['configuration: the active key 1 of auth_hmac cannot be read'])
})

const ah = (text: string): string => text.replace('auth_type PASS', 'auth_type AH')
const ahPair = (): Pair => new Pair(ah(seedLike(1, { priority: 100 })), ah(seedLike(2, { priority: 10 })))

test('AH: packets of protocol 51, believed by the peer, and a replay is not', () => {
  const pair = ahPair()
  pair.start()
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  const recorded = pair.segment.sent.findLast(({ from }) => from === pair.one.host)
  assert(recorded)
  assert.equal(recorded.datagram[9], ipProtocol.authenticationHeader)
  pair.two.host.deliver(recorded.datagram, 'eth0')
  assert.equal(counters(pair)?.auth_failure, 1)
})
test('AH: a node that was restarted goes on above what it hears', () => {
  const pair = ahPair()
  pair.start()
  pair.time.advance(20_000)
  pair.one.host.powerOff()
  pair.time.advance(10_000)
  pair.restart(pair.one)
  pair.time.advance(10_000)
  assert.deepEqual(pair.owners(), ['ecs-1'])
  assert.equal(counters(pair)?.auth_failure, 0)
})
