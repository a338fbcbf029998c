// What is heard of and asked by neighbour discovery: the IPv6 counterpart of ARP for the watch over owners.
import { type Ipv6, ipFromBytes, type Mac, macFromBytes } from '@havip/base'
import { attachFilter, type Instruction } from '@havip/linux'
import { ipProtocol } from '@havip/wire'

const ethernetBytes = 14
/** Fixed part of IPv6, and of the two messages; then one option of eight bytes. */
const nextHeaderAt = ethernetBytes + 6
const sourceAt = ethernetBytes + 8
const messageAt = ethernetBytes + 40
const flagsAt = messageAt + 4
const targetAt = messageAt + 8
const optionAt = messageAt + 24
const solicitation = 135
const advertisement = 136
const solicited = 0x40

/** A whole frame with its one option; shorter ones announce nothing. */
export const ndFrameBytes = optionAt + 8

/** Everything but neighbour solicitations and advertisements stays in the kernel: a packet socket hears all IPv6 of the router. */
const onlyNeighbourDiscovery: readonly Instruction[] = [
  { op: 'load-byte', at: nextHeaderAt },
  { op: 'unless-equal', value: ipProtocol.icmpv6, goto: 'drop' },
  { op: 'load-byte', at: messageAt },
  { op: 'unless-equal', value: solicitation, goto: 'not a question' },
  { op: 'accept' },
  { op: 'label', name: 'not a question' },
  { op: 'unless-equal', value: advertisement, goto: 'drop' },
  { op: 'accept' },
  { op: 'label', name: 'drop' },
  { op: 'drop' },
]

export const hearOnlyNeighbourDiscovery = (fd: number): void => attachFilter(fd, onlyNeighbourDiscovery)

/**
 * Who claims which address with this frame; the rules have checked that the MAC is the sender's own. Answers are left out: a router
 * asks for what is owned already.
 */
export function claimOf(frame: Uint8Array): { readonly address: Ipv6; readonly mac: Mac } | undefined {
  // Also here: what came before the filter was in place may be anything.
  if (frame[nextHeaderAt] !== ipProtocol.icmpv6) return undefined
  const isAdvertisement = frame[messageAt] === advertisement
  if (!isAdvertisement && frame[messageAt] !== solicitation) return undefined
  if (isAdvertisement && ((frame[flagsAt] ?? 0) & solicited) !== 0) return undefined
  const address = ipFromBytes(frame, 'ipv6', isAdvertisement ? targetAt : sourceAt) as Ipv6
  return { address, mac: macFromBytes(frame, optionAt + 2) }
}
