// UDP sockets that say with which TTL a datagram came, read in batches like the advert transports.
import { type Family, fail, type Instant, type IpAddress, ipFromBytes, ok } from '@havip/base'
import {
  AF,
  bindSocket,
  closeDescriptor,
  createReceiveRing,
  errno,
  forEachControlMessage,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  internetAddress,
  localAddress,
  MSG,
  onReadable,
  openSocket,
  type ReceiveRing,
  SOCK,
  SyscallError,
  sendTo,
  setOption,
  sockaddrIn,
  sockaddrIn6,
  trySetOption,
  viewOf,
} from '@havip/linux'
import { internetworkControl } from '@havip/wire'
import { attempt, hostFault } from './fault.ts'
import { destinationAddress, knownIpv4 } from './known-address.ts'
import type { HostFault, ReceivedDatagram, Result, UdpSocket, UdpSpec } from './port.ts'

export type UdpSockets = {
  open(spec: UdpSpec, onDatagram: ((datagram: ReceivedDatagram) => void) | undefined): Result<UdpSocket, HostFault>
  /** Reads what has come in until now, up to a bound. */
  drain(): void
  close(): void
}

/** A BFD control packet has 24 bytes, with the longest authentication 52. */
const datagramBytes = 256
const ringSlots = 32
/** Rounds of the ring in one wake-up: a flood must not hold up our timers. */
const roundsMax = 2
/** Ports of a range that are tried before we give up. */
const portTriesMax = 64
/** TC_PRIO_CONTROL: first out of the queue. */
const controlPriority = 7

type Open = { readonly fd: number; readonly family: Family; readonly onDatagram: (datagram: ReceivedDatagram) => void; isOpen: boolean }

export function createUdpSockets(now: () => Instant): UdpSockets {
  const open = new Set<Open>()
  const closers = new Map<Open, () => void>()
  let ring: ReceiveRing | undefined
  let isReading = false

  const readFrom = (one: Open): void => {
    ring ??= createReceiveRing(ringSlots, datagramBytes)
    // A handler may start a timer round; it must not read into the ring it is looking at.
    if (isReading) return
    isReading = true
    try {
      for (let round = 0; round < roundsMax; round++) {
        const count = ring.receive(one.fd)
        if (count <= 0) return
        const at = now()
        for (let i = 0; i < count && one.isOpen; i++) deliver(one, ring, i, at)
        if (count < ringSlots || !one.isOpen) return
      }
    } finally {
      isReading = false
    }
  }
  const send = (one: Pick<Open, 'fd' | 'isOpen'>, payload: Uint8Array, to: Parameters<UdpSocket['send']>[1]): Result<void, HostFault> => {
    if (!one.isOpen) return fail(hostFault('sendto', errno.EBADF, `datagram to ${to.address}`))
    const sent = sendTo(one.fd, payload, MSG.DONTWAIT | MSG.NOSIGNAL, destinationAddress(to.address, to.port, 0))
    return sent < 0 ? fail(hostFault('sendto', -sent, `datagram to ${to.address}`)) : ok(undefined)
  }

  return {
    open(spec, onDatagram) {
      const fd = attempt(() => openUdpSocket(spec))
      if (!fd.ok) return fd
      const one: Open = { fd: fd.value, family: spec.family, onDatagram: onDatagram ?? (() => {}), isOpen: true }
      // One that only sends is never read: what strangers send to it fills its buffer and wakes nobody.
      const watch = onDatagram && onReadable(fd.value, () => readFrom(one))
      if (watch) open.add(one)
      const close = (): void => {
        if (!one.isOpen) return
        one.isOpen = false
        open.delete(one)
        closers.delete(one)
        watch?.close()
        closeDescriptor(one.fd)
      }
      closers.set(one, close)
      const port = viewOf(localAddress(fd.value)).getUint16(sockaddrIn.at.port, false)
      return ok({ port, send: (payload, to) => send(one, payload, to), close })
    },
    drain: () => {
      for (const one of open) readFrom(one)
    },
    close: () => {
      for (const close of [...closers.values()]) close()
    },
  }
}

/** Throws SyscallError; nothing stays open then. */
function openUdpSocket(spec: UdpSpec): number {
  const fd = openSocket(spec.family === 'ipv4' ? AF.INET : AF.INET6, SOCK.DGRAM | SOCK.NONBLOCK, 0)
  try {
    trySetOption(fd, 'SO_PRIORITY', controlPriority)
    if (spec.family === 'ipv4') prepareIpv4(fd, spec.ttl)
    else prepareIpv6(fd, spec.ttl)
    bindToPort(fd, spec)
    return fd
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
}

function prepareIpv4(fd: number, ttl: number): void {
  setOption(fd, 'IP_TTL', ttl)
  setOption(fd, 'IP_RECVTTL', 1)
  setOption(fd, 'IP_PKTINFO', 1)
  trySetOption(fd, 'IP_TOS', internetworkControl)
}

function prepareIpv6(fd: number, hopLimit: number): void {
  setOption(fd, 'IPV6_V6ONLY', 1)
  setOption(fd, 'IPV6_UNICAST_HOPS', hopLimit)
  setOption(fd, 'IPV6_RECVHOPLIMIT', 1)
  setOption(fd, 'IPV6_RECVPKTINFO', 1)
  trySetOption(fd, 'IPV6_TCLASS', internetworkControl)
}

function bindToPort(fd: number, { family, address, port }: UdpSpec): void {
  const own = address ?? ((family === 'ipv4' ? '0.0.0.0' : '::') as IpAddress)
  if (typeof port === 'number') {
    bindSocket(fd, internetAddress(own, port), `UDP ${own} port ${port}`)
    return
  }
  for (let tries = 1; ; tries++) {
    const drawn = port.min + Math.floor(Math.random() * (port.max - port.min + 1))
    try {
      bindSocket(fd, internetAddress(own, drawn), `UDP ${own} port ${drawn}`)
      return
    } catch (error) {
      const isTaken = error instanceof SyscallError && error.errno === 'EADDRINUSE'
      if (!isTaken || tries >= portTriesMax) throw error
    }
  }
}

const levelIpv4 = 0
const levelIpv6 = 41
const IP_TTL = 2
const IP_PKTINFO = 8
/** `struct in_pktinfo`: interface, our address, then the destination of the header. */
const destinationInPktinfo = 8

function deliver(one: Open, ring: ReceiveRing, index: number, at: Instant): void {
  // Longer than any BFD packet: nothing of ours.
  if (ring.isTruncated(index)) return
  const { family } = one
  const { data, name, control } = ring.slot(index)
  let destination: IpAddress | undefined
  let ttl: number | undefined
  const view = viewOf(control)
  forEachControlMessage(control, ring.controlLengthOf(index), (level, type, valueAt, length) => {
    if (level === levelIpv4 && type === IP_TTL && length >= 4) ttl = view.getInt32(valueAt, true)
    if (level === levelIpv4 && type === IP_PKTINFO && length >= 12) destination = knownIpv4(control, valueAt + destinationInPktinfo)
    if (level === levelIpv6 && type === IPV6_HOPLIMIT && length >= 4) ttl = view.getInt32(valueAt, true)
    if (level === levelIpv6 && type === IPV6_PKTINFO && length >= 16) destination = ipFromBytes(control, 'ipv6', valueAt)
  })
  // We asked the kernel for both; without them the datagram cannot be judged.
  if (destination === undefined || ttl === undefined) return
  const source = family === 'ipv4' ? knownIpv4(name, sockaddrIn.at.address) : ipFromBytes(name, 'ipv6', sockaddrIn6.at.address)
  one.onDatagram({ family, source, destination, ttl, payload: data.subarray(0, ring.lengthOf(index)), at })
}
