// `webhook NAME`: where events go, and everything that keeps one from being sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectProblems } from '../test/check.ts'
import { checkOnMachine, type MachineFacts, type PathFacts } from './machine.ts'
import { parseText } from './parse.ts'

const webhook = (lines: string, name = 'ops'): string => `webhook ${name} {\n${lines}\n}\n`
const complete = 'url https://alerts.example/havip#x\nsecret_file /etc/k'

test('a webhook has an address, a secret and the kinds it wants, transitions when it says nothing', () => {
  const text =
    webhook(`${complete}\nca_file /etc/ca.pem\nstate_file /var/s.json\nevents bfd transition bfd`) +
    webhook('url http://10.0.0.1:8080/\nsecret_file /etc/k', 'second')
  const [first, second] = expectProblems(text, []).configuration.webhooks
  assert.equal(first?.name, 'ops')
  assert.equal(first?.url, 'https://alerts.example/havip')
  assert.deepEqual([first?.secretFile?.path, first?.caFile?.path, first?.stateFile?.path], ['/etc/k', '/etc/ca.pem', '/var/s.json'])
  assert.deepEqual(first?.events, ['transition', 'bfd'])
  assert.deepEqual([second?.url, second?.events, second?.stateFile], ['http://10.0.0.1:8080/', ['transition'], undefined])
})

test('`all` is every kind, and an unknown one is said with the nearest', () => {
  assert.equal(parseText(webhook(`${complete}\nevents all`)).configuration.webhooks[0]?.events.length, 10)
  const parsed = expectProblems(webhook(`${complete}\nevents transitions`), ['error corrected not-a-choice 4:8 "transitions"'])
  assert.match(parsed.diagnostics[0]?.message ?? '', /did you mean transition\?/)
  assert.deepEqual(parsed.configuration.webhooks[0]?.events, ['transition'])
})

test('one that cannot be delivered or whose secret is not where it says is left out', () => {
  for (const [text, problem] of [
    [webhook('secret_file /etc/k'), 'error corrected webhook-without-url 1:9 "ops"'],
    [webhook('url alerts.example\nsecret_file /etc/k'), 'error corrected webhook-url 2:1 "url alerts.example"'],
    [webhook('url http://u:p@x/\nsecret_file /etc/k'), 'error corrected webhook-url 2:1 "url http://u:p@x/"'],
    [webhook('url http://x/\nsecret_file k'), 'error corrected relative-path 3:1 "secret_file k"'],
    [webhook(complete, '../ops'), 'error corrected webhook-name 1:9 "../ops"'],
  ] as const)
    assert.deepEqual(expectProblems(text, [problem]).configuration.webhooks, [])
})

test('everything that is wrong with one is said in one run', () => {
  expectProblems(webhook('url x\nsecret_file k\nca_file c\nevents up', 'a:b'), [
    'error corrected webhook-name 1:9 "a:b"',
    'error corrected webhook-url 2:1 "url x"',
    'error corrected relative-path 3:1 "secret_file k"',
    'error corrected relative-path 4:1 "ca_file c"',
    'error corrected not-a-choice 5:8 "up"',
  ])
})

test('a second of the same name is skipped, and there is a bound', () => {
  const both = expectProblems(webhook(complete) + webhook(complete), ['error corrected already-defined 5:9 "ops"'])
  assert.equal(both.configuration.webhooks.length, 1)
  const many = Array.from({ length: 9 }, (_, n) => webhook(complete, `w${n}`)).join('')
  assert.equal(expectProblems(many, ['error corrected too-many-webhooks 33:9 "w8"']).configuration.webhooks.length, 8)
})

test('one without a secret is sent, and that is said', () => {
  assert.equal(expectProblems(webhook('url http://x/'), ['note note webhook-not-signed 1:9 "ops"']).configuration.webhooks.length, 1)
})

test('its secret has to be there, and nobody else may read it', () => {
  const codes = (secret: PathFacts): readonly string[] => {
    const facts: MachineFacts = {
      networkInterface: () => undefined,
      account: () => undefined,
      path: () => secret,
      resolve: (path) => (secret.kind === 'missing' ? undefined : path),
      lookUpCommand: () => undefined,
      routingNumber: () => undefined,
      ownUserId: 33,
    }
    return checkOnMachine(parseText(webhook(complete)), facts).map(({ code }) => code)
  }
  const file = (ownerId: number, mode: number): PathFacts => ({ kind: 'file', ownerId, groupId: 0, mode })
  assert.deepEqual(codes({ kind: 'missing' }), ['webhook-file-missing'])
  assert.deepEqual(codes(file(0, 0o640)), ['webhook-secret-readable'])
  assert.deepEqual(codes(file(1000, 0o600)), ['webhook-secret-readable'])
  assert.deepEqual(codes(file(0, 0o600)), [])
  assert.deepEqual(codes(file(33, 0o400)), [])
})
