// The last will of a daemon that died without a word, carried out by its guard.
import { wallTime } from '@havip/base'
import { closeDescriptor } from '@havip/linux'
import { sealResignation } from '@havip/vrrp-runtime'
import { encodeDeleteLink } from '@havip/wire'
import { removeAddresses } from './addresses.ts'
import { openAdvertSocket, sendAdvert } from './advert-socket.ts'
import { attempt, hostFault } from './fault.ts'
import type { HostFault, TransportSpec, Will } from './port.ts'
import { createRouting } from './routes.ts'
import { answerOf, openRtnetlink } from './rtnetlink.ts'
import { restoreSettings } from './sysctls.ts'

/**
 * Removes the addresses, then resigns: never the other way round, or a peer could hold an address that is still here.
 * Needs nothing from the dead process: opens sockets of its own. Goes on after a fault and returns them all.
 */
export function executeWill(will: Will): readonly HostFault[] {
  const faults: HostFault[] = []
  const rtnetlink = attempt(openRtnetlink)
  if (!rtnetlink.ok) faults.push(rtnetlink.fault)
  else {
    const routing = createRouting(rtnetlink.value)
    const routes = [...routing.removeRules(will.removeRules ?? []), ...routing.removeRoutes(will.removeRoutes ?? [])]
    for (const result of routes) if (!result.ok) faults.push(result.fault)
    for (const result of removeAddresses(rtnetlink.value, will.removeAddresses)) if (!result.ok) faults.push(result.fault)
    rtnetlink.value.close()
  }
  const sockets = new Map<string, number | undefined>()
  for (const { transport, ...resignation } of will.resignations) {
    // One socket serves all resignations of one kind; it needs no groups to send.
    const key = `${transport.family} ${transport.protocol} ${transport.sendInterface ?? transport.interface}`
    if (!sockets.has(key)) {
      const opened = attempt(() => openAdvertSocket(sendingOnly(transport)))
      if (!opened.ok) faults.push(opened.fault)
      sockets.set(key, opened.ok ? opened.value : undefined)
    }
    const fd = sockets.get(key)
    if (fd === undefined) continue
    const sent = sendAdvert(fd, sendingOnly(transport), sealResignation(resignation, wallTime(Date.now())), resignation)
    if (sent < 0) faults.push(hostFault('sendto', -sent, `resignation to ${resignation.destination}`))
  }
  for (const fd of sockets.values()) if (fd !== undefined) closeDescriptor(fd)
  faults.push(...removeLinks(will.removeLinks ?? []))
  restoreSettings(will.settings ?? [])
  return faults
}

/** Only what is still what we made: a number may have been given out again. */
function removeLinks(links: NonNullable<Will['removeLinks']>): readonly HostFault[] {
  if (links.length === 0) return []
  const removed = attempt(() => {
    const rtnetlink = openRtnetlink()
    try {
      const there = rtnetlink.dump('links').flatMap((message) => (message.kind === 'link' ? [message.link] : []))
      const ours = there.filter(
        ({ index, name, kind }) => madeKinds.has(kind ?? '') && links.some((one) => one.index === index && one.name === name),
      )
      const answers = rtnetlink.request(
        ours.map(
          ({ index }) =>
            (sequence) =>
              encodeDeleteLink(sequence, index),
        ),
      )
      return answers.flatMap((answer, i) => {
        const result = answerOf('RTM_DELLINK', `interface ${ours[i]?.name}`, answer, ['ENODEV'])
        return result.ok ? [] : [result.fault]
      })
    } finally {
      rtnetlink.close()
    }
  })
  return removed.ok ? removed.value : [removed.fault]
}
const madeKinds: ReadonlySet<string> = new Set(['macvlan', 'ipvlan'])

const sendingOnly = (transport: TransportSpec): TransportSpec => ({
  family: transport.family,
  protocol: transport.protocol,
  interface: transport.sendInterface ?? transport.interface,
  groups: [],
})
