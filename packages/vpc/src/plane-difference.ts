// From what is there to what should be there, in an order that never cuts traffic that stays.
import type { Cidr, Cidr6 } from '@havip/base'
import type { PlaneChange, PlaneEip, PlaneHavip, PlaneNetwork, PlanePort, PlaneState, PlaneSwitch } from './plane.ts'

const sameBlock = (a: Cidr | Cidr6 | undefined, b: Cidr | Cidr6 | undefined): boolean =>
  a?.address === b?.address && a?.prefix === b?.prefix
const sameNetwork = (a: PlaneNetwork, b: PlaneNetwork): boolean => sameBlock(a.cidr, b.cidr) && sameBlock(a.cidr6, b.cidr6)
const sameSwitch = (a: PlaneSwitch, b: PlaneSwitch): boolean =>
  a.vpc === b.vpc && a.gateway === b.gateway && a.gateway6 === b.gateway6 && sameBlock(a.cidr, b.cidr) && sameBlock(a.cidr6, b.cidr6)
const samePort = (a: PlanePort, b: PlanePort): boolean =>
  a.instance === b.instance &&
  a.device === b.device &&
  a.vswitch === b.vswitch &&
  a.vpc === b.vpc &&
  a.mac === b.mac &&
  a.address === b.address &&
  a.address6 === b.address6 &&
  a.havips.length === b.havips.length &&
  a.havips.every((havip, i) => havip === b.havips[i])
const sameHavip = (a: PlaneHavip, b: PlaneHavip): boolean => a.vpc === b.vpc && a.vswitch === b.vswitch && a.address === b.address
const sameEip = (a: PlaneEip, b: PlaneEip): boolean =>
  a.vpc === b.vpc && a.address === b.address && a.target === b.target && a.bandwidthMbit === b.bandwidthMbit

type Difference<T> = { readonly gone: readonly T[]; readonly put: readonly T[] }

/** Changed items come before new ones: what they give up may be what the new ones take. */
function difference<T, K>(desired: readonly T[], actual: readonly T[], key: (item: T) => K, same: (a: T, b: T) => boolean): Difference<T> {
  const have = new Map(actual.map((item) => [key(item), item]))
  const changed: T[] = []
  const added: T[] = []
  const wanted = new Set<K>()
  for (const item of desired) {
    wanted.add(key(item))
    const old = have.get(key(item))
    if (old === undefined) added.push(item)
    else if (!same(item, old)) changed.push(item)
  }
  return { gone: actual.filter((item) => !wanted.has(key(item))), put: [...changed, ...added] }
}

/**
 * What to change, in order: first removals from the outside in (an address that is given up must be free before it is
 * taken again), then additions from the inside out. A port whose HAVIPs change is one change, so nothing is interrupted.
 */
export function planeDifference(desired: PlaneState, actual: PlaneState): PlaneChange[] {
  const networks = difference(desired.networks, actual.networks, (item) => item.vpc, sameNetwork)
  const switches = difference(desired.switches, actual.switches, (item) => item.vswitch, sameSwitch)
  const ports = difference(desired.ports, actual.ports, (item) => item.port, samePort)
  const havips = difference(desired.havips, actual.havips, (item) => item.havip, sameHavip)
  const eips = difference(desired.eips, actual.eips, (item) => item.eip, sameEip)
  return [
    ...eips.gone.map(({ vpc, eip }): PlaneChange => ({ kind: 'remove-eip', vpc, eip })),
    ...havips.gone.map(({ vpc, havip }): PlaneChange => ({ kind: 'remove-havip', vpc, havip })),
    ...ports.gone.map(({ vpc, port }): PlaneChange => ({ kind: 'remove-port', vpc, port })),
    ...switches.gone.map(({ vpc, vswitch }): PlaneChange => ({ kind: 'remove-switch', vpc, vswitch })),
    ...networks.gone.map(({ vpc }): PlaneChange => ({ kind: 'remove-network', vpc })),
    ...networks.put.map((network): PlaneChange => ({ kind: 'put-network', network })),
    ...switches.put.map((item): PlaneChange => ({ kind: 'put-switch', switch: item })),
    ...ports.put.map((port): PlaneChange => ({ kind: 'put-port', port })),
    ...havips.put.map((havip): PlaneChange => ({ kind: 'put-havip', havip })),
    ...eips.put.map((eip): PlaneChange => ({ kind: 'put-eip', eip })),
  ]
}

/** The plane by key, as far as it is known; changes are taken in one by one. */
export class PlaneIndex {
  readonly networks = new Map<string, PlaneNetwork>()
  readonly switches = new Map<string, PlaneSwitch>()
  readonly ports = new Map<string, PlanePort>()
  readonly havips = new Map<string, PlaneHavip>()
  readonly eips = new Map<string, PlaneEip>()

  constructor(state?: PlaneState) {
    for (const item of state?.networks ?? []) this.networks.set(item.vpc, item)
    for (const item of state?.switches ?? []) this.switches.set(item.vswitch, item)
    for (const item of state?.ports ?? []) this.ports.set(item.port, item)
    for (const item of state?.havips ?? []) this.havips.set(item.havip, item)
    for (const item of state?.eips ?? []) this.eips.set(item.eip, item)
  }

  apply(change: PlaneChange): void {
    switch (change.kind) {
      case 'put-network':
        this.networks.set(change.network.vpc, change.network)
        return
      case 'remove-network':
        this.networks.delete(change.vpc)
        return
      case 'put-switch':
        this.switches.set(change.switch.vswitch, change.switch)
        return
      case 'remove-switch':
        this.switches.delete(change.vswitch)
        return
      case 'put-port':
        this.ports.set(change.port.port, change.port)
        return
      case 'remove-port':
        this.ports.delete(change.port)
        return
      case 'put-havip':
        this.havips.set(change.havip.havip, change.havip)
        return
      case 'remove-havip':
        this.havips.delete(change.havip)
        return
      case 'put-eip':
        this.eips.set(change.eip.eip, change.eip)
        return
      case 'remove-eip':
        this.eips.delete(change.eip)
        return
    }
  }

  state(): PlaneState {
    return {
      networks: [...this.networks.values()],
      switches: [...this.switches.values()],
      ports: [...this.ports.values()],
      havips: [...this.havips.values()],
      eips: [...this.eips.values()],
    }
  }
}
