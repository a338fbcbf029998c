// Everything the plane is built from, by id, with the few look-ups that one change needs: so that one change among ten
// thousand rows costs the same as among ten.
import { compareIp, type IpAddress, isIpv6 } from '@havip/base'
import { gatewayOf } from './address-rules.ts'
import type { MachineFact } from './instance-rules.ts'
import { gateway6Of } from './ipv6-rules.ts'
import type { PlaneEip, PlaneHavip, PlaneNetwork, PlanePort, PlaneState, PlaneSwitch } from './plane.ts'
import type {
  Eip,
  EipId,
  EipTarget,
  Havip,
  HavipId,
  Instance,
  InstanceId,
  NetworkInterface,
  NetworkInterfaceId,
  Vpc,
  VpcId,
  Vswitch,
  VswitchId,
} from './resource.ts'

export type WorldRow =
  | { readonly kind: 'vpc'; readonly row: Vpc }
  | { readonly kind: 'vswitch'; readonly row: Vswitch }
  | { readonly kind: 'instance'; readonly row: Instance }
  | { readonly kind: 'networkInterface'; readonly row: NetworkInterface }
  | { readonly kind: 'havip'; readonly row: Havip }
  | { readonly kind: 'eip'; readonly row: Eip }
export type WorldKind = WorldRow['kind']

/** What has to be looked at again after a row changed. */
export type Affected = { readonly kind: WorldKind; readonly id: string }

/** A mirror of the rows; it holds no truth of its own. */
export class World {
  readonly vpcs = new Map<VpcId, Vpc>()
  readonly vswitches = new Map<VswitchId, Vswitch>()
  readonly instances = new Map<InstanceId, Instance>()
  readonly interfaces = new Map<NetworkInterfaceId, NetworkInterface>()
  readonly havips = new Map<HavipId, Havip>()
  readonly eips = new Map<EipId, Eip>()
  readonly machines = new Map<InstanceId, NonNullable<MachineFact>>()
  /** By instance and by network interface. */
  readonly #havipsOf = new Map<string, Set<HavipId>>()
  readonly #interfacesOf = new Map<InstanceId, Set<NetworkInterfaceId>>()
  /** Whose primary interface it is. */
  readonly #primaryOf = new Map<NetworkInterfaceId, InstanceId>()
  readonly #eipsOf = new Map<string, Set<EipId>>()

  /** Takes a row in, in place of its older self. Returns everything whose desired state may have changed. */
  put(change: WorldRow): readonly Affected[] {
    switch (change.kind) {
      case 'vpc':
        this.vpcs.set(change.row.id, change.row)
        return [{ kind: 'vpc', id: change.row.id }]
      case 'vswitch':
        this.vswitches.set(change.row.id, change.row)
        return [{ kind: 'vswitch', id: change.row.id }]
      case 'instance':
        this.instances.set(change.row.id, change.row)
        this.#primaryOf.set(change.row.networkInterface, change.row.id)
        return this.affectedByInstance(change.row.id)
      case 'networkInterface':
        return this.#putInterface(change.row)
      case 'havip':
        return this.#putHavip(change.row)
      case 'eip': {
        const old = this.eips.get(change.row.id)
        if (old?.target) remove(this.#eipsOf, old.target.id, old.id)
        this.eips.set(change.row.id, change.row)
        if (change.row.target) add(this.#eipsOf, change.row.target.id, change.row.id)
        return [{ kind: 'eip', id: change.row.id }]
      }
    }
  }

  /** Forgets a row; unknown ones are no fault. */
  remove(kind: WorldKind, id: string): void {
    switch (kind) {
      case 'vpc':
        this.vpcs.delete(id as VpcId)
        return
      case 'vswitch':
        this.vswitches.delete(id as VswitchId)
        return
      case 'instance':
        this.#primaryOf.delete(this.instances.get(id as InstanceId)?.networkInterface as NetworkInterfaceId)
        this.instances.delete(id as InstanceId)
        return
      case 'networkInterface': {
        const old = this.interfaces.get(id as NetworkInterfaceId)
        if (old?.instance) remove(this.#interfacesOf, old.instance, old.id)
        this.interfaces.delete(id as NetworkInterfaceId)
        return
      }
      case 'havip': {
        const old = this.havips.get(id as HavipId)
        for (const target of old ? targetsOf(old) : []) remove(this.#havipsOf, target, id as HavipId)
        this.havips.delete(id as HavipId)
        return
      }
      case 'eip': {
        const target = this.eips.get(id as EipId)?.target
        if (target) remove(this.#eipsOf, target.id, id as EipId)
        this.eips.delete(id as EipId)
        return
      }
    }
  }

  affectedByInstance(id: InstanceId): readonly Affected[] {
    const further = [...(this.#interfacesOf.get(id) ?? [])].map((port): Affected => ({ kind: 'networkInterface', id: port }))
    return [{ kind: 'instance', id }, ...further, ...this.#eipsAt(id)]
  }

  /** Of an instance or a network interface. */
  havipsOf(target: string): readonly HavipId[] {
    return [...(this.#havipsOf.get(target) ?? [])]
  }

  /** Every row, as affected: for a look at the whole. */
  everything(): Affected[] {
    const all: Affected[] = []
    for (const id of this.vpcs.keys()) all.push({ kind: 'vpc', id })
    for (const id of this.vswitches.keys()) all.push({ kind: 'vswitch', id })
    for (const id of this.instances.keys()) all.push({ kind: 'instance', id })
    for (const id of this.interfaces.keys()) all.push({ kind: 'networkInterface', id })
    for (const id of this.havips.keys()) all.push({ kind: 'havip', id })
    for (const id of this.eips.keys()) all.push({ kind: 'eip', id })
    return all
  }

  #eipsAt(target: string): Affected[] {
    return [...(this.#eipsOf.get(target) ?? [])].map((id) => ({ kind: 'eip', id }))
  }

  #putHavip(row: Havip): readonly Affected[] {
    const old = this.havips.get(row.id)
    const before = old ? targetsOf(old) : []
    for (const target of before) remove(this.#havipsOf, target, row.id)
    for (const target of targetsOf(row)) add(this.#havipsOf, target, row.id)
    this.havips.set(row.id, row)
    const touched = new Set([...before, ...targetsOf(row)])
    return [{ kind: 'havip', id: row.id }, ...[...touched].map((id) => this.#holderOf(id)), ...this.#eipsAt(row.id)]
  }

  #putInterface(row: NetworkInterface): readonly Affected[] {
    const before = this.interfaces.get(row.id)?.instance
    if (before) remove(this.#interfacesOf, before, row.id)
    if (row.instance) add(this.#interfacesOf, row.instance, row.id)
    this.interfaces.set(row.id, row)
    return [{ kind: 'networkInterface', id: row.id }, ...this.#eipsAt(row.id)]
  }

  /** Whose port a HAVIP's target is: the instance's, also when its primary interface is named, or a further interface's. */
  #holderOf(target: InstanceId | NetworkInterfaceId): Affected {
    if (this.instances.has(target as InstanceId)) return { kind: 'instance', id: target }
    const instance = this.#primaryOf.get(target as NetworkInterfaceId)
    if (instance !== undefined) return { kind: 'instance', id: instance }
    return { kind: target.startsWith('eni-') ? 'networkInterface' : 'instance', id: target }
  }
}

const targetsOf = (havip: Havip): readonly (InstanceId | NetworkInterfaceId)[] => [...havip.instances, ...havip.interfaces]

function add<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const set = index.get(key)
  if (set) set.add(value)
  else index.set(key, new Set([value]))
}
function remove<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const set = index.get(key)
  set?.delete(value)
  if (set?.size === 0) index.delete(key)
}

export const desiredNetwork = (vpc: Vpc): PlaneNetwork | undefined =>
  vpc.status === 'Deleting' ? undefined : { vpc: vpc.id, cidr: vpc.cidr, ...(vpc.cidr6 && { cidr6: vpc.cidr6 }) }

export const desiredSwitch = (vswitch: Vswitch): PlaneSwitch | undefined =>
  vswitch.status === 'Deleting'
    ? undefined
    : {
        ...{ vswitch: vswitch.id, vpc: vswitch.vpc, cidr: vswitch.cidr, gateway: gatewayOf(vswitch.cidr) },
        ...(vswitch.cidr6 && { cidr6: vswitch.cidr6, gateway6: gateway6Of(vswitch.cidr6) }),
      }

/** The port of a deleted instance stays until its machine is gone: a machine must not lose its cable before its power. */
export function desiredPort(world: World, instance: Instance): PlanePort | undefined {
  if (instance.wanted === 'deleted' && !world.machines.has(instance.id)) return undefined
  const { networkInterface: port, id, vswitch, vpc, mac, address, address6 } = instance
  const havips = boundAddresses(world, id, port)
  return { port, instance: id, device: 0, vswitch, vpc, mac, address, ...(address6 && { address6 }), havips }
}

function boundAddresses(world: World, ...targets: readonly string[]): readonly IpAddress[] {
  return targets
    .flatMap((target) => world.havipsOf(target))
    .map((id) => world.havips.get(id)?.address)
    .filter((address) => address !== undefined)
    .sort(compareIp)
}

/** A further interface has a port as long as it is in an instance that has its own. */
export function desiredFurtherPort(world: World, row: NetworkInterface): PlanePort | undefined {
  const instance = row.instance && world.instances.get(row.instance)
  if (!instance || (row.status !== 'Attaching' && row.status !== 'InUse') || !desiredPort(world, instance)) return undefined
  const { id: port, device, vswitch, vpc, mac, address, address6 } = row
  const own = { address, ...(address6 && { address6 }), havips: boundAddresses(world, port) }
  return { port, instance: instance.id, device, vswitch, vpc, mac, ...own }
}

export const desiredHavip = (havip: Havip): PlaneHavip | undefined =>
  havip.status === 'Deleting' ? undefined : { havip: havip.id, vpc: havip.vpc, vswitch: havip.vswitch, address: havip.address }

export function desiredEip(world: World, eip: Eip): PlaneEip | undefined {
  if (!eip.target || (eip.status !== 'Associating' && eip.status !== 'InUse')) return undefined
  const target = eipTarget(world, eip.target)
  if (!target || isIpv6(target.address)) return undefined
  return { eip: eip.id, vpc: target.vpc, address: eip.address, target: target.address, bandwidthMbit: eip.bandwidth }
}

function eipTarget(world: World, target: EipTarget): Havip | Instance | NetworkInterface | undefined {
  switch (target.kind) {
    case 'HaVip':
      return world.havips.get(target.id)
    case 'EcsInstance':
      return world.instances.get(target.id)
    case 'NetworkInterface':
      return world.interfaces.get(target.id)
  }
}

/** The whole plane as it should be. */
export function desiredPlane(world: World): PlaneState {
  return desiredOf(world, world.everything())
}

/** The part of the plane that belongs to some rows. */
export function desiredOf(world: World, affected: Iterable<Affected>): PlaneState {
  const networks: PlaneNetwork[] = []
  const switches: PlaneSwitch[] = []
  const ports: PlanePort[] = []
  const havips: PlaneHavip[] = []
  const eips: PlaneEip[] = []
  const push = <T>(list: T[], item: T | undefined): void => {
    if (item !== undefined) list.push(item)
  }
  for (const { kind, id } of affected) {
    switch (kind) {
      case 'vpc': {
        const row = world.vpcs.get(id as VpcId)
        if (row) push(networks, desiredNetwork(row))
        break
      }
      case 'vswitch': {
        const row = world.vswitches.get(id as VswitchId)
        if (row) push(switches, desiredSwitch(row))
        break
      }
      case 'instance': {
        const row = world.instances.get(id as InstanceId)
        if (row) push(ports, desiredPort(world, row))
        break
      }
      case 'networkInterface': {
        const row = world.interfaces.get(id as NetworkInterfaceId)
        if (row) push(ports, desiredFurtherPort(world, row))
        break
      }
      case 'havip': {
        const row = world.havips.get(id as HavipId)
        if (row) push(havips, desiredHavip(row))
        break
      }
      case 'eip': {
        const row = world.eips.get(id as EipId)
        if (row) push(eips, desiredEip(world, row))
        break
      }
    }
  }
  return { networks, switches, ports, havips, eips }
}
