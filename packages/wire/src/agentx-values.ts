// Reads and writes the parts of AgentX's messages: words, object identifiers, octet strings, variables (RFC 2741 §5).
import { type AgentxValue, agentxValueType, type VarBind } from './agentx-pdu.ts'
import type { Oid } from './oid.ts'

/** A part that is not as the format says. */
export class AgentxShort extends Error {}

const subIdentifiersMax = 128
const internet: Oid = [1, 3, 6, 1]
const padded = (length: number): number => (length + 3) & ~3
const valueKinds = new Map(Object.entries(agentxValueType).map(([kind, type]) => [type as number, kind as AgentxValue['kind']]))

/** In network byte order. */
export class AgentxWriter {
  #buffer = new Uint8Array(256)
  #view = new DataView(this.#buffer.buffer)
  #used = 0

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#used)
  }

  word8(a: number, b: number, c: number, d: number): void {
    this.#make(4)
    this.#buffer.set([a, b, c, d], this.#used - 4)
  }

  word16(a: number, b: number): void {
    this.#make(4)
    this.#view.setUint16(this.#used - 4, a)
    this.#view.setUint16(this.#used - 2, b)
  }

  word32(value: number): void {
    this.#make(4)
    this.#view.setUint32(this.#used - 4, value)
  }

  oid(oid: Oid, isIncluded = false): void {
    this.word8(oid.length, 0, isIncluded ? 1 : 0, 0)
    for (const part of oid) this.word32(part)
  }

  octets(bytes: Uint8Array): void {
    this.word32(bytes.length)
    this.#make(padded(bytes.length))
    this.#buffer.set(bytes, this.#used - padded(bytes.length))
  }

  bind(name: Oid, value: AgentxValue): void {
    this.word16(agentxValueType[value.kind], 0)
    this.oid(name)
    switch (value.kind) {
      case 'integer':
        this.word32(value.value >>> 0)
        break
      case 'counter32':
      case 'gauge32':
      case 'ticks':
        this.word32(value.value)
        break
      case 'counter64':
        this.#make(8)
        this.#view.setBigUint64(this.#used - 8, value.value)
        break
      case 'octets':
      case 'opaque':
      case 'ip-address':
        this.octets(value.bytes)
        break
      case 'oid':
        this.oid(value.oid)
        break
      case 'null':
      case 'no-such-object':
      case 'no-such-instance':
      case 'end-of-view':
        break
    }
  }

  /** So many more bytes, zero. */
  #make(count: number): void {
    this.#used += count
    if (this.#used <= this.#buffer.length) return
    const larger = new Uint8Array(2 * this.#used)
    larger.set(this.#buffer)
    this.#buffer = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** Every method throws `AgentxShort`, and nothing else. */
export class AgentxReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #isLittle: boolean
  #at = 0

  constructor(bytes: Uint8Array, isLittle: boolean) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#isLittle = isLittle
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  word8(): readonly [number, number, number, number] {
    const [a = 0, b = 0, c = 0, d = 0] = this.#bytes.subarray(this.#take(4), this.#at)
    return [a, b, c, d]
  }

  word16(): readonly [number, number] {
    const at = this.#take(4)
    return [this.#view.getUint16(at, this.#isLittle), this.#view.getUint16(at + 2, this.#isLittle)]
  }

  word32(): number {
    return this.#view.getUint32(this.#take(4), this.#isLittle)
  }

  oid(): { readonly oid: Oid; readonly isIncluded: boolean } {
    const [count, prefix, include] = this.word8()
    if (count > subIdentifiersMax) throw new AgentxShort(`an object identifier of ${count} parts`)
    const parts = Array.from({ length: count }, () => this.word32())
    return { oid: prefix === 0 ? parts : [...internet, prefix, ...parts], isIncluded: include !== 0 }
  }

  octets(): Uint8Array {
    const length = this.word32()
    if (length > this.left) throw new AgentxShort(`${length} octets where ${this.left} are left`)
    const at = this.#take(padded(length))
    // A copy also of a Buffer, whose own slice() is a view.
    return new Uint8Array(this.#bytes.subarray(at, at + length))
  }

  bind(): VarBind {
    const [type] = this.word16()
    const kind = valueKinds.get(type)
    if (kind === undefined) throw new AgentxShort(`a value of type ${type}`)
    return { name: this.oid().oid, value: this.#value(kind) }
  }

  #value(kind: AgentxValue['kind']): AgentxValue {
    switch (kind) {
      case 'integer':
        return { kind, value: this.word32() | 0 }
      case 'counter32':
      case 'gauge32':
      case 'ticks':
        return { kind, value: this.word32() }
      case 'counter64':
        return { kind, value: this.#view.getBigUint64(this.#take(8), this.#isLittle) }
      case 'octets':
      case 'opaque':
        return { kind, bytes: this.octets() }
      case 'ip-address': {
        const bytes = this.octets()
        if (bytes.length !== 4) throw new AgentxShort(`an IP address of ${bytes.length} bytes`)
        return { kind, bytes }
      }
      case 'oid':
        return { kind, oid: this.oid().oid }
      case 'null':
      case 'no-such-object':
      case 'no-such-instance':
      case 'end-of-view':
        return { kind }
    }
  }

  #take(count: number): number {
    if (count > this.left) throw new AgentxShort(`${count} bytes where ${this.left} are left`)
    const at = this.#at
    this.#at += count
    return at
  }
}
