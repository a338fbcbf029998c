// Addresses of interfaces: RTM_NEWADDR, RTM_DELADDR (linux/if_addr.h).
import { type Family, fail, familyOf, type IfIndex, type IpAddress, ipFromBytes, ipToBytes, ok, type Result } from '@havip/base'
import { concatBytes, header } from './header.ts'
import {
  type Attribute,
  decodeAttributes,
  encodeAttributes,
  encodeMessage,
  type NetlinkFault,
  netlinkFlag,
  textOf,
  textValue,
  u8Of,
  u8Value,
  u32Of,
  u32Value,
} from './netlink.ts'
import { addressFamily, rtnetlinkType, vrrpRouteProtocol } from './rtnetlink-type.ts'

/** `struct ifaddrmsg`. */
const addressHeader = header(
  {
    family: { at: 0, bits: 8 },
    prefix: { at: 8, bits: 8 },
    flags: { at: 16, bits: 8 },
    scope: { at: 24, bits: 8 },
    index: { at: 32, bits: 32 },
  },
  'little',
)
const attribute = { address: 1, local: 2, label: 3, broadcast: 4, cacheInfo: 6, flags: 8, protocol: 11 } as const

export const addressFlag = {
  secondary: 0x01,
  noDad: 0x02,
  optimistic: 0x04,
  dadFailed: 0x08,
  homeAddress: 0x10,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  manageTemporaryAddress: 0x100,
  noPrefixRoute: 0x200,
  multicastAutoJoin: 0x400,
} as const

/** `preferred` and `valid` that never end. */
export const foreverSeconds = 0xffffffff

/** An address as we want it. */
export type AddressRequest = {
  readonly index: IfIndex
  readonly address: IpAddress
  /** Of the peer, if there is one. */
  readonly prefix: number
  readonly peer?: IpAddress
  readonly broadcast?: IpAddress
  /** Up to 15 bytes; IPv4 only. */
  readonly label?: string
  /** 0 global, 200 site, 253 link, 254 host, 255 nowhere. */
  readonly scope?: number
  /** Bits of `addressFlag`. */
  readonly flags?: number
  /** Seconds; undefined: forever. 0 makes the address deprecated. */
  readonly preferredLifetime?: number
  /** Who installed it; 18 when left out. Kernels before 5.18 ignore it. */
  readonly protocol?: number
}

/** An address as the kernel has it. */
export type AddressEntry = {
  readonly family: Family
  readonly index: IfIndex
  readonly address: IpAddress
  readonly prefix: number
  readonly peer?: IpAddress
  readonly broadcast?: IpAddress
  readonly label?: string
  readonly scope: number
  readonly flags: number
  readonly preferredLifetime?: number
  readonly protocol?: number
}

/** Adds; EEXIST when it is there already, unless `replace`. */
export const encodeAddAddress = (sequence: number, request: AddressRequest, options: { readonly replace?: boolean } = {}): Uint8Array =>
  encodeAddress(
    rtnetlinkType.newAddress,
    netlinkFlag.create | (options.replace ? netlinkFlag.replace : netlinkFlag.exclusive),
    sequence,
    request,
  )

/** Removes; EADDRNOTAVAIL when it is not there. */
export const encodeDeleteAddress = (sequence: number, request: AddressRequest): Uint8Array =>
  encodeAddress(rtnetlinkType.deleteAddress, 0, sequence, request)

function encodeAddress(type: number, flags: number, sequence: number, request: AddressRequest): Uint8Array {
  const family = familyOf(request.address)
  const addressFlags = request.flags ?? 0
  const head = addressHeader.write({
    family: addressFamily[family],
    prefix: request.prefix,
    flags: addressFlags & 0xff,
    scope: request.scope ?? 0,
    index: request.index,
  })
  // IFA_ADDRESS is the prefix address: the far end of a point-to-point link, else our own.
  const attributes: Attribute[] = [
    { type: attribute.local, value: ipToBytes(request.address) },
    { type: attribute.address, value: ipToBytes(request.peer ?? request.address) },
  ]
  if (request.broadcast !== undefined) attributes.push({ type: attribute.broadcast, value: ipToBytes(request.broadcast) })
  if (request.label !== undefined) attributes.push({ type: attribute.label, value: textValue(request.label) })
  if (addressFlags !== 0) attributes.push({ type: attribute.flags, value: u32Value(addressFlags) })
  if (type === rtnetlinkType.newAddress) {
    attributes.push({ type: attribute.protocol, value: u8Value(request.protocol ?? vrrpRouteProtocol) })
    if (request.preferredLifetime !== undefined) attributes.push({ type: attribute.cacheInfo, value: cacheInfo(request.preferredLifetime) })
  }
  return encodeMessage(
    { type, flags: netlinkFlag.request | netlinkFlag.acknowledge | flags, sequence },
    concatBytes([head, encodeAttributes(attributes)]),
  )
}

/** `struct ifa_cacheinfo`: preferred, valid, two time stamps that only the kernel writes. */
const cacheInfo = (preferred: number): Uint8Array => concatBytes([u32Value(preferred), u32Value(foreverSeconds), u32Value(0), u32Value(0)])

/** Reads the payload of RTM_NEWADDR or RTM_DELADDR; other families than the two of IP are a fault. */
export function decodeAddress(payload: Uint8Array): Result<AddressEntry, NetlinkFault> {
  const head = addressHeader.read(payload)
  if (!head.ok) return head
  const read = decodeAttributes(payload.subarray(addressHeader.bytes))
  if (!read.ok) return read
  const family: Family | undefined =
    head.value.family === addressFamily.ipv4 ? 'ipv4' : head.value.family === addressFamily.ipv6 ? 'ipv6' : undefined
  if (!family) return fail({ kind: 'missing-attribute', attribute: 'family' })
  const at = (type: number): IpAddress | undefined => {
    const value = read.value.get(type)
    return value?.length === (family === 'ipv4' ? 4 : 16) ? ipFromBytes(value, family) : undefined
  }
  const local = at(attribute.local)
  const far = at(attribute.address)
  const address = local ?? far
  if (!address) return fail({ kind: 'missing-attribute', attribute: 'IFA_LOCAL' })
  const broadcast = at(attribute.broadcast)
  const label = read.value.get(attribute.label)
  const preferredLifetime = u32Of(read.value.get(attribute.cacheInfo)?.subarray(0, 4))
  const protocol = u8Of(read.value.get(attribute.protocol))
  return ok({
    family,
    index: head.value.index as IfIndex,
    address,
    prefix: head.value.prefix,
    ...(local && far && far !== local ? { peer: far } : {}),
    ...(broadcast ? { broadcast } : {}),
    ...(label ? { label: textOf(label) } : {}),
    scope: head.value.scope,
    flags: u32Of(read.value.get(attribute.flags)) ?? head.value.flags,
    ...(preferredLifetime === undefined ? {} : { preferredLifetime }),
    ...(protocol === undefined ? {} : { protocol }),
  })
}
