// The table of commands: how the parameters of each are checked. What passes here may be put into names of namespaces and
// interfaces, into rules and into paths; nothing else ever gets there.
import {
  type Cidr,
  type Cidr6,
  cidr6Contains,
  cidrContains,
  type IpAddress,
  type Ipv4,
  type Ipv6,
  isLinkLocal,
  isMulticast,
  type Mac,
  parseCidr,
  parseCidr6,
  parseIp,
  parseIpv4,
  parseIpv6,
  parseMac,
} from '@havip/base'
import type {
  EipId,
  HavipId,
  InstanceId,
  NetworkInterfaceId,
  PlaneChange,
  PlaneEip,
  PlaneHavip,
  PlaneNetwork,
  PlanePort,
  PlaneSwitch,
  VpcId,
  VswitchId,
} from '@havip/vpc'
import type { Claim, InstanceSpec, ProbeRequest } from '@havip/vpc-service'
import { type Check, freeText, integer, list, optional, RequestFault, shape, text, truth } from './check.ts'
import {
  type CommandName,
  type Commands,
  changesMax,
  outputLengthMax,
  type RunCommand,
  scriptLengthMax,
  type TerminalSize,
} from './protocol.ts'

const id = <T extends string>(kind: string): Check<T> => text<T>(new RegExp(`^${kind}-[a-z0-9]{1,40}$`), `an id like ${kind}-0a1b2c`)
const vpc = id<VpcId>('vpc')
const vswitch = id<VswitchId>('vsw')
const port = id<NetworkInterfaceId>('eni')
const instance = id<InstanceId>('i')
const havipId = id<HavipId>('havip')
const eipId = id<EipId>('eip')

const ipv4: Check<Ipv4> = (value, at) => {
  const parsed = typeof value === 'string' ? parseIpv4(value) : undefined
  if (!parsed?.ok) throw new RequestFault(`${at} must be an IPv4 address`)
  return parsed.value
}
/** One that a host may have, and others may reach. */
const isUnicast = (address: IpAddress): boolean => !isMulticast(address) && !isLinkLocal(address) && !/^::1?$/.test(address)
const ipv6: Check<Ipv6> = (value, at) => {
  const parsed = typeof value === 'string' ? parseIpv6(value) : undefined
  if (!parsed?.ok || !isUnicast(parsed.value)) throw new RequestFault(`${at} must be an IPv6 address of a host`)
  return parsed.value
}
const ip: Check<IpAddress> = (value, at) => {
  const parsed = typeof value === 'string' ? parseIp(value) : undefined
  if (!parsed?.ok) throw new RequestFault(`${at} must be an IP address`)
  return parsed.value.includes(':') ? ipv6(value, at) : parsed.value
}
const mac: Check<Mac> = (value, at) => {
  const parsed = typeof value === 'string' ? parseMac(value) : undefined
  // A group address would be accepted by every port.
  if (!parsed?.ok || (Number.parseInt(parsed.value.slice(0, 2), 16) & 1) === 1)
    throw new RequestFault(`${at} must be a unicast MAC address`)
  return parsed.value
}
const cidr: Check<Cidr> = (value, at) => {
  const { address, prefix } = shape<{ address: Ipv4; prefix: number }>({ address: ipv4, prefix: integer(8, 29) })(value, at)
  const parsed = parseCidr(`${address}/${prefix}`)
  if (!parsed.ok) throw new RequestFault(`${at} must be a network without host bits`)
  return parsed.value
}
const cidr6: Check<Cidr6> = (value, at) => {
  const { address, prefix } = shape<{ address: Ipv6; prefix: number }>({ address: ipv6, prefix: integer(16, 64) })(value, at)
  const parsed = parseCidr6(`${address}/${prefix}`)
  if (!parsed.ok) throw new RequestFault(`${at} must be a network without host bits`)
  return parsed.value
}
/** RFC 1123 §2.1. */
const hostName = text(
  /^(?=.{1,64}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?)*$/,
  'a host name',
)
const user = text(/^[a-z_][a-z0-9_-]{0,31}\$?$/, 'a user name')
const directory: Check<string> = (value, at) => {
  if (value === '') return ''
  return text(/^\/[^\0\n]*$/, 'an absolute path or empty', 4096)(value, at)
}

const network = shape<PlaneNetwork>({ vpc, cidr, cidr6: optional(cidr6) })
const planeSwitch: Check<PlaneSwitch> = (value, at) => {
  const read = shape<PlaneSwitch>({ vswitch, vpc, cidr, gateway: ipv4, cidr6: optional(cidr6), gateway6: optional(ipv6) })(value, at)
  if (!cidrContains(read.cidr, read.gateway)) throw new RequestFault(`${at}.gateway must lie in the network`)
  if ((read.cidr6 === undefined) !== (read.gateway6 === undefined))
    throw new RequestFault(`${at} must have both cidr6 and gateway6, or neither`)
  if (read.cidr6 && read.gateway6 && (read.cidr6.prefix !== 64 || !cidr6Contains(read.cidr6, read.gateway6)))
    throw new RequestFault(`${at}.cidr6 must be a /64 with the gateway6 in it`)
  return read
}
const planePort = shape<PlanePort>({
  ...{ port, instance, device: integer(0, 7), vswitch, vpc, mac },
  ...{ address: ipv4, address6: optional(ipv6), havips: list(ip, 100) },
})
const planeHavip = shape<PlaneHavip>({ havip: havipId, vpc, vswitch, address: ip })
const planeEip = shape<PlaneEip>({ eip: eipId, vpc, address: ipv4, target: ipv4, bandwidthMbit: integer(1, 10_000) })

type Kind = PlaneChange['kind']
type Fields<Name extends Kind> = Omit<Extract<PlaneChange, { kind: Name }>, 'kind'>
const changes: { readonly [Name in Kind]: Check<Fields<Name>> } = {
  'put-network': shape<Fields<'put-network'>>({ network }),
  'remove-network': shape<Fields<'remove-network'>>({ vpc }),
  'put-switch': shape<Fields<'put-switch'>>({ switch: planeSwitch }),
  'remove-switch': shape<Fields<'remove-switch'>>({ vpc, vswitch }),
  'put-port': shape<Fields<'put-port'>>({ port: planePort }),
  'remove-port': shape<Fields<'remove-port'>>({ vpc, port }),
  'put-havip': shape<Fields<'put-havip'>>({ havip: planeHavip }),
  'remove-havip': shape<Fields<'remove-havip'>>({ vpc, havip: havipId }),
  'put-eip': shape<Fields<'put-eip'>>({ eip: planeEip }),
  'remove-eip': shape<Fields<'remove-eip'>>({ vpc, eip: eipId }),
}

const change: Check<PlaneChange> = (value, at) => {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(changes, kind))
    throw new RequestFault(`${at}.kind must be one of ${Object.keys(changes).join(', ')}`)
  return { kind, ...changes[kind as Kind](value, at) } as PlaneChange
}

const size = shape<TerminalSize>({ columns: integer(1, 1000), rows: integer(1, 1000) })
const spec: Check<InstanceSpec> = shape<InstanceSpec>({
  instance,
  vpc,
  port,
  hostName,
  mac,
  address: ipv4,
  prefix: integer(8, 30),
  gateway: ipv4,
  userData: freeText(scriptLengthMax),
})
const runCommand = shape<RunCommand>({
  script: freeText(scriptLengthMax),
  user,
  directory,
  timeoutMs: integer(1, 24 * 3_600_000),
  outputMax: integer(0, outputLengthMax),
})
const shell = integer(1, Number.MAX_SAFE_INTEGER)
const claim = shape<Claim>({
  installation: text(/^inst-[a-z0-9]{1,40}$/, 'an id like inst-0a1b2c'),
  term: integer(1, Number.MAX_SAFE_INTEGER),
})
const probeRequest = shape<ProbeRequest>({
  from: (value, at) => (value === 'internet' ? value : vpc(value, at)),
  address: ip,
  port: integer(1, 65_535),
  everyMs: integer(5, 10_000),
  timeoutMs: integer(10, 10_000),
  durationMs: integer(1, 300_000),
})
const nothing = shape<Record<string, never>>({})

/** One entry for each command; the server adds what it does. */
export const commandChecks: { readonly [Name in CommandName]: Check<Commands[Name]['takes']> } = {
  inspect: nothing,
  apply: shape<Commands['apply']['takes']>({ changes: list(change, changesMax) }),
  owners: nothing,
  drops: nothing,
  'eip-counters': nothing,
  master: nothing,
  claim: shape<Commands['claim']['takes']>({ claim, adopt: truth }),
  'set-cable': shape<Commands['set-cable']['takes']>({ vpc, port, isOn: truth }),
  'probe-open': shape<Commands['probe-open']['takes']>({ request: probeRequest }),
  'probe-read': shape<Commands['probe-read']['takes']>({ probe: shell }),
  'probe-close': shape<Commands['probe-close']['takes']>({ probe: shell }),
  list: nothing,
  start: shape<Commands['start']['takes']>({ spec, boot: integer(0, Number.MAX_SAFE_INTEGER) }),
  stop: shape<Commands['stop']['takes']>({ instance, force: truth }),
  remove: shape<Commands['remove']['takes']>({ instance }),
  run: shape<Commands['run']['takes']>({ instance, command: runCommand }),
  'shell-open': shape<Commands['shell-open']['takes']>({ instance, size }),
  'shell-write': shape<Commands['shell-write']['takes']>({ shell, data: text(/^[A-Za-z0-9+/]*={0,2}$/, 'base64', 1_000_000) }),
  'shell-resize': shape<Commands['shell-resize']['takes']>({ shell, size }),
  'shell-close': shape<Commands['shell-close']['takes']>({ shell }),
}

export const isCommandName = (value: unknown): value is CommandName => typeof value === 'string' && Object.hasOwn(commandChecks, value)
