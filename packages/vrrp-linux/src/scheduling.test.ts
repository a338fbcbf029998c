import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitsOf, processorsOf, RLIMIT } from '@havip/linux'
import { bindToProcessors, limitRealTime, lockProgramText, textMappings } from './scheduling.ts'

test('only executable mappings of files count as text', () => {
  const maps = `55d000000000-55d000001000 r--p 00000000 fe:00 131 /usr/bin/node
55d000001000-55d000004000 r-xp 00001000 fe:00 131                        /usr/bin/node
7f0000000000-7f0000010000 r-xp 00000000 00:00 0
7f0000010000-7f0000020000 rw-p 00000000 00:00 0                          [heap]
7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0                          [vdso]
`
  assert.deepEqual(textMappings(maps), [{ start: 0x55d000001000n, length: 0x3000 }])
})

test('the program`s text is locked, or the refusal says which call', () => {
  const locked = lockProgramText()
  if (locked.ok) assert.ok(locked.value > 1_000_000)
  else assert.equal(locked.fault.call, 'mlock2')
})

test('the main thread runs where it is told; a processor that is not there is refused', () => {
  const before = processorsOf(0)
  const [first] = before as [number]
  assert.ok(bindToProcessors([first]).ok)
  assert.deepEqual(processorsOf(0), [first])
  assert.ok(bindToProcessors(before).ok)
  const refused = bindToProcessors([1023])
  assert.ok(!refused.ok)
  assert.deepEqual([refused.fault.call, refused.fault.errno], ['sched_setaffinity', 'EINVAL'])
})

test('the real-time limit warns and never kills', () => {
  const { hard } = limitsOf(RLIMIT.RTTIME)
  const set = limitRealTime(50_000)
  assert.ok(set.ok)
  assert.equal(limitsOf(RLIMIT.RTTIME).hard, hard)
  assert.equal(limitsOf(RLIMIT.RTTIME).soft, hard < 50_000n ? hard : 50_000n)
})
