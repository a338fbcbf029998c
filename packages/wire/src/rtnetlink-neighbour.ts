// Neighbour table entries: RTM_NEWNEIGH, RTM_DELNEIGH (linux/neighbour.h).
import { type IfIndex, type IpAddress, ipFromBytes, type Mac, macFromBytes, ok, type Result } from '@havip/base'
import { header } from './header.ts'
import { decodeAttributes, type NetlinkFault } from './netlink.ts'
import { addressFamily } from './rtnetlink-type.ts'

/** `struct ndmsg`. */
const neighbourHeader = header(
  {
    family: { at: 0, bits: 8 },
    padding: { at: 8, bits: 24 },
    index: { at: 32, bits: 32 },
    state: { at: 64, bits: 16 },
    flags: { at: 80, bits: 8 },
    type: { at: 88, bits: 8 },
  },
  'little',
)
const attribute = { destination: 1, mac: 2 } as const

export const neighbourState = {
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noArp: 0x40,
  permanent: 0x80,
} as const

export type NeighbourEntry = {
  readonly index: IfIndex
  /** Absent for families other than IP, as the entries of a bridge. */
  readonly address?: IpAddress
  readonly mac?: Mac
  /** Bits of `neighbourState`. */
  readonly state: number
}

/** Reads the payload of RTM_NEWNEIGH or RTM_DELNEIGH. */
export function decodeNeighbour(payload: Uint8Array): Result<NeighbourEntry, NetlinkFault> {
  const head = neighbourHeader.read(payload)
  if (!head.ok) return head
  const read = decodeAttributes(payload.subarray(neighbourHeader.bytes))
  if (!read.ok) return read
  const destination = read.value.get(attribute.destination)
  const mac = read.value.get(attribute.mac)
  const { family, index, state } = head.value
  const isIpv4 = family === addressFamily.ipv4 && destination?.length === 4
  const isIpv6 = family === addressFamily.ipv6 && destination?.length === 16
  return ok({
    index: index as IfIndex,
    ...(destination && (isIpv4 || isIpv6) ? { address: ipFromBytes(destination, isIpv4 ? 'ipv4' : 'ipv6') } : {}),
    ...(mac?.length === 6 ? { mac: macFromBytes(mac) } : {}),
    state,
  })
}
