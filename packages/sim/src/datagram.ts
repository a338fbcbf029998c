// What the kernel adds to bytes on their way out: lengths and checksums; and the frames that move an address.
import { type IpAddress, type Ipv4, isIpv6, type Mac } from '@havip/base'
import {
  checksumOf,
  decodeArp,
  decodeEthernet,
  decodeIpv6,
  decodeNeighbourAdvertisement,
  encodeGratuitousArp,
  encodeUnsolicitedAdvertisement,
  etherType,
  pseudoHeader,
} from '@havip/wire'

/** IP_HDRINCL: total length and header checksum are the kernel's. A copy; too short for a header stays as it is. */
export function fillIpv4Header(datagram: Uint8Array): Uint8Array {
  const bytes = datagram.slice()
  if (bytes.length < 20) return bytes
  const view = new DataView(bytes.buffer)
  view.setUint16(2, bytes.length)
  view.setUint16(10, 0)
  view.setUint16(10, checksumOf([bytes.subarray(0, 4 * ((bytes[0] as number) & 15))]))
  return bytes
}

/** IPV6_CHECKSUM at offset 6: the kernel's, over the pseudo header and the whole payload. A copy. */
export function fillIpv6Checksum(
  payload: Uint8Array,
  protocol: number,
  ends: { readonly source: IpAddress; readonly destination: IpAddress },
): Uint8Array {
  const bytes = payload.slice()
  if (bytes.length < 8) return bytes
  const view = new DataView(bytes.buffer)
  view.setUint16(6, 0)
  view.setUint16(6, checksumOf([pseudoHeader({ family: 'ipv6', ...ends }, protocol, bytes.length), bytes]))
  return bytes
}

export const announcementFrame = (mac: Mac, address: IpAddress): Uint8Array =>
  isIpv6(address) ? encodeUnsolicitedAdvertisement(mac, address, { isRouter: false }) : encodeGratuitousArp(mac, address as Ipv4)

/** What a neighbour learns from a frame: this MAC has this address. Undefined: nothing. */
export function learnFrom(frame: Uint8Array): { readonly address: IpAddress; readonly mac: Mac } | undefined {
  const ethernet = decodeEthernet(frame)
  if (!ethernet.ok) return undefined
  const { type, payload } = ethernet.value
  if (type === etherType.arp) {
    const arp = decodeArp(payload)
    return arp.ok ? { address: arp.value.sender, mac: arp.value.senderMac } : undefined
  }
  if (type !== etherType.ipv6) return undefined
  const packet = decodeIpv6(payload)
  if (!packet.ok) return undefined
  const { source, destination, hopLimit } = packet.value.header
  const message = decodeNeighbourAdvertisement(packet.value.payload, { source, destination, hopLimit })
  if (!message.ok || message.value.mac === undefined || !message.value.overrides) return undefined
  return { address: message.value.target, mac: message.value.mac }
}
