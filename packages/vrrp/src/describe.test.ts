import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeReason, describeTime } from './describe.ts'
import { ms, peer, prio, virtual } from './fixture.ts'

test('a silent master is told with its address, the silence and the interval', () => {
  assert.equal(
    describeReason({ kind: 'master-silent', master: peer, silentFor: ms(3020.4), masterDownInterval: ms(3020), lateBy: ms(0.4) }),
    'no advertisement from 192.168.0.210 for 3.02 s; master-down interval 3.02 s',
  )
})
test('a late timer of our own is told as ours', () => {
  assert.equal(
    describeReason({ kind: 'master-silent', master: undefined, silentFor: undefined, masterDownInterval: ms(3609.375), lateBy: ms(12) }),
    'no advertisement heard while listening; master-down interval 3.61 s, own timer 0.01 s late',
  )
})
test('every reason is a sentence', () => {
  const said = [
    describeReason({ kind: 'master-resigned', master: peer, waited: ms(0) }),
    describeReason({ kind: 'preempted-lower', master: peer, theirs: prio(10), ours: prio(100), delayed: ms(4000) }),
    describeReason({ kind: 'higher-priority', from: peer, theirs: prio(200), ours: prio(100) }),
    describeReason({ kind: 'equal-priority-higher-address', from: peer, priority: prio(100) }),
    describeReason({
      kind: 'fault',
      causes: [
        { kind: 'interface-down', interface: 'eth0' },
        { kind: 'no-source-address', interface: '' },
      ],
    }),
    describeReason({ kind: 'fault-cleared', cleared: [{ kind: 'script-failed', script: 'web', detail: 'exited with status 1' }] }),
    describeReason({ kind: 'address-lost', address: virtual }),
    describeReason({ kind: 'own-stall', frozenFor: ms(5000) }),
  ]
  assert.deepEqual(said, [
    'master 192.168.0.210 resigned with priority 0; waited 0.00 s',
    'master 192.168.0.210 has priority 10, lower than our 100, after a preempt delay of 4.00 s',
    '192.168.0.210 has priority 200, higher than our 100',
    '192.168.0.210 has our priority 100 and the higher address',
    'interface eth0 is down; no address to send from',
    'over: script web failed (exited with status 1)',
    'address 192.168.0.88 was removed by something else',
    'this process did not run for 5.00 s; others may have taken over meanwhile',
  ])
})
test('times under 10 ms are told in milliseconds', () => {
  assert.deepEqual([ms(0), ms(0.31), ms(12), ms(962)].map(describeTime), ['0.00 s', '0.3 ms', '0.01 s', '0.96 s'])
})
