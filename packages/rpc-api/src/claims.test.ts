// What a call says of a thing beside its id is compared with it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type Fields } from '../test/world.ts'

async function network() {
  const world = createWorld()
  const { VpcId } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16', EnableIpv6: true })
  await world.settle()
  const inSwitch = { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.8.0/24' }
  const { VSwitchId } = await world.ask('vpc', 'CreateVSwitch', inSwitch)
  await world.settle()
  const outcome = async (product: 'vpc' | 'quotas', action: string, fields: Fields): Promise<string> => {
    const { status, Code } = await world.ask(product, action, fields)
    return status === 200 ? 'OK' : `${status} ${Code}`
  }
  return { world, outcome, VpcId, VSwitchId }
}

test('an EIP is unbound only if its target is what the call says of it', async () => {
  const { world, outcome, VSwitchId } = await network()
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, PrivateIpAddress: '192.168.8.7' }
  const [InstanceId] = (await world.ask('ecs', 'RunInstances', run)).InstanceIdSets.InstanceIdSet
  const { AllocationId } = await world.ask('vpc', 'AllocateEipAddress', {})
  await world.settle()
  const both = { AllocationId, InstanceId }
  assert.equal(await outcome('vpc', 'AssociateEipAddress', both), 'OK')
  await world.settle()
  const unbind = (fields: Fields) => outcome('vpc', 'UnassociateEipAddress', { AllocationId, ...fields })
  assert.equal(await unbind({ PrivateIpAddress: '192.168.8.8' }), '400 InvalidBindingStatus')
  assert.equal(await unbind({ InstanceType: 'HaVip' }), '400 InvalidBindingStatus')
  assert.equal(await unbind({ InstanceType: 'Toaster' }), '400 InvalidInstanceType.ValueNotSupported')
  assert.equal(await unbind({ InstanceId, InstanceType: 'EcsInstance', PrivateIpAddress: '192.168.8.7' }), 'OK')
})

test('the block of IPv6 of a VPC, and the category of a quota, are what they are said to be', async () => {
  const { world, outcome, VpcId, VSwitchId } = await network()
  const { Ipv6CidrBlock } = await world.ask('vpc', 'DescribeVpcAttribute', { VpcId })
  const other = { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.9.0/24', Ipv6CidrBlock: 9 }
  assert.equal(await outcome('vpc', 'CreateVSwitch', { ...other, VpcIpv6CidrBlock: '2001:db8::/56' }), '400 InvalidParameter')
  assert.equal(await outcome('vpc', 'CreateVSwitch', { ...other, VpcIpv6CidrBlock: 'none' }), '400 InvalidParameter')
  // However it is written.
  assert.equal(await outcome('vpc', 'CreateVSwitch', { ...other, VpcIpv6CidrBlock: Ipv6CidrBlock.toUpperCase() }), 'OK')
  const turnOn = { VSwitchId, EnableIPv6: true }
  assert.equal(await outcome('vpc', 'ModifyVSwitchAttribute', { ...turnOn, VpcIpv6CidrBlock: '2001:db8::/56' }), '400 InvalidParameter')
  assert.equal(await outcome('vpc', 'ModifyVSwitchAttribute', { ...turnOn, VpcIpv6CidrBlock: Ipv6CidrBlock }), 'OK')

  const form = { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'try it' }
  const apply = (fields: Fields) => outcome('quotas', 'CreateQuotaApplication', { ...form, ...fields })
  assert.equal(await apply({ QuotaCategory: 'CommonQuota' }), '404 InvalidQuotaActionCode.NotFound')
  assert.equal(await apply({ QuotaCategory: 'WhiteListLabel' }), 'OK')
})
