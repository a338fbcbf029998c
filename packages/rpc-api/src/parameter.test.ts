// How parameters are read from what clients send.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseForm } from './form.ts'
import {
  clamped,
  commaList,
  flag,
  integer,
  jsonList,
  jsonMap,
  objects,
  readInput,
  required,
  type Shape,
  tags,
  text,
  texts,
} from './parameter.ts'
import { growTree } from './tree.ts'

function read<S extends Shape>(shape: S, query: string) {
  const fields = parseForm(query)
  assert.ok(fields.ok)
  const tree = growTree(fields.value)
  if (!tree.ok) return `conflict at ${tree.fault.name}`
  const input = readInput(shape, tree.value)
  return input.ok ? input.value : `${input.fault.code}: ${input.fault.message}`
}

test('a plus is a space, and an escape is read as UTF-8', () => {
  assert.deepEqual(read({ Name: text('n') }, 'Name=a+b%20c%E4%B8%AD'), { Name: 'a b c中' })
})
test('an empty value is an absent one', () => {
  assert.deepEqual(read({ Name: text('n') }, 'Name='), {})
  assert.equal(read({ Name: required(text('n')) }, 'Name='), 'MissingParameter: The parameter Name is required.')
})
test('what no action knows is ignored', () => {
  assert.deepEqual(read({ Name: text('n') }, 'Name=a&OwnerId=1&__proto__=x&constructor.prototype=y'), { Name: 'a' })
})
test('numbers are whole and within their bounds', () => {
  const shape = { N: integer('n', 1, 50) }
  assert.deepEqual(read(shape, 'N=50'), { N: 50 })
  for (const wrong of ['0', '51', '1.5', '1e1', 'x', '0x10', '99999999999999999999']) {
    assert.match(String(read(shape, `N=${wrong}`)), /^InvalidParameter: The parameter N is not valid/)
  }
})
test('a page size out of range is brought into it', () => {
  assert.deepEqual(read({ S: clamped('s', 1, 50) }, 'S=1000'), { S: 50 })
  assert.deepEqual(read({ S: clamped('s', 10, 100) }, 'S=1'), { S: 10 })
})
test('truth values come in any case', () => {
  assert.deepEqual(read({ A: flag('a'), B: flag('b') }, 'A=True&B=false'), { A: true, B: false })
  assert.match(String(read({ A: flag('a') }, 'A=yes')), /^InvalidParameter/)
})
test('indices order a list, start anywhere and may have gaps', () => {
  assert.deepEqual(read({ L: texts('l', 5) }, 'L.10=c&L.2=b&L.1=a'), { L: ['a', 'b', 'c'] })
  assert.match(String(read({ L: texts('l', 2) }, 'L.1=a&L.2=b&L.3=c')), /^InvalidParameter/)
  assert.match(String(read({ L: texts('l', 2) }, 'L=a')), /^InvalidParameter/)
})
test('objects in lists hold lists', () => {
  const shape = { Filter: objects('f', 5, { Key: required(text('k')), Value: texts('v', 5) }) }
  assert.deepEqual(read(shape, 'Filter.1.Key=K&Filter.1.Value.1=a&Filter.1.Value.2=b&Filter.2.Key=L'), {
    Filter: [{ Key: 'K', Value: ['a', 'b'] }, { Key: 'L' }],
  })
  assert.match(String(read(shape, 'Filter.1.Value.1=a')), /^MissingParameter: .*Filter\.1\.Key/)
})
test('a tag may have no value, and no key twice', () => {
  const shape = { Tag: tags() }
  assert.deepEqual(read(shape, 'Tag.1.Key=env&Tag.1.Value=test&Tag.2.Key=empty&Tag.2.Value='), { Tag: { env: 'test', empty: '' } })
  assert.match(String(read(shape, 'Tag.1.Key=a&Tag.2.Key=a')), /given twice/)
})
test('a tag named __proto__ is a tag like others', () => {
  const input = read({ Tag: tags() }, 'Tag.1.Key=__proto__&Tag.1.Value=x')
  assert.ok(typeof input !== 'string')
  assert.deepEqual(Object.entries(input.Tag ?? {}), [['__proto__', 'x']])
})
test('JSON texts and comma lists', () => {
  const shape = { J: jsonList('j'), M: jsonMap('m'), C: commaList('c', 3) }
  assert.deepEqual(read(shape, 'J=["i-1","i-2"]&M={"a":1,"b":"x"}&C=a, b,'), { J: ['i-1', 'i-2'], M: { a: '1', b: 'x' }, C: ['a', 'b'] })
  assert.match(String(read(shape, 'J=i-1')), /^InvalidParameter: .*JSON is expected/)
  assert.match(String(read(shape, 'J={"a":1}')), /^InvalidParameter/)
})
test('a name that is a value and an object at once is refused', () => {
  assert.equal(read({ A: text('a') }, 'A=1&A.1=2'), 'conflict at A.1')
  assert.equal(read({ A: text('a') }, 'A.1=2&A=1'), 'conflict at A')
})
