// Which resources a call is about, in the form that policies name them: acs:PRODUCT:REGION:ACCOUNT:TYPE/ID.
import { typeOfId } from '@havip/vpc-service'
import type { Action } from './action.ts'

/** Parameters that hold ids, at any depth of the input. `by-prefix`: the id says what it is. */
export const idParameters: Readonly<Record<string, string>> = {
  HaVipId: 'havip',
  VpcId: 'vpc',
  VSwitchId: 'vswitch',
  AllocationId: 'eip',
  SecurityGroupId: 'securitygroup',
  SecurityGroupIds: 'securitygroup',
  InstanceId: 'by-prefix',
  InstanceIds: 'by-prefix',
  ResourceId: 'by-prefix',
  DiskIds: 'disk',
  CommandId: 'command',
  InvokeId: 'invocation',
  NetworkInterfaceId: 'networkinterface',
  RouteTableId: 'routetable',
  VRouterId: 'vrouter',
  RouterId: 'vrouter',
  UserName: 'user',
  UserAccessKeyId: 'accesskey',
  PolicyName: 'policy',
  WebhookId: 'webhook',
  TestId: 'test',
  HaVipTestId: 'test',
  HaVipClusterId: 'cluster',
  ClusterId: 'cluster',
  ApplicationId: 'application',
}

/** Types whose resources belong to another product than the rest, which is vpc's. */
const productsOf: Readonly<Record<string, string>> = {
  instance: 'ecs',
  securitygroup: 'ecs',
  disk: 'ecs',
  command: 'ecs',
  invocation: 'ecs',
  networkinterface: 'ecs',
  user: 'havip',
  accesskey: 'havip',
  policy: 'havip',
  webhook: 'havip',
  test: 'havip',
  cluster: 'havip',
  application: 'quotas',
  other: '*',
}

/** What an action is about when it names no id of it: the first noun in its name. */
const nouns: readonly (readonly [word: string, type: string])[] = [
  ['HaVip', 'havip'],
  ['Eip', 'eip'],
  ['VSwitch', 'vswitch'],
  ['RouteTable', 'routetable'],
  ['Vpc', 'vpc'],
  ['SecurityGroup', 'securitygroup'],
  ['NetworkInterface', 'networkinterface'],
  ['Invocation', 'invocation'],
  ['Command', 'command'],
  ['Instance', 'instance'],
  ['AccessKey', 'accesskey'],
  ['Policy', 'policy'],
  ['Policies', 'policy'],
  ['User', 'user'],
  ['Webhook', 'webhook'],
  ['QuotaApplication', 'application'],
]

export type ResourceScope = {
  readonly account: string
  /** The region of the call; without one, every region that is served: a Deny in one of them has to be found. */
  readonly regions: readonly string[]
}

/** Each id the input names; and `TYPE/*` of what the action is about when none of the ids is of that type. */
export function resourcesOf(action: Pick<Action, 'product' | 'name'>, input: unknown, scope: ResourceScope): readonly string[] {
  const named = new Map<string, string>()
  collect(input, named, 0)
  const types = new Set(named.values())
  const noun = nouns.find(([word]) => action.name.includes(word))?.[1]
  const paths: [type: string, path: string][] = [...named].map(([id, type]) => [type, `${type}/${id}`])
  if (noun !== undefined && !types.has(noun)) paths.push([noun, `${noun}/*`])
  if (paths.length === 0) paths.push(['', '*'])
  return paths.flatMap(([type, path]) => {
    const product = type === '' ? action.product : (productsOf[type] ?? 'vpc')
    const regions = product === 'havip' || product === 'quotas' || product === 'sts' ? [''] : scope.regions
    return regions.map((region) => `acs:${product}:${region}:${scope.account}:${path}`)
  })
}

const depthMax = 6

function collect(value: unknown, named: Map<string, string>, depth: number): void {
  if (depth > depthMax || typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) collect(item, named, depth + 1)
    return
  }
  const entries = Object.entries(value)
  // A filter of the API: { Key: 'HaVipId', Value: ['havip-…'] }.
  const filterKey = 'Key' in value && 'Value' in value ? String(value.Key) : undefined
  for (const [name, inner] of entries) {
    const parameter = name === 'Value' && filterKey !== undefined ? filterKey : name
    const type = Object.hasOwn(idParameters, parameter) ? idParameters[parameter] : undefined
    if (type === undefined) collect(inner, named, depth + 1)
    else for (const id of textsOf(inner)) named.set(id, type === 'by-prefix' ? typeOfId(id) : type)
  }
}

const textsOf = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
