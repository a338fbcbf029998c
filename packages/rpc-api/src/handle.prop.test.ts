// Whatever the parameters are, there is an answer in the API's form, never a 500, and nothing is written on a 4xx.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eipScope, kinds } from '@havip/vpc-service'
import fc from 'fast-check'
import { createWorld, type Product, type World } from '../test/world.ts'
import { parseForm } from './form.ts'
import { describeActions, type ParameterDescription } from './table.ts'
import { growTree } from './tree.ts'

/** Filled with the ids of things that exist, so that calls get past the first check. */
const realValues = [
  'cn-hangzhou-b',
  'havip_host_x64',
  'ecs.g7.large',
  'RunShellScript',
  'HAVIP',
  'vpc',
  'EcsInstance',
  'NetworkInterface',
  'ENI',
]
const realText = fc.nat().map((pick) => realValues[pick % realValues.length] as string)

const strangeText = fc.oneof(
  realText,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '0',
    '-1',
    '1',
    '99999999999999999999',
    '1e9',
    'NaN',
    'null',
    '[object Object]',
    'true',
    'FALSE',
    '*',
    '%',
    "' OR 1=1 --",
    '__proto__',
    '{}',
    '[]',
    '["a"]',
    '{"a":{}}',
  ),
  fc.constantFrom('192.168.0.88', '192.168.0.0/16', '999.1.1.1', 'cn-hangzhou', 'vpc-x', 'havip-x', 'i-x', 'HaVip', 'a'.repeat(5000)),
)
/** Names that the action has, in their flattened forms, and some that it has not. */
const nameOf = ({ name, kind, members }: ParameterDescription): fc.Arbitrary<string> => {
  const index = fc.constantFrom('1', '2', '7', '0', '-1', 'x')
  if (kind === 'tags') return fc.tuple(index, fc.constantFrom('Key', 'Value', 'Other')).map(([i, part]) => `${name}.${i}.${part}`)
  if (kind !== 'list') return fc.constantFrom(name, name, `${name}.1`, `${name}.x.y`)
  if (!members)
    return fc.oneof(
      index.map((i) => `${name}.${i}`),
      fc.constant(name),
    )
  return fc.tuple(index, fc.oneof(...members.map(nameOf))).map(([i, inner]) => `${name}.${i}.${inner}`)
}

const call = fc.constantFrom(...describeActions()).chain((one) => {
  const names =
    one.parameters.length > 0 ? fc.oneof(...one.parameters.map(nameOf), fc.string({ maxLength: 10 })) : fc.string({ maxLength: 10 })
  const required = one.parameters.filter(
    (parameter) => parameter.isRequired && parameter.kind === 'string' && parameter.name !== 'RegionId',
  )
  return fc.record({
    product: fc.constant(one.product as Product),
    action: fc.constant(one.name),
    given: fc.tuple(...required.map((parameter) => strangeText.map((value) => [parameter.name, value] as const))),
    strange: fc.array(fc.tuple(names, strangeText), { maxLength: 8 }),
  })
})

/** One of each kind; gives their ids. */
async function furnish(world: World): Promise<string[]> {
  const { VpcId } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16' })
  await world.settle()
  const { VSwitchId } = await world.ask('vpc', 'CreateVSwitch', { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.0.0/24' })
  await world.settle()
  const { SecurityGroupId } = await world.ask('ecs', 'CreateSecurityGroup', { VpcId, SecurityGroupName: 'group' })
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, SecurityGroupId, Amount: 2 }
  const { InstanceIdSets } = await world.ask('ecs', 'RunInstances', run)
  const { HaVipId } = await world.ask('vpc', 'CreateHaVip', { VSwitchId })
  const { AllocationId } = await world.ask('vpc', 'AllocateEipAddress')
  const { NetworkInterfaceId } = await world.ask('ecs', 'CreateNetworkInterface', { VSwitchId })
  await world.settle()
  const ids = [VpcId, VSwitchId, SecurityGroupId, ...InstanceIdSets.InstanceIdSet, HaVipId, AllocationId, NetworkInterfaceId]
  assert.ok(ids.every((id) => typeof id === 'string'))
  return ids
}

/** System parameters would only change who calls; those have tests of their own. */
const system = new Set([
  'Action',
  'Version',
  'AccessKeyId',
  'Signature',
  'SignatureMethod',
  'SignatureVersion',
  'SignatureNonce',
  'SignatureType',
  'Timestamp',
  'Format',
  'SecurityToken',
])

test('any parameters of any action get an answer that is no 500, and a refusal writes nothing', async () => {
  const world = createWorld()
  // Every row of every kind with the number of its last write, and the addresses that are taken; audit and history may grow.
  const rows = (): Promise<string> =>
    world.store.read(async (tx) => {
      const found: string[] = []
      for (const kind of kinds) for (const { row, change } of await tx.find(kind, {})) found.push(`${row.id}@${change}`)
      const vswitches = (await tx.find('vswitch', {})).map(({ row }) => row.id)
      for (const [scope, count] of await tx.countAddresses([eipScope, ...vswitches])) found.push(`${scope}=${count}`)
      return found.join(' ')
    })
  await world.ask('quotas', 'CreateQuotaApplication', {
    ProductCode: 'vpc',
    QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist',
    DesireValue: 1,
    Reason: 'x',
  })
  realValues.push(...(await furnish(world)))
  let accepted = 0
  let before = await rows()
  await fc.assert(
    fc.asyncProperty(call, async ({ product, action, given, strange }) => {
      const fields = Object.fromEntries(
        [...strange, ...given].filter(([name]) => !system.has(name) && name.isWellFormed()).map(([n, v]) => [n, v.toWellFormed()]),
      )
      const answer = await world.ask(product, action, fields)
      // Both, or they would be counted as refusals that wrote: an accepted call may still be carried out.
      await world.settle()
      assert.ok(answer.status < 500, `${action} ${JSON.stringify(fields)}: ${JSON.stringify(answer)} ${String(world.log.at(-1)?.error)}`)
      const after = await rows()
      if (answer.status !== 200) {
        assert.match(answer.Code, /^[A-Za-z.]+$/)
        assert.equal(after, before, `${action} was refused and wrote something`)
      } else accepted++
      before = after
    }),
    { numRuns: Number(process.env.FUZZ_CALLS ?? 1500) },
  )
  // Otherwise this would only show that nonsense is refused.
  assert.ok(accepted > 100, `only ${accepted} calls were accepted`)
})
test('any request line and any body get an answer', async () => {
  const world = createWorld()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'BREW'),
      fc.string({ maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ maxLength: 60 }),
      async (method, query, form, authorization) => {
        for (const headers of [{}, { authorization: `ACS3-HMAC-SHA256 ${authorization}` }]) {
          const answer = await world.send(method, `/?${query}`, form, headers)
          assert.ok(answer.status >= 400 && answer.status < 500, answer.body)
        }
      },
    ),
    { numRuns: 500 },
  )
})
test('flattened names never reach a prototype', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('__proto__', 'constructor', 'prototype', 'a', '1'), fc.constantFrom('__proto__', 'x', '1')), {
        maxLength: 5,
      }),
      (names) => {
        const fields = parseForm(names.map(([a, b], i) => `${a}.${b}.p${i}=polluted`).join('&'))
        assert.ok(fields.ok)
        growTree(fields.value)
        assert.equal(({} as Record<string, unknown>).p0, undefined)
      },
    ),
  )
})
