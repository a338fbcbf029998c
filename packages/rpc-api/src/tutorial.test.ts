// The tutorial's life cycle through the door: every action it needs, in the shapes that clients read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type Fields, type Json, type World } from '../test/world.ts'

async function enable(world: World): Promise<void> {
  const application = await world.ask('quotas', 'CreateQuotaApplication', {
    ProductCode: 'vpc',
    QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist',
    DesireValue: 1,
    Reason: 'web',
  })
  assert.equal(application.Status, 'Agree', JSON.stringify(application))
}

/** A VPC, a vSwitch, a security group, two running instances. */
async function network(world: World) {
  const { VpcId } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16' })
  await world.settle()
  const zone = (await world.ask('vpc', 'DescribeZones')).Zones.Zone[0].ZoneId
  const { VSwitchId } = await world.ask('vpc', 'CreateVSwitch', { VpcId, ZoneId: zone, CidrBlock: '192.168.0.0/24' })
  const { SecurityGroupId } = await world.ask('ecs', 'CreateSecurityGroup', { VpcId, SecurityGroupName: 'web' })
  await world.settle()
  const run = async (address: string): Promise<string> => {
    const made = await world.ask('ecs', 'RunInstances', {
      ImageId: 'havip_host_x64',
      InstanceType: 'ecs.g7.large',
      VSwitchId,
      'SecurityGroupIds.1': SecurityGroupId,
      PrivateIpAddress: address,
    })
    assert.equal(made.status, 200, JSON.stringify(made))
    return made.InstanceIdSets.InstanceIdSet[0]
  }
  const instances = [await run('192.168.0.209'), await run('192.168.0.210')] as const
  await world.settle()
  return { VpcId, VSwitchId, SecurityGroupId, instances }
}

test('without the privilege a HaVip is refused, and the message names it', async () => {
  const world = createWorld()
  const refused = await world.ask('vpc', 'CreateHaVip', { VSwitchId: 'vsw-00000000000000000000' })
  assert.equal(refused.status, 400)
  assert.equal(refused.Code, 'Forbidden.HaVip')
  assert.match(refused.Message, /vpc_privilege_allow_buy_havip_instance/)
})

test('the tutorial, from quota to clean-up', async () => {
  const world = createWorld()
  await enable(world)
  const { VpcId, VSwitchId, SecurityGroupId, instances } = await network(world)

  const statuses = await world.ask('ecs', 'DescribeInstanceStatus')
  assert.deepEqual(
    statuses.InstanceStatuses.InstanceStatus.map((each: { Status: string }) => each.Status),
    ['Running', 'Running'],
  )

  const made = await world.ask('vpc', 'CreateHaVip', { VSwitchId, IpAddress: '192.168.0.88', Name: 'web' })
  assert.equal(made.IpAddress, '192.168.0.88')
  const { HaVipId } = made
  await world.settle()
  for (const InstanceId of instances) {
    const associated = await world.ask('vpc', 'AssociateHaVip', { HaVipId, InstanceId })
    assert.equal(associated.status, 200, JSON.stringify(associated))
    await world.settle()
  }
  const eip = await world.ask('vpc', 'AllocateEipAddress', { Bandwidth: '5' })
  assert.match(eip.AllocationId, /^eip-[a-z0-9]{20}$/)
  const bound = await world.ask('vpc', 'AssociateEipAddress', {
    AllocationId: eip.AllocationId,
    InstanceId: HaVipId,
    InstanceType: 'HaVip',
  })
  assert.equal(bound.status, 200, JSON.stringify(bound))
  // Terraform reads back at once: the target has to be there before the EIP is InUse.
  const read = (await world.ask('vpc', 'DescribeEipAddresses', { AllocationId: eip.AllocationId })).EipAddresses.EipAddress[0]
  assert.deepEqual([read.InstanceId, read.InstanceType], [HaVipId, 'HaVip'])
  assert.equal((await world.ask('havip', 'DescribeEipTraffic')).Eips[0].Reported, false, 'the plane has not got it yet')
  await world.settle()
  const [traffic] = (await world.ask('havip', 'DescribeEipTraffic', { 'AllocationId.1': eip.AllocationId })).Eips
  assert.deepEqual([traffic.IpAddress, traffic.Reported, traffic.OutBytes, traffic.InDropped], [eip.EipAddress, true, 1_500, 3])

  const port = (await world.ask('ecs', 'DescribeNetworkInterfaces', { InstanceId: instances[0] })).NetworkInterfaceSets
    .NetworkInterfaceSet[0]
  world.plane.announce(HaVipId, port.NetworkInterfaceId)
  await world.settle()
  const listed = await world.ask('vpc', 'DescribeHaVips', { 'Filter.1.Key': 'HaVipId', 'Filter.1.Value.1': HaVipId })
  assert.equal(listed.TotalCount, 1)
  const havip = listed.HaVips.HaVip[0]
  assert.equal(havip.Status, 'InUse')
  assert.equal(havip.MasterInstanceId, instances[0])
  assert.deepEqual(havip.AssociatedInstances.associatedInstance, [...instances])
  assert.deepEqual(havip.AssociatedEipAddresses.associatedEipAddresse, [eip.EipAddress])
  assert.equal(havip.AssociatedInstanceType, 'EcsInstance')
  assert.match(havip.CreateTime, /^2026-01-15T08:30:01Z$/)

  const owners = (await world.ask('havip', 'DescribeHaVipOwners')).HaVips[0].Owners
  assert.deepEqual(owners, [{ Source: 'plane', InstanceId: instances[0], SinceMs: 10, LastSeenMs: 5 }])

  const master = await world.ask('vpc', 'UnassociateHaVip', { HaVipId, InstanceId: instances[0] })
  assert.equal(master.Code, 'Forbidden.UnassociateMaster')
  const early = await world.ask('vpc', 'DeleteHaVip', { HaVipId })
  assert.equal(early.status, 400)
  await world.ask('vpc', 'UnassociateEipAddress', { AllocationId: eip.AllocationId })
  await world.settle()
  for (const InstanceId of instances) {
    const gone = await world.ask('vpc', 'UnassociateHaVip', { HaVipId, InstanceId, Force: 'True' })
    assert.equal(gone.status, 200, JSON.stringify(gone))
    await world.settle()
  }
  const busy = await world.ask('vpc', 'DeleteVSwitch', { VSwitchId })
  assert.match(busy.Code, /^DependencyViolation/)
  for (const [product, action, fields] of [
    ['vpc', 'ReleaseEipAddress', { AllocationId: eip.AllocationId }],
    ['vpc', 'DeleteHaVip', { HaVipId }],
    ['ecs', 'DeleteInstances', { 'InstanceId.1': instances[0], 'InstanceId.2': instances[1], Force: true }],
    ['ecs', 'DeleteSecurityGroup', { SecurityGroupId }],
    ['vpc', 'DeleteVSwitch', { VSwitchId }],
    ['vpc', 'DeleteVpc', { VpcId }],
  ] as const) {
    const answer = await world.ask(product, action, fields)
    assert.equal(answer.status, 200, `${action}: ${JSON.stringify(answer)}`)
    await world.settle()
  }
  assert.equal((await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })).status, 404)
  assert.deepEqual(world.plane.index.state(), { networks: [], switches: [], ports: [], havips: [], eips: [] })
})

test('every list is there, with its containers, when there is nothing to list', async () => {
  const world = createWorld()
  const { VpcId, VSwitchId } = await network(world)
  await enable(world)
  await world.ask('vpc', 'CreateHaVip', { VSwitchId })
  const havip = (await world.ask('vpc', 'DescribeHaVips')).HaVips.HaVip[0]
  assert.deepEqual(havip.AssociatedInstances, { associatedInstance: [] })
  assert.deepEqual(havip.AssociatedEipAddresses, { associatedEipAddresse: [] })
  assert.deepEqual(havip.Tags, { Tag: [] })
  assert.equal(havip.MasterInstanceId, '')
  assert.deepEqual((await world.ask('vpc', 'DescribeEipAddresses')).EipAddresses, { EipAddress: [] })
  const past = await world.ask('vpc', 'DescribeVpcs', { PageNumber: 9, PageSize: 1000 })
  assert.deepEqual([past.status, past.TotalCount, past.PageNumber, past.PageSize, past.Vpcs.Vpc], [200, 1, 9, 50, []])
  const tables = (await world.ask('vpc', 'DescribeRouteTableList', { VpcId })).RouterTableList.RouterTableListType
  assert.deepEqual([tables.length, tables[0].RouteTableType, tables[0].VpcId], [1, 'System', VpcId])
})

test('a script runs and its output comes back as it was asked for', async () => {
  const world = createWorld()
  const { instances } = await network(world)
  world.compute.answer = { kind: 'exited', status: 0, output: 'ü\n', truncated: false }
  const run = await world.ask('ecs', 'RunCommand', { Type: 'RunShellScript', CommandContent: 'echo ü', 'InstanceId.1': instances[0] })
  assert.equal(run.status, 200, JSON.stringify(run))
  await world.settle()
  const base64 = await world.ask('ecs', 'DescribeInvocationResults', { InvokeId: run.InvokeId })
  const [result] = base64.Invocation.InvocationResults.InvocationResult
  assert.deepEqual([result.InvocationStatus, result.InvokeRecordStatus, result.ExitCode], ['Success', 'Finished', 0])
  assert.equal(Buffer.from(result.Output, 'base64').toString(), 'ü\n')
  const plain = await world.ask('ecs', 'DescribeInvocationResults', { InvokeId: run.InvokeId, ContentEncoding: 'PlainText' })
  assert.equal(plain.Invocation.InvocationResults.InvocationResult[0].Output, 'ü\n')
  const all = await world.ask('ecs', 'DescribeInvocations', { InvokeId: run.InvokeId, IncludeOutput: true })
  assert.equal(all.Invocations.Invocation[0].InvokeInstances.InvokeInstance[0].ExitCode, 0)
})

test('runs of commands are found by the words that the answers use for how they went', async () => {
  const world = createWorld()
  const { instances } = await network(world)
  const run = async (CommandContent: string, targets: readonly string[]): Promise<string> => {
    const ids = Object.fromEntries(targets.map((id, i) => [`InstanceId.${i + 1}`, id]))
    const { InvokeId } = await world.ask('ecs', 'RunCommand', { Type: 'RunShellScript', CommandContent, ...ids })
    return InvokeId
  }
  world.compute.answers = (instance, script) => {
    if (script === 'slow') return { kind: 'timed-out', output: '', truncated: false }
    return script === 'half' && instance === instances[0] ? { kind: 'exited', status: 3, output: '', truncated: false } : undefined
  }
  const good = await run('good', [instances[0]])
  const half = await run('half', instances)
  const slow = await run('slow', [instances[1]])
  const list = async (action: string, fields: Fields): Promise<string[]> => {
    const answer = await world.ask('ecs', action, fields)
    const found = action === 'DescribeInvocations' ? answer.Invocations.Invocation : answer.Invocation.InvocationResults.InvocationResult
    return found.map((each: { InvokeId: string }) => each.InvokeId)
  }
  assert.deepEqual(await list('DescribeInvocations', { InvokeStatus: 'Running' }), [good, half, slow])
  assert.deepEqual(await list('DescribeInvocations', { InvokeStatus: 'Finished' }), [])
  await world.settle()
  for (const [word, runs, invocations] of [
    ['Running', [], []],
    ['Finished', [good, half, half], [good]],
    ['PartialFailed', [], [half]],
    ['Failed', [slow], [slow]],
  ] as const) {
    assert.deepEqual(await list('DescribeInvocationResults', { InvokeRecordStatus: word }), runs, word)
    assert.deepEqual(await list('DescribeInvocations', { InvokeStatus: word }), invocations, word)
  }
  assert.equal((await list('DescribeInvocations', { CommandType: 'RunShellScript', RepeatMode: 'Once', Timed: false })).length, 3)
  for (const none of [{ CommandType: 'RunBatScript' }, { RepeatMode: 'Period' }, { Timed: true }]) {
    assert.deepEqual(await list('DescribeInvocations', none), [])
  }
})

test('whether scripts can be run is told in both styles of pages', async () => {
  const world = createWorld()
  const { instances } = await network(world)
  const ask = (fields: Fields) => world.ask('ecs', 'DescribeCloudAssistantStatus', fields)
  const idsOf = (answer: Json): string[] =>
    answer.InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus.map((each: { InstanceId: string }) => each.InstanceId)
  const first = await ask({ MaxResults: 1 })
  const second = await ask({ MaxResults: 1, NextToken: first.NextToken })
  assert.deepEqual([...idsOf(first), ...idsOf(second)], instances)
  assert.equal(second.NextToken, '')
  assert.deepEqual(idsOf(await ask({ PageSize: 1, PageNumber: 2 })), [instances[1]])
  assert.deepEqual([idsOf(await ask({ OSType: 'Linux' })).length, idsOf(await ask({ OSType: 'Windows' })).length], [2, 0])
})

test('a terminal is offered in an instance that runs, and in no other', async () => {
  const world = createWorld()
  const { instances } = await network(world)
  const offer = await world.ask('havip', 'CreateShellSession', { InstanceId: instances[0] })
  assert.deepEqual([offer.Token, offer.Path], [`token-${instances[0]}`, `/shell/${instances[0]}`])
  await world.ask('ecs', 'StopInstance', { InstanceId: instances[0], ForceStop: true })
  await world.settle()
  assert.equal((await world.ask('havip', 'CreateShellSession', { InstanceId: instances[0] })).Code, 'IncorrectInstanceStatus')
})
