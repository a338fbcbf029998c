import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oidText, type VarBind } from '@havip/wire'
import { toldOf } from './events.ts'
import { exampleFacts } from './facts.fixture.ts'
import { groupTraps, refusalTraps, transitionTraps } from './traps.ts'

const shown = (traps: readonly (readonly VarBind[])[]): readonly string[] =>
  traps.map((binds) =>
    binds
      .map(({ name, value }) => {
        if (value.kind === 'oid') return oidText(value.oid)
        const text =
          'bytes' in value
            ? value.kind === 'octets' && value.bytes.length < 4
              ? Buffer.from(value.bytes).toString()
              : Buffer.from(value.bytes).toString('hex')
            : 'value' in value
              ? value.value
              : ''
        return `${oidText(name)}=${text}`
      })
      .join(' '),
  )
const own = '1.3.6.1.4.1.9586.100.5'

test('a new master is told in the words of all three MIBs', () => {
  const facts = exampleFacts()
  assert.deepEqual(shown(transitionTraps(facts, { kind: 'transition', instance: 'VI_1', to: 'master', because: 'preempted-lower' })), [
    `${own}.2.10.0.2 ${own}.2.3.1.2=56495f31 ${own}.2.3.1.4=2 ${own}.2.3.1.5=2 ${own}.1.2.0=R1`,
    '1.3.6.1.2.1.68.0.1 1.3.6.1.2.1.68.1.3.1.7.3.51=0a000001',
    '1.3.6.1.2.1.207.0.1 1.3.6.1.2.1.207.1.1.1.1.3.3.51.1=0a000001 1.3.6.1.2.1.207.1.2.5.1.2.3.51.1=2',
  ])
})

test('any other state is told by the own MIB only, and nothing that is switched off', () => {
  const facts = exampleFacts()
  assert.equal(transitionTraps(facts, { kind: 'transition', instance: 'VI_1', to: 'fault', because: 'fault' }).length, 1)
  assert.equal(transitionTraps(facts, { kind: 'transition', instance: 'gone', to: 'fault', because: 'fault' }).length, 0)
  const none = { ...facts, configured: { ...facts.configured, snmp: { ...facts.configured.snmp, keepalived: false, rfc2787: false } } }
  assert.equal(transitionTraps(none, { kind: 'transition', instance: 'VI_1', to: 'master', because: 'startup' }).length, 1)
  assert.deepEqual(groupTraps(none, { kind: 'group-moved', group: 'G1', to: 'master' }), [])
})

test('a group that goes back to its beginning has stopped', () => {
  assert.deepEqual(shown(groupTraps(exampleFacts(), { kind: 'group-moved', group: 'G1', to: 'init' })), [
    `${own}.2.10.0.1 ${own}.2.1.1.2=G1 ${own}.2.1.1.3=5 ${own}.1.2.0=R1`,
  ])
})

test('a packet that is not believed: authentication to RFC 2787, protocol to RFC 6527', () => {
  const facts = exampleFacts()
  const refused = (fault: string) => shown(refusalTraps(facts, { kind: 'refused', instance: 'VI_1', from: '10.0.0.9' as never, fault }))
  assert.deepEqual(refused('wrong-password'), ['1.3.6.1.2.1.68.0.2 1.3.6.1.2.1.68.1.5.3.51=0a000009 1.3.6.1.2.1.68.1.6.3.51=3'])
  assert.deepEqual(refused('bad-checksum'), ['1.3.6.1.2.1.207.0.2 1.3.6.1.2.1.207.1.2.5.1.6.3.51.1=3'])
  assert.deepEqual(refused('interval-differs'), [])
})

test('of the events only what somebody is told of', () => {
  const event = (what: Record<string, unknown> & { kind: string }) => toldOf({ sequence: 1, instance: 'VI_1', what })
  const action = { kind: 'transition', from: 'init', to: 'backup', reason: { kind: 'startup' } }
  assert.deepEqual(event({ kind: 'action', action: { ...action, notify: true } }), {
    kind: 'transition',
    instance: 'VI_1',
    to: 'backup',
    because: 'startup',
  })
  assert.equal(event({ kind: 'action', action: { ...action, notify: false } }), undefined)
  assert.equal(event({ kind: 'action', action: { kind: 'send-advert' } }), undefined)
  assert.equal(event({ kind: 'late', by: 5 }), undefined)
})
