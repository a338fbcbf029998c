import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BpfAssembler, createSharedArray, helper, loadSocketProgram } from './bpf.ts'
import { viewOf } from './layout.ts'
import { SyscallError } from './library.ts'
import { closeDescriptor } from './sockets.ts'

const linesOf = (program: Uint8Array): number[][] => {
  const view = viewOf(program)
  return Array.from({ length: program.length / 8 }, (_, i) => [
    view.getUint8(8 * i),
    view.getUint8(8 * i + 1),
    view.getInt16(8 * i + 2, true),
    view.getInt32(8 * i + 4, true),
  ])
}

/** Why there is no BPF here; false when there is. */
const without = ((): string | false => {
  try {
    closeDescriptor(loadSocketProgram('havip_test', new BpfAssembler().do('move', 'r0', 0).exit().assemble()))
    return false
  } catch (error) {
    if (error instanceof SyscallError) return `needs the right to load BPF programs: ${error.message}`
    throw error
  }
})()

test('instructions are laid out as linux/bpf.h has them', () => {
  const program = new BpfAssembler()
    .do('move', 'r6', 'r1')
    .load(2, 'r2', 'r6', 4)
    .jumpIf('r2', 'equal', 7, 'out')
    .store(8, 'r10', -8, 0)
    .addTo(4, 'r10', -8, 'r2')
    .call(helper.monotonicNanoseconds)
    .label('out')
    .exit()
    .assemble()
  assert.deepEqual(linesOf(program), [
    [0xbf, 0x16, 0, 0],
    [0x69, 0x62, 4, 0],
    [0x15, 0x02, 3, 7],
    [0x7a, 0x0a, -8, 0],
    [0xc3, 0x2a, -8, 1],
    [0x85, 0x00, 0, 5],
    [0x95, 0x00, 0, 0],
  ])
})

test('a jump back or to nowhere is our own mistake', () => {
  assert.throws(() => new BpfAssembler().label('a').jump('a').assemble(), /jumps back/)
  assert.throws(() => new BpfAssembler().jumpIf('r0', 'above', 'r1', 'b').assemble(), /nowhere: b/)
})

test('what the verifier finds unsafe is refused with its words', { skip: without }, () => {
  const unsafe = new BpfAssembler().do('move', 'r0', 'r7').exit().assemble()
  assert.throws(
    () => loadSocketProgram('havip_test', unsafe),
    (error) => error instanceof SyscallError && error.errno === 'EACCES' && /R7 !read_ok/.test(error.message),
  )
})

test('an array is memory of ours, zero at first', { skip: without }, () => {
  const array = createSharedArray('havip_test', 24, 300)
  assert.equal(array.memory.byteLength, 24 * 300)
  const words = new Uint32Array(array.memory)
  assert.ok(words.every((word) => word === 0))
  words[1799] = 7
  assert.equal(words[1799], 7)
  closeDescriptor(array.fd)
})
