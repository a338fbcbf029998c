// The tutorial up to its step 4, under its own headings. Each line that is printed was checked first.
import { webUserData } from '../../apps/console/src/pages/web-user-data.ts'
import { ApiError } from '../../apps/havip/src/rpc-errors.ts'
import type { Cloud } from '../lab/cloud.ts'
import { dig, region } from '../lab/cloud.ts'
import { sleep, until } from '../lab/processes.ts'
import { installDaemon, mailUserData } from './instance-files.ts'
import { done, heading, remark } from './print.ts'

export const addresses = { ecs1: '192.168.0.209', ecs2: '192.168.0.210', mail: '192.168.0.211', havip: '192.168.0.88' } as const

export type Scene = {
  readonly ecs1: string
  readonly ecs2: string
  readonly mail: string
  readonly havip: string
  readonly eip: string
  readonly eipAddress: string
}

export type Configurations = { readonly ecs1: string; readonly ecs2: string; readonly from: string }

export async function walkTutorial(cloud: Cloud, configurations: Configurations): Promise<Scene> {
  heading('Prerequisites')
  await applyForQuota(cloud)
  const zone = await chooseZone(cloud)
  const vpc = await cloud.createVpc('192.168.0.0/16', 'vpc-demo')
  done(`VPC ${vpc}, 192.168.0.0/16`)
  const vswitch = await cloud.createVswitch(vpc, '192.168.0.0/24', zone, 'vsw-demo')
  done(`vSwitch ${vswitch}, 192.168.0.0/24`)
  const eipAnswer = await cloud.vpc('AllocateEipAddress', { Bandwidth: 100, Name: 'eip-demo' })
  const eip = dig<string>(eipAnswer, 'AllocationId')
  const eipAddress = dig<string>(eipAnswer, 'EipAddress')
  done(`EIP ${eip}, ${eipAddress}`)
  const instances = await runInstances(cloud, vpc, vswitch)

  heading('Step 1: Create an HAVIP')
  const havip = await createHavip(cloud, vswitch)

  heading('Step 2: Install keepalived on the primary and secondary ECS instances')
  remark(`configuration files: ${configurations.from}; the daemon is havipd`)
  for (const [name, id, text] of [
    ['ECS 1', instances.ecs1, configurations.ecs1],
    ['ECS 2', instances.ecs2, configurations.ecs2],
  ] as const) {
    await cloud.runCommand(id, installDaemon(text))
    done(`${name}: /etc/keepalived/keepalived.conf written, daemon started`)
  }
  await showRefusedAnnouncements(cloud, havip, instances.ecs1)

  heading('Step 3: Associate the HAVIP with both ECS instances')
  await cloud.bindInstance(havip, instances.ecs1)
  done('ECS 1 bound: it may announce the address now')
  await cloud.bindInstance(havip, instances.ecs2)
  done('ECS 2 bound')
  await cloud.waitForOwner(havip, instances.ecs1)
  done('ECS 1 announces it and owns it, as the data plane sees by ARP')

  heading('Step 4: Associate the HAVIP with an EIP')
  await cloud.bindEip(eip, havip)
  const bound = dig<string[]>(await cloud.describeHavip(havip), 'AssociatedEipAddresses', 'associatedEipAddresse')
  if (!bound.includes(eipAddress)) throw new Error(`the HAVIP does not show its EIP: ${JSON.stringify(bound)}`)
  done(`EIP ${eipAddress} bound to the HAVIP`)
  return { ...instances, havip, eip, eipAddress }
}

async function applyForQuota(cloud: Cloud): Promise<void> {
  const refused = await cloud.vpc('CreateHaVip', { VSwitchId: 'vsw-00000000000000000000' }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(refused instanceof ApiError && refused.code === 'Forbidden.HaVip'))
    throw new Error(`CreateHaVip without the quota was not refused: ${String(refused)}`)
  done('without an approved application the feature is off: CreateHaVip answers Forbidden.HaVip')
  const application = await cloud.quotas('CreateQuotaApplication', {
    ProductCode: 'vpc',
    QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist',
    QuotaCategory: 'WhiteListLabel',
    DesireValue: 1,
    Reason: 'high availability of the web servers',
  })
  if (application.Status !== 'Agree') throw new Error(`the quota application is ${String(application.Status)}, not Agree`)
  done(`quota application ${String(application.ApplicationId)} for HAVIP: approved`)
}

async function chooseZone(cloud: Cloud): Promise<string> {
  const regions = dig<{ RegionId: string }[]>(await cloud.vpc('DescribeRegions'), 'Regions', 'Region')
  if (!regions.some((row) => row.RegionId === region)) throw new Error(`no region ${region}`)
  const zone = dig<string>(await cloud.vpc('DescribeZones'), 'Zones', 'Zone', 0, 'ZoneId')
  done(`region ${region}, zone ${zone}`)
  return zone
}

async function runInstances(cloud: Cloud, vpc: string, vswitch: string): Promise<{ ecs1: string; ecs2: string; mail: string }> {
  const group = await cloud.createSecurityGroup(vpc)
  const ecs1 = await cloud.runInstance(vswitch, group, 'ecs-1', addresses.ecs1, webUserData('ECS 1'))
  const ecs2 = await cloud.runInstance(vswitch, group, 'ecs-2', addresses.ecs2, webUserData('ECS 2'))
  const mail = await cloud.runInstance(vswitch, group, 'mail', addresses.mail, mailUserData)
  for (const [name, id, address] of [
    ['ECS 1', ecs1, addresses.ecs1],
    ['ECS 2', ecs2, addresses.ecs2],
  ] as const) {
    await cloud.waitForInstance(id, 'Running')
    await until(`NGINX answers in ${name}`, async () => {
      const page = await cloud.runCommand(id, 'curl -s http://127.0.0.1/ 2>/dev/null || true')
      return page.includes(name) ? true : undefined
    })
    done(`${name} ${id}, ${address}: running, its NGINX shows "${name}"`)
  }
  await cloud.waitForInstance(mail, 'Running')
  done(`mail server ${mail}, ${addresses.mail}: running`)
  return { ecs1, ecs2, mail }
}

async function createHavip(cloud: Cloud, vswitch: string): Promise<string> {
  const automatic = await cloud.createHavip(vswitch, undefined, 'automatic')
  await cloud.vpc('DeleteHaVip', { HaVipId: automatic.id })
  done(`assign automatically, Yes: got ${automatic.address}, and released it again`)
  const { id, address } = await cloud.createHavip(vswitch, addresses.havip, 'havip-demo')
  if (address !== addresses.havip) throw new Error(`asked for ${addresses.havip}, got ${address}`)
  done(`assign automatically, No: HAVIP ${id}, ${address}`)
  return id
}

/** Until it is bound, no instance may announce the address: its port drops what it says. */
async function showRefusedAnnouncements(cloud: Cloud, havip: string, instance: string): Promise<void> {
  const dropped = await until(
    'ECS 1 announces the address before it is bound',
    async () => {
      const rows = dig<{ InstanceId: string; UnboundHaVip: number }[]>(await cloud.own('DescribePortDrops'), 'Ports')
      return rows.find((row) => row.InstanceId === instance && row.UnboundHaVip > 0)?.UnboundHaVip
    },
    15_000,
  )
  // Long enough for a legal announcement to have been seen, had one been let through.
  await sleep(500)
  const owner = (await cloud.describeHavip(havip)).MasterInstanceId
  if (owner !== '') throw new Error(`${String(owner)} owns the HAVIP without being bound`)
  done(
    `ECS 1 is master and announces ${addresses.havip}, but is not bound: ${dropped} announcements dropped at its port, nobody owns the HAVIP`,
  )
}
