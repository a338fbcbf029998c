import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pair, seedLike } from './testing/pair.ts'

const nft = (pair: Pair): readonly string[] =>
  pair.one.host.started.splice(0).flatMap(({ spec }) => (spec.argv[0] === 'nft' ? [spec.argv[1] ?? ''] : []))

test('no_accept drops packets to and from the addresses, from the start to the stop, whoever is master', () => {
  const pair = Pair.ofSeed({ instance: 'no_accept' })
  pair.start(pair.one)
  const [rules = '', ...more] = nft(pair)
  assert.deepEqual(more, [])
  assert.match(rules, /add element ip keepalived vips { 192\.168\.0\.88 }/)
  assert.match(rules, /add rule ip keepalived in ip daddr @vips drop/)
  assert.doesNotMatch(rules, /add set ip6/)
  pair.time.advance(10_000)
  assert.deepEqual(nft(pair), [])
  let isDone = false
  pair.one.daemon.stop(() => {
    isDone = true
  })
  assert.match(
    nft(pair)[0] ?? '',
    /^add table ip keepalived; delete table ip keepalived; add table ip6 keepalived; delete table ip6 keepalived$/,
  )
  assert.equal(isDone, false)
  pair.time.advance(100)
  assert.equal(isDone, true)
})

test('without no_accept, and for the owner of the addresses, no rules are made', () => {
  const plain = Pair.ofSeed()
  plain.start(plain.one)
  assert.deepEqual(nft(plain), [])
  const owner = Pair.ofSeed({ priority: 255, instance: 'no_accept' })
  owner.start(owner.one)
  assert.deepEqual(nft(owner), [])
})

test('a reload changes the rules only when they differ, and a refusal is told', () => {
  const pair = Pair.ofSeed({ instance: 'no_accept' })
  pair.one.host.processScript = ({ argv }) => (argv[0] === 'nft' ? { end: { kind: 'exited', status: 1 }, after: 1 } : undefined)
  pair.start(pair.one)
  pair.time.advance(10)
  assert.equal(pair.one.host.lines(/^nft exited with status 1: packets .* are accepted/).length, 1)
  nft(pair)
  pair.one.daemon.reload()
  assert.deepEqual(nft(pair), [])
  pair.write(pair.one, seedLike(1, { priority: 100, instance: 'no_accept', address: '192.168.0.89' }))
  pair.one.daemon.reload()
  assert.match(nft(pair)[0] ?? '', /{ 192\.168\.0\.89 }/)
  pair.write(pair.one, seedLike(1, { priority: 100 }))
  pair.one.daemon.reload()
  assert.doesNotMatch(nft(pair)[0] ?? 'drop', /drop/)
})
