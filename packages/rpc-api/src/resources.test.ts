// What calls are about, as policies see it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idParameters, resourcesOf } from './resources.ts'
import { describeActions, type ParameterDescription } from './table.ts'

const scope = { account: '1', regions: ['r'] }

/** Ids of what is no resource of an account, or of what does not exist here. */
const noResources = new Set([
  'RegionId',
  'InstanceRegionId',
  'LaunchTemplateId',
  'IpamPoolId',
  'Ipv4IpamPoolId',
  'Ipv6IpamPoolId',
  'VpcOwnerId',
  'VSwitchOwnerId',
  'ZoneId',
  'ImageId',
  'ResourceGroupId',
  'NewResourceGroupId',
  'InstanceTypeId',
  'Id',
  'HpcClusterId',
  'DedicatedHostId',
  'DedicatedHostClusterId',
  'DeploymentSetId',
  'CapacityReservationId',
  'DhcpOptionsSetId',
  'NetworkAclId',
  'BandwidthPackageId',
  'PublicIpAddressPoolId',
  'SegmentInstanceId',
  'AssociatedInstanceId',
  'VlanId',
  // Nothing here has one: conditions that find nothing.
  'AutoSnapshotPolicyId',
  'SnapshotId',
  'KMSKeyId',
  'ImageOwnerId',
  'DiskId',
  'OwnerId',
  'AccountId',
  // Another installation, not something in this one.
  'MasterId',
])

test('every parameter that holds an id is one that policies see', () => {
  const check = (action: string, parameters: readonly ParameterDescription[]): void => {
    for (const { name, members, standing } of parameters) {
      // What is refused whatever it says gives nothing to judge.
      if (/Ids?$/.test(name) && standing !== 'unserved')
        assert.ok(Object.hasOwn(idParameters, name) || noResources.has(name), `${action} ${name}`)
      check(action, members ?? [])
    }
  }
  for (const one of describeActions()) check(one.name, one.parameters)
})
test('a call is about the ids that it names', () => {
  const of = (product: 'vpc' | 'ecs' | 'havip', name: string, input: object) => resourcesOf({ product, name }, input, scope)
  assert.deepEqual(of('vpc', 'DeleteHaVip', { HaVipId: 'havip-1' }), ['acs:vpc:r:1:havip/havip-1'])
  assert.deepEqual(of('vpc', 'CreateHaVip', { VSwitchId: 'vsw-1' }), ['acs:vpc:r:1:vswitch/vsw-1', 'acs:vpc:r:1:havip/*'])
  assert.deepEqual(of('vpc', 'TagResources', { ResourceId: ['vtb-1'] }), ['acs:vpc:r:1:routetable/vtb-1'])
  assert.deepEqual(of('ecs', 'DescribeDisks', { DiskIds: ['d-1'] }), ['acs:ecs:r:1:disk/d-1'])
  assert.deepEqual(of('vpc', 'AssociateHaVip', { HaVipId: 'havip-1', InstanceId: 'i-1' }), [
    'acs:vpc:r:1:havip/havip-1',
    'acs:ecs:r:1:instance/i-1',
  ])
  assert.deepEqual(of('ecs', 'RunCommand', { InstanceId: ['i-1', 'i-2'] }), [
    'acs:ecs:r:1:instance/i-1',
    'acs:ecs:r:1:instance/i-2',
    'acs:ecs:r:1:command/*',
  ])
  assert.deepEqual(of('vpc', 'DescribeRegions', {}), ['acs:vpc:r:1:*'])
  assert.deepEqual(of('havip', 'DescribeEvents', { ResourceId: 'eip-1' }), ['acs:vpc:r:1:eip/eip-1'])
  assert.deepEqual(of('vpc', 'DescribeHaVips', { Filter: [{ Key: 'HaVipId', Value: ['havip-1'] }] }), ['acs:vpc:r:1:havip/havip-1'])
})
test('without a region a call is about all that are served', () => {
  assert.deepEqual(resourcesOf({ product: 'vpc', name: 'DeleteVpc' }, { VpcId: 'vpc-1' }, { account: '1', regions: ['a', 'b'] }), [
    'acs:vpc:a:1:vpc/vpc-1',
    'acs:vpc:b:1:vpc/vpc-1',
  ])
})
