// What a data plane has to build, in its own words: the part of the world that is wires, rules and addresses.
// `desiredPlane` makes it from the rows; `planeDifference` says what to change.
import type { Cidr, Cidr6, IpAddress, Ipv4, Ipv6, Mac } from '@havip/base'
import type { EipId, HavipId, InstanceId, NetworkInterfaceId, VpcId, VswitchId } from './resource.ts'

/** One router for each VPC, its own address space; without `cidr6`, no IPv6 in it. */
export type PlaneNetwork = { readonly vpc: VpcId; readonly cidr: Cidr; readonly cidr6?: Cidr6 }

/** One layer-2 segment for each vSwitch; the router answers at `gateway`, and at `gateway6` (always with `cidr6`, a /64). */
export type PlaneSwitch = {
  readonly vswitch: VswitchId
  readonly vpc: VpcId
  readonly cidr: Cidr
  readonly gateway: Ipv4
  readonly cidr6?: Cidr6
  readonly gateway6?: Ipv6
}

/** One network interface. It may send from its own MAC and addresses, and from the HAVIPs bound to it; nothing else passes. */
export type PlanePort = {
  readonly port: NetworkInterfaceId
  readonly instance: InstanceId
  /** Its place in the instance, 0 to 7: `eth0` is the primary one; further ones come and go while the instance runs. */
  readonly device: number
  readonly vswitch: VswitchId
  readonly vpc: VpcId
  readonly mac: Mac
  readonly address: Ipv4
  /** Only in a vSwitch with `cidr6`, where a port also has the link-local address that its MAC makes. */
  readonly address6?: Ipv6
  /** Sorted by `compareIp`. */
  readonly havips: readonly IpAddress[]
}

/** The plane watches who announces it, and reports. */
export type PlaneHavip = { readonly havip: HavipId; readonly vpc: VpcId; readonly vswitch: VswitchId; readonly address: IpAddress }

/** 1:1 NAT between the Internet side and a private address. */
export type PlaneEip = {
  readonly eip: EipId
  readonly vpc: VpcId
  readonly address: Ipv4
  readonly target: Ipv4
  readonly bandwidthMbit: number
}

export type PlaneState = {
  readonly networks: readonly PlaneNetwork[]
  readonly switches: readonly PlaneSwitch[]
  readonly ports: readonly PlanePort[]
  readonly havips: readonly PlaneHavip[]
  readonly eips: readonly PlaneEip[]
}

export type PlaneChange =
  | { readonly kind: 'put-network'; readonly network: PlaneNetwork }
  | { readonly kind: 'remove-network'; readonly vpc: VpcId }
  | { readonly kind: 'put-switch'; readonly switch: PlaneSwitch }
  | { readonly kind: 'remove-switch'; readonly vpc: VpcId; readonly vswitch: VswitchId }
  | { readonly kind: 'put-port'; readonly port: PlanePort }
  | { readonly kind: 'remove-port'; readonly vpc: VpcId; readonly port: NetworkInterfaceId }
  | { readonly kind: 'put-havip'; readonly havip: PlaneHavip }
  | { readonly kind: 'remove-havip'; readonly vpc: VpcId; readonly havip: HavipId }
  | { readonly kind: 'put-eip'; readonly eip: PlaneEip }
  | { readonly kind: 'remove-eip'; readonly vpc: VpcId; readonly eip: EipId }

/** Who announced a HAVIP last, as seen by the plane. */
export type OwnerFact = {
  readonly havip: HavipId
  /** Undefined: nobody has announced it, or the owner's port went away. */
  readonly port: NetworkInterfaceId | undefined
  /** Since when this owner, and when its last announcement was seen; milliseconds before the moment of the report. */
  readonly sinceMs: number
  readonly lastSeenMs: number
  /** Conflicts since the plane began to count: two ports that both hold the address took it from each other. */
  readonly conflicts?: number
  /** The conflict that lasts: whose claims are refused, and since when. */
  readonly conflict?: { readonly losers: readonly NetworkInterfaceId[]; readonly sinceMs: number }
  /** Ports that claimed it in vain, and how long ago they last did; milliseconds. */
  readonly claimants?: readonly { readonly port: NetworkInterfaceId; readonly lastSeenMs: number }[]
}

/** What an EIP carried since it was put, as IPv4 packets; `dropped`: cut off by its bandwidth. */
export type EipFact = {
  readonly eip: EipId
  readonly inPackets: number
  readonly inBytes: number
  readonly outPackets: number
  readonly outBytes: number
  readonly inDropped: number
  readonly outDropped: number
}

/** Frames that a port was not allowed to send, counted since the port was made. */
export type DropFact = {
  readonly port: NetworkInterfaceId
  readonly spoofedMac: number
  readonly spoofedIpv4: number
  readonly spoofedArp: number
  readonly spoofedIpv6: number
  /** Solicitations and advertisements of neighbour discovery. */
  readonly spoofedNd: number
  /** Announcements of a HAVIP that is not bound to this port, a part of `spoofedArp`, `spoofedIpv6` and `spoofedNd`. */
  readonly unboundHavip: number
  /** All IPv6 where the vSwitch has none. */
  readonly ipv6: number
  /** From or for a HAVIP that is bound to this port while another one owns it. */
  readonly fenced: number
  /** What no instance may say: IPv4 options, IPv6 extension headers, redirects, router and DHCP server answers, tagged frames, other protocols. */
  readonly forbidden: number
}
