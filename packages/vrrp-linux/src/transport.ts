// Advert transports: raw sockets read in batches into buffers that all of them share.
import { fail, type IfIndex, type Instant, type IpAddress, ipFromBytes, later, type Mac, milliseconds, ok } from '@havip/base'
import {
  AF,
  closeDescriptor,
  createReceiveRing,
  createSendQueue,
  errno,
  forEachControlMessage,
  getOption,
  hardwareAddress,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  interfaceName,
  onReadable,
  openSocket,
  prepareSends,
  type Readable,
  type ReceiveRing,
  type SendQueue,
  SOCK,
  setReceiveBuffer,
  sockaddrIn6,
  viewOf,
} from '@havip/linux'
import { ipProtocol } from '@havip/wire'
import { acceptOnly, advertAddress, advertFlags, openAdvertSocket, sendAdvert } from './advert-socket.ts'
import { attempt, hostFault } from './fault.ts'
import { knownIpv4 } from './known-address.ts'
import { createNotingFilter, type NotingFilter } from './noted-repeats.ts'
import type { AdvertTransport, Clock, HostFault, Outgoing, PreparedAdverts, ReceivedPacket, Result, TransportSpec } from './port.ts'
import { createRepeats, type Repeats } from './repeats.ts'

export type TransportCounters = { received: number; truncated: number; malformed: number; sent: number; sendFailures: number }

export type Transports = {
  readonly counters: Readonly<TransportCounters>
  open(spec: TransportSpec, onPacket: (packet: ReceivedPacket) => void): Result<AdvertTransport, HostFault>
  /** Reads what has come in until now, up to a bound. */
  drain(): void
  /** Until `release`, `sendSoon` keeps what it is given. */
  hold(): void
  /** One system call a socket for all that was kept. */
  release(): void
  close(): void
}

/** 255 IPv6 addresses are 4,088 bytes of VRRP; an AH header, options and a trailer still fit. */
const datagramBytes = 4608
const ringSlots = 32
/** Rounds of the ring in one wake-up: a flood that passes the filter must not hold up our timers. */
const roundsMax = 2
/** Where more routers than this hear through one socket, there is more to read. */
const crowdMin = 16
const crowdRoundsMax = 8
/**
 * A crowd's masters speak within moments of each other, and each wake-up costs more than reading ten of them: packets gather so
 * long and are read in one go. A deadline that comes meanwhile reads what there is first. Milliseconds.
 */
const gatherFor = milliseconds(2)
/** What one small packet takes of a socket's buffer at most; each of a crowd may have said two things before we read. */
const bufferBytesEach = 4096

type Open = {
  readonly fd: number
  /** Where it sends; another one with a virtual MAC, which then hears what `fd` does not, see `openOnVirtualMac`. */
  readonly sendFd: number
  /** What `sendFd` hears, if it is another one. */
  readonly sendMac: Mac | undefined
  readonly sendSpec: TransportSpec
  readonly spec: TransportSpec
  readonly onPacket: (packet: ReceivedPacket) => void
  readonly repeats: Repeats
  /** Where a crowd hears, and the kernel lets us. It stays when the crowd has gone: somebody may have yet to ask for its notes. */
  noting: NotingFilter | undefined
  isNoting: boolean
  /** Routers that hear through it. */
  listeners: number
  /** The configuration has said how much room the packets get. */
  isSized: boolean
  /** Of each descriptor that hears. */
  watches: readonly Readable[]
  isOpen: boolean
}

type AcceptedPackets = Parameters<AdvertTransport['accept']>[0]
type Waiting = { readonly refused: (fault: HostFault) => void; readonly to: IpAddress }
/** All of one socket and with the same flags; another one's send what is there first. */
type Held = { queue: SendQueue | undefined; one: Open | undefined; flags: number; waiting: Waiting[] }
const heldMax = 128
/** An advert of 100 IPv4 addresses; longer ones leave by themselves. */
const heldBytes = 512

export function createTransports(
  { now, setTimer }: Pick<Clock, 'now' | 'setTimer'>,
  log: (level: number, line: string) => void,
): Transports {
  const counters: TransportCounters = { received: 0, truncated: 0, malformed: 0, sent: 0, sendFailures: 0 }
  const open = new Set<Open>()
  const closers = new Map<Open, () => void>()
  let ring: ReceiveRing | undefined
  let isReading = false
  let mayNote = true
  const gathering = new Set<Open>()
  let isHolding = false
  const held: Held = { queue: undefined, one: undefined, flags: 0, waiting: [] }

  const flush = (): void => {
    const { queue, one } = held
    if (queue === undefined || one === undefined || queue.length === 0) return
    const { waiting } = held
    held.waiting = []
    held.one = undefined
    const fd = one.isOpen ? one.sendFd : -1
    counters.sent += queue.flush(fd, held.flags, (index, error) => {
      counters.sendFailures++
      const { refused, to } = waiting[index] as Waiting
      refused(hostFault('sendmmsg', error, `advertisement to ${to}`))
    })
  }
  const sendSoon = (one: Open, ...[datagram, to, refused]: Parameters<NonNullable<AdvertTransport['sendSoon']>>): void => {
    if (!isHolding || one.spec.family !== 'ipv4' || datagram.length > heldBytes) {
      const sent = send(one, datagram, to)
      if (!sent.ok) refused(sent.fault)
      return
    }
    held.queue ??= createSendQueue(heldMax, heldBytes)
    const flags = advertFlags(to.destination)
    if (held.one !== one || held.flags !== flags || held.queue.length === heldMax) flush()
    held.one = one
    held.flags = flags
    held.queue.push(datagram, advertAddress(to.destination))
    held.waiting.push({ refused, to: to.destination })
  }
  const prepare = (one: Open, datagrams: readonly Outgoing[]): PreparedAdverts | undefined => {
    const [first] = datagrams
    const flags = first && advertFlags(first.destination)
    if (flags === undefined || one.spec.family !== 'ipv4') return undefined
    if (datagrams.some(({ destination }) => advertFlags(destination) !== flags)) return undefined
    const sends = prepareSends(datagrams.map(({ datagram, destination }) => ({ data: datagram, address: advertAddress(destination) })))
    return {
      send: (refused) => {
        counters.sent += sends.send(one.isOpen ? one.sendFd : -1, flags, (index, error) => {
          counters.sendFailures++
          refused(index, hostFault('sendmmsg', error, `advertisement to ${datagrams[index]?.destination}`))
        })
      },
    }
  }
  const hear = (one: Open): void => {
    if (one.listeners < crowdMin) {
      readFrom(one)
      return
    }
    for (const watch of one.watches) watch.pause()
    if (gathering.size === 0) setTimer(later(now(), gatherFor), readGathered)
    gathering.add(one)
  }
  const readGathered = (): void => {
    const waiting = [...gathering]
    gathering.clear()
    for (const one of waiting) {
      if (!one.isOpen) continue
      for (const watch of one.watches) watch.resume()
      readFrom(one)
    }
  }
  const readFrom = (one: Open): void => {
    ring ??= createReceiveRing(ringSlots, datagramBytes)
    // A packet's handler may start a timer round or open a transport; it must not read into the ring it is looking at.
    if (isReading) return
    isReading = true
    try {
      readAll(one, ring, one.fd)
      if (one.sendMac !== undefined && one.isOpen) readAll(one, ring, one.sendFd)
    } finally {
      isReading = false
    }
  }
  const readAll = (one: Open, into: ReceiveRing, fd: number): void => {
    const rounds = one.listeners < crowdMin ? roundsMax : crowdRoundsMax
    for (let round = 0; round < rounds; round++) {
      const count = into.receive(fd)
      // A negative one is a socket error (interface down), read off by this; the link's event tells the rest.
      if (count <= 0) return
      const at = now()
      for (let i = 0; i < count && one.isOpen; i++) deliver(one, into, i, at)
      if (count < ringSlots || !one.isOpen) return
    }
  }
  const deliver = (one: Open, from: ReceiveRing, index: number, at: Instant): void => {
    counters.received++
    if (from.isTruncated(index)) {
      counters.truncated++
      return
    }
    const packet = one.spec.family === 'ipv4' ? recallIpv4(one.repeats, from, index, at) : readIpv6(from, index, at, one.spec.protocol)
    if (packet === undefined) counters.malformed++
    else one.onPacket(packet)
  }
  const send = (one: Open, datagram: Uint8Array, to: Parameters<AdvertTransport['send']>[1]): Result<void, HostFault> => {
    if (!one.isOpen) return fail(hostFault('sendto', errno.EBADF, `advertisement to ${to.destination}`))
    const sent = sendAdvert(one.sendFd, one.sendSpec, datagram, to)
    if (sent < 0) {
      counters.sendFailures++
      return fail(hostFault('sendto', -sent, `advertisement to ${to.destination}`))
    }
    counters.sent++
    return ok(undefined)
  }

  /** True when the kernel notes repeats on this socket from now on, besides keeping out what is for nobody here. */
  const noteFor = (one: Open, { vrids, sources }: AcceptedPackets): boolean => {
    if (!mayNote || one.listeners < crowdMin || one.spec.family !== 'ipv4' || one.spec.protocol !== ipProtocol.vrrp) return false
    const attached = attempt(() => {
      one.noting ??= createNotingFilter()
      one.noting.attach(one.fd, vrids, sources)
    })
    if (attached.ok) return true
    mayNote = false
    const { call, errno, detail } = attached.fault
    const cure = errno === 'EPERM' ? '; CAP_BPF gives the right to it' : ''
    log(6, `Each advertisement wakes the daemon, since the kernel will not take note of it instead: ${call}: ${errno} (${detail})${cure}`)
    return false
  }
  const filter = (one: Open, wanted: AcceptedPackets): void => {
    one.isNoting = noteFor(one, wanted)
    // Best effort: without the filter more packets reach us, and the engine drops them.
    if (!one.isNoting) attempt(() => acceptOnly(one.fd, one.spec, wanted))
    const { sendMac } = one
    if (sendMac !== undefined) attempt(() => acceptOnly(one.sendFd, one.spec, wanted, sendMac))
  }
  const counted = (count: number): void => {
    counters.received += count
  }

  return {
    counters,
    open(spec, onPacket) {
      const fd = attempt(() => openAdvertSocket(spec))
      if (!fd.ok) return fd
      const { sendInterface } = spec
      const own = sendInterface === undefined ? ok({ fd: fd.value, mac: undefined }) : attempt(() => openOnVirtualMac(spec, sendInterface))
      if (!own.ok) {
        closeDescriptor(fd.value)
        return own
      }
      const { fd: sendFd, mac: sendMac } = own.value
      const sendSpec = { ...spec, interface: sendInterface ?? spec.interface }
      const kept = { fd: fd.value, sendFd, sendMac, sendSpec, spec, onPacket, repeats: createRepeats() }
      const one: Open = { ...kept, noting: undefined, isNoting: false, listeners: 0, isSized: false, watches: [], isOpen: true }
      one.watches = [...new Set([one.fd, one.sendFd])].map((each) => onReadable(each, () => hear(one)))
      open.add(one)
      const close = (): void => {
        if (!one.isOpen) return
        one.isOpen = false
        open.delete(one)
        closers.delete(one)
        for (const watch of one.watches) watch.close()
        one.noting?.release()
        closeDescriptor(one.fd)
        if (one.sendFd !== one.fd) closeDescriptor(one.sendFd)
      }
      closers.set(one, close)
      return ok({
        send: (datagram, to) => send(one, datagram, to),
        sendSoon: (datagram, to, refused) => sendSoon(one, datagram, to, refused),
        prepare: (datagrams) => prepare(one, datagrams),
        accept: (wanted) => {
          makeRoom(one, wanted.vrids?.length ?? 1)
          filter(one, wanted)
        },
        noteRepeats: (packet, interval) => (one.isNoting ? one.noting?.begin(packet, interval, counted) : undefined),
        sizeBuffer: (bytes) => {
          one.isSized = true
          attempt(() => setReceiveBuffer(one.fd, bytes, false))
        },
        close,
      })
    },
    drain: () => {
      for (const one of open) readFrom(one)
    },
    hold: () => {
      isHolding = true
    },
    release: () => {
      isHolding = false
      flush()
    },
    close: () => {
      for (const close of [...closers.values()]) close()
    },
  }
}

/**
 * Sends by an interface with the virtual MAC, and hears there what comes with that very MAC from another router that holds it, too: the
 * kernel gives such a frame to that interface alone, never to the one below (macvlan in private mode). Everything else comes by both, and is
 * for the other socket.
 */
function openOnVirtualMac(spec: TransportSpec, index: IfIndex): { readonly fd: number; readonly mac: Mac } {
  const asking = openSocket(AF.UNIX, SOCK.DGRAM, 0)
  try {
    const mac = hardwareAddress(asking, interfaceName(index))
    return { fd: openAdvertSocket({ ...spec, interface: index }, mac), mac }
  } finally {
    closeDescriptor(asking)
  }
}

function makeRoom(one: Open, listeners: number): void {
  one.listeners = listeners
  const wanted = listeners * bufferBytesEach
  if (!one.isSized && getOption(one.fd, 'SO_RCVBUF') < wanted) setReceiveBuffer(one.fd, wanted)
}

function recallIpv4(repeats: Repeats, ring: ReceiveRing, index: number, at: Instant): ReceivedPacket | undefined {
  const { data } = ring.slot(index)
  const length = ring.lengthOf(index)
  const known = repeats.find(data, length)
  if (known !== undefined) {
    known.at = at
    return known
  }
  const packet = readIpv4(ring, index, at)
  return packet && repeats.remember(data, length, packet)
}

const ipv4HeaderMin = 20

function readIpv4(ring: ReceiveRing, index: number, at: Instant): ReceivedPacket | undefined {
  const { data } = ring.slot(index)
  const length = ring.lengthOf(index)
  if (length < ipv4HeaderMin) return undefined
  const headerLength = 4 * ((data[0] as number) & 0xf)
  const total = ((data[2] as number) << 8) | (data[3] as number)
  if (headerLength < ipv4HeaderMin || headerLength > total || total > length) return undefined
  return {
    family: 'ipv4',
    protocol: data[9] as number,
    source: knownIpv4(data, 12),
    destination: knownIpv4(data, 16),
    ttl: data[8] as number,
    header: data.subarray(0, headerLength),
    payload: data.subarray(headerLength, total),
    at,
  }
}

const levelIpv6 = 41
const noHeader = new Uint8Array(0)

function readIpv6(ring: ReceiveRing, index: number, at: Instant, protocol: number): ReceivedPacket | undefined {
  const { data, name, control } = ring.slot(index)
  let destination: IpAddress | undefined
  let ttl: number | undefined
  forEachControlMessage(control, ring.controlLengthOf(index), (level, type, valueAt, length) => {
    if (level !== levelIpv6) return
    if (type === IPV6_PKTINFO && length >= 16) destination = ipFromBytes(control, 'ipv6', valueAt)
    if (type === IPV6_HOPLIMIT && length >= 4) ttl = viewOf(control).getInt32(valueAt, true)
  })
  // We asked the kernel for both; without them the packet cannot be judged.
  if (destination === undefined || ttl === undefined) return undefined
  return {
    family: 'ipv6',
    protocol,
    source: ipFromBytes(name, 'ipv6', sockaddrIn6.at.address),
    destination,
    ttl,
    header: noHeader,
    payload: data.subarray(0, ring.lengthOf(index)),
    at,
  }
}
