import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getoptLong } from './getopt.ts'

const specs = [
  { long: 'use-file', short: 'f', argument: 'required' },
  { long: 'config-test', short: 't', argument: 'optional' },
  { long: 'dont-fork', short: 'n', argument: 'none' },
  { long: 'dont-respawn', short: 'R', argument: 'none' },
  { long: 'log-detail', short: 'D', argument: 'none' },
] as const
const read = (...args: string[]): unknown => {
  const line = getoptLong(args, specs)
  if ('mistake' in line) return line.mistake
  return [...line.given.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)), ...line.rest]
}

test('short options may stand together, the last with its argument', () => {
  assert.deepEqual(read('-nDf', '/x'), ['dont-fork', 'log-detail', 'use-file=/x'])
  assert.deepEqual(read('-nf/x'), ['dont-fork', 'use-file=/x'])
})

test('an optional argument has to be attached', () => {
  assert.deepEqual(read('-t', '-n'), ['config-test', 'dont-fork'])
  assert.deepEqual(read('-t/log', '--config-test=/log', '--config-test', 'word'), [
    'config-test=/log',
    'config-test=/log',
    'config-test',
    'word',
  ])
})

test('long names may be cut as far as they stay unambiguous', () => {
  assert.deepEqual(read('--use', '/x'), ['use-file=/x'])
  assert.equal(read('--dont'), "option '--dont' is ambiguous; possibilities: --dont-fork --dont-respawn")
})

test('after -- nothing is an option', () => {
  assert.deepEqual(read('-n', '--', '-n'), ['dont-fork', '-n'])
})

test('mistakes are said as keepalived says them', () => {
  assert.equal(read('-q'), 'Unknown option -q')
  assert.equal(read('--nope'), 'Unknown option --nope')
  assert.equal(read('-f'), 'Missing parameter for option -f')
  assert.equal(read('--use-file'), 'Missing parameter for option --use-file')
  assert.equal(read('--use-file='), 'Missing parameter for option --use-file')
  assert.equal(read('--dont-fork=1'), "option '--dont-fork' doesn't allow an argument")
})
