// The official clients, unchanged, against a controller on loopback whose plane and machines are in memory.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { HavipId, NetworkInterfaceId } from '@havip/vpc'
import { load } from '../test/clients.ts'
import { startInMemory } from '../test/in-memory.ts'

const { default: Vpc, ...vpc } = load('@alicloud/vpc20160428')
const { default: Ecs, ...ecs } = load('@alicloud/ecs20140526')
const { $OpenApiUtil } = load('@alicloud/openapi-core')
const PopCore = load('@alicloud/pop-core')

const region = { regionId: 'cn-hangzhou' }
const key = { accessKeyId: 'testAccessKeyId', accessKeySecret: 'testAccessKeySecret' }
// biome-ignore lint/suspicious/noExplicitAny: the clients' own types are not of interest here.
type Any = any

const start = (context: TestContext) => startInMemory(context, key)

const configOf = (endpoint: string, more: object = {}) =>
  new $OpenApiUtil.Config({ ...key, endpoint, protocol: 'http', ...region, ...more })

/** Asks until it is so; the controller answers at once and works after that. */
async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (let i = 0; i < 1000; i++) {
    const answer = await ask()
    if (answer) return answer
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(`never: ${what}`)
}

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: Any) => `${error.statusCode ?? ''} ${error.code}`.trim(),
  )

for (const [scheme, more] of [
  ['V3', {}],
  ['V1', { signatureAlgorithm: 'v2' }],
] as const) {
  test(`the tutorial with the official VPC and ECS clients, signature ${scheme}`, async (context) => {
    const { endpoint, plane } = await start(context)
    const v = new Vpc(configOf(endpoint, more))
    const e = new Ecs(configOf(endpoint, more))
    const quotas = new PopCore.RPCClient({ ...key, endpoint: `http://${endpoint}`, apiVersion: '2020-05-10' })

    const noQuota = v.createHaVip(new vpc.CreateHaVipRequest({ ...region, vSwitchId: 'vsw-1' }))
    assert.match(await codeOf(noQuota), /Forbidden.HaVip/)
    const application = await quotas.request(
      'CreateQuotaApplication',
      { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'high availability' },
      { method: 'POST' },
    )
    assert.equal(application.Status, 'Agree')

    const { body: madeVpc } = await v.createVpc(new vpc.CreateVpcRequest({ ...region, cidrBlock: '192.168.0.0/16', vpcName: 'vpc 中文 *' }))
    const { vpcId } = madeVpc
    await until('the VPC is available', async () => {
      const { body } = await v.describeVpcAttribute(new vpc.DescribeVpcAttributeRequest({ ...region, vpcId }))
      assert.equal(body.vpcName, 'vpc 中文 *')
      return body.status === 'Available'
    })
    const zones = await v.describeZones(new vpc.DescribeZonesRequest({ ...region }))
    const { zoneId } = zones.body.zones.zone[0]
    const { body: madeSwitch } = await v.createVSwitch(
      new vpc.CreateVSwitchRequest({ ...region, vpcId, zoneId, cidrBlock: '192.168.0.0/24' }),
    )
    const { vSwitchId } = madeSwitch
    await until('the vSwitch is available', async () => {
      const { body } = await v.describeVSwitchAttributes(new vpc.DescribeVSwitchAttributesRequest({ ...region, vSwitchId }))
      return body.status === 'Available'
    })
    const { body: group } = await e.createSecurityGroup(new ecs.CreateSecurityGroupRequest({ ...region, vpcId, securityGroupName: 'web' }))
    const run = async (address: string, name: string): Promise<string> => {
      const { body } = await e.runInstances(
        new ecs.RunInstancesRequest({
          ...region,
          imageId: 'havip_host_x64',
          instanceType: 'ecs.g7.large',
          vSwitchId,
          securityGroupIds: [group.securityGroupId],
          privateIpAddress: address,
          instanceName: name,
          tag: [new ecs.RunInstancesRequestTag({ key: 'role', value: 'web' })],
        }),
      )
      return body.instanceIdSets.instanceIdSet[0]
    }
    const ecs1 = await run('192.168.0.209', 'ecs-1')
    const ecs2 = await run('192.168.0.210', 'ecs-2')
    const instances: Any[] = await until('both run', async () => {
      const { body } = await e.describeInstances(new ecs.DescribeInstancesRequest({ ...region, instanceIds: JSON.stringify([ecs1, ecs2]) }))
      return body.instances.instance.every((each: Any) => each.status === 'Running') && body.instances.instance
    })
    assert.deepEqual(instances.map((each) => each.vpcAttributes.privateIpAddress.ipAddress[0]).sort(), ['192.168.0.209', '192.168.0.210'])
    assert.equal(instances[0].tags.tag[0].tagKey, 'role')
    assert.equal(instances[0].memory, 8192)

    const { body: made } = await v.createHaVip(
      new vpc.CreateHaVipRequest({ ...region, vSwitchId, ipAddress: '192.168.0.88', name: 'havip' }),
    )
    assert.equal(made.ipAddress, '192.168.0.88')
    const { haVipId } = made
    const describe = async (): Promise<Any> => {
      const filter = [new vpc.DescribeHaVipsRequestFilter({ key: 'HaVipId', value: [haVipId] })]
      const { body } = await v.describeHaVips(new vpc.DescribeHaVipsRequest({ ...region, filter }))
      return body.haVips.haVip[0]
    }
    await until('the HaVip is available', async () => (await describe()).status === 'Available')
    for (const instanceId of [ecs1, ecs2]) {
      await v.associateHaVip(new vpc.AssociateHaVipRequest({ ...region, haVipId, instanceId, instanceType: 'EcsInstance' }))
      await until('it is associated', async () => {
        const havip = await describe()
        return havip.status === 'InUse' && havip.associatedInstances.associatedInstance.includes(instanceId)
      })
    }
    const { body: eip } = await v.allocateEipAddress(new vpc.AllocateEipAddressRequest({ ...region, bandwidth: '5' }))
    const { allocationId } = eip
    await v.associateEipAddress(new vpc.AssociateEipAddressRequest({ ...region, allocationId, instanceId: haVipId, instanceType: 'HaVip' }))
    const describeEip = async (): Promise<Any> => {
      const { body } = await v.describeEipAddresses(new vpc.DescribeEipAddressesRequest({ ...region, allocationId }))
      return body.eipAddresses.eipAddress[0]
    }
    assert.deepEqual([(await describeEip()).instanceId, (await describeEip()).instanceType], [haVipId, 'HaVip'])
    await until('the EIP is in use', async () => (await describeEip()).status === 'InUse')
    assert.deepEqual((await describe()).associatedEipAddresses.associatedEipAddresse, [eip.eipAddress])

    const { body: ports } = await e.describeNetworkInterfaces(new ecs.DescribeNetworkInterfacesRequest({ ...region, instanceId: ecs2 }))
    const [port] = ports.networkInterfaceSets.networkInterfaceSet
    plane.announce(haVipId as HavipId, port.networkInterfaceId as NetworkInterfaceId)
    await until('the owner is seen', async () => (await describe()).masterInstanceId === ecs2)
    assert.match(
      await codeOf(v.unassociateHaVip(new vpc.UnassociateHaVipRequest({ ...region, haVipId, instanceId: ecs2 }))),
      /Forbidden.UnassociateMaster/,
    )

    await v.unassociateEipAddress(
      new vpc.UnassociateEipAddressRequest({ ...region, allocationId, instanceId: haVipId, instanceType: 'HaVip' }),
    )
    await until('the EIP is free', async () => (await describeEip()).status === 'Available')
    await v.releaseEipAddress(new vpc.ReleaseEipAddressRequest({ ...region, allocationId }))
    await until('the EIP is gone', async () => (await describeEip()) === undefined)
    for (const instanceId of [ecs1, ecs2]) {
      await v.unassociateHaVip(new vpc.UnassociateHaVipRequest({ ...region, haVipId, instanceId, force: 'True' }))
      await until('it is unassociated', async () => (await describe()).status !== 'Unassociating')
    }
    await v.deleteHaVip(new vpc.DeleteHaVipRequest({ ...region, haVipId }))
    await until('the HaVip is gone', async () => (await describe()) === undefined)
    await e.deleteInstances(new ecs.DeleteInstancesRequest({ ...region, instanceId: [ecs1, ecs2], force: true }))
    await until('the instances are gone', async () => {
      const { body } = await e.describeInstanceStatus(new ecs.DescribeInstanceStatusRequest({ ...region }))
      return body.instanceStatuses.instanceStatus.length === 0
    })
    await e.deleteSecurityGroup(new ecs.DeleteSecurityGroupRequest({ ...region, securityGroupId: group.securityGroupId }))
    await v.deleteVSwitch(new vpc.DeleteVSwitchRequest({ ...region, vSwitchId }))
    await until(
      'the vSwitch is gone',
      async () =>
        (await codeOf(v.describeVSwitchAttributes(new vpc.DescribeVSwitchAttributesRequest({ ...region, vSwitchId })))) !== 'no error',
    )
    await v.deleteVpc(new vpc.DeleteVpcRequest({ ...region, vpcId }))
    await until('nothing is left in the plane', async () => plane.index.state().networks.length === 0)
  })
}

test('pop-core drives it by GET and by POST, and reads the error’s code', async (context) => {
  const { endpoint } = await start(context)
  const client = new PopCore.RPCClient({ ...key, endpoint: `http://${endpoint}`, apiVersion: '2016-04-28' })
  for (const method of ['GET', 'POST']) {
    const { Regions } = await client.request('DescribeRegions', {}, { method })
    assert.equal(Regions.Region[0].RegionId, 'cn-hangzhou')
    assert.equal(
      await codeOf(client.request('DescribeVpcAttribute', { RegionId: 'cn-hangzhou', VpcId: 'vpc-x' }, { method })),
      'InvalidVpcId.NotFound',
    )
  }
})
test('a wrong secret and an unknown key are refused', async (context) => {
  const { endpoint, lines } = await start(context)
  for (const scheme of [{}, { signatureAlgorithm: 'v2' }]) {
    const forged = new Vpc(configOf(endpoint, { ...scheme, accessKeySecret: 'guessed' }))
    assert.match(await codeOf(forged.describeRegions(new vpc.DescribeRegionsRequest({}))), /SignatureDoesNotMatch/)
    const unknown = new Vpc(configOf(endpoint, { ...scheme, accessKeyId: 'nobody' }))
    assert.match(await codeOf(unknown.describeRegions(new vpc.DescribeRegionsRequest({}))), /InvalidAccessKeyId.NotFound/)
  }
  assert.ok(lines.every((line) => !line.endsWith(' OK')))
})
test('a temporary token that the key does not have is refused', async (context) => {
  const { endpoint } = await start(context)
  const client = new Vpc(configOf(endpoint, { securityToken: 'made/up+==' }))
  assert.match(await codeOf(client.describeRegions(new vpc.DescribeRegionsRequest({}))), /InvalidSecurityToken.MismatchWithAccessKey/)
})
test('user data of 32 KB fits into a query', async (context) => {
  const { endpoint } = await start(context)
  const client = new Ecs(configOf(endpoint))
  const userData = Buffer.alloc(32_000, '#!/bin/sh\necho +/=\n').toString('base64')
  const call = client.runInstances(
    new ecs.RunInstancesRequest({ ...region, imageId: 'x', instanceType: 'y', vSwitchId: 'vsw-1', userData }),
  )
  assert.match(await codeOf(call), /InvalidImageId.NotFound|InvalidInstanceType.ValueNotSupported|InvalidVSwitchId.NotFound/)
})
test('health is readable without a key, other paths answer in the API’s own form', async (context) => {
  const { endpoint, plane } = await start(context)
  const health = await fetch(`http://${endpoint}/healthz`)
  assert.deepEqual([health.status, ((await health.json()) as Any).status], [200, 'ok'])
  const elsewhere = await fetch(`http://${endpoint}/vpc`)
  assert.deepEqual([elsewhere.status, ((await elsewhere.json()) as Any).Code], [404, 'InvalidApi.NotFound'])
  plane.isDown = true
  assert.equal((await fetch(`http://${endpoint}/healthz`)).status, 200)
})
test('a body without end is cut off with an answer', async (context) => {
  const { endpoint } = await start(context)
  const response = await fetch(`http://${endpoint}/`, {
    method: 'POST',
    body: 'x'.repeat(300_000),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.deepEqual([response.status, ((await response.json()) as Any).Code], [413, 'InvalidParameter'])
})

test('a network interface through its life with the official clients, with a HaVip and an EIP bound to it', async (context) => {
  const { endpoint, plane, store } = await start(context)
  const v = new Vpc(configOf(endpoint))
  const e = new Ecs(configOf(endpoint))
  const quotas = new PopCore.RPCClient({ ...key, endpoint: `http://${endpoint}`, apiVersion: '2020-05-10' })
  const application = { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'test' }
  await quotas.request('CreateQuotaApplication', application, { method: 'POST' })
  const { vpcId } = (await v.createVpc(new vpc.CreateVpcRequest({ ...region, cidrBlock: '192.168.0.0/16' }))).body
  await until('the VPC is available', async () => {
    const { body } = await v.describeVpcAttribute(new vpc.DescribeVpcAttributeRequest({ ...region, vpcId }))
    return body.status === 'Available'
  })
  const inSwitch = { ...region, vpcId, zoneId: 'cn-hangzhou-b', cidrBlock: '192.168.0.0/24' }
  const { vSwitchId } = (await v.createVSwitch(new vpc.CreateVSwitchRequest(inSwitch))).body
  await until('the vSwitch is available', async () => {
    const { body } = await v.describeVSwitchAttributes(new vpc.DescribeVSwitchAttributesRequest({ ...region, vSwitchId }))
    return body.status === 'Available'
  })
  const launch = { ...region, imageId: 'havip_host_x64', instanceType: 'ecs.g7.large', vSwitchId }
  const { body: run } = await e.runInstances(new ecs.RunInstancesRequest(launch))
  const [instanceId] = run.instanceIdSets.instanceIdSet
  await until('it runs', async () => {
    const { body } = await e.describeInstances(new ecs.DescribeInstancesRequest({ ...region, instanceIds: JSON.stringify([instanceId]) }))
    return body.instances.instance[0]?.status === 'Running'
  })

  const { body: eni } = await e.createNetworkInterface(
    new ecs.CreateNetworkInterfaceRequest({
      ...region,
      vSwitchId,
      networkInterfaceName: 'second',
      primaryIpAddress: '192.168.0.50',
      tag: [new ecs.CreateNetworkInterfaceRequestTag({ key: 'role', value: 'web' })],
    }),
  )
  const { networkInterfaceId } = eni
  assert.deepEqual([eni.status, eni.privateIpAddress, eni.type], ['Available', '192.168.0.50', 'Secondary'])
  const describe = async (): Promise<Any> => {
    const asked = new ecs.DescribeNetworkInterfacesRequest({ ...region, networkInterfaceId: [networkInterfaceId] })
    return (await e.describeNetworkInterfaces(asked)).body.networkInterfaceSets.networkInterfaceSet[0]
  }
  const both = { ...region, networkInterfaceId, instanceId }
  await e.attachNetworkInterface(new ecs.AttachNetworkInterfaceRequest(both))
  const attached = await until('it is in use', async () => {
    const row = await describe()
    return row.status === 'InUse' && row
  })
  assert.deepEqual([attached.instanceId, attached.attachment.deviceIndex, attached.tags.tag[0].tagKey], [instanceId, 1, 'role'])
  assert.equal(plane.index.ports.get(networkInterfaceId)?.device, 1)

  const { body: havip } = await v.createHaVip(new vpc.CreateHaVipRequest({ ...region, vSwitchId }))
  const haVipOf = async (): Promise<Any> => {
    const filter = [new vpc.DescribeHaVipsRequestFilter({ key: 'HaVipId', value: [havip.haVipId] })]
    return (await v.describeHaVips(new vpc.DescribeHaVipsRequest({ ...region, filter }))).body.haVips.haVip[0]
  }
  await until('the HaVip is available', async () => (await haVipOf()).status === 'Available')
  const binding = { ...region, haVipId: havip.haVipId, instanceId: networkInterfaceId, instanceType: 'NetworkInterface' }
  await v.associateHaVip(new vpc.AssociateHaVipRequest(binding))
  await until('the HaVip is in use', async () => (await haVipOf()).status === 'InUse')
  const bound = await haVipOf()
  assert.deepEqual([bound.associatedInstanceType, bound.associatedInstances.associatedInstance], ['NetworkInterface', [networkInterfaceId]])
  const { allocationId } = (await v.allocateEipAddress(new vpc.AllocateEipAddressRequest(region))).body
  const target = { ...region, allocationId, instanceId: networkInterfaceId, instanceType: 'NetworkInterface' }
  await v.associateEipAddress(new vpc.AssociateEipAddressRequest(target))
  const eipOf = async (): Promise<Any> =>
    (await v.describeEipAddresses(new vpc.DescribeEipAddressesRequest({ ...region, allocationId }))).body.eipAddresses.eipAddress[0]
  await until('the EIP is in use', async () => (await eipOf()).status === 'InUse')
  assert.deepEqual([(await eipOf()).privateIpAddress, (await eipOf()).instanceType], ['192.168.0.50', 'NetworkInterface'])

  // What is in use is not deleted; then everything goes the way it came, and nothing is left.
  const remove = () => e.deleteNetworkInterface(new ecs.DeleteNetworkInterfaceRequest({ ...region, networkInterfaceId }))
  assert.match(await codeOf(remove()), /InvalidOperation.InvalidEniState/)
  await v.unassociateEipAddress(new vpc.UnassociateEipAddressRequest(target))
  await until('the EIP is free', async () => (await eipOf()).status === 'Available')
  await v.releaseEipAddress(new vpc.ReleaseEipAddressRequest({ ...region, allocationId }))
  await v.unassociateHaVip(new vpc.UnassociateHaVipRequest({ ...binding, force: 'True' }))
  await until('the HaVip is free', async () => (await haVipOf()).status === 'Available')
  await v.deleteHaVip(new vpc.DeleteHaVipRequest({ ...region, haVipId: havip.haVipId }))
  await e.detachNetworkInterface(new ecs.DetachNetworkInterfaceRequest(both))
  await until('it is detached', async () => (await describe()).status === 'Available')
  await remove()
  await until('it is gone', async () => (await describe()) === undefined)
  await e.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId, force: true }))
  await until('the plane holds nothing of it', async () => plane.index.ports.size === 0 && plane.index.havips.size === 0)
  await until('and the store neither', async () => (await store.read((tx) => tx.countAddresses([vSwitchId]))).get(vSwitchId) === 0)
})

test('after many lives of everything, the plane and the addresses are what they were', async (context) => {
  const { endpoint, plane, store } = await start(context)
  const quotas = new PopCore.RPCClient({ ...key, endpoint: `http://${endpoint}`, apiVersion: '2020-05-10' })
  const application = { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'test' }
  await quotas.request('CreateQuotaApplication', application, { method: 'POST' })
  const client = new PopCore.RPCClient({ ...key, endpoint: `http://${endpoint}`, apiVersion: '2016-04-28' })
  const call = (action: string, fields: object): Promise<Any> =>
    client.request(action, { RegionId: 'cn-hangzhou', ...fields }, { method: 'POST' })
  /** Statuses move on by themselves: what is not possible yet is asked again. */
  const soon = (action: string, fields: object) => until(action, () => call(action, fields).catch(() => undefined))
  const before = JSON.stringify(plane.index.state())
  for (let cycle = 0; cycle < Number(process.env.CYCLES ?? 10); cycle++) {
    const { VpcId } = await call('CreateVpc', { CidrBlock: '10.0.0.0/16' })
    const { VSwitchId } = await soon('CreateVSwitch', { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '10.0.0.0/24' })
    const { HaVipId } = await soon('CreateHaVip', { VSwitchId })
    const { AllocationId } = await call('AllocateEipAddress', {})
    await soon('AssociateEipAddress', { AllocationId, InstanceId: HaVipId, InstanceType: 'HaVip' })
    await soon('UnassociateEipAddress', { AllocationId })
    await soon('ReleaseEipAddress', { AllocationId })
    await soon('DeleteHaVip', { HaVipId })
    await soon('DeleteVSwitch', { VSwitchId })
    await soon('DeleteVpc', { VpcId })
    await until('all is gone', async () => JSON.stringify(plane.index.state()) === before)
    const addresses = await store.read((tx) => tx.countAddresses([VSwitchId, 'eip-pool']))
    assert.deepEqual([...addresses.values()], [0, 0])
  }
})

test('the official client finds types, disks and runs of commands by condition, and ends deletion protection', async (context) => {
  const { endpoint } = await start(context)
  const v = new Vpc(configOf(endpoint))
  const e = new Ecs(configOf(endpoint))
  const wanted = { minimumCpuCoreCount: 2, maximumCpuCoreCount: 2, minimumMemorySize: 7.5, cpuArchitecture: 'X86', maxResults: 10 }
  const { body: types } = await e.describeInstanceTypes(new ecs.DescribeInstanceTypesRequest(wanted))
  const [instanceType, ...others] = types.instanceTypes.instanceType.map((type: Any) => type.instanceTypeId)
  assert.deepEqual([instanceType, others, types.nextToken], ['ecs.g7.large', [], ''])
  const { body: images } = await e.describeImages(new ecs.DescribeImagesRequest({ ...region, instanceType, usage: 'instance' }))
  const [{ imageId }] = images.images.image
  const { vpcId } = (await v.createVpc(new vpc.CreateVpcRequest({ ...region, cidrBlock: '10.0.0.0/16' }))).body
  const inSwitch = new vpc.CreateVSwitchRequest({ ...region, vpcId, zoneId: 'cn-hangzhou-b', cidrBlock: '10.0.0.0/24' })
  const vSwitchId = await until('a vSwitch', () =>
    v.createVSwitch(inSwitch).then(
      ({ body }: Any) => body.vSwitchId,
      () => undefined,
    ),
  )
  const launch = new ecs.RunInstancesRequest({ ...region, imageId, instanceType, vSwitchId, deletionProtection: true })
  const instanceId = await until('an instance', () =>
    e.runInstances(launch).then(
      ({ body }: Any) => body.instanceIdSets.instanceIdSet[0],
      () => undefined,
    ),
  )
  const command = new ecs.RunCommandRequest({ ...region, type: 'RunShellScript', commandContent: 'true', instanceId: [instanceId] })
  const invokeId = await until('the command is taken', () =>
    e.runCommand(command).then(
      ({ body }: Any) => body.invokeId,
      () => undefined,
    ),
  )
  const finished = new ecs.DescribeInvocationResultsRequest({ ...region, invokeId, invokeRecordStatus: 'Finished' })
  const result = await until('it is finished', async () => {
    const { body } = await e.describeInvocationResults(finished)
    return body.invocation.invocationResults.invocationResult[0]
  })
  assert.deepEqual([result.instanceId, result.invocationStatus, result.exitCode], [instanceId, 'Success', 0])
  const { body: invocations } = await e.describeInvocations(new ecs.DescribeInvocationsRequest({ ...region, invokeStatus: 'Finished' }))
  assert.deepEqual(
    invocations.invocations.invocation.map((one: Any) => one.invokeId),
    [invokeId],
  )
  const disksOf = async (more: object): Promise<Any[]> =>
    (await e.describeDisks(new ecs.DescribeDisksRequest({ ...region, ...more }))).body.disks.disk
  const [disk] = await disksOf({ instanceId })
  assert.deepEqual((await disksOf({ diskIds: JSON.stringify([disk.diskId]) }))[0].attachments.attachment[0].instanceId, instanceId)

  const remove = () => e.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId, force: true }))
  assert.equal(await codeOf(remove()), '403 InvalidOperation.DeletionProtection')
  await e.modifyInstanceAttribute(new ecs.ModifyInstanceAttributeRequest({ instanceId, deletionProtection: false }))
  await remove()
})

test('the official client makes instances with disks and host names of its choice', async (context) => {
  const { endpoint } = await start(context)
  const v = new Vpc(configOf(endpoint))
  const e = new Ecs(configOf(endpoint))
  const { vpcId } = (await v.createVpc(new vpc.CreateVpcRequest({ ...region, cidrBlock: '10.0.0.0/16' }))).body
  const inSwitch = new vpc.CreateVSwitchRequest({ ...region, vpcId, zoneId: 'cn-hangzhou-b', cidrBlock: '10.0.0.0/24' })
  const vSwitchId = await until('a vSwitch', () =>
    v.createVSwitch(inSwitch).then(
      ({ body }: Any) => body.vSwitchId,
      () => undefined,
    ),
  )
  const usual = { ...region, imageId: 'havip_host_x64', instanceType: 'ecs.g7.large', vSwitchId }
  const run = (more: object) => e.runInstances(new ecs.RunInstancesRequest({ ...usual, ...more }))
  const systemDisk = { category: 'cloud_essd', size: '80', diskName: 'root', performanceLevel: 'PL1', encrypted: 'false' }
  const asked = {
    amount: 2,
    hostNames: ['node-a', 'node-b'],
    instanceChargeType: 'PostPaid',
    internetChargeType: 'PayByTraffic',
    internetMaxBandwidthOut: 0,
    systemDisk: new ecs.RunInstancesRequestSystemDisk(systemDisk),
  }
  const ids: string[] = await until('instances', () =>
    run(asked).then(
      ({ body }: Any) => body.instanceIdSets.instanceIdSet,
      () => undefined,
    ),
  )
  const { body } = await e.describeInstances(new ecs.DescribeInstancesRequest({ ...region, instanceIds: JSON.stringify(ids) }))
  assert.deepEqual(
    body.instances.instance.map((one: Any) => one.hostName),
    ['node-a', 'node-b'],
  )
  const found = await e.describeDisks(new ecs.DescribeDisksRequest({ ...region, diskName: 'root' }))
  assert.deepEqual(
    found.body.disks.disk.map((one: Any) => [one.instanceId, one.category, one.size, one.performanceLevel]),
    ids.map((id) => [id, 'cloud_essd', 80, 'PL1']),
  )
  assert.equal(await codeOf(run({ internetMaxBandwidthOut: 5 })), '400 UnsupportedParameter')
  assert.equal(await codeOf(run({ dataDisk: [new ecs.RunInstancesRequestDataDisk({ size: 20 })] })), '400 UnsupportedParameter')
  assert.equal(await codeOf(run({ ramRoleName: 'mine' })), '404 InvalidRamRole.NotFound')
})
