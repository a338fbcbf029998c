// Addresses between text, bytes and socket addresses, remembered: few peers send and get nearly all packets.
import { type IpAddress, ipFromBytes } from '@havip/base'
import { internetAddress } from '@havip/linux'

const knownMax = 1024
const texts = new Map<number, IpAddress>()
const destinations = new Map<string, Uint8Array>()

/** The IPv4 address in four bytes of a packet. */
export function knownIpv4(data: Uint8Array, at: number): IpAddress {
  const number =
    ((data[at] as number) << 24) | ((data[at + 1] as number) << 16) | ((data[at + 2] as number) << 8) | (data[at + 3] as number)
  let text = texts.get(number)
  if (text === undefined) {
    if (texts.size >= knownMax) texts.clear()
    text = ipFromBytes(data, 'ipv4', at)
    texts.set(number, text)
  }
  return text
}

/** A `sockaddr` to send to; read, never written to. @param scope interface of a link-local or group address, else 0. */
export function destinationAddress(address: IpAddress, port: number, scope: number): Uint8Array {
  const key = port === 0 && scope === 0 ? address : `${address} ${port} ${scope}`
  let found = destinations.get(key)
  if (found === undefined) {
    if (destinations.size >= knownMax) destinations.clear()
    found = internetAddress(address, port, scope)
    destinations.set(key, found)
  }
  return found
}
