// Requests recorded from the official clients, and what becomes of them when somebody changes a byte.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from '../test/node-crypto.ts'
import { type RecordedRequest, recordedKey, recordedRequests, tokenOf } from '../test/recorded-requests.ts'
import type { AccessKey, Claim } from './authenticate.ts'
import { canonicalRequestV3, stringToSignV1, toHex } from './canonical.ts'
import { readParameters } from './form.ts'
import type { ApiRequest } from './http.ts'
import { memoryNonceStore } from './nonce.ts'
import { signatureAuthenticator } from './signature.ts'

const named = (name: string): RecordedRequest => {
  const found = recordedRequests.find((each) => each.name === name)
  assert.ok(found)
  return found
}
const requestOf = (recorded: RecordedRequest): ApiRequest => ({
  method: recorded.method,
  target: recorded.target,
  headers: new Map(Object.entries(recorded.headers)),
  body: new TextEncoder().encode(recorded.body),
  remote: '127.0.0.1',
})
function claimOf(request: ApiRequest): Claim {
  const parameters = readParameters(request)
  assert.ok(parameters.ok)
  return { request, parameters: parameters.value, action: '', version: '' }
}
const authenticator = (key: Partial<AccessKey> = {}) =>
  signatureAuthenticator({
    keys: { find: (id) => Promise.resolve(recordedKey(id, key)) },
    nonces: memoryNonceStore(nodeCrypto),
    crypto: nodeCrypto,
  })

async function answer(recorded: RecordedRequest, options: { at?: number; key?: Partial<AccessKey> } = {}): Promise<string> {
  const result = await authenticator(options.key ?? tokenOf(recorded))(claimOf(requestOf(recorded)), options.at ?? Date.parse(recorded.at))
  if (!result) return 'not asked'
  return result.ok ? `ok ${result.value.principal}` : `${result.fault.status} ${result.fault.code}`
}

for (const recorded of recordedRequests) {
  test(`${recorded.name} is accepted, and its string to sign is the client's own`, async () => {
    const claim = claimOf(requestOf(recorded))
    if (recorded.scheme === 'V1') {
      assert.equal(stringToSignV1(recorded.method, claim.parameters.all), recorded.stringToSign)
    } else {
      const signedHeaders = /SignedHeaders=([^,]+)/.exec(recorded.headers.authorization as string)?.[1]?.split(';') ?? []
      const payloadHash = toHex(nodeCrypto.sha256(claim.request.body))
      const parts = { method: recorded.method, query: claim.parameters.query, headers: claim.request.headers, signedHeaders, payloadHash }
      assert.equal(canonicalRequestV3(parts), recorded.canonical)
    }
    assert.match(await answer(recorded), /^ok /)
  })
}

const v1 = named('v1-pop-get')
const v3 = named('v3-describe-havips-filter')

test('a key that nobody has is 404', async () => {
  assert.equal(
    await answer({ ...v1, target: v1.target.replace('AccessKeyId=testAccessKeyId', 'AccessKeyId=other') }),
    '404 InvalidAccessKeyId.NotFound',
  )
})
test('a disabled key is refused', async () => {
  assert.equal(await answer(v1, { key: { active: false } }), '400 InvalidAccessKeyId.Inactive')
})
test('a parameter changed after signing does not match', async () => {
  assert.equal(await answer({ ...v1, target: v1.target.replace('cn-hangzhou', 'cn-beijing') }), '400 SignatureDoesNotMatch')
})
test('a parameter added after signing does not match', async () => {
  assert.equal(await answer({ ...v1, target: `${v1.target}&Force=true` }), '400 SignatureDoesNotMatch')
})
test('the method is part of what is signed', async () => {
  assert.equal(await answer({ ...v1, method: 'POST' }), '400 SignatureDoesNotMatch')
  assert.equal(await answer({ ...v3, method: 'GET' }), '400 SignatureDoesNotMatch')
})
test('a clock 15 minutes off is accepted, one second more is not, either way', async () => {
  const at = Date.parse(v1.at)
  for (const direction of [1, -1]) {
    assert.match(await answer(v1, { at: at + direction * 900_000 }), /^ok/)
    assert.equal(await answer(v1, { at: at + direction * 901_000 }), '400 InvalidTimeStamp.Expired')
  }
})
test('a time of another form is a fault of form', async () => {
  const headers = { ...v3.headers, 'x-acs-date': '2026-02-30T00:00:00Z' }
  assert.equal(await answer({ ...v3, headers }), '400 InvalidTimeStamp.Format')
})
test('the same request twice is a replay, in both schemes', async () => {
  for (const recorded of [v1, v3]) {
    const ask = authenticator()
    const claim = claimOf(requestOf(recorded))
    const first = await ask(claim, Date.parse(recorded.at))
    const second = await ask(claim, Date.parse(recorded.at))
    assert.ok(first?.ok)
    assert.ok(second && !second.ok)
    assert.equal(second.fault.code, 'SignatureNonceUsed')
  }
})
test('a forged request does not burn the nonce of the true one', async () => {
  const ask = authenticator()
  const forged = await ask(claimOf(requestOf({ ...v1, target: v1.target.replace('cn-hangzhou', 'x') })), Date.parse(v1.at))
  assert.ok(forged && !forged.ok)
  const genuine = await ask(claimOf(requestOf(v1)), Date.parse(v1.at))
  assert.ok(genuine?.ok)
})
test('a signature that is missing, empty or no base64 is refused', async () => {
  assert.equal(await answer({ ...v1, target: v1.target.replace(/&Signature=[^&]*/, '') }), '400 IncompleteSignature')
  assert.equal(await answer({ ...v1, target: v1.target.replace(/&Signature=[^&]*/, '&Signature=') }), '400 IncompleteSignature')
  assert.equal(
    await answer({ ...v1, target: v1.target.replace(/&Signature=[^&]*/, '&Signature=%FF'.replace('%FF', '!!')) }),
    '400 SignatureDoesNotMatch',
  )
})
test('a body that changed does not match, whether or not its hash is changed with it', async () => {
  const recorded = named('v3-query-and-form-body')
  const body = recorded.body.replace('i-bp', 'i-xx')
  assert.equal(await answer({ ...recorded, body }), '400 SignatureDoesNotMatch')
  const hash = toHex(nodeCrypto.sha256(new TextEncoder().encode(body)))
  const headers = { ...recorded.headers, 'x-acs-content-sha256': hash }
  assert.equal(await answer({ ...recorded, body, headers }), '400 SignatureDoesNotMatch')
})
test('a rewritten Host does not match', async () => {
  assert.equal(await answer({ ...v3, headers: { ...v3.headers, host: '127.0.0.1:9' } }), '400 SignatureDoesNotMatch')
})
test('a header that means something has to be signed', async () => {
  const token = { ...v3.headers, 'x-acs-security-token': 'x' }
  assert.equal(await answer({ ...v3, headers: token }), '400 IncompleteSignature')
  const unsigned = (v3.headers.authorization as string).replace('x-acs-action;', '')
  assert.equal(await answer({ ...v3, headers: { ...v3.headers, authorization: unsigned } }), '400 IncompleteSignature')
})
test('a body cannot be made into a form by an unsigned content type', async () => {
  const recorded = { ...v3, body: 'Force=true', headers: { ...v3.headers, 'content-type': 'application/x-www-form-urlencoded' } }
  assert.equal(await answer(recorded), '400 IncompleteSignature')
})
test('other algorithms are refused by name', async () => {
  const authorization = (v3.headers.authorization as string).replace('ACS3-HMAC-SHA256', 'ACS3-HMAC-SM3')
  assert.equal(await answer({ ...v3, headers: { ...v3.headers, authorization } }), '400 InvalidSignatureMethod')
})
test('a name that holds & and = cannot stand for two parameters', async () => {
  const target = v3.target.replace('PageNumber=1&PageSize=50', 'PageNumber=1%26PageSize=50')
  assert.equal(await answer({ ...v3, target }), '400 SignatureDoesNotMatch')
})
test('a temporary key needs its own token, before it expires', async () => {
  const recorded = named('v1-pop-get-sts-filter')
  assert.equal(await answer(recorded, { key: {} }), '400 InvalidSecurityToken.MismatchWithAccessKey')
  const temporary = { token: 'testSecurityToken/with+chars==', expiresAtMs: Date.parse(recorded.at) }
  assert.equal(await answer(recorded, { key: { temporary } }), '400 InvalidSecurityToken.Expired')
  assert.equal(
    await answer(recorded, { key: { temporary: { ...temporary, token: 'another' } } }),
    '400 InvalidSecurityToken.MismatchWithAccessKey',
  )
  assert.equal(await answer(v1, { key: { temporary } }), '400 MissingSecurityToken')
})
test('a request without any proof is left to another authenticator', async () => {
  assert.equal(await answer({ ...v1, target: '/?Action=DescribeVpcs&Version=2016-04-28' }), 'not asked')
})
test('nonces are kept until their request is too old, and then forgotten', async () => {
  const store = memoryNonceStore(nodeCrypto)
  assert.equal(await store.remember('k', 'a', 0, 900_000), 'fresh')
  assert.equal(await store.remember('k', 'a', 900_000, 1_800_000), 'used')
  assert.equal(await store.remember('other', 'a', 900_000, 1_800_000), 'fresh')
  assert.equal(await store.remember('k', 'a', 960_000, 1_860_000), 'fresh')
})
test('a full store accepts none until old ones are forgotten', async () => {
  const store = memoryNonceStore(nodeCrypto, 2)
  assert.equal(await store.remember('k', 'a', 0, 900_000), 'fresh')
  assert.equal(await store.remember('k', 'b', 0, 900_000), 'fresh')
  assert.equal(await store.remember('k', 'c', 0, 900_000), 'full')
  assert.equal(await store.remember('k', 'c', 960_000, 1_800_000), 'fresh')
})
