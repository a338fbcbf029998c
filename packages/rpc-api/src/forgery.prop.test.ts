// Requests recorded from the official clients, changed in one place: none is let in, wherever the change is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nodeCrypto } from '../test/node-crypto.ts'
import { type RecordedRequest, recordedKey, recordedRequests, tokenOf } from '../test/recorded-requests.ts'
import { readParameters } from './form.ts'
import type { ApiRequest } from './http.ts'
import { memoryNonceStore } from './nonce.ts'
import { signatureAuthenticator } from './signature.ts'

type Message = {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
type Outcome = 'accepted' | 'refused'

/** Through the whole proof: reading the parameters, then the signature; a nonce store and a clock of its own. */
async function outcomeOf(message: Message, recorded: RecordedRequest): Promise<Outcome> {
  const request: ApiRequest = {
    ...message,
    headers: new Map(Object.entries(message.headers)),
    body: new TextEncoder().encode(message.body),
    remote: '127.0.0.1',
  }
  const parameters = readParameters(request)
  if (!parameters.ok) return 'refused'
  const authenticate = signatureAuthenticator({
    keys: { find: async (id) => recordedKey(id, tokenOf(recorded)) },
    nonces: memoryNonceStore(nodeCrypto),
    crypto: nodeCrypto,
  })
  const result = await authenticate({ request, parameters: parameters.value, action: '', version: '' }, Date.parse(recorded.at))
  return result?.ok ? 'accepted' : 'refused'
}

/** What a request says, however it is spelled: what is signed and what the server acts on. */
function meaningOf(message: Message, recorded: RecordedRequest): string {
  const body = new TextEncoder().encode(message.body)
  const parameters = readParameters({ ...message, headers: new Map(Object.entries(message.headers)), body, remote: '' })
  if (!parameters.ok) return 'unreadable'
  const { all, query } = parameters.value
  const sorted = (fields: ReadonlyMap<string, string>): unknown => [...fields].sort(([a], [b]) => (a < b ? -1 : 1))
  const headers = Object.entries(message.headers)
    .filter(([name]) => name.startsWith('x-acs-') || name === 'host' || name === 'authorization')
    .map(([name, value]) => [name, value.trim()])
    .sort()
  return JSON.stringify(
    recorded.scheme === 'V1' ? [message.method, sorted(all)] : [message.method, sorted(query), sorted(all), headers, message.body],
  )
}

const spliced = (text: string, at: number, remove: number, add: string): string => text.slice(0, at) + add + text.slice(at + remove)
const somewhere = (text: string) => fc.nat({ max: text.length })
const character = fc.oneof(fc.stringMatching(/^[A-Za-z0-9&=.%+/:;, _~*'-]$/), fc.string({ minLength: 1, maxLength: 1 }))

/** One change of the text: a letter replaced, put in, taken out, or in the other case. */
const edited = (text: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(somewhere(text), character).map(([at, add]) => spliced(text, at, 1, add)),
    fc.tuple(somewhere(text), character).map(([at, add]) => spliced(text, at, 0, add)),
    somewhere(text).map((at) => spliced(text, at, 1, '')),
    somewhere(text).map((at) => {
      const letter = text.charAt(at)
      return spliced(text, at, 1, letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())
    }),
  )

/** A parameter that is there already, again: before and after the true one. */
const repeated = (text: string): fc.Arbitrary<string> => {
  const pairs = text.split('&').filter((pair) => pair.includes('='))
  if (pairs.length === 0) return fc.constant(`${text}&RegionId=x`)
  return fc.tuple(fc.constantFrom(...pairs), fc.boolean(), character).map(([pair, isFirst, add]) => {
    const extra = `${pair.slice(0, pair.indexOf('='))}=${encodeURIComponent(add.toWellFormed())}`
    return isFirst ? `${extra}&${text}` : `${text}&${extra}`
  })
}

function withHeader(message: Message, name: string, value: string | undefined): Message {
  const { [name]: _, ...rest } = message.headers
  return { ...message, headers: value === undefined ? rest : { ...rest, [name]: value } }
}

function forgeries(recorded: RecordedRequest): fc.Arbitrary<Message> {
  const { method, target, headers, body } = recorded
  const whole: Message = { method, target, headers, body }
  const query = target.slice(target.indexOf('?') + 1)
  const inQuery = (text: string): Message => ({ ...whole, target: `/?${text}` })
  const names = Object.keys(headers)
  const changes: fc.Arbitrary<Message>[] = [
    fc.constantFrom('GET', 'POST', 'PUT', 'HEAD').map((other): Message => ({ ...whole, method: other })),
    repeated(query).map(inQuery),
    fc
      .constantFrom('x-acs-security-token', 'x-acs-accesskey-id', 'x-acs-other', 'content-type')
      .map((name): Message => ({ ...whole, headers: { [name]: 'application/x-www-form-urlencoded', ...headers } })),
  ]
  if (names.length > 0)
    changes.push(
      fc.constantFrom(...names).chain((name) => edited(headers[name] ?? '').map((value) => withHeader(whole, name, value))),
      fc.constantFrom(...names).map((name) => withHeader(whole, name, undefined)),
    )
  if (target.includes('?')) changes.push(edited(query).map(inQuery))
  if (body !== '')
    changes.push(
      edited(body).map((text) => ({ ...whole, body: text })),
      repeated(body).map((text) => ({ ...whole, body: text })),
    )
  return fc.oneof(...changes)
}

for (const recorded of recordedRequests) {
  test(`${recorded.name}: changed in one place, it is not let in`, async () => {
    assert.equal(await outcomeOf(recorded, recorded), 'accepted')
    const genuine = meaningOf(recorded, recorded)
    await fc.assert(
      fc.asyncProperty(forgeries(recorded), async (message) => {
        // Another spelling of the same request is the same request: it doesn't count as one of the runs.
        fc.pre(meaningOf(message, recorded) !== genuine)
        assert.equal(await outcomeOf(message, recorded), 'refused')
      }),
      { numRuns: Number(process.env.FORGERIES ?? 100) },
    )
  })
}

test('a signature has one spelling: other digits that decode to the same bytes are refused', async () => {
  const v3 = recordedRequests.find(({ scheme }) => scheme === 'V3') as RecordedRequest
  const authorization = (v3.headers.authorization ?? '').replace(
    /Signature=([0-9a-f]+)$/,
    (_, hex: string) => `Signature=${hex.toUpperCase()}`,
  )
  assert.notEqual(authorization, v3.headers.authorization)
  assert.equal(await outcomeOf({ ...v3, headers: { ...v3.headers, authorization } }, v3), 'refused')
  const v1 = recordedRequests.find(({ name }) => name === 'v1-pop-get') as RecordedRequest
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const signature = decodeURIComponent(/Signature=([^&]+)/.exec(v1.target)?.[1] ?? '')
  // 20 bytes leave two bits of the last digit unused.
  const last = alphabet.indexOf(signature.charAt(26))
  const other = `${signature.slice(0, 26)}${alphabet[last ^ 1]}=`
  assert.deepEqual(Buffer.from(other, 'base64'), Buffer.from(signature, 'base64'))
  const target = v1.target.replace(/Signature=[^&]+/, `Signature=${encodeURIComponent(other)}`)
  assert.equal(await outcomeOf({ ...v1, target }, v1), 'refused')
})
