import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLineReader, type FromDaemon } from './guard-line.ts'

test('messages arrive whole however the stream is cut', () => {
  const heard: FromDaemon[] = []
  const read = createLineReader((message) => heard.push(message))
  for (const chunk of ['rea', 'dy\nwill {"a"', ':1}\ngo', 'od', 'bye\n']) read(chunk)
  assert.deepEqual(heard, [{ kind: 'ready' }, { kind: 'will', json: '{"a":1}' }, { kind: 'goodbye' }])
})

test('half a will is no will: the one before it counts', () => {
  const heard: FromDaemon[] = []
  const read = createLineReader((message) => heard.push(message))
  read('will {"one":1}\nwill {"two"')
  assert.deepEqual(heard, [{ kind: 'will', json: '{"one":1}' }])
})
