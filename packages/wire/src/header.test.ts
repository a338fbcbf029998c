import assert from 'node:assert/strict'
import { test } from 'node:test'
import { header } from './header.ts'

test('a table with a gap is refused when the module loads', () => {
  assert.throws(() => header({ a: { at: 0, bits: 4 }, b: { at: 8, bits: 8 } }), /b begins at bit 8, but the field before it ends at bit 4/)
})
test('a table with an overlap is refused when the module loads', () => {
  assert.throws(() => header({ a: { at: 0, bits: 8 }, b: { at: 4, bits: 12 } }), /b begins at bit 4/)
})
test('a table that ends inside a byte is refused when the module loads', () => {
  assert.throws(() => header({ a: { at: 0, bits: 12 } }), /ends at bit 12, which is no whole byte/)
})
test('a MAC field of another width is refused when the module loads', () => {
  assert.throws(() => header({ a: { at: 0, bits: 40, as: 'mac' } }), /cannot hold a mac in 40 bits/)
})
test('little-endian fields have to lie on whole bytes', () => {
  assert.throws(() => header({ a: { at: 0, bits: 4 }, b: { at: 4, bits: 4 } }, 'little'), /whole bytes, which little-endian needs/)
})
test('a value that does not fit its field is our own mistake', () => {
  const table = header({ a: { at: 0, bits: 4 }, b: { at: 4, bits: 12 } })
  assert.throws(() => table.write({ a: 16, b: 0 }), /a does not fit its field: 16/)
  assert.throws(() => table.write({ a: 0, b: 1.5 }), /b does not fit its field: 1.5/)
})
test('no field is read before its length is known', () => {
  const table = header({ a: { at: 0, bits: 32 } })
  assert.deepEqual(table.read(new Uint8Array(5), 2), { ok: false, fault: { kind: 'too-short', needed: 4, have: 3 } })
  assert.deepEqual(table.read(new Uint8Array(1), 2), { ok: false, fault: { kind: 'too-short', needed: 4, have: 0 } })
})
test('bits of one byte are shared by fields in the order of the figure', () => {
  const table = header({ high: { at: 0, bits: 3 }, middle: { at: 3, bits: 10 }, low: { at: 13, bits: 3 } })
  assert.deepEqual([...table.write({ high: 5, middle: 0x2aa, low: 3 })], [0b10110101, 0b01010011])
})
test('little-endian numbers have their lowest byte first', () => {
  const table = header({ a: { at: 0, bits: 32 }, b: { at: 32, bits: 16 } }, 'little')
  assert.deepEqual([...table.write({ a: 0xdeadbeef, b: 0x1234 })], [0xef, 0xbe, 0xad, 0xde, 0x34, 0x12])
})
