import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ipv4 } from '@havip/base'
import { judgeOwner, readDuration, readHeard } from './owners.ts'

const address = '192.168.0.88' as Ipv4
const heard = (link: string, ageMs: number) => ({ address, link, ageMs })
const allUp = () => true

describe('the owner', () => {
  test('is nobody as long as nobody announced the address', () => {
    assert.equal(judgeOwner(address, { last: [], since: [] }, allUp), undefined)
  })

  test('is who announced last', () => {
    const owner = judgeOwner(address, { last: [heard('p1', 500), heard('p2', 100)], since: [heard('p2', 300)] }, allUp)
    assert.deepEqual(owner, { link: 'p2', sinceMs: 300, lastSeenMs: 100 })
  })

  test('cannot have been it since before another was heard', () => {
    const owner = judgeOwner(address, { last: [heard('p1', 500), heard('p2', 100)], since: [heard('p2', 9000)] }, allUp)
    assert.equal(owner?.sinceMs, 500)
  })

  test('is nobody when the port of the last announcement is off, even if an earlier owner is known', () => {
    const owner = judgeOwner(address, { last: [heard('p1', 500), heard('p2', 100)], since: [] }, (link) => link !== 'p2')
    assert.deepEqual(owner, { link: undefined, sinceMs: 100, lastSeenMs: 100 })
  })
})

describe("the kernel's remaining times", () => {
  test('are read to the millisecond', () => {
    assert.equal(readDuration('1d2h3m4s5ms'), 93_784_005)
  })

  test('tell ages', () => {
    const text =
      'elements = { 192.168.0.88 . "p1" expires 3649d23h59m59s860ms,\n 192.168.0.89 . "p2" timeout 3650d expires 3649d23h59m58s }'
    assert.deepEqual(readHeard(text), [
      { address: '192.168.0.88', link: 'p1', ageMs: 140 },
      { address: '192.168.0.89', link: 'p2', ageMs: 2000 },
    ])
  })
})
