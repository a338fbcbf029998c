// Making and removing the pieces of one network: the Internet, routers, bridges and ports. Each may be called again after a
// crash at any point; the mark that says "complete" (an alias, the last route) is always written last.
import { formatCidr, type IpAddress, isIpv6, network6Of } from '@havip/base'
import type { InstanceId, PlaneNetwork, PlanePort, PlaneSwitch, VpcId } from '@havip/vpc'
import { configurePortIpv6, putSwitchIpv6, setRouterIpv6, withoutIpv6 } from './ipv6.ts'
import { bridgeMac, interfaceName, type Names, transit, uplink } from './names.ts'
import { deleteLinks, ensureNetns, ipBatch, ipJson, netnsIdentity, nft, nftScript, removeNetns, setNetSysctls } from './netns.ts'
import { type Link, networkOf, portAlias, type RouterView, readLinks, readRouter } from './router.ts'
import { baseScript, strayScript } from './ruleset.ts'

/** What an interface of that name belongs to is told by its alias; somebody else's is never touched. */
class NameClash extends Error {
  override readonly name = 'NameClash'
}

const routerSysctls = {
  'ipv4/ip_forward': '1',
  'ipv4/conf/all/rp_filter': '0',
  'ipv4/conf/default/rp_filter': '0',
  'ipv4/conf/all/send_redirects': '0',
  'ipv4/conf/default/send_redirects': '0',
  'ipv4/conf/all/accept_redirects': '0',
  'ipv4/conf/all/accept_source_route': '0',
  'ipv4/conf/default/accept_source_route': '0',
  // Answer for an address only on the segment that it belongs to.
  'ipv4/conf/all/arp_ignore': '1',
  'ipv4/conf/all/arp_announce': '2',
  // A HAVIP's first announcement makes a neighbour entry; any later one replaces it at once.
  'ipv4/conf/all/arp_accept': '1',
  'ipv4/conf/default/arp_accept': '1',
}

const internetSysctls = { 'ipv4/ip_forward': '1', 'ipv4/conf/all/rp_filter': '0', 'ipv4/conf/default/rp_filter': '0' }

/** The namespace that stands for the Internet: clients run there, and it routes between the VPCs' EIPs. */
export async function ensureInternet(names: Names): Promise<void> {
  if (netnsIdentity(names.internet) === undefined) await ensureNetns(names.internet)
  setNetSysctls(names.internet, internetSysctls)
  setNetSysctls(names.internet, withoutIpv6, true)
  await ipBatch(names.internet, ['link set lo up'])
}

export async function putNetwork(names: Names, network: PlaneNetwork): Promise<void> {
  const netns = names.router(network.vpc)
  await ensureInternet(names)
  await ensureNetns(netns)
  setNetSysctls(netns, routerSysctls)
  setRouterIpv6(netns, network.cidr6 !== undefined)
  // Elsewhere br_netfilter may be loaded: bridged packets are judged by the bridge rules only.
  for (const what of ['iptables', 'ip6tables', 'arptables']) setNetSysctls(netns, { [`bridge/bridge-nf-call-${what}`]: '0' }, true)
  await nftScript(netns, baseScript() + strayScript(await nft(netns, '-j', 'list', 'ruleset')))

  const outer = interfaceName('t', network.vpc)
  const inside = await readLinks(netns)
  const outside = (await readLinks(names.internet)).get(outer)
  if (outside && outside.alias !== '' && outside.alias !== network.vpc) throw new NameClash(`${outer} belongs to ${outside.alias}`)
  if (!outside || !inside.has(uplink)) {
    if (outside) await deleteLinks(names.internet, [outer])
    if (inside.has(uplink)) await deleteLinks(netns, [uplink])
    await ipBatch(netns, [`link add ${uplink} type veth peer name ${outer} netns ${names.internet}`])
  }
  await ipBatch(names.internet, [
    `addr replace ${transit.internet}/32 dev ${outer}`,
    `link set ${outer} alias ${network.vpc}`,
    `link set ${outer} up`,
  ])
  const stale = await staleMarks(names, network)
  await ipBatch(netns, [
    'link set lo up',
    `addr replace ${transit.router}/32 dev ${uplink}`,
    `link set ${uplink} up`,
    `route replace default via ${transit.internet} dev ${uplink} onlink`,
    `link set ${uplink} alias "${network.cidr6 ? formatCidr(network.cidr6) : ''}"`,
    ...stale,
    // Addresses of the VPC that no vSwitch has are nowhere, not on the Internet. Also the mark that all of the above is done.
    `route replace unreachable ${formatCidr(network.cidr)} metric 4000`,
  ])
}

async function staleMarks(names: Names, network: PlaneNetwork): Promise<string[]> {
  const view = await readRouter(names, network.vpc)
  if (!view?.cidr || formatCidr(view.cidr) === formatCidr(network.cidr)) return []
  return [`route delete unreachable ${formatCidr(view.cidr)}`]
}

/** Links go first: a namespace's own end comes later, and until then the other ends of its pairs would stay. */
export async function removeNetwork(names: Names, vpc: VpcId): Promise<void> {
  const netns = names.router(vpc)
  if (netnsIdentity(netns) !== undefined) {
    const links = await readLinks(netns)
    const ours = [...links.values()].filter((link) => link.kind === 'veth' || link.kind === 'bridge')
    await deleteLinks(
      netns,
      ours.map((link) => link.name),
    )
  }
  await removeNetns(netns)
}

/**
 * A bridge gives a frame to a reserved group (01:80:c2:00:00:0x) to its host's stack, as if the port were no bridge's, and for some of
 * them past every rule. Marked as forwarded they meet the rules of the port, which drop them. 0 to 2 cannot be marked.
 */
const reservedGroups = 0xfff8

export async function putSwitch(view: RouterView, plane: PlaneSwitch): Promise<Link> {
  const name = interfaceName('b', plane.vswitch)
  const found = view.links.get(name)
  if (found && found.alias !== '' && found.alias !== plane.vswitch) throw new NameClash(`${name} belongs to ${found.alias}`)
  const wanted = `${plane.gateway}/${plane.cidr.prefix}`
  const wrong = (found?.addresses ?? []).map((own) => `${own.address}/${own.prefix}`).filter((own) => own !== wanted)
  const lines = found
    ? []
    : [`link add ${name} address ${bridgeMac(plane.vswitch)} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`]
  await ipBatch(view.netns, [
    ...lines,
    `link set ${name} type bridge group_fwd_mask ${reservedGroups}`,
    ...wrong.map((own) => `addr delete ${own} dev ${name}`),
    `addr replace ${wanted} brd + dev ${name}`,
    `link set ${name} up`,
  ])
  const addresses6 = await putSwitchIpv6(view.netns, { name, addresses6: found?.addresses6 ?? [] }, plane)
  await ipBatch(view.netns, [`link set ${name} alias ${plane.vswitch}`])
  // Any legal ARP packet moves a neighbour entry, not only a gratuitous one; usually an entry is left alone for a second.
  setNetSysctls(view.netns, { [`ipv4/neigh/${name}/locktime`]: '0' }, true)
  return {
    name,
    alias: plane.vswitch,
    master: undefined,
    kind: 'bridge',
    mac: bridgeMac(plane.vswitch),
    isUp: true,
    addresses: [{ address: plane.gateway, prefix: plane.cidr.prefix }],
    addresses6,
  }
}

/**
 * Makes the cable between the bridge and the instance's namespace anew, both ends fresh: what an earlier boot of the instance
 * did to its end is gone. Rules are untouched, and so are the counters.
 *
 * @param isUp whether the bridge's end is switched on: off as long as the instance is.
 */
export async function wirePort(names: Names, view: RouterView, port: PlanePort, isUp: boolean): Promise<Link> {
  const name = interfaceName('p', port.port)
  const bridge = interfaceName('b', port.vswitch)
  const gateway = view.links.get(bridge)?.addresses[0]
  if (!gateway) throw new Error(`no bridge ${bridge} for ${port.vswitch} in ${view.netns}`)
  const found = view.links.get(name)
  if (found && found.alias !== '' && found.alias !== portAlias(port)) throw new NameClash(`${name} belongs to ${found.alias}`)
  const instance = names.instance(port.instance)
  const device = `eth${port.device}`
  if (found) await deleteLinks(view.netns, [name])
  await ensureNetns(instance)
  if ((await readLinks(instance)).has(device)) await deleteLinks(instance, [device])
  setNetSysctls(instance, { 'ipv4/conf/all/rp_filter': '0', 'ipv4/conf/default/rp_filter': '0' })
  // Each device turns it on for itself; those that have it keep it.
  setNetSysctls(instance, { 'ipv6/conf/default/disable_ipv6': '1' }, true)
  await ipBatch(view.netns, [
    `link add ${name} type veth peer name ${device} address ${port.mac} netns ${instance}`,
    `link set ${name} master ${bridge}`,
    `link set ${name} type bridge_slave hairpin off`,
  ])
  await ipBatch(instance, [
    'link set lo up',
    `addr add ${port.address}/${gateway.prefix} brd + dev ${device}`,
    `link set ${device} up`,
    ...(port.device === 0 ? [`route add default via ${gateway.address} dev ${device}`] : []),
  ])
  await configurePortIpv6(names, view, port, undefined)
  if (port.device > 0) await routeFurtherPort(names, view, port)
  await ipBatch(view.netns, [`link set ${name} ${isUp ? 'up' : 'down'}`, `link set ${name} alias "${portAlias(port)}"`])
  return { name, alias: portAlias(port), master: bridge, kind: 'veth', mac: '', isUp, addresses: [], addresses6: [] }
}

type JsonRule = { readonly src?: string; readonly table?: string }

const tableOf = (device: number): number => 100 + device

/**
 * Answers leave by the port whose address they carry, or the rules of the other port would drop them: a table of its own for each
 * further port, and a rule that leads there from each of its addresses.
 */
export async function routeFurtherPort(names: Names, view: RouterView, port: PlanePort): Promise<void> {
  const instance = names.instance(port.instance)
  const gateway = view.links.get(interfaceName('b', port.vswitch))?.addresses[0]
  if (!gateway) return
  const device = `eth${port.device}`
  const table = tableOf(port.device)
  // An interface answers for its own addresses only, and asks with them.
  setNetSysctls(instance, { 'ipv4/conf/all/arp_ignore': '1', 'ipv4/conf/all/arp_announce': '2' })
  const gateway6 = view.links.get(interfaceName('b', port.vswitch))?.addresses6[0]
  const addresses: IpAddress[] = [port.address, ...(port.address6 ? [port.address6] : []), ...port.havips]
  const wanted = new Set<string>(addresses.filter((address) => gateway6 !== undefined || !isIpv6(address)))
  await ipBatch(instance, [
    `route replace ${formatCidr(networkOf(gateway.address, gateway.prefix))} dev ${device} src ${port.address} table ${table}`,
    `route replace default via ${gateway.address} dev ${device} table ${table}`,
    ...(gateway6
      ? [
          `route replace ${formatCidr(network6Of(gateway6.address, gateway6.prefix))} dev ${device} table ${table}`,
          `route replace ::/0 via ${gateway6.address} dev ${device} table ${table}`,
        ]
      : []),
  ])
  await setRules(instance, table, wanted)
}

async function setRules(instance: string, table: number, wanted: ReadonlySet<string>): Promise<void> {
  const there = await furtherRules(instance, table)
  const lines = [
    ...[...there].filter((from) => !wanted.has(from)).map((from) => ({ from, line: `rule delete from ${from} lookup ${table}` })),
    ...[...wanted].filter((from) => !there.has(from)).map((from) => ({ from, line: `rule add from ${from} lookup ${table}` })),
  ]
  for (const [family, group] of Map.groupBy(lines, ({ from }) => (isIpv6(from as IpAddress) ? '-6' : '-4')))
    await ipBatch(
      instance,
      group.map(({ line }) => line),
      family,
    )
}

async function furtherRules(instance: string, table: number): Promise<ReadonlySet<string>> {
  const [rules, rules6] = await Promise.all([
    ipJson<JsonRule[]>(instance, '-4', 'rule', 'show'),
    // A kernel without IPv6 has no rules of it.
    ipJson<JsonRule[]>(instance, '-6', 'rule', 'show').catch(() => []),
  ])
  return new Set([...rules, ...rules6].filter((rule) => rule.table === String(table)).flatMap(({ src }) => src ?? []))
}

/** The routes go with the interface, the rules do not. */
export async function unrouteFurtherPort(names: Names, instance: InstanceId, device: number): Promise<void> {
  const netns = names.instance(instance)
  if (device === 0 || netnsIdentity(netns) === undefined) return
  await setRules(netns, tableOf(device), new Set())
}

export const setPort = (netns: string, link: string, state: 'up' | 'down'): Promise<void> => ipBatch(netns, [`link set ${link} ${state}`])
