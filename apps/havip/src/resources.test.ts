import assert from 'node:assert/strict'
import { test } from 'node:test'
import { productOf, readParameters } from './resources.ts'
import { formatTable } from './table.ts'
import { UsageError } from './usage-error.ts'

test('parameters of an action are read as the API spells them, with dots and with =', () => {
  assert.deepEqual(readParameters(['--Filter.1.Key', 'HaVipId', '--Name=a=b']), { 'Filter.1.Key': 'HaVipId', Name: 'a=b' })
})

test('a word that is no parameter, and a parameter without a value, are refused', () => {
  assert.throws(() => readParameters(['HaVipId']), UsageError)
  assert.throws(() => readParameters(['--HaVipId']), UsageError)
})

test('columns are as wide as their widest cell, also with wide characters', () => {
  assert.equal(
    formatTable(
      ['ID', 'NAME'],
      [
        ['a', '高可用'],
        ['bcd', 'x'],
      ],
      '',
    ),
    'ID   NAME\na    高可用\nbcd  x',
  )
})

test('an empty table says so', () => {
  assert.equal(formatTable(['ID'], [], 'no instances yet'), 'no instances yet')
})

test('the product of an action is found by its name, and asked for where two have it', () => {
  assert.equal(productOf('CreateHaVip', undefined), 'vpc')
  assert.equal(productOf('CreateSigninLink', undefined), 'havip')
  assert.equal(productOf('DescribeRegions', 'ecs'), 'ecs')
  assert.throws(() => productOf('DescribeRegions', undefined), /vpc and ecs both have|ecs and vpc both have/)
  assert.throws(() => productOf('CreateNothing', undefined), /no action is called CreateNothing/)
})
