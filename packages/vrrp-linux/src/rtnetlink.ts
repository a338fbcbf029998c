// Asking rtnetlink: requests that are acknowledged, many in one datagram, and dumps. The kernel answers within the send
// call, so nothing here waits; the time limit on the socket is for a kernel that breaks this rule.

import { assert, fail, ok } from '@havip/base'
import {
  closeDescriptor,
  errno,
  errnoName,
  errnoText,
  netlinkAddress,
  receive,
  SyscallError,
  sendTo,
  setReceiveBuffer,
  trySetOption,
} from '@havip/linux'
import { type DumpKind, decodeMessages, decodeRtnetlink, encodeDump, type RtnetlinkMessage } from '@havip/wire'
import { toHostFault } from './fault.ts'
import { openNetlink } from './netlink-socket.ts'
import type { BufferSize, HostFault, Removal, Result } from './port.ts'

/** Encodes a request under the sequence number that it gets. */
export type Request = (sequence: number) => Uint8Array

export type Answer = { readonly errno: number; readonly message: string | undefined }

export type Rtnetlink = {
  /** One answer each, in order. Throws SyscallError when the socket itself fails. */
  request(requests: readonly Request[]): readonly Answer[]
  /** Everything of one kind. A dump that something interrupted is begun again, at most five times. */
  dump(kind: DumpKind): readonly RtnetlinkMessage[]
  /** Of the receive buffer. Throws SyscallError. */
  sizeBuffer(size: BufferSize): void
  close(): void
}

/** Acknowledgements of a batch must fit into the receive buffer of the socket. */
const batchMax = 128
const receiveBytes = 65_536
/** Milliseconds. */
const answerWithin = 1000
const dumpAttemptsMax = 5
const interruptionsMax = 100

/** Throws SyscallError. */
export function openRtnetlink(): Rtnetlink {
  const fd = openNetlink({
    answerWithin,
    prepare: (one) => {
      trySetOption(one, 'NETLINK_EXT_ACK', 1)
      trySetOption(one, 'NETLINK_CAP_ACK', 1)
    },
  })
  const kernel = netlinkAddress()
  const buffer = new Uint8Array(new ArrayBuffer(receiveBytes))
  let sequence = 0

  const send = (data: Uint8Array): void => {
    const sent = sendTo(fd, data, 0, kernel)
    if (sent < 0) throw new SyscallError('sendto', -sent, 'netlink')
  }
  const read = (): RtnetlinkMessage[] => {
    let length = receive(fd, buffer, 0)
    // A socket with a time limit is not restarted after a signal; our own signals are few.
    for (let i = 0; length === -errno.EINTR && i < interruptionsMax; i++) length = receive(fd, buffer, 0)
    if (length < 0) throw new SyscallError('recv', -length, 'netlink')
    const messages = decodeMessages(buffer.subarray(0, length))
    assert(messages.ok, 'the kernel sent a malformed netlink datagram')
    return messages.value.flatMap((message) => {
      const read = decodeRtnetlink(message)
      return read.ok ? [read.value] : []
    })
  }

  const requestBatch = (requests: readonly Request[]): Answer[] => {
    const first = sequence + 1
    const encoded = requests.map((encode) => encode(++sequence))
    send(encoded.length === 1 ? (encoded[0] as Uint8Array) : joined(encoded))
    const answers: (Answer | undefined)[] = Array(requests.length)
    let missing = requests.length
    // Leftovers of a request that failed half-way are skipped by their number; each round reads a datagram or throws.
    while (missing > 0) {
      for (const message of read()) {
        if (message.kind !== 'acknowledgement') continue
        const at = message.acknowledgement.sequence - first
        if (at < 0 || at >= requests.length || answers[at] !== undefined) continue
        answers[at] = { errno: message.acknowledgement.errno, message: message.acknowledgement.message }
        missing--
      }
    }
    return answers as Answer[]
  }

  /** Undefined when the kernel says that the list changed under the dump. */
  const tryDump = (kind: DumpKind): readonly RtnetlinkMessage[] | undefined => {
    const mine = ++sequence
    send(encodeDump(mine, kind))
    const all: RtnetlinkMessage[] = []
    for (;;) {
      for (const message of read()) {
        if (message.kind === 'done' && message.sequence === mine) {
          if (message.errno === errno.EINTR) return undefined
          if (message.errno !== 0) throw new SyscallError('recv', message.errno, `netlink dump of ${kind}`)
          return all
        }
        if (message.kind === 'acknowledgement' && message.acknowledgement.sequence === mine && message.acknowledgement.errno !== 0) {
          throw new SyscallError('recv', message.acknowledgement.errno, `netlink dump of ${kind}`)
        }
        all.push(message)
      }
    }
  }

  return {
    request(requests) {
      const answers: Answer[] = []
      for (let at = 0; at < requests.length; at += batchMax) answers.push(...requestBatch(requests.slice(at, at + batchMax)))
      return answers
    },
    dump(kind) {
      for (let attempt = 0; attempt < dumpAttemptsMax; attempt++) {
        const all = tryDump(kind)
        if (all !== undefined) return all
      }
      throw new SyscallError('recv', errno.EINTR, `netlink dump of ${kind}, ${dumpAttemptsMax} times`)
    },
    sizeBuffer: ({ bytes, force }) => setReceiveBuffer(fd, bytes, force),
    close: () => closeDescriptor(fd),
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** One request for each item, all of them in one batch; the outcomes in order. A socket that fails is the fault of each. */
export function requestEach<Item, Done>(
  rtnetlink: Rtnetlink,
  items: readonly Item[],
  encode: (item: Item) => Request,
  outcome: (item: Item, answer: Answer | undefined) => Result<Done, HostFault>,
): readonly Result<Done, HostFault>[] {
  try {
    const answers = rtnetlink.request(items.map(encode))
    return items.map((item, i) => outcome(item, answers[i]))
  } catch (error) {
    const fault = toHostFault(error)
    return items.map(() => fail(fault))
  }
}

/** Errnos of `absent` say that there was nothing to remove. */
export function removalOf(call: string, about: string, answer: Answer | undefined, absent: readonly string[]): Result<Removal, HostFault> {
  if (answer !== undefined && answer.errno !== 0 && absent.includes(errnoName(answer.errno))) return ok('was-not-there')
  const done = answerOf(call, about, answer)
  return done.ok ? ok('removed') : done
}

/** An answer as the port's outcome; errnos of `good` count as done. */
export function answerOf(call: string, about: string, answer: Answer | undefined, good: readonly string[] = []): Result<void, HostFault> {
  assert(answer !== undefined, 'a netlink request without an answer')
  if (answer.errno === 0) return ok(undefined)
  const symbol = errnoName(answer.errno)
  if (good.includes(symbol)) return ok(undefined)
  const said = answer.message === undefined ? errnoText(answer.errno) : `${errnoText(answer.errno)} (${answer.message})`
  return fail({ call, errno: symbol, detail: `${about}: ${said}` })
}
