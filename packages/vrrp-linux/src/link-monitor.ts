// Notifications of rtnetlink: keeps the table of links and tells the listener what changed.
import { closeDescriptor, errno, onReadable, receive, SyscallError, setReceiveBuffer } from '@havip/linux'
import { decodeMessages, decodeRtnetlink, type NetlinkMessage, rtnetlinkGroup, rtnetlinkType } from '@havip/wire'
import { createLinkTable, type LinkTable } from './links.ts'
import { notificationBuffer, openNetlink } from './netlink-socket.ts'
import type { BufferSize, HostEvent } from './port.ts'
import type { Rtnetlink } from './rtnetlink.ts'

export type LinkMonitor = {
  readonly table: LinkTable
  onEvent(listener: (event: HostEvent) => void): void
  /** Takes in what the kernel has already told. */
  readNow(): void
  overruns(): number
  /** Of the receive buffer. Throws SyscallError. */
  sizeBuffer(size: BufferSize): void
  close(): void
}

const datagramBytes = 65_536
/** Datagrams read in one go, so that a storm of notifications doesn't keep adverts waiting. */
const datagramsMax = 64
/** More than the receive buffer can hold. */
const discardMax = 16_384
const readAttemptsMax = 50
/** Milliseconds. */
const readAgainAfter = 100
/** Bridges tell of their ports in link messages of their own family; a port that leaves is "deleted" in them. */
const AF_BRIDGE = 7

/** Opens the notifications before reading the present state, so that nothing falls in between. Throws SyscallError. */
export function createLinkMonitor(rtnetlink: Rtnetlink): LinkMonitor {
  const fd = openNetlink({
    groups: [rtnetlinkGroup.link, rtnetlinkGroup.ipv4Address, rtnetlinkGroup.ipv6Address],
    receiveBuffer: notificationBuffer,
  })
  const table = createLinkTable()
  const buffer = new Uint8Array(new ArrayBuffer(datagramBytes))
  let listener: ((event: HostEvent) => void) | undefined
  let overruns = 0
  let isOpen = true

  const readAll = (): void => {
    const present = [...rtnetlink.dump('links'), ...rtnetlink.dump('addresses')]
    table.clear()
    for (const message of present) table.apply(message)
  }
  /** What is still queued is older than what was lost after it: applied on a fresh list it would bring back the dead. */
  const discardQueued = (): void => {
    for (let i = 0; i < discardMax; i++) if (receive(fd, buffer, 0) === -errno.EAGAIN) return
  }
  const resynchronise = (): void => {
    overruns++
    readAgain(readAttemptsMax)
  }
  /** The list may change faster than it can be read: then once more, a little later. */
  const readAgain = (attemptsLeft: number): void => {
    if (!isOpen) return
    try {
      discardQueued()
      readAll()
      listener?.({ kind: 'resynchronise' })
    } catch (error) {
      if (!(error instanceof SyscallError) || attemptsLeft === 0) throw error
      setTimeout(readAgain, readAgainAfter, attemptsLeft - 1)
    }
  }
  const take = (message: NetlinkMessage): void => {
    const isLink = message.type === rtnetlinkType.newLink || message.type === rtnetlinkType.deleteLink
    if (isLink && message.payload[0] === AF_BRIDGE) return
    const read = decodeRtnetlink(message)
    if (!read.ok) return
    const event = table.apply(read.value)
    if (event !== undefined) listener?.(event)
  }
  const readable = (): void => {
    for (let i = 0; i < datagramsMax; i++) {
      const length = receive(fd, buffer, 0)
      if (length === -errno.ENOBUFS) resynchronise()
      if (length < 0) return
      const messages = decodeMessages(buffer.subarray(0, length))
      if (messages.ok) for (const message of messages.value) take(message)
    }
  }

  try {
    readAll()
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
  const watch = onReadable(fd, readable)
  return {
    table,
    onEvent: (fn) => {
      listener = fn
    },
    readNow: readable,
    overruns: () => overruns,
    sizeBuffer: ({ bytes, force }) => setReceiveBuffer(fd, bytes, force),
    close() {
      isOpen = false
      watch.close()
      closeDescriptor(fd)
    },
  }
}
