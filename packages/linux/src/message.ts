// Many datagrams in one system call: recvmmsg into buffers made once, sendmmsg from a queue, and sendmsg with
// ancillary data for IPv6, where source and hop limit go beside the datagram.
import { assert } from '@havip/base'
import { layout, viewOf } from './layout.ts'
import { addressOf, bindPrototypes, bytes, lastErrno, resultOrErrno } from './library.ts'
import { MSG } from './sockets.ts'

const libc = bindPrototypes({
  recvmmsg: 'int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)',
  sendmmsg: 'int sendmmsg(int fd, void *messages, uint32_t count, int flags)',
  sendmsg: 'int64_t sendmsg(int fd, const void *message, int flags)',
})

const iovec = layout('iovec', { base: 'void *', length: 'size_t' }, 16)
const msghdr = layout(
  'msghdr',
  {
    name: 'void *',
    nameLength: 'uint32_t',
    vector: 'void *',
    vectorLength: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  },
  56,
)
/** `struct mmsghdr`: a msghdr, then the length, padded. */
const mmsghdr = { size: 64, lengthAt: msghdr.size }
const cmsghdr = layout('cmsghdr', { length: 'size_t', level: 'int', type: 'int' }, 16)
const in6Pktinfo = layout('in6_pktinfo', { address: ['uint8_t', 16], index: 'uint32_t' }, 20)

/** Ancillary message types of level IPPROTO_IPV6 (41) and IPPROTO_IP (0). */
export const IPV6_PKTINFO = 50
export const IPV6_HOPLIMIT = 52
export const IPV6_TCLASS = 67
const levelIpv6 = 41

function writeAddress(view: DataView, at: number, of: Uint8Array | undefined): void {
  view.setBigUint64(at, of === undefined ? 0n : addressOf(of), true)
}

/** What one received datagram brought. All arrays are views into the ring: read before the next `receive`. */
export type Slot = {
  readonly data: Uint8Array
  /** The sender's `sockaddr`. */
  readonly name: Uint8Array
  readonly control: Uint8Array
}

/** Buffers for `count` datagrams, made once and used by any number of sockets in turn. */
export type ReceiveRing = {
  readonly count: number
  /** Datagrams received, 0 when there was none, or the negated errno. Never waits. */
  receive(fd: number): number
  slot(index: number): Slot
  lengthOf(index: number): number
  controlLengthOf(index: number): number
  /** The datagram or its ancillary data did not fit. */
  isTruncated(index: number): boolean
}

export function createReceiveRing(count: number, dataBytes: number, controlBytes = 128): ReceiveRing {
  const nameBytes = 32
  const heads = bytes(count * mmsghdr.size)
  const vectors = bytes(count * iovec.size)
  const names = bytes(count * nameBytes)
  const data = bytes(count * dataBytes)
  const control = bytes(count * controlBytes)
  const view = viewOf(heads)
  const vectorView = viewOf(vectors)
  const slots: Slot[] = []
  for (let i = 0; i < count; i++) {
    const slot: Slot = {
      data: data.subarray(i * dataBytes, (i + 1) * dataBytes),
      name: names.subarray(i * nameBytes, (i + 1) * nameBytes),
      control: control.subarray(i * controlBytes, (i + 1) * controlBytes),
    }
    slots.push(slot)
    const head = i * mmsghdr.size
    writeAddress(view, head + msghdr.at.name, slot.name)
    view.setBigUint64(head + msghdr.at.vector, addressOf(vectors) + BigInt(i * iovec.size), true)
    view.setBigUint64(head + msghdr.at.vectorLength, 1n, true)
    writeAddress(view, head + msghdr.at.control, slot.control)
    writeAddress(vectorView, i * iovec.size + iovec.at.base, slot.data)
    vectorView.setBigUint64(i * iovec.size + iovec.at.length, BigInt(dataBytes), true)
  }
  // The kernel writes what it used over what we allow; only the slots it used need to be set again.
  const allow = (used: number): void => {
    for (let i = 0; i < used; i++) {
      view.setUint32(i * mmsghdr.size + msghdr.at.nameLength, nameBytes, true)
      view.setUint32(i * mmsghdr.size + msghdr.at.controlLength, controlBytes, true)
    }
  }
  allow(count)
  let used = 0
  return {
    count,
    receive(fd) {
      allow(used)
      const received = libc.recvmmsg(fd, heads, count, MSG.DONTWAIT, null)
      used = received > 0 ? received : 1
      return received >= 0 ? received : -lastErrno()
    },
    slot: (index) => slots[index] as Slot,
    lengthOf: (index) => view.getUint32(index * mmsghdr.size + mmsghdr.lengthAt, true),
    controlLengthOf: (index) => view.getUint32(index * mmsghdr.size + msghdr.at.controlLength, true),
    isTruncated: (index) => (view.getInt32(index * mmsghdr.size + msghdr.at.flags, true) & (MSG.TRUNC | MSG.CTRUNC)) !== 0,
    // The arrays that only the kernel's pointers mention must live as long as the ring.
    ...keep(vectors, names, data, control),
  }
}

/** Ties buffers to an object's life without showing them. */
function keep(...buffers: readonly Uint8Array[]): object {
  return Object.defineProperty({}, Symbol('kept'), { value: buffers, enumerable: true })
}

/** Calls `visit` for each ancillary message of a received datagram; `at` is where its value begins in `control`. */
export function forEachControlMessage(
  control: Uint8Array,
  length: number,
  visit: (level: number, type: number, at: number, valueLength: number) => void,
): void {
  const view = viewOf(control)
  let at = 0
  while (at + cmsghdr.size <= length) {
    const size = view.getUint32(at + cmsghdr.at.length, true)
    if (size < cmsghdr.size || at + size > length) return
    visit(view.getInt32(at + cmsghdr.at.level, true), view.getInt32(at + cmsghdr.at.type, true), at + cmsghdr.size, size - cmsghdr.size)
    at += (size + 7) & ~7
  }
}

/** A datagram of IPv6 with its source address and hop limit chosen by us. */
export type Ipv6Sender = {
  /** Bytes sent or the negated errno. `index` 0 leaves the interface to routing. */
  send(
    fd: number,
    data: Uint8Array,
    to: Uint8Array,
    from: { readonly source: Uint8Array; readonly index: number; readonly hopLimit: number; readonly trafficClass: number },
    flags: number,
  ): number
}

export function createIpv6Sender(): Ipv6Sender {
  const alignment = 8
  const spaceOf = (length: number): number => cmsghdr.size + ((length + alignment - 1) & ~(alignment - 1))
  const control = bytes(spaceOf(in6Pktinfo.size) + 2 * spaceOf(4))
  const controlView = viewOf(control)
  const head = bytes(msghdr.size)
  const view = viewOf(head)
  const vector = bytes(iovec.size)
  const vectorView = viewOf(vector)
  // A copy, since the caller's array may be one that the collector moves.
  const data_ = bytes(4096)

  let at = 0
  const begin = (type: number, length: number): number => {
    controlView.setBigUint64(at + cmsghdr.at.length, BigInt(cmsghdr.size + length), true)
    controlView.setInt32(at + cmsghdr.at.level, levelIpv6, true)
    controlView.setInt32(at + cmsghdr.at.type, type, true)
    const value = at + cmsghdr.size
    at += spaceOf(length)
    return value
  }
  const pktinfo = begin(IPV6_PKTINFO, in6Pktinfo.size)
  const hopLimit = begin(IPV6_HOPLIMIT, 4)
  const trafficClass = begin(IPV6_TCLASS, 4)
  view.setBigUint64(msghdr.at.vector, addressOf(vector), true)
  view.setBigUint64(msghdr.at.vectorLength, 1n, true)
  view.setBigUint64(msghdr.at.control, addressOf(control), true)
  view.setBigUint64(msghdr.at.controlLength, BigInt(control.length), true)
  writeAddress(vectorView, iovec.at.base, data_)

  return {
    send(fd, data, to, from, flags) {
      assert(data.length <= data_.length, `an IPv6 datagram of ${data.length} bytes`)
      data_.set(data)
      vectorView.setBigUint64(iovec.at.length, BigInt(data.length), true)
      control.set(from.source, pktinfo + in6Pktinfo.at.address)
      controlView.setUint32(pktinfo + in6Pktinfo.at.index, from.index, true)
      controlView.setInt32(hopLimit, from.hopLimit, true)
      controlView.setInt32(trafficClass, from.trafficClass, true)
      writeAddress(view, msghdr.at.name, to)
      view.setUint32(msghdr.at.nameLength, to.length, true)
      return resultOrErrno(libc.sendmsg(fd, head, flags))
    },
  }
}

/** What was refused, by its number, with the errno; those after it are still sent. */
type OnRefused = (index: number, errno: number) => void

/** A burst of equal-sized or smaller datagrams to be sent by one call. */
export type SendQueue = {
  readonly capacity: number
  readonly length: number
  /** False when it is full: flush first. Data and address are copied. */
  push(data: Uint8Array, address: Uint8Array): boolean
  /**
   * Sends what is queued and empties it. Each datagram that was refused is given to `onRefused` with its number in the
   * burst and errno; the ones after it are still sent. Returns how many went out.
   */
  flush(fd: number, flags: number, onRefused?: OnRefused): number
}

export function createSendQueue(capacity: number, dataBytes: number): SendQueue {
  const nameBytes = 32
  const heads = bytes(capacity * mmsghdr.size)
  const vectors = bytes(capacity * iovec.size)
  const names = bytes(capacity * nameBytes)
  const data_ = bytes(capacity * dataBytes)
  const view = viewOf(heads)
  const vectorView = viewOf(vectors)
  for (let i = 0; i < capacity; i++) {
    const head = i * mmsghdr.size
    view.setBigUint64(head + msghdr.at.name, addressOf(names) + BigInt(i * nameBytes), true)
    view.setBigUint64(head + msghdr.at.vector, addressOf(vectors) + BigInt(i * iovec.size), true)
    view.setBigUint64(head + msghdr.at.vectorLength, 1n, true)
    vectorView.setBigUint64(i * iovec.size + iovec.at.base, addressOf(data_) + BigInt(i * dataBytes), true)
  }
  let length = 0
  return {
    capacity,
    get length() {
      return length
    },
    push(data, address) {
      if (length === capacity) return false
      assert(data.length <= dataBytes, `a datagram of ${data.length} bytes in a queue for ${dataBytes}`)
      data_.set(data, length * dataBytes)
      names.set(address, length * nameBytes)
      view.setUint32(length * mmsghdr.size + msghdr.at.nameLength, address.length, true)
      vectorView.setUint32(length * iovec.size + iovec.at.length, data.length, true)
      length++
      return true
    },
    flush(fd, flags, onRefused) {
      const sent = sendAll(fd, heads, length, flags, onRefused)
      length = 0
      return sent
    },
    ...keep(vectors, names, data_),
  }
}

function sendAll(fd: number, heads: Uint8Array, length: number, flags: number, onRefused?: OnRefused): number {
  let next = 0
  let sent = 0
  // Each round sends at least one or gives one up, so this ends after `length` rounds.
  while (next < length) {
    const from = next === 0 ? heads : heads.subarray(next * mmsghdr.size)
    const count = libc.sendmmsg(fd, from, length - next, flags)
    if (count > 0) {
      next += count
      sent += count
    } else {
      onRefused?.(next, lastErrno())
      next++
    }
  }
  return sent
}

/** Datagrams that are sent again and again as they are. */
export type PreparedSends = {
  /** All of them, in order, as `SendQueue.flush`. Returns how many went out. */
  send(fd: number, flags: number, onRefused?: OnRefused): number
}

/** @param datagrams each with its `sockaddr`; copied. */
export function prepareSends(datagrams: readonly { readonly data: Uint8Array; readonly address: Uint8Array }[]): PreparedSends {
  const count = datagrams.length
  const heads = bytes(count * mmsghdr.size)
  const vectors = bytes(count * iovec.size)
  const content = bytes(datagrams.reduce((sum, { data, address }) => sum + data.length + address.length, 0))
  const view = viewOf(heads)
  const vectorView = viewOf(vectors)
  const [vectorsAt, contentAt] = [addressOf(vectors), addressOf(content)]
  let at = 0
  const put = (part: Uint8Array): bigint => {
    content.set(part, at)
    at += part.length
    return contentAt + BigInt(at - part.length)
  }
  for (const [i, { data, address }] of datagrams.entries()) {
    const head = i * mmsghdr.size
    view.setBigUint64(head + msghdr.at.name, put(address), true)
    view.setUint32(head + msghdr.at.nameLength, address.length, true)
    view.setBigUint64(head + msghdr.at.vector, vectorsAt + BigInt(i * iovec.size), true)
    view.setBigUint64(head + msghdr.at.vectorLength, 1n, true)
    vectorView.setBigUint64(i * iovec.size + iovec.at.base, put(data), true)
    vectorView.setBigUint64(i * iovec.size + iovec.at.length, BigInt(data.length), true)
  }
  return {
    send: (fd, flags, onRefused) => sendAll(fd, heads, count, flags, onRefused),
    ...keep(vectors, content),
  }
}
