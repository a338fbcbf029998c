// The last will of a daemon that died without a word, carried out by its guard.
import { closeDescriptor } from '@havip/linux'
import { removeAddresses } from './addresses.ts'
import { openAdvertSocket, sendAdvert } from './advert-socket.ts'
import { attempt, hostFault } from './fault.ts'
import type { HostFault, TransportSpec, Will } from './port.ts'
import { openRtnetlink } from './rtnetlink.ts'

/**
 * Removes the addresses, then resigns: never the other way round, or a peer could hold an address that is still here.
 * Needs nothing from the dead process: opens sockets of its own. Goes on after a fault and returns them all.
 */
export function executeWill(will: Will): readonly HostFault[] {
  const faults: HostFault[] = []
  const rtnetlink = attempt(openRtnetlink)
  if (!rtnetlink.ok) faults.push(rtnetlink.fault)
  else {
    for (const result of removeAddresses(rtnetlink.value, will.removeAddresses)) if (!result.ok) faults.push(result.fault)
    rtnetlink.value.close()
  }
  const sockets = new Map<string, number | undefined>()
  for (const { transport, datagram, ...to } of will.resignations) {
    // One socket serves all resignations of one kind; it needs no groups to send.
    const key = `${transport.family} ${transport.protocol} ${transport.interface}`
    if (!sockets.has(key)) {
      const opened = attempt(() => openAdvertSocket(sendingOnly(transport)))
      if (!opened.ok) faults.push(opened.fault)
      sockets.set(key, opened.ok ? opened.value : undefined)
    }
    const fd = sockets.get(key)
    if (fd === undefined) continue
    const sent = sendAdvert(fd, transport, datagram, to)
    if (sent < 0) faults.push(hostFault('sendto', -sent, `resignation to ${to.destination}`))
  }
  for (const fd of sockets.values()) if (fd !== undefined) closeDescriptor(fd)
  return faults
}

const sendingOnly = (transport: TransportSpec): TransportSpec => ({
  family: transport.family,
  protocol: transport.protocol,
  interface: transport.interface,
  groups: [],
})
