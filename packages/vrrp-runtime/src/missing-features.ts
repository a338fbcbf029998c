// Parts of a configuration that this daemon reads but does not carry out: each is named aloud, never silently ignored.
import type { Configuration } from '@havip/conf'

export function missingFeatures(configuration: Configuration): readonly string[] {
  const { global, syncGroups, files, processes, bfdSessions, instances } = configuration
  const lines: string[] = []
  const say = (what: string, effect: string): void => {
    lines.push(`${what} is not carried out by havip: ${effect}`)
  }
  for (const group of syncGroups) say(`vrrp_sync_group ${group.name}`, 'its members run on their own')
  for (const file of files) say(`track_file ${file.name}`, 'it contributes nothing to any priority')
  for (const process of processes) say(`vrrp_track_process ${process.name}`, 'it contributes nothing to any priority')
  for (const session of bfdSessions) say(`bfd_instance ${session.name}`, 'no session is opened')
  if (global.notifyFifo) say(`notify_fifo ${global.notifyFifo.path}`, 'nothing is written to it')
  if (global.vrrpNotifyFifo) say(`vrrp_notify_fifo ${global.vrrpNotifyFifo.path}`, 'nothing is written to it')
  for (const instance of instances) {
    if (!instance.accept) say(`no_accept of ${instance.name}`, 'packets to its addresses are accepted')
  }
  return lines
}
