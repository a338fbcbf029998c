// Users, keys, temporary credentials and policies through the door.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Credentials, createWorld, type Json, type World } from '../test/world.ts'

const code = async (answer: Promise<Json>): Promise<string> => {
  const { status, Code } = await answer
  return status === 200 ? 'OK' : Code
}
const statement = (Effect: string, Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  Effect,
  Action,
  Resource,
  ...more,
})
async function attach(world: World, user: string, name: string, ...statements: object[]): Promise<void> {
  const PolicyDocument = JSON.stringify({ Version: '1', Statement: statements })
  assert.equal(await code(world.ask('havip', 'CreatePolicy', { PolicyName: name, PolicyDocument })), 'OK')
  assert.equal(await code(world.ask('havip', 'AttachPolicyToUser', { PolicyName: name, UserName: user })), 'OK')
}
/** Two VPCs. */
async function twoVpcs(world: World): Promise<[string, string]> {
  const ids = []
  for (const CidrBlock of ['10.1.0.0/16', '10.2.0.0/16']) ids.push((await world.ask('vpc', 'CreateVpc', { CidrBlock })).VpcId)
  await world.settle()
  return ids as [string, string]
}
const credentialsOf = ({ AccessKey }: Json): Credentials => ({ id: AccessKey.AccessKeyId, secret: AccessKey.AccessKeySecret })

test('a key that was made signs, until it is disabled, rotated or deleted', async () => {
  const world = createWorld()
  const made = await world.ask('havip', 'CreateAccessKey', {}, 'eye')
  assert.match(made.AccessKey.AccessKeyId, /^LTAI[A-Za-z0-9]{20}$/)
  const first = credentialsOf(made)
  const use = (key: Credentials) => code(world.ask('vpc', 'DescribeVpcs', {}, key))
  assert.equal(await use(first), 'OK')
  const update = (Status: string) => code(world.ask('havip', 'UpdateAccessKey', { UserAccessKeyId: first.id, Status }, 'eye'))
  assert.equal(await update('Inactive'), 'OK')
  assert.equal(await use(first), 'InvalidAccessKeyId.Inactive')
  assert.equal(await update('Active'), 'OK')
  const second = credentialsOf(await world.ask('havip', 'RotateAccessKey', { UserAccessKeyId: first.id }, 'eye'))
  assert.deepEqual([await use(first), await use(second)], ['InvalidAccessKeyId.NotFound', 'OK'])
  assert.equal(await code(world.ask('havip', 'DeleteAccessKey', { UserAccessKeyId: second.id }, 'eye')), 'OK')
  assert.equal(await use(second), 'InvalidAccessKeyId.NotFound')
})
test('nobody but an administrator touches another’s keys, or learns of them', async () => {
  const world = createWorld()
  const ask = (action: string, fields: Record<string, string>) => code(world.ask('havip', action, fields, 'hand'))
  assert.equal(await ask('CreateAccessKey', { UserName: 'root' }), 'OperationDenied.OtherUser')
  assert.equal(await ask('ListAccessKeys', { UserName: 'root' }), 'OperationDenied.OtherUser')
  assert.equal(await ask('CreateSigninLink', { UserName: 'root' }), 'OperationDenied.OtherUser')
  for (const action of ['RotateAccessKey', 'DeleteAccessKey'])
    assert.equal(await ask(action, { UserAccessKeyId: 'root' }), 'EntityNotExist.User.AccessKey')
  assert.equal(await ask('UpdateAccessKey', { UserAccessKeyId: 'root', Status: 'Inactive' }), 'EntityNotExist.User.AccessKey')
  const mine = await world.ask('havip', 'ListAccessKeys', {}, 'hand')
  assert.deepEqual(
    mine.AccessKeys.map((key: Json) => key.UserName),
    ['hand'],
  )
  const all = await world.ask('havip', 'ListAccessKeys', { PageSize: 100 })
  assert.equal(all.TotalCount, 5)
  assert.ok(!JSON.stringify(all).includes('secret of'))
})
test('no secret is in the store in clear, nor in the audit', async () => {
  const world = createWorld()
  const made = await world.ask('havip', 'CreateAccessKey', { ClientToken: 'once' })
  const assumed = await world.ask('sts', 'AssumeRole', { RoleArn: 'acs:ram::1000000000000001:role/viewer', RoleSessionName: 'ci' })
  await world.ask('havip', 'CreateUser', { UserName: 'zoe', Role: 'viewer', Password: 'correct horse battery' })
  const link = await world.ask('havip', 'CreateSigninLink')
  const kept = await world.store.read(async (tx) =>
    JSON.stringify([
      await tx.find('accessKey', {}),
      await tx.find('user', {}),
      await tx.find('signinLink', {}),
      await tx.searchAudit({ range: { after: 0 }, limit: 1000 }),
    ]),
  )
  const secrets = [
    made.AccessKey.AccessKeySecret,
    assumed.Credentials.AccessKeySecret,
    assumed.Credentials.SecurityToken,
    'horse',
    link.Path.slice(9),
  ]
  for (const secret of secrets) assert.ok(secret.length > 4 && !kept.includes(secret))
  const again = await world.ask('havip', 'CreateAccessKey', { ClientToken: 'once' })
  assert.notEqual(again.AccessKey.AccessKeyId, made.AccessKey.AccessKeyId)
})
test('a disabled user is let in by none of its keys, and the last administrator stays', async () => {
  const world = createWorld()
  const disable = (UserName: string) => code(world.ask('havip', 'UpdateUser', { UserName, Disabled: true }))
  assert.equal(await disable('hand'), 'OK')
  assert.equal(await code(world.ask('vpc', 'DescribeVpcs', {}, 'hand')), 'InvalidAccessKeyId.Inactive')
  assert.equal(await disable('busy'), 'OK')
  assert.equal(await disable('root'), 'OperationDenied.LastAdministrator')
  assert.equal(await code(world.ask('havip', 'UpdateUser', { UserName: 'root', Role: 'viewer' })), 'OperationDenied.LastAdministrator')
  assert.equal(await code(world.ask('havip', 'DeleteUser', { UserName: 'root' })), 'OperationDenied.LastAdministrator')
  assert.equal(await code(world.ask('havip', 'DeleteUser', { UserName: 'hand' })), 'OK')
  assert.equal(await code(world.ask('vpc', 'DescribeVpcs', {}, 'hand')), 'InvalidAccessKeyId.NotFound')
})

const assume = async (
  world: World,
  fields: Record<string, string | number> = {},
  key: string | Credentials = 'root',
): Promise<Credentials> => {
  const answer = await world.ask(
    'sts',
    'AssumeRole',
    { RoleArn: 'acs:ram::1000000000000001:role/operator', RoleSessionName: 'ci', ...fields },
    key,
  )
  assert.equal(answer.status, 200, JSON.stringify(answer))
  const { AccessKeyId: id, AccessKeySecret: secret, SecurityToken: token } = answer.Credentials
  return { id, secret, token }
}
test('temporary credentials have the lesser of both roles, need their token, and end', async () => {
  const world = createWorld()
  const operator = await assume(world, { DurationSeconds: 900 })
  const outcomes = async (key: Credentials) => [
    await code(world.ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16' }, key)),
    await code(world.ask('havip', 'ListUsers', {}, key)),
  ]
  assert.deepEqual(await outcomes(operator), ['OK', 'Forbidden.RAM'])
  const ofViewer = await assume(world, {}, 'eye')
  assert.deepEqual(await outcomes(ofViewer), ['Forbidden.RAM', 'Forbidden.RAM'])
  const { token: _, ...without } = operator
  assert.deepEqual(await outcomes(without), ['MissingSecurityToken', 'MissingSecurityToken'])
  assert.equal((await outcomes({ ...operator, token: `${operator.token}x` }))[0], 'InvalidSecurityToken.MismatchWithAccessKey')
  const who = await world.ask('sts', 'GetCallerIdentity', {}, operator)
  assert.deepEqual([who.IdentityType, who.UserId], ['AssumedRoleUser', 'root'])
  world.clock.advance(901_000)
  assert.equal((await outcomes(operator))[0], 'InvalidSecurityToken.Expired')
})
test('temporary credentials cannot make themselves another way in', async () => {
  const world = createWorld()
  const key = await assume(world, { RoleArn: 'acs:ram::1000000000000001:role/administrator' })
  for (const [product, action, fields] of [
    ['havip', 'CreateSigninLink', {}],
    ['havip', 'CreateAccessKey', {}],
    ['havip', 'RotateAccessKey', { UserAccessKeyId: 'root' }],
    ['havip', 'ChangePassword', { NewPassword: 'correct horse battery' }],
    ['havip', 'BeginSecondFactor', {}],
    ['sts', 'AssumeRole', { RoleArn: 'acs:ram::1000000000000001:role/administrator', RoleSessionName: 'ci' }],
  ] as const)
    assert.equal(await code(world.ask(product, action, fields, key)), 'OperationDenied.Temporary', action)
})
test('a policy given with temporary credentials narrows them, and cannot widen them', async () => {
  const world = createWorld()
  const Policy = JSON.stringify({ Version: '1', Statement: [statement('Allow', ['vpc:DescribeVpcs', 'havip:*'])] })
  const key = await assume(world, { Policy })
  const ask = (product: 'vpc' | 'havip', action: string, fields = {}) => code(world.ask(product, action, fields, key))
  assert.equal(await ask('vpc', 'DescribeVpcs'), 'OK')
  assert.equal(await ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16' }), 'Forbidden.RAM')
  assert.equal(await ask('havip', 'ListUsers'), 'Forbidden.RAM')
  const refused = await world.ask('sts', 'AssumeRole', {
    RoleArn: 'acs:ram::1000000000000001:role/viewer',
    RoleSessionName: 'ci',
    Policy: '{}',
  })
  assert.equal(refused.Code, 'InvalidParameter.PolicyDocument')
  for (const RoleArn of ['acs:ram::2:role/viewer', 'acs:ram::1000000000000001:role/god', 'x']) {
    assert.equal(await code(world.ask('sts', 'AssumeRole', { RoleArn, RoleSessionName: 'ci' })), 'EntityNotExist.Role')
  }
})
test('a policy opens what the role does not, for its resources only', async () => {
  const world = createWorld()
  const [mine, other] = await twoVpcs(world)
  await attach(
    world,
    'bound',
    'mine',
    statement('Allow', ['vpc:DescribeVpcAttribute', 'vpc:ModifyVpcAttribute'], `acs:vpc:*:*:vpc/${mine}`),
  )
  const ask = (action: string, fields: Record<string, string>) => code(world.ask('vpc', action, fields, 'bound'))
  assert.equal(await ask('DescribeVpcAttribute', { VpcId: mine }), 'OK')
  assert.equal(await ask('ModifyVpcAttribute', { VpcId: mine, VpcName: 'renamed' }), 'OK')
  assert.equal(await ask('DescribeVpcAttribute', { VpcId: other }), 'Forbidden.RAM')
  assert.equal(await ask('DescribeVpcs', {}), 'Forbidden.RAM')
  assert.equal(await ask('DeleteVpc', { VpcId: mine }), 'Forbidden.RAM')
})
test('a policy closes what the role opens, and a call about several resources needs all of them', async () => {
  const world = createWorld()
  const [mine, other] = await twoVpcs(world)
  await attach(world, 'hand', 'hands-off', statement('Deny', '*', `acs:vpc:cn-hangzhou:*:vpc/${other}`))
  const ask = (action: string, fields: Record<string, string>) => code(world.ask('vpc', action, fields, 'hand'))
  assert.equal(await ask('DeleteVpc', { VpcId: other }), 'Forbidden.RAM')
  // Leaving the region out is no way around a Deny in it.
  assert.equal(await ask('DeleteVpc', { VpcId: other, RegionId: '' }), 'Forbidden.RAM')
  assert.equal(await ask('DescribeVSwitches', { VpcId: other }), 'Forbidden.RAM')
  const tag = { ResourceType: 'VPC', 'ResourceId.1': mine, 'Tag.1.Key': 'a', 'Tag.1.Value': 'b' }
  assert.equal(await ask('TagResources', tag), 'OK')
  assert.equal(await ask('TagResources', { ...tag, 'ResourceId.2': other }), 'Forbidden.RAM')
  const byFilter = { 'Filter.1.Key': 'VpcId', 'Filter.1.Value.1': other }
  assert.equal(await ask('DescribeHaVips', byFilter), 'Forbidden.RAM')
  assert.equal(await ask('DeleteVpc', { VpcId: mine }), 'OK')
  assert.equal(await code(world.ask('vpc', 'DescribeVpcAttribute', { VpcId: other })), 'OK')
})
test('conditions see where a call comes from, and whether a code was given', async () => {
  const world = createWorld()
  await attach(
    world,
    'hand',
    'at-home',
    statement('Deny', 'vpc:*', '*', { Condition: { NotIpAddress: { 'acs:SourceIp': '192.0.2.0/29' } } }),
  )
  assert.equal(await code(world.ask('vpc', 'DescribeVpcs', {}, 'hand')), 'OK')
  await world.ask('havip', 'SetUserPassword', { UserName: 'hand', Password: 'correct horse battery' })
  const signedIn = await world.access.signIn({ from: '192.0.2.8', requestId: 'r' }, { user: 'hand', password: 'correct horse battery' })
  assert.ok(signedIn.ok)
  assert.equal(await code(world.click(signedIn.value.token, 'vpc', 'DescribeVpcs', { RegionId: 'cn-hangzhou' })), 'Forbidden.RAM')
  assert.equal(await code(world.click(signedIn.value.token, 'ecs', 'DescribeRegions')), 'OK')
})
test('a policy that is changed or detached counts so at once; one in use cannot be deleted', async () => {
  const world = createWorld()
  await attach(world, 'bound', 'reads', statement('Allow', 'vpc:Describe*'))
  const reads = () => code(world.ask('vpc', 'DescribeVpcs', {}, 'bound'))
  assert.equal(await reads(), 'OK')
  const PolicyDocument = JSON.stringify({ Version: '1', Statement: [statement('Allow', 'ecs:Describe*')] })
  assert.equal(await code(world.ask('havip', 'UpdatePolicy', { PolicyName: 'reads', PolicyDocument })), 'OK')
  assert.equal(await reads(), 'Forbidden.RAM')
  assert.equal(await code(world.ask('havip', 'DeletePolicy', { PolicyName: 'reads' })), 'DeleteConflict.Policy.User')
  assert.deepEqual((await world.ask('havip', 'GetPolicy', { PolicyName: 'reads' })).Policy.Users, ['bound'])
  assert.equal(await code(world.ask('havip', 'DetachPolicyFromUser', { PolicyName: 'reads', UserName: 'bound' })), 'OK')
  assert.equal(await code(world.ask('havip', 'DeletePolicy', { PolicyName: 'reads' })), 'OK')
  const bad = await world.ask('havip', 'CreatePolicy', {
    PolicyName: 'bad',
    PolicyDocument: '{"Version":"1","Statement":[{"Effect":"Maybe"}]}',
  })
  assert.deepEqual(
    [bad.Code, bad.Message],
    ['InvalidParameter.PolicyDocument', 'The policy is not understood: statement 1: Effect is Allow or Deny.'],
  )
})
test('refusals by policy are in the audit with the resource', async () => {
  const world = createWorld()
  await attach(world, 'hand', 'none', statement('Deny', 'vpc:DeleteVpc'))
  await world.ask('vpc', 'DeleteVpc', { VpcId: 'vpc-x' }, 'hand')
  const { AuditEvents } = await world.ask('havip', 'DescribeAuditEvents', { Principal: 'HAND', Outcome: 'refused' })
  assert.equal(AuditEvents.length, 1)
  assert.match(AuditEvents[0].Message, /a policy denies vpc:DeleteVpc on acs:vpc:cn-hangzhou:1000000000000001:vpc\/vpc-x/)
})
test('the audit is searched by who, what, on what, how and when, in both directions', async () => {
  const world = createWorld()
  const [mine] = await twoVpcs(world)
  world.clock.advance(60_000)
  await world.ask('vpc', 'ModifyVpcAttribute', { VpcId: mine, VpcName: 'later' }, 'hand')
  await world.ask('vpc', 'CreateVpc', { CidrBlock: '1.2.3.4/16' }, 'hand')
  const find = async (fields: Record<string, string | number>) =>
    (await world.ask('havip', 'DescribeAuditEvents', fields)).AuditEvents.map((each: Json) => `${each.Action} ${each.Outcome}`)
  const all = ['CreateVpc OK', 'CreateVpc OK', 'ModifyVpcAttribute OK', 'CreateVpc InvalidCidrBlock']
  const whole = await find({})
  assert.deepEqual(whole.slice(0, 3), all.slice(0, 3))
  assert.equal(whole.length, 4)
  assert.deepEqual(await find({ Before: 1_000_000 }), [...whole].reverse())
  assert.deepEqual(await find({ Before: 1_000_000, MaxResults: 1 }), [whole[3]])
  assert.deepEqual(await find({ ActionName: 'ModifyVpcAttribute' }), [whole[2]])
  assert.deepEqual(await find({ Principal: 'hand' }), whole.slice(2))
  assert.deepEqual(await find({ ResourceId: mine }), [whole[0], whole[2]])
  assert.deepEqual(await find({ ResourceId: mine.slice(0, 8) }), [])
  assert.deepEqual(await find({ Outcome: 'refused' }), [whole[3]])
  const from = `${new Date(world.clock.wallTime() - 30_000).toISOString().slice(0, 19)}Z`
  assert.deepEqual(await find({ StartTime: from }), whole.slice(2))
  assert.deepEqual(await find({ EndTime: from }), whole.slice(0, 2))
})
test('each resource has its history; the audit’s part of it is for those who may', async () => {
  const world = createWorld()
  const [mine] = await twoVpcs(world)
  const texts = async (key: string, fields = {}) =>
    (await world.ask('havip', 'DescribeEvents', { ResourceId: mine, After: 0, ...fields }, key)).Events.map((event: Json) => event.Text)
  const history = [`VPC ${mine} was created (Pending).`, `VPC ${mine}: Pending → Available.`]
  assert.deepEqual(await texts('eye'), history)
  assert.deepEqual(
    (await texts('root')).filter((text: string) => !history.includes(text)),
    ['root: CreateVpc'],
  )
  assert.deepEqual(await texts('root', { 'Kind.1': 'audit' }), ['root: CreateVpc'])
  assert.deepEqual(await texts('eye', { 'Kind.1': 'audit' }), [])
  assert.equal(await code(world.ask('havip', 'DescribeEvents', { 'Kind.1': 'gossip' })), 'InvalidParameter')
  const newest = await world.ask('havip', 'DescribeEvents', { MaxResults: 1, 'Kind.1': 'resource' })
  assert.match(newest.Events[0].Text, /Available\.$/)
})
