// Every sentence that the engine makes has its Chinese form: the samples are typed, so a new kind of reason breaks this test's build.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeCause, describeReason, type FaultCause, type TransitionReason } from '@havip/vrrp'
import { inChinese } from './reasons.ts'

type Samples<Of extends { readonly kind: string }> = {
  readonly [Kind in Of['kind']]: readonly Omit<Extract<Of, { readonly kind: Kind }>, 'kind'>[]
}

const master = '192.168.0.209' as never
const time = (value: number): never => value as never
const prio = (value: number): never => value as never

const causes: Samples<FaultCause> = {
  'interface-down': [{ interface: 'eth0' }],
  'interface-missing': [{ interface: 'eth0' }],
  'no-source-address': [{ interface: 'eth0' }, { interface: '' }],
  'tracked-interface-down': [{ interface: 'eth1' }],
  'script-failed': [{ script: 'check_web', detail: 'status 1' }],
  'file-bad': [{ file: 'weight', value: -254 }],
  'process-missing': [{ process: 'nginx' }],
  'static-item-missing': [{ item: 'route 10.0.0.0/8' }],
  'bfd-down': [{ session: 'core', detail: 'time expired' }],
  'group-member-fault': [{ member: 'VI_2' }],
  configuration: [{ detail: 'x' }],
  system: [{ call: 'bind', errno: 'EADDRNOTAVAIL', detail: 'x' }],
} as never
const all = <Of extends { readonly kind: string }>(samples: Samples<Of>): readonly Of[] =>
  Object.entries(samples).flatMap(([kind, list]) => (list as readonly object[]).map((one) => ({ kind, ...one }) as unknown as Of))

const reasons: Samples<TransitionReason> = {
  startup: [{}],
  'master-silent': [
    { master, silentFor: time(3020), masterDownInterval: time(3050), lateBy: time(0) },
    { master, silentFor: time(3020), masterDownInterval: time(3050), lateBy: time(4.5) },
    { master: undefined, silentFor: undefined, masterDownInterval: time(3050), lateBy: time(0) },
  ],
  'master-resigned': [{ master, waited: time(0.4) }],
  'preempted-lower': [
    { master, theirs: prio(10), ours: prio(100), delayed: time(0) },
    { master, theirs: prio(10), ours: prio(100), delayed: time(5000) },
  ],
  'address-owner': [{}],
  'higher-priority': [{ from: master, theirs: prio(100), ours: prio(10) }],
  'equal-priority-higher-address': [{ from: master, priority: prio(100) }],
  fault: [{ causes: all<FaultCause>(causes).slice(0, 2) }],
  'fault-cleared': [{ cleared: [] }, { cleared: all<FaultCause>(causes).slice(0, 1) }],
  'address-lost': [{ address: '192.168.0.88' as never }, { address: '192.168.0.88' as never, what: 'route 10.0.0.0/8' }],
  'own-stall': [{ frozenFor: time(5000) }],
  'sync-group': [{ member: 'VI_2' }],
  shutdown: [{}],
  'switched-over': [{ to: master, theirs: prio(10), after: time(5), overlap: time(250) }],
  'taken-back': [{ master, theirs: prio(10), ours: prio(100) }],
}

/** Words that are names, protocol terms or details of the kernel stay. */
const isChinese = (text: string): boolean => /[\u4e00-\u9fff]/.test(text)

for (const reason of all<TransitionReason>(reasons)) {
  const sentence = describeReason(reason)
  test(`in Chinese: ${sentence}`, () => {
    assert.ok(isChinese(inChinese(sentence)), inChinese(sentence))
    assert.ok(!/ (of|is|the|for|and|after|has|was) /.test(inChinese(sentence)), inChinese(sentence))
    assert.ok(isChinese(inChinese(`BACKUP → MASTER: ${sentence}`)))
  })
}
for (const cause of all<FaultCause>(causes)) {
  if (cause.kind === 'system') continue
  const sentence = describeCause(cause)
  test(`in Chinese: ${sentence}`, () => assert.ok(isChinese(inChinese(sentence)), inChinese(sentence)))
}

test('times are in Chinese, and what nobody knows stays as it is', () => {
  assert.equal(
    inChinese('no advertisement from 192.168.0.209 for 3.02 s; master-down interval 3.05 s, own timer 4.5 ms late'),
    '已有 3.02 秒 未收到 192.168.0.209 的通告；主节点失效间隔 3.05 秒，本机定时器晚了 4.5 毫秒',
  )
  assert.equal(
    inChinese('the check script check_web was made to fail: script check_web failed (status 1)'),
    '检查脚本 check_web 被设为失败；脚本 check_web 失败（status 1）',
  )
  assert.equal(inChinese('Something else entirely.'), 'Something else entirely.')
})
