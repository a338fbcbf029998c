// Parameters that the API has and we have not are refused aloud, those that we have do what they say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type Fields, type Json, type World } from '../test/world.ts'

async function network(): Promise<{ readonly world: World; readonly VpcId: string; readonly VSwitchId: string }> {
  const world = createWorld()
  const { VpcId } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16' })
  await world.settle()
  const { VSwitchId } = await world.ask('vpc', 'CreateVSwitch', { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.8.0/24' })
  await world.settle()
  return { world, VpcId, VSwitchId }
}

test('what is not served is refused by name, and what means “without it” is accepted', async () => {
  const { world } = await network()
  const refused = await world.ask('vpc', 'AllocateEipAddress', { ISP: 'BGP_PRO' })
  assert.deepEqual([refused.status, refused.Code], [400, 'UnsupportedParameter'])
  assert.match(refused.Message, /ISP is not supported: there is one kind of line/)
  const list = await world.ask('vpc', 'AllocateEipAddress', { 'SecurityProtectionTypes.1': 'AntiDDoS_Enhanced' })
  assert.equal(list.Code, 'UnsupportedParameter')
  // As Terraform sends it: an empty InstanceId.
  const made = await world.ask('vpc', 'AllocateEipAddress', { ISP: 'BGP', Netmode: 'public', InstanceId: '' })
  assert.equal(made.status, 200)
  assert.equal((await world.ask('vpc', 'ModifyEipForwardMode', { InstanceId: made.AllocationId, Mode: 'NAT' })).status, 200)
  assert.equal(
    (await world.ask('vpc', 'ModifyEipForwardMode', { InstanceId: made.AllocationId, Mode: 'BINDED' })).Code,
    'UnsupportedParameter',
  )
})

test('the range of a VPC grows and shrinks as long as it holds every vSwitch', async () => {
  const { world, VpcId } = await network()
  const modify = (CidrBlock: string) => world.ask('vpc', 'ModifyVpcAttribute', { VpcId, CidrBlock })
  assert.match((await modify('192.168.0.0/22')).Message, /does not hold vsw-/)
  assert.equal((await modify('192.168.0.0/20')).status, 200)
  await world.settle()
  assert.equal((await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })).CidrBlock, '192.168.0.0/20')
  assert.deepEqual([...world.plane.index.networks.values()][0]?.cidr, { address: '192.168.0.0', prefix: 20 })
})

test('instances and EIPs are found by when they were made, and instances by family', async () => {
  const { world, VSwitchId } = await network()
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, InstanceName: 'web', Amount: 2, UniqueSuffix: true }
  await world.ask('ecs', 'RunInstances', run)
  await world.ask('vpc', 'AllocateEipAddress')
  const now = new Date(world.clock.wallTime())
  const at = (minutes: number) => `${new Date(now.getTime() + minutes * 60_000).toISOString().slice(0, 16)}Z`
  const made = async (key: string, value: string) => {
    const filter = { 'Filter.1.Key': key, 'Filter.1.Value': value }
    const instances = await world.ask('ecs', 'DescribeInstances', filter)
    const eips = await world.ask('vpc', 'DescribeEipAddresses', filter)
    return [instances.TotalCount, eips.TotalCount]
  }
  assert.deepEqual(await made('CreationStartTime', at(-5)), [2, 1])
  assert.deepEqual(await made('CreationStartTime', at(5)), [0, 0])
  assert.deepEqual(await made('CreationEndTime', at(5)), [2, 1])
  assert.equal(
    (await world.ask('ecs', 'DescribeInstances', { 'Filter.1.Key': 'Size', 'Filter.1.Value': at(0) })).Code,
    'InvalidFilterKey.ValueNotSupported',
  )
  assert.equal(
    (await world.ask('ecs', 'DescribeInstances', { 'Filter.1.Key': 'CreationStartTime', 'Filter.1.Value': 'x' })).Code,
    'InvalidParameter',
  )
  const family = async (InstanceTypeFamily: string) => (await world.ask('ecs', 'DescribeInstances', { InstanceTypeFamily })).TotalCount
  assert.deepEqual([await family('ecs.g7'), await family('ecs.c7')], [2, 0])
  const { Instances } = await world.ask('ecs', 'DescribeInstances')
  assert.deepEqual(
    Instances.Instance.map((one: { InstanceName: string }) => one.InstanceName),
    ['web001', 'web002'],
  )
})

test('instances and security groups are not found by conditions that none of them meets', async () => {
  const { world, VpcId, VSwitchId } = await network()
  const { SecurityGroupId } = await world.ask('ecs', 'CreateSecurityGroup', { VpcId, SecurityGroupName: 'web' })
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, SecurityGroupId, Amount: 2 }
  const { InstanceIdSets } = await world.ask('ecs', 'RunInstances', run)
  await world.settle()
  const { AllocationId } = await world.ask('vpc', 'AllocateEipAddress', { InternetChargeType: 'PayByTraffic' })
  await world.ask('vpc', 'AssociateEipAddress', { AllocationId, InstanceId: InstanceIdSets.InstanceIdSet[0] })
  await world.settle()
  const found = async (fields: Fields) => (await world.ask('ecs', 'DescribeInstances', fields)).TotalCount
  assert.equal(await found({ IoOptimized: true, DeviceAvailable: true, 'AdditionalAttributes.1': 'META_OPTIONS' }), 2)
  assert.deepEqual([await found({ InternetChargeType: 'PayByTraffic' }), await found({ InternetChargeType: 'PayByBandwidth' })], [1, 0])
  for (const none of [
    { IoOptimized: false },
    { DeviceAvailable: false },
    { InnerIpAddresses: '["10.0.0.1"]' },
    { HpcClusterId: 'hpc-1' },
  ]) {
    assert.equal(await found(none), 0, JSON.stringify(none))
  }
  const groups = async (fields: Fields) => (await world.ask('ecs', 'DescribeSecurityGroups', fields)).TotalCount
  assert.deepEqual([await groups({ NetworkType: 'vpc' }), await groups({ NetworkType: 'classic' })], [1, 0])
  assert.deepEqual([await groups({ ServiceManaged: false }), await groups({ ServiceManaged: true })], [1, 0])
})

test('disks are found by their own ids, in pages, and say whose they are', async () => {
  const { world, VSwitchId } = await network()
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, Amount: 3 }
  const instances = (await world.ask('ecs', 'RunInstances', run)).InstanceIdSets.InstanceIdSet
  await world.settle()
  const ask = (fields: Fields = {}) => world.ask('ecs', 'DescribeDisks', fields)
  const disksOf = (answer: Json): Json[] => answer.Disks.Disk
  const all = disksOf(await ask())
  assert.deepEqual(
    all.map((disk) => [disk.InstanceId, disk.Attachments.Attachment[0].InstanceId, disk.Status]),
    instances.map((id: string) => [id, id, 'In_use']),
  )
  const second = all[1].DiskId
  assert.deepEqual(disksOf(await ask({ DiskIds: JSON.stringify([second]) })), [all[1]])
  assert.deepEqual(disksOf(await ask({ DiskIds: JSON.stringify([second]), InstanceId: instances[1] })), [all[1]])
  assert.deepEqual(disksOf(await ask({ DiskIds: JSON.stringify([second]), InstanceId: instances[0] })), [])
  const page = await ask({ PageSize: 2, PageNumber: 2 })
  assert.deepEqual([page.TotalCount, page.PageNumber, disksOf(page)], [3, 2, [all[2]]])
  const first = await ask({ MaxResults: 2 })
  assert.deepEqual([...disksOf(first), ...disksOf(await ask({ MaxResults: 2, NextToken: first.NextToken }))], all)
  for (const same of [{ DiskType: 'system' }, { DiskType: 'all', Status: 'In_use', Category: 'cloud_essd', Encrypted: false }]) {
    assert.equal((await ask(same)).TotalCount, 3, JSON.stringify(same))
  }
  for (const none of [{ DiskType: 'data' }, { Status: 'Available' }, { Category: 'cloud_ssd' }, { Portable: true }, { 'Tag.1.Key': 'a' }]) {
    assert.equal((await ask(none)).TotalCount, 0, JSON.stringify(none))
  }
})

test('deletion protection of an instance can be ended, and name and groups can be changed', async () => {
  const { world, VpcId, VSwitchId } = await network()
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, InstanceName: 'before', DeletionProtection: true }
  const [InstanceId] = (await world.ask('ecs', 'RunInstances', run)).InstanceIdSets.InstanceIdSet
  await world.settle()
  const group = async (vpc: string): Promise<string> =>
    (await world.ask('ecs', 'CreateSecurityGroup', { VpcId: vpc, SecurityGroupName: 'web' })).SecurityGroupId
  const modify = async (fields: Fields): Promise<string> => {
    const answer = await world.ask('ecs', 'ModifyInstanceAttribute', { InstanceId, ...fields })
    return answer.Code ?? 'done'
  }
  const read = async () => (await world.ask('ecs', 'DescribeInstances')).Instances.Instance[0]
  const here = await group(VpcId)
  const { VpcId: elsewhere } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
  await world.settle()
  assert.equal(await modify({ InstanceName: 'x' }), 'InvalidInstanceName.Malformed')
  assert.equal(await modify({ HostName: 'other' }), 'UnsupportedParameter')
  assert.equal(await modify({ 'SecurityGroupIds.1': 'sg-none' }), 'InvalidSecurityGroupId.NotFound')
  assert.equal(await modify({ 'SecurityGroupIds.1': await group(elsewhere) }), 'OperationDenied.InconsistentNetwork')
  assert.equal(await modify({ InstanceName: 'after', DryRun: true }), 'DryRunOperation')
  assert.equal((await read()).InstanceName, 'before')
  assert.equal(await modify({ InstanceName: 'after', Description: 'two', 'SecurityGroupIds.1': here }), 'done')
  const changed = await read()
  assert.deepEqual(
    [changed.InstanceName, changed.Description, changed.SecurityGroupIds.SecurityGroupId, changed.DeletionProtection, changed.Status],
    ['after', 'two', [here], true, 'Running'],
  )
  const remove = async (): Promise<number> => (await world.ask('ecs', 'DeleteInstance', { InstanceId, Force: true })).status
  assert.equal(await remove(), 403)
  assert.equal(await modify({ DeletionProtection: false }), 'done')
  assert.equal(await remove(), 200)
  await world.settle()
  assert.equal((await world.ask('ecs', 'ModifyInstanceAttribute', { InstanceId, InstanceName: 'gone' })).status, 404)
})
