// Everything is made and removed again and again on the real data plane, a further interface plugged into a running instance too:
// namespaces, links, addresses, routes and rules are afterwards what they were before. CYCLES sets how often (3 in `make test`).
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Cloud, cloud, dig } from '../../tools/lab/cloud.ts'
import { must, run, until } from '../../tools/lab/processes.ts'
import { needsRoot } from '../../tools/lab/segment.ts'
import { createWorld } from '../../tools/lab/world.ts'

const cycles = Number(process.env.CYCLES ?? 3)

/** What the kernel has of this prefix: each namespace with its links, addresses, routes and the lines of its rules. */
async function census(prefix: string): Promise<Readonly<Record<string, string>>> {
  const names = (await must(['ip', 'netns', 'list'])).split('\n').flatMap((line) => {
    const name = line.split(' ')[0] ?? ''
    return name.startsWith(prefix) ? [name] : []
  })
  const counts: Record<string, string> = {}
  for (const name of names.sort()) {
    const lines = async (...argv: readonly string[]): Promise<number> =>
      (await run(['ip', 'netns', 'exec', name, ...argv])).output.split('\n').filter((line) => line.trim() !== '').length
    const all = [
      await lines('ip', '-o', 'link'),
      await lines('ip', '-o', 'addr'),
      await lines('ip', 'route', 'show', 'table', 'all'),
      await lines('nft', '-s', 'list', 'ruleset'),
    ]
    counts[name] = all.join(' ')
  }
  return counts
}

async function gone(what: string, list: () => Promise<unknown>): Promise<void> {
  await until(`${what} is gone`, async () => ((await list()) === undefined ? true : undefined), 60_000)
}

/** One life of everything; `kept` is an instance that stays and runs all the while. */
async function live(api: Cloud, kept: { readonly vswitch: string; readonly instance: string; readonly zone: string }): Promise<void> {
  const eni = dig<string>(await api.ecs('CreateNetworkInterface', { VSwitchId: kept.vswitch }), 'NetworkInterfaceId')
  const interfaceStatus = async (): Promise<string | undefined> => {
    const found = await api.ecs('DescribeNetworkInterfaces', { 'NetworkInterfaceId.1': eni })
    return dig<{ Status: string }[]>(found, 'NetworkInterfaceSets', 'NetworkInterfaceSet')[0]?.Status
  }
  const becomes = (status: string) =>
    until(`the interface is ${status}`, async () => ((await interfaceStatus()) === status ? true : undefined), 60_000)
  await api.ecs('AttachNetworkInterface', { NetworkInterfaceId: eni, InstanceId: kept.instance })
  await becomes('InUse')

  const vpc = await api.createVpc('10.0.0.0/16', 'short')
  const vswitch = await api.createVswitch(vpc, '10.0.0.0/24', kept.zone, 'short')
  const group = await api.createSecurityGroup(vpc)
  const instance = await api.runInstance(vswitch, group, 'short', '10.0.0.9', '')
  await api.waitForInstance(instance, 'Running')
  const { id: havip } = await api.createHavip(vswitch, '10.0.0.88', 'short')
  await api.bindInstance(havip, instance)
  const eip = dig<string>(await api.vpc('AllocateEipAddress'), 'AllocationId')
  await api.bindEip(eip, havip)

  await api.ecs('DetachNetworkInterface', { NetworkInterfaceId: eni, InstanceId: kept.instance })
  await becomes('Available')
  await api.ecs('DeleteNetworkInterface', { NetworkInterfaceId: eni })
  await gone('the interface', interfaceStatus)
  await api.vpc('UnassociateEipAddress', { AllocationId: eip })
  const soon = (action: string, parameters: Record<string, string>) =>
    until(
      action,
      async () =>
        api.vpc(action, parameters).then(
          () => true as const,
          () => undefined,
        ),
      60_000,
    )
  await soon('ReleaseEipAddress', { AllocationId: eip })
  await api.ecs('DeleteInstance', { InstanceId: instance, Force: 'true' })
  await soon('DeleteHaVip', { HaVipId: havip })
  await until(
    'the group is deleted',
    async () =>
      api.ecs('DeleteSecurityGroup', { SecurityGroupId: group }).then(
        () => true as const,
        () => undefined,
      ),
    60_000,
  )
  await soon('DeleteVSwitch', { VSwitchId: vswitch })
  await soon('DeleteVpc', { VpcId: vpc })
  await gone('the VPC', async () => dig<unknown[]>(await api.vpc('DescribeVpcs', { VpcId: vpc }), 'Vpcs', 'Vpc')[0])
}

test('after each life of everything the kernel has what it had before', {
  skip: needsRoot,
  timeout: 120_000 + cycles * 60_000,
}, async () => {
  const prefix = `hvt${randomBytes(3).toString('hex')}-`
  const world = await createWorld({ prefix, state: `/var/lib/havip/${prefix}world` })
  try {
    const api = cloud(world.client)
    const application = { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'test' }
    await api.quotas('CreateQuotaApplication', application)
    const zone = dig<string>(await api.vpc('DescribeZones'), 'Zones', 'Zone', 0, 'ZoneId')
    const vpc = await api.createVpc('192.168.0.0/16', 'kept')
    const vswitch = await api.createVswitch(vpc, '192.168.0.0/24', zone, 'kept')
    const instance = await api.runInstance(vswitch, await api.createSecurityGroup(vpc), 'kept', '192.168.0.9', '')
    await api.waitForInstance(instance, 'Running')
    // The first life may leave what is made once, such as the rules that every router has.
    await live(api, { vswitch, instance, zone })
    const before = await census(prefix)
    for (let cycle = 1; cycle < cycles; cycle++) await live(api, { vswitch, instance, zone })
    assert.deepEqual(await census(prefix), before)
  } finally {
    await world.destroy()
  }
})
