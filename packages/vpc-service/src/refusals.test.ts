import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '@havip/vpc'
import type { Caller } from './service.ts'
import { codeOf, must, operator, type Rig, rig, tutorial, wholePage } from './testing/rig.ts'

const key: Caller = { ...operator, kind: 'access-key' }

/** Each refusal: its name, what is done, the answer. All on the scene of the tutorial. */
type Case = readonly [name: string, run: (all: Rig, scene: Awaited<ReturnType<typeof tutorial>>) => Promise<string>, want: string]

const launch = { image: 'havip_host_x64', type: 'ecs.g7.large' }
const cases: readonly Case[] = [
  ['an unknown region', ({ service }) => codeOf(service.createVpc({ ...key, region: 'mars-1' }, {})), '404 InvalidRegionId.NotFound'],
  ['a CIDR block that is none', ({ service }) => codeOf(service.createVpc(key, { cidr: '10.0.0.0/33' })), '400 InvalidParameter'],
  ['a CIDR block with host bits', ({ service }) => codeOf(service.createVpc(key, { cidr: '10.0.0.1/16' })), '400 InvalidParameter'],
  ['a reserved CIDR block', ({ service }) => codeOf(service.createVpc(key, { cidr: '100.64.0.0/16' })), '400 InvalidParameter'],
  ['a VPC name like a link', ({ service }) => codeOf(service.createVpc(key, { name: 'http://x' })), '400 InvalidVpcName.Malformed'],
  [
    'a VPC description too long',
    ({ service }) => codeOf(service.createVpc(key, { description: 'x'.repeat(257) })),
    '400 InvalidVpcDiscription.Malformed',
  ],
  [
    'a vSwitch in no VPC',
    ({ service }) => codeOf(service.createVswitch(key, { vpc: 'vpc-x', zone: 'cn-hangzhou-b', cidr: '10.0.0.0/24' })),
    '404 InvalidVpcId.NotFound',
  ],
  [
    'a vSwitch in no zone',
    ({ service }, { vpc }) => codeOf(service.createVswitch(key, { vpc, zone: 'z', cidr: '192.168.1.0/24' })),
    '404 InvalidZoneId.NotFound',
  ],
  [
    'an overlapping vSwitch',
    ({ service }, { vpc }) => codeOf(service.createVswitch(key, { vpc, zone: 'cn-hangzhou-b', cidr: '192.168.0.128/25' })),
    '400 InvalidCidrBlock.Overlapped',
  ],
  [
    'a vSwitch outside its VPC',
    ({ service }, { vpc }) => codeOf(service.createVswitch(key, { vpc, zone: 'cn-hangzhou-b', cidr: '10.0.0.0/24' })),
    '400 InvalidParameter',
  ],
  [
    'a vSwitch that is too small',
    ({ service }, { vpc }) => codeOf(service.createVswitch(key, { vpc, zone: 'cn-hangzhou-b', cidr: '192.168.1.0/30' })),
    '400 InvalidParameter',
  ],
  ['a HAVIP in no vSwitch', ({ service }) => codeOf(service.createHavip(key, { vswitch: 'vsw-x' })), '400 InvalidVSwitch.NotFound'],
  [
    'an address outside',
    ({ service }, { vswitch }) => codeOf(service.createHavip(key, { vswitch, address: '192.168.1.5' })),
    '400 InvalidIPAddress.OutOfRange',
  ],
  [
    'a reserved address',
    ({ service }, { vswitch }) => codeOf(service.createHavip(key, { vswitch, address: '192.168.0.253' })),
    '400 InvalidIPAddress.NotAvailable',
  ],
  [
    'an address of an instance',
    ({ service }, { vswitch }) => codeOf(service.createHavip(key, { vswitch, address: '192.168.0.209' })),
    '400 InvalidIPAddress.AlreadyUsed',
  ],
  [
    'an address that is none',
    ({ service }, { vswitch }) => codeOf(service.createHavip(key, { vswitch, address: '192.168.0.08' })),
    '400 InvalidIPAddress.Malformed',
  ],
  [
    'a HAVIP name too long',
    ({ service }, { vswitch }) => codeOf(service.createHavip(key, { vswitch, name: 'n'.repeat(129) })),
    '400 Abs.Vpc.InvalidName.Malformed',
  ],
  [
    'too many tags',
    ({ service }, { vswitch }) =>
      codeOf(service.createHavip(key, { vswitch, tags: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, ''])) })),
    '400 QuotaExceeded.TagsPerResource',
  ],
  [
    'a system tag',
    ({ service }, { vswitch }) => codeOf(service.createHavip(key, { vswitch, tags: { 'acs:x': '' } })),
    '400 InvalidTagKey.Malformed',
  ],
  [
    'a HAVIP of another account',
    async ({ service }, { havip }) => {
      const other = { ...key, account: '2' as AccountId }
      await must(
        service.createQuotaApplication(other, { product: 'vpc', action: 'vpc_whitelist/ha_vip_whitelist', desired: 1, reason: '' }),
      )
      return codeOf(service.deleteHavip(other, { havip }))
    },
    '404 InvalidHaVipId.NotFound',
  ],
  [
    'no privilege',
    ({ service }, { havip }) => codeOf(service.deleteHavip({ ...key, account: '2' as AccountId }, { havip })),
    '400 Forbidden.HaVip',
  ],
  [
    'binding no instance',
    ({ service }, { havip }) => codeOf(service.associateHavip(key, { havip, instance: 'i-x' })),
    '404 InvalidInstanceId.NotFound',
  ],
  [
    'binding something that is neither',
    ({ service }, { havip, ports }) => codeOf(service.associateHavip(key, { havip, instance: ports[0], instanceType: 'SlbInstance' })),
    '400 InvalidInstanceType.ValueNotSupported',
  ],
  [
    'unbinding what is not bound',
    ({ service }, { havip, instances }) => codeOf(service.unassociateHavip(key, { havip, instance: instances[0] })),
    '400 ResourceNotAssociated',
  ],
  [
    'a third instance',
    async (all, { havip, instances, vswitch }) => {
      const { service } = all
      for (const instance of instances) {
        await must(service.associateHavip(key, { havip, instance }))
        await all.settle()
      }
      const [third] = (await must(service.runInstances(key, { ...launch, vswitch }))).instances
      await all.settle()
      return codeOf(service.associateHavip(key, { havip, instance: third ?? '' }))
    },
    '400 CountLimitExceeded.HaVipOnECSInstance',
  ],
  [
    'a sixth HAVIP on an instance',
    async (all, { instances, vswitch }) => {
      let last = ''
      for (let i = 0; i < 6; i++) {
        const { havip } = await must(all.service.createHavip(key, { vswitch }))
        await all.settle()
        last = await codeOf(all.service.associateHavip(key, { havip, instance: instances[0] }))
        await all.settle()
      }
      return last
    },
    '400 CountLimitExceed.HaVipOnInstance',
  ],
  [
    'another binding while one is on its way',
    async ({ service }, { havip, instances }) => {
      await must(service.associateHavip(key, { havip, instance: instances[0] }))
      return codeOf(service.associateHavip(key, { havip, instance: instances[1] }))
    },
    '400 IncorrectHaVipStatus',
  ],
  [
    'an instance of another vSwitch',
    async (all, { vpc, havip }) => {
      const { vswitch } = await must(all.service.createVswitch(key, { vpc, zone: 'cn-hangzhou-b', cidr: '192.168.1.0/24' }))
      await all.settle()
      const [instance] = (await must(all.service.runInstances(key, { ...launch, vswitch }))).instances
      await all.settle()
      return codeOf(all.service.associateHavip(key, { havip, instance: instance ?? '' }))
    },
    '400 InvalidParameter.Mismatch',
  ],
  [
    'an unknown filter',
    ({ service }) => codeOf(service.describeHavips(key, { filters: [{ key: 'Colour', values: ['x'] }], paging: wholePage })),
    '400 InvalidFilterKey.ValueNotSupported',
  ],
  [
    'a token of somebody else',
    ({ service }) => codeOf(service.describeHavips(key, { paging: { kind: 'token', max: 10, token: '../..' } })),
    '400 InvalidParameter',
  ],
  ['a bandwidth of nothing', ({ service }) => codeOf(service.allocateEip(key, { bandwidth: 0 })), '400 InvalidBandwidth.Malformed'],
  ['an EIP outside the pool', ({ service }) => codeOf(service.allocateEip(key, { address: '8.8.8.8' })), '400 ReserveIpFail'],
  ['an EIP that is gone', ({ service }) => codeOf(service.releaseEip(key, { eip: 'eip-x' })), '404 InvalidAllocationId.NotFound'],
  [
    'a HAVIP bound as an instance',
    async ({ service }, { havip }) => {
      const { eip } = await must(service.allocateEip(key, {}))
      return codeOf(service.associateEip(key, { eip, instance: havip }))
    },
    '404 InvalidInstanceId.NotFound',
  ],
  [
    'a second EIP',
    async ({ service }, { havip }) => {
      for (let i = 0; i < 2; i++) {
        const { eip } = await must(service.allocateEip(key, {}))
        const code = await codeOf(service.associateEip(key, { eip, instance: havip, instanceType: 'HaVip' }))
        if (i === 1) return code
      }
      return ''
    },
    '400 InvalidAssociation.Duplicated',
  ],
  [
    'an unknown image',
    ({ service }, { vswitch }) => codeOf(service.runInstances(key, { ...launch, image: 'x', vswitch })),
    '404 InvalidImageId.NotFound',
  ],
  [
    'an unknown type',
    ({ service }, { vswitch }) => codeOf(service.runInstances(key, { ...launch, type: 'x', vswitch })),
    '400 InvalidInstanceType.ValueNotSupported',
  ],
  [
    'the address of the HAVIP for an instance',
    ({ service }, { vswitch }) => codeOf(service.runInstances(key, { ...launch, vswitch, address: '192.168.0.88' })),
    '400 InvalidPrivateIpAddress.Duplicated',
  ],
  [
    'the wrong zone',
    ({ service }, { vswitch }) => codeOf(service.runInstances(key, { ...launch, vswitch, zone: 'cn-hangzhou-g' })),
    '400 InvalidParameter.Mismatch',
  ],
  [
    'user data that is no Base64',
    ({ service }, { vswitch }) => codeOf(service.runInstances(key, { ...launch, vswitch, userData: '#!/bin/sh' })),
    '400 InvalidUserData.Base64FormatInvalid',
  ],
  [
    'a command on a stopped instance',
    async (all, { instances: [instance] }) => {
      await must(all.service.stopInstance(key, { instance }))
      await all.settle()
      return codeOf(all.service.runCommand(key, { type: 'RunShellScript', content: 'x', encoding: 'PlainText', instances: [instance] }))
    },
    '403 InvalidInstance.NotMatch',
  ],
  [
    'a quota that does not exist',
    ({ service }) => codeOf(service.createQuotaApplication(key, { product: 'vpc', action: 'x', desired: 1, reason: '' })),
    '404 InvalidQuotaActionCode.NotFound',
  ],
  [
    'deciding an application without being an operator',
    ({ service }) => codeOf(service.decideQuotaApplication(key, { application: 'x', agree: true, auditReason: '' })),
    '403 OperationDenied.Administrator',
  ],
  [
    'a dry run that would have succeeded',
    ({ service }, { vswitch }) => codeOf(service.createHavip({ ...key, dryRun: true }, { vswitch })),
    '400 DryRunOperation',
  ],
]

for (const [name, run, want] of cases) {
  test(`refused: ${name}`, async () => {
    const all = rig()
    assert.equal(await run(all, await tutorial(all)), want)
  })
}

test('a dry run changes nothing', async () => {
  const all = rig()
  const { vswitch } = await tutorial(all)
  const before = await must(all.service.getVswitch(key, { vswitch }))
  await all.service.createHavip({ ...key, dryRun: true, clientToken: 't' }, { vswitch })
  assert.deepEqual(await must(all.service.getVswitch(key, { vswitch })), before)
  assert.equal((await must(all.service.describeHavips(key, { paging: wholePage }))).total, 1)
})

test('the same ClientToken gives the same answer and makes nothing twice; with other parameters it is refused', async () => {
  const all = rig()
  const { vswitch } = await tutorial(all)
  const caller = { ...key, clientToken: 'TF-CreateHaVip-1' }
  const first = await must(all.service.createHavip(caller, { vswitch, name: 'a', description: '' }))
  assert.deepEqual(await must(all.service.createHavip({ ...caller, requestId: 'r-2' }, { name: 'a', vswitch })), first)
  assert.equal(await codeOf(all.service.createHavip(caller, { vswitch, name: 'b' })), '400 IdempotentParameterMismatch')
  assert.equal((await must(all.service.describeHavips(key, { paging: wholePage }))).total, 2)
  all.clock.advance(25 * 3600_000)
  assert.notDeepEqual(await must(all.service.createHavip(caller, { vswitch, name: 'a' })), first)
})

test('ClientTokens that come at the same time make one resource', async () => {
  const all = rig()
  const { vswitch } = await tutorial(all)
  const caller = { ...key, clientToken: 'same' }
  const answers = await Promise.all(Array.from({ length: 5 }, () => must(all.service.createHavip(caller, { vswitch }))))
  assert.equal(new Set(answers.map(({ havip }) => havip)).size, 1)
})

test('an application waits for an operator unless the setting agrees to all', async () => {
  const { service } = rig({ autoApprove: false })
  const input = { product: 'vpc', action: 'vpc_privilege_allow_buy_havip_instance', desired: 1, reason: 'x' }
  const { id, status } = await must(service.createQuotaApplication(key, input))
  assert.equal(status, 'Process')
  assert.equal(await codeOf(service.createHavip(key, { vswitch: 'vsw-x' })), '400 Forbidden.HaVip')
  await must(service.decideQuotaApplication(operator, { application: id, agree: true, auditReason: 'fine' }))
  assert.equal(await codeOf(service.createHavip(key, { vswitch: 'vsw-x' })), '400 InvalidVSwitch.NotFound')
  assert.equal(
    await codeOf(service.decideQuotaApplication(operator, { application: id, agree: false, auditReason: '' })),
    '400 QuotaApplication.Decided',
  )
  assert.equal((await must(service.listProductQuotas(key, { product: 'vpc', action: input.action })))[0]?.total, 1)
})

test('the audit has every write and every refusal, with who, what, when and outcome', async () => {
  const { service } = rig()
  await must(service.createVpc({ ...key, requestId: 'r-a', from: '10.1.1.1' }, { name: 'x' }))
  await service.deleteVpc({ ...key, requestId: 'r-b' }, { vpc: 'vpc-none' })
  await service.recordRefusal({ ...key, requestId: 'r-c' }, 'CreateVpc', { code: 'SignatureDoesNotMatch', status: 400, message: 'no' })
  const lines = await must(service.readAudit(key, { after: 0, max: 10 }))
  assert.deepEqual(
    lines.map(({ requestId, action, outcome, who }) => [requestId, action, outcome, who]),
    [
      ['r-a', 'CreateVpc', 'OK', 'access-key:test'],
      ['r-b', 'DeleteVpc', 'InvalidVpcId.NotFound', 'access-key:test'],
      ['r-c', 'CreateVpc', 'SignatureDoesNotMatch', 'access-key:test'],
    ],
  )
  assert.match(lines[0]?.resources ?? '', /^vpc-/)
  assert.equal(lines[0]?.from, '10.1.1.1')
})

test('tags: set, listed page by page, removed', async () => {
  const all = rig()
  const { service } = all
  const { havip } = await tutorial(all)
  await must(service.tagResources(key, { type: 'HaVip', ids: [havip], tags: { b: '2', a: '1', c: '3' } }))
  const pages: string[][] = []
  let token = ''
  do {
    const answer = await must(service.listTags(key, { type: 'HAVIP', ids: [havip], max: 2, token }))
    pages.push(answer.items.map((tag) => `${tag.key}=${tag.value}`))
    token = answer.nextToken
  } while (token)
  assert.deepEqual(pages, [['a=1', 'b=2'], ['c=3']])
  assert.equal((await must(service.describeHavips(key, { tags: { a: '1', b: '2' }, paging: wholePage }))).total, 1)
  await must(service.untagResources(key, { type: 'havip', ids: [havip], keys: [], all: true }))
  assert.deepEqual((await must(service.listTags(key, { type: 'HAVIP', ids: [havip], max: 2 }))).items, [])
  assert.equal(
    await codeOf(service.tagResources(key, { type: 'HAVIP', ids: [havip, 'havip-x'], tags: { a: '' } })),
    '404 InvalidResourceId.NotFound',
  )
  assert.equal((await must(service.describeHavips(key, { tags: { a: '' }, paging: wholePage }))).total, 0)
})
