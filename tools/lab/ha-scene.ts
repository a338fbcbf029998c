// Two instances with web servers, high availability over them in one call, and something broken on purpose: for tests and benches.
import { type Cloud, cloud, dig } from './cloud.ts'
import { until } from './processes.ts'
import type { World } from './world.ts'

export type Row = Record<string, unknown>

/**
 * User data of an instance with NGINX, whose page has this title.
 *
 * @param listens what the server listens on
 * @param atBoot runs before it at each start, a line each
 */
export const webServer = (name: string, listens = 'listen 80;', atBoot = ''): string => `#!/bin/sh
mkdir -p /srv/www
echo '<title>${name}</title>' > /srv/www/index.html
cat > /etc/nginx/nginx.conf <<'END'
pid /run/nginx.pid;
events {}
http { access_log off; server { ${listens} root /srv/www; } }
END
printf '#!/bin/sh\\n${atBoot}nginx\\n' > /etc/rc.local
chmod 755 /etc/rc.local
`

export type HaScene = { readonly api: Cloud; readonly vswitch: string; readonly instances: readonly [string, string] }

/** HaVips are allowed, and there is a vSwitch for them. */
export async function network(api: Cloud): Promise<{ readonly vpc: string; readonly vswitch: string }> {
  const application = { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'test' }
  await api.quotas('CreateQuotaApplication', application)
  const zone = dig<string>(await api.vpc('DescribeZones'), 'Zones', 'Zone', 0, 'ZoneId')
  const vpc = await api.createVpc('192.168.0.0/16', 'v')
  return { vpc, vswitch: await api.createVswitch(vpc, '192.168.0.0/24', zone, 's') }
}

/** The tutorial's step 1, and NGINX. */
export async function furnish(world: World): Promise<HaScene> {
  const api = cloud(world.client)
  const { vpc, vswitch } = await network(api)
  const group = await api.createSecurityGroup(vpc)
  const one = await api.runInstance(vswitch, group, 'one', '192.168.0.209', webServer('ECS 1'))
  const two = await api.runInstance(vswitch, group, 'two', '192.168.0.210', webServer('ECS 2'))
  for (const instance of [one, two]) await api.waitForInstance(instance, 'Running')
  return { api, vswitch, instances: [one, two] }
}

export const clusterOf = async (api: Cloud, id: string): Promise<Row | undefined> =>
  dig<Row[]>(await api.own('DescribeHaVipClusters', { ClusterId: id }), 'Clusters')[0]
export const truthOf = async (api: Cloud, havip: string): Promise<Row> =>
  dig<Row>(await api.own('DescribeHaVipTruth', { 'HaVipId.1': havip, Probe: 'true' }), 'HaVips', 0)

/** Waits until plane, daemons and probe name one owner. */
export async function agreement(api: Cloud, havip: string, timeoutMs = 20_000): Promise<Row> {
  let last: Row | undefined
  const found = until(
    'every source agrees',
    async () => {
      last = await truthOf(api, havip)
      return last.Verdict === 'Agreed' ? last : undefined
    },
    timeoutMs,
    300,
  )
  return found.catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(last)}`)
  })
}

/** @returns once it works */
export async function setUp(
  api: Cloud,
  { vswitch, instances: [one, two] }: Pick<HaScene, 'vswitch' | 'instances'>,
  address = '192.168.0.88',
): Promise<{ readonly cluster: string; readonly havip: string; readonly row: Row }> {
  const made = await api.own('CreateHaVipCluster', {
    VSwitchId: vswitch,
    'InstanceId.1': one,
    'InstanceId.2': two,
    IpAddress: address,
  })
  const cluster = dig<string>(made, 'ClusterId')
  const works = async (): Promise<Row | undefined> => {
    const row = await clusterOf(api, cluster)
    if (row?.Status === 'Failed' || row?.Status === 'Undoing') throw new Error(String(row.Problem))
    return row?.Status === 'Active' ? row : undefined
  }
  const row = await until('the set-up works', works, 60_000, 200)
  return { cluster, havip: String(row.HaVipId), row }
}

/** Breaks it and waits for the end of the test. */
export async function broken(api: Cloud, havip: string, fault: string): Promise<Row> {
  const id = dig<string>(await api.own('StartHaVipTest', { HaVipId: havip, Fault: fault }), 'TestId')
  return until(
    `the test of ${fault} ends`,
    async () => {
      const row = dig<Row>(await api.own('DescribeHaVipTests', { TestId: id }), 'Tests', 0)
      return row.Status === 'Running' ? undefined : row
    },
    100_000,
    200,
  )
}
