// Fixed headers as tables: the figure of the RFC (or the struct of the kernel) is the code. One reader and one writer
// serve every table, so the two directions cannot drift apart.
import {
  assert,
  fail,
  type Ipv4,
  type Ipv6,
  ipFromBytes,
  ipToBytes,
  type Mac,
  macFromBytes,
  macToBytes,
  ok,
  type Result,
} from '@havip/base'

/** Positions are bit numbers of the figure. Plain fields are unsigned numbers of 1 to 32 bits. */
export type Field = { readonly at: number; readonly bits: number; readonly as?: 'bytes' | 'mac' | 'ipv4' | 'ipv6' }
export type Table = { readonly [name: string]: Field }

type ValueOf<F extends Field> = F extends { readonly as: 'bytes' }
  ? Uint8Array
  : F extends { readonly as: 'mac' }
    ? Mac
    : F extends { readonly as: 'ipv4' }
      ? Ipv4
      : F extends { readonly as: 'ipv6' }
        ? Ipv6
        : number
export type Values<T extends Table> = { readonly [Name in keyof T]: ValueOf<T[Name]> }

/** Fewer bytes than the header needs, or than a length inside the packet claims. */
export type TooShort = { readonly kind: 'too-short'; readonly needed: number; readonly have: number }

export type Header<T extends Table> = {
  readonly bytes: number
  /** Reads at `offset`; byte runs are copied, so the packet is not kept. */
  read(packet: Uint8Array, offset?: number): Result<Values<T>, TooShort>
  /** A new array. Asserts that each value fits its field: callers hold the ranges by type. */
  write(values: Values<T>): Uint8Array
}

/** Order of the bytes inside a number: the network's is big; netlink speaks the host's, which is little on all our machines. */
export type ByteOrder = 'big' | 'little'

/** Makes reader and writer; throws when the module loads if the table has a gap, an overlap or no whole bytes. */
export function header<const T extends Table>(table: T, order: ByteOrder = 'big'): Header<T> {
  const bytes = checkTable(table, order)
  const names = Object.keys(table)
  const fields = names.map((name) => codecOf(table[name] as Field, order))
  return {
    bytes,
    read(packet, offset = 0) {
      if (packet.length - offset < bytes) return fail({ kind: 'too-short', needed: bytes, have: Math.max(0, packet.length - offset) })
      const values: Record<string, unknown> = {}
      for (let i = 0; i < names.length; i++) values[names[i] as string] = (fields[i] as FieldCodec).get(packet, offset)
      return ok(values as Values<T>)
    },
    write(values) {
      const into = new Uint8Array(bytes)
      for (let i = 0; i < names.length; i++) {
        const name = names[i] as string
        assert((fields[i] as FieldCodec).put(into, values[name]), `${name} does not fit its field: ${String(values[name])}`)
      }
      return into
    },
  }
}

type FieldCodec = {
  get(packet: Uint8Array, offset: number): unknown
  /** False when the value does not fit. */
  put(into: Uint8Array, value: unknown): boolean
}

const widthOf = { mac: 48, ipv4: 32, ipv6: 128 } as const

function checkTable(table: Table, order: ByteOrder): number {
  const fields = Object.entries(table).sort(([, a], [, b]) => a.at - b.at)
  let next = 0
  for (const [name, field] of fields) {
    assert(field.at === next, `${name} begins at bit ${field.at}, but the field before it ends at bit ${next}`)
    const isRun = field.as !== undefined
    assert(field.bits >= 1 && (isRun || field.bits <= 32), `${name} has ${field.bits} bits`)
    const isWhole = field.at % 8 === 0 && field.bits % 8 === 0
    assert(!isRun || isWhole, `${name} is a run of bytes and does not lie on whole bytes`)
    assert(order === 'big' || isWhole, `${name} does not lie on whole bytes, which little-endian needs`)
    if (field.as !== undefined && field.as !== 'bytes') {
      assert(field.bits === widthOf[field.as], `${name} cannot hold a ${field.as} in ${field.bits} bits`)
    }
    next = field.at + field.bits
  }
  assert(next % 8 === 0, `the header ends at bit ${next}, which is no whole byte`)
  return next / 8
}

function codecOf(field: Field, order: ByteOrder): FieldCodec {
  const start = Math.floor(field.at / 8)
  const length = Math.ceil((field.at + field.bits) / 8) - start
  if (field.as === undefined) return numberCodec(field, start, length, order)
  switch (field.as) {
    case 'bytes':
      return runCodec(
        start,
        length,
        (bytes) => bytes.slice(),
        (value) => value as Uint8Array,
      )
    case 'mac':
      return runCodec(
        start,
        length,
        (bytes) => macFromBytes(bytes),
        (value) => macToBytes(value as Mac),
      )
    case 'ipv4':
      return runCodec(
        start,
        length,
        (bytes) => ipFromBytes(bytes, 'ipv4'),
        (value) => ipToBytes(value as Ipv4),
      )
    case 'ipv6':
      return runCodec(
        start,
        length,
        (bytes) => ipFromBytes(bytes, 'ipv6'),
        (value) => ipToBytes(value as Ipv6),
      )
  }
}

function runCodec(start: number, length: number, read: (bytes: Uint8Array) => unknown, write: (value: unknown) => Uint8Array): FieldCodec {
  return {
    get: (packet, offset) => read(packet.subarray(offset + start, offset + start + length)),
    put(into, value) {
      const bytes = write(value)
      if (bytes.length !== length) return false
      into.set(bytes, start)
      return true
    },
  }
}

/** Up to five bytes can hold one 32-bit field, so the arithmetic is by multiplication: shifts would cut at 32 bits. */
function numberCodec(field: Field, start: number, length: number, order: ByteOrder): FieldCodec {
  const above = 2 ** (8 * length - (field.at - 8 * start) - field.bits)
  const range = 2 ** field.bits
  const at = (i: number): number => (order === 'big' ? start + i : start + length - 1 - i)
  return {
    get(packet, offset) {
      let whole = 0
      for (let i = 0; i < length; i++) whole = whole * 256 + (packet[offset + at(i)] as number)
      return Math.floor(whole / above) % range
    },
    put(into, value) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= range) return false
      let rest = value * above
      for (let i = length - 1; i >= 0; i--) {
        // Neighbouring fields share bytes, and every field starts from zeros: adding is setting.
        into[at(i)] = (into[at(i)] as number) + (rest % 256)
        rest = Math.floor(rest / 256)
      }
      return true
    },
  }
}

/** One array of all parts. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
