// What there is, counted when the metrics are read: resources by kind and status, callers, this process.
import type { Kind, Store } from '@havip/vpc-service'
import type { Gauge } from './metrics.ts'

const statuses: readonly (readonly [Kind, readonly string[]])[] = [
  ['instance', ['Pending', 'Starting', 'Running', 'Stopping', 'Stopped']],
  ['havip', ['Creating', 'Available', 'Associating', 'InUse', 'Unassociating', 'Deleting']],
  ['eip', ['Available', 'Associating', 'InUse', 'Unassociating', 'Releasing']],
]
const counted: readonly Kind[] = ['vpc', 'vswitch', 'securityGroup', 'user', 'accessKey', 'session', 'webhook']

export async function resourceGauges(store: Store, now: { readonly streams: number; readonly leads: boolean }): Promise<readonly Gauge[]> {
  const values = await store.read(async (tx) => {
    const found: (readonly [{ kind: string; status?: string }, number])[] = []
    for (const kind of counted) found.push([{ kind }, await tx.count(kind, {})])
    for (const [kind, names] of statuses) {
      const counts = await tx.countBy(kind, 'status' as never, names)
      for (const status of names) found.push([{ kind, status }, counts.get(status) ?? 0])
    }
    return found
  })
  const one = (name: string, help: string, value: number): Gauge => ({ name, help, values: [[{}, value]] })
  return [
    { name: 'havip_resources', help: 'Rows by kind and, where they have one, status.', values },
    one('havip_event_streams', 'Clients that follow events.', now.streams),
    one('havip_leader', '1: this controller reconciles.', now.leads ? 1 : 0),
    one('process_resident_memory_bytes', 'Memory of the controller.', process.memoryUsage.rss()),
    one(
      'process_start_time_seconds',
      'When the controller was started, in seconds since 1970.',
      Math.round(Date.now() / 1000 - process.uptime()),
    ),
  ]
}
