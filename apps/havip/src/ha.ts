// `havip ha …`: high availability in one call, where an address really is, and tests that break something on purpose.
import type { Command } from 'commander'
import { type ConnectionOptions, connect, regionOf, withConnection } from './connection.ts'
import { resolve } from './resources.ts'
import type { RpcClient } from './rpc-client.ts'
import { ApiError } from './rpc-errors.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

type Row = Readonly<Record<string, unknown>>
type Options = ConnectionOptions & { readonly json?: boolean }

const askEveryMs = 300
/** No set-up and no test takes longer. */
const waitMaxMs = 300_000
const sleep = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms))

const rowsOf = (answer: Row, name: string): readonly Row[] => (Array.isArray(answer[name]) ? (answer[name] as Row[]) : [])
const show = (options: Options, answer: unknown, text: () => string): void =>
  console.log(options.json ? JSON.stringify(answer, undefined, 2) : text())

/** Asks until it is over; undefined: there is no such thing any more. */
async function follow(
  ask: () => Promise<Row | undefined>,
  isOver: (row: Row) => boolean,
  onChange: (row: Row) => void,
): Promise<Row | undefined> {
  const end = Date.now() + waitMaxMs
  for (;;) {
    const row = await ask()
    if (row === undefined) return undefined
    onChange(row)
    if (isOver(row)) return row
    if (Date.now() > end) throw new UsageError(`not done within ${waitMaxMs / 1000} s; it goes on: look with havip ha list`)
    await sleep(askEveryMs)
  }
}

/** Prints a word each time it is another. */
function saying(options: Options, word: (row: Row) => string): (row: Row) => void {
  let last = ''
  return (row) => {
    const now = word(row)
    if (now !== last && now !== '' && !options.json) console.log(now)
    last = now
  }
}

const clusterOf = async (client: RpcClient, region: string, id: string): Promise<Row | undefined> =>
  rowsOf(await client.call('havip', 'DescribeHaVipClusters', { RegionId: region, ClusterId: id }), 'Clusters')[0]

type CreateOptions = Options & {
  readonly vswitch: string
  readonly instances: string
  readonly address?: string
  readonly bandwidth?: string
  readonly name?: string
  readonly preempt?: boolean
}

async function create(options: CreateOptions): Promise<void> {
  const [client, region] = [connect(options), regionOf(options)]
  const names = options.instances.split(',').map((name) => name.trim())
  if (names.length !== 2) throw new UsageError(`--instances ${options.instances}: two, a comma between`)
  const [one = '', two = ''] = names
  const answer = await client.call('havip', 'CreateHaVipCluster', {
    RegionId: region,
    VSwitchId: await resolve(client, 'vswitch', options.vswitch, region),
    'InstanceId.1': await resolve(client, 'ecs', one, region),
    'InstanceId.2': await resolve(client, 'ecs', two, region),
    IpAddress: options.address,
    Bandwidth: options.bandwidth,
    Name: options.name,
    Preempt: options.preempt,
  })
  const id = String(answer.ClusterId)
  const words: Readonly<Record<string, string>> = { Creating: 'setting up …', Undoing: 'a step failed; undoing …' }
  const row = await follow(
    () => clusterOf(client, region, id),
    ({ Status }) => Status === 'Active' || Status === 'Failed',
    saying(options, ({ Status }) => words[String(Status)] ?? ''),
  )
  if (row?.Status !== 'Active') throw new ApiError('SetUpFailed', 200, String(row?.Problem ?? 'it is gone'), '')
  show(options, row, () => formatTable(['ID', 'HAVIP', 'ADDRESS', 'EIP', 'VRID'], [clusterCells(row)], ''))
}

const clusterCells = (row: Row): string[] =>
  ['ClusterId', 'HaVipId', 'IpAddress', 'EipAddress', 'VirtualRouterId'].map((name) => String(row[name] ?? ''))

async function list(options: Options): Promise<void> {
  const answer = await connect(options).call('havip', 'DescribeHaVipClusters', { RegionId: regionOf(options), PageSize: 50 })
  const rows = rowsOf(answer, 'Clusters')
  show(options, rows, () =>
    formatTable(
      ['ID', 'HAVIP', 'ADDRESS', 'EIP', 'VRID', 'STATUS', 'PROBLEM'],
      rows.map((row) => [...clusterCells(row), String(row.Status), String(row.Problem)]),
      'no high-availability set-ups yet',
    ),
  )
}

async function remove(id: string, options: Options): Promise<void> {
  const [client, region] = [connect(options), regionOf(options)]
  await client.call('havip', 'DeleteHaVipCluster', { RegionId: region, ClusterId: id })
  await follow(
    () => clusterOf(client, region, id),
    () => false,
    saying(options, (row) => String(row.Problem)),
  )
  show(options, {}, () => 'done')
}

/** Exit status 0 only when every source agrees. */
async function truth(havip: string | undefined, options: Options & { readonly probe?: boolean }): Promise<void> {
  const [client, region] = [connect(options), regionOf(options)]
  const id = havip === undefined ? undefined : await resolve(client, 'havip', havip, region)
  const answer = await client.call('havip', 'DescribeHaVipTruth', { RegionId: region, 'HaVipId.1': id, Probe: options.probe, PageSize: 50 })
  const rows = rowsOf(answer, 'HaVips')
  const age = (value: unknown): string => (typeof value === 'number' ? `${(value / 1000).toFixed(1)} s ago` : 'never')
  show(options, rows, () =>
    rows
      .map((row) => {
        const plane = row.Plane as Row
        const lines = [`${String(row.IpAddress)} (${String(row.HaVipId)}): ${String(row.Verdict)} ${String(row.OwnerInstanceId)}`.trimEnd()]
        lines.push(`  network  ${String(plane.InstanceId || plane.State)}, ${age(plane.AgeMs)}`)
        for (const daemon of rowsOf(row, 'Daemons'))
          lines.push(
            `  daemon   ${String(daemon.InstanceId)} ${String(daemon.State)}, ${age(daemon.AgeMs)} ${String(daemon.Problem)}`.trimEnd(),
          )
        const probe = row.Probe as Row | null
        if (probe) lines.push(`  probe    ${String(probe.State)} ${String(probe.By)}`.trimEnd())
        for (const problem of (row.Problems as string[]) ?? []) lines.push(`  ! ${problem}`)
        return lines.join('\n')
      })
      .join('\n'),
  )
  if (rows.some((row) => row.Verdict !== 'Agreed')) process.exitCode = 1
}

async function runTest(havip: string, options: Options & { readonly fault: string; readonly instance?: string }): Promise<void> {
  const [client, region] = [connect(options), regionOf(options)]
  const answer = await client.call('havip', 'StartHaVipTest', {
    RegionId: region,
    HaVipId: await resolve(client, 'havip', havip, region),
    Fault: options.fault,
    InstanceId: options.instance === undefined ? undefined : await resolve(client, 'ecs', options.instance, region),
  })
  const id = String(answer.TestId)
  const row = await follow(
    async () => rowsOf(await client.call('havip', 'DescribeHaVipTests', { RegionId: region, TestId: id }), 'Tests')[0],
    ({ Status }) => Status !== 'Running',
    saying(options, ({ Phase }) => String(Phase)),
  )
  if (row?.Status !== 'Finished') throw new ApiError('TestFailed', 200, String(row?.Error ?? 'it is gone'), '')
  show(options, row, () => {
    const outage = row.OutageMs === null ? 'nobody answered again' : `${String(row.OutageMs)} ms without an answer`
    const who = `${String(row.Before) || 'nobody'} → ${String(row.After) || 'nobody'}`
    return [`${who}: ${outage}, ${String(row.Lost)} requests lost`, String(row.Reason), String(row.Error)]
      .filter((line) => line !== '')
      .join('\n')
  })
}

export function addHaCommands(program: Command): void {
  const ha = program.command('ha').description('high availability: set up, look, test')
  const verb = (name: string, what: string): Command => withConnection(ha.command(name).description(what)).option('--json', 'for programs')
  verb('create', 'set up high availability on two instances, in one call')
    .requiredOption('--vswitch <vswitch>', 'where the address and both instances are')
    .requiredOption('--instances <ecs,ecs>', 'the two instances; the first is the preferred owner')
    .option('--address <ip>', 'the address (else a free one is taken)')
    .option('--bandwidth <mbit>', 'of the public address in Mbit/s; 0: none (else 5)')
    .option('--preempt', 'the preferred owner takes the address back when it returns')
    .option('--name <text>', 'a name for people')
    .action(create)
  verb('list', 'list what was set up').action(list)
  verb('delete <id>', 'take a set-up away and bring back what was there before').action(remove)
  verb('truth [havip]', 'where an address really is, by every source that can tell')
    .option('--probe', 'also ask the address itself')
    .action(truth)
  verb('test <havip>', 'break something on purpose and measure what clients see')
    .requiredOption('--fault <name>', 'stop-instance, power-loss, stop-daemon, kill-daemon or cut-link')
    .option('--instance <ecs>', 'to whom (else the owner)')
    .action(runTest)
}
