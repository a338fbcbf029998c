// Parts of a configuration that this daemon reads but does not carry out here: each is named aloud, never silently ignored.
import type { Configuration } from '@havip/conf'
import type { Host } from './host.ts'

export function missingFeatures(configuration: Configuration, host: Host): readonly string[] {
  const { global, files, processes, instances } = configuration
  const lines: string[] = []
  const say = (what: string, effect: string): void => {
    lines.push(`${what} is not carried out by havip: ${effect}`)
  }
  if (!host.trackedFiles) for (const file of files) say(`track_file ${file.name}`, 'it contributes nothing to any priority')
  if (!host.processes) {
    for (const process of processes) say(`vrrp_track_process ${process.name}`, 'it contributes nothing to any priority')
  }
  if (!host.openFifo && global.notifyFifo) say(`notify_fifo ${global.notifyFifo.path}`, 'nothing is written to it')
  if (!host.openFifo && global.vrrpNotifyFifo) say(`vrrp_notify_fifo ${global.vrrpNotifyFifo.path}`, 'nothing is written to it')
  const { linkbeatPolling, linkbeatInterfaces } = configuration.daemon
  const polls = linkbeatPolling || linkbeatInterfaces.length > 0 || instances.some((one) => one.linkbeatPolling)
  if (polls && !host.probeLink) {
    say('linkbeat polling', 'the state of an interface is what the kernel reports')
  }
  if (global.disableLocalIgmp && !host.settings) say('disable_local_igmp', 'the kernel goes on reporting link-local groups')
  for (const instance of instances) {
    if (instance.promoteSecondaries && !host.settings)
      say(`promote_secondaries of ${instance.name}`, 'the setting of the interface stays as it is')
    const { vmac, ipvlan, name } = instance
    if ((vmac ?? ipvlan) && !host.vmacs)
      say(`${vmac ? 'use_vmac' : 'use_ipvlan'} of ${name}`, 'its addresses stand on the interface itself')
  }
  return lines
}
