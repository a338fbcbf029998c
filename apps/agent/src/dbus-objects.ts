// keepalived's objects on the bus: names and paths (reference, D-Bus). Pure.
import type { InstanceStatus } from '@havip/vrrp-runtime'

export const rootPath = '/org/keepalived/Vrrp1'
export const vrrpPath = `${rootPath}/Vrrp`
export const vrrpInterface = 'org.keepalived.Vrrp1.Vrrp'
export const instanceInterface = 'org.keepalived.Vrrp1.Instance'

type Named = Pick<InstanceStatus, 'interface' | 'vrid' | 'family'>

/** `…/Instance/eth0/51/IPv4`; what a path may not hold becomes an underscore. */
export function instancePath({ interface: link, vrid, family }: Named, noInterfaceName: string): string {
  const name = (link ?? noInterfaceName).replace(/[^A-Za-z0-9_]/g, '_')
  return `${rootPath}/Instance/${name}/${vrid}/${family === 'ipv4' ? 'IPv4' : 'IPv6'}`
}

const states = { init: [0, 'Init'], backup: [1, 'Backup'], master: [2, 'Master'], fault: [3, 'Fault'], stopped: [98, 'Stop'] } as const

/** Number and word. */
export const stateOf = ({ state }: Pick<InstanceStatus, 'state'>): readonly [number, string] => states[state]
