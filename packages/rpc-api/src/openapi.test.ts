// The document that is made from the table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openApiDocument } from './openapi.ts'
import { actions } from './table.ts'

// biome-ignore lint/suspicious/noExplicitAny: looked into at places that each test names.
const document = openApiDocument('http://127.0.0.1:8380') as any

test('every action is an operation with a name of its own', () => {
  const operations = Object.values<{ post: { operationId: string; summary: string } }>(document.paths).map(({ post }) => post)
  assert.equal(operations.length, actions.length)
  assert.equal(new Set(operations.map((operation) => operation.operationId)).size, actions.length)
  assert.ok(operations.every((operation) => operation.summary.length > 0))
})
test('lists of objects are flattened as on the wire', () => {
  const { parameters } = document.paths['/#Version=2016-04-28&Action=DescribeHaVips'].post
  const names = parameters.map((parameter: { name: string }) => parameter.name)
  assert.deepEqual(names, [
    'Action',
    'Version',
    'RegionId',
    'Filter.N.Key',
    'Filter.N.Value.N',
    'Tags.N.Key',
    'Tags.N.Value',
    'ResourceGroupId',
    'PageNumber',
    'PageSize',
  ])
  assert.deepEqual(parameters.at(-1).schema, { type: 'integer', minimum: 1, maximum: 50 })
})
test('it is plain JSON', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(document)), document)
})
