// Netlink framing: messages, attributes, acknowledgements. Knows no subsystem; rtnetlink.ts does.
// Numbers are in the host's order, little-endian on every machine we run on (x86-64, arm64).
import { fail, ok, type Result } from '@havip/base'
import { concatBytes, header } from './header.ts'

/** `struct nlmsghdr`, linux/netlink.h. */
export const netlinkHeader = header(
  {
    length: { at: 0, bits: 32 },
    type: { at: 32, bits: 16 },
    flags: { at: 48, bits: 16 },
    sequence: { at: 64, bits: 32 },
    port: { at: 96, bits: 32 },
  },
  'little',
)
/** `struct nlattr`. */
const attributeHeader = header({ length: { at: 0, bits: 16 }, type: { at: 16, bits: 16 } }, 'little')

/** Types that mean the same in every subsystem. */
export const controlType = { noop: 1, error: 2, done: 3, overrun: 4 } as const

export const netlinkFlag = {
  request: 0x1,
  multi: 0x2,
  acknowledge: 0x4,
  echo: 0x8,
  dumpInterrupted: 0x10,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
  /** On an acknowledgement: the request is not repeated in it. */
  capped: 0x100,
  /** On an acknowledgement: attributes of `struct nlmsgerr` follow. */
  extendedAcknowledgement: 0x200,
} as const

export type NetlinkMessage = {
  readonly type: number
  readonly flags: number
  /** The request's number; 0 on notifications. */
  readonly sequence: number
  readonly port: number
  /** A view into the datagram: read it before the buffer is used again. */
  readonly payload: Uint8Array
}

export type NetlinkFault =
  | { readonly kind: 'too-short'; readonly needed: number; readonly have: number }
  | { readonly kind: 'bad-length'; readonly what: 'message' | 'attribute'; readonly claimed: number; readonly have: number }
  | { readonly kind: 'missing-attribute'; readonly attribute: string }
  | { readonly kind: 'bad-attribute'; readonly attribute: string; readonly length: number }

const align = (length: number): number => (length + 3) & ~3

/** One message, padded to four bytes, ready to send. */
export function encodeMessage(
  head: { readonly type: number; readonly flags: number; readonly sequence: number; readonly port?: number },
  payload: Uint8Array,
): Uint8Array {
  const length = netlinkHeader.bytes + payload.length
  const bytes = new Uint8Array(align(length))
  bytes.set(netlinkHeader.write({ length, type: head.type, flags: head.flags, sequence: head.sequence, port: head.port ?? 0 }))
  bytes.set(payload, netlinkHeader.bytes)
  return bytes
}

/** All messages of one datagram, in order. One that is cut short spoils the datagram: nothing after it can be trusted. */
export function decodeMessages(datagram: Uint8Array): Result<readonly NetlinkMessage[], NetlinkFault> {
  const messages: NetlinkMessage[] = []
  let at = 0
  while (at < datagram.length) {
    const head = netlinkHeader.read(datagram, at)
    if (!head.ok) return head
    const { length, type, flags, sequence, port } = head.value
    const have = datagram.length - at
    if (length < netlinkHeader.bytes || length > have) return fail({ kind: 'bad-length', what: 'message', claimed: length, have })
    messages.push({ type, flags, sequence, port, payload: datagram.subarray(at + netlinkHeader.bytes, at + length) })
    at += align(length)
  }
  return ok(messages)
}

/** The kernel's answer to a request with the acknowledge flag. */
export type Acknowledgement = {
  readonly sequence: number
  /** Positive errno; 0 means done. */
  readonly errno: number
  /** What the kernel says of the refusal, when the socket asked for extended acknowledgements. */
  readonly message?: string
}

const errorHeader = header({ error: { at: 0, bits: 32 } }, 'little')

/** Reads a message of type `error`. */
export function decodeAcknowledgement(message: NetlinkMessage): Result<Acknowledgement, NetlinkFault> {
  const error = errorHeader.read(message.payload)
  if (!error.ok) return error
  const request = netlinkHeader.read(message.payload, errorHeader.bytes)
  if (!request.ok) return request
  const errno = positiveErrno(error.value.error)
  const plain = { sequence: request.value.sequence, errno }
  if (!(message.flags & netlinkFlag.extendedAcknowledgement)) return ok(plain)
  const echoed = message.flags & netlinkFlag.capped ? netlinkHeader.bytes : align(request.value.length)
  const attributes = decodeAttributes(message.payload.subarray(errorHeader.bytes + echoed))
  const text = attributes.ok ? attributes.value.get(1) : undefined
  return ok(text ? { ...plain, message: textOf(text) } : plain)
}

/** The kernel writes a negative errno; 0 stays 0, and never becomes the negative zero of JavaScript. */
export const positiveErrno = (field: number): number => 0 - (field | 0)

export type Attribute = { readonly type: number; readonly value: Uint8Array }

/** Bits of the type field that are no part of the type: NLA_F_NESTED, NLA_F_NET_BYTEORDER. */
const attributeTypeMask = 0x3fff

export function encodeAttribute(type: number, value: Uint8Array): Uint8Array {
  const length = attributeHeader.bytes + value.length
  const bytes = new Uint8Array(align(length))
  bytes.set(attributeHeader.write({ length, type }))
  bytes.set(value, attributeHeader.bytes)
  return bytes
}

export const encodeAttributes = (attributes: readonly Attribute[]): Uint8Array =>
  concatBytes(attributes.map(({ type, value }) => encodeAttribute(type, value)))

/** By type; when a type comes twice the last one counts, as in the kernel. Values are views. */
export function decodeAttributes(bytes: Uint8Array): Result<ReadonlyMap<number, Uint8Array>, NetlinkFault> {
  const list = listAttributes(bytes)
  return list.ok ? ok(new Map(list.value.map(({ type, value }) => [type, value]))) : list
}

/** In order, for lists whose entries repeat a type. */
export function listAttributes(bytes: Uint8Array): Result<readonly Attribute[], NetlinkFault> {
  const attributes: Attribute[] = []
  let at = 0
  // Up to three bytes may be left: padding.
  while (bytes.length - at >= attributeHeader.bytes) {
    const head = attributeHeader.read(bytes, at)
    if (!head.ok) return head
    const { length, type } = head.value
    const have = bytes.length - at
    if (length < attributeHeader.bytes || length > have) return fail({ kind: 'bad-length', what: 'attribute', claimed: length, have })
    attributes.push({ type: type & attributeTypeMask, value: bytes.subarray(at + attributeHeader.bytes, at + length) })
    at += align(length)
  }
  return ok(attributes)
}

// Values of attributes. Readers give undefined when the length is wrong.

export const u8Value = (value: number): Uint8Array => Uint8Array.of(value & 0xff)
export function u16Value(value: number): Uint8Array {
  const bytes = new Uint8Array(2)
  new DataView(bytes.buffer).setUint16(0, value, true)
  return bytes
}
export function u32Value(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}
const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** With the closing zero that the kernel expects. */
export const textValue = (text: string): Uint8Array => encoder.encode(`${text}\0`)
/** Up to the first zero. */
export function textOf(value: Uint8Array): string {
  const end = value.indexOf(0)
  return decoder.decode(end < 0 ? value : value.subarray(0, end))
}
export const u8Of = (value: Uint8Array | undefined): number | undefined => (value?.length === 1 ? value[0] : undefined)
export const u16Of = (value: Uint8Array | undefined): number | undefined =>
  value?.length === 2 ? new DataView(value.buffer, value.byteOffset, 2).getUint16(0, true) : undefined
export const u32Of = (value: Uint8Array | undefined): number | undefined =>
  value?.length === 4 ? new DataView(value.buffer, value.byteOffset, 4).getUint32(0, true) : undefined
