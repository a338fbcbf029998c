// The Terraform provider's request sequences for VPC, vSwitch, HaVip, attachment, EIP and association: apply, plan, destroy.
// Query and form are split as the provider splits them; what it checks between the calls is checked here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type Fields, type Json, type World } from '../test/world.ts'

type Provider = (action: string, query: Fields, form: Fields) => Promise<Json>
const provider =
  (world: World): Provider =>
  async (action, query, form) => {
    const answer = await world.call('vpc', action, query, 'root', 'json', form)
    return { status: answer.status, ...JSON.parse(answer.body) }
  }
const RegionId = 'cn-hangzhou'
let tokens = 0
const ClientToken = (): string => `TF-${++tokens}`

async function applied(call: Promise<Json>): Promise<Json> {
  const answer = await call
  assert.equal(answer.status, 200, JSON.stringify(answer))
  return answer
}

/** Repeats while the provider would: these codes are in its retry lists. */
async function retried(world: World, call: () => Promise<Json>, codes: RegExp): Promise<Json> {
  for (let i = 0; i < 10; i++) {
    const answer = await call()
    if (answer.status === 200) return answer
    assert.match(answer.Code, codes, JSON.stringify(answer))
    await world.settle()
  }
  assert.fail('never done')
}

async function readVpc(tf: Provider, VpcId: string): Promise<Json> {
  const vpc = await tf('DescribeVpcAttribute', {}, { VpcId, RegionId })
  const tables = await applied(tf('DescribeRouteTableList', {}, { VpcId, RegionId }))
  const table = tables.RouterTableList.RouterTableListType.find((each: Json) => each.RouteTableType === 'System' && each.VpcId === VpcId)
  return { ...vpc, table }
}

/** Walks pages without a filter, as alicloud_havip does, and compares ids. */
async function readHavip(tf: Provider, HaVipId: string): Promise<Json> {
  for (let PageNumber = 1; ; PageNumber++) {
    const page = await applied(tf('DescribeHaVips', {}, { RegionId, PageNumber, PageSize: 20 }))
    const found = page.HaVips.HaVip.find((each: Json) => each.HaVipId === HaVipId)
    if (found || page.HaVips.HaVip.length < 20) return found
  }
}

const readEip = async (tf: Provider, AllocationId: string): Promise<Json> =>
  (await applied(tf('DescribeEipAddresses', { AllocationId, RegionId }, {}))).EipAddresses.EipAddress[0]

async function applyNetwork(world: World, tf: Provider) {
  const { VpcId } = await applied(tf('CreateVpc', {}, { RegionId, ClientToken: ClientToken(), CidrBlock: '172.16.0.0/12', VpcName: 'tf' }))
  await world.settle()
  const vpc = await readVpc(tf, VpcId)
  assert.deepEqual([vpc.Status, vpc.table.ResourceGroupId, vpc.table.RouterId], ['Available', vpc.ResourceGroupId, vpc.VRouterId])
  const ZoneId = (await applied(tf('DescribeZones', {}, { RegionId }))).Zones.Zone[0].ZoneId
  const made = await applied(
    tf('CreateVSwitch', {}, { RegionId, ClientToken: ClientToken(), CidrBlock: '172.16.0.0/24', VpcId, ZoneId, VSwitchName: 'tf' }),
  )
  await world.settle()
  const { VSwitchId } = made
  const vswitch = await applied(tf('DescribeVSwitchAttributes', { VSwitchId }, { RegionId }))
  // An absent key would mean that IPv6 is on.
  assert.deepEqual([vswitch.Status, vswitch.Ipv6CidrBlock], ['Available', ''])
  return { VpcId, VSwitchId }
}

async function applyInstance(world: World, VSwitchId: string, VpcId: string): Promise<string> {
  const { SecurityGroupId } = await world.ask('ecs', 'CreateSecurityGroup', { VpcId, SecurityGroupName: 'tf-sg' })
  const run = await world.ask('ecs', 'RunInstances', {
    ImageId: 'havip_host_x64',
    InstanceType: 'ecs.g7.large',
    VSwitchId,
    'SecurityGroupIds.1': SecurityGroupId,
    InstanceName: 'tf-1',
  })
  const [InstanceId] = run.InstanceIdSets.InstanceIdSet
  await world.settle()
  for (const [action, fields, list] of [
    [
      'DescribeInstances',
      { InstanceIds: JSON.stringify([InstanceId]), 'AdditionalAttributes.1': 'NETWORK_PRIMARY_ENI_IP' },
      ['Instances', 'Instance'],
    ],
    ['DescribeDisks', { InstanceId, DiskType: 'system' }, ['Disks', 'Disk']],
    ['DescribeNetworkInterfaces', { InstanceId }, ['NetworkInterfaceSets', 'NetworkInterfaceSet']],
    ['DescribeInstanceMaintenanceAttributes', { 'InstanceId.1': InstanceId }, ['MaintenanceAttributes', 'MaintenanceAttribute']],
  ] as const) {
    const answer = await world.ask('ecs', action, fields)
    assert.equal(answer[list[0]][list[1]][0].InstanceId, InstanceId, action)
  }
  assert.equal((await world.ask('ecs', 'DescribeUserData', { InstanceId })).UserData, '')
  assert.deepEqual((await world.ask('ecs', 'DescribeInstanceRamRole', { InstanceIds: '[]' })).InstanceRamRoleSets, {
    InstanceRamRoleSet: [],
  })
  assert.equal((await world.ask('ecs', 'DescribeInstanceAttribute', { InstanceId })).IoOptimized, 'optimized')
  const group = await world.ask('ecs', 'DescribeSecurityGroupAttribute', { SecurityGroupId })
  assert.deepEqual(group.Permissions, { Permission: [] })
  return InstanceId
}

test('apply, an empty plan, destroy', async () => {
  const world = createWorld()
  const tf = provider(world)
  await world.ask('quotas', 'CreateQuotaApplication', {
    ProductCode: 'vpc',
    QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist',
    QuotaCategory: 'WhiteListLabel',
    DesireValue: 1,
    Reason: 'tf',
    NoticeType: 0,
  })
  const { VpcId, VSwitchId } = await applyNetwork(world, tf)
  const InstanceId = await applyInstance(world, VSwitchId, VpcId)

  const { HaVipId } = await applied(tf('CreateHaVip', {}, { Description: 'd', Name: 'n', RegionId, VSwitchId }))
  const { AllocationId } = await applied(
    tf(
      'AllocateEipAddress',
      { InstanceId: '' },
      { RegionId, ClientToken: ClientToken(), Bandwidth: '5', Name: 'a*b (c) ~d', InternetChargeType: 'PayByBandwidth' },
    ),
  )
  assert.equal((await readEip(tf, AllocationId)).Status, 'Available')
  await world.settle()
  assert.equal((await readHavip(tf, HaVipId)).Status, 'Available')

  // Independent resources at once: attachment and association in parallel, each retried as its own resource is.
  await retried(
    world,
    () => tf('AssociateHaVip', {}, { InstanceId, HaVipId, RegionId, ClientToken: ClientToken() }),
    /^(IncorrectHaVipStatus|IncorrectInstanceStatus|OperationConflict)$/,
  )
  const bind = ClientToken()
  await retried(
    world,
    () => tf('AssociateEipAddress', { InstanceId: HaVipId, AllocationId }, { RegionId, ClientToken: bind, InstanceType: 'HaVip' }),
    /^(TaskConflict|OperationConflict|IncorrectStatus|IncorrectEipStatus|InvalidBindingStatus|IncorrectInstanceStatus)$/,
  )
  // Read back at once, without waiting.
  assert.equal((await readEip(tf, AllocationId)).InstanceId, HaVipId)
  await world.settle()

  const plan = async () => {
    const filtered = await applied(tf('DescribeHaVips', {}, { RegionId, 'Filter.1.Key': 'HaVipId', 'Filter.1.Value.1': HaVipId }))
    const [havip] = filtered.HaVips.HaVip
    const eip = await readEip(tf, AllocationId)
    const { Description, Name, IpAddress, Status, AssociatedInstanceType, AssociatedInstances, AssociatedEipAddresses } = havip
    const { EipBandwidth, InternetChargeType, InstanceType, Mode, PrivateIpAddress, HDMonitorStatus, DeletionProtection } = eip
    const eipPart = {
      eipName: eip.Name,
      EipBandwidth,
      InternetChargeType,
      InstanceType,
      Mode,
      PrivateIpAddress,
      HDMonitorStatus,
      DeletionProtection,
    }
    return { Description, Name, IpAddress, Status, AssociatedInstanceType, AssociatedInstances, AssociatedEipAddresses, ...eipPart }
  }
  const first = await plan()
  assert.deepEqual(
    [
      first.Description,
      first.Name,
      first.Status,
      first.AssociatedInstanceType,
      first.AssociatedInstances,
      first.eipName,
      first.HDMonitorStatus,
    ],
    ['d', 'n', 'InUse', 'EcsInstance', { associatedInstance: [InstanceId] }, 'a*b (c) ~d', 'OFF'],
  )
  assert.deepEqual(await plan(), first)
  await applied(tf('ModifyHaVipAttribute', {}, { RegionId, HaVipId, Name: 'renamed' }))
  assert.deepEqual(await plan(), { ...first, Name: 'renamed' })

  await applied(
    tf(
      'UnassociateEipAddress',
      { AllocationId, InstanceId: HaVipId },
      { RegionId, ClientToken: ClientToken(), InstanceType: 'HaVip', PrivateIpAddress: first.PrivateIpAddress },
    ),
  )
  await applied(tf('UnassociateHaVip', {}, { InstanceId, HaVipId, RegionId, ClientToken: ClientToken(), Force: 'true' }))
  // The HaVip's own deletion follows at once and meets Unassociating: it has to be told in a word that is retried.
  await retried(world, () => tf('DeleteHaVip', {}, { RegionId, HaVipId }), /^(IncorrectStatus|OperationConflict)$/)
  await retried(world, () => tf('ReleaseEipAddress', { AllocationId }, { RegionId }), /^(IncorrectEipStatus|IncorrectStatus)$/)
  await world.ask('ecs', 'DeleteInstance', { InstanceId, Force: true })
  await retried(
    world,
    () => tf('DeleteVSwitch', {}, { RegionId, VSwitchId }),
    /^(DependencyViolation.*|TaskConflict|IncorrectVSwitchStatus)$/,
  )
  await world.settle()
  const groups = (await world.ask('ecs', 'DescribeSecurityGroups', { VpcId })).SecurityGroups.SecurityGroup
  for (const { SecurityGroupId } of groups) await world.ask('ecs', 'DeleteSecurityGroup', { SecurityGroupId })
  await retried(
    world,
    () => tf('DeleteVpc', {}, { RegionId, VpcId, ClientToken: ClientToken() }),
    /^(DependencyViolation.VSwitch|DependencyViolation.SecurityGroup|IncorrectVpcStatus)$/,
  )
  await world.settle()
  assert.equal((await readVpc(tf, VpcId)).status, 404)
  assert.equal((await tf('DescribeVSwitchAttributes', { VSwitchId }, { RegionId })).status, 404)
  assert.equal(await readEip(tf, AllocationId), undefined)
  assert.equal(await readHavip(tf, HaVipId), undefined)
})

test('an association that forgets its type is told so, not bound to nothing', async () => {
  const world = createWorld()
  const tf = provider(world)
  const { AllocationId } = await applied(tf('AllocateEipAddress', { InstanceId: '' }, { RegionId, ClientToken: ClientToken() }))
  const answer = await tf(
    'AssociateEipAddress',
    { InstanceId: 'havip-00000000000000000000', AllocationId },
    { RegionId, InstanceType: 'EcsInstance' },
  )
  assert.ok(answer.status === 404 || answer.status === 400, JSON.stringify(answer))
})
test('tags come in a second step, and go in a third', async () => {
  const world = createWorld()
  const tf = provider(world)
  const { VSwitchId } = await applyNetwork(world, tf)
  const common = { RegionId, ResourceType: 'VSWITCH', 'ResourceId.1': VSwitchId }
  await applied(tf('TagResources', {}, { ...common, 'Tag.1.Key': 'env', 'Tag.1.Value': 'test', 'Tag.2.Key': 'empty', 'Tag.2.Value': '' }))
  const { Tags } = await applied(tf('DescribeVSwitchAttributes', { VSwitchId }, { RegionId }))
  assert.deepEqual(Tags.Tag, [
    { Key: 'env', Value: 'test' },
    { Key: 'empty', Value: '' },
  ])
  await applied(tf('UnTagResources', {}, { ...common, 'TagKey.1': 'env' }))
  const listed = await applied(tf('ListTagResources', {}, common))
  assert.deepEqual(listed.TagResources.TagResource, [{ ResourceId: VSwitchId, ResourceType: 'VSWITCH', TagKey: 'empty', TagValue: '' }])
})
