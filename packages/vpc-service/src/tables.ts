// How each kind of row is found: the columns to filter by, and the lists to look into. One table serves every Store.
import type {
  Command,
  Eip,
  Havip,
  HavipCluster,
  HavipTest,
  Installation,
  Instance,
  InvocationResult,
  NetworkInterface,
  QuotaApplication,
  SecurityGroup,
  Tags,
  Vpc,
  Vswitch,
} from '@havip/vpc'
import type { AccessKey, Policy, Session, SigninLink, User } from './identity/model.ts'
import type { Webhook } from './webhooks/model.ts'

export type Rows = {
  vpc: Vpc
  vswitch: Vswitch
  instance: Instance
  networkInterface: NetworkInterface
  havip: Havip
  eip: Eip
  securityGroup: SecurityGroup
  quotaApplication: QuotaApplication
  command: Command
  invocationResult: InvocationResult
  installation: Installation
  havipTest: HavipTest
  havipCluster: HavipCluster
  user: User
  accessKey: AccessKey
  session: Session
  signinLink: SigninLink
  policy: Policy
  webhook: Webhook
}
export type Kind = keyof Rows

type Table<Row> = {
  /** Text each row can be found by, beside its id; indexed. */
  readonly columns: Readonly<Record<string, (row: Row) => string>>
  /** The same, with any number of values a row. */
  readonly lists?: Readonly<Record<string, (row: Row) => readonly string[]>>
}

/** Every column of every kind starts with the account: nobody finds another's rows by accident. */
export const tables = {
  vpc: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      name: (row) => row.name,
      resourceGroup: (row) => row.resourceGroup,
      router: (row) => row.router,
      routeTable: (row) => row.routeTable,
    },
  },
  vswitch: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      name: (row) => row.name,
      resourceGroup: (row) => row.resourceGroup,
      vpc: (row) => row.vpc,
      zone: (row) => row.zone,
    },
  },
  instance: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      name: (row) => row.name,
      resourceGroup: (row) => row.resourceGroup,
      vpc: (row) => row.vpc,
      vswitch: (row) => row.vswitch,
      zone: (row) => row.zone,
      address: (row) => row.address,
      status: (row) => row.status,
      image: (row) => row.image,
      type: (row) => row.type,
      networkInterface: (row) => row.networkInterface,
    },
    lists: { securityGroup: (row) => row.securityGroups },
  },
  networkInterface: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      name: (row) => row.name,
      resourceGroup: (row) => row.resourceGroup,
      vpc: (row) => row.vpc,
      vswitch: (row) => row.vswitch,
      address: (row) => row.address,
      status: (row) => row.status,
      instance: (row) => row.instance ?? '',
    },
    lists: { securityGroup: (row) => row.securityGroups },
  },
  havip: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      resourceGroup: (row) => row.resourceGroup,
      vpc: (row) => row.vpc,
      vswitch: (row) => row.vswitch,
      address: (row) => row.address,
      status: (row) => row.status,
    },
    lists: { instance: (row) => row.instances, interface: (row) => row.interfaces },
  },
  eip: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      name: (row) => row.name,
      resourceGroup: (row) => row.resourceGroup,
      address: (row) => row.address,
      status: (row) => row.status,
      target: (row) => row.target?.id ?? '',
      targetKind: (row) => row.target?.kind ?? '',
    },
  },
  securityGroup: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      name: (row) => row.name,
      resourceGroup: (row) => row.resourceGroup,
      vpc: (row) => row.vpc,
      type: (row) => row.type,
    },
  },
  quotaApplication: {
    columns: {
      account: (row) => row.account,
      product: (row) => row.product,
      action: (row) => row.action,
      status: (row) => row.status,
    },
  },
  command: { columns: { account: (row) => row.account, region: (row) => row.region, name: (row) => row.name } },
  invocationResult: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      invocation: (row) => row.invocation,
      command: (row) => row.command,
      instance: (row) => row.instance,
      status: (row) => row.status,
    },
  },
  installation: { columns: { account: (row) => row.account } },
  havipTest: {
    columns: { account: (row) => row.account, region: (row) => row.region, havip: (row) => row.havip, status: (row) => row.status },
  },
  havipCluster: {
    columns: {
      account: (row) => row.account,
      region: (row) => row.region,
      status: (row) => row.status,
      havip: (row) => row.havip ?? '',
      vswitch: (row) => row.vswitch,
    },
    lists: { instance: (row) => row.instances },
  },
  user: {
    columns: { account: (row) => row.account, name: (row) => row.name, role: (row) => row.role },
    lists: { policy: (row) => row.policies },
  },
  accessKey: { columns: { account: (row) => row.account, user: (row) => row.user } },
  session: { columns: { account: (row) => row.account, user: (row) => row.user } },
  signinLink: { columns: { account: (row) => row.account, user: (row) => row.user } },
  policy: { columns: { account: (row) => row.account, name: (row) => row.name } },
  webhook: { columns: { account: (row) => row.account } },
} as const satisfies { readonly [K in Kind]: Table<Rows[K]> }

export const kinds = Object.keys(tables) as readonly Kind[]

type ListsOf<K extends Kind> = (typeof tables)[K] extends { readonly lists: infer L } ? keyof L : never
export type Column<K extends Kind> = keyof (typeof tables)[K]['columns'] | ListsOf<K> | 'id'

/** The accessors without their literal types, for a Store that treats every kind alike. */
export function columnsOf(kind: Kind): Readonly<Record<string, (row: never) => string>> {
  return tables[kind].columns
}
export function listsOf(kind: Kind): Readonly<Record<string, (row: never) => readonly string[]>> {
  const table: Table<never> = tables[kind]
  return table.lists ?? {}
}

/** Kinds that carry tags. */
export const isTagged = (row: object): row is { readonly tags: Tags } => 'tags' in row
