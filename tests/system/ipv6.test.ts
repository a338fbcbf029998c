// A HAVIP of IPv6 with real daemons in two instances: VRRP version 3 over link-local addresses, neighbour advertisements through the
// fence, a power loss, and the other instance answers; havipd set up in one call, and Debian's keepalived from files written by hand.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Cloud, cloud, dig } from '../../tools/lab/cloud.ts'
import { agreement, broken, network, type Row, setUp, truthOf, webServer } from '../../tools/lab/ha-scene.ts'
import { sleep, until } from '../../tools/lab/processes.ts'
import { needsRoot } from '../../tools/lab/segment.ts'
import { createWorld, type World } from '../../tools/lab/world.ts'

const bothFamilies = 'listen 80; listen [::]:80;'

type Scene = {
  readonly api: Cloud
  readonly vswitch: string
  /** The first three groups and the fourth of the vSwitch's block. */
  readonly prefix: string
  readonly instances: readonly [string, string]
}

async function furnish(world: World): Promise<Scene> {
  const api = cloud(world.client)
  const { vpc, vswitch } = await network(api)
  // Turned on afterwards, as for a network that is already in use.
  await api.vpc('ModifyVpcAttribute', { VpcId: vpc, EnableIPv6: 'true' })
  await until('the VPC has IPv6', async () =>
    (await api.vpc('DescribeVpcAttribute', { VpcId: vpc })).Status === 'Available' ? true : undefined,
  )
  await api.vpc('ModifyVSwitchAttribute', { VSwitchId: vswitch, EnableIPv6: 'true', Ipv6CidrBlock: 10 })
  const block = await until('the vSwitch has IPv6', async () => {
    const row = await api.vpc('DescribeVSwitchAttributes', { VSwitchId: vswitch })
    return row.Status === 'Available' ? String(row.Ipv6CidrBlock) : undefined
  })
  assert.match(block, /0a::\/64$/)
  const group = await api.createSecurityGroup(vpc)
  const one = await api.runInstance(vswitch, group, 'one', '192.168.0.209', webServer('ECS 1', bothFamilies))
  const two = await api.runInstance(vswitch, group, 'two', '192.168.0.210', webServer('ECS 2', bothFamilies))
  for (const instance of [one, two]) {
    await api.waitForInstance(instance, 'Running')
    const sets = await api.ecs('DescribeNetworkInterfaces', { InstanceId: instance })
    const id = dig<string>(sets, 'NetworkInterfaceSets', 'NetworkInterfaceSet', 0, 'NetworkInterfaceId')
    await api.ecs('AssignIpv6Addresses', { NetworkInterfaceId: id, Ipv6AddressCount: 1 })
  }
  return { api, vswitch, prefix: block.replace('::/64', ''), instances: [one, two] }
}

async function inWorld(use: (world: World) => Promise<void>): Promise<void> {
  const prefix = `hvs${randomBytes(3).toString('hex')}-`
  const world = await createWorld({ prefix, state: `/var/lib/havip/${prefix}world` })
  try {
    await use(world)
  } finally {
    await world.destroy()
  }
}

test(
  'havipd: set up in one call, seen by every source, and the other one answers after a power loss',
  {
    skip: needsRoot,
    timeout: 300_000,
  },
  (context) =>
    inWorld(async (world) => {
      const { api, vswitch, prefix, instances } = await furnish(world)
      const address = `${prefix}::88`
      const { cluster: id, havip, row: cluster } = await setUp(api, { vswitch, instances }, address)
      assert.deepEqual([cluster.IpAddress, cluster.EipAddress], [address, ''])
      const first = await agreement(api, havip)
      assert.equal(first.OwnerInstanceId, instances[0])
      assert.equal((first.Probe as Row).By, 'ECS 1')

      for (const fault of ['power-loss', 'cut-link']) {
        const owner = (await agreement(api, havip, 30_000)).OwnerInstanceId
        const result = await broken(api, havip, fault)
        const { Samples: _, ...rest } = result
        context.diagnostic(
          `${fault}: ${String(result.OutageMs)} ms, ${String(result.Before)} → ${String(result.After)}: ${String(result.Reason)}`,
        )
        assert.deepEqual([result.Status, result.Error, result.InstanceId], ['Finished', '', owner], JSON.stringify(rest))
        assert.notEqual(result.Before, result.After)
        assert.ok(Number(result.OutageMs) > 500, JSON.stringify(rest))
        for (const instance of instances) await api.waitForInstance(instance, 'Running')
      }
      // An EIP has nothing to do with it.
      const eip = dig<string>(await api.vpc('AllocateEipAddress'), 'AllocationId')
      await assert.rejects(api.vpc('AssociateEipAddress', { AllocationId: eip, InstanceId: havip, InstanceType: 'HaVip' }), {
        code: 'OperationDenied.Ipv6HaVip',
      })
      await api.own('DeleteHaVipCluster', { ClusterId: id })
      await until(
        'it is gone',
        async () => (dig<Row[]>(await api.own('DescribeHaVipClusters'), 'Clusters').length === 0 ? true : undefined),
        60_000,
        200,
      )
    }),
)

const keepalivedFile = (priority: number, address: string): string => `vrrp_instance VI_6 {
  state BACKUP
  interface eth0
  version 3
  virtual_router_id 66
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    ${address}/64 dev eth0
  }
}
`

test('keepalived: from a file of its own, the other one answers after a power loss', { skip: needsRoot, timeout: 240_000 }, () =>
  inWorld(async (world) => {
    const { api, vswitch, prefix, instances } = await furnish(world)
    const { id: havip, address } = await api.createHavip(vswitch, `${prefix}::99`, 'web')
    for (const [at, instance] of instances.entries()) {
      await api.bindInstance(havip, instance)
      const file = Buffer.from(keepalivedFile(at === 0 ? 110 : 100, address)).toString('base64')
      await api.runCommand(
        instance,
        `mkdir -p /etc/keepalived && echo ${file} | base64 -d > /etc/keepalived/keepalived.conf && /usr/sbin/keepalived -f /etc/keepalived/keepalived.conf`,
      )
    }
    const answers = async (who: string) => {
      const { Probe } = await truthOf(api, havip)
      return (Probe as Row | undefined)?.By === who ? true : undefined
    }
    await api.waitForOwner(havip, instances[0])
    await until('the preferred one answers', () => answers('ECS 1'), 30_000, 300)
    await api.ecs('StopInstance', { InstanceId: instances[0], ForceStop: 'true' })
    await api.waitForOwner(havip, instances[1])
    await until('the other one answers', () => answers('ECS 2'), 30_000, 300)
    await sleep(500)
    assert.equal((await api.describeHavip(havip)).MasterInstanceId, instances[1])
  }),
)
