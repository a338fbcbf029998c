// The door: order of checks, formats, roles, throttling, idempotency, and what is written to log and audit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorld } from '../test/world.ts'

test('an unknown action is 404, an unknown version 400, a missing one is named', async () => {
  const world = createWorld()
  const codes = async (query: string) => {
    const answer = await world.send('GET', `/?${query}`)
    return `${answer.status} ${JSON.parse(answer.body).Code}`
  }
  assert.equal(await codes('Action=NoSuchThing&Version=2016-04-28'), '404 InvalidAction.NotFound')
  assert.equal(await codes('Action=DescribeVpcs&Version=1999-01-01'), '400 InvalidVersion')
  assert.equal(await codes('Version=2016-04-28'), '400 MissingParameter')
  assert.equal(await codes('Action=DescribeVpcs&Version='), '400 MissingParameter')
  assert.equal(await codes('Action=DescribeVpcs&Version=2014-05-26'), '404 InvalidAction.NotFound')
})
test('what is not signed, badly encoded or neither GET nor POST is refused', async () => {
  const world = createWorld()
  const unsigned = await world.send('GET', '/?Action=DescribeVpcs&Version=2016-04-28')
  assert.deepEqual([unsigned.status, JSON.parse(unsigned.body).Code], [400, 'IncompleteSignature'])
  assert.equal(JSON.parse((await world.send('GET', '/?Action=%FF')).body).Code, 'InvalidParameter')
  assert.equal(JSON.parse((await world.send('PUT', '/?Action=DescribeVpcs')).body).Code, 'UnsupportedHTTPMethod')
})
test('identity is asked before parameters, so that strangers learn nothing of them', async () => {
  const world = createWorld()
  assert.equal((await world.ask('vpc', 'CreateHaVip', {}, 'stranger')).Code, 'InvalidAccessKeyId.NotFound')
  assert.equal((await world.ask('vpc', 'CreateHaVip', {})).Code, 'MissingParameter')
})
test('an error is JSON with its five texts, whatever went wrong', async () => {
  const world = createWorld()
  const error = await world.ask('vpc', 'DescribeVpcAttribute', { VpcId: 'vpc-none' })
  assert.equal(error.status, 404)
  assert.deepEqual(Object.keys(error).sort(), ['Code', 'HostId', 'Message', 'Recommend', 'RequestId', 'status'])
  assert.match(error.RequestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
  assert.equal(error.HostId, 'api.test')
})
test('signature 1.0 without Format answers XML, with json in any case JSON', async () => {
  const world = createWorld()
  const xml = await world.call('vpc', 'DescribeRegions', {}, 'root', '')
  assert.equal(xml.headers['content-type'], 'text/xml;charset=utf-8')
  assert.match(xml.body, /<DescribeRegionsResponse><RequestId>.*<Regions><Region><RegionId>cn-hangzhou<\/RegionId>/)
  assert.match((await world.call('vpc', 'DescribeRegions', {}, 'root', 'json')).body, /^\{"RequestId"/)
  assert.match((await world.call('vpc', 'DescribeVpcAttribute', { VpcId: 'vpc-none' }, 'root', 'XML')).body, /<Error><RequestId>/)
})
test('a region that is not served is 404 in every action', async () => {
  const world = createWorld()
  const answer = await world.ask('vpc', 'DescribeHaVips', { RegionId: 'mars-1' })
  assert.deepEqual([answer.status, answer.Code], [404, 'InvalidRegionId.NotFound'])
})
test('a viewer looks, an operator changes, an administrator decides', async () => {
  const world = createWorld()
  const outcome = async (key: string) => {
    const codes = []
    for (const [product, action, fields] of [
      ['vpc', 'DescribeVpcs', {}],
      ['vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16' }],
      ['havip', 'DescribeAuditEvents', {}],
    ] as const) {
      const answer = await world.ask(product, action, fields, key)
      codes.push(answer.Code ?? 'OK')
    }
    return codes
  }
  assert.deepEqual(await outcome('eye'), ['OK', 'Forbidden.RAM', 'Forbidden.RAM'])
  assert.deepEqual(await outcome('hand'), ['OK', 'OK', 'Forbidden.RAM'])
  assert.deepEqual(await outcome('root'), ['OK', 'OK', 'OK'])
})
test('who calls too often is told when to come back, and others are not held up', async () => {
  const world = createWorld({ rate: { perSecond: 10, burst: 2 } })
  const codes = []
  for (let i = 0; i < 3; i++) codes.push(await world.call('vpc', 'DescribeRegions', {}, 'busy'))
  assert.deepEqual(
    codes.map((answer) => answer.status),
    [200, 200, 400],
  )
  assert.equal(JSON.parse(codes[2]?.body ?? '').Code, 'Throttling.User')
  assert.equal(codes[2]?.headers['x-acs-retry-after'], '100')
  assert.equal((await world.ask('vpc', 'DescribeRegions')).status, 200)
})
test('the same ClientToken makes one thing, with other parameters it is refused', async () => {
  const world = createWorld()
  const fields = { CidrBlock: '10.0.0.0/16', ClientToken: 'once' }
  const first = await world.ask('vpc', 'CreateVpc', fields)
  assert.equal((await world.ask('vpc', 'CreateVpc', fields)).VpcId, first.VpcId)
  assert.equal((await world.ask('vpc', 'CreateVpc', { ...fields, CidrBlock: '10.1.0.0/16' })).Code, 'IdempotentParameterMismatch')
  assert.equal((await world.ask('vpc', 'DescribeVpcs')).TotalCount, 1)
})
test('a dry run checks and changes nothing', async () => {
  const world = createWorld()
  assert.equal((await world.ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16', DryRun: true })).Code, 'DryRunOperation')
  assert.equal((await world.ask('vpc', 'DescribeVpcs', { DryRun: true })).Code, 'DryRunOperation')
  assert.equal((await world.ask('vpc', 'DescribeVpcAttribute', { VpcId: 'vpc-none', DryRun: true })).Code, 'InvalidVpcId.NotFound')
  // Where the API does not have it, it changes nothing.
  assert.equal((await world.ask('vpc', 'DescribeRegions', { DryRun: true })).status, 200)
  assert.equal((await world.ask('vpc', 'DescribeVpcs')).TotalCount, 0)
})
test('query and form are one set of parameters, and the form wins', async () => {
  const world = createWorld()
  const answer = await world.send('POST', '/?Action=DescribeVpcs&Version=2016-04-28', 'Action=NoSuchThing')
  assert.equal(JSON.parse(answer.body).Code, 'InvalidAction.NotFound')
})
test('every write and every refusal is in the audit, and no secret', async () => {
  const world = createWorld()
  await world.ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
  await world.ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16' }, 'eye')
  await world.ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16' }, 'stranger')
  await world.ask('vpc', 'DeleteVpc', { VpcId: 'vpc-none' })
  const { AuditEvents } = await world.ask('havip', 'DescribeAuditEvents')
  assert.deepEqual(
    AuditEvents.map((each: Record<string, string>) => [each.Principal, each.Action, each.Outcome, each.SourceAddress]),
    [
      ['access-key:root', 'CreateVpc', 'OK', '192.0.2.7'],
      ['access-key:eye', 'CreateVpc', 'Forbidden.RAM', '192.0.2.7'],
      ['access-key:stranger', 'CreateVpc', 'InvalidAccessKeyId.NotFound', '192.0.2.7'],
      ['access-key:root', 'DeleteVpc', 'InvalidVpcId.NotFound', '192.0.2.7'],
    ],
  )
  assert.ok(!JSON.stringify(AuditEvents).includes('secret'))
})
test('strangers cannot fill the audit', async () => {
  const world = createWorld()
  for (let i = 0; i < 100; i++) await world.ask('vpc', 'DescribeVpcs', {}, 'stranger')
  assert.equal((await world.ask('havip', 'DescribeAuditEvents', { MaxResults: 1000 })).AuditEvents.length, 60)
})
test('the log names request, action, caller and outcome', async () => {
  const world = createWorld()
  await world.ask('vpc', 'DescribeVpcAttribute', { VpcId: 'vpc-none' })
  const { requestId, durationMs, ...record } = world.log[0] ?? assert.fail('no line')
  assert.match(requestId, /^[0-9A-F-]{36}$/)
  assert.equal(durationMs, 0)
  assert.deepEqual(record, {
    action: 'DescribeVpcAttribute',
    version: '2016-04-28',
    principal: 'root',
    remote: '192.0.2.7',
    status: 404,
    outcome: 'InvalidVpcId.NotFound',
  })
})
test('a store that fails is a 500 with a sentence, and the detail stays in the log', async () => {
  const world = createWorld()
  await world.settled
  world.memory.failNextCommit()
  const answer = await world.ask('vpc', 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
  assert.deepEqual([answer.status, answer.Code, answer.Message], [500, 'InternalError', 'The store is not available.'])
  assert.ok(world.log[0]?.error instanceof Error)
})
test('what was dropped at each port is shown with its instance', async () => {
  const world = createWorld()
  assert.deepEqual((await world.ask('havip', 'DescribePortDrops')).Ports, [])
})
test('a client without an endpoint is sent to the one it came to', async () => {
  const world = createWorld()
  const answer = await world.ask('location', 'DescribeEndpoints', { Id: 'cn-hangzhou', ServiceCode: 'vpc' })
  assert.deepEqual([answer.Success, answer.Endpoints.Endpoint[0].Endpoint], [true, 'api.test'])
})
test('an operator approves what waits, once', async () => {
  const world = createWorld({ settings: { autoApprove: false } })
  const made = await world.ask('quotas', 'CreateQuotaApplication', {
    ProductCode: 'vpc',
    QuotaActionCode: 'vpc_privilege_allow_buy_havip_instance',
    DesireValue: 1,
    Reason: 'x',
  })
  assert.equal(made.Status, 'Process')
  const { ApplicationId } = made
  assert.equal((await world.ask('havip', 'ApproveQuotaApplication', { ApplicationId }, 'hand')).Code, 'Forbidden.RAM')
  assert.equal((await world.ask('havip', 'ApproveQuotaApplication', { ApplicationId, AuditReason: 'yes' })).Status, 'Agree')
  assert.equal((await world.ask('havip', 'ApproveQuotaApplication', { ApplicationId })).Code, 'QuotaApplication.Decided')
  assert.equal((await world.ask('quotas', 'GetQuotaApplication', { ApplicationId })).QuotaApplication.Status, 'Agree')
  const quota = await world.ask('quotas', 'GetProductQuota', { ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist' })
  assert.equal(quota.Quota?.TotalQuota, 1, JSON.stringify(quota))
})
