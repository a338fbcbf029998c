import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DaemonAnswer, Havip } from '../api/types.ts'
import { advertFlows } from './advert-flow.ts'

const havip = {
  HaVipId: 'havip-1',
  IpAddress: '10.0.0.9',
  AssociatedInstances: { associatedInstance: ['i-1', 'i-2'] },
} as unknown as Havip
const saying = (isUs: boolean, lastHeardMs: number, AgeMs = 0): { answer: DaemonAnswer } => ({
  answer: {
    AgeMs,
    Status: {
      daemon: {},
      instances: [
        { advertIntervalMs: 1000, master: { address: '10.0.0.1', lastHeardMs, isUs }, addresses: [{ address: '10.0.0.9', present: isUs }] },
      ],
    },
  } as unknown as DaemonAnswer,
})
const flowsOf = (owner: string, two: { answer: DaemonAnswer }) =>
  advertFlows(
    [havip],
    () => owner,
    new Map([
      ['i-1', saying(true, 0)],
      ['i-2', two],
    ]),
  )

test('who listens tells of the adverts of whoever has the address', () => {
  assert.deepEqual(flowsOf('i-1', saying(false, 400)), [{ havip: 'havip-1', from: 'i-1', to: 'i-2', intervalMs: 1000, isHeard: true }])
})
test('an advert that is overdue is not drawn as passing, and an old answer counts with its age', () => {
  assert.equal(flowsOf('i-1', saying(false, 3_300))[0]?.isHeard, false)
  assert.equal(flowsOf('i-1', saying(false, 400, 3_000))[0]?.isHeard, false)
})
test('nothing passes to nobody: no owner, no daemon, or one that thinks it is master itself', () => {
  assert.deepEqual(flowsOf('', saying(false, 400)), [])
  assert.deepEqual(flowsOf('i-1', saying(true, 0)), [])
  assert.deepEqual(
    advertFlows([havip], () => 'i-1', new Map()),
    [],
  )
})
