// What RunInstances is asked for shows in the answers afterwards, or is refused by name.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld, type Fields, type Json } from '../test/world.ts'

async function network() {
  const world = createWorld()
  const { VpcId } = await world.ask('vpc', 'CreateVpc', { CidrBlock: '192.168.0.0/16' })
  await world.settle()
  const { VSwitchId } = await world.ask('vpc', 'CreateVSwitch', { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '192.168.8.0/24' })
  await world.settle()
  const usual = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId }
  const run = (fields: Fields = {}): Promise<Json> => world.ask('ecs', 'RunInstances', { ...usual, ...fields })
  const count = async (): Promise<number> => (await world.ask('ecs', 'DescribeInstances')).TotalCount
  return { world, usual, run, count }
}

test('what scripts and Terraform send by habit is taken, and the disk is told again as it was asked for', async () => {
  const { world, run } = await network()
  const made = await run({
    InstanceChargeType: 'PostPaid',
    Period: 1,
    PeriodUnit: 'Month',
    AutoRenew: false,
    SpotStrategy: 'NoSpot',
    InternetChargeType: 'PayByTraffic',
    InternetMaxBandwidthIn: 10,
    InternetMaxBandwidthOut: 0,
    IoOptimized: 'optimized',
    SecurityEnhancementStrategy: 'Active',
    Password: 'Secret-1',
    HttpEndpoint: 'enabled',
    HttpTokens: 'required',
    KeyPairName: 'mine',
    Tenancy: 'default',
    'HibernationOptions.Configured': false,
    'SystemDisk.Category': 'cloud_ssd',
    'SystemDisk.Size': 60,
    'SystemDisk.DiskName': 'root of web',
    'SystemDisk.Description': 'made by a script',
    'SystemDisk.Encrypted': false,
  })
  assert.equal(made.status, 200, made.Message)
  await world.settle()
  await run()
  await world.settle()
  const disks = async (fields: Fields = {}): Promise<Json[]> => (await world.ask('ecs', 'DescribeDisks', fields)).Disks.Disk
  const told = (disk: Json) => [disk.Category, disk.Size, disk.DiskName, disk.Description, disk.PerformanceLevel]
  assert.deepEqual((await disks()).map(told), [
    ['cloud_ssd', 60, 'root of web', 'made by a script', ''],
    ['cloud_essd', 40, '', '', 'PL0'],
  ])
  assert.deepEqual((await disks({ Category: 'cloud_ssd' })).map(told), [['cloud_ssd', 60, 'root of web', 'made by a script', '']])
  assert.equal((await disks({ DiskName: 'root of web' })).length, 1)
  assert.equal((await disks({ DiskName: 'root of web', Category: 'cloud_essd' })).length, 0)
  assert.equal((await disks({ Category: 'all' })).length, 2)
})

test('host names are given in order, and numbered as instance names are', async () => {
  const { world, run } = await network()
  await run({ Amount: 3, InstanceName: 'web-[1,2]', 'HostNames.1': 'first', 'HostNames.2': 'second' })
  await run({ Amount: 2, InstanceName: 'db', HostName: 'db-[8,3]', UniqueSuffix: true })
  const { Instances } = await world.ask('ecs', 'DescribeInstances')
  assert.deepEqual(
    Instances.Instance.map((one: Json) => [one.InstanceName, one.HostName]),
    [
      ['web-01', 'first'],
      ['web-02', 'second'],
      ['web-03', 'web-03'],
      ['db001', 'db-008'],
      ['db002', 'db-009'],
    ],
  )
})

test('an image is found by its family', async () => {
  const { world, usual, run } = await network()
  const { ImageId, ...others } = usual
  const made = await world.ask('ecs', 'RunInstances', { ...others, ImageFamily: 'havip_host' })
  assert.equal(made.status, 200, made.Message)
  const { Instances } = await world.ask('ecs', 'DescribeInstances')
  assert.equal(Instances.Instance[0].ImageId, ImageId)
  assert.equal((await world.ask('ecs', 'RunInstances', { ...others, ImageFamily: 'none' })).Code, 'InvalidImageId.NotFound')
  assert.equal((await run({ ImageFamily: 'havip_host' })).Code, 'InvalidParameter.Conflict')
  const without = await world.ask('ecs', 'RunInstances', others)
  assert.deepEqual([without.Code, /ImageId/.test(without.Message)], ['MissingParameter', true])
})

test('what an instance cannot be here is refused by name, and nothing is made', async () => {
  const { world, usual, run, count } = await network()
  for (const [name, value] of [
    ['InternetMaxBandwidthOut', 5],
    ['DataDisk.1.Size', 100],
    ['InstanceChargeType', 'PrePaid'],
    ['SpotStrategy', 'SpotAsPriceGo'],
    ['AutoReleaseTime', '2030-01-01T00:00:00Z'],
    ['DeploymentSetId', 'ds-1'],
    ['CpuOptions.Core', 2],
    ['HibernationOptions.Configured', true],
    ['SystemDisk.Encrypted', true],
    ['SystemDisk.KMSKeyId', 'key-1'],
    ['NetworkInterface.1.NetworkInterfaceId', 'eni-1'],
  ] as const) {
    const refused = await run({ [name]: value })
    assert.deepEqual([refused.status, refused.Code], [400, 'UnsupportedParameter'], name)
    // An object that is refused as a whole is named as a whole.
    const named = name.startsWith('DataDisk') || name.startsWith('CpuOptions') ? (name.split('.')[0] as string) : name
    assert.ok(refused.Message.startsWith(`The parameter ${named} is not supported: `), refused.Message)
  }
  for (const [fields, code] of [
    [{ RamRoleName: 'role' }, '404 InvalidRamRole.NotFound'],
    [{ HostName: 'web', 'HostNames.1': 'one' }, '400 InvalidParameter.Conflict'],
    [{ 'HostNames.1': 'one', 'HostNames.2': 'two' }, '400 InvalidParameter'],
    [{ 'SystemDisk.Size': 10 }, '400 InvalidSystemDiskSize.LessThanImageSize'],
    [{ 'SystemDisk.Size': 4096 }, '400 InvalidSystemDiskSize.ValueNotSupported'],
    [{ 'SystemDisk.Category': 'floppy' }, '400 InvalidParameter'],
    [{ 'SystemDisk.DiskName': 'x' }, '400 InvalidDiskName.Malformed'],
    [{ 'SystemDisk.Size': 60, DryRun: true }, '400 DryRunOperation'],
  ] as const) {
    const refused = await run(fields)
    assert.equal(`${refused.status} ${refused.Code}`, code, JSON.stringify(fields))
    const older = await world.ask('ecs', 'CreateInstance', { ...usual, ...fields })
    if (!('HostNames.1' in fields)) assert.equal(`${older.status} ${older.Code}`, code, JSON.stringify(fields))
    else assert.equal(older.status, 200, 'CreateInstance has no HostNames')
  }
  assert.equal(await count(), 2)
})
