import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAnswer } from './answer-text.ts'
import { checkParameters, findAction, readParameters } from './api-command.ts'
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

const productOf = (name: string, product?: string) => findAction(name, product).product

test('the product of an action is found by its name, and asked for where two have it', () => {
  assert.equal(productOf('CreateHaVip'), 'vpc')
  assert.equal(productOf('CreateSigninLink'), 'havip')
  assert.equal(productOf('DescribeRegions', 'ecs'), 'ecs')
  assert.throws(() => productOf('DescribeRegions'), /vpc and ecs both have|ecs and vpc both have/)
  assert.throws(() => productOf('CreateNothing'), /no action is called CreateNothing/)
})

test('an action or parameter that is misspelt is answered with the nearest one', () => {
  assert.throws(() => findAction('CreateHavip', undefined), /is it CreateHaVip\?/)
  const create = findAction('CreateHaVip', undefined)
  assert.throws(() => checkParameters(create, { VSwitchID: 'x' }), /no parameter VSwitchID; is it VSwitchId\?/)
  assert.throws(() => checkParameters(create, {}), /CreateHaVip needs --VSwitchId: The vSwitch/)
  assert.throws(() => checkParameters(create, { VSwitchId: 'x', Tag: 'a' }), /Tag is a list: --Tag\.1\.Key/)
  checkParameters(create, { VSwitchId: 'x', 'Tag.1.Key': 'a', ClientToken: 't' })
})

test('an answer is a table of what says something, or names and values', () => {
  const list = {
    RequestId: 'r',
    TotalCount: 2,
    HaVips: {
      HaVip: [
        { HaVipId: 'a', Name: '', In: { x: ['i', 'j'] } },
        { HaVipId: 'b', Name: '' },
      ],
    },
  }
  assert.equal(formatAnswer(list), 'HaVipId  In\na        i j\nb\n(1 more columns with --json)')
  assert.equal(formatAnswer({ RequestId: 'r', HaVipId: 'a', IpAddress: '10.0.0.1' }), 'HaVipId  a\nIpAddress  10.0.0.1')
  assert.equal(formatAnswer({ RequestId: 'r' }), 'done')
  assert.equal(formatAnswer({ TotalCount: 0, Vpcs: { Vpc: [] } }), 'none')
})
