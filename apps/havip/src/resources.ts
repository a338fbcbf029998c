// Friendly verbs over the API's actions: `havip havip list`, `havip ecs start ecs-1`. A name works wherever an id does.
import { describeActions } from '@havip/rpc-api'
import type { Command } from 'commander'
import { type ConnectionOptions, connect, regionOf, withConnection } from './connection.ts'
import { apiVersions, type Parameters, type Product, type RpcClient } from './rpc-client.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

type Row = Record<string, unknown>

/** One kind of resource: how it is listed, and which actions its verbs are. */
type Kind = {
  readonly noun: string
  readonly what: string
  readonly product: Product
  readonly list: { readonly action: string; readonly path: readonly [string, string] }
  readonly id: string
  readonly name: string
  readonly columns: readonly (readonly [heading: string, cell: (row: Row) => unknown])[]
  readonly verbs: readonly Verb[]
}
type Verb = {
  readonly verb: string
  readonly what: string
  readonly action: string
  /** The first argument is a resource of this kind. */
  readonly onResource: boolean
  readonly options: readonly VerbOption[]
}
type VerbOption = {
  readonly flag: string
  readonly parameter: string
  readonly what: string
  readonly required?: boolean
  /** The value may be the name of a resource of this kind. */
  readonly names?: string
  /** A flag without a value sends this one. */
  readonly fixed?: string
  /** Always sent; not shown as an option. */
  readonly constant?: string
}

const field = (name: string) => (row: Row) => row[name]
const inner =
  (...path: readonly string[]) =>
  (row: Row): unknown =>
    path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Row)[key] : undefined), row)
const listed =
  (...path: readonly string[]) =>
  (row: Row): string => {
    const value = inner(...path)(row)
    return Array.isArray(value) ? value.join(' ') : ''
  }
const described: readonly VerbOption[] = [
  { flag: '--name <text>', parameter: 'Name', what: 'a name for people' },
  { flag: '--description <text>', parameter: 'Description', what: 'what it is for' },
]

const kinds: readonly Kind[] = [
  {
    noun: 'vpc',
    what: 'private networks',
    product: 'vpc',
    list: { action: 'DescribeVpcs', path: ['Vpcs', 'Vpc'] },
    id: 'VpcId',
    name: 'VpcName',
    columns: [
      ['ID', field('VpcId')],
      ['NAME', field('VpcName')],
      ['CIDR', field('CidrBlock')],
      ['STATUS', field('Status')],
    ],
    verbs: [
      {
        verb: 'create',
        what: 'create a VPC',
        action: 'CreateVpc',
        onResource: false,
        options: [
          { flag: '--cidr <block>', parameter: 'CidrBlock', what: 'its address block, e.g. 192.168.0.0/16' },
          { flag: '--name <text>', parameter: 'VpcName', what: 'a name for people' },
        ],
      },
      { verb: 'delete', what: 'delete an empty VPC', action: 'DeleteVpc', onResource: true, options: [] },
    ],
  },
  {
    noun: 'vswitch',
    what: 'subnets of a VPC',
    product: 'vpc',
    list: { action: 'DescribeVSwitches', path: ['VSwitches', 'VSwitch'] },
    id: 'VSwitchId',
    name: 'VSwitchName',
    columns: [
      ['ID', field('VSwitchId')],
      ['NAME', field('VSwitchName')],
      ['CIDR', field('CidrBlock')],
      ['FREE', field('AvailableIpAddressCount')],
      ['VPC', field('VpcId')],
      ['STATUS', field('Status')],
    ],
    verbs: [
      {
        verb: 'create',
        what: 'create a vSwitch',
        action: 'CreateVSwitch',
        onResource: false,
        options: [
          { flag: '--vpc <vpc>', parameter: 'VpcId', what: 'the VPC', required: true, names: 'vpc' },
          { flag: '--zone <id>', parameter: 'ZoneId', what: 'the zone', required: true },
          { flag: '--cidr <block>', parameter: 'CidrBlock', what: 'its address block', required: true },
          { flag: '--name <text>', parameter: 'VSwitchName', what: 'a name for people' },
        ],
      },
      { verb: 'delete', what: 'delete an unused vSwitch', action: 'DeleteVSwitch', onResource: true, options: [] },
    ],
  },
  {
    noun: 'ecs',
    what: 'instances',
    product: 'ecs',
    list: { action: 'DescribeInstances', path: ['Instances', 'Instance'] },
    id: 'InstanceId',
    name: 'InstanceName',
    columns: [
      ['ID', field('InstanceId')],
      ['NAME', field('InstanceName')],
      ['ADDRESS', listed('VpcAttributes', 'PrivateIpAddress', 'IpAddress')],
      ['VSWITCH', inner('VpcAttributes', 'VSwitchId')],
      ['STATUS', field('Status')],
    ],
    verbs: [
      { verb: 'start', what: 'start a stopped instance', action: 'StartInstance', onResource: true, options: [] },
      {
        verb: 'stop',
        what: 'stop an instance',
        action: 'StopInstance',
        onResource: true,
        options: [{ flag: '--force', parameter: 'ForceStop', what: 'as when the power fails: nothing shuts down', fixed: 'true' }],
      },
      { verb: 'reboot', what: 'reboot an instance', action: 'RebootInstance', onResource: true, options: [] },
      {
        verb: 'delete',
        what: 'delete an instance and its disk',
        action: 'DeleteInstance',
        onResource: true,
        options: [{ flag: '--force', parameter: 'Force', what: 'also when it runs', fixed: 'true' }],
      },
    ],
  },
  {
    noun: 'havip',
    what: 'addresses that move',
    product: 'vpc',
    list: { action: 'DescribeHaVips', path: ['HaVips', 'HaVip'] },
    id: 'HaVipId',
    name: 'Name',
    columns: [
      ['ID', field('HaVipId')],
      ['NAME', field('Name')],
      ['ADDRESS', field('IpAddress')],
      ['STATUS', field('Status')],
      ['OWNER', field('MasterInstanceId')],
      ['INSTANCES', listed('AssociatedInstances', 'associatedInstance')],
      ['EIP', listed('AssociatedEipAddresses', 'associatedEipAddresse')],
    ],
    verbs: [
      {
        verb: 'create',
        what: 'create an HAVIP',
        action: 'CreateHaVip',
        onResource: false,
        options: [
          { flag: '--vswitch <vswitch>', parameter: 'VSwitchId', what: 'the vSwitch', required: true, names: 'vswitch' },
          { flag: '--address <ip>', parameter: 'IpAddress', what: 'its address (else a free one is taken)' },
          ...described,
        ],
      },
      {
        verb: 'bind',
        what: 'let an instance announce it',
        action: 'AssociateHaVip',
        onResource: true,
        options: [{ flag: '--instance <ecs>', parameter: 'InstanceId', what: 'the instance', required: true, names: 'ecs' }],
      },
      {
        verb: 'unbind',
        what: 'take that right away',
        action: 'UnassociateHaVip',
        onResource: true,
        options: [
          { flag: '--instance <ecs>', parameter: 'InstanceId', what: 'the instance', required: true, names: 'ecs' },
          { flag: '--force', parameter: 'Force', what: 'also from the one that owns it now', fixed: 'True' },
        ],
      },
      { verb: 'modify', what: 'change name or description', action: 'ModifyHaVipAttribute', onResource: true, options: described },
      { verb: 'delete', what: 'delete an HAVIP that nothing is bound to', action: 'DeleteHaVip', onResource: true, options: [] },
    ],
  },
  {
    noun: 'eip',
    what: 'public addresses',
    product: 'vpc',
    list: { action: 'DescribeEipAddresses', path: ['EipAddresses', 'EipAddress'] },
    id: 'AllocationId',
    name: 'Name',
    columns: [
      ['ID', field('AllocationId')],
      ['NAME', field('Name')],
      ['ADDRESS', field('IpAddress')],
      ['STATUS', field('Status')],
      ['BOUND TO', field('InstanceId')],
      ['MBIT/S', field('Bandwidth')],
    ],
    verbs: [
      {
        verb: 'create',
        what: 'allocate a public address',
        action: 'AllocateEipAddress',
        onResource: false,
        options: [{ flag: '--bandwidth <mbit>', parameter: 'Bandwidth', what: 'Mbit/s' }, ...described],
      },
      {
        verb: 'bind',
        what: 'bind it to an HAVIP',
        action: 'AssociateEipAddress',
        onResource: true,
        options: [
          { flag: '--havip <havip>', parameter: 'InstanceId', what: 'the HAVIP', required: true, names: 'havip' },
          { flag: '', parameter: 'InstanceType', what: '', constant: 'HaVip' },
        ],
      },
      { verb: 'unbind', what: 'unbind it', action: 'UnassociateEipAddress', onResource: true, options: [] },
      { verb: 'delete', what: 'release it', action: 'ReleaseEipAddress', onResource: true, options: [] },
    ],
  },
]

const pageSize = 50
/** Pages walked at most: 100,000 resources. */
const pagesMax = 2000

/** Everything of one kind, page by page. */
async function listAll(client: RpcClient, kind: Kind, region: string): Promise<Row[]> {
  const rows: Row[] = []
  for (let page = 1; page <= pagesMax; page++) {
    const answer = await client.call(kind.product, kind.list.action, { RegionId: region, PageNumber: page, PageSize: pageSize })
    const batch = inner(...kind.list.path)(answer)
    if (!Array.isArray(batch)) break
    rows.push(...(batch as Row[]))
    if (batch.length < pageSize) break
  }
  return rows
}

/** The id that a name or an id means. @throws UsageError when it is none, or several. */
export async function resolve(client: RpcClient, noun: string, given: string, region: string): Promise<string> {
  const kind = kinds.find((candidate) => candidate.noun === noun)
  if (!kind) throw new UsageError(`no kind of resource is called ${noun}`)
  const rows = await listAll(client, kind, region)
  const matches = rows.filter((row) => row[kind.id] === given || row[kind.name] === given)
  if (matches.length === 1) return String(matches[0]?.[kind.id])
  const known = rows
    .map((row) => row[kind.name] || row[kind.id])
    .slice(0, 10)
    .join(', ')
  if (matches.length === 0) throw new UsageError(`no ${noun} is called ${given}; there ${rows.length === 0 ? 'is none' : `are: ${known}`}`)
  throw new UsageError(`${matches.length} ${noun}s are called ${given}: give the id`)
}

type CommandOptions = ConnectionOptions & { readonly json?: boolean } & Readonly<Record<string, string | boolean | undefined>>

export function addResourceCommands(program: Command): Map<string, Command> {
  const nouns = new Map<string, Command>()
  for (const kind of kinds) {
    const noun = program.command(kind.noun).description(kind.what)
    nouns.set(kind.noun, noun)
    withConnection(noun.command('list').description(`list ${kind.what}`))
      .option('--json', 'for programs')
      .action(async (options: CommandOptions) => {
        const rows = await listAll(connect(options), kind, regionOf(options))
        if (options.json) console.log(JSON.stringify(rows, undefined, 2))
        else
          console.log(
            formatTable(
              kind.columns.map(([heading]) => heading),
              rows.map((row) => kind.columns.map(([, cell]) => String(cell(row) ?? ''))),
              `no ${kind.what} yet`,
            ),
          )
      })
    for (const verb of kind.verbs) addVerb(noun, kind, verb)
  }
  return nouns
}

function addVerb(noun: Command, kind: Kind, verb: Verb): void {
  const command = withConnection(noun.command(verb.onResource ? `${verb.verb} <${kind.noun}>` : verb.verb).description(verb.what))
  for (const option of verb.options) {
    if (option.constant !== undefined) continue
    if (option.required) command.requiredOption(option.flag, option.what)
    else command.option(option.flag, option.what)
  }
  command.option('--json', 'for programs')
  command.action(async (...given: readonly unknown[]) => {
    const [target, options] = (verb.onResource ? given : [undefined, ...given]) as [string | undefined, CommandOptions]
    const client = connect(options)
    const region = regionOf(options)
    const parameters: Record<string, string> = { RegionId: region }
    if (target !== undefined) parameters[kind.id] = await resolve(client, kind.noun, target, region)
    for (const option of verb.options) {
      const value = option.constant ?? options[/^--([a-z]+)/.exec(option.flag)?.[1] ?? '']
      if (value === undefined) continue
      parameters[option.parameter] =
        option.fixed ?? (option.names ? await resolve(client, option.names, String(value), region) : String(value))
    }
    const answer = await client.call(kind.product, verb.action, parameters as Parameters)
    const { RequestId: _, ...rest } = answer
    if (options.json) console.log(JSON.stringify(answer, undefined, 2))
    else
      console.log(
        Object.keys(rest).length === 0
          ? 'done'
          : Object.entries(rest)
              .map(([name, value]) => `${name}  ${String(value)}`)
              .join('\n'),
      )
  })
}

/** `havip api Action --Parameter value …`: any action by its own name; `havip api --list` names them all. */
export function addApiCommand(program: Command): void {
  withConnection(program.command('api [action] [parameters...]'))
    .description('call any action: havip api DescribeHaVips --RegionId cn-hangzhou')
    .option('--product <name>', `where two products have an action of that name: ${Object.keys(apiVersions).join(', ')}`)
    .option('--list', 'what actions there are')
    .allowUnknownOption()
    .passThroughOptions()
    .action(
      async (
        action: string | undefined,
        words: readonly string[],
        options: ConnectionOptions & { readonly product?: string; readonly list?: boolean },
      ) => {
        if (action === undefined || options.list) {
          console.log(
            formatTable(
              ['ACTION', 'PRODUCT', 'WHAT IT DOES'],
              describeActions().map((one) => [one.name, one.product, one.doc]),
              'no actions',
            ),
          )
          return
        }
        const answer = await connect(options).call(productOf(action, options.product), action, {
          RegionId: regionOf(options),
          ...readParameters(words),
        })
        console.log(JSON.stringify(answer, undefined, 2))
      },
    )
}

/** @throws UsageError when no product has the action, or several do */
export function productOf(action: string, given: string | undefined): Product {
  if (given !== undefined) {
    if (given in apiVersions) return given as Product
    throw new UsageError(`--product ${given}: ${Object.keys(apiVersions).join(', ')}`)
  }
  const products = describeActions()
    .filter((one) => one.name === action)
    .map((one) => one.product)
  const [only] = products
  if (only === undefined) throw new UsageError(`no action is called ${action}; havip api --list names them all`)
  if (products.length > 1)
    throw new UsageError(`${products.join(' and ')} both have ${action}: say which, havip api --product ${only} ${action}`)
  return only
}

/** `--Name value` pairs; `--Name=value` works too. @throws UsageError */
export function readParameters(words: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {}
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const match = /^--([A-Za-z][A-Za-z0-9.]*)(?:=(.*))?$/s.exec(word)
    if (!match) throw new UsageError(`${word}: parameters are given as --Name value`)
    const value = match[2] ?? words[++i]
    if (value === undefined) throw new UsageError(`--${match[1]} needs a value`)
    parameters[match[1] as string] = value
  }
  return parameters
}
