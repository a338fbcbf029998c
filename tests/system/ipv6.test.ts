// A HAVIP of IPv6 with real daemons in two instances: VRRP version 3 over link-local addresses, neighbour advertisements through the
// fence, a power loss, and the other instance answers; havipd set up in one call, and Debian's keepalived from files written by hand.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Cloud, cloud, dig } from '../../tools/lab/cloud.ts'
import { sleep, until } from '../../tools/lab/processes.ts'
import { needsRoot } from '../../tools/lab/segment.ts'
import { createWorld, type World } from '../../tools/lab/world.ts'

type Row = Record<string, unknown>

const webServer = (name: string): string => `#!/bin/sh
mkdir -p /srv/www
echo '<title>${name}</title>' > /srv/www/index.html
cat > /etc/nginx/nginx.conf <<'END'
pid /run/nginx.pid;
events {}
http { access_log off; server { listen 80; listen [::]:80; root /srv/www; } }
END
printf '#!/bin/sh\\nnginx\\n' > /etc/rc.local
chmod 755 /etc/rc.local
`

type Scene = {
  readonly api: Cloud
  readonly vswitch: string
  /** The first three groups and the fourth of the vSwitch's block. */
  readonly prefix: string
  readonly instances: readonly [string, string]
}

async function furnish(world: World): Promise<Scene> {
  const api = cloud(world.client)
  const application = { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'test' }
  await api.quotas('CreateQuotaApplication', application)
  const zone = dig<string>(await api.vpc('DescribeZones'), 'Zones', 'Zone', 0, 'ZoneId')
  const vpc = await api.createVpc('192.168.0.0/16', 'v')
  const vswitch = await api.createVswitch(vpc, '192.168.0.0/24', zone, 's')
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
  const one = await api.runInstance(vswitch, group, 'one', '192.168.0.209', webServer('ECS 1'))
  const two = await api.runInstance(vswitch, group, 'two', '192.168.0.210', webServer('ECS 2'))
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

const truthOf = async (api: Cloud, havip: string): Promise<Row> =>
  dig<Row>(await api.own('DescribeHaVipTruth', { 'HaVipId.1': havip, Probe: 'true' }), 'HaVips', 0)

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
      const made = await api.own('CreateHaVipCluster', {
        ...{ VSwitchId: vswitch, 'InstanceId.1': instances[0], 'InstanceId.2': instances[1], IpAddress: address },
      })
      const id = dig<string>(made, 'ClusterId')
      const cluster = await until(
        'the set-up works',
        async () => {
          const row = dig<Row>(await api.own('DescribeHaVipClusters', { ClusterId: id }), 'Clusters', 0)
          if (row.Status === 'Failed' || row.Status === 'Undoing') throw new Error(String(row.Problem))
          return row.Status === 'Active' ? row : undefined
        },
        60_000,
        200,
      )
      assert.deepEqual([cluster.IpAddress, cluster.EipAddress], [address, ''])
      const havip = String(cluster.HaVipId)
      let last: Row = {}
      const agreed = async () => {
        last = await truthOf(api, havip)
        return last.Verdict === 'Agreed' ? last : undefined
      }
      const first = await until('every source agrees', agreed, 20_000, 300).catch((error: unknown) =>
        assert.fail(`${String(error)} ${JSON.stringify(last)}`),
      )
      assert.equal(first.OwnerInstanceId, instances[0])
      assert.equal((first.Probe as Row).By, 'ECS 1')

      for (const fault of ['power-loss', 'cut-link']) {
        const owner = (await until('every source agrees', agreed, 30_000, 300)).OwnerInstanceId
        const run = dig<string>(await api.own('StartHaVipTest', { HaVipId: havip, Fault: fault }), 'TestId')
        const result = await until(
          `the test of ${fault} ends`,
          async () => {
            const row = dig<Row>(await api.own('DescribeHaVipTests', { TestId: run }), 'Tests', 0)
            return row.Status === 'Running' ? undefined : row
          },
          100_000,
          200,
        )
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
