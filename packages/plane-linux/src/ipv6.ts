// IPv6 of one router and of its ports: on where a block is, off everywhere else. The Internet of this cloud has none.
import { formatCidr, network6Of } from '@havip/base'
import type { PlanePort, PlaneSwitch } from '@havip/vpc'
import { interfaceName, type Names } from './names.ts'
import { ipBatch, setNetSysctls } from './netns.ts'
import type { Link, RouterView } from './router.ts'

/** Interfaces that there are, and those that come. */
export const withoutIpv6 = { 'ipv6/conf/all/disable_ipv6': '1', 'ipv6/conf/default/disable_ipv6': '1' }

/** Each bridge turns it on for itself; a port's own end and the way out never have it. */
const routerSysctls = {
  'ipv6/conf/default/disable_ipv6': '1',
  'ipv6/conf/lo/disable_ipv6': '0',
  'ipv6/conf/all/forwarding': '1',
  'ipv6/conf/default/accept_ra': '0',
  'ipv6/conf/all/accept_redirects': '0',
  'ipv6/conf/default/accept_redirects': '0',
}

export function setRouterIpv6(netns: string, isOn: boolean): void {
  if (isOn) setNetSysctls(netns, routerSysctls)
  else setNetSysctls(netns, withoutIpv6, true)
}

/** Of a bridge that is there. Its address needs no look whether it is free: no port may use it. */
export async function putSwitchIpv6(
  netns: string,
  link: Pick<Link, 'name' | 'addresses6'>,
  plane: PlaneSwitch,
): Promise<Link['addresses6']> {
  const { gateway6: address, cidr6 } = plane
  setNetSysctls(netns, { [`ipv6/conf/${link.name}/disable_ipv6`]: address === undefined ? '1' : '0' }, address === undefined)
  if (address === undefined || !cidr6) return []
  const { prefix } = cidr6
  const wrong = link.addresses6.filter((own) => own.address !== address || own.prefix !== prefix)
  await ipBatch(netns, [
    ...wrong.map((own) => `addr delete ${own.address}/${own.prefix} dev ${link.name}`),
    `addr replace ${address}/${prefix} dev ${link.name} nodad`,
  ])
  return [{ address, prefix }]
}

/** What the device in the instance is told when it comes, as a DHCP server would. Nobody sends router advertisements. */
const deviceSysctls = (device: string) => ({
  'ipv6/conf/lo/disable_ipv6': '0',
  [`ipv6/conf/${device}/accept_ra`]: '0',
  // The link-local address that the rules let pass is the one made of the MAC.
  [`ipv6/conf/${device}/addr_gen_mode`]: '0',
  [`ipv6/conf/${device}/keep_addr_on_down`]: '1',
  [`ipv6/conf/${device}/disable_ipv6`]: '0',
})

/**
 * Gives a port's end in the instance its address and its routes. May be repeated: what the instance itself did meanwhile stays.
 *
 * @param before what it was told before; undefined: it is new.
 */
export async function configurePortIpv6(
  names: Names,
  view: RouterView,
  port: PlanePort,
  before: Pick<PlanePort, 'address6'> | undefined,
): Promise<void> {
  const instance = names.instance(port.instance)
  const gateway = view.links.get(interfaceName('b', port.vswitch))?.addresses6[0]
  const device = `eth${port.device}`
  if (!gateway) return setNetSysctls(instance, { [`ipv6/conf/${device}/disable_ipv6`]: '1' }, true)
  setNetSysctls(instance, deviceSysctls(device))
  const { prefix } = gateway
  const isStale = before?.address6 !== undefined && before.address6 !== port.address6
  // It may be gone already: the instance is its own master inside.
  if (isStale) await ipBatch(instance, [`addr delete ${before.address6}/${prefix} dev ${device}`]).catch(() => undefined)
  await ipBatch(instance, [
    ...(port.address6 === undefined ? [] : [`addr replace ${port.address6}/${prefix} dev ${device} nodad`]),
    // Neighbours are neighbours, also for one that has a HAVIP only.
    `route replace ${formatCidr(network6Of(gateway.address, prefix))} dev ${device} metric ${1024 + port.device}`,
    ...(port.device === 0 ? [`route replace ::/0 via ${gateway.address} dev ${device}`] : []),
  ])
}
