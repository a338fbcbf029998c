// Interfaces: RTM_NEWLINK, RTM_DELLINK, RTM_SETLINK (linux/if_link.h).
import { type IfIndex, type Mac, macFromBytes, macToBytes, ok, type Result } from '@havip/base'
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
  u16Value,
  u32Of,
  u32Value,
} from './netlink.ts'
import { rtnetlinkType } from './rtnetlink-type.ts'

/** `struct ifinfomsg`; the index is signed there and never negative. */
const linkHeader = header(
  {
    family: { at: 0, bits: 8 },
    padding: { at: 8, bits: 8 },
    type: { at: 16, bits: 16 },
    index: { at: 32, bits: 32 },
    flags: { at: 64, bits: 32 },
    change: { at: 96, bits: 32 },
  },
  'little',
)
const attribute = { mac: 1, name: 3, mtu: 4, link: 5, master: 10, operState: 16, linkInfo: 18, group: 27 } as const
const linkInfoAttribute = { kind: 1, data: 2 } as const
const macvlanAttribute = { mode: 1 } as const
const vrfAttribute = { table: 1 } as const
const ipvlanAttribute = { mode: 1, flags: 2 } as const
/** IPVLAN_MODE_L2 */
const ipvlanLayer2 = 0

export const linkFlag = {
  up: 0x1,
  broadcast: 0x2,
  loopback: 0x8,
  pointToPoint: 0x10,
  running: 0x40,
  noArp: 0x80,
  multicast: 0x1000,
  lowerUp: 0x10000,
} as const

/** Bits of a macvlan's mode. */
export const macvlanMode = { private: 1, vepa: 2, bridge: 4, passthru: 8 } as const

/** RFC 2863 operational state, IF_OPER_*, by number. */
export const operStates = ['unknown', 'not-present', 'down', 'lower-layer-down', 'testing', 'dormant', 'up'] as const
export type OperState = (typeof operStates)[number]

export type LinkEntry = {
  readonly index: IfIndex
  readonly name: string
  /** Bits of `linkFlag`. */
  readonly flags: number
  /** ARPHRD_*: 1 Ethernet, 772 loopback. */
  readonly type: number
  readonly mtu: number
  /** Only of links whose address has six bytes. */
  readonly mac?: Mac
  readonly operState: OperState
  /** `macvlan`, `veth`, `bridge`, …; absent for hardware. */
  readonly kind?: string
  /** The interface below: of a VLAN, a macvlan; of a veth its other end. */
  readonly parent?: IfIndex
  /** The bridge, bond or VRF it belongs to. */
  readonly master?: IfIndex
  /** Of interfaces: 0 is the one that all are in at first. */
  readonly group?: number
  /** Of a VRF: the routing table that it stands for. */
  readonly vrfTable?: number
}

/** Reads the payload of RTM_NEWLINK or RTM_DELLINK. A message without name (bridge port events) gets an empty one. */
export function decodeLink(payload: Uint8Array): Result<LinkEntry, NetlinkFault> {
  const head = linkHeader.read(payload)
  if (!head.ok) return head
  const read = decodeAttributes(payload.subarray(linkHeader.bytes))
  if (!read.ok) return read
  const get = read.value.get.bind(read.value)
  const mac = get(attribute.mac)
  const name = get(attribute.name)
  const { kind, vrfTable } = infoOf(get(attribute.linkInfo))
  const parent = u32Of(get(attribute.link))
  const group = u32Of(get(attribute.group))
  const master = u32Of(get(attribute.master))
  return ok({
    index: head.value.index as IfIndex,
    name: name ? textOf(name) : '',
    flags: head.value.flags,
    type: head.value.type,
    mtu: u32Of(get(attribute.mtu)) ?? 0,
    ...(mac?.length === 6 ? { mac: macFromBytes(mac) } : {}),
    operState: operStates[u8Of(get(attribute.operState)) ?? 0] ?? 'unknown',
    ...(kind === undefined ? {} : { kind }),
    ...(parent === undefined || parent === 0 ? {} : { parent: parent as IfIndex }),
    ...(master === undefined || master === 0 ? {} : { master: master as IfIndex }),
    ...(group === undefined || group === 0 ? {} : { group }),
    ...(vrfTable === undefined ? {} : { vrfTable }),
  })
}

function infoOf(linkInfo: Uint8Array | undefined): { readonly kind?: string | undefined; readonly vrfTable?: number | undefined } {
  const info = linkInfo && decodeAttributes(linkInfo)
  if (!info?.ok) return {}
  const named = info.value.get(linkInfoAttribute.kind)
  const kind = named && textOf(named)
  const data = kind === 'vrf' ? decodeAttributes(info.value.get(linkInfoAttribute.data) ?? new Uint8Array()) : undefined
  return { kind, vrfTable: data?.ok ? u32Of(data.value.get(vrfAttribute.table)) : undefined }
}

type LinkHead = { readonly index?: IfIndex; readonly flags?: number; readonly change?: number }

function encodeLink(type: number, flags: number, sequence: number, head: LinkHead, attributes: readonly Attribute[]): Uint8Array {
  const fixed = linkHeader.write({
    family: 0,
    padding: 0,
    type: 0,
    index: head.index ?? 0,
    flags: head.flags ?? 0,
    change: head.change ?? 0,
  })
  return encodeMessage({ type, flags: netlinkFlag.request | flags, sequence }, concatBytes([fixed, encodeAttributes(attributes)]))
}

/** Asks for one interface; the answer is RTM_NEWLINK, or an error (ENODEV). */
export const encodeGetLink = (sequence: number, which: { readonly index: IfIndex } | { readonly name: string }): Uint8Array =>
  'index' in which
    ? encodeLink(rtnetlinkType.getLink, 0, sequence, { index: which.index }, [])
    : encodeLink(rtnetlinkType.getLink, 0, sequence, {}, [{ type: attribute.name, value: textValue(which.name) }])

export type LinkSetting = {
  readonly index: IfIndex
  readonly isUp?: boolean
  readonly mac?: Mac
  readonly mtu?: number
  readonly name?: string
  readonly group?: number
}

/** Changes what is given and leaves the rest. */
export function encodeSetLink(sequence: number, setting: LinkSetting): Uint8Array {
  const attributes: Attribute[] = []
  if (setting.mac !== undefined) attributes.push({ type: attribute.mac, value: macToBytes(setting.mac) })
  if (setting.mtu !== undefined) attributes.push({ type: attribute.mtu, value: u32Value(setting.mtu) })
  if (setting.name !== undefined) attributes.push({ type: attribute.name, value: textValue(setting.name) })
  if (setting.group !== undefined) attributes.push({ type: attribute.group, value: u32Value(setting.group) })
  const upDown = setting.isUp === undefined ? {} : { flags: setting.isUp ? linkFlag.up : 0, change: linkFlag.up }
  return encodeLink(rtnetlinkType.setLink, netlinkFlag.acknowledge, sequence, { index: setting.index, ...upDown }, attributes)
}

export type MacvlanRequest = { readonly name: string; readonly parent: IfIndex; readonly mac: Mac; readonly mode: number }

/** Creates a macvlan, down: the interface of a virtual MAC. EEXIST when the name is taken. */
export function encodeAddMacvlan(sequence: number, request: MacvlanRequest): Uint8Array {
  const info = encodeAttributes([
    { type: linkInfoAttribute.kind, value: textValue('macvlan') },
    { type: linkInfoAttribute.data, value: encodeAttributes([{ type: macvlanAttribute.mode, value: u32Value(request.mode) }]) },
  ])
  const flags = netlinkFlag.acknowledge | netlinkFlag.create | netlinkFlag.exclusive
  return encodeLink(rtnetlinkType.newLink, flags, sequence, {}, [
    { type: attribute.name, value: textValue(request.name) },
    { type: attribute.link, value: u32Value(request.parent) },
    { type: attribute.mac, value: macToBytes(request.mac) },
    { type: attribute.linkInfo, value: info },
  ])
}

/** Bits of an ipvlan's flags. */
export const ipvlanFlag = { private: 1, vepa: 2 } as const
export type IpvlanRequest = { readonly name: string; readonly parent: IfIndex; readonly flags: number }

/** Creates an ipvlan of layer 2, down: it has the MAC of the interface below. EEXIST when the name is taken. */
export function encodeAddIpvlan(sequence: number, request: IpvlanRequest): Uint8Array {
  const data = encodeAttributes([
    { type: ipvlanAttribute.mode, value: u16Value(ipvlanLayer2) },
    { type: ipvlanAttribute.flags, value: u16Value(request.flags) },
  ])
  const info = encodeAttributes([
    { type: linkInfoAttribute.kind, value: textValue('ipvlan') },
    { type: linkInfoAttribute.data, value: data },
  ])
  const flags = netlinkFlag.acknowledge | netlinkFlag.create | netlinkFlag.exclusive
  return encodeLink(rtnetlinkType.newLink, flags, sequence, {}, [
    { type: attribute.name, value: textValue(request.name) },
    { type: attribute.link, value: u32Value(request.parent) },
    { type: attribute.linkInfo, value: info },
  ])
}

export const encodeDeleteLink = (sequence: number, index: IfIndex): Uint8Array =>
  encodeLink(rtnetlinkType.deleteLink, netlinkFlag.acknowledge, sequence, { index }, [])
