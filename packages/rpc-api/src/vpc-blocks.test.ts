// Secondary ranges of a VPC, and the default VPC and vSwitches of a region.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type World } from '../test/world.ts'

async function network(): Promise<{ readonly world: World; readonly VpcId: string }> {
  const world = createWorld()
  const { VpcId } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16' })
  await world.settle()
  return { world, VpcId }
}
const zone = { ZoneId: 'cn-hangzhou-b' }

test('a VPC gets secondary ranges, vSwitches in them, and loses those that nothing uses', async () => {
  const { world, VpcId } = await network()
  const change = async (action: string, SecondaryCidrBlock: string) => {
    const answer = await world.ask('vpc', action, { VpcId, SecondaryCidrBlock })
    return answer.status === 200 ? 'OK' : answer.Code
  }
  const blocks = async () => (await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })).SecondaryCidrBlocks.SecondaryCidrBlock
  assert.equal(await change('AssociateVpcCidrBlock', '10.8.0.0/16'), 'OK')
  assert.deepEqual(await blocks(), ['10.8.0.0/16'])
  assert.equal(await change('AssociateVpcCidrBlock', '192.168.4.0/24'), 'InvalidCidrBlock.Overlapped')
  assert.equal(await change('AssociateVpcCidrBlock', '10.8.1.0/24'), 'InvalidCidrBlock.Overlapped')
  assert.equal(await change('AssociateVpcCidrBlock', '10.0.0.0/8'), 'InvalidParameter')
  assert.equal(await change('AssociateVpcCidrBlock', '127.0.0.0/16'), 'InvalidParameter')
  for (const second of [9, 10, 11, 12]) assert.equal(await change('AssociateVpcCidrBlock', `10.${second}.0.0/16`), 'OK')
  assert.equal(await change('AssociateVpcCidrBlock', '10.13.0.0/16'), 'QuotaExceeded.SecondaryCidrBlock')

  const made = await world.ask('vpc', 'CreateVSwitch', { VpcId, ...zone, CidrBlock: '10.8.5.0/24' })
  assert.equal(made.status, 200)
  assert.equal((await world.ask('vpc', 'CreateVSwitch', { VpcId, ...zone, CidrBlock: '10.20.0.0/24' })).Code, 'InvalidParameter')
  assert.equal(await change('UnassociateVpcCidrBlock', '10.8.0.0/16'), 'DependencyViolation.VSwitch')
  assert.equal(await change('UnassociateVpcCidrBlock', '10.99.0.0/16'), 'InvalidParameter')
  assert.equal(await change('UnassociateVpcCidrBlock', '10.9.0.0/16'), 'OK')
  assert.equal((await blocks()).length, 4)
  // Its own range changes without regard to what is elsewhere, and never over that.
  assert.equal((await world.ask('vpc', 'ModifyVpcAttribute', { VpcId, CidrBlock: '192.168.0.0/20' })).status, 200)
  await world.settle()
  assert.equal((await world.ask('vpc', 'ModifyVpcAttribute', { VpcId, CidrBlock: '10.0.0.0/8' })).Code, 'InvalidCidrBlock.Overlapped')
})

test('IPv6 comes and goes as a range, too', async () => {
  const { world, VpcId } = await network()
  const ask = async (action: string, fields: Readonly<Record<string, string>>) => {
    const answer = await world.ask('vpc', action, { VpcId, ...fields })
    await world.settle()
    return answer.status === 200 ? 'OK' : answer.Code
  }
  const isOn = async () => (await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })).EnabledIpv6
  assert.equal(await ask('AssociateVpcCidrBlock', {}), 'MissingParameter')
  assert.equal(
    await ask('AssociateVpcCidrBlock', { SecondaryCidrBlock: '10.8.0.0/16', IPv6CidrBlock: 'fd00::/56' }),
    'UnsupportedParameter',
  )
  assert.equal(await ask('UnassociateVpcCidrBlock', { IPv6CidrBlock: 'fd00::/56' }), 'InvalidParameter')
  assert.equal(await ask('AssociateVpcCidrBlock', { IPv6CidrBlock: 'fd00::/56' }), 'OK')
  assert.equal(await isOn(), true)
  assert.equal(await ask('AssociateVpcCidrBlock', { IPv6CidrBlock: 'fd01::/56' }), 'InvalidParameter')
  assert.equal(await ask('UnassociateVpcCidrBlock', { IPv6CidrBlock: 'fd00::/56' }), 'OK')
  assert.equal(await isOn(), false)
  assert.equal(await ask('AssociateVpcCidrBlock', { IpVersion: 'IPV6' }), 'OK')
  assert.equal(await isOn(), true)
})

test('a region has one default VPC, and each zone of it one default vSwitch', async () => {
  const { world, VpcId: other } = await network()
  assert.equal((await world.ask('vpc', 'CreateDefaultVSwitch', zone)).Code, 'InvalidDefaultVpc.NotFound')
  const made = await world.ask('vpc', 'CreateDefaultVpc')
  assert.deepEqual(Object.keys(made).sort(), ['RequestId', 'RouteTableId', 'VRouterId', 'VpcId', 'status'])
  await world.settle()
  assert.equal((await world.ask('vpc', 'CreateDefaultVpc')).Code, 'OperationDenied.DefaultVpcExists')
  const vpc = await world.ask('vpc', 'DescribeVpcAttribute', { VpcId: made.VpcId })
  assert.deepEqual([vpc.IsDefault, vpc.CidrBlock], [true, '172.16.0.0/12'])
  assert.equal((await world.ask('vpc', 'ModifyVpcAttribute', { VpcId: made.VpcId, CidrBlock: '172.16.0.0/16' })).Code, 'InvalidParameter')
  const ids = async (IsDefault: string) =>
    ((await world.ask('vpc', 'DescribeVpcs', { IsDefault })).Vpcs.Vpc as { VpcId: string }[]).map(({ VpcId }) => VpcId)
  assert.deepEqual([await ids('true'), await ids('false')], [[made.VpcId], [other]])

  const { VSwitchId } = await world.ask('vpc', 'CreateDefaultVSwitch', zone)
  await world.settle()
  const vswitch = await world.ask('vpc', 'DescribeVSwitchAttributes', { VSwitchId })
  assert.deepEqual([vswitch.IsDefault, vswitch.CidrBlock, vswitch.VpcId], [true, '172.16.0.0/20', made.VpcId])
  assert.equal((await world.ask('vpc', 'CreateDefaultVSwitch', zone)).Code, 'OperationDenied.DefaultVSwitchExists')
  assert.equal((await world.ask('vpc', 'DescribeVSwitches', { IsDefault: 'true' })).TotalCount, 1)
  assert.equal((await world.ask('vpc', 'DescribeVSwitches', { IsDefault: 'false' })).TotalCount, 0)
})
