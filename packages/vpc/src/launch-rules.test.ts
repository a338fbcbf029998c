// Names of instances that are made together, and what a system disk may be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideSystemDisk, hostNamesOf, nameAt, type SystemDiskWish } from './index.ts'

test('instances that are made together are numbered by their name, or by a suffix, never by both', () => {
  assert.deepEqual(
    [0, 1].map((index) => nameAt('web-[7,3]-x', index)),
    ['web-007-x', 'web-008-x'],
  )
  assert.deepEqual([nameAt('web', 1), nameAt('web', 1, true), nameAt('web-[1,2]', 1, true)], ['web', 'web002', 'web-02'])
  // With text behind its number a name takes the suffix, too.
  assert.equal(nameAt('web-[1,2]-x', 1, true), 'web-02-x002')
})

test('host names are given in order; those left over get none of their own', () => {
  const names = (wish: Parameters<typeof hostNamesOf>[0], amount: number) => {
    const result = hostNamesOf(wish, amount)
    return result.ok ? result.value : result.fault.code
  }
  assert.deepEqual(names({ hostNames: ['one', 'two'] }, 3), ['one', 'two', ''])
  assert.deepEqual(names({ hostName: 'web-[1,2]' }, 2), ['web-01', 'web-02'])
  assert.deepEqual(names({ hostName: 'web', uniqueSuffix: true }, 2), ['web001', 'web002'])
  assert.deepEqual(names({}, 2), ['', ''])
  assert.equal(names({ hostName: 'web', hostNames: ['one'] }, 1), 'InvalidParameter.Conflict')
  assert.equal(names({ hostNames: ['one', 'two'] }, 1), 'InvalidParameter')
  assert.equal(names({ hostNames: ['one', 'no name'] }, 2), 'InvalidHostName.Malformed')
  // The suffix makes it too long.
  assert.equal(names({ hostName: 'a'.repeat(63), uniqueSuffix: true }, 1), 'InvalidHostName.Malformed')
})

test('a system disk is what was asked for, within the sizes of its kind and not below its image', () => {
  const disk = (wish: SystemDiskWish, sizeGb = 20) => {
    const result = decideSystemDisk(wish, { sizeGb })
    return result.ok ? [result.value.category, result.value.sizeGb, result.value.performanceLevel] : result.fault.code
  }
  assert.deepEqual(disk({}), ['cloud_essd', 40, 'PL0'])
  assert.deepEqual(disk({}, 100), ['cloud_essd', 100, 'PL0'])
  assert.deepEqual(disk({ category: 'cloud_essd' }), ['cloud_essd', 40, 'PL1'])
  assert.deepEqual(disk({ category: 'cloud_ssd', performanceLevel: 'PL2', sizeGb: 2048 }), ['cloud_ssd', 2048, undefined])
  assert.deepEqual(disk({ performanceLevel: 'PL2', sizeGb: 461 }), ['cloud_essd', 461, 'PL2'])
  for (const wish of [
    { performanceLevel: 'PL2', sizeGb: 460 },
    { category: 'cloud', sizeGb: 501 },
    { category: 'cloud_efficiency', sizeGb: 19 },
    { sizeGb: 2049 },
  ] as const) {
    assert.equal(disk(wish, 1), 'InvalidSystemDiskSize.ValueNotSupported', JSON.stringify(wish))
  }
  assert.equal(disk({ sizeGb: 19 }), 'InvalidSystemDiskSize.LessThanImageSize')
  assert.equal(disk({ name: 'x' }), 'InvalidDiskName.Malformed')
  assert.equal(disk({ description: 'http://x' }), 'InvalidDiskDescription.Malformed')
})
