// Sessions over loopback: signing in, what the cookie is good for, and what is refused without it.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { Browser } from '../test/browser.ts'
import { load } from '../test/clients.ts'
import { rootKey, startInMemory } from '../test/in-memory.ts'

const PopCore = load('@alicloud/pop-core')
const password = 'correct horse battery'

/** A controller, a client that signs, and a user `ann` with a password. */
async function start(context: TestContext, role = 'operator') {
  const world = await startInMemory(context)
  const clientOf = (apiVersion: string) => new PopCore.RPCClient({ ...rootKey, endpoint: world.url, apiVersion })
  const own = clientOf('2026-11-22')
  const ask = (action: string, fields: object = {}) => own.request(action, fields, { method: 'POST' })
  await ask('CreateUser', { UserName: 'ann', Role: role, Password: password })
  return { ...world, ask, browser: new Browser(world.url) }
}

/** As an authenticator app computes it (RFC 6238). */
function codeOf(secret: string, atMs: number): string {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)))
  const hash = createHmac('sha1', key).update(counter).digest()
  return String((hash.readUInt32BE((hash[19] as number) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('a password opens a session, and the console calls the same actions with it', async (context) => {
  const { browser } = await start(context)
  const signedIn = await browser.signIn({ user: 'Ann', password })
  assert.equal(signedIn.status, 200)
  assert.match(signedIn.headers.get('set-cookie') ?? '', /^havip_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
  const { account, user, role, csrf, expiresAt } = signedIn.body
  assert.deepEqual([account, user, role], ['1000000000000001', 'ann', 'operator'])
  assert.ok(csrf.length >= 32 && Date.parse(expiresAt) > Date.now())
  assert.deepEqual((await browser.json('/session')).body.user, 'ann')
  const made = await browser.call('vpc', 'CreateVpc', { RegionId: 'cn-hangzhou', CidrBlock: '10.0.0.0/16', VpcName: 'by hand' })
  assert.equal(made.status, 200)
  const { body } = await browser.call('vpc', 'DescribeVpcs', { RegionId: 'cn-hangzhou' })
  assert.equal(body.Vpcs.Vpc[0].VpcName, 'by hand')
  const refused = await browser.call('havip', 'ListUsers')
  assert.deepEqual([refused.status, refused.body.Code], [403, 'Forbidden.RAM'])
  assert.equal((await browser.call('vpc', 'NoSuchThing')).body.Code, 'InvalidAction.NotFound')
  assert.equal((await browser.call('nothing', 'DescribeVpcs', { RegionId: 'cn-hangzhou' })).body.Code, 'InvalidApi.NotFound')
})
test('the path chooses the action, whatever the form says', async (context) => {
  const { browser } = await start(context)
  await browser.signIn({ user: 'ann', password })
  const answer = await browser.call('vpc', 'DescribeRegions', { Action: 'CreateVpc', Version: '2014-05-26', CidrBlock: '10.0.0.0/16' })
  assert.equal(answer.body.Regions.Region[0].RegionId, 'cn-hangzhou')
})
test('a wrong password, an unknown user and a disabled one look alike', async (context) => {
  const { browser, ask, vault } = await start(context)
  const answers = [
    await browser.signIn({ user: 'ann', password: 'wrong horse battery' }),
    await browser.signIn({ user: 'nobody', password }),
  ]
  await ask('UpdateUser', { UserName: 'ann', Disabled: true })
  const before = vault.scrypts
  answers.push(await browser.signIn({ user: 'ann', password }))
  assert.equal(vault.scrypts, before + 1)
  for (const { status, body } of answers) {
    assert.deepEqual([status, body], [401, { code: 'InvalidCredentials', message: 'The user name or the password is not right.' }])
  }
  assert.equal(browser.cookie, '')
})
test('who guesses is slowed down, and told until when', async (context) => {
  const { browser } = await start(context)
  const statuses: number[] = []
  for (let i = 0; i < 22; i++) statuses.push((await browser.signIn({ user: 'ann', password: `guess number ${i}` })).status)
  assert.equal(statuses.filter((status) => status === 401).length, 20)
  const last = await browser.signIn({ user: 'ann', password })
  assert.deepEqual([last.status, last.body.code], [429, 'Throttling'])
  assert.match(last.headers.get('retry-after') ?? '', /^[123]$/)
})
test('without the token against forgery, with a forged one, or from another site, nothing happens', async (context) => {
  const { browser, url } = await start(context)
  await browser.signIn({ user: 'ann', password })
  const create = (headers: Record<string, string>) =>
    browser.call('vpc', 'CreateVpc', { RegionId: 'cn-hangzhou', CidrBlock: '10.0.0.0/16' }, headers)
  const codes = []
  for (const headers of [
    { 'x-havip-csrf': '' },
    { 'x-havip-csrf': 'x'.repeat(40) },
    { 'x-havip-csrf': `${browser.csrf}0` },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ])
    codes.push((await create(headers)).body.Code)
  assert.deepEqual(codes, ['InvalidCsrfToken', 'InvalidCsrfToken', 'InvalidCsrfToken', 'ForeignOrigin', 'ForeignOrigin', 'ForeignOrigin'])
  assert.equal((await browser.call('vpc', 'DescribeVpcs', { RegionId: 'cn-hangzhou' }, { origin: url })).body.TotalCount, 0)
  const byForm = await browser.json('/session', { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } })
  assert.equal(byForm.status, 400)
  const elsewhere = {
    method: 'POST',
    body: JSON.stringify({ user: 'ann', password }),
    headers: { 'content-type': 'application/json', origin: 'http://evil.example' },
  }
  assert.equal((await browser.json('/session', elsewhere)).status, 403)
})
test('forged cookies are none, and a session is no signature', async (context) => {
  const { browser } = await start(context)
  await browser.signIn({ user: 'ann', password })
  const { cookie, csrf } = browser
  for (const forged of [
    '',
    'havip_session=',
    `havip_session=${'A'.repeat(43)}`,
    `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`,
    `x${cookie}`,
  ]) {
    browser.cookie = forged
    browser.csrf = csrf
    const answer = await browser.call('vpc', 'DescribeVpcs', { RegionId: 'cn-hangzhou' })
    assert.deepEqual([answer.status, answer.body.Code], [401, 'InvalidSession'], forged)
    assert.equal((await browser.json('/session')).status, 401)
  }
  browser.cookie = cookie
  const rpc = await browser.json('/?Action=DescribeVpcs&Version=2016-04-28', { headers: { 'x-havip-csrf': csrf } })
  assert.equal(rpc.body.Code, 'IncompleteSignature')
})
test('signing out ends the session at once, for every copy of the cookie', async (context) => {
  const { browser, url } = await start(context)
  await browser.signIn({ user: 'ann', password })
  const copy = new Browser(url)
  copy.cookie = browser.cookie
  assert.equal((await copy.json('/session')).status, 200)
  assert.equal((await copy.json('/session', { method: 'DELETE' })).status, 403)
  assert.equal((await browser.signOut()).status, 200)
  assert.equal(browser.cookie, 'havip_session=')
  assert.equal((await copy.json('/session')).status, 401)
})
test('a new password ends the other sessions, a disabled user all of them', async (context) => {
  const { browser, url, ask } = await start(context)
  const other = new Browser(url)
  await browser.signIn({ user: 'ann', password })
  await other.signIn({ user: 'ann', password })
  const change = (fields: Record<string, string>) => browser.call('havip', 'ChangePassword', fields)
  assert.equal(
    (await change({ OldPassword: 'not the old one', NewPassword: 'another good one' })).body.Code,
    'InvalidParameter.OldPassword',
  )
  assert.equal((await change({ OldPassword: password, NewPassword: 'short' })).body.Code, 'InvalidParameter')
  assert.equal((await change({ OldPassword: password, NewPassword: 'another good one' })).status, 200)
  assert.equal((await other.json('/session')).status, 401)
  assert.equal((await browser.json('/session')).status, 200)
  assert.equal((await other.signIn({ user: 'ann', password })).status, 401)
  await ask('UpdateUser', { UserName: 'ann', Disabled: true })
  assert.equal((await browser.call('vpc', 'DescribeVpcs', { RegionId: 'cn-hangzhou' })).status, 401)
})
test('a second factor is asked for once it is confirmed, and each code counts once', async (context) => {
  const { browser, url } = await start(context)
  await browser.signIn({ user: 'ann', password })
  const { body: begun } = await browser.call('havip', 'BeginSecondFactor')
  assert.match(begun.Uri, /^otpauth:\/\/totp\/havip:ann\?secret=[A-Z2-7]{32}&/)
  assert.equal((await browser.call('havip', 'ConfirmSecondFactor', { Code: '000000' })).body.Code, 'SecondFactor.WrongCode')
  const now = Date.now()
  assert.equal((await browser.call('havip', 'ConfirmSecondFactor', { Code: codeOf(begun.Secret, now) })).status, 200)
  const again = new Browser(url)
  assert.equal((await again.signIn({ user: 'ann', password })).body.code, 'TotpRequired')
  assert.equal((await again.signIn({ user: 'ann', password: 'wrong horse battery', totp: '1' })).body.code, 'InvalidCredentials')
  assert.equal((await again.signIn({ user: 'ann', password, totp: codeOf(begun.Secret, now) })).body.code, 'SecondFactor.WrongCode')
  const next = codeOf(begun.Secret, now + 30_000)
  const tries = await Promise.all([
    again.signIn({ user: 'ann', password, totp: next }),
    new Browser(url).signIn({ user: 'ann', password, totp: next }),
  ])
  assert.deepEqual(tries.map(({ status }) => status).sort(), [200, 401])
})
test('a link signs in once, and not as a temporary credential', async (context) => {
  const { browser, url, ask } = await start(context)
  const { Path, UserName } = await ask('CreateSigninLink')
  assert.equal(UserName, 'root')
  const token = Path.slice('/#signin='.length)
  assert.match(token, /^[\w-]{43}$/)
  assert.equal((await browser.signIn({ token })).body.role, 'administrator')
  const second = await new Browser(url).signIn({ token })
  assert.deepEqual([second.status, second.body.code], [401, 'InvalidSigninLink'])
  const foreign = await ask('CreateSigninLink', { UserName: 'ann' })
  assert.equal((await new Browser(url).signIn({ token: foreign.Path.slice(9) })).body.user, 'ann')
})
test('signing in, failing to and signing out are in the audit, without a password', async (context) => {
  const { browser, ask } = await start(context)
  await browser.signIn({ user: 'ann', password: 'wrong horse battery' })
  await browser.signIn({ user: 'ann', password })
  await browser.signOut()
  const { AuditEvents } = await ask('DescribeAuditEvents')
  const lines = AuditEvents.map((each: Record<string, string>) => [each.Principal, each.Action, each.Outcome])
  assert.deepEqual(lines, [
    ['access-key:testAccessKeyId', 'CreateUser', 'OK'],
    ['session:ann', 'SignIn', 'InvalidCredentials'],
    ['session:ann', 'SignIn', 'OK'],
    ['session:ann', 'SignOut', 'OK'],
  ])
  assert.ok(!JSON.stringify(AuditEvents).includes('horse'))
})
test('the audit can be had as lines, with filters, by who may', async (context) => {
  const { browser, ask, url } = await start(context)
  await browser.signIn({ user: 'ann', password })
  await browser.call('vpc', 'CreateVpc', { RegionId: 'cn-hangzhou', CidrBlock: '10.0.0.0/16' })
  assert.equal((await browser.json('/audit.ndjson')).body.Code, 'Forbidden.RAM')
  const admin = new Browser(url)
  await admin.signIn({ token: (await ask('CreateSigninLink')).Path.slice(9) })
  const lines = async (query: string) => {
    const response = await admin.fetch(`/audit.ndjson${query}`)
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson;charset=utf-8')
    return (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).Action)
  }
  assert.deepEqual(await lines('?Principal=ann'), ['SignIn', 'CreateVpc', 'DescribeAuditEvents'])
  assert.deepEqual(await lines('?Outcome=refused'), ['DescribeAuditEvents'])
  assert.equal((await admin.json('/audit.ndjson?StartTime=yesterday')).body.Code, 'InvalidParameter')
  assert.equal((await new Browser(url).json('/audit.ndjson')).status, 401)
})
