// Sockets: opening, binding, options. Messages are in message.ts, filters in packet-filter.ts.
import { type Family, familyOf, type IpAddress, ipToBytes } from '@havip/base'
import { layout, viewOf } from './layout.ts'
import { bindPointerFunction, bindPrototypes, bytes, check, lastErrno, resultOrErrno, SyscallError } from './library.ts'

const libc = bindPrototypes({
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, const void *address, uint32_t length)',
  connect: 'int connect(int fd, const void *address, uint32_t length)',
  setsockopt: 'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
  getsockopt: 'int getsockopt(int fd, int level, int name, void *value, void *length)',
  getsockname: 'int getsockname(int fd, void *address, void *length)',
  sendto: 'int64_t sendto(int fd, const void *data, size_t length, int flags, const void *address, uint32_t addressLength)',
  recv: 'int64_t recv(int fd, void *data, size_t length, int flags)',
  close: 'int close(int fd)',
  if_nametoindex: 'uint32_t if_nametoindex(const char *name)',
})
const nameOfIndex = bindPointerFunction('void *if_indextoname(uint32_t index, void *name)')

export const AF = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17 } as const
export const SOCK = { STREAM: 1, DGRAM: 2, RAW: 3, NONBLOCK: 0o4000, CLOEXEC: 0o2000000 } as const
export const IPPROTO = { IP: 0, ICMP: 1, IPV6: 41, AH: 51, ICMPV6: 58, VRRP: 112, RAW: 255 } as const
export const MSG = { DONTROUTE: 0x4, TRUNC: 0x20, CTRUNC: 0x8, DONTWAIT: 0x40, ERRQUEUE: 0x2000, NOSIGNAL: 0x4000 } as const
/** Socket options as (level, name); numbers of include/uapi/asm-generic and linux/in.h, in6.h, equal on x86-64 and arm64. */
export const option = {
  SO_REUSEADDR: [1, 2],
  SO_ERROR: [1, 4],
  SO_SNDBUF: [1, 7],
  SO_RCVBUF: [1, 8],
  SO_PRIORITY: [1, 12],
  SO_RCVTIMEO: [1, 20],
  SO_BINDTODEVICE: [1, 25],
  SO_ATTACH_FILTER: [1, 26],
  SO_DETACH_FILTER: [1, 27],
  SO_RCVBUFFORCE: [1, 33],
  SO_LOCK_FILTER: [1, 44],
  SO_ATTACH_BPF: [1, 50],
  IP_TOS: [0, 1],
  IP_TTL: [0, 2],
  IP_HDRINCL: [0, 3],
  IP_PKTINFO: [0, 8],
  IP_RECVTTL: [0, 12],
  IP_MULTICAST_IF: [0, 32],
  IP_MULTICAST_TTL: [0, 33],
  IP_MULTICAST_LOOP: [0, 34],
  IP_ADD_MEMBERSHIP: [0, 35],
  IP_DROP_MEMBERSHIP: [0, 36],
  IP_MULTICAST_ALL: [0, 49],
  IPV6_CHECKSUM: [41, 7],
  IPV6_UNICAST_HOPS: [41, 16],
  IPV6_MULTICAST_IF: [41, 17],
  IPV6_MULTICAST_HOPS: [41, 18],
  IPV6_MULTICAST_LOOP: [41, 19],
  IPV6_JOIN_GROUP: [41, 20],
  IPV6_LEAVE_GROUP: [41, 21],
  IPV6_V6ONLY: [41, 26],
  IPV6_MULTICAST_ALL: [41, 29],
  IPV6_RECVPKTINFO: [41, 49],
  IPV6_RECVHOPLIMIT: [41, 51],
  IPV6_TCLASS: [41, 67],
  ICMPV6_FILTER: [58, 1],
  SOL_PACKET_ADD_MEMBERSHIP: [263, 1],
  PACKET_IGNORE_OUTGOING: [263, 23],
  NETLINK_ADD_MEMBERSHIP: [270, 1],
  NETLINK_DROP_MEMBERSHIP: [270, 2],
  NETLINK_BROADCAST_ERROR: [270, 4],
  NETLINK_NO_ENOBUFS: [270, 5],
  NETLINK_CAP_ACK: [270, 10],
  NETLINK_EXT_ACK: [270, 11],
  NETLINK_GET_STRICT_CHK: [270, 12],
} as const satisfies Record<string, readonly [level: number, name: number]>
export type OptionName = keyof typeof option

export const sockaddrIn = layout('sockaddr_in', { family: 'uint16_t', port: 'uint16_t', address: ['uint8_t', 4], zero: ['uint8_t', 8] }, 16)
export const sockaddrIn6 = layout(
  'sockaddr_in6',
  { family: 'uint16_t', port: 'uint16_t', flowInfo: 'uint32_t', address: ['uint8_t', 16], scopeId: 'uint32_t' },
  28,
)
export const sockaddrLl = layout(
  'sockaddr_ll',
  {
    family: 'uint16_t',
    protocol: 'uint16_t',
    index: 'int',
    hardwareType: 'uint16_t',
    packetType: 'uint8_t',
    addressLength: 'uint8_t',
    address: ['uint8_t', 8],
  },
  20,
)
export const sockaddrNl = layout('sockaddr_nl', { family: 'uint16_t', pad: 'uint16_t', port: 'uint32_t', groups: 'uint32_t' }, 12)
const ipMreqn = layout('ip_mreqn', { group: ['uint8_t', 4], address: ['uint8_t', 4], index: 'int' }, 12)
const ipv6Mreq = layout('ipv6_mreq', { group: ['uint8_t', 16], index: 'uint32_t' }, 20)
const timeval = layout('timeval', { seconds: 'int64_t', microseconds: 'int64_t' }, 16)

/** `sockaddr_in` or `sockaddr_in6`; raw sockets take port 0. The scope is needed for link-local IPv6 addresses. */
export function internetAddress(address: IpAddress, port = 0, scopeId = 0): Uint8Array {
  const isIpv4 = familyOf(address) === 'ipv4'
  const shape = isIpv4 ? sockaddrIn : sockaddrIn6
  const array = bytes(shape.size)
  const view = viewOf(array)
  view.setUint16(shape.at.family, isIpv4 ? AF.INET : AF.INET6, true)
  view.setUint16(shape.at.port, port, false)
  array.set(ipToBytes(address), shape.at.address)
  if (!isIpv4) view.setUint32(sockaddrIn6.at.scopeId, scopeId, true)
  return array
}

/** `sockaddr_ll`; `protocol` is the EtherType to receive, 0 for a socket that only sends. */
export function packetAddress(index: number, protocol: number, hardwareAddress: Uint8Array = new Uint8Array(0)): Uint8Array {
  const array = bytes(sockaddrLl.size)
  const view = viewOf(array)
  view.setUint16(sockaddrLl.at.family, AF.PACKET, true)
  view.setUint16(sockaddrLl.at.protocol, protocol, false)
  view.setInt32(sockaddrLl.at.index, index, true)
  array[sockaddrLl.at.addressLength] = hardwareAddress.length
  array.set(hardwareAddress, sockaddrLl.at.address)
  return array
}

/** `sockaddr_nl` of the kernel, or of ourselves with the groups of bits 0 to 31 to listen to. */
export function netlinkAddress(groups = 0): Uint8Array {
  const array = bytes(sockaddrNl.size)
  const view = viewOf(array)
  view.setUint16(sockaddrNl.at.family, AF.NETLINK, true)
  view.setUint32(sockaddrNl.at.groups, groups, true)
  return array
}

/** `sockaddr_un`. A leading `@` stands for the abstract name space, as in NOTIFY_SOCKET. */
export function unixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path)
  if (name.length > 107) throw new RangeError(`socket path longer than 107 bytes: ${path}`)
  if (path.startsWith('@')) name[0] = 0
  // An abstract name is as long as the length says; a path ends with a NUL.
  const array = bytes(2 + name.length + (path.startsWith('@') ? 0 : 1))
  viewOf(array).setUint16(0, AF.UNIX, true)
  array.set(name, 2)
  return array
}

/** Close-on-exec always; `SOCK.NONBLOCK` by the caller. Throws SyscallError. */
export function openSocket(domain: number, type: number, protocol: number): number {
  return check(libc.socket(domain, type | SOCK.CLOEXEC, protocol), 'socket', `domain ${domain}, type ${type & 15}, protocol ${protocol}`)
}

export function bindSocket(fd: number, address: Uint8Array, about = ''): void {
  check(libc.bind(fd, address, address.length), 'bind', about)
}

export function connectSocket(fd: number, address: Uint8Array, about = ''): void {
  check(libc.connect(fd, address, address.length), 'connect', about)
}

export function closeDescriptor(fd: number): void {
  libc.close(fd)
}

const word = bytes(4)
const wordView = viewOf(word)
const wordLength = bytes(4)
const wordLengthView = viewOf(wordLength)

/** Throws SyscallError, with the option's name. */
export function setOption(fd: number, name: OptionName, value: number | Uint8Array, about: string = name): void {
  const [level, number] = option[name]
  if (typeof value === 'number') wordView.setInt32(0, value, true)
  const data = typeof value === 'number' ? word : value
  check(libc.setsockopt(fd, level, number, data, data.length), 'setsockopt', about)
}

/** Sets an option that older kernels may not know or that needs a right we can do without. True when it was set. */
export function trySetOption(fd: number, name: OptionName, value: number | Uint8Array): boolean {
  try {
    setOption(fd, name, value)
    return true
  } catch (error) {
    if (error instanceof SyscallError) return false
    throw error
  }
}

export function getOption(fd: number, name: OptionName): number {
  const [level, number] = option[name]
  wordLengthView.setUint32(0, 4, true)
  check(libc.getsockopt(fd, level, number, word, wordLength), 'getsockopt', name)
  return wordView.getInt32(0, true)
}

/** Reads and clears the pending error of a socket; 0 when there is none. */
export const takeSocketError = (fd: number): number => getOption(fd, 'SO_ERROR')

export function bindToDevice(fd: number, interfaceName: string): void {
  setOption(fd, 'SO_BINDTODEVICE', new TextEncoder().encode(`${interfaceName}\0`), `SO_BINDTODEVICE ${interfaceName}`)
}

/** Beyond the system's limit when we may and shall, within it otherwise. The kernel doubles the number for its own needs. */
export function setReceiveBuffer(fd: number, size: number, isForced = true): void {
  if (!isForced || !trySetOption(fd, 'SO_RCVBUFFORCE', size)) setOption(fd, 'SO_RCVBUF', size)
}

export function setReceiveTimeout(fd: number, milliseconds: number): void {
  const value = bytes(timeval.size)
  const view = viewOf(value)
  view.setBigInt64(timeval.at.seconds, BigInt(Math.floor(milliseconds / 1000)), true)
  view.setBigInt64(timeval.at.microseconds, BigInt(Math.round((milliseconds % 1000) * 1000)), true)
  setOption(fd, 'SO_RCVTIMEO', value)
}

/** Joins or leaves a group on one interface; the kernel sends the IGMP or MLD reports. */
export function setMembership(fd: number, group: IpAddress, index: number, action: 'join' | 'leave'): void {
  const family: Family = familyOf(group)
  const shape = family === 'ipv4' ? ipMreqn : ipv6Mreq
  const request = bytes(shape.size)
  request.set(ipToBytes(group), shape.at.group)
  viewOf(request).setInt32(shape.at.index, index, true)
  const about = `${action} ${group} on interface ${index}`
  if (family === 'ipv4') setOption(fd, action === 'join' ? 'IP_ADD_MEMBERSHIP' : 'IP_DROP_MEMBERSHIP', request, about)
  else setOption(fd, action === 'join' ? 'IPV6_JOIN_GROUP' : 'IPV6_LEAVE_GROUP', request, about)
}

/** The interface that multicast leaves by. */
export function setMulticastInterface(fd: number, family: Family, index: number): void {
  if (family === 'ipv6') {
    setOption(fd, 'IPV6_MULTICAST_IF', index)
    return
  }
  const request = bytes(ipMreqn.size)
  viewOf(request).setInt32(ipMreqn.at.index, index, true)
  setOption(fd, 'IP_MULTICAST_IF', request)
}

/** Bytes sent, or the negated errno. Without an address for connected sockets. */
export const sendTo = (fd: number, data: Uint8Array, flags: number, address: Uint8Array | null): number =>
  resultOrErrno(libc.sendto(fd, data, data.length, flags, address, address === null ? 0 : address.length))

/** Bytes received, or the negated errno. A datagram longer than the array is cut; with MSG.TRUNC the real length is returned. */
export const receive = (fd: number, data: Uint8Array, flags: number): number => resultOrErrno(libc.recv(fd, data, data.length, flags))

/** The `sockaddr` that a socket is bound to, for all families but Unix. */
export function localAddress(fd: number): Uint8Array {
  const address = bytes(sockaddrIn6.size)
  wordLengthView.setUint32(0, address.length, true)
  check(libc.getsockname(fd, address, wordLength), 'getsockname')
  return address.slice(0, wordLengthView.getUint32(0, true))
}

/** Throws SyscallError (ENXIO) when there is no such interface in this network namespace. */
export function interfaceName(index: number): string {
  const name = bytes(16)
  if (!nameOfIndex(index, name)) throw new SyscallError('if_indextoname', lastErrno(), `interface ${index}`)
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)))
}

/** Throws SyscallError (ENODEV) when there is no such interface in this network namespace. */
export function interfaceIndex(name: string): number {
  const index = libc.if_nametoindex(name)
  if (index === 0) throw new SyscallError('if_nametoindex', lastErrno(), name)
  return index
}
