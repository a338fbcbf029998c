// How addresses stand in the sets of a router: IPv4 as it is; IPv6 as the number it is, see `rule-tables-ipv6.ts`.
import { type IpAddress, ipFromBytes, ipToBytes, isIpv6, type Mac, macToBytes } from '@havip/base'

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** As nft prints a number: without leading zeros. */
export const numberKey = (value: bigint): string => `0x${value.toString(16)}`

export const addressKey = (address: IpAddress): string => (isIpv6(address) ? numberKey(BigInt(`0x${hexOf(ipToBytes(address))}`)) : address)

export const macKey = (mac: Mac): string => numberKey(BigInt(`0x${hexOf(macToBytes(mac))}`))

/** A key that we wrote, or that nft prints. */
export function addressOfKey(key: string): IpAddress {
  if (!key.startsWith('0x')) return key as IpAddress
  const hex = key.slice(2).padStart(32, '0')
  return ipFromBytes(
    Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16)),
    'ipv6',
  )
}

/** Ends the name of a set that holds addresses of this family. */
export const setSuffix = (address: IpAddress): '' | '6' => (isIpv6(address) ? '6' : '')
