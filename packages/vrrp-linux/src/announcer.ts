// Gratuitous ARP and unsolicited neighbour advertisements, as whole Ethernet frames through one packet socket: they
// leave whatever the routing table says, and the address need not be ours yet for the kernel.
import { readFileSync } from 'node:fs'
import { fail, type IfIndex, type IpAddress, ipToBytes, isIpv6, type Mac, ok } from '@havip/base'
import { AF, closeDescriptor, createSendQueue, errno, openSocket, packetAddress, type SendQueue, SOCK, sendTo } from '@havip/linux'
import { encodeGratuitousArp, encodeUnsolicitedAdvertisement, etherType } from '@havip/wire'
import { attempt, hostFault } from './fault.ts'
import type { LinkTable } from './links.ts'
import type { Announcement, HostFault, Link, Result } from './port.ts'

export type Announcer = {
  sent(): number
  announce(announcement: Announcement): Result<void, HostFault>
  /** The kernel is still looking for duplicates of this address: announcements for it are kept until `settle`. */
  awaitDuplicateDetection(announcement: Announcement): void
  /** Duplicate detection ended, well or with the address gone: what was kept is sent, or forgotten. */
  settle(announcement: Announcement, isUsable: boolean): void
  /** Until `release`, ARP frames are kept. */
  hold(): void
  /** One system call for all that were kept; `refused` is told of each that the kernel did not take. */
  release(): void
  close(): void
}

/** A frame ready to be sent for one address after the other: only the places of the address differ. */
type Frame = { readonly mac: Mac; readonly isRouter: boolean; readonly bytes: Uint8Array; readonly to: Uint8Array }
/** Sender and target of an ARP packet for IPv4, in the Ethernet frame. */
const arpAddressesAt = [28, 38] as const
const framesMax = 4096
const heldMax = 256
/** An unsolicited neighbour advertisement is 86 bytes. */
const heldBytes = 128
/** How long the answer of a sysctl is believed. */
const forwardingAgeMax = 5000

export function createAnnouncer(links: LinkTable, now: () => number, refused: (fault: HostFault) => void = () => {}): Announcer {
  let fd: number | undefined
  const frames = new Map<string | IfIndex, Frame>()
  /** Announcements that wait for the end of duplicate detection, and whether one was asked for meanwhile. */
  const waiting = new Map<string, boolean>()
  const forwarding = new Map<IfIndex, { readonly at: number; readonly isOn: boolean }>()
  let sent = 0
  let isHolding = false
  let held: SendQueue | undefined

  const flush = (): void => {
    if (fd === undefined || held === undefined || held.length === 0) return
    sent += held.flush(fd, 0, (_, error) => refused(hostFault('sendmmsg', error, 'announcement')))
  }
  const keep = (socket: number, frame: Frame): void => {
    held ??= createSendQueue(heldMax, heldBytes)
    if (held.length === heldMax) sent += held.flush(socket, 0, (_, error) => refused(hostFault('sendmmsg', error, 'announcement')))
    held.push(frame.bytes, frame.to)
  }

  const keyOf = ({ interface: index, address }: Announcement): string => `${index} ${address}`

  const forwards = (link: Link): boolean => {
    const known = forwarding.get(link.index)
    if (known !== undefined && now() - known.at < forwardingAgeMax) return known.isOn
    const isOn = readForwarding(link.name)
    forwarding.set(link.index, { at: now(), isOn })
    return isOn
  }
  const makeFrame = (link: Link, mac: Mac, address: IpAddress, isRouter: boolean): Frame => {
    const bytes = isIpv6(address) ? encodeUnsolicitedAdvertisement(mac, address, { isRouter }) : encodeGratuitousArp(mac, address)
    const type = isIpv6(address) ? etherType.ipv6 : etherType.arp
    return { mac, isRouter, bytes, to: packetAddress(link.index, type, bytes.subarray(0, 6)) }
  }
  /** One for each IPv6 address, since a checksum covers it; one for each interface else. */
  const frameFor = (link: Link, mac: Mac, address: IpAddress): Frame => {
    const key = isIpv6(address) ? `${link.index} ${address}` : link.index
    const isRouter = isIpv6(address) && forwards(link)
    const known = frames.get(key)
    const isGood = known?.mac === mac && known.isRouter === isRouter
    const frame = isGood ? known : makeFrame(link, mac, address, isRouter)
    if (!isGood) {
      if (frames.size >= framesMax) frames.clear()
      frames.set(key, frame)
    }
    if (!isIpv6(address)) for (const at of arpAddressesAt) frame.bytes.set(ipToBytes(address), at)
    return frame
  }
  const announce = (announcement: Announcement): Result<void, HostFault> => {
    const { interface: index, address } = announcement
    if (waiting.size > 0 && waiting.has(keyOf(announcement))) {
      waiting.set(keyOf(announcement), true)
      return ok(undefined)
    }
    const link = links.byIndex(index)
    if (link === undefined) return fail(hostFault('sendto', errno.ENODEV, `announcement of ${address}`))
    // Nobody resolves addresses on such an interface: nothing to announce.
    if (!link.hasArp || link.mac === undefined) return ok(undefined)
    const opened = attempt(() => (fd ??= openSocket(AF.PACKET, SOCK.RAW | SOCK.NONBLOCK, 0)))
    if (!opened.ok) return opened
    const frame = frameFor(link, link.mac, address)
    if (isHolding && frame.bytes.length <= heldBytes) {
      keep(opened.value, frame)
      return ok(undefined)
    }
    const result = sendTo(opened.value, frame.bytes, 0, frame.to)
    if (result < 0) return fail(hostFault('sendto', -result, `announcement of ${address} on ${link.name}`))
    sent++
    return ok(undefined)
  }

  return {
    sent: () => sent,
    announce,
    awaitDuplicateDetection: (announcement) => {
      const key = keyOf(announcement)
      if (!waiting.has(key)) waiting.set(key, false)
    },
    settle(announcement, isUsable) {
      const key = keyOf(announcement)
      const wasAsked = waiting.get(key) === true
      waiting.delete(key)
      if (wasAsked && isUsable) announce(announcement)
    },
    hold: () => {
      isHolding = true
    },
    release: () => {
      isHolding = false
      flush()
    },
    close() {
      if (fd !== undefined) closeDescriptor(fd)
      fd = undefined
    },
  }
}

/** Routers say so in their advertisements (RFC 4861 §4.4). No such file without IPv6. */
function readForwarding(interfaceName: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${interfaceName}/forwarding`, 'latin1').trim() !== '0'
  } catch {
    return false
  }
}
