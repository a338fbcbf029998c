// Announcements that the network dropped because they were not permitted.
import { useDrops } from '../api/queries.ts'
import type { Instance } from '../api/types.ts'
import { useText } from '../i18n/text.tsx'
import { FaultNote } from '../parts/fault.tsx'
import { Mark } from '../parts/mark.tsx'
import { Panel } from '../parts/page.tsx'
import { nameOf } from './names.ts'

export function Refused({ ids, instances }: { readonly ids: readonly string[]; readonly instances: ReadonlyMap<string, Instance> }) {
  const t = useText()
  const watched = [...new Set([...ids, ...instances.keys()])].slice(0, 100)
  const drops = useDrops(watched)
  const rows = drops.data?.Ports.filter((port) => port.Reported && port.UnboundHaVip + port.SpoofedArp + port.SpoofedNd > 0) ?? []
  return (
    <Panel
      title={t(['Refused announcements', '被拒绝的宣告'])}
      hint={t(['Frames of instances in this vSwitch that the network dropped', '本交换机中被网络丢弃的实例报文'])}
    >
      {drops.error ? (
        <div className="panel-body">
          <FaultNote error={drops.error} onRetry={() => void drops.refetch()} />
        </div>
      ) : rows.length === 0 ? (
        <p className="panel-body quiet">
          {watched.length === 0
            ? t(['There are no instances in this vSwitch.', '该交换机中没有实例。'])
            : t(['None: nobody announced an address that is not bound to it.', '无：没有实例宣告未绑定给它的地址。'])}
        </p>
      ) : (
        <ul className="lines">
          {rows.map((port) => (
            <li key={port.NetworkInterfaceId}>
              <Mark tone="warn">{nameOf(instances.get(port.InstanceId), port.InstanceId)}</Mark>
              <span className="quiet small">
                {t(
                  [
                    '{unbound} announcements of a HaVip not bound to it, {arp} false ARP, {nd} false neighbour discovery',
                    '宣告未绑定的高可用虚拟IP {unbound} 次，伪造 ARP {arp} 次，伪造邻居发现 {nd} 次',
                  ],
                  {
                    unbound: port.UnboundHaVip,
                    arp: port.SpoofedArp,
                    nd: port.SpoofedNd,
                  },
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
