// What the kernel tells about one router: its links, addresses and rules. Nothing here is remembered.
import { type Cidr, type Cidr6, type Ipv4, type Ipv6, ipv4FromNumber, ipv4ToNumber, network6Of, parseCidr6 } from '@havip/base'
import type { InstanceId, NetworkInterfaceId, PlaneEip, PlaneHavip, PlanePort, PlaneState, PlaneSwitch, VpcId, VswitchId } from '@havip/vpc'
import { interfaceName, type Names, transit, uplink } from './names.ts'
import { ipJson, listNetns, netnsIdentity, nft } from './netns.ts'
import { readEipElements, readHavipElements, readPortElements, speaksIpv6 } from './rule-elements.ts'
import { noRules, type RouterRules, readRules } from './ruleset.ts'

export type Link = {
  readonly name: string
  /** The full ids; empty until the link is complete. */
  readonly alias: string
  readonly master: string | undefined
  readonly kind: string
  readonly mac: string
  readonly isUp: boolean
  readonly addresses: readonly { readonly address: Ipv4; readonly prefix: number }[]
  /** Link-local ones left out. */
  readonly addresses6: readonly { readonly address: Ipv6; readonly prefix: number }[]
}

export type RouterView = {
  readonly vpc: VpcId
  readonly netns: string
  readonly links: ReadonlyMap<string, Link>
  /** Undefined until the network is complete: its mark is written last. */
  readonly cidr: Cidr | undefined
  /** As the alias of the way out says; no route is made for it, since there is no other way out of the VPC. */
  readonly cidr6: Cidr6 | undefined
  readonly isIntact: boolean
  readonly rules: RouterRules
}

type JsonLink = {
  ifname: string
  ifalias?: string
  master?: string
  address?: string
  flags?: string[]
  linkinfo?: { info_kind?: string }
  addr_info?: { family: string; scope?: string; local: string; prefixlen: number }[]
}
type JsonRoute = { type?: string; dst: string; gateway?: string; dev?: string }

export async function readLinks(netns: string): Promise<Map<string, Link>> {
  const links = await ipJson<JsonLink[]>(netns, '-d', 'addr', 'show')
  return new Map(
    links.map((link) => [
      link.ifname,
      {
        name: link.ifname,
        alias: link.ifalias ?? '',
        master: link.master,
        kind: link.linkinfo?.info_kind ?? '',
        mac: link.address ?? '',
        isUp: link.flags?.includes('UP') ?? false,
        addresses: (link.addr_info ?? [])
          .filter((info) => info.family === 'inet')
          .map((info) => ({ address: info.local as Ipv4, prefix: info.prefixlen })),
        addresses6: (link.addr_info ?? [])
          .filter((info) => info.family === 'inet6' && info.scope === 'global')
          .map((info) => ({ address: info.local as Ipv6, prefix: info.prefixlen })),
      },
    ]),
  )
}

export const readRoutes = (netns: string): Promise<JsonRoute[]> => ipJson<JsonRoute[]>(netns, '-4', 'route', 'show')

export function networkOf(address: Ipv4, prefix: number): Cidr {
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0
  return { address: ipv4FromNumber((ipv4ToNumber(address) & mask) >>> 0), prefix }
}

export type Rules = { readonly rules: RouterRules; readonly intact: boolean }

async function readRulesOf(netns: string): Promise<Rules> {
  const ruleset = await nft(netns, '-j', 'list', 'ruleset')
  return ruleset.trim() === '' ? { rules: noRules(), intact: false } : readRules(ruleset)
}

/**
 * Undefined when there is no such namespace.
 *
 * @param known the rules as they are known to be; read from the kernel when left out.
 */
export async function readRouter(names: Names, vpc: VpcId, known?: Rules): Promise<RouterView | undefined> {
  const netns = names.router(vpc)
  if (netnsIdentity(netns) === undefined) return undefined
  const [links, routes, { rules, intact }] = await Promise.all([readLinks(netns), readRoutes(netns), known ?? readRulesOf(netns)])
  const mark = routes.find((route) => route.type === 'unreachable')
  const hasWayOut = routes.some((route) => route.dst === 'default' && route.gateway === transit.internet && route.dev === uplink)
  const [address, prefix] = (mark?.dst ?? '').split('/')
  const block6 = parseCidr6(links.get(uplink)?.alias ?? '')
  const isComplete = intact && hasWayOut && links.get(uplink)?.isUp === true
  return {
    vpc,
    netns,
    links,
    rules,
    isIntact: isComplete,
    cidr: isComplete && mark ? { address: address as Ipv4, prefix: Number(prefix ?? 32) } : undefined,
    cidr6: isComplete && block6.ok ? block6.value : undefined,
  }
}

export const portAlias = (port: { port: NetworkInterfaceId; instance: InstanceId; device: number }): string =>
  `${port.port} ${port.instance} ${port.device}`

/** Bridges that are complete. */
export function switchesOf(view: RouterView): PlaneSwitch[] {
  return [...view.links.values()].flatMap((link) => {
    const [own] = link.addresses
    const [own6] = link.addresses6
    if (link.kind !== 'bridge' || link.alias === '' || !own || link.addresses.length > 1 || link.addresses6.length > 1 || !link.isUp)
      return []
    return [
      {
        vswitch: link.alias as VswitchId,
        vpc: view.vpc,
        cidr: networkOf(own.address, own.prefix),
        gateway: own.address,
        ...(own6 && { cidr6: network6Of(own6.address, own6.prefix), gateway6: own6.address }),
      },
    ]
  })
}

export type PortLink = {
  readonly link: Link
  readonly port: NetworkInterfaceId
  readonly instance: InstanceId
  readonly device: number
  readonly vswitch: VswitchId
}

/** Links of ports that are complete, with what their alias says. */
export function portLinksOf(view: RouterView): PortLink[] {
  return [...view.links.values()].flatMap((link) => {
    const [port, instance, device] = link.alias.split(' ')
    const vswitch = view.links.get(link.master ?? '')?.alias
    if (link.kind !== 'veth' || !port || !instance || !device || !vswitch) return []
    return [
      {
        link,
        port: port as NetworkInterfaceId,
        instance: instance as InstanceId,
        device: Number(device),
        vswitch: vswitch as VswitchId,
      },
    ]
  })
}

export function portsOf(view: RouterView): PlanePort[] {
  const elements = readPortElements(view.rules)
  return portLinksOf(view).flatMap(({ link, port, instance, device, vswitch }) => {
    const own = elements.get(link.name)
    const hasIpv6 = view.links.get(link.master ?? '')?.addresses6.length === 1
    return own && speaksIpv6(view.rules, link.name) === hasIpv6 ? [{ port, instance, device, vswitch, vpc: view.vpc, ...own }] : []
  })
}

export const havipsOf = (view: RouterView): PlaneHavip[] => readHavipElements(view.rules).map((havip) => ({ ...havip, vpc: view.vpc }))

/** Where the Internet sends each address: transit link by EIP. */
export async function readInternetRoutes(names: Names): Promise<ReadonlyMap<string, string>> {
  if (netnsIdentity(names.internet) === undefined) return new Map()
  const routes = await readRoutes(names.internet)
  return new Map(routes.filter((route) => route.gateway === transit.router).map((route) => [route.dst, route.dev ?? '']))
}

/** EIPs whose rules and whose way to the router are both there. */
export function eipsOf(view: RouterView, internetRoutes: ReadonlyMap<string, string>): PlaneEip[] {
  const link = interfaceName('t', view.vpc)
  return readEipElements(view.rules)
    .filter((eip) => internetRoutes.get(eip.address) === link)
    .map((eip) => ({ ...eip, vpc: view.vpc }))
}

/** All routers there are. */
export async function readRouters(names: Names): Promise<RouterView[]> {
  const views: RouterView[] = []
  for (const name of listNetns(names.prefix)) {
    const vpc = names.vpcOf(name)
    const view = vpc === undefined ? undefined : await readRouter(names, vpc)
    if (view) views.push(view)
  }
  return views
}

export async function inspectPlane(names: Names): Promise<PlaneState> {
  const [views, internetRoutes] = await Promise.all([readRouters(names), readInternetRoutes(names)])
  return {
    networks: views.flatMap((view) => (view.cidr ? [{ vpc: view.vpc, cidr: view.cidr, ...(view.cidr6 && { cidr6: view.cidr6 }) }] : [])),
    switches: views.flatMap(switchesOf),
    // Without its name a namespace cannot be entered, though its cables are there.
    ports: views.flatMap(portsOf).filter(({ instance }) => netnsIdentity(names.instance(instance)) !== undefined),
    havips: views.flatMap(havipsOf),
    eips: views.flatMap((view) => eipsOf(view, internetRoutes)),
  }
}
