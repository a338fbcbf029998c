// The own actions of high availability through the door: shapes, rights, and what is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type World } from '../../test/world.ts'

async function scene() {
  const world = createWorld()
  const { ask, settle } = world
  const apply = { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'test' }
  await ask('quotas', 'CreateQuotaApplication', apply)
  const { VpcId } = await ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16' })
  await settle()
  const { ZoneId } = (await ask('vpc', 'DescribeZones')).Zones.Zone[0]
  const { VSwitchId } = await ask('vpc', 'CreateVSwitch', { VpcId, ZoneId, CidrBlock: '192.168.0.0/24' })
  await settle()
  const image = (await ask('ecs', 'DescribeImages')).Images.Image[0].ImageId
  const type = (await ask('ecs', 'DescribeInstanceTypes')).InstanceTypes.InstanceType[0].InstanceTypeId
  const { SecurityGroupId } = await ask('ecs', 'CreateSecurityGroup', { VpcId, SecurityGroupName: 'web' })
  const run = { ImageId: image, InstanceType: type, VSwitchId, SecurityGroupId, Amount: 2 }
  const instances: string[] = (await ask('ecs', 'RunInstances', run)).InstanceIdSets.InstanceIdSet
  await settle()
  const { HaVipId } = await ask('vpc', 'CreateHaVip', { VSwitchId })
  await settle()
  for (const InstanceId of instances) {
    await ask('vpc', 'AssociateHaVip', { HaVipId, InstanceId })
    await settle()
  }
  return { world, VSwitchId, HaVipId, instances }
}
const own = (world: World, action: string, fields = {}, key = 'root') => world.ask('havip', action, fields, key)

test('the truth of a HaVip whose daemons are silent is unknown, never agreed', async () => {
  const { world, HaVipId, instances } = await scene()
  const [row] = (await own(world, 'DescribeHaVipTruth', { 'HaVipId.1': HaVipId }, 'eye')).HaVips
  assert.equal(row.Verdict, 'Unknown')
  assert.equal(row.OwnerInstanceId, '')
  assert.equal(row.Plane.State, 'nobody')
  assert.equal(row.Probe, null)
  assert.deepEqual(
    row.Daemons.map((daemon: { InstanceId: string; State: string; HoldsAddress: unknown }) => [
      daemon.InstanceId,
      daemon.State,
      daemon.HoldsAddress,
    ]),
    instances.map((id) => [id, 'unknown', null]),
  )
  const status = await own(world, 'DescribeDaemonStatus', { InstanceId: instances[0] ?? '' }, 'eye')
  assert.deepEqual([status.status, status.Status, status.Problem], [200, null, 'The daemon answers in another language.'])
  assert.equal((await own(world, 'DescribeDaemonStatus', { InstanceId: 'i-none' })).Code, 'InvalidInstanceId.NotFound')
})

test('a test is started by who may write, listed without its samples, and shown with them', async () => {
  const { world, HaVipId, instances } = await scene()
  const fields = { HaVipId, Fault: 'cut-link', InstanceId: instances[0] ?? '' }
  assert.equal((await own(world, 'StartHaVipTest', fields, 'eye')).status, 403)
  assert.equal((await own(world, 'StartHaVipTest', { ...fields, Fault: 'flood' })).status, 400)
  const { TestId, status } = await own(world, 'StartHaVipTest', fields, 'hand')
  assert.equal(status, 200)
  const listed = await own(world, 'DescribeHaVipTests', { HaVipId })
  assert.deepEqual(
    [listed.TotalCount, listed.Tests[0].TestId, listed.Tests[0].Status, listed.Tests[0].OutageMs],
    [1, TestId, 'Running', null],
  )
  assert.deepEqual((await own(world, 'DescribeHaVipTests', { TestId })).Tests[0].Samples, [])
  assert.equal((await own(world, 'StartHaVipTest', fields)).Code, 'OperationConflict.HaVipTest')
})

test('a set-up is begun by one call and shown without its password', async () => {
  const { world, VSwitchId, instances } = await scene()
  const fields = { VSwitchId, 'InstanceId.1': instances[0] ?? '', 'InstanceId.2': instances[1] ?? '', ClientToken: 'once' }
  const { ClusterId } = await own(world, 'CreateHaVipCluster', fields)
  assert.equal((await own(world, 'CreateHaVipCluster', fields)).ClusterId, ClusterId)
  const answer = await own(world, 'DescribeHaVipClusters', { ClusterId })
  assert.deepEqual([answer.Clusters[0].Status, answer.Clusters[0].InstanceIds], ['Creating', instances])
  assert.ok(!/password/i.test(JSON.stringify(answer)))
  assert.equal((await own(world, 'DeleteHaVipCluster', { ClusterId })).Code, 'IncorrectClusterStatus')
})

test('whose the plane is concerns operators only', async () => {
  const { world } = await scene()
  assert.equal((await own(world, 'DescribePlane', {}, 'eye')).status, 403)
  const plane = await own(world, 'DescribePlane')
  assert.equal(plane.MasterId, 'inst-test')
  assert.equal(plane.IsOurs, false)
  assert.equal((await own(world, 'AdoptPlane', { MasterId: 'inst-test' }, 'hand')).status, 403)
})
