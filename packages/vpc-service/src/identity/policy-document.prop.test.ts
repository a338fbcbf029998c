import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide, matchesPattern, mayAllow, type PolicyFacts, parsePolicy } from './policy-document.ts'

const facts: PolicyFacts = {
  sourceIp: '192.0.2.7',
  userName: 'ann',
  isSecondFactorProved: false,
  nowMs: Date.parse('2026-06-01T00:00:00Z'),
}
const read = (...statements: object[]) => {
  const parsed = parsePolicy(JSON.stringify({ Version: '1', Statement: statements }))
  assert(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}
const havip = 'acs:vpc:cn-hangzhou:1000000000000001:havip/havip-1'
const faultOf = (document: unknown) => {
  const parsed = parsePolicy(typeof document === 'string' ? document : JSON.stringify(document))
  return parsed.ok ? 'OK' : parsed.fault
}

test('a statement speaks of its actions on its resources only', () => {
  const document = read({ Effect: 'Allow', Action: ['vpc:Describe*', 'vpc:createhavip'], Resource: 'acs:vpc:*:*:havip/*' })
  assert.equal(decide([document], 'vpc:DescribeHaVips', havip, facts), 'allow')
  assert.equal(decide([document], 'vpc:CreateHaVip', havip, facts), 'allow')
  assert.equal(decide([document], 'vpc:DeleteHaVip', havip, facts), 'silent')
  assert.equal(decide([document], 'vpc:DescribeVpcs', 'acs:vpc:cn-hangzhou:1:vpc/*', facts), 'silent')
})
test('a Deny beats every Allow, in whatever order', () => {
  const all = { Effect: 'Allow', Action: '*', Resource: '*' }
  const no = { Effect: 'Deny', Action: 'vpc:DeleteHaVip', Resource: havip }
  for (const documents of [[read(all, no)], [read(no, all)], [read(all), read(no)], [read(no), read(all)]]) {
    assert.equal(decide(documents, 'vpc:DeleteHaVip', havip, facts), 'deny')
    assert.equal(decide(documents, 'vpc:DeleteHaVip', `${havip}2`, facts), 'allow')
  }
})
test('NotAction and NotResource mean all the others', () => {
  const document = read({ Effect: 'Deny', NotAction: 'vpc:Describe*', NotResource: havip })
  assert.equal(decide([document], 'vpc:DescribeHaVips', 'acs:x', facts), 'silent')
  assert.equal(decide([document], 'vpc:DeleteHaVip', 'acs:x', facts), 'deny')
  assert.equal(decide([document], 'vpc:DeleteHaVip', havip, facts), 'silent')
})
test('conditions: address, name, second factor, time', () => {
  const under = (Condition: object, change: Partial<PolicyFacts> = {}) =>
    decide([read({ Effect: 'Allow', Action: '*', Resource: '*', Condition })], 'vpc:X', havip, { ...facts, ...change })
  assert.equal(under({ IpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '192.0.2.0/29'] } }), 'allow')
  assert.equal(under({ IpAddress: { 'acs:SourceIp': '192.0.2.8/29' } }), 'silent')
  assert.equal(under({ IpAddress: { 'acs:SourceIp': '192.0.2.0/24' } }, { sourceIp: '::ffff:192.0.2.9' }), 'allow')
  assert.equal(under({ IpAddress: { 'acs:SourceIp': '2001:db8::/33' } }, { sourceIp: '2001:db8:7fff::1' }), 'allow')
  assert.equal(under({ IpAddress: { 'acs:SourceIp': '2001:db8::/33' } }, { sourceIp: '2001:db8:8000::1' }), 'silent')
  assert.equal(under({ NotIpAddress: { 'acs:SourceIp': '192.0.2.7' } }), 'silent')
  assert.equal(under({ StringLike: { 'acs:UserName': 'a*' } }), 'allow')
  assert.equal(under({ StringNotEquals: { 'acs:UserName': 'ann' } }), 'silent')
  assert.equal(under({ Bool: { 'acs:MFAPresent': 'true' } }), 'silent')
  assert.equal(under({ Bool: { 'acs:MFAPresent': 'true' } }, { isSecondFactorProved: true }), 'allow')
  assert.equal(under({ DateLessThan: { 'acs:CurrentTime': '2026-01-01T00:00:00Z' } }), 'silent')
  assert.equal(under({ DateGreaterThan: { 'acs:CurrentTime': '2026-01-01T00:00+08:00' } }), 'allow')
  assert.equal(under({ Bool: { 'acs:MFAPresent': 'false' }, StringEquals: { 'acs:UserName': 'bob' } }), 'silent')
})
test('what is not understood is refused with its place', () => {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*' }
  const one = (change: object) => faultOf({ Version: '1', Statement: [statement, { ...statement, ...change }] })
  assert.equal(one({}), 'OK')
  assert.equal(one({ Effect: 'allow' }), 'statement 2: Effect is Allow or Deny')
  assert.equal(one({ NotAction: '*' }), 'statement 2: either Action or NotAction is needed')
  assert.equal(one({ Action: 'Describe' }), 'statement 2: Action Describe is not understood')
  assert.equal(one({ Resource: ['*', 'havip-1'] }), 'statement 2: Resource havip-1 is not understood')
  assert.equal(one({ Principal: '*' }), 'statement 2: Principal is not known')
  assert.equal(one({ Condition: { IpAddres: {} } }), 'statement 2: the condition operator IpAddres is not known')
  assert.equal(one({ Condition: { Bool: { 'acs:SourceIp': 'true' } } }), 'statement 2: Bool does not go with acs:SourceIp')
  assert.equal(
    one({ Condition: { IpAddress: { 'acs:SourceIp': '10.0.0.0/33' } } }),
    'statement 2: acs:SourceIp 10.0.0.0/33 is not understood',
  )
  assert.equal(one({ Condition: { Bool: { toString: 'true' } } }), 'statement 2: the condition key toString is not known')
  assert.equal(one({ Action: [] }), 'statement 2: Action is a text or a list of 1 to 100 texts')
  assert.equal(faultOf({ Version: '2', Statement: [statement] }), 'Version has to be "1"')
  assert.equal(faultOf({ Version: '1', Statement: [] }), 'Statement has 1 to 50 entries')
  assert.equal(faultOf('{'), 'it is not JSON')
  assert.equal(faultOf('[]'), 'it is not an object')
})
test('any text gets an answer', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parsePolicy(text)))
})
test('a pattern matches as the regular expression that means the same', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', ':'), maxLength: 8 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (glob, subject) => {
      const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      assert.equal(matchesPattern(glob, subject), expression.test(subject))
    }),
    { numRuns: 2000 },
  )
})
test('a hostile pattern takes no time', () => {
  const start = performance.now()
  matchesPattern(`${'*a'.repeat(250)}b`, 'a'.repeat(600))
  // Tried in every way, it would take longer than there is time.
  assert.ok(performance.now() - start < 10_000)
})

const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.constantFrom('*', 'vpc:*', 'vpc:Describe*', 'vpc:DeleteHaVip', 'ecs:*'),
  Resource: fc.constantFrom('*', 'acs:vpc:*:*:havip/*', havip, 'acs:vpc:*:*:vpc/*'),
})
const request = fc.tuple(
  fc.constantFrom('vpc:DeleteHaVip', 'vpc:DescribeVpcs', 'ecs:StopInstance'),
  fc.constantFrom(havip, 'acs:vpc:r:1:vpc/*'),
)

test('one more Deny never allows more, one more Allow never undoes a Deny, and nothing said allows nothing', () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), statement, request, (before, added, [action, resource]) => {
      const first = decide([read(...before)], action, resource, facts)
      const then = decide([read(...before, added)], action, resource, facts)
      if (added.Effect === 'Deny' && first !== 'allow') assert.notEqual(then, 'allow')
      if (first === 'deny') assert.equal(then, 'deny')
      if (then === 'allow') assert.ok([...before, added].some(({ Effect }) => Effect === 'Allow'))
      assert.equal(decide([], action, resource, facts), 'silent')
    }),
  )
})
test('what may not be allowed on any resource is never allowed', () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), request, (statements, [action, resource]) => {
      const documents = [read(...statements)]
      if (!mayAllow(documents, action)) assert.notEqual(decide(documents, action, resource, facts), 'allow')
    }),
  )
})
