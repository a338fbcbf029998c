import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layout } from './layout.ts'

test('fields stand where the C compiler puts them', () => {
  const shape = layout('example', { a: 'uint8_t', b: 'uint32_t', c: ['uint8_t', 3], d: 'void *' }, 24)
  assert.deepEqual(shape.at, { a: 0, b: 4, c: 8, d: 16 })
})

test('a struct that is not as long as the kernel says stops the program', () => {
  assert.throws(() => layout('example2', { a: 'uint16_t', b: 'int64_t' }, 10), /struct example2 has 16 bytes here, the kernel's has 10/)
})

test('a packed struct has no holes', () => {
  assert.deepEqual(layout('epoll_event', { events: 'uint32_t', data: 'uint64_t' }, 12, true).at, { events: 0, data: 4 })
})
