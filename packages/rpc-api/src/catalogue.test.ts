// What there is to choose from and to apply for: images, instance types, quotas; and how each is found.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type Fields, type Json } from '../test/world.ts'

test('an instance type is chosen by what it has to have', async () => {
  const world = createWorld()
  const ids = async (fields: Fields): Promise<string[]> => {
    const answer = await world.ask('ecs', 'DescribeInstanceTypes', fields)
    assert.equal(answer.status, 200, JSON.stringify(answer))
    return answer.InstanceTypes.InstanceType.map((each: { InstanceTypeId: string }) => each.InstanceTypeId)
  }
  const all = ['ecs.t6-c1m1.large', 'ecs.g7.large', 'ecs.g7.xlarge', 'ecs.c7.large']
  for (const [fields, expected] of [
    [{}, all],
    [{ 'InstanceTypes.1': 'ecs.c7.large', 'InstanceTypes.2': 'ecs.none' }, ['ecs.c7.large']],
    [{ InstanceTypeFamily: 'ecs.g7' }, ['ecs.g7.large', 'ecs.g7.xlarge']],
    [{ 'InstanceTypeFamilies.1': 'ecs.c7', 'InstanceTypeFamilies.2': 'ecs.t6' }, ['ecs.t6-c1m1.large', 'ecs.c7.large']],
    [{ MinimumCpuCoreCount: 4 }, ['ecs.g7.xlarge']],
    [{ MaximumCpuCoreCount: 2, MinimumMemorySize: 3.5 }, ['ecs.g7.large', 'ecs.c7.large']],
    [{ MinimumMemorySize: 4, MaximumMemorySize: 4 }, ['ecs.c7.large']],
    [{ InstanceCategory: 'Compute-optimized' }, ['ecs.c7.large']],
    [{ InstanceFamilyLevel: 'EnterpriseLevel', 'InstanceCategories.1': 'General-purpose' }, ['ecs.g7.large', 'ecs.g7.xlarge']],
    [{ CpuArchitecture: 'ARM' }, []],
    [{ 'CpuArchitectures.1': 'X86', MinimumGPUAmount: 1 }, []],
    [{ MaximumGPUAmount: 0, MinimumEniQuantity: 2, NvmeSupport: 'unsupported' }, all],
    [{ NvmeSupport: 'required' }, []],
    [{ LocalStorageCategory: 'local_ssd_pro' }, []],
  ] as const) {
    assert.deepEqual(await ids(fields), expected, JSON.stringify(fields))
  }
  const wrong = await world.ask('ecs', 'DescribeInstanceTypes', { MinimumMemorySize: 'much' })
  assert.deepEqual([wrong.status, wrong.Code], [400, 'InvalidParameter'])
})

test('instance types and quotas come in pages, and a made-up token is refused', async () => {
  const world = createWorld()
  const walk = async (ask: (fields: Fields) => Promise<Json>, listOf: (answer: Json) => readonly unknown[]) => {
    const sizes: number[] = []
    for (let NextToken = ''; ; ) {
      const answer = await ask({ MaxResults: 3, NextToken })
      sizes.push(listOf(answer).length)
      NextToken = answer.NextToken
      if (NextToken === '' || sizes.length > 9) break
    }
    assert.equal((await ask({ NextToken: 'made-up' })).Code, 'InvalidParameter')
    return sizes
  }
  const types = (fields: Fields) => world.ask('ecs', 'DescribeInstanceTypes', fields)
  assert.deepEqual(await walk(types, (answer) => answer.InstanceTypes.InstanceType), [3, 1])
  const quotas = (fields: Fields) => world.ask('quotas', 'ListProductQuotas', { ProductCode: 'vpc', ...fields })
  assert.deepEqual(await walk(quotas, (answer) => answer.Quotas), [3, 3])
})

test('images are chosen by what they can do', async () => {
  const world = createWorld()
  const count = async (fields: Fields): Promise<number> => {
    const answer = await world.ask('ecs', 'DescribeImages', fields)
    assert.equal(answer.Images?.Image.length, answer.TotalCount, JSON.stringify(answer))
    return answer.TotalCount
  }
  for (const all of [
    {},
    { InstanceType: 'ecs.g7.large', Usage: 'instance' },
    { IsSupportCloudinit: true, IsSupportIoOptimized: true, IsPublic: true },
  ]) {
    assert.equal(await count(all), 1, JSON.stringify(all))
  }
  for (const none of [
    { InstanceType: 'ecs.none' },
    { Usage: 'none' },
    { IsSupportCloudinit: false },
    { IsPublic: false },
    { 'Tag.1.Key': 'role' },
    { ResourceGroupId: 'rg-1' },
  ]) {
    assert.equal(await count(none), 0, JSON.stringify(none))
  }
})

test('an application says again what was asked for, so that a plan made of it is empty', async () => {
  const world = createWorld()
  const form = {
    ProductCode: 'vpc',
    QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist',
    QuotaCategory: 'WhiteListLabel',
    DesireValue: 1,
    Reason: 'for the web servers',
    NoticeType: 3,
    AuditMode: 'Sync',
    EnvLanguage: 'zh',
    'Dimensions.1.Key': 'regionId',
    'Dimensions.1.Value': 'cn-hangzhou',
  }
  const made = await world.ask('quotas', 'CreateQuotaApplication', form)
  const { ApplicationId } = made
  const { QuotaApplication } = await world.ask('quotas', 'GetQuotaApplication', { ApplicationId })
  for (const read of [made, QuotaApplication]) {
    assert.deepEqual(
      [read.NoticeType, read.Dimension, read.DesireValue, read.Reason, read.QuotaCategory],
      [3, { regionId: 'cn-hangzhou' }, 1, 'for the web servers', 'WhiteListLabel'],
    )
  }
  const count = async (fields: Fields) => {
    const answer = await world.ask('quotas', 'ListQuotaApplications', { ProductCode: 'vpc', ...fields })
    assert.equal(answer.QuotaApplications?.length, answer.TotalCount, JSON.stringify(answer))
    return answer.TotalCount
  }
  for (const all of [{}, { QuotaCategory: 'WhiteListLabel' }, { KeyWord: 'ha_vip' }, { Status: 'Agree' }]) assert.equal(await count(all), 1)
  for (const none of [{ QuotaCategory: 'CommonQuota' }, { KeyWord: 'eip' }, { Status: 'Process' }]) assert.equal(await count(none), 0)
  const ending = await world.ask('quotas', 'CreateQuotaApplication', { ...form, ExpireTime: '2027-01-01T00:00:00Z' })
  assert.deepEqual([ending.status, ending.Code], [400, 'UnsupportedParameter'])
})

test('quotas come in the order asked for', async () => {
  const world = createWorld()
  await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16' })
  const sizes = async (fields: Fields): Promise<number[]> => {
    const { Quotas } = await world.ask('quotas', 'ListProductQuotas', { ProductCode: 'vpc', MaxResults: 200, ...fields })
    return Quotas.map((one: Json) => (fields.SortField === 'RESERVED' ? one.TotalQuota - one.TotalUsage : one.TotalQuota))
  }
  const unsorted = await sizes({})
  const up = unsorted.toSorted((a, b) => a - b)
  assert.notDeepEqual(unsorted, up)
  assert.deepEqual(await sizes({ SortField: 'TOTAL' }), up)
  assert.deepEqual(await sizes({ SortField: 'TOTAL', SortOrder: 'Descending' }), up.toReversed())
  const left = await sizes({ SortField: 'RESERVED' })
  assert.deepEqual(
    left,
    left.toSorted((a, b) => a - b),
  )
  assert.deepEqual(await sizes({ GroupCode: 'none' }), [])
})
