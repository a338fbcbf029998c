import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DaemonStatus, type InstanceStatus, newCounters, type SwitchoverReport } from '@havip/vrrp-runtime'
import { counterpartOf, peerChecks } from './peer-checks.ts'
import { formatSwitchover, parseTarget } from './switchover.ts'

const instanceOf = (over: Partial<InstanceStatus> = {}): InstanceStatus => ({
  name: 'VI_1',
  state: 'backup',
  sinceMs: 1000,
  since: '2026-11-01T00:00:00Z',
  vrid: 51,
  protocolVersion: 2,
  family: 'ipv4',
  interface: 'eth0',
  source: '10.9.0.2',
  priority: { base: 10, effective: 10 },
  preempt: true,
  advertIntervalMs: 1000,
  downTimerAdverts: 3,
  takeover: 'sole-peer',
  master: { address: '10.9.0.1', priority: 100, lastHeardMs: 400, isUs: false },
  addresses: [{ address: '10.9.0.100', prefix: 32, interface: 'eth0', present: false, advertised: true }],
  consistent: true,
  faults: [],
  waitingFor: [],
  trackers: [],
  counters: newCounters(),
  transitions: [],
  nextDeadlineMs: undefined,
  ...over,
})
const here = instanceOf({ state: 'master', source: '10.9.0.1', master: undefined })
const nodeWith = (...instances: readonly InstanceStatus[]): DaemonStatus =>
  ({ daemon: { hostName: 'ecs-2' }, instances }) as unknown as DaemonStatus
const failures = (peer: DaemonStatus, isReturn = false): string[] =>
  peerChecks(here, peer, isReturn)
    .filter(({ verdict }) => verdict === 'failed')
    .map(({ name, text }) => `${name}: ${text}`)

test('a fit backup passes', () => {
  assert.deepEqual(failures(nodeWith(instanceOf())), [])
})
test('each way to be unfit is told', () => {
  assert.deepEqual(failures(nodeWith()), ['peer-router: ecs-2 has no router with VRID 51 (ipv4)'])
  assert.deepEqual(failures(nodeWith(instanceOf({ state: 'fault', faults: ['interface eth0 is down'], master: undefined }))), [
    'peer-state: VI_1 is FAULT on ecs-2: interface eth0 is down',
    "peer-hears: ecs-2 does not hear this node's advertisements",
    'peer-health: interface eth0 is down',
  ])
  const stale = { address: '10.9.0.1', priority: 100, lastHeardMs: 3001, isUs: false }
  assert.equal(failures(nodeWith(instanceOf({ master: stale }))).length, 1)
  const script = { kind: 'script', name: 'web', weight: -5, reverse: false, condition: { kind: 'bad', detail: 'exited' } } as const
  assert.deepEqual(failures(nodeWith(instanceOf({ trackers: [script] }))), ['peer-health: script web is bad'])
  assert.deepEqual(failures(nodeWith(instanceOf({ addresses: [] }))), ['peer-addresses: ecs-2 is not configured for 10.9.0.100'])
  assert.deepEqual(failures(nodeWith(instanceOf({ protocolVersion: 3 }))), ['peer-addresses: ecs-2 speaks version 3, this node 2'])
})
test('on the way back the other node has to be master', () => {
  assert.deepEqual(failures(nodeWith(instanceOf({ state: 'master' })), true), [])
  assert.equal(failures(nodeWith(instanceOf()), true).length, 1)
})
test('of several routers with the VRID the one with our addresses is the counterpart', () => {
  const other = instanceOf({ name: 'other', addresses: [] })
  assert.equal(counterpartOf(here, nodeWith(other, instanceOf()))?.name, 'VI_1')
  assert.equal(counterpartOf(here, nodeWith(other))?.name, 'other')
})
test('--to takes an address, a path or a URL', () => {
  assert.deepEqual(parseTarget('10.9.0.2'), { kind: 'address', address: '10.9.0.2' })
  assert.deepEqual(parseTarget('./b.sock'), { kind: 'socket', place: './b.sock' })
  assert.deepEqual(parseTarget('http://10.9.0.2:9/status'), { kind: 'url', place: 'http://10.9.0.2:9/status' })
  assert.throws(() => parseTarget('ecs-2'), /an IP address, the path of a status socket, or an http:\/\/ URL/)
})
test('for people: who has it now, what was measured, and how to go back', () => {
  const report: SwitchoverReport = {
    version: 1,
    instance: 'VI_1',
    members: ['VI_1', 'VI_2'],
    direction: 'give',
    outcome: 'moved',
    from: { address: '10.9.0.1' as never, priority: 100 },
    to: { address: '10.9.0.2' as never, priority: 10 },
    checks: [{ name: 'state', verdict: 'ok', text: 'VI_1 is MASTER here' }],
    measured: { tookOverAfterMs: 0.84, bothHeldForMs: 250 },
    state: 'backup',
    standsBack: true,
  }
  assert.deepEqual(formatSwitchover(report).split('\n'), [
    '✓ state: VI_1 is MASTER here',
    'VI_1 (with VI_2 of its sync group): moved from 10.9.0.1 (priority 100) to 10.9.0.2 (priority 10)',
    '  it took over after 0.8 ms, while this node answered; then both had the addresses for 250 ms',
    '  this node leaves it there until that one is gone; back with: havip switchover VI_1 --return',
  ])
})
