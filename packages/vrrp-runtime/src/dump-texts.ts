// How keepalived writes single things in its dumps: an address, a route, a rule, a command line, a moment.
import type { WallTime } from '@havip/base'
import type { AddressConf, CommandConf, InstanceConf, RouteConf, RuleConf } from '@havip/conf'
import type { Placement } from './translate.ts'

const scopes: Readonly<Record<number, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' }

/** @param device where it stands; @param isSet the kernel has it now. */
export function addressText(entry: AddressConf, device: string | undefined, isSet: boolean): string {
  const isIpv6 = entry.address.includes(':')
  const hostLength = isIpv6 ? 128 : 32
  const prefix = entry.peer !== undefined || entry.prefix === hostLength ? '' : `/${entry.prefix}`
  const words = [
    `${entry.address}${prefix}`,
    entry.broadcast === undefined ? '' : `brd ${entry.broadcast}`,
    `dev ${device ?? ''}`,
    entry.onVmac ? 'use_vmac' : '',
    `scope ${scopes[entry.scope] ?? entry.scope}`,
    entry.label === undefined ? '' : `label ${entry.label}`,
    entry.peer === undefined ? '' : `peer ${entry.peer}/${entry.prefix}`,
    isIpv6 && !entry.noDad ? '-nodad' : '',
    isIpv6 ? lifetimeText(entry, hostLength) : '',
    ...entry.flags,
    entry.noTrack ? 'no_track' : '',
    isSet ? 'set' : '',
  ]
  return words.filter((word) => word !== '').join(' ')
}

/** A host address of IPv6 is deprecated unless the file says otherwise (keepalived). */
function lifetimeText({ preferredLifetime, prefix }: AddressConf, hostLength: number): string {
  if (preferredLifetime === 0 || (preferredLifetime === undefined && prefix === hostLength)) return 'deprecated'
  return `preferred_lft ${preferredLifetime ?? 'forever'}`
}

export function routeText(route: RouteConf): string {
  const via = (gateway: string | undefined): string =>
    gateway === undefined ? '' : `via ${gateway.includes(':') ? 'inet6' : 'inet'} ${gateway}`
  const destination = route.destination === 'default' ? 'default' : `${route.destination}/${route.prefix}`
  const words = [
    route.mode === 'add' ? '' : route.mode,
    route.type === 'unicast' ? '' : route.type,
    destination,
    route.source === undefined ? '' : `src ${route.source}`,
    via(route.gateway),
    route.interface === undefined ? '' : `dev ${route.interface}`,
    route.scope === undefined ? '' : `scope ${route.scope}`,
    route.table === undefined ? '' : `table ${route.table}`,
    `proto ${route.protocol ?? ownProtocol}`,
    route.metric === undefined ? '' : `metric ${route.metric}`,
    ...route.options.map(({ name, value }) => (value === undefined ? name : `${name} ${value}`)),
    ...route.nextHops.map((hop) =>
      ['nexthop', via(hop.gateway), hop.interface === undefined ? '' : `dev ${hop.interface}`, `weight ${hop.weight}`]
        .filter((word) => word !== '')
        .join(' '),
    ),
  ]
  return words.filter((word) => word !== '').join(' ')
}

/** RTPROT_KEEPALIVED. */
const ownProtocol = 18

export function ruleText(rule: RuleConf): string {
  const range = (word: string, value: RuleConf['from']): string => (value === undefined ? '' : `${word} ${value.address}/${value.prefix}`)
  const words = [
    rule.negated ? 'not' : '',
    range('from', rule.from),
    range('to', rule.to),
    `priority ${rule.preference}`,
    rule.selectors.some(({ name }) => name === 'tos' || name === 'dsfield') ? '' : 'tos 0x0',
    ...rule.selectors.map(({ name, value }) => (value === undefined ? name : `${name} ${value}`)),
    `protocol ${ownProtocol}`,
    actionText(rule.action),
  ]
  return words.filter((word) => word !== '').join(' ')
}

function actionText(action: RuleConf['action']): string {
  if (action.kind === 'table') return `lookup ${action.table}`
  return action.kind === 'goto' ? `goto ${action.preference}` : `type ${action.kind}`
}

/** `'/usr/bin/x' 'a b'`, the program by the path that is run. */
export function commandText({ argv }: CommandConf, resolve: (path: string) => string | undefined): string {
  const [program = '', ...rest] = argv
  return [resolve(program) ?? program, ...rest].map((word) => `'${word}'`).join(' ')
}

export const inSeconds = (ms: number): number => ms / 1000

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

/** `1795730635.827217 (Thu Nov 26 22:03:55.827217 2026)`, local time as ctime(3) has it. */
export function momentText(wall: WallTime): string {
  const date = new Date(wall)
  const micros = String(Math.round((wall % 1000) * 1000)).padStart(6, '0')
  const seconds = Math.floor(wall / 1000)
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`
  const day = `${days[date.getDay()]} ${months[date.getMonth()]} ${String(date.getDate()).padStart(2)}`
  return `${seconds}.${micros} (${day} ${clock} ${date.getFullYear()})`
}

type Placed = { readonly conf: Pick<InstanceConf, 'interface'>; readonly placements: readonly Placement[] }

/** In the words of the text dump, for those who have an instance at hand. */
export const addressOf = (entry: AddressConf, { conf, placements }: Placed, isSet: boolean): string => {
  const below = entry.interface ?? conf.interface
  const on = placements.find((placement) => placement.conf === entry)?.interfaceName
  return addressText(entry, on === undefined || on === below ? below : `${on}@${below ?? ''}`, isSet)
}
