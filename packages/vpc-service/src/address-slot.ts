// How a Store keeps which addresses are taken: as whole numbers, each in a scope.
import { type Cidr6, type IpAddress, type Ipv6, ipv4ToNumber, ipv6FromNumber, ipv6ToNumber, isIpv6 } from '@havip/base'

/** What a number below 2^53 holds, and enough for what is given out by itself. */
const blockBits = 48n

/**
 * How an address stands in a table of whole numbers. IPv4: as the number it is. IPv6: its last 48 bits, in a scope of its own for
 * each block of that size, so that addresses of IPv4 are counted without it.
 */
export function addressSlot(scope: string, address: IpAddress): { readonly scope: string; readonly number: number } {
  if (!isIpv6(address)) return { scope, number: ipv4ToNumber(address) }
  const number = ipv6ToNumber(address)
  return { scope: `${scope} ${(number >> blockBits).toString(16)}`, number: Number(number & ((1n << blockBits) - 1n)) }
}

/** Those that are given out by themselves. */
export function freeRange6(scope: string, cidr: Cidr6): { readonly scope: string; readonly first: number; readonly last: number } {
  const slot = addressSlot(scope, cidr.address)
  return { scope: slot.scope, first: slot.number + 1, last: 2 ** Number(blockBits) - 1 }
}

export const address6At = (cidr: Cidr6, number: number): Ipv6 =>
  ipv6FromNumber((ipv6ToNumber(cidr.address) & ~((1n << blockBits) - 1n)) + BigInt(number))
