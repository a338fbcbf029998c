// Whose a port is: an instance's primary interface, or a further one that is attached to it.
import type { Havip, Instance, InstanceId, NetworkInterfaceId } from '@havip/vpc'
import type { ReadTransaction } from './store.ts'

/** The instance that each port is in; a port that is in none has no entry. */
export async function holdersOf(tx: ReadTransaction, ports: Iterable<NetworkInterfaceId>): Promise<ReadonlyMap<string, Instance>> {
  const asked = [...new Set(ports)]
  if (asked.length === 0) return new Map()
  const primary = (await tx.find('instance', { is: { networkInterface: asked } })).map(({ row }) => row)
  const holders = new Map<string, Instance>(primary.map((row) => [row.networkInterface, row]))
  if (holders.size === asked.length) return holders
  const further = (await tx.entries('networkInterface', asked)).map(({ row }) => row)
  const ids = further.flatMap(({ instance }) => (instance ? [instance] : []))
  const instances = new Map((await tx.entries('instance', ids)).map(({ row }) => [row.id, row]))
  for (const { id, instance } of further) {
    const holder = instance && instances.get(instance)
    if (holder) holders.set(id, holder)
  }
  return holders
}

/** The port of an instance by which it may announce a HaVip: that of the interface that is bound, else its primary one. */
export async function boundPort(tx: ReadTransaction, havip: Havip | undefined, instance: Instance): Promise<NetworkInterfaceId> {
  const holders = await holdersOf(tx, havip?.interfaces ?? [])
  return havip?.interfaces.find((port) => holders.get(port)?.id === instance.id) ?? instance.networkInterface
}

/** The instances that may announce a HaVip: those bound to it, or those that its interfaces are in. */
export async function instancesOf(tx: ReadTransaction, havip: Havip): Promise<readonly InstanceId[]> {
  if (havip.interfaces.length === 0) return havip.instances
  const holders = await holdersOf(tx, havip.interfaces)
  return havip.interfaces.flatMap((port) => holders.get(port)?.id ?? [])
}
