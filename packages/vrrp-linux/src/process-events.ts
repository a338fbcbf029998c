// The kernel's word on processes that begin, change and end. Only the first network and process namespaces hear it.

import { ok } from '@havip/base'
import { closeDescriptor, errno, MSG, netlinkAddress, onReadable, receive, SyscallError, sendTo } from '@havip/linux'
import { connectorProtocol, decodeMessages, decodeProcessEvent, encodeListen, type ProcessEvent, processEventGroup } from '@havip/wire'
import { attempt } from './fault.ts'
import { openNetlink } from './netlink-socket.ts'
import type { BufferSize, HostFault, Result } from './port.ts'

const datagramBytes = 65_536
/** Datagrams in one go: a machine that starts thousands of processes a second must not keep adverts waiting. */
const datagramsMax = 256
/** Milliseconds; the kernel answers within the call that asks, where it answers at all. */
const answerWithin = 50
/** What else may be told before the answer. */
const answersMax = 64

/**
 * `happened` gets undefined when some were lost. Refused in a network or process namespace of one's own, and without
 * CAP_NET_ADMIN.
 */
export function openProcessEvents(
  happened: (event: ProcessEvent | undefined) => void,
  size: BufferSize | undefined,
): Result<{ close(): void }, HostFault> {
  const buffer = new Uint8Array(new ArrayBuffer(datagramBytes))
  /** A negated errno when there is none. */
  const read = (from: number, flags: number): readonly ProcessEvent[] | number => {
    const length = receive(from, buffer, flags)
    if (length < 0) return length
    const messages = decodeMessages(buffer.subarray(0, length))
    if (!messages.ok) return []
    return messages.value.flatMap(({ payload }) => {
      const event = decodeProcessEvent(payload)
      return event.ok ? [event.value] : []
    })
  }
  const opened = attempt(() =>
    openNetlink({
      protocol: connectorProtocol,
      groupBits: processEventGroup,
      receiveBuffer: size,
      answerWithin,
      about: 'process events',
      prepare: (one) => begin(one, () => read(one, 0)),
    }),
  )
  if (!opened.ok) return opened
  const fd = opened.value
  let isOpen = true
  const watch = onReadable(fd, () => {
    for (let i = 0; i < datagramsMax && isOpen; i++) {
      const events = read(fd, MSG.DONTWAIT)
      if (events === -errno.ENOBUFS) happened(undefined)
      if (typeof events === 'number') return
      for (const event of events) if (event.kind !== 'other') happened(event)
    }
  })
  // What is watched is no reason to stay alive.
  watch.unref()
  return ok({
    close: () => {
      if (!isOpen) return
      isOpen = false
      watch.close()
      closeDescriptor(fd)
    },
  })
}

/** Asks, and waits for the answer. Throws SyscallError. */
function begin(fd: number, read: () => readonly ProcessEvent[] | number): void {
  const sent = sendTo(fd, encodeListen(1), 0, netlinkAddress())
  if (sent < 0) throw new SyscallError('sendto', -sent, 'process events')
  for (let i = 0; i < answersMax; i++) {
    const events = read()
    if (typeof events === 'number') throw new SyscallError('recv', -events, 'process events')
    const answer = events.find((event) => event.kind === 'acknowledged')
    if (answer?.kind === 'acknowledged' && answer.errno !== 0) throw new SyscallError('recv', answer.errno, 'process events')
    if (answer) return
  }
  throw new SyscallError('recv', errno.EAGAIN, 'process events')
}
