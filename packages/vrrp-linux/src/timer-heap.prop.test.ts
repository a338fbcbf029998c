import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createTimerHeap, type HeapEntry } from './timer-heap.ts'

test('whatever is added and removed, entries come out by instant and, among equals, by order of setting', () => {
  const commands = fc.array(fc.oneof(fc.record({ add: fc.integer({ min: 0, max: 20 }) }), fc.record({ remove: fc.nat(30) })), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(commands, (list) => {
      const heap = createTimerHeap<HeapEntry>()
      let sequence = 0
      const all: HeapEntry[] = []
      let inside: HeapEntry[] = []
      for (const command of list) {
        if ('add' in command) {
          const entry = { at: command.add, sequence: ++sequence, position: -1 }
          heap.add(entry)
          all.push(entry)
          inside.push(entry)
        } else {
          // Also entries that are no longer there.
          const entry = all[command.remove % Math.max(all.length, 1)]
          if (entry === undefined) continue
          heap.remove(entry)
          inside = inside.filter((one) => one !== entry)
        }
        assert.equal(heap.size, inside.length)
      }
      const out: HeapEntry[] = []
      for (let first = heap.first(); first !== undefined; first = heap.first()) {
        heap.remove(first)
        out.push(first)
      }
      assert.deepEqual(
        out,
        inside.toSorted((a, b) => a.at - b.at || a.sequence - b.sequence),
      )
    }),
  )
})
