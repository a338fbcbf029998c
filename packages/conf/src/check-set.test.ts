// Mistakes planted in pairs of files are found, and nothing is found in a good pair.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSet } from './check-set.ts'
import { parseText } from './parse.ts'

type Changes = { readonly [key: string]: string }
const node = (
  name: string,
  own: string,
  peer: string,
  priority: number,
  changes: Changes = {},
  head = '',
): { name: string; configuration: ReturnType<typeof parseText>['configuration'] } => {
  const lines = {
    interface: 'interface eth0',
    virtual_router_id: 'virtual_router_id 51',
    priority: `priority ${priority}`,
    unicast_src_ip: `unicast_src_ip ${own}`,
    unicast_peer: `unicast_peer {\n${peer}\n}`,
    virtual_ipaddress: 'virtual_ipaddress {\n10.0.0.9\n}',
    authentication: 'authentication {\nauth_type PASS\nauth_pass x\n}',
    ...changes,
  }
  const text = `${head}vrrp_instance VI {\n${Object.values(lines).join('\n')}\n}\n`
  return { name, configuration: parseText(text, {}, `/${name}.conf`).configuration }
}
const a = (changes: Changes = {}, head = ''): ReturnType<typeof node> => node('a', '10.0.0.1', '10.0.0.2', 100, changes, head)
const b = (changes: Changes = {}, head = ''): ReturnType<typeof node> => node('b', '10.0.0.2', '10.0.0.1', 50, changes, head)
const codes = (...nodes: readonly ReturnType<typeof node>[]): string[] =>
  checkSet(nodes)
    .map(({ code }) => code)
    .filter((code) => code !== 'set-predicted-outage')

test('nothing is found in a good pair but the predicted outage', () => {
  assert.deepEqual(codes(a(), b()), [])
  const [prediction] = checkSet([a(), b()])
  assert.equal(
    prediction?.message,
    'a (VI): when this node loses power b takes over 2 s to 3 s later (sole_peer_takeover, plus a margin against jitter; keepalived: the skew more); when its daemon is stopped, at once; when a tracker of weight 0 fails, as when it is stopped',
  )
})

const script = (weight: number): string => `vrrp_script chk {\nscript /bin/x\nweight ${weight}\n}\n`
const tracking = { track: 'track_script {\nchk\n}' }
const planted: readonly (readonly [name: string, nodes: readonly ReturnType<typeof node>[], expected: readonly string[]])[] = [
  ['another VRID', [a(), b({ virtual_router_id: 'virtual_router_id 52' })], ['set-vrid-differs']],
  ['another version', [a({ authentication: '' }), b({ authentication: '', version: 'version 3' })], ['set-version-differs']],
  ['another password', [a(), b({ authentication: 'authentication {\nauth_type PASS\nauth_pass y\n}' })], ['set-password-differs']],
  ['no password', [a(), b({ authentication: '' })], ['set-authentication-differs']],
  ['another interval', [a(), b({ advert_int: 'advert_int 2' })], ['set-interval-differs']],
  [
    'another address',
    [a(), b({ virtual_ipaddress: 'virtual_ipaddress {\n10.0.0.8\n}' })],
    ['set-addresses-differ', 'set-addresses-differ'],
  ],
  ['a peer that is not the other node', [a({ unicast_peer: 'unicast_peer {\n10.0.0.3\n}' }), b()], ['set-peer-missing']],
  ['unicast on one side only', [a(), b({ unicast_peer: '', unicast_src_ip: '' })], ['set-transport-differs']],
  ['equal priorities', [a(), b({ priority: 'priority 100' })], ['set-priority-equal']],
  ['two owners', [a({ priority: 'priority 255' }), b({ priority: 'priority 255' })], ['set-two-owners', 'set-two-masters-wished']],
  [
    'another checksum form',
    [a({ authentication: '', v: 'version 3\nv3_checksum_as_v2' }), b({ authentication: '', v: 'version 3' })],
    ['set-checksum-differs'],
  ],
  ['a weight that is too small', [a(tracking, script(-20)), b(tracking, script(-20))], ['set-weight-too-small']],
  ['a weight that ties', [a(tracking, script(-50)), b(tracking, script(-50))], ['set-weight-ties']],
  ['a weight that does its job', [a(tracking, script(-60)), b(tracking, script(-60))], []],
  [
    'weights with nopreempt',
    [a({ ...tracking, n: 'nopreempt' }, script(-60)), b({ ...tracking, n: 'nopreempt' }, script(-60))],
    ['set-weight-with-nopreempt'],
  ],
  ['nopreempt on the backup only', [a({ state: 'state MASTER' }), b({ n: 'nopreempt' })], ['set-preempts-anyway']],
  [
    'TTL limits that the other does not keep',
    [a({ ttl: 'unicast_ttl 1' }), b({ unicast_peer: 'unicast_peer {\n10.0.0.1 min_ttl 255\n}' })],
    ['set-ttl-outside'],
  ],
  ['a router that only one node has', [a(), { name: 'b', configuration: parseText('').configuration }], ['set-alone']],
]

for (const [name, nodes, expected] of planted) {
  test(`a set is told of ${name}`, () => assert.deepEqual(codes(...nodes), expected))
}
