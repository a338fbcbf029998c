import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Announcers } from './conflicts.ts'

const address = '192.168.0.88'

test('a takeover is news and no conflict, and so is a return later on', () => {
  const book = new Announcers()
  assert.deepEqual(book.hear(address, 'a', 0), { isNews: true, isConflict: false })
  assert.deepEqual(book.hear(address, 'a', 100), { isNews: false, isConflict: false })
  assert.deepEqual(book.hear(address, 'b', 200), { isNews: true, isConflict: false })
  assert.deepEqual(book.hear(address, 'b', 300), { isNews: false, isConflict: false })
  assert.deepEqual(book.hear(address, 'a', 3_101), { isNews: true, isConflict: false })
  assert.equal(book.conflicts(address), 0)
})
test('one that is heard again right after another took over is in conflict with it, each time', () => {
  const book = new Announcers()
  book.hear(address, 'a', 0)
  book.hear(address, 'b', 10)
  assert.deepEqual(book.hear(address, 'a', 20), { isNews: true, isConflict: true })
  assert.deepEqual(book.hear(address, 'b', 30), { isNews: true, isConflict: true })
  assert.equal(book.conflicts(address), 2)
  assert.equal(book.conflicts('192.168.0.89'), 0)
})
test('after a port was cut off its next announcement is news, and the count stays', () => {
  const book = new Announcers()
  for (const mac of ['a', 'b', 'a']) book.hear(address, mac, 0)
  book.forget()
  assert.deepEqual(book.hear(address, 'a', 1), { isNews: true, isConflict: false })
  assert.equal(book.conflicts(address), 1)
})
