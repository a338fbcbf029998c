// Documents: typed values, there and back, and faults by their path.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { instanceWith } from '../../test/check.ts'
import { parseText } from '../parse.ts'
import { DOCUMENT_FORMAT } from './document.ts'
import { fromDocument } from './from-document.ts'
import { firstDifference } from './same-model.ts'
import { toDocument } from './to-document.ts'

const document = (text: string): Record<string, unknown> => {
  const { format, ...rest } = toDocument(parseText(text))
  assert.equal(format, DOCUMENT_FORMAT)
  return rest
}
function assertReturns(text: string): void {
  const parsed = parseText(text)
  const back = fromDocument(JSON.parse(JSON.stringify(toDocument(parsed))))
  assert.ok(back.ok, JSON.stringify(back))
  assert.equal(firstDifference(parsed.configuration, parseText(back.value).configuration), undefined, back.value)
}

test('values have the type that the keyword tables say', () => {
  const text = 'global_defs {\nrouter_id 0815\nvrrp_garp_master_delay 2\nvrrp_strict off\numask 0077\nsmtp_server h 25\n}\n'
  assert.deepEqual(document(text), {
    global_defs: { router_id: '0815', vrrp_garp_master_delay: 2, vrrp_strict: false, umask: '0077', smtp_server: ['h', 25] },
  })
})

test('blocks are objects, lists are lists, flags are true', () => {
  assert.deepEqual(document(instanceWith('nopreempt\nadvert_int 0.5\nnotify "/etc/n x" root\ntrack_interface {\neth1 weight -10\n}')), {
    vrrp_instance: {
      VI: {
        interface: 'eth0',
        virtual_router_id: 51,
        virtual_ipaddress: ['10.0.0.9'],
        nopreempt: true,
        advert_int: 0.5,
        notify: '"/etc/n x" root',
        track_interface: ['eth1 weight -10'],
      },
    },
  })
})

const samples: readonly (readonly [name: string, text: string])[] = [
  ['an instance', instanceWith('priority 90\nstate BACKUP\nnopreempt\nauthentication {\nauth_type PASS\nauth_pass "a b"\n}')],
  ['several keys', instanceWith(`auth_hmac {\nkey 1 ${'k'.repeat(32)}\nkey 2 hex:${'ab'.repeat(32)}\nactive_key 2\n}`)],
  [
    'scripts with quotes',
    `vrrp_script s {\nscript "/bin/sh -c 'exit 0'" nobody\ninterval 3\n}\n${instanceWith('track_script {\ns weight -30\n}')}`,
  ],
  ['definitions', `$IF=eth1\n${instanceWith('track_interface {\n$IF\n}')}`],
  ['switches that are off', `global_defs {\nvrrp_strict off\n}\n${instanceWith('sole_peer_takeover off\nsmtp_alert on')}`],
  ['a sync group', `${instanceWith('')}vrrp_sync_group G {\ngroup {\nVI\n}\n}\n`],
  [
    'a virtual server',
    'virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\nreal_server 10.0.0.3 80 {\nTCP_CHECK {\n}\n}\n}\n',
  ],
  ['an empty file', ''],
  ['static items', 'static_ipaddress {\n10.0.0.1/24 dev eth0\n}\nstatic_routes {\n10.1.0.0/16 via 10.0.0.254\n}\nchild_wait_time 3\n'],
  ['trackers that stand last', `track_file f {\nfile /tmp/f\nweight 2\n}\n${instanceWith('track_file {\nf\n}')}`],
]
for (const [name, text] of samples) test(`${name} comes back as it was`, () => assertReturns(text))

test('any instance comes back as it was', () => {
  const line = fc.oneof(
    fc.integer({ min: 1, max: 254 }).map((n) => `priority ${n}`),
    fc.constantFrom(
      'nopreempt',
      'state BACKUP',
      'accept',
      'version 3',
      'vmac_xmit_base',
      'use_vmac',
      'no_accept',
      'smtp_alert',
      'strict_mode off',
    ),
    fc.integer({ min: 0, max: 900 }).map((n) => `preempt_delay ${n / 10}`),
    fc.integer({ min: 1, max: 255 }).map((n) => `advert_int ${n}`),
    fc.stringMatching(/^[a-z0-9 #!{}]{1,8}$/).map((word) => `authentication {\nauth_type PASS\nauth_pass "${word}"\n}`),
    fc.stringMatching(/^[a-z/ ]{1,12}$/).map((word) => `notify "/x${word}" root`),
  )
  fc.assert(
    fc.property(fc.uniqueArray(line, { maxLength: 8, selector: (text) => text.split(/[ \n]/)[0] }), (lines) =>
      assertReturns(instanceWith(lines.join('\n'))),
    ),
    { numRuns: 200 },
  )
})

const faults = (value: unknown): string[] => {
  const made = fromDocument(value)
  return made.ok ? [] : made.fault.map(({ path, message }) => `${path}: ${message}`)
}
test('faults are named by their path, all of them', () => {
  const value = {
    format: DOCUMENT_FORMAT,
    vrrp_instance: { VI: { priorty: 5, virtual_ipaddress: '10.0.0.9', notify: 7, interface: ['a', 'b'], nopreempt: 3 } },
    global_defs: 5,
  }
  assert.deepEqual(faults(value), [
    'global_defs: this is a block: an object whose keys are keywords',
    'vrrp_instance.VI.priorty: there is no keyword priorty here; did you mean priority?',
    'vrrp_instance.VI.virtual_ipaddress: this is a list',
    'vrrp_instance.VI.notify: notify is a text on one line',
    'vrrp_instance.VI.interface: interface takes INTERFACE',
    'vrrp_instance.VI.nopreempt: nopreempt is true or false',
  ])
})
test('another format, or none, is refused', () =>
  assert.deepEqual(faults({ format: 'x/9' }), [`format: this is not \`format: ${DOCUMENT_FORMAT}\``]))
test('a text with a line end cannot smuggle in another line', () =>
  assert.deepEqual(faults({ format: DOCUMENT_FORMAT, vrrp_instance: { 'V {\n}': {} } }), ['vrrp_instance.V {\n}: a name has no line end']))
test('anything at all gives an answer', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => typeof fromDocument(value).ok === 'boolean'))
})
