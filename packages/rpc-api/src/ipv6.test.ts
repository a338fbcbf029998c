// IPv6 through the API: a VPC's block, its vSwitches' parts, addresses of instances, HaVips; and what the data plane is told of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type World } from '../test/world.ts'

const launch = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large' }

type Network = { readonly world: World; readonly VpcId: string; readonly VSwitchId: string; readonly block: string; readonly part: string }

async function network(): Promise<Network> {
  const world = createWorld()
  const { VpcId } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16', EnableIpv6: 'true' })
  await world.settle()
  const { VSwitchId } = await world.ask('vpc', 'CreateVSwitch', {
    ...{ VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.0.0/24', Ipv6CidrBlock: '1' },
  })
  await world.settle()
  await world.ask('quotas', 'CreateQuotaApplication', {
    ...{
      ProductCode: 'vpc',
      QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist',
      DesireValue: '1',
      Reason: 'IPv6',
      QuotaCategory: 'WhiteListLabel',
    },
  })
  const block = (await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })).Ipv6CidrBlock as string
  const part = (await world.ask('vpc', 'DescribeVSwitchAttributes', { VSwitchId })).Ipv6CidrBlock as string
  return { world, VpcId, VSwitchId, block, part }
}
const prefixOf = (part: string): string => part.replace('::/64', '')

test('a VPC gets a /56 and a vSwitch the /64 that it asks for, and both are seen, filtered and built', async () => {
  const { world, VpcId, VSwitchId, block, part } = await network()
  assert.match(block, /^fd[0-9a-f:]+::\/56$/)
  assert.match(part, /01::\/64$/)
  const vpc = await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })
  assert.deepEqual([vpc.EnabledIpv6, vpc.Status], [true, 'Available'])
  assert.deepEqual(vpc.Ipv6CidrBlocks, { Ipv6CidrBlock: [{ Ipv6CidrBlock: block, Ipv6Isp: 'BGP' }] })
  const count = async (action: string, EnableIpv6: boolean) =>
    (await world.ask('vpc', action, { EnableIpv6: String(EnableIpv6) })).TotalCount
  for (const action of ['DescribeVpcs', 'DescribeVSwitches']) {
    assert.deepEqual([await count(action, true), await count(action, false)], [1, 0], action)
  }
  const [plane] = [...world.plane.index.switches.values()]
  assert.equal(plane?.vswitch, VSwitchId)
  assert.equal(`${plane?.cidr6?.address}/${plane?.cidr6?.prefix}`, part)
  assert.equal(plane?.gateway6, `${prefixOf(part)}:ffff:ffff:ffff:fffd`)
})

test('what is wrong about a block is said', async () => {
  const { world, VpcId, VSwitchId } = await network()
  const create = (fields: object) => world.ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16', ...fields })
  assert.equal((await create({ EnableIpv6: 'true', Ipv6CidrBlock: 'fe80::/56' })).Code, 'InvalidParameter')
  assert.equal((await create({ EnableIpv6: 'true', Ipv6CidrBlock: '2408:4005:0:a00::/56' })).status, 200)
  assert.equal((await create({ Ipv6Isp: 'ChinaMobile' })).Code, 'UnsupportedParameter')
  const add = (Ipv6CidrBlock: string) =>
    world.ask('vpc', 'CreateVSwitch', { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.9.0/24', Ipv6CidrBlock })
  assert.equal((await add('1')).Code, 'InvalidCidrBlock.Overlapped')
  assert.equal((await add('256')).Code, 'InvalidParameter')
  // Neither is turned off while it is used.
  assert.equal((await world.ask('vpc', 'ModifyVpcAttribute', { VpcId, EnableIPv6: 'false' })).Code, 'DependencyViolation')
  await world.ask('ecs', 'RunInstances', { ...launch, VSwitchId, Ipv6AddressCount: '1' })
  assert.equal((await world.ask('vpc', 'ModifyVSwitchAttribute', { VSwitchId, EnableIPv6: 'false' })).Code, 'DependencyViolation')
})

test('IPv6 is turned on and off later', async () => {
  const { world, VpcId, VSwitchId } = await network()
  const modify = (action: string, fields: Readonly<Record<string, string>>) => world.ask('vpc', action, fields)
  const isOn = async () => {
    await world.settle()
    const vpc = await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })
    const vswitch = await world.ask('vpc', 'DescribeVSwitchAttributes', { VSwitchId })
    assert.deepEqual([vpc.Status, vswitch.Status], ['Available', 'Available'])
    const [plane] = [...world.plane.index.switches.values()]
    assert.equal(plane?.cidr6 !== undefined, vswitch.EnabledIpv6)
    return [vpc.EnabledIpv6, vswitch.EnabledIpv6]
  }
  assert.equal((await modify('ModifyVSwitchAttribute', { VSwitchId, EnableIPv6: 'false' })).status, 200)
  assert.deepEqual(await isOn(), [true, false])
  assert.equal((await modify('ModifyVpcAttribute', { VpcId, EnableIPv6: 'false' })).status, 200)
  assert.deepEqual(await isOn(), [false, false])
  assert.equal((await modify('ModifyVSwitchAttribute', { VSwitchId, EnableIPv6: 'true' })).Code, 'InvalidParameter')
  await modify('ModifyVpcAttribute', { VpcId, Ipv6CidrBlock: 'fd00:1:2:300::/56' })
  await isOn()
  await modify('ModifyVSwitchAttribute', { VSwitchId, EnableIPv6: 'true' })
  assert.deepEqual(await isOn(), [true, true])
  assert.equal((await world.ask('vpc', 'DescribeVSwitchAttributes', { VSwitchId })).Ipv6CidrBlock, 'fd00:1:2:300::/64')
})

test('instances and network interfaces have an address of IPv6: picked, named, given and taken while they run', async () => {
  const { world, VSwitchId, part } = await network()
  const { InstanceIdSets } = await world.ask('ecs', 'RunInstances', { ...launch, VSwitchId, Amount: '2', Ipv6AddressCount: '1' })
  const [first, second] = InstanceIdSets.InstanceIdSet as [string, string]
  await world.settle()
  const interfaceOf = async (InstanceId: string) => {
    const { NetworkInterfaceSets } = await world.ask('ecs', 'DescribeNetworkInterfaces', { InstanceId })
    return NetworkInterfaceSets.NetworkInterfaceSet[0]
  }
  const addressOf = async (id: string) => (await interfaceOf(id)).Ipv6Sets.Ipv6Set[0]?.Ipv6Address
  assert.deepEqual([await addressOf(first), await addressOf(second)], [`${prefixOf(part)}::1`, `${prefixOf(part)}::2`])
  const [shown] = (await world.ask('ecs', 'DescribeInstances', { InstanceIds: JSON.stringify([first]) })).Instances.Instance
  assert.deepEqual(shown.NetworkInterfaces.NetworkInterface[0].Ipv6Sets, { Ipv6Set: [{ Ipv6Address: `${prefixOf(part)}::1` }] })

  const NetworkInterfaceId = (await interfaceOf(first)).NetworkInterfaceId
  const change = (action: string, fields: object) => world.ask('ecs', action, { NetworkInterfaceId, ...fields })
  assert.equal((await change('AssignIpv6Addresses', { Ipv6AddressCount: '1' })).Code, 'InvalidOperation.Ipv6CountExceeded')
  assert.equal((await change('UnassignIpv6Addresses', { 'Ipv6Address.1': 'fd00::9' })).Code, 'InvalidIp.NotAssigned')
  assert.equal((await change('UnassignIpv6Addresses', { 'Ipv6Address.1': `${prefixOf(part)}::1` })).status, 200)
  assert.equal(await addressOf(first), undefined)
  assert.equal(
    (await change('AssignIpv6Addresses', { 'Ipv6Address.1': `${prefixOf(part)}::2` })).Code,
    'InvalidPrivateIpAddress.Duplicated',
  )
  const assigned = await change('AssignIpv6Addresses', { 'Ipv6Address.1': `${prefixOf(part)}::abc` })
  assert.deepEqual(assigned.Ipv6Sets, { Ipv6Address: [`${prefixOf(part)}::abc`] })
  await world.settle()
  const port = [...world.plane.index.ports.values()].find((one) => one.port === NetworkInterfaceId)
  assert.equal(port?.address6, `${prefixOf(part)}::abc`)
  assert.equal((await change('AssignIpv6Addresses', {})).Code, 'MissingParameter')

  // The address of a deleted one is free again.
  await world.ask('ecs', 'DeleteInstance', { InstanceId: second, Force: 'true' })
  await world.settle()
  await world.settle()
  const eni = await world.ask('ecs', 'CreateNetworkInterface', { VSwitchId, 'Ipv6Address.1': `${prefixOf(part)}::2` })
  assert.deepEqual(eni.Ipv6Sets, { Ipv6Set: [{ Ipv6Address: `${prefixOf(part)}::2` }] })
})

test('frames that were refused are told for every network interface', async () => {
  const { world, VSwitchId } = await network()
  const made = await world.ask('ecs', 'RunInstances', { ...launch, VSwitchId, 'NetworkInterface.1.InstanceType': 'Secondary' })
  const [InstanceId] = made.InstanceIdSets.InstanceIdSet as [string]
  await world.settle()
  await world.settle()
  const { Ports, TotalCount } = await world.ask('havip', 'DescribePortDrops', { 'InstanceId.1': InstanceId })
  const ports = Ports as { InstanceId: string; DeviceIndex: number; Reported: boolean; SpoofedNd: number; SpoofedIpv6: number }[]
  assert.deepEqual([TotalCount, ports.length], [1, 2])
  assert.deepEqual(
    ports.map((port) => [port.InstanceId, port.DeviceIndex, port.Reported, port.SpoofedNd, port.SpoofedIpv6]),
    [0, 1].map((device) => [InstanceId, device, true, 6, 5]),
  )
})

test('a HaVip has an address of IPv6: picked, named, bound, seen, and never with an EIP', async () => {
  const { world, VSwitchId, part } = await network()
  const create = (fields: object) => world.ask('vpc', 'CreateHaVip', { VSwitchId, ...fields })
  const named = await create({ IpAddress: `${prefixOf(part).toUpperCase()}:0:0:0:88` })
  assert.equal(named.IpAddress, `${prefixOf(part)}::88`)
  const picked = await create({ IpVersion: 'IPV6' })
  assert.equal(picked.IpAddress, `${prefixOf(part)}::1`)
  assert.equal((await create({ IpVersion: 'IPV4' })).IpAddress, '192.168.0.1')
  assert.equal((await create({ IpAddress: `${prefixOf(part)}::88` })).Code, 'InvalidIPAddress.AlreadyUsed')
  assert.equal((await create({ IpVersion: 'IPV4', IpAddress: `${prefixOf(part)}::89` })).Code, 'InvalidIPAddress.Malformed')
  assert.equal((await create({ IpAddress: 'fd99::1' })).Code, 'InvalidIPAddress.OutOfRange')
  assert.equal((await create({ IpAddress: `${prefixOf(part)}:ffff:ffff:ffff:fffd` })).Code, 'InvalidIPAddress.NotAvailable')
  assert.equal((await create({ IpVersion: 'IPV5' })).Code, 'InvalidParameter')
  await world.settle()

  const { InstanceIdSets } = await world.ask('ecs', 'RunInstances', { ...launch, VSwitchId })
  await world.settle()
  const [InstanceId] = InstanceIdSets.InstanceIdSet as [string]
  assert.equal((await world.ask('vpc', 'AssociateHaVip', { HaVipId: named.HaVipId, InstanceId })).status, 200)
  await world.settle()
  const shown = await world.ask('vpc', 'DescribeHaVips', {
    ...{ 'Filter.1.Key': 'HaVipAddress', 'Filter.1.Value.1': `${prefixOf(part)}::88` },
  })
  const [havip] = shown.HaVips.HaVip
  assert.deepEqual([havip.Status, havip.IpAddress, havip.IpVersion], ['InUse', `${prefixOf(part)}::88`, 'IPV6'])
  assert.deepEqual([...world.plane.index.ports.values()][0]?.havips, [`${prefixOf(part)}::88`])

  const eip = await world.ask('vpc', 'AllocateEipAddress')
  const refused = await world.ask('vpc', 'AssociateEipAddress', {
    ...{ AllocationId: eip.AllocationId, InstanceId: named.HaVipId, InstanceType: 'HaVip' },
  })
  assert.deepEqual([refused.status, refused.Code], [400, 'OperationDenied.Ipv6HaVip'])
  assert.match(refused.Message, /EIPs are IPv4/)
})

test('a vSwitch without IPv6 has no address of it to give', async () => {
  const { world, VpcId } = await network()
  const plain = { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.7.0/24' }
  const { VSwitchId } = await world.ask('vpc', 'CreateVSwitch', plain)
  await world.settle()
  for (const fields of [{ IpVersion: 'IPV6' }, { IpAddress: 'fd00::1' }])
    assert.equal((await world.ask('vpc', 'CreateHaVip', { VSwitchId, ...fields })).Code, 'InvalidVSwitch.Ipv6NotTurnOn')
  const launched = await world.ask('ecs', 'RunInstances', { ...launch, VSwitchId, Ipv6AddressCount: '1' })
  assert.equal(launched.Code, 'InvalidVSwitch.Ipv6NotTurnOn')
})
