// The lines that operators grep, in keepalived's words and keepalived's order: what happens is said before it is done.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FakeHost } from './testing/fake-host.ts'
import { configPath, Pair } from './testing/pair.ts'

/** Without our reason, which comes after a colon. */
const said = (host: FakeHost, about: RegExp): readonly string[] => host.lines(about).map((line) => line.replace(/(STATE[^:]*): .*/, '$1'))

const everything = {
  instance: `virtual_ipaddress_excluded {
  2001:db8::88/64
 }
 virtual_routes {
  10.20.0.0/24 via 192.168.0.1 dev eth0
 }
 virtual_rules {
  from 10.20.0.0/24 table 100 priority 100
 }
 garp_master_repeat 2`,
}
const setting = [
  '(VI_1) Entering MASTER STATE',
  '(VI_1) setting VIPs.',
  '(VI_1) setting E-VIPs.',
  '(VI_1) setting Virtual Routes',
  '(VI_1) setting Virtual Rules',
  '(VI_1) Sending/queueing gratuitous ARPs on eth0 for 192.168.0.88',
  '(VI_1) Sending/queueing Unsolicited Neighbour Adverts on eth0 for 2001:db8::88',
  'Sending gratuitous ARP on eth0 for 192.168.0.88',
  'Sending unsolicited Neighbour Advert on eth0 for 2001:db8::88',
  'Sending gratuitous ARP on eth0 for 192.168.0.88',
  'Sending unsolicited Neighbour Advert on eth0 for 2001:db8::88',
]
const removing = ['(VI_1) removing Virtual Rules', '(VI_1) removing Virtual Routes', '(VI_1) removing VIPs.', '(VI_1) removing E-VIPs.']

test('a new master says that it is one, then what it sets and sends', () => {
  const pair = Pair.ofSeed({}, everything)
  pair.start(pair.two)
  pair.time.advance(4500)
  assert.deepEqual(said(pair.two.host, /Receive|Entering|etting|Sending/), [
    '(VI_1) Entering BACKUP STATE (init)',
    '(VI_1) Receive advertisement timeout',
    ...setting,
  ])
})

test('a master that yields says to whom, then that it is BACKUP, then what it removes', () => {
  const pair = Pair.ofSeed({}, everything)
  pair.start(pair.two)
  pair.time.advance(10_000)
  const before = pair.two.host.logged.length
  pair.start(pair.one)
  pair.time.advance(10_000)
  pair.two.host.logged.splice(0, before)
  assert.deepEqual(said(pair.two.host, /received advert|Entering|removing/), [
    '(VI_1) Master received advert from 192.168.0.209 with higher priority 100, ours 10',
    '(VI_1) Entering BACKUP STATE',
    ...removing,
  ])
})

test('of two equal ones the lower address says what decided', () => {
  const pair = Pair.ofSeed({ priority: 100 }, { priority: 100 })
  pair.start(pair.one)
  pair.time.advance(10_000)
  pair.segment.loses = () => true
  pair.start(pair.two)
  pair.time.advance(10_000)
  pair.segment.loses = () => false
  pair.time.advance(3000)
  assert.deepEqual(said(pair.one.host, /same priority/), [
    '(VI_1) Master received advert from 192.168.0.210 with same priority 100 but higher IP address than ours',
  ])
})

test('a fault is said before the addresses go', () => {
  const pair = Pair.ofSeed({}, everything)
  pair.start(pair.two)
  pair.time.advance(10_000)
  const before = pair.two.host.logged.length
  pair.two.host.setLink('eth0', ['192.168.0.210'], { isUp: false })
  pair.time.advance(100)
  pair.two.host.logged.splice(0, before)
  assert.deepEqual(said(pair.two.host, /Entering|removing|sent 0/), ['(VI_1) Entering FAULT STATE', ...removing, '(VI_1) sent 0 priority'])
})

test('a resignation that is followed is a timeout in the log, too, as is pushing a lower master aside', () => {
  const pair = Pair.ofSeed({ instance: 'sole_peer_takeover off' }, { instance: 'sole_peer_takeover off' })
  pair.start(pair.two)
  pair.time.advance(10_000)
  pair.start(pair.one)
  pair.time.advance(10_000)
  assert.deepEqual(said(pair.one.host, /Receive|Entering MASTER/), ['(VI_1) Receive advertisement timeout', '(VI_1) Entering MASTER STATE'])
  pair.one.daemon.stop(() => {})
  const before = pair.two.host.logged.length
  pair.time.advance(3000)
  pair.two.host.logged.splice(0, before)
  assert.deepEqual(said(pair.two.host, /Receive|Entering MASTER/), ['(VI_1) Receive advertisement timeout', '(VI_1) Entering MASTER STATE'])
})

test('members of a sync group say so before their own addresses move', () => {
  const members = `vrrp_sync_group G1 {\n group {\n VI_1\n VI_2\n }\n}\nvrrp_instance VI_2 {\n interface eth0\n virtual_router_id 52\n priority 100\n virtual_ipaddress {\n 192.168.0.89\n }\n}\n`
  const pair = Pair.ofSeed({ blocks: members })
  pair.start(pair.one)
  pair.time.advance(5000)
  assert.deepEqual(
    said(pair.one.host, /Entering MASTER|setting/).filter((line) => line.startsWith('(VI_2)')),
    ['(VI_2) Entering MASTER STATE', '(VI_2) setting VIPs.'],
  )
})

test('another list of addresses is told in the words of keepalived: first the number, else what is missing', () => {
  const lines = (theirs: string): readonly string[] => {
    const pair = Pair.ofSeed({}, { address: theirs })
    const texts = [pair.one, pair.two].map(({ host }) => host.fileTexts.get(configPath)?.replace('vrrp_skip_check_adv_addr', '') ?? '')
    const checked = new Pair(texts[0] ?? '', texts[1] ?? '')
    checked.start()
    checked.time.advance(10_000)
    // Again with each new state.
    return [...new Set(said(checked.two.host, /VIPs but|associated/))]
  }
  assert.deepEqual(lines('192.168.0.88\n192.168.0.90'), [
    '(VI_1) expected 2 VIPs but received 1 from 192.168.0.209; the advert has 192.168.0.88',
  ])
  assert.deepEqual(lines('192.168.0.90'), [
    '(VI_1) ip address associated with VRID 51 not present in advert from 192.168.0.209: 192.168.0.90; the advert has 192.168.0.88',
  ])
})

test('what a script said before counts at a reload, and the log says so', () => {
  const script = { blocks: 'vrrp_script check {\n script /etc/keepalived/check.sh\n}\n', instance: 'track_script {\n check weight 5\n}' }
  const pair = Pair.ofSeed(script)
  pair.start(pair.one)
  pair.time.advance(5000)
  pair.one.daemon.reload()
  assert.deepEqual(pair.one.host.lines(/considered/), ['VRRP_Script(check) considered successful on reload'])
})
