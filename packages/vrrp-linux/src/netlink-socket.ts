// A netlink socket: opened, sized, bound, in its groups; or not there at all.
import {
  AF,
  bindSocket,
  closeDescriptor,
  netlinkAddress,
  openSocket,
  SOCK,
  setOption,
  setReceiveBuffer,
  setReceiveTimeout,
} from '@havip/linux'
import type { BufferSize } from './port.ts'

export type NetlinkOptions = {
  /** What of the kernel is talked to; 0 is rtnetlink. */
  readonly protocol?: number
  /** Groups by number, as rtnetlink counts them; those of `groupBits` are bits 0 to 31. */
  readonly groups?: readonly number[]
  readonly groupBits?: number
  readonly receiveBuffer?: BufferSize | undefined
  /** Milliseconds that a read may wait; undefined: no read waits. */
  readonly answerWithin?: number
  /** For the message of what is refused. */
  readonly about?: string
  /** What else has to be done before anybody uses it. May throw, too. */
  readonly prepare?: (fd: number) => void
}

/** Room for what the kernel tells by itself, in a storm of it. */
export const notificationBuffer: BufferSize = { bytes: 1 << 20, force: true }

/** The descriptor, which the caller closes. Throws SyscallError; nothing stays open then. */
export function openNetlink(options: NetlinkOptions): number {
  const { protocol = 0, groups = [], groupBits = 0, receiveBuffer, answerWithin, about = 'netlink', prepare } = options
  const fd = openSocket(AF.NETLINK, SOCK.RAW | (answerWithin === undefined ? SOCK.NONBLOCK : 0), protocol)
  try {
    if (receiveBuffer) setReceiveBuffer(fd, receiveBuffer.bytes, receiveBuffer.force)
    bindSocket(fd, netlinkAddress(groupBits), about)
    if (answerWithin !== undefined) setReceiveTimeout(fd, answerWithin)
    for (const group of groups) setOption(fd, 'NETLINK_ADD_MEMBERSHIP', group, `netlink group ${group}`)
    prepare?.(fd)
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
  return fd
}
