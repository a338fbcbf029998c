import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Field, header } from './header.ts'

/** Any table of number fields on whole bytes in sum, with values that fit. */
const tables = fc.array(fc.integer({ min: 1, max: 32 }), { minLength: 1, maxLength: 12 }).chain((widths) => {
  const total = widths.reduce((sum, width) => sum + width, 0)
  const padded = total % 8 === 0 ? widths : [...widths, 8 - (total % 8)]
  const table: Record<string, Field> = {}
  let at = 0
  for (const [i, bits] of padded.entries()) {
    table[`field${i}`] = { at, bits }
    at += bits
  }
  return fc.tuple(...padded.map((bits) => fc.integer({ min: 0, max: 2 ** bits - 1 }))).map((values) => ({ table, values }))
})

test('reading undoes writing, whatever the table', () => {
  fc.assert(
    fc.property(tables, fc.integer({ min: 0, max: 3 }), ({ table, values }, offset) => {
      const codec = header(table)
      const given = Object.fromEntries(values.map((value, i) => [`field${i}`, value]))
      const bytes = codec.write(given)
      const shifted = new Uint8Array(offset + bytes.length + 1)
      shifted.set(bytes, offset)
      assert.deepEqual(codec.read(shifted, offset), { ok: true, value: given })
    }),
  )
})
