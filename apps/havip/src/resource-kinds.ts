// The kinds of resources that have friendly verbs: how each is listed, and which actions its verbs are.
import type { Product } from './rpc-client.ts'

export type Row = Record<string, unknown>

/** One kind of resource: how it is listed, and which actions its verbs are. */
export type Kind = {
  readonly noun: string
  readonly what: string
  readonly product: Product
  readonly list: {
    readonly action: string
    readonly path: readonly string[]
    /** Sent with each question. */
    readonly parameters?: Readonly<Record<string, string>>
    /** The answer comes whole. */
    readonly isWhole?: boolean
  }
  readonly id: string
  readonly name: string
  readonly columns: readonly (readonly [heading: string, cell: (row: Row) => unknown])[]
  readonly verbs: readonly Verb[]
}
export type Verb = {
  readonly verb: string
  readonly what: string
  readonly action: string
  /** The first argument is a resource of this kind. */
  readonly onResource: boolean
  readonly options: readonly VerbOption[]
  /** Exactly one of these options has to be given. */
  readonly oneOf?: readonly string[]
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
  /** Sent beside it. */
  readonly also?: Readonly<Record<string, string>>
  /** Sent when the option is not given. */
  readonly otherwise?: string
  /** Always sent; not shown as an option. */
  readonly constant?: string
}

const field = (name: string) => (row: Row) => row[name]
export const inner =
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

const boundTo: readonly VerbOption[] = [
  { flag: '--instance <ecs>', parameter: 'InstanceId', what: 'the instance', names: 'ecs', also: { InstanceType: 'EcsInstance' } },
  {
    flag: '--eni <eni>',
    parameter: 'InstanceId',
    what: 'the network interface',
    names: 'eni',
    also: { InstanceType: 'NetworkInterface' },
  },
]

export const kinds: readonly Kind[] = [
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
      ['IPV6', field('Ipv6CidrBlock')],
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
          { flag: '--ipv6', parameter: 'EnableIpv6', what: 'with a /56 of IPv6', fixed: 'true' },
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
      ['IPV6', field('Ipv6CidrBlock')],
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
          { flag: '--ipv6 <n>', parameter: 'Ipv6CidrBlock', what: 'which /64 of the IPv6 block of its VPC, 0 to 255 (else no IPv6)' },
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
      {
        verb: 'create',
        what: 'make an instance and start it',
        action: 'RunInstances',
        onResource: false,
        options: [
          { flag: '--vswitch <vswitch>', parameter: 'VSwitchId', what: 'the vSwitch', required: true, names: 'vswitch' },
          { flag: '--name <text>', parameter: 'InstanceName', what: 'a name for people' },
          { flag: '--address <ip>', parameter: 'PrivateIpAddress', what: 'its address (else a free one is taken)' },
          { flag: '--ipv6', parameter: 'Ipv6AddressCount', what: 'also an address of IPv6', fixed: '1' },
          {
            flag: '--image <id>',
            parameter: 'ImageId',
            what: 'what it is made from (default: havip_host_x64)',
            otherwise: 'havip_host_x64',
          },
          { flag: '--type <id>', parameter: 'InstanceType', what: 'how large it is (default: ecs.g7.large)', otherwise: 'ecs.g7.large' },
          { flag: '--amount <n>', parameter: 'Amount', what: 'how many, 1 to 100' },
        ],
      },
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
          { flag: '--address <ip>', parameter: 'IpAddress', what: 'its address, of IPv4 or IPv6 (else a free one is taken)' },
          { flag: '--ipv6', parameter: 'IpVersion', what: 'the free one is of IPv6', fixed: 'IPV6' },
          ...described,
        ],
      },
      {
        verb: 'bind',
        what: 'let an instance or a network interface announce it',
        action: 'AssociateHaVip',
        onResource: true,
        options: [...boundTo],
        oneOf: ['--instance', '--eni'],
      },
      {
        verb: 'unbind',
        what: 'take that right away',
        action: 'UnassociateHaVip',
        onResource: true,
        options: [...boundTo, { flag: '--force', parameter: 'Force', what: 'also from the one that owns it now', fixed: 'True' }],
        oneOf: ['--instance', '--eni'],
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
        what: 'bind it to an HAVIP, an instance or a network interface',
        action: 'AssociateEipAddress',
        onResource: true,
        options: [
          { flag: '--havip <havip>', parameter: 'InstanceId', what: 'the HAVIP', names: 'havip', also: { InstanceType: 'HaVip' } },
          ...boundTo,
        ],
        oneOf: ['--havip', '--instance', '--eni'],
      },
      { verb: 'unbind', what: 'unbind it', action: 'UnassociateEipAddress', onResource: true, options: [] },
      { verb: 'delete', what: 'release it', action: 'ReleaseEipAddress', onResource: true, options: [] },
    ],
  },
  {
    noun: 'eni',
    what: 'network interfaces',
    product: 'ecs',
    list: { action: 'DescribeNetworkInterfaces', path: ['NetworkInterfaceSets', 'NetworkInterfaceSet'] },
    id: 'NetworkInterfaceId',
    name: 'NetworkInterfaceName',
    columns: [
      ['ID', field('NetworkInterfaceId')],
      ['NAME', field('NetworkInterfaceName')],
      ['ADDRESS', field('PrivateIpAddress')],
      ['TYPE', field('Type')],
      ['STATUS', field('Status')],
      ['INSTANCE', field('InstanceId')],
    ],
    verbs: [
      {
        verb: 'create',
        what: 'create a further network interface',
        action: 'CreateNetworkInterface',
        onResource: false,
        options: [
          { flag: '--vswitch <vswitch>', parameter: 'VSwitchId', what: 'the vSwitch', required: true, names: 'vswitch' },
          { flag: '--address <ip>', parameter: 'PrimaryIpAddress', what: 'its address (else a free one is taken)' },
          { flag: '--name <text>', parameter: 'NetworkInterfaceName', what: 'a name for people' },
        ],
      },
      ...(['attach', 'detach'] as const).map((verb) => ({
        verb,
        what: verb === 'attach' ? 'give it to an instance, also while that runs' : 'take it from its instance',
        action: verb === 'attach' ? 'AttachNetworkInterface' : 'DetachNetworkInterface',
        onResource: true,
        options: [{ flag: '--instance <ecs>', parameter: 'InstanceId', what: 'the instance', required: true, names: 'ecs' }],
      })),
      { verb: 'delete', what: 'delete one that no instance has', action: 'DeleteNetworkInterface', onResource: true, options: [] },
    ],
  },
  {
    noun: 'quota',
    what: 'quotas of the VPC and what has been applied for',
    product: 'quotas',
    list: { action: 'ListProductQuotas', path: ['Quotas'], parameters: { ProductCode: 'vpc' }, isWhole: true },
    id: 'QuotaActionCode',
    name: 'QuotaName',
    columns: [
      ['CODE', field('QuotaActionCode')],
      ['NAME', field('QuotaName')],
      ['USED', field('TotalUsage')],
      ['OF', field('TotalQuota')],
    ],
    verbs: [
      {
        verb: 'apply',
        what: 'apply for HAVIPs, which a new account may not make yet',
        action: 'CreateQuotaApplication',
        onResource: false,
        options: [
          { flag: '', parameter: 'ProductCode', what: '', constant: 'vpc' },
          { flag: '', parameter: 'QuotaActionCode', what: '', constant: 'vpc_whitelist/ha_vip_whitelist' },
          { flag: '', parameter: 'DesireValue', what: '', constant: '1' },
          { flag: '--reason <text>', parameter: 'Reason', what: 'for whoever decides', otherwise: 'high availability' },
        ],
      },
    ],
  },
]
