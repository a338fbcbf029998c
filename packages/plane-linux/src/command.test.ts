import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RequestFault } from './check.ts'
import { commandChecks, isCommandName } from './command.ts'
import { lineReader } from './protocol.ts'

const spec = {
  instance: 'i-1a',
  vpc: 'vpc-1a',
  port: 'eni-1a',
  hostName: 'ecs-1',
  mac: '00:16:3E:00:00:01',
  address: '10.0.0.1',
  prefix: 24,
  gateway: '10.0.0.253',
  userData: 'echo hello',
}
const refused = (name: keyof typeof commandChecks, params: unknown, says: RegExp) =>
  assert.throws(
    () => commandChecks[name](params, 'params'),
    (error) => error instanceof RequestFault && says.test(error.message),
  )

describe('a command', () => {
  test('passes with what it names and nothing else', () => {
    const read = commandChecks.start({ spec: { ...spec, extra: 1 }, boot: 3 }, 'params')
    assert.deepEqual(read, { spec: { ...spec, mac: '00:16:3e:00:00:01' }, boot: 3 })
  })

  for (const [field, value] of [
    ['instance', 'i-../x'],
    ['instance', 'i-a\n'],
    ['instance', 'vpc-1a'],
    ['hostName', 'a b'],
    ['hostName', '-a'],
    ['hostName', 'a\tb'],
    ['address', '010.0.0.1'],
    ['address', '10.0.0.1 dev lo'],
    ['mac', '01:00:5e:00:00:12'],
    ['prefix', 24.5],
    ['userData', 'a\0b'],
    ['userData', 'x'.repeat(200_000)],
  ] as const)
    test(`is refused with the ${field} ${JSON.stringify(value).slice(0, 30)}`, () => {
      refused('start', { spec: { ...spec, [field]: value }, boot: 1 }, new RegExp(`^params\\.spec\\.${field} must be`))
    })

  test('may not take fields from a prototype', () => {
    refused('stop', Object.create({ instance: 'i-1a', force: true }), /params\.instance/)
  })

  test('of changes names the change that is wrong', () => {
    refused(
      'apply',
      {
        changes: [
          { kind: 'remove-network', vpc: 'vpc-1' },
          { kind: 'remove-network', vpc: '' },
        ],
      },
      /^params\.changes\[1\]\.vpc must be/,
    )
    refused('apply', { changes: [{ kind: 'toString' }] }, /kind must be one of/)
  })

  test('is one of the table', () => {
    assert.equal(isCommandName('inspect'), true)
    assert.equal(isCommandName('constructor'), false)
  })
})

describe('the reader of lines', () => {
  test('puts lines together however they are cut', () => {
    const lines: string[] = []
    const take = lineReader((line) => lines.push(line))
    for (const part of ['a', 'b\nc', '\n\nd', 'e\n']) assert.equal(take(part), true)
    assert.deepEqual(lines, ['ab', 'c', 'de'])
  })

  test('gives up on a line beyond the bound, whole or not', () => {
    assert.equal(lineReader(() => undefined, 4)('abcde'), false)
    assert.equal(lineReader(() => assert.fail('must not be called'), 4)('abcde\n'), false)
  })
})
