// Extended BPF: programs that the kernel runs for each packet of a socket, and the memory they share with us. What needs no memory
// is a classic filter (packet-filter.ts), which every kernel takes from everybody.
import { assert } from '@havip/base'
import { isArm64, viewOf } from './layout.ts'
import { addressOf, bindPointerFunction, bindPrototypes, bytes, check, errno, lastErrno, memoryAt, SyscallError } from './library.ts'
import { closeDescriptor, setOption } from './sockets.ts'

const libc = bindPrototypes({
  // The C library has no name for this one.
  syscall: 'int64_t syscall(int64_t number, int command, void *attributes, uint32_t size)',
})
const map = bindPointerFunction('void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)')

const bpfCall = isArm64 ? 280 : 321
const command = { MAP_CREATE: 0, PROG_LOAD: 5 } as const
const arrayMap = 2
/** BPF_F_MMAPABLE, Linux 5.5. */
const mappable = 1 << 10
const socketFilter = 1
const PROT_READ_WRITE = 3
const MAP_SHARED = 1
const pageBytes = 4096
/** BPF_OBJ_NAME_LEN, its NUL included. */
const nameBytes = 16

export type Register = 'r0' | 'r1' | 'r2' | 'r3' | 'r4' | 'r5' | 'r6' | 'r7' | 'r8' | 'r9' | 'r10'
export type Size = 1 | 2 | 4 | 8
type Comparison = 'equal' | 'unequal' | 'above' | 'at-least' | 'below' | 'at-most' | 'signed-below'

/** Bits of an opcode; the operand is a constant without `fromRegister`. */
const fromRegister = 0x08
const sizeBits: Readonly<Record<Size, number>> = { 4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18 }
const arithmetic = { add: 0x07, subtract: 0x17, and: 0x57, 'shift-left': 0x67, move: 0xb7 } as const
const comparison: Readonly<Record<Comparison, number>> = {
  equal: 0x15,
  above: 0x25,
  'at-least': 0x35,
  unequal: 0x55,
  below: 0xa5,
  'at-most': 0xb5,
  'signed-below': 0xc5,
}
/** BPF_ADD | BPF_FETCH, Linux 5.12: without the second it would order nothing on arm64. */
const addAndFetch = 0x01
/** Helpers of linux/bpf.h by their numbers. */
export const helper = { mapLookUp: 1, monotonicNanoseconds: 5, loadPacketBytes: 26 } as const
const instructionBytes = 8

/** Writes one program, an instruction a call, in order. Labels may only be jumped to from before. */
export class BpfAssembler {
  readonly #code: { operation: number; to: number; from: number; offset: number; value: number; label: string | undefined }[] = []
  readonly #labels = new Map<string, number>()

  #emit(operation: number, to: number, from: number, offset: number, value: number, label?: string): this {
    this.#code.push({ operation, to, from, offset, value, label })
    return this
  }

  do(what: keyof typeof arithmetic, to: Register, operand: Register | number): this {
    const isConstant = typeof operand === 'number'
    return this.#emit(
      arithmetic[what] | (isConstant ? 0 : fromRegister),
      numberOf(to),
      isConstant ? 0 : numberOf(operand),
      0,
      isConstant ? operand : 0,
    )
  }

  load(size: Size, to: Register, base: Register, offset: number): this {
    return this.#emit(0x61 | sizeBits[size], numberOf(to), numberOf(base), offset, 0)
  }

  store(size: Size, base: Register, offset: number, what: Register | number): this {
    if (typeof what === 'number') return this.#emit(0x62 | sizeBits[size], numberOf(base), 0, offset, what)
    return this.#emit(0x63 | sizeBits[size], numberOf(base), numberOf(what), offset, 0)
  }

  /** In one step that others see whole and in order; `amount` holds the value before afterwards. */
  addTo(size: 4 | 8, base: Register, offset: number, amount: Register): this {
    return this.#emit(0xc3 | sizeBits[size], numberOf(base), numberOf(amount), offset, addAndFetch)
  }

  jumpIf(left: Register, how: Comparison, right: Register | number, label: string): this {
    const isConstant = typeof right === 'number'
    return this.#emit(
      comparison[how] | (isConstant ? 0 : fromRegister),
      numberOf(left),
      isConstant ? 0 : numberOf(right),
      0,
      isConstant ? right : 0,
      label,
    )
  }

  jump(label: string): this {
    return this.#emit(0x05, 0, 0, 0, 0, label)
  }

  label(name: string): this {
    this.#labels.set(name, this.#code.length)
    return this
  }

  /** Arguments in r1 to r5, which are lost; the result in r0. */
  call(which: number): this {
    return this.#emit(0x85, 0, 0, 0, which)
  }

  /** The address of a map, for helpers. */
  loadMap(to: Register, fd: number): this {
    const pseudoMapFd = 1
    this.#emit(0x18, numberOf(to), pseudoMapFd, 0, fd)
    return this.#emit(0, 0, 0, 0, 0)
  }

  /** With r0 as the result. */
  exit(): this {
    return this.#emit(0x95, 0, 0, 0, 0)
  }

  assemble(): Uint8Array {
    const program = bytes(this.#code.length * instructionBytes)
    const view = viewOf(program)
    for (const [i, { operation, to, from, offset, value, label }] of this.#code.entries()) {
      const at = i * instructionBytes
      view.setUint8(at, operation)
      view.setUint8(at + 1, to | (from << 4))
      view.setInt16(at + 2, label === undefined ? offset : this.#distanceTo(label, i), true)
      view.setInt32(at + 4, value, true)
    }
    return program
  }

  #distanceTo(label: string, from: number): number {
    const target = this.#labels.get(label)
    assert(target !== undefined && target > from, `BPF program jumps back or nowhere: ${label}`)
    return target - from - 1
  }
}

const numberOf = (register: Register): number => Number(register.slice(1))

/** An array of `count` values of `valueBytes` (a multiple of 8) that programs look up by index and that we read and write as memory. */
export type SharedArray = {
  readonly fd: number
  /** All values, one after the other. It stays mapped for as long as the process lives: nothing may be left pointing nowhere. */
  readonly memory: ArrayBuffer
}

/** Throws SyscallError: EPERM without CAP_BPF, EINVAL before Linux 5.5. */
export function createSharedArray(name: string, valueBytes: number, count: number): SharedArray {
  const attributes = bytes(28 + nameBytes)
  const view = viewOf(attributes)
  for (const [i, value] of [arrayMap, 4, valueBytes, count, mappable].entries()) view.setUint32(4 * i, value, true)
  writeName(attributes, 28, name)
  const fd = check(libc.syscall(bpfCall, command.MAP_CREATE, attributes, attributes.length), 'bpf', `BPF_MAP_CREATE ${name}`)
  const length = Math.ceil((valueBytes * count) / pageBytes) * pageBytes
  const address = map(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0)
  if (address === null || BigInt.asIntN(64, BigInt(address)) === -1n) {
    const error = lastErrno()
    closeDescriptor(fd)
    throw new SyscallError('mmap', error, `BPF array ${name}`)
  }
  return { fd, memory: memoryAt(address, valueBytes * count) }
}

const license = new TextEncoder().encode('Apache-2.0\0')
const verifierLogBytes = 1 << 16
/** The verifier stops with EAGAIN whenever a signal comes for the process; the next attempt is as good as the first. */
const attemptsMax = 10

/**
 * Gives the kernel a program for sockets' packets; its descriptor. Throws SyscallError: EPERM without CAP_BPF; what the kernel's
 * verifier has to say when it finds the program unsafe or has no such instruction.
 */
export function loadSocketProgram(name: string, program: Uint8Array): number {
  const licenseText = bytes(license.length)
  licenseText.set(license)
  const load = (log: Uint8Array | undefined): number => {
    const attributes = bytes(48 + nameBytes)
    const view = viewOf(attributes)
    view.setUint32(0, socketFilter, true)
    view.setUint32(4, program.length / instructionBytes, true)
    view.setBigUint64(8, addressOf(program), true)
    view.setBigUint64(16, addressOf(licenseText), true)
    if (log !== undefined) {
      view.setUint32(24, 1, true)
      view.setUint32(28, log.length, true)
      view.setBigUint64(32, addressOf(log), true)
    }
    writeName(attributes, 48, name)
    return libc.syscall(bpfCall, command.PROG_LOAD, attributes, attributes.length)
  }
  let fd = -1
  let error: number = errno.EAGAIN
  for (let attempt = 0; attempt < attemptsMax && error === errno.EAGAIN; attempt++) {
    fd = load(undefined)
    if (fd >= 0) return fd
    error = lastErrno()
  }
  const log = bytes(verifierLogBytes)
  fd = load(log)
  if (fd >= 0) return fd
  const said = new TextDecoder().decode(log.subarray(0, Math.max(0, log.indexOf(0))))
  throw new SyscallError('bpf', error, [`BPF_PROG_LOAD ${name}`, ...said.trim().split('\n').slice(-3)].filter(Boolean).join(': '))
}

/** Replaces the socket's filter, classic or not, in one step; the program's descriptor may be closed then. Throws SyscallError. */
export const attachSocketProgram = (fd: number, program: number): void => setOption(fd, 'SO_ATTACH_BPF', program)

function writeName(attributes: Uint8Array, at: number, name: string): void {
  assert(/^[\w.]{1,15}$/.test(name), `a BPF object may not be called ${name}`)
  attributes.set(new TextEncoder().encode(name), at)
}
