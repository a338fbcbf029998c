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

test('instances and network interfaces are found by their addresses of IPv6', async () => {
  const world = createWorld()
  const { VpcId } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16', EnableIpv6: true })
  await world.settle()
  const inSwitch = { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.8.0/24', Ipv6CidrBlock: 8 }
  const { VSwitchId } = await world.ask('vpc', 'CreateVSwitch', inSwitch)
  await world.settle()
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, Ipv6AddressCount: 1, Amount: 2 }
  const [first, second] = (await world.ask('ecs', 'RunInstances', run)).InstanceIdSets.InstanceIdSet
  await world.settle()
  const further = await world.ask('ecs', 'CreateNetworkInterface', { VSwitchId, Ipv6AddressCount: 1 })
  await world.ask('ecs', 'AttachNetworkInterface', { NetworkInterfaceId: further.NetworkInterfaceId, InstanceId: second })
  await world.settle()
  const { NetworkInterfaceSets } = await world.ask('ecs', 'DescribeNetworkInterfaces')
  const addressOf = (id: string): string =>
    NetworkInterfaceSets.NetworkInterfaceSet.find((one: Json) => one.NetworkInterfaceId === id).Ipv6Sets.Ipv6Set[0].Ipv6Address
  const primaryOf = async (InstanceId: string): Promise<string> =>
    (await world.ask('ecs', 'DescribeNetworkInterfaces', { InstanceId, Type: 'Primary' })).NetworkInterfaceSets.NetworkInterfaceSet[0]
      .NetworkInterfaceId
  const ofFirst = await primaryOf(first)
  const interfaces = async (fields: Fields): Promise<string[]> =>
    (await world.ask('ecs', 'DescribeNetworkInterfaces', fields)).NetworkInterfaceSets.NetworkInterfaceSet.map(
      (one: Json) => one.NetworkInterfaceId,
    )
  const instances = async (fields: Fields): Promise<string[]> =>
    (await world.ask('ecs', 'DescribeInstances', fields)).Instances.Instance.map((one: Json) => one.InstanceId)
  const byFirst = { 'Ipv6Address.1': addressOf(ofFirst) }
  // However it is written.
  const byFurther = { 'Ipv6Address.1': addressOf(further.NetworkInterfaceId).toUpperCase() }
  assert.deepEqual(await interfaces(byFirst), [ofFirst])
  assert.deepEqual(await interfaces(byFurther), [further.NetworkInterfaceId])
  assert.deepEqual(await interfaces({ ...byFurther, 'NetworkInterfaceId.1': ofFirst }), [])
  assert.deepEqual(await instances(byFirst), [first])
  assert.deepEqual(await instances(byFurther), [second])
  assert.deepEqual(await instances({ ...byFurther, InstanceIds: JSON.stringify([first]) }), [])
  for (const none of ['2001:db8::1', 'no address']) {
    assert.deepEqual([await interfaces({ 'Ipv6Address.1': none }), await instances({ 'Ipv6Address.1': none })], [[], []])
  }
})

test('a route table carries tags of its own', async () => {
  const { world, VpcId } = await network()
  const tables = async (fields: Fields = {}): Promise<Json[]> =>
    (await world.ask('vpc', 'DescribeRouteTableList', fields)).RouterTableList.RouterTableListType
  const [{ RouteTableId }] = await tables()
  const about = { ResourceType: 'RouteTable', 'ResourceId.1': RouteTableId }
  const tagged = await world.ask('vpc', 'TagResources', { ...about, 'Tag.1.Key': 'role', 'Tag.1.Value': 'main', 'Tag.2.Key': 'team' })
  assert.equal(tagged.status, 200, tagged.Message)
  assert.deepEqual((await tables({ 'Tag.1.Key': 'role', 'Tag.1.Value': 'main' }))[0]?.Tags.Tag, [
    { Key: 'role', Value: 'main' },
    { Key: 'team', Value: '' },
  ])
  assert.deepEqual(await tables({ 'Tag.1.Key': 'role', 'Tag.1.Value': 'other' }), [])
  assert.deepEqual((await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })).Tags.Tag, [], 'its VPC has none')
  const listed = async (fields: Fields): Promise<Json[]> =>
    (await world.ask('vpc', 'ListTagResources', fields)).TagResources.TagResource.map((one: Json) => [one.ResourceId, one.TagKey])
  assert.deepEqual(await listed(about), [
    [RouteTableId, 'role'],
    [RouteTableId, 'team'],
  ])
  assert.equal((await listed({ ResourceType: 'ROUTETABLE', 'Tag.1.Key': 'role' })).length, 2)
  assert.deepEqual(await listed({ ResourceType: 'ROUTETABLE', 'Tag.1.Key': 'role', 'Tag.1.Value': 'other' }), [])
  await world.ask('vpc', 'UnTagResources', { ...about, 'TagKey.1': 'role' })
  assert.deepEqual(await listed(about), [[RouteTableId, 'team']])
  assert.equal(
    (await world.ask('vpc', 'TagResources', { ...about, 'ResourceId.1': VpcId, 'Tag.1.Key': 'a' })).Code,
    'InvalidResourceId.NotFound',
  )
  const move = { ResourceType: 'ROUTETABLE', ResourceId: RouteTableId, NewResourceGroupId: 'rg-1' }
  assert.equal((await world.ask('vpc', 'MoveResourceGroup', move)).Code, 'InvalidResourceType.NotFound')
})

test('what the other actions cannot do is refused by name, and their conditions count', async () => {
  const { world, VSwitchId } = await network()
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId }
  const [InstanceId] = (await world.ask('ecs', 'RunInstances', run)).InstanceIdSets.InstanceIdSet
  await world.settle()
  const command = { Type: 'RunShellScript', CommandContent: 'true', 'InstanceId.1': InstanceId }
  for (const [action, fields, name] of [
    ['RunCommand', { ...command, Frequency: '0 * * * * ?' }, 'Frequency'],
    ['RunCommand', { ...command, Timed: true }, 'Timed'],
    ['RunCommand', { Type: 'RunShellScript', CommandContent: 'true', 'ResourceTag.1.Key': 'role' }, 'ResourceTag'],
    ['RunCommand', { ...command, 'Tag.1.Key': 'role' }, 'Tag'],
    ['DeleteInstance', { InstanceId, Force: true, ForceStop: false }, 'ForceStop'],
    ['CreateNetworkInterface', { VSwitchId, SecondaryPrivateIpAddressCount: 2 }, 'SecondaryPrivateIpAddressCount'],
    ['CreateNetworkInterface', { VSwitchId, SourceDestCheck: false }, 'SourceDestCheck'],
    ['ModifyInstanceAttribute', { InstanceId, CreditSpecification: 'Unlimited' }, 'CreditSpecification'],
    ['DescribeInstanceTypes', { MinimumCpuSpeedFrequency: 3 }, 'MinimumCpuSpeedFrequency'],
    ['DescribeZones', { InstanceChargeType: 'PrePaid' }, 'InstanceChargeType'],
  ] as const) {
    const refused = await world.ask('ecs', action, fields)
    assert.deepEqual([refused.Code, refused.Message?.split(' ')[2]], ['UnsupportedParameter', name], action)
  }
  const periodic = await world.ask('ecs', 'RunCommand', { ...command, RepeatMode: 'Period' })
  assert.equal(periodic.Code, 'InvalidRepeatMode.NotSupport')
  const taken = await world.ask('ecs', 'RunCommand', { ...command, Timed: false, TerminationMode: 'Process', RepeatMode: 'Once' })
  assert.equal(taken.status, 200, taken.Message)
  const disks = async (fields: Fields): Promise<number> => (await world.ask('ecs', 'DescribeDisks', fields)).TotalCount
  const all = { DeleteWithInstance: true, DiskChargeType: 'PostPaid', MultiAttach: 'Disabled', EnableShared: false }
  assert.equal(await disks(all), 1)
  const long = { 'Filter.1.Key': 'CreationStartTime', 'Filter.1.Value': '2100-01-01T00:00Z' }
  for (const none of [{ SnapshotId: 's-1' }, { DeleteWithInstance: false }, { EnableAutoSnapshot: true }, { KMSKeyId: 'k' }, long]) {
    assert.equal(await disks(none), 0, JSON.stringify(none))
  }
  const instances = async (fields: Fields): Promise<number> => (await world.ask('ecs', 'DescribeInstances', fields)).TotalCount
  assert.deepEqual([await instances({ HttpEndpoint: 'disabled' }), await instances({ HttpEndpoint: 'enabled' })], [1, 0])
  const types = await world.ask('ecs', 'DescribeInstanceTypes', { MinimumInstancePpsRx: 1 })
  assert.deepEqual(types.InstanceTypes.InstanceType, [])
  const page = await world.ask('ecs', 'DescribeInstanceMaintenanceAttributes', { PageSize: 1, PageNumber: 2 })
  assert.deepEqual([page.TotalCount, page.PageNumber, page.MaintenanceAttributes.MaintenanceAttribute], [1, 2, []])
})

test('an EIP is bound where it was said to be bound, or not at all', async () => {
  const { world, VSwitchId } = await network()
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, PrivateIpAddress: '192.168.8.9' }
  const [InstanceId] = (await world.ask('ecs', 'RunInstances', run)).InstanceIdSets.InstanceIdSet
  await world.settle()
  const { AllocationId } = await world.ask('vpc', 'AllocateEipAddress')
  const bind = async (fields: Fields): Promise<string> => {
    const answer = await world.ask('vpc', 'AssociateEipAddress', { AllocationId, InstanceId, ...fields })
    return answer.Code ?? 'done'
  }
  assert.equal(await bind({ InstanceRegionId: 'cn-beijing' }), 'InvalidParameter.Mismatch')
  assert.equal(await bind({ PrivateIpAddress: '192.168.8.10' }), 'InvalidParameter')
  assert.equal(await bind({ InstanceRegionId: 'cn-hangzhou', PrivateIpAddress: '192.168.8.9', VpcId: 'vpc-any' }), 'done')
})
