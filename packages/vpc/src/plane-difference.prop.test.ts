import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ipv4, Mac } from '@havip/base'
import fc from 'fast-check'
import { type PlaneChange, PlaneIndex, type PlaneState, planeDifference } from './index.ts'

const id = fc.integer({ min: 0, max: 5 })
const address = id.map((n) => `10.0.0.${n}` as Ipv4)
const cidr = id.map((n) => ({ address: `10.${n}.0.0` as Ipv4, prefix: 16 }))
const vpc = id.map((n) => `vpc-${n}` as never)
const uniqueBy = <T>(arbitrary: fc.Arbitrary<T>, key: (item: T) => unknown) => fc.uniqueArray(arbitrary, { selector: key, maxLength: 6 })

const state: fc.Arbitrary<PlaneState> = fc.record({
  networks: uniqueBy(fc.record({ vpc, cidr }), (item) => item.vpc),
  switches: uniqueBy(fc.record({ vswitch: id.map((n) => `vsw-${n}` as never), vpc, cidr, gateway: address }), (item) => item.vswitch),
  ports: uniqueBy(
    fc.record({
      port: id.map((n) => `eni-${n}` as never),
      instance: id.map((n) => `i-${n}` as never),
      device: id,
      vswitch: id.map((n) => `vsw-${n}` as never),
      vpc,
      mac: id.map((n) => `02:00:00:00:00:0${n}` as Mac),
      address,
      havips: fc.uniqueArray(address, { maxLength: 3 }).map((list) => list.sort()),
    }),
    (item) => item.port,
  ),
  havips: uniqueBy(
    fc.record({ havip: id.map((n) => `havip-${n}` as never), vpc, vswitch: id.map((n) => `vsw-${n}` as never), address }),
    (item) => item.havip,
  ),
  eips: uniqueBy(
    fc.record({ eip: id.map((n) => `eip-${n}` as never), vpc, address, target: address, bandwidthMbit: id }),
    (item) => item.eip,
  ),
})

const sorted = (plane: PlaneState) =>
  Object.fromEntries(Object.entries(plane).map(([name, items]) => [name, items.map((item) => JSON.stringify(item)).sort()]))

test('applying the difference to what is there gives what should be there', () => {
  fc.assert(
    fc.property(state, state, (desired, actual) => {
      const index = new PlaneIndex(actual)
      for (const change of planeDifference(desired, actual)) index.apply(change)
      assert.deepEqual(sorted(index.state()), sorted(desired))
    }),
    { numRuns: 300 },
  )
})

test('equal states have no difference, in whatever order they are listed', () => {
  fc.assert(
    fc.property(state, (plane) => {
      const reversed = Object.fromEntries(
        Object.entries(plane).map(([name, items]) => [name, [...items].reverse()]),
      ) as unknown as PlaneState
      assert.deepEqual(planeDifference(plane, reversed), [])
    }),
    { numRuns: 100 },
  )
})

/** Removals from the outside in, then additions from the inside out. */
const order: readonly PlaneChange['kind'][] = [
  'remove-eip',
  'remove-havip',
  'remove-port',
  'remove-switch',
  'remove-network',
  'put-network',
  'put-switch',
  'put-port',
  'put-havip',
  'put-eip',
]

test('changes come in the safe order, each thing once, and nothing that stays as it is is touched', () => {
  fc.assert(
    fc.property(state, state, (desired, actual) => {
      const changes = planeDifference(desired, actual)
      const places = changes.map((change) => order.indexOf(change.kind))
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
      )
      const kept = new Set(actual.ports.map((port) => JSON.stringify(port)))
      for (const change of changes) if (change.kind === 'put-port') assert.ok(!kept.has(JSON.stringify(change.port)))
    }),
    { numRuns: 300 },
  )
})

test('a port whose HAVIPs change is one change, before ports that are new', () => {
  const port = {
    port: 'eni-1',
    instance: 'i-1',
    vswitch: 'vsw-1',
    vpc: 'vpc-1',
    mac: '02:00:00:00:00:01',
    address: '10.0.0.1',
    havips: ['10.0.0.9'],
  } as never
  const empty: PlaneState = { networks: [], switches: [], ports: [], havips: [], eips: [] }
  const relieved = { ...(port as object), havips: [] } as never
  const taker = { ...(port as object), port: 'eni-0', havips: ['10.0.0.9'] } as never
  const changes = planeDifference({ ...empty, ports: [taker, relieved] }, { ...empty, ports: [port] })
  assert.deepEqual(changes, [
    { kind: 'put-port', port: relieved },
    { kind: 'put-port', port: taker },
  ])
})
