// IP and MAC addresses as canonical text: equal addresses are equal strings, so they can be keys of a Map.
// Reading is strict on purpose: `010.0.0.1`, `1` and `10.1` are no addresses here.
import { fail, ok, type Result } from './result.ts'
import type { Branded } from './units.ts'

/** Dotted quad without leading zeros: `192.168.0.88`. */
export type Ipv4 = Branded<string, 'Ipv4'>
/** RFC 5952 text: lower case, longest run of zeros compressed: `fe80::1`. */
export type Ipv6 = Branded<string, 'Ipv6'>
export type IpAddress = Ipv4 | Ipv6
export type Family = 'ipv4' | 'ipv6'
/** Lower-case hex with colons: `00:00:5e:00:01:33`. */
export type Mac = Branded<string, 'Mac'>
/** A network: the address is the first one, no host bits set. */
export type Cidr = { readonly address: Ipv4; readonly prefix: number }
/** The same for IPv6. */
export type Cidr6 = { readonly address: Ipv6; readonly prefix: number }

export const isIpv6 = (address: IpAddress): address is Ipv6 => address.includes(':')
export const familyOf = (address: IpAddress): Family => (isIpv6(address) ? 'ipv6' : 'ipv4')

export function parseIpv4(text: string): Result<Ipv4, 'not-an-ipv4-address'> {
  return ipv4Bytes(text) ? ok(text as Ipv4) : fail('not-an-ipv4-address')
}

export function parseIpv6(text: string): Result<Ipv6, 'not-an-ipv6-address'> {
  const bytes = ipv6Bytes(text)
  return bytes ? ok(ipv6FromBytes(bytes)) : fail('not-an-ipv6-address')
}

export function parseIp(text: string): Result<IpAddress, 'not-an-address'> {
  const parsed = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  return parsed.ok ? parsed : fail('not-an-address')
}

export function parseMac(text: string): Result<Mac, 'not-a-mac-address'> {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? ok(text.toLowerCase() as Mac) : fail('not-a-mac-address')
}

/** `192.168.0.0/24`; host bits that are set are a fault, since the caller would mean something else. */
export function parseCidr(text: string): Result<Cidr, 'not-a-cidr' | 'host-bits-set'> {
  const match = /^([0-9.]+)\/([0-9]{1,2})$/.exec(text)
  if (!match) return fail('not-a-cidr')
  const address = parseIpv4(match[1] as string)
  const prefix = Number(match[2])
  if (!address.ok || prefix > 32 || String(prefix) !== match[2]) return fail('not-a-cidr')
  const number = ipv4ToNumber(address.value)
  if ((number & maskOf(prefix)) >>> 0 !== number) return fail('host-bits-set')
  return ok({ address: address.value, prefix })
}

export const formatCidr = (cidr: Cidr | Cidr6): string => `${cidr.address}/${cidr.prefix}`
const maskOf = (prefix: number): number => (prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0)

/** How many addresses a network of this prefix has, network and broadcast address included. */
export const sizeOfCidr = (cidr: Cidr): number => 2 ** (32 - cidr.prefix)
export const cidrContains = (cidr: Cidr, address: Ipv4): boolean =>
  (ipv4ToNumber(address) & maskOf(cidr.prefix)) >>> 0 === ipv4ToNumber(cidr.address)
export const cidrContainsCidr = (outer: Cidr, inner: Cidr): boolean => inner.prefix >= outer.prefix && cidrContains(outer, inner.address)
export const cidrsOverlap = (a: Cidr, b: Cidr): boolean => cidrContainsCidr(a, b) || cidrContainsCidr(b, a)
/** The address at `offset` from the network address; the caller keeps the offset inside the network. */
export const addressInCidr = (cidr: Cidr, offset: number): Ipv4 => ipv4FromNumber(ipv4ToNumber(cidr.address) + offset)

export function ipv4ToNumber(address: Ipv4): number {
  const [a, b, c, d] = address.split('.') as [string, string, string, string]
  return ((Number(a) << 24) | (Number(b) << 16) | (Number(c) << 8) | Number(d)) >>> 0
}
export const ipv4FromNumber = (value: number): Ipv4 =>
  `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as Ipv4

/** Network order: 4 bytes for IPv4, 16 for IPv6. A new array each time. */
export function ipToBytes(address: IpAddress): Uint8Array {
  const bytes = isIpv6(address) ? ipv6Bytes(address) : ipv4Bytes(address)
  if (!bytes) throw new TypeError(`not an address: ${address}`)
  return bytes
}

/** Reads 4 or 16 bytes at `offset`; the caller has checked the length. */
export function ipFromBytes(bytes: Uint8Array, family: Family, offset = 0): IpAddress {
  if (family === 'ipv4') return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}` as Ipv4
  return ipv6FromBytes(bytes.subarray(offset, offset + 16))
}

export const macToBytes = (mac: Mac): Uint8Array => Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16))
export const macFromBytes = (bytes: Uint8Array, offset = 0): Mac =>
  Array.from(bytes.subarray(offset, offset + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':') as Mac

/** Order of the bytes on the wire, unsigned; what VRRP breaks ties by (RFC 9568 §6.4.3). IPv4 sorts before IPv6. */
export function compareIp(a: IpAddress, b: IpAddress): number {
  const left = ipToBytes(a)
  const right = ipToBytes(b)
  if (left.length !== right.length) return left.length - right.length
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] as number) - (right[i] as number)
    if (difference !== 0) return difference
  }
  return 0
}

/** Asked for each packet that is sent: looks at the first number and makes nothing. */
export function isMulticast(address: IpAddress): boolean {
  if (isIpv6(address)) return address.startsWith('ff')
  const first = Number.parseInt(address, 10)
  return first >= 224 && first <= 239
}
export const isLinkLocal = (address: IpAddress): boolean => (isIpv6(address) ? /^fe[89ab]/.test(address) : address.startsWith('169.254.'))

function ipv4Bytes(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (!match) return undefined
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = match[i + 1] as string
    const value = Number(part)
    if (value > 255 || String(value) !== part) return undefined
    bytes[i] = value
  }
  return bytes
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  let rest = text
  let tail: Uint8Array | undefined
  // RFC 4291 §2.2 form 3: the last 32 bits may be written as a dotted quad.
  const dotted = /:(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted) {
    tail = ipv4Bytes(dotted[1] as string)
    if (!tail) return undefined
    rest = `${text.slice(0, dotted.index)}:0:0`
  }
  const halves = rest.split('::')
  if (halves.length > 2) return undefined
  const groups = (half: string): string[] => (half === '' ? [] : half.split(':'))
  const head = groups(halves[0] as string)
  const end = halves.length === 2 ? groups(halves[1] as string) : []
  const missing = 8 - head.length - end.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const all = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...end]
  const bytes = new Uint8Array(16)
  for (let i = 0; i < 8; i++) {
    const group = all[i] as string
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
    const value = Number.parseInt(group, 16)
    bytes[2 * i] = value >> 8
    bytes[2 * i + 1] = value & 255
  }
  if (tail) bytes.set(tail, 12)
  return bytes
}

function ipv6FromBytes(bytes: Uint8Array): Ipv6 {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number))
  // RFC 5952 §4.2: compress the longest run of two or more zero groups, the first one on a tie.
  let best = { start: -1, length: 1 }
  for (let i = 0; i < 8; ) {
    let length = 0
    while (i + length < 8 && groups[i + length] === 0) length++
    if (length > best.length) best = { start: i, length }
    i += length + 1
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.start < 0) return hex.join(':') as Ipv6
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}` as Ipv6
}
