// The event stream over loopback: who may follow it, that nothing is missed, and who is cut off.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { ok, wallTime } from '@havip/base'
import { stringToSignV1 } from '@havip/rpc-api'
import type { HavipId, NetworkInterfaceId } from '@havip/vpc'
import { Browser, follow, type Json } from '../test/browser.ts'
import { load } from '../test/clients.ts'
import { addUser, rootKey, startInMemory } from '../test/in-memory.ts'
import { rootAccount } from './controller.ts'

const PopCore = load('@alicloud/pop-core')
const region = { RegionId: 'cn-hangzhou' }

async function start(context: TestContext, eventTiming = {}) {
  const world = await startInMemory(context, rootKey, { eventTiming })
  const client = (apiVersion: string) => new PopCore.RPCClient({ ...rootKey, endpoint: world.url, apiVersion })
  const [own, vpc, ecs, quotas] = ['2026-11-22', '2016-04-28', '2014-05-26', '2020-05-10'].map(client)
  const ask = (of: Json, action: string, fields: object = {}) => of.request(action, { ...region, ...fields }, { method: 'POST' })
  const signIn = async (user?: string): Promise<Browser> => {
    const browser = new Browser(world.url)
    const { Path } = await ask(own, 'CreateSigninLink', user === undefined ? {} : { UserName: user })
    await browser.signIn({ token: Path.slice(9) })
    return browser
  }
  /** One event of our own making; gives its text. */
  const tell = async (text: string): Promise<string> => {
    const event = {
      at: wallTime(Date.now()),
      account: rootAccount,
      kind: 'test',
      resource: { type: 'havip', id: 'havip-1' },
      text,
      detail: {},
    } as const
    await world.store.write(async (tx) => ok(await tx.appendEvent(event)))
    return text
  }
  return { ...world, own, vpc, ecs, quotas, ask, signIn, tell }
}

test('a stream says hello, then tells of every change in words and facts', async (context) => {
  const { ask, vpc, signIn } = await start(context)
  const stream = await follow(context, await signIn())
  assert.equal(stream.response.headers.get('content-type'), 'text/event-stream;charset=utf-8')
  const hello = await stream.find('hello', ({ event }) => event === 'hello')
  assert.match(hello.data.controller, /^[0-9a-f-]{36}$/)
  assert.ok(Math.abs(Date.parse(hello.data.now) - Date.now()) < 5_000)
  assert.equal(hello.data.missed, false)
  const { VpcId } = await ask(vpc, 'CreateVpc', { CidrBlock: '10.0.0.0/16', VpcName: 'lab' })
  const made = await stream.find('created', ({ data }) => data.detail?.change === 'created')
  assert.deepEqual(
    [made.data.kind, made.data.resource, made.data.text],
    ['resource', { type: 'vpc', id: VpcId }, 'VPC lab was created (Pending).'],
  )
  assert.equal(made.id, String(made.data.id))
  const moved = await stream.find('available', ({ data }) => data.detail?.status === 'Available')
  assert.equal(moved.data.text, 'VPC lab: Pending → Available.')
  await stream.find('the audit', ({ data }) => data.kind === 'audit' && data.text === 'testAccessKeyId: CreateVpc')
  const ids = stream.frames.filter(({ event }) => event === 'change').map(({ id }) => Number(id))
  assert.deepEqual(
    ids,
    [...new Set(ids)].sort((a, b) => a - b),
  )
})
test('a stream that was lost goes on where it was: nothing missing, nothing twice', async (context) => {
  const { signIn, tell } = await start(context)
  const browser = await signIn()
  const texts: string[] = []
  const seen: string[] = []
  let last = '0'
  for (let round = 0; round < 4; round++) {
    // Past the tail that is kept in memory in the second round.
    for (let i = 0; i < (round === 1 ? 2_300 : 7); i++) texts.push(await tell(`${round}/${i}`))
    const stream = await follow(context, browser, '/events', { 'last-event-id': last })
    texts.push(await tell(`${round}/live`))
    await stream.find('the live one', ({ data }) => data.text === `${round}/live`)
    const frames = stream.frames.filter(({ data }) => data.kind === 'test')
    seen.push(...frames.map(({ data }) => data.text))
    last = frames.at(-1)?.id ?? last
    await stream.close()
  }
  assert.deepEqual(seen, texts)
  assert.equal((await follow(context, browser, `/events?after=${last}`)).response.status, 200)
})
test('whoever comes back after too long is told that something is missing', async (context) => {
  const { signIn, tell, store } = await start(context)
  const browser = await signIn()
  for (let i = 0; i < 5; i++) await tell(`${i}`)
  await store.write(async (tx) => ok(await tx.expireEvents(wallTime(0), 2)))
  const missed = async (last: string) => {
    const stream = await follow(context, browser, '/events', { 'last-event-id': last })
    return (await stream.find('hello', ({ event }) => event === 'hello')).data.missed
  }
  assert.equal(await missed('1'), true)
  const [newest] = await store.read((tx) => tx.events({ range: { before: Number.MAX_SAFE_INTEGER }, limit: 1 }))
  assert.equal(await missed(String(newest?.sequence)), false)
})
test('a viewer sees changes and not the audit; strangers see nothing', async (context) => {
  const { ask, own, vpc, signIn, url } = await start(context)
  await ask(own, 'CreateUser', { UserName: 'eve', Role: 'viewer' })
  const stream = await follow(context, await signIn('eve'))
  await stream.find('hello', ({ event }) => event === 'hello')
  await ask(vpc, 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
  await stream.find('available', ({ data }) => data.detail?.status === 'Available')
  assert.ok(stream.frames.every(({ data }) => data.kind !== 'audit'))
  const stranger = await new Browser(url).json('/events')
  assert.deepEqual([stranger.status, stranger.body.Code], [401, 'InvalidSession'])
  const foreign = await (await signIn()).json('/events', { headers: { origin: 'http://evil.example' } })
  assert.equal(foreign.status, 403)
})
test('a session that ends takes its stream with it', async (context) => {
  const { signIn, ask, own } = await start(context)
  const browser = await signIn()
  const stream = await follow(context, browser)
  await stream.find('hello', ({ event }) => event === 'hello')
  await browser.signOut()
  await stream.ended()
  assert.equal((await browser.json('/events')).status, 401)
  await ask(own, 'CreateUser', { UserName: 'eve', Role: 'administrator' })
  const demoted = await follow(context, await signIn('eve'))
  await demoted.find('hello', ({ event }) => event === 'hello')
  await ask(own, 'UpdateUser', { UserName: 'eve', Role: 'viewer' })
  await demoted.ended()
})
test('a signed query opens a stream, one that was signed for something else does not, and none does twice', async (context) => {
  const { url } = await start(context)
  const sign = (fields: Record<string, string>): string => {
    const all = new Map(
      Object.entries({
        Version: '2026-11-22',
        AccessKeyId: rootKey.accessKeyId,
        SignatureMethod: 'HMAC-SHA1',
        SignatureVersion: '1.0',
        SignatureNonce: `${Math.random()}`,
        Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
        ...fields,
      }),
    )
    const signature = createHmac('sha1', `${rootKey.accessKeySecret}&`).update(stringToSignV1('GET', all)).digest('base64')
    return `/events?${new URLSearchParams([...all, ['Signature', signature]])}`
  }
  const path = sign({ Action: 'DescribeEvents' })
  const stream = await follow(context, new Browser(url), path)
  await stream.find('hello', ({ event }) => event === 'hello')
  const code = async (query: string) => (await new Browser(url).json(query)).body.Code
  assert.equal(await code(path), 'SignatureNonceUsed')
  assert.equal(await code(sign({ Action: 'DescribeVpcs', Version: '2016-04-28' })), 'InvalidParameter')
  assert.equal(await code(`${sign({ Action: 'DescribeEvents' })}A`), 'SignatureDoesNotMatch')
})
test('the owner of a HaVip is history as soon as it is seen', async (context) => {
  const { ask, own, vpc, ecs, quotas, plane, signIn } = await start(context)
  await ask(quotas, 'CreateQuotaApplication', {
    ProductCode: 'vpc',
    QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist',
    DesireValue: 1,
    Reason: 'x',
  })
  const until = async (work: () => Promise<Json>): Promise<Json> => {
    for (let turn = 0; ; turn++) {
      try {
        return await work()
      } catch (error) {
        if (turn > 1000) throw error
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  }
  const { VpcId } = await ask(vpc, 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
  const { VSwitchId } = await until(() => ask(vpc, 'CreateVSwitch', { VpcId, ZoneId: 'cn-hangzhou-b', CidrBlock: '10.0.0.0/24' }))
  const { SecurityGroupId } = await ask(ecs, 'CreateSecurityGroup', { VpcId, SecurityGroupName: 'group' })
  const run = { ImageId: 'havip_host_x64', InstanceType: 'ecs.g7.large', VSwitchId, SecurityGroupId, InstanceName: 'ecs-1' }
  const { InstanceIdSets } = await until(() => ask(ecs, 'RunInstances', run))
  const { HaVipId } = await ask(vpc, 'CreateHaVip', { VSwitchId, IpAddress: '10.0.0.88', Name: 'web' })
  const { NetworkInterfaceSets } = await ask(ecs, 'DescribeNetworkInterfaces', { InstanceId: InstanceIdSets.InstanceIdSet[0] })
  const stream = await follow(context, await signIn())
  plane.announce(HaVipId as HavipId, NetworkInterfaceSets.NetworkInterfaceSet[0].NetworkInterfaceId as NetworkInterfaceId)
  const seen = await stream.find('the owner', ({ data }) => data.kind === 'owner')
  assert.deepEqual([seen.data.text, seen.data.resource], ['ecs-1 announces 10.0.0.88 (HaVip web).', { type: 'havip', id: HaVipId }])
  const { Events } = await ask(own, 'DescribeEvents', { ResourceId: HaVipId, 'Kind.1': 'owner' })
  assert.deepEqual(
    Events.map((each: Json) => each.Detail.instance),
    [InstanceIdSets.InstanceIdSet[0]],
  )
})
test('a client that takes nothing is cut off, and holds nobody up', { timeout: 120_000 }, async (context) => {
  const { signIn, tell, port, url } = await start(context, { slowMsMax: 3000 })
  const browser = await signIn()
  const socket = connect(port, '127.0.0.1')
  context.after(() => socket.destroy())
  socket.write(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${browser.cookie}\r\n\r\n`)
  await new Promise((resolve) => socket.once('readable', resolve))
  const stream = await follow(context, browser)
  await stream.find('hello', ({ event }) => event === 'hello')
  const long = 'x'.repeat(4_000)
  const streams = async () => /havip_event_streams (\d+)/.exec(await (await fetch(`${url}/metrics`)).text())?.[1]
  assert.equal(await streams(), '2')
  // More than what sockets hold back.
  for (let i = 0; i < 4_000; i++) await tell(`${i} ${long}`)
  await stream.find('the last one', ({ data }) => data.text?.startsWith('3999 '))
  for (let turn = 0; turn < 1000 && (await streams()) !== '1'; turn++) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(await streams(), '1')
})
test('a stream on which nothing happens says from time to time that it is there', async (context) => {
  const { signIn } = await start(context, { heartbeatMs: 30 })
  const stream = await follow(context, await signIn())
  await stream.find('hello', ({ event }) => event === 'hello')
  for (let turn = 0; turn < 3000 && stream.comments() < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(stream.comments() >= 3)
})
test('webhooks are told in order, signed, again after a failure, and forgotten when deleted', async (context) => {
  const { ask, own, vpc } = await start(context)
  const taken: { readonly headers: Json; readonly body: string }[] = []
  let isFailing = true
  const receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      if (!isFailing) taken.push({ headers: request.headers, body })
      response.writeHead(isFailing ? 503 : 204).end()
      isFailing = false
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  context.after(() => receiver.close())
  const Url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
  const { Webhook, Secret } = await ask(own, 'CreateWebhook', { Url, 'Kind.1': 'resource' })
  await ask(vpc, 'CreateVpc', { CidrBlock: '10.0.0.0/16', VpcName: 'lab' })
  for (let turn = 0; turn < 600 && !taken.some(({ body }) => body.includes('Available')); turn++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  const events = taken.flatMap(({ body }) => JSON.parse(body).events)
  assert.deepEqual(
    events.map((event: Json) => event.text),
    ['VPC lab was created (Pending).', 'VPC lab: Pending → Available.'],
  )
  for (const { headers, body } of taken) {
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['x-havip-signature']) ?? []
    assert.equal(v1, createHmac('sha256', Secret).update(`${t}.${body}`).digest('hex'))
    assert.equal(headers['x-havip-webhook'], Webhook.WebhookId)
  }
  const listed = await ask(own, 'DescribeWebhooks')
  assert.ok(!JSON.stringify(listed).includes(Secret))
  assert.deepEqual([listed.Webhooks[0].Failures, listed.Webhooks[0].LastError], [0, ''])
  await ask(own, 'DeleteWebhook', { WebhookId: Webhook.WebhookId })
  assert.equal((await ask(own, 'DescribeWebhooks')).TotalCount, 0)
  for (const bad of ['ftp://x/', 'http://user:secret@x/', 'no url']) {
    await assert.rejects(ask(own, 'CreateWebhook', { Url: bad }), { code: 'InvalidParameter' })
  }
})
test('metrics count calls by action and outcome, and strangers make no labels', async (context) => {
  const { ask, vpc, url, store, vault } = await start(context)
  await addUser(store, vault, 'other', 'viewer', { accessKeyId: 'other', accessKeySecret: 's' })
  await ask(vpc, 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
  await fetch(`${url}/?Action=%22%0Amade_up&Version=2016-04-28`)
  const response = await fetch(`${url}/metrics`)
  assert.equal(response.headers.get('content-type'), 'text/plain;version=0.0.4;charset=utf-8')
  const text = await response.text()
  for (const line of [
    'havip_api_requests_total{action="CreateVpc",outcome="OK"} 1',
    'havip_api_requests_total{action="unknown",outcome="InvalidAction.NotFound"} 1',
    'havip_resources{kind="vpc"} 1',
    'havip_resources{kind="user"} 2',
    'havip_leader 1',
  ])
    assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`)
  assert.match(text, /havip_reconcile_seconds_count [1-9]/)
  // Every line is a comment or a sample.
  for (const line of text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^\n]*\})? -?[0-9.e+-]+)$/)
})
