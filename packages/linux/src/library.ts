// The C library, and the only way into it. Prototypes live in one table per kernel area; this file turns such a table
// into functions and failures into SyscallError.
import koffi from 'koffi'

/** `null` is the process itself: whichever C library Node was linked with, glibc or musl. */
const library = koffi.load(null)

/** A pointer argument: bytes that the call reads or writes in place, an address, or nothing. */
export type Pointer = Uint8Array | bigint | null

/** The call of a C function with numbers in and a number out; pointers as in `Pointer`. */
type NativeFunction = (...args: (number | Pointer | string)[]) => number

/**
 * Binds a table of prototypes. Each is written as in C; the name is the key.
 *
 * Values of 64 bits come back as numbers, which is exact for all that we call (sizes and descriptors).
 */
export function bindPrototypes<Names extends string>(prototypes: Readonly<Record<Names, string>>): Readonly<Record<Names, NativeFunction>> {
  const bound = {} as Record<Names, NativeFunction>
  for (const [name, prototype] of Object.entries(prototypes) as [Names, string][]) bound[name] = library.func(prototype) as NativeFunction
  return bound
}

/** Binds one function whose result is a pointer (0n when null). */
export function bindPointerFunction(prototype: string): (...args: (number | Pointer | string)[]) => bigint | null {
  return library.func(prototype) as (...args: (number | Pointer | string)[]) => bigint | null
}

/** errno of the call on the line before; anything in between may change it. */
export const lastErrno = (): number => koffi.errno()
export const setErrno = (value: number): void => {
  koffi.errno(value)
}

/**
 * Where the bytes are, for structs that hold pointers. The array must stand on an ArrayBuffer of its own (`bytes()`),
 * since only those never move, and must be kept referenced for as long as the kernel may use the address.
 */
export const addressOf = (array: Uint8Array): bigint => BigInt(koffi.address(array) as bigint)

/** A zeroed array that the collector never moves. */
export const bytes = (length: number): Uint8Array => new Uint8Array(new ArrayBuffer(Math.max(length, 1)), 0, length)

/** Text up to the first NUL at an address that a C function gave. */
export const textAt = (address: bigint): string => koffi.decode.string(address)
/** A copy of `length` bytes at an address that a C function gave. */
export const bytesAt = (address: bigint, length: number): Uint8Array => new Uint8Array(koffi.view(address, length).slice(0))
/** Memory that somebody else writes to as well, and that stays where it is for as long as the process lives. */
export const memoryAt = (address: bigint, length: number): ArrayBuffer => koffi.view(address, length)

const strerror = library.func('const char *strerror(int error)') as (error: number) => string

const errnoNames = new Map<number, string>()
// Several names can share a number; the first of these is what people know it by.
for (const name of ['EAGAIN', 'EOPNOTSUPP', 'EDEADLK', ...Object.keys(koffi.os.errno)]) {
  const value = koffi.os.errno[name]
  if (value !== undefined && !errnoNames.has(value)) errnoNames.set(value, name)
}

/** `EADDRNOTAVAIL` for 99; a number that has no name comes as `errno 4095`. */
export const errnoName = (value: number): string => errnoNames.get(value) ?? `errno ${value}`
/** The system's own sentence for it. */
export const errnoText = (value: number): string => strerror(value)

/** The kernel said no. Thrown at the edge; whoever can go on catches it and turns it into a value. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError'
  readonly call: string
  /** The symbol, `EADDRNOTAVAIL`. */
  readonly errno: string
  /** What was attempted on what, and the system's sentence. */
  readonly detail: string

  constructor(call: string, error: number, about = '') {
    const detail = about === '' ? errnoText(error) : `${about}: ${errnoText(error)}`
    super(`${call}: ${errnoName(error)} (${detail})`)
    this.call = call
    this.errno = errnoName(error)
    this.detail = detail
  }
}

/** Passes a result on, or throws what errno says when it is −1. Call it in the same expression as the function. */
export function check(result: number, call: string, about?: string): number {
  if (result >= 0) return result
  throw new SyscallError(call, lastErrno(), about)
}

/** The result, or the negated errno: for hot paths where a refusal is an ordinary outcome. */
export const resultOrErrno = (result: number): number => (result >= 0 ? result : -lastErrno())

export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  ENODEV: 19,
  EINVAL: 22,
  EEXIST: 17,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENOBUFS: 105,
} as const
