// Kernel structs as tables. The C compiler's rules give the offsets; the size that the kernel's headers give is asserted
// when the module loads, so a wrong table stops the program before it can send rubbish to the kernel.
import { assert } from '@havip/base'
import koffi from 'koffi'

/** The field types in use; all our machines are little-endian with 64-bit pointers. */
export type FieldType =
  | 'uint8_t'
  | 'uint16_t'
  | 'int'
  | 'uint32_t'
  | 'int64_t'
  | 'uint64_t'
  | 'size_t'
  | 'void *'
  | readonly ['uint8_t', number]

export type Layout<Names extends string> = {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Offset of each field. */
  readonly at: Readonly<Record<Names, number>>
}

/** Sizes by architecture where they differ; x86-64 packs some structs that others align. */
export type SizeByArchitecture = number | { readonly x64: number; readonly arm64: number }

export const isArm64 = process.arch === 'arm64'

/**
 * Describes one struct.
 *
 * @param size what the kernel's headers make of it.
 * @param packed without padding on this architecture.
 */
export function layout<const Names extends string>(
  name: string,
  fields: Readonly<Record<Names, FieldType>>,
  size: SizeByArchitecture,
  packed = false,
): Layout<Names> {
  const members: Record<string, ReturnType<typeof koffi.type>> = {}
  for (const [field, type] of Object.entries(fields) as [Names, FieldType][]) {
    members[field] = typeof type === 'string' ? koffi.type(type) : koffi.array(type[0], type[1])
  }
  const type = packed ? koffi.pack(members) : koffi.struct(members)
  const expected = typeof size === 'number' ? size : isArm64 ? size.arm64 : size.x64
  assert(type.size === expected, `struct ${name} has ${type.size} bytes here, the kernel's has ${expected}`)
  const at = {} as Record<Names, number>
  for (const field of Object.keys(fields) as Names[]) at[field] = koffi.offsetof(type, field)
  return { name, size: expected, at }
}

/** A view for reading and writing fields of a struct that begins at the array's first byte. */
export const viewOf = (array: Uint8Array): DataView => new DataView(array.buffer, array.byteOffset, array.byteLength)
