// `make bench-control-plane`: the controller through its signed HTTP door, on SQLite and on PostgreSQL: creates, binds and describes
// a second at 1 and 16 clients, lists and filters among many HaVips, memory, and how soon one change is in the data plane. The plane
// is one in memory behind hostd's own socket, so the figures are the control plane's. Writes out/bench-control-plane.json.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serve } from '@havip/plane-linux'
import { startPostgres } from '@havip/store-sql/testing'
import { FakeCompute, FakePlane } from '@havip/vpc-service/testing'
import { type RpcClient, rpcClient } from '../../apps/havip/src/rpc-client.ts'
import { ApiError } from '../../apps/havip/src/rpc-errors.ts'
import { needsRoot } from '../lab/segment.ts'
import { root } from '../lab/world.ts'
import { measureEipFailover } from './eip-failover.ts'

const { values: options } = parseArgs({
  options: {
    havips: { type: 'string', default: '10000' },
    databases: { type: 'string', default: 'sqlite,postgresql' },
    /** Failovers through the EIP, rounds of each fault; 0: none. */
    failovers: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
})
const havipsMax = Number(options.havips)
const region = { RegionId: 'cn-hangzhou' }

type Row = {
  readonly database: string
  readonly what: string
  readonly unit: string
  readonly value: number
  readonly p50?: number
  readonly p99?: number
  /** Of the controller, for each call. */
  readonly processorMs?: number
  /** Calls that were not answered within the server's own 2.7 s. */
  readonly late?: number
}
const rows: Row[] = []
const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1))
function add(row: Row): void {
  rows.push(row)
  if (options.json) return
  const spread =
    row.p50 === undefined
      ? ''
      : `p50 ${short(row.p50)} ms, p99 ${short(row.p99 ?? 0)} ms${row.processorMs === undefined ? '' : `, processor ${row.processorMs.toFixed(2)} ms each`}${row.late ? `, ${row.late} not answered in time` : ''}`
  console.log(`${row.database.padEnd(12)} ${row.what.padEnd(46)} ${short(row.value).padStart(8)} ${row.unit.padEnd(5)} ${spread}`)
}

/** Processor time that the controller has used, ms: what a loaded machine does not change. */
const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 120_000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what}: not within two minutes`)
    await sleep(2)
  }
}

/** Runs `count` calls over `clients` lanes; what each took, sorted, and how many a second. */
async function load(pid: number, clients: number, count: number, call: (index: number) => Promise<unknown>) {
  let next = 0
  const took: number[] = []
  let late = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const begun = performance.now()
      const isAnswered = await call(index).then(
        () => true,
        (error: unknown) => {
          // Out of time at a loaded server: told, not hidden.
          if (error instanceof ApiError && error.status === 503) return false
          throw error
        },
      )
      if (isAnswered) took.push(performance.now() - begun)
      else late++
    }
  }
  const processor = processorMs(pid)
  const begun = performance.now()
  await Promise.all(Array.from({ length: clients }, lane))
  const perSecond = (took.length * 1000) / (performance.now() - begun)
  took.sort((a, b) => a - b)
  return {
    value: perSecond,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    processorMs: (processorMs(pid) - processor) / count,
    late,
  }
}

type Scene = {
  readonly database: string
  readonly client: RpcClient
  readonly plane: FakePlane
  readonly vpc: string
  readonly vswitch: string
  readonly pid: number
}

async function withScene(database: string, url: string | undefined, work: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'havip-bench-'))
  const plane = new FakePlane()
  const socketPath = join(folder, 'hostd.sock')
  const uid = process.getuid?.() ?? 0
  const hostd = await serve({ socketPath, uid, gid: undefined, log: () => undefined, dataPlane: plane, compute: new FakeCompute() })
  const data = join(folder, 'data')
  const bundled = join(root, 'dist', 'controller.mjs')
  // What users run; from a checkout without it, the sources.
  const program = existsSync(bundled) ? bundled : join(root, 'apps/controller/src/main.ts')
  const flags = [
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--hostd',
    socketPath,
    '--allow-root',
    '--auto-approve-quota',
    '--rate',
    '1000000',
  ]
  const child = spawn(process.execPath, [program, ...flags, ...(url === undefined ? [] : ['--database', url])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const client = rpcClient(`http://127.0.0.1:${await portOf(child)}`, JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8')))
    const application = { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'bench' }
    await client.call('quotas', 'CreateQuotaApplication', application)
    const vpc = String((await client.call('vpc', 'CreateVpc', { ...region, CidrBlock: '10.0.0.0/8' })).VpcId)
    await until('the VPC is there', () => plane.index.networks.has(vpc))
    await until(
      'the VPC is available',
      async () => (await client.call('vpc', 'DescribeVpcAttribute', { ...region, VpcId: vpc })).Status === 'Available',
    )
    const made = await client.call('vpc', 'CreateVSwitch', { ...region, VpcId: vpc, ZoneId: 'cn-hangzhou-b', CidrBlock: '10.0.0.0/16' })
    const vswitch = String(made.VSwitchId)
    await until(
      'the vSwitch is available',
      async () => (await client.call('vpc', 'DescribeVSwitchAttributes', { ...region, VSwitchId: vswitch })).Status === 'Available',
    )
    await work({ database, client, plane, vpc, vswitch, pid: child.pid ?? 0 })
  } finally {
    child.kill('SIGKILL')
    await hostd.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function portOf(child: ChildProcess): Promise<number> {
  let output = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (text) => {
      output += text
      const port = /"port":(\d+).*"msg":"listening"/.exec(output)?.[1]
      if (port) resolve(Number(port))
    })
    child.once('exit', () => reject(new Error(`the controller ended: ${output}`)))
  })
}

const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

async function measure(scene: Scene): Promise<void> {
  const { database, client, plane, vswitch, pid } = scene
  const result = (what: string, unit: string, figures: Omit<Row, 'database' | 'what' | 'unit'>): void =>
    add({ database, what, unit, ...figures })
  result('memory of the controller before', 'MB', { value: residentMb(pid) })
  const havips: string[] = []
  const create = async (): Promise<void> => {
    havips.push(String((await client.call('vpc', 'CreateHaVip', { ...region, VSwitchId: vswitch, Name: `n${havips.length}` })).HaVipId))
  }
  result('create 300 HaVips, 1 client', '/s', await load(pid, 1, 300, create))
  result('create 1,000 HaVips, 16 clients', '/s', await load(pid, 16, 1000, create))
  const rest = Math.max(0, havipsMax - havips.length)
  result(`create ${rest} more, 16 clients`, '/s', await load(pid, 16, rest, create))
  const lastMade = performance.now()
  await until('all of them are in the plane', () => plane.index.havips.size >= havips.length)
  result('last of them in the plane after', 'ms', { value: performance.now() - lastMade })
  await until('all of them are available', async () => (await count(client, 'Available')) >= havips.length)
  result(`memory of the controller at ${havips.length}`, 'MB', { value: residentMb(pid) })

  const some = (index: number): string => havips[(index * 7919) % havips.length] as string
  const byId = (index: number) => client.call('vpc', 'DescribeHaVips', filter('HaVipId', some(index)))
  result(`describe one of ${havips.length}, 1 client`, '/s', await load(pid, 1, 500, byId))
  result(`describe one of ${havips.length}, 16 clients`, '/s', await load(pid, 16, 2000, byId))
  const pages = Math.ceil(havips.length / 50)
  const page = (index: number) => client.call('vpc', 'DescribeHaVips', { ...region, PageSize: 50, PageNumber: 1 + ((index * 61) % pages) })
  result(`a page of 50 among ${havips.length}, 1 client`, '/s', await load(pid, 1, 200, page))
  const byStatus = () => client.call('vpc', 'DescribeHaVips', { ...filter('Status', 'Available'), PageSize: 50 })
  result(`a page of those Available among ${havips.length}`, '/s', await load(pid, 1, 100, byStatus))

  const instances = await makeInstances(scene, 64)
  const bind = (index: number) => {
    const target = { HaVipId: havips[index], InstanceId: instances[index % instances.length] }
    return client.call('vpc', 'AssociateHaVip', { ...region, ...target })
  }
  const alone = await load(pid, 1, 100, bind)
  result('bind, 1 client', '/s', alone)
  const together = await load(pid, 16, 200, (index) => bind(100 + index))
  result('bind, 16 clients', '/s', together)
  const lateBinds = alone.late + together.late
  await until('all is settled', async () => (await count(client, 'InUse')) >= 300 - lateBinds)

  // One change at a time, and when the plane has it.
  const took: number[] = []
  for (let turn = 0; turn < 50; turn++) {
    const begun = performance.now()
    const made = await client.call('vpc', 'CreateHaVip', { ...region, VSwitchId: vswitch })
    const answered = performance.now()
    while (!plane.index.havips.has(String(made.HaVipId) as never)) await sleep(0.2)
    took.push(performance.now() - answered)
    if (turn === 0) result('one change: call to plane', 'ms', { value: performance.now() - begun })
    await sleep(20)
  }
  took.sort((a, b) => a - b)
  const [p50, p99] = [quantile(took, 0.5), quantile(took, 0.99)]
  result(`one change among ${havips.length}: answer to plane`, 'ms', { value: p50, p50, p99 })
}

const filter = (key: string, value: string) => ({ ...region, 'Filter.1.Key': key, 'Filter.1.Value.1': value })
const count = async (client: RpcClient, status: string): Promise<number> =>
  Number((await client.call('vpc', 'DescribeHaVips', filter('Status', status))).TotalCount)

async function makeInstances({ client, vswitch, plane }: Scene, amount: number): Promise<string[]> {
  const launch = { ...region, ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId: vswitch, Amount: amount }
  const made = (await client.call('ecs', 'RunInstances', launch)) as { InstanceIdSets: { InstanceIdSet: string[] } }
  await until('the instances have their ports', () => plane.index.ports.size >= amount)
  await until(
    'the instances run',
    async () => Number((await client.call('ecs', 'DescribeInstances', { ...region, Status: 'Running' })).TotalCount) === amount,
  )
  return made.InstanceIdSets.InstanceIdSet
}

/** With the real data plane: instances, daemons, fence and translation. */
async function failovers(rounds: number): Promise<void> {
  const outages = new Map<string, number[]>()
  await measureEipFailover(rounds, ({ fault, outageMs, lost }) => {
    outages.set(fault, [...(outages.get(fault) ?? []), outageMs])
    if (!options.json) console.log(`  ${fault}: no answer for ${short(outageMs)} ms, ${lost} requests lost (one each 10 ms)`)
  })
  for (const [fault, values] of outages) {
    const sorted = values.sort((a, b) => a - b)
    const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)]
    add({ database: 'sqlite', what: `${fault} through the EIP: no answer for`, unit: 'ms', value: p50, p50, p99 })
  }
}

if (!options.json)
  console.log(
    `control plane; ${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}; signed HTTP on loopback, client and server on the same machine\n`,
  )
for (const database of options.databases.split(',')) {
  if (database === 'sqlite') await withScene(database, undefined, measure)
  else {
    const server = await startPostgres()
    if (typeof server === 'string') console.error(`SKIPPED ${database}: ${server}`)
    else await withScene(database, server.url, measure).finally(() => server.stop())
  }
}
if (Number(options.failovers) > 0) {
  if (needsRoot) console.error(`SKIPPED failover through the EIP: ${needsRoot}`)
  else await failovers(Number(options.failovers))
}
mkdirSync(join(root, 'out'), { recursive: true })
const report = { cores: cpus().length, havips: havipsMax, rows }
writeFileSync(join(root, 'out', 'bench-control-plane.json'), `${JSON.stringify(report, undefined, 2)}\n`)
console.log(options.json ? JSON.stringify(report, undefined, 2) : '\nfigures: out/bench-control-plane.json')
