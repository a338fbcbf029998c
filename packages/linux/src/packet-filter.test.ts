import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipv4FromNumber, type Mac } from '@havip/base'
import { viewOf } from './layout.ts'
import { assembleFilter, type Instruction, payloadFilter } from './packet-filter.ts'

const wordsOf = (program: readonly Instruction[]): number[][] => {
  const view = viewOf(assembleFilter(program))
  return Array.from({ length: view.byteLength / 8 }, (_, i) => [
    view.getUint16(8 * i, true),
    view.getUint8(8 * i + 2),
    view.getUint8(8 * i + 3),
    view.getUint32(8 * i + 4, true),
  ])
}

test('a condition falls through when it holds and takes the long jump when it does not', () => {
  const words = wordsOf([
    { op: 'load-byte', at: 9 },
    { op: 'unless-equal', value: 112, goto: 'no' },
    { op: 'accept' },
    { op: 'label', name: 'no' },
    { op: 'drop' },
  ])
  assert.deepEqual(words, [
    [0x30, 0, 0, 9],
    [0x15, 1, 0, 112],
    [0x05, 0, 0, 1],
    [0x06, 0, 0, 0xffffffff],
    [0x06, 0, 0, 0],
  ])
})

test('a jump back or to nowhere is our own mistake', () => {
  assert.throws(
    () =>
      assembleFilter([
        { op: 'label', name: 'a' },
        { op: 'goto', label: 'a' },
      ]),
    /jumps back/,
  )
  assert.throws(() => assembleFilter([{ op: 'goto', label: 'b' }]), /jumps back or nowhere/)
})

test('all VRIDs and three hundred sources fit into what the kernel takes', () => {
  const sources = Array.from({ length: 300 }, (_, i) => ipv4FromNumber(0x0a000000 + i))
  const program = payloadFilter({
    family: 'ipv4',
    lengthMin: 8,
    byte: { at: 1, values: Array.from({ length: 255 }, (_, i) => i + 1) },
    sources,
  })
  assert.ok(wordsOf(program).length <= 4096)
})

test('the sender`s MAC is compared from the link-layer header on, before anything else is accepted', () => {
  const words = wordsOf(payloadFilter({ family: 'ipv6', lengthMin: 8, ethernetSource: '00:00:5e:00:02:33' as Mac }))
  const load = words.findIndex(([code, , , operand]) => code === 0x20 && operand === 0xffe00006)
  assert.deepEqual(words[load + 1], [0x15, 1, 0, 0x00005e00])
  assert.deepEqual(words[load + 3], [0x28, 0, 0, 0xffe0000a])
  assert.deepEqual(words[load + 4], [0x15, 1, 0, 0x0233])
  const accepts = words.flatMap(([code, , , operand], i) => (code === 0x06 && operand !== 0 ? [i] : []))
  assert.ok(accepts.length > 0 && accepts.every((at) => at > load + 4))
})
