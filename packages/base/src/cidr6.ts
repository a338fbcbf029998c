// Networks of IPv6, and the addresses in them. Numbers are of 128 bits, so they are bigints.
import { type Cidr6, type Ipv6, ipFromBytes, ipToBytes, type Mac, macToBytes, parseIpv6 } from './address.ts'
import { fail, ok, type Result } from './result.ts'

export function ipv6ToNumber(address: Ipv6): bigint {
  let number = 0n
  for (const byte of ipToBytes(address)) number = (number << 8n) | BigInt(byte)
  return number
}

export function ipv6FromNumber(value: bigint): Ipv6 {
  const bytes = Uint8Array.from({ length: 16 }, (_, at) => Number((value >> BigInt(8 * (15 - at))) & 0xffn))
  return ipFromBytes(bytes, 'ipv6') as Ipv6
}

/** `fd00:1:2::/56`; host bits that are set are a fault, as for IPv4. */
export function parseCidr6(text: string): Result<Cidr6, 'not-a-cidr' | 'host-bits-set'> {
  const match = /^([0-9a-fA-F:.]+)\/(0|[1-9][0-9]{0,2})$/.exec(text)
  if (!match) return fail('not-a-cidr')
  const address = parseIpv6(match[1] as string)
  const prefix = Number(match[2])
  if (!address.ok || prefix > 128) return fail('not-a-cidr')
  return (ipv6ToNumber(address.value) & hostBits(prefix)) === 0n ? ok({ address: address.value, prefix }) : fail('host-bits-set')
}

const hostBits = (prefix: number): bigint => (1n << BigInt(128 - prefix)) - 1n

/** The network that an address is in. */
export const network6Of = (address: Ipv6, prefix: number): Cidr6 => ({
  address: ipv6FromNumber(ipv6ToNumber(address) & ~hostBits(prefix)),
  prefix,
})
export const cidr6Contains = (cidr: Cidr6, address: Ipv6): boolean => network6Of(address, cidr.prefix).address === cidr.address
export const cidr6ContainsCidr = (outer: Cidr6, inner: Cidr6): boolean =>
  inner.prefix >= outer.prefix && cidr6Contains(outer, inner.address)
export const cidrs6Overlap = (a: Cidr6, b: Cidr6): boolean => cidr6ContainsCidr(a, b) || cidr6ContainsCidr(b, a)

/** The address at `offset` from the network address; the caller keeps the offset inside the network. */
export const addressInCidr6 = (cidr: Cidr6, offset: bigint): Ipv6 => ipv6FromNumber(ipv6ToNumber(cidr.address) + offset)
/** The caller has checked that it is inside. */
export const offsetInCidr6 = (cidr: Cidr6, address: Ipv6): bigint => ipv6ToNumber(address) - ipv6ToNumber(cidr.address)

/** Part number `index` of a network that is cut into smaller ones of `prefix`; the caller keeps it inside. */
export const partOfCidr6 = (cidr: Cidr6, prefix: number, index: number): Cidr6 => ({
  address: addressInCidr6(cidr, BigInt(index) << BigInt(128 - prefix)),
  prefix,
})

/** What an interface with this MAC calls itself on its link: RFC 4291 §2.5.6 and appendix A. */
export function linkLocalOf(mac: Mac): Ipv6 {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = macToBytes(mac)
  return ipFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f), 'ipv6') as Ipv6
}

/** The group that an address is asked for in: RFC 4291 §2.7.1. */
export function solicitedNodeGroup(address: Ipv6): Ipv6 {
  const bytes = ipToBytes(address)
  return ipFromBytes(Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...bytes.subarray(13)), 'ipv6') as Ipv6
}
