// Mended texts: what is written is what was meant, everything else stays as it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instanceWith } from '../../test/check.ts'
import { parseText } from '../parse.ts'
import { checkSet } from '../set/check-set.ts'
import { applyEdits } from './edits.ts'
import { fixFile } from './fix-file.ts'
import { fixSet } from './fix-set.ts'

const fixed = (text: string): string => {
  const parsed = parseText(text, {}, '/k.conf')
  return applyEdits(parsed.texts, fixFile(parsed)).get('/k.conf') ?? text
}
const becomes = (lines: string, expected: string): void => assert.equal(fixed(instanceWith(lines)), instanceWith(expected))

test('nopreempt under MASTER makes the state BACKUP', () =>
  becomes('priority 90\nstate MASTER   # first\nnopreempt', 'priority 90\nstate BACKUP   # first\nnopreempt'))
test('a line without effect goes with its comment', () =>
  assert.equal(fixed('global_defs {\n  vrrp_garp_interval 0 # none\n  router_id x\n}\n'), 'global_defs {\n  router_id x\n}\n'))
test('on a line with others only the statement goes', () =>
  assert.equal(fixed('global_defs { vrrp_garp_interval 0 }\n'), 'global_defs {  }\n'))
test('a list of one entry without effect goes whole', () => becomes('track_interface {\n  eth0\n}\npriority 90', 'priority 90'))
test('of several entries only the one without effect goes', () =>
  becomes('track_interface {\n  eth0\n  eth1\n}', 'track_interface {\n  eth1\n}'))
test('a rounded interval is written as it counts', () => becomes('advert_int 1.7', 'advert_int 2'))
test('a long password is written as it counts', () =>
  becomes('authentication {\nauth_type PASS\nauth_pass 123456789\n}', 'authentication {\nauth_type PASS\nauth_pass 12345678\n}'))
test('a state in small letters is written as it was meant', () => becomes('state master', 'state MASTER'))
test('an out of date keyword becomes its successor', () => becomes('vmac_garp_intvl 5', 'garp_extra_if 5'))
test('a blank that is none becomes one', () => becomes('priority\u00a090', 'priority 90'))
test('a word that a definition stands for is left alone', () => {
  const text = `$STATE=MASTER\n${instanceWith('priority 90\nstate $STATE\nnopreempt')}`
  assert.equal(fixed(text), text)
})
test('what needs a decision is left alone', () => becomes('priorty 90', 'priorty 90'))
test('line ends stay what they are', () =>
  assert.equal(fixed('global_defs {\r\n vrrp_gna_interval 0\r\n router_id x\r\n}\r\n'), 'global_defs {\r\n router_id x\r\n}\r\n'))

test('of two edits at one place the first is made', () => {
  const at = { file: '/x', start: 1, end: 2 }
  const edits = [
    { at, text: 'B' },
    { at, text: 'C' },
    { at: { ...at, start: 0, end: 1 }, text: 'A' },
  ]
  assert.equal(applyEdits(new Map([['/x', 'abc']]), edits).get('/x'), 'ABc')
})

const pair = (second: string): { name: string; text: string }[] => [
  { name: 'a', text: instanceWith('priority 90\nunicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}') },
  { name: 'b', text: second },
]
/** Rounds until nothing changes; what is left of findings, predictions aside. */
function fixedPair(second: string): { text: string; left: string[] } {
  let texts = pair(second)
  for (let round = 0; round < 5; round++) {
    const nodes = texts.map(({ name, text }) => ({ name, parsed: parseText(text, {}, `/${name}`) }))
    const edits = fixSet(nodes)
    const changed = applyEdits(new Map(nodes.flatMap(({ parsed }) => [...parsed.texts])), edits)
    const left = checkSet(nodes.map(({ name, parsed }) => ({ name, ...parsed }))).map(({ code }) => code)
    if (changed.size === 0) return { text: texts[1]?.text ?? '', left: left.filter((code) => code !== 'set-predicted-outage') }
    texts = texts.map(({ name, text }) => ({ name, text: changed.get(`/${name}`) ?? text }))
  }
  throw new Error('the rounds do not end')
}
test('the first node’s VRID is written into the other file', () => {
  const lines = 'priority 50\nunicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}'
  const { text, left } = fixedPair(instanceWith(lines).replace('virtual_router_id 51', 'virtual_router_id 52'))
  assert.equal(text, instanceWith(lines))
  assert.deepEqual(left, [])
})
test('a peer that is nobody becomes the other node', () => {
  const right = 'priority 50\nunicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}'
  const { text, left } = fixedPair(instanceWith(right.replace('10.0.0.1\n', '10.0.0.3\n')))
  assert.equal(text, instanceWith(right))
  assert.deepEqual(left, [])
})
test('itself as the peer becomes the other node', () => {
  const right = 'priority 50\nunicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}'
  const { left } = fixedPair(instanceWith(right.replace('10.0.0.1\n', '10.0.0.2\n')))
  assert.deepEqual(left, [])
})
test('an interval that the other lacks is added', () => {
  const nodes = [
    { name: 'a', parsed: parseText(instanceWith('advert_int 3\npriority 90'), {}, '/a') },
    { name: 'b', parsed: parseText(instanceWith('priority 50'), {}, '/b') },
  ]
  const changed = applyEdits(new Map(nodes.flatMap(({ parsed }) => [...parsed.texts])), fixSet(nodes))
  assert.equal(changed.get('/b'), instanceWith('priority 50\nadvert_int 3'))
})
test('MASTER on the lower node becomes BACKUP', () => {
  const lines = 'state MASTER\npriority 50\nunicast_src_ip 10.0.0.2\nunicast_peer {\n10.0.0.1\n}'
  const { text, left } = fixedPair(instanceWith(lines))
  assert.equal(text, instanceWith(lines.replace('MASTER', 'BACKUP')))
  assert.deepEqual(left, [])
})
