import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wallTime } from '@havip/base'
import {
  decideAssociateEip,
  decideAssociateHavip,
  decideDeleteHavip,
  decideDeleteInstance,
  decideStopInstance,
  decideUnassociateHavip,
  defaultLimits,
  type Eip,
  type Havip,
  type HavipStatus,
  type Instance,
  type InstanceStatus,
  machineStep,
  observedInstance,
  settledEip,
  settledHavip,
} from './index.ts'

const havip = (status: HavipStatus, instances: string[] = []): Havip =>
  ({ id: 'havip-1', region: 'r', vswitch: 'vsw-1', status, address: '192.168.0.88', instances, interfaces: [] }) as unknown as Havip
const instance = (status: InstanceStatus, change: Partial<Instance> = {}): Instance =>
  ({
    id: 'i-1',
    region: 'r',
    vswitch: 'vsw-1',
    status,
    wanted: 'running',
    bootWanted: 1,
    forced: false,
    problem: undefined,
    ...change,
  }) as Instance
const eip = (status: Eip['status'], target?: Eip['target']): Eip =>
  ({ id: 'eip-1', region: 'r', status, target, deletionProtection: false }) as Eip
const outcome = (result: { ok: true; value: unknown } | { ok: false; fault: { code: string; status: number } }): string =>
  result.ok ? 'OK' : `${result.fault.status} ${result.fault.code}`
const havipStatuses: readonly HavipStatus[] = ['Creating', 'Available', 'Associating', 'InUse', 'Unassociating', 'Deleting']

test('a HAVIP is bound only when Available or InUse', () => {
  const outcomes = havipStatuses.map((status) =>
    outcome(
      decideAssociateHavip({
        havip: havip(status),
        target: { kind: 'EcsInstance', row: instance('Running') },
        havipsOnTarget: 0,
        limits: defaultLimits,
        targetText: 'i-1',
      }),
    ),
  )
  const no = '400 IncorrectHaVipStatus'
  assert.deepEqual(outcomes, [no, 'OK', no, 'OK', no, no])
})

test('only Running and Stopped instances are bound', () => {
  const statuses: InstanceStatus[] = ['Pending', 'Starting', 'Running', 'Stopping', 'Stopped']
  const outcomes = statuses.map((status) =>
    outcome(
      decideAssociateHavip({
        havip: havip('Available'),
        target: { kind: 'EcsInstance', row: instance(status) },
        havipsOnTarget: 0,
        limits: defaultLimits,
        targetText: '',
      }),
    ),
  )
  const no = '400 IncorrectInstanceStatus'
  assert.deepEqual(outcomes, [no, no, 'OK', no, 'OK'])
})

test('binding the same pair again changes nothing', () => {
  const before = havip('InUse', ['i-1'])
  const again = decideAssociateHavip({
    havip: before,
    target: { kind: 'EcsInstance', row: instance('Running') },
    havipsOnTarget: 1,
    limits: defaultLimits,
    targetText: '',
  })
  assert.ok(again.ok && again.value === before)
})

test('the owner is detached only by force', () => {
  const bound = havip('InUse', ['i-1', 'i-2'])
  const detach = (force: boolean) => decideUnassociateHavip({ havip: bound, target: 'i-1', owner: 'i-1', force })
  assert.equal(outcome(detach(false)), '400 Forbidden.UnassociateMaster')
  const forced = detach(true)
  assert.deepEqual(forced.ok && [forced.value.status, forced.value.instances], ['Unassociating', ['i-2']])
})

test('a HAVIP is deleted only when Available and without an EIP', () => {
  const outcomes = havipStatuses.map((status) => outcome(decideDeleteHavip(havip(status), 0)))
  const no = '400 IncorrectStatus'
  assert.deepEqual(outcomes, [no, 'OK', no, no, no, no])
  assert.equal(outcome(decideDeleteHavip(havip('Available'), 1)), '400 DependencyViolation.HaVipAssociatedWithEIP')
})

test('a HAVIP settles as InUse when instances are left, else as Available', () => {
  assert.equal(settledHavip(havip('Unassociating', ['i-2']))?.status, 'InUse')
  assert.equal(settledHavip(havip('Unassociating'))?.status, 'Available')
  assert.equal(settledHavip(havip('Creating'))?.status, 'Available')
  assert.equal(settledHavip(havip('Deleting')), undefined)
})

test('an EIP is bound to a HAVIP that is being bound or unbound, but not to one that comes or goes', () => {
  const outcomes = havipStatuses.map((status) =>
    outcome(decideAssociateEip({ eip: eip('Available'), target: { kind: 'HaVip', row: havip(status) }, targetText: '', eipsOfTarget: 0 })),
  )
  assert.deepEqual(outcomes, ['400 IncorrectStatus', 'OK', 'OK', 'OK', 'OK', '400 IncorrectHaVipStatus'])
})

test('an EIP is not bound to a HAVIP of IPv6', () => {
  const row = { ...havip('InUse'), address: 'fd00::88' as never }
  const decided = decideAssociateEip({ eip: eip('Available'), target: { kind: 'HaVip', row }, targetText: '', eipsOfTarget: 0 })
  assert.equal(outcome(decided), '400 OperationDenied.Ipv6HaVip')
})

test('an EIP keeps its target until the unbinding is done', () => {
  const bound = eip('Unassociating', { kind: 'HaVip', id: 'havip-1' as never })
  assert.deepEqual([settledEip(bound)?.status, settledEip(bound)?.target], ['Available', undefined])
  assert.equal(settledEip(eip('Releasing')), undefined)
})

test('a polite stop can be made a forced one, once', () => {
  const polite = instance('Stopping', { wanted: 'stopped' })
  assert.equal(outcome(decideStopInstance(polite, false)), '403 IncorrectInstanceStatus')
  const forced = decideStopInstance(polite, true)
  assert.ok(forced.ok && forced.value.forced)
  assert.equal(outcome(decideStopInstance(forced.value, true)), '403 IncorrectInstanceStatus')
})

test('a running instance is deleted by force only, a protected one never, a stuck one can be given up', () => {
  assert.equal(outcome(decideDeleteInstance(instance('Running'), false)), '403 IncorrectInstanceStatus')
  assert.equal(outcome(decideDeleteInstance(instance('Running'), true)), 'OK')
  assert.equal(
    outcome(decideDeleteInstance(instance('Stopped', { deletionProtection: true }), true)),
    '403 InvalidOperation.DeletionProtection',
  )
  assert.equal(outcome(decideDeleteInstance(instance('Pending'), true)), '403 IncorrectInstanceStatus.Initializing')
  assert.equal(outcome(decideDeleteInstance(instance('Pending', { problem: { text: 'x', since: wallTime(0) } }), true)), 'OK')
})

test('a reboot stops the machine of the older boot and starts it again', () => {
  const rebooting = instance('Starting', { bootWanted: 2 })
  assert.deepEqual(machineStep(rebooting, { power: 'running', boot: 1 }), { kind: 'stop', force: false })
  assert.deepEqual(machineStep(rebooting, { power: 'stopped', boot: 1 }), { kind: 'start', boot: 2 })
  assert.equal(machineStep(rebooting, { power: 'running', boot: 2 }), undefined)
})

test('what is shown of an instance follows its machine', () => {
  const shown = (row: Instance, power: 'running' | 'stopped' | undefined, hasPort = true) =>
    observedInstance(row, power && { power, boot: 1 }, hasPort, wallTime(5)).status
  assert.equal(shown(instance('Pending'), undefined, false), 'Pending')
  assert.equal(shown(instance('Pending'), undefined), 'Starting')
  assert.equal(shown(instance('Starting'), 'running'), 'Running')
  assert.equal(shown(instance('Running'), 'stopped'), 'Starting')
  assert.equal(shown(instance('Stopping', { wanted: 'stopped' }), 'running'), 'Stopping')
  assert.equal(shown(instance('Stopping', { wanted: 'stopped' }), 'stopped'), 'Stopped')
  assert.equal(shown(instance('Stopping', { wanted: 'deleted' }), undefined), 'Stopping')
})
