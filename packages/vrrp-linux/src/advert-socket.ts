// A raw socket for advertisements: how it is opened, filtered and sent through. Used by the daemon's transports and by
// the guard, which opens its own.
import { familyOf, type IpAddress, ipToBytes, isLinkLocal, isMulticast, type Mac } from '@havip/base'
import {
  AF,
  attachFilter,
  bindToDevice,
  closeDescriptor,
  createIpv6Sender,
  type Ipv6Sender,
  interfaceName,
  MSG,
  openSocket,
  payloadFilter,
  SOCK,
  sendTo,
  setMembership,
  setMulticastInterface,
  setOption,
  trySetOption,
} from '@havip/linux'
import { internetworkControl, ipProtocol, vrrpHeaderBytes } from '@havip/wire'
import { destinationAddress } from './known-address.ts'
import type { TransportSpec } from './port.ts'

/** An AH header of the only kind that VRRP uses: 12 bytes and a digest of 12. */
const authenticationHeaderBytes = 24
const vridAt = 1
/** Where the kernel finds the checksum of a VRRP message over IPv6. */
const checksumAt = 6
/** TC_PRIO_CONTROL: first out of the queue. */
const controlPriority = 7

/** Opens, binds and joins. Throws SyscallError; nothing stays open then. @param from as in `acceptOnly` */
export function openAdvertSocket(spec: TransportSpec, from?: Mac): number {
  const fd = openSocket(spec.family === 'ipv4' ? AF.INET : AF.INET6, SOCK.RAW | SOCK.NONBLOCK, spec.protocol)
  try {
    // Before anything else: from the call above on, every packet of the protocol is queued.
    acceptOnly(fd, spec, { vrids: undefined, sources: undefined }, from)
    if (spec.interface !== undefined) bindToDevice(fd, interfaceName(spec.interface))
    trySetOption(fd, 'SO_PRIORITY', controlPriority)
    if (spec.family === 'ipv4') prepareIpv4(fd)
    else prepareIpv6(fd, spec.protocol)
    const index = spec.interface ?? 0
    if (index !== 0) setMulticastInterface(fd, spec.family, index)
    for (const group of spec.groups) setMembership(fd, group, index, 'join')
    return fd
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
}

function prepareIpv4(fd: number): void {
  setOption(fd, 'IP_HDRINCL', 1)
  setOption(fd, 'IP_MULTICAST_LOOP', 0)
  // Else we would hear the groups that any other program has joined.
  setOption(fd, 'IP_MULTICAST_ALL', 0)
}

function prepareIpv6(fd: number, protocol: number): void {
  if (protocol === ipProtocol.vrrp) setOption(fd, 'IPV6_CHECKSUM', checksumAt)
  setOption(fd, 'IPV6_RECVHOPLIMIT', 1)
  setOption(fd, 'IPV6_RECVPKTINFO', 1)
  setOption(fd, 'IPV6_MULTICAST_LOOP', 0)
  // Linux 4.20 and later; before that, what another program joined is told apart by its destination.
  trySetOption(fd, 'IPV6_MULTICAST_ALL', 0)
}

/** Installs the kernel's filter of what may wake us. Throws SyscallError. @param from only what was sent with this MAC; undefined: any */
export function acceptOnly(
  fd: number,
  spec: TransportSpec,
  filter: { readonly vrids: readonly number[] | undefined; readonly sources: readonly IpAddress[] | undefined },
  from?: Mac,
): void {
  const before = spec.protocol === ipProtocol.authenticationHeader ? authenticationHeaderBytes : 0
  attachFilter(
    fd,
    payloadFilter({
      family: spec.family,
      lengthMin: before + vrrpHeaderBytes,
      ...(from === undefined ? {} : { ethernetSource: from }),
      ...(filter.vrids === undefined ? {} : { byte: { at: before + vridAt, values: filter.vrids } }),
      ...(filter.sources === undefined ? {} : { sources: filter.sources.filter((source) => familyOf(source) === spec.family) }),
    }),
  )
}

/** Of an advertisement over IPv4: to the group past the routing table, since it shall leave by this interface whatever the routes are. */
export const advertFlags = (destination: IpAddress): number => (isMulticast(destination) ? MSG.DONTROUTE : 0)
/** Where an advertisement over IPv4 is sent. */
export const advertAddress = (destination: IpAddress): Uint8Array => destinationAddress(destination, 0, 0)

let ipv6Sender: Ipv6Sender | undefined

/** Bytes sent or the negated errno; `datagram` as `AdvertTransport.send` has it. */
export function sendAdvert(
  fd: number,
  spec: TransportSpec,
  datagram: Uint8Array,
  to: { readonly destination: IpAddress; readonly source: IpAddress; readonly hopLimit: number },
): number {
  const toGroup = isMulticast(to.destination)
  if (spec.family === 'ipv4') {
    return sendTo(fd, datagram, advertFlags(to.destination), advertAddress(to.destination))
  }
  const index = spec.interface ?? 0
  const needsScope = toGroup || isLinkLocal(to.destination)
  ipv6Sender ??= createIpv6Sender()
  return ipv6Sender.send(
    fd,
    datagram,
    destinationAddress(to.destination, 0, needsScope ? index : 0),
    { source: ipToBytes(to.source), index, hopLimit: to.hopLimit, trafficClass: internetworkControl },
    0,
  )
}
