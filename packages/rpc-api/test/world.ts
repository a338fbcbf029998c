// A whole control plane in memory behind the API's door: for tests that call it as clients do.
import { ok, wallTime } from '@havip/base'
import type { AccountId } from '@havip/vpc'
import {
  CommandRunner,
  createIdentityService,
  createVpcService,
  createWebhookService,
  defaultSettings,
  OwnerBoard,
  Reconciler,
  type Role,
  recordingStore,
  type Settings,
  type Store,
  type User,
} from '@havip/vpc-service'
import { countingEntropy, FakeClock, FakeCompute, FakePlane, memoryStore, testClaim, testVault } from '@havip/vpc-service/testing'
import { accessKeysOf } from '../src/authenticate.ts'
import { encodeStrictly, stringToSignV1, toBase64 } from '../src/canonical.ts'
import { type AccessRecord, openDoor } from '../src/handle.ts'
import { memoryNonceStore } from '../src/nonce.ts'
import { csrfTokenOf, sessionAuthenticator } from '../src/session.ts'
import { signatureAuthenticator } from '../src/signature.ts'
import { type Rate, tokenBuckets } from '../src/throttle.ts'
import { nodeCrypto } from './node-crypto.ts'

export type Fields = Readonly<Record<string, string | number | boolean>>
export type Answered = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into at places that each test names.
export type Json = any

export type WorldOptions = { readonly settings?: Partial<Settings>; readonly rate?: Rate }
const versions = {
  vpc: '2016-04-28',
  ecs: '2014-05-26',
  quotas: '2020-05-10',
  havip: '2026-11-22',
  location: '2015-06-12',
  sts: '2015-04-01',
} as const
export type Product = keyof typeof versions

export type World = Awaited<ReturnType<typeof createWorld>>

export function createWorld(options: WorldOptions = {}) {
  const clock = new FakeClock()
  const plane = new FakePlane()
  const drops = async () =>
    [...plane.index.ports.values()].map(({ port }) => ({
      ...{ port, spoofedMac: 1, spoofedIpv4: 2, spoofedArp: 3, spoofedIpv6: 5, spoofedNd: 6, unboundHavip: 2, ipv6: 4 },
      ...{ fenced: 5, forbidden: 6 },
    }))
  const eipCounters = async () =>
    [...plane.index.eips.values()].map(({ eip }) => ({
      ...{ eip, inPackets: 1, inBytes: 60, outPackets: 2, outBytes: 1_500, inDropped: 3, outDropped: 4 },
    }))
  const compute = new FakeCompute()
  const vault = testVault()
  const memory = memoryStore()
  const store = recordingStore({ store: memory, now: () => clock.wallTime(), written: () => undefined })
  const board = new OwnerBoard(plane, clock)
  const reconciler = new Reconciler({ store, plane, compute, clock, claim: testClaim })
  const runner = new CommandRunner({ store, compute, clock })
  const service = createVpcService({
    store,
    clock,
    entropy: countingEntropy(),
    settings: { ...defaultSettings, autoApprove: true, ...options.settings },
    owners: board,
    plane,
    compute,
    changed: () => undefined,
  })
  const access = createIdentityService({ store, clock, entropy: randomEntropy, vault, account })
  const webhooks = createWebhookService({ store, clock, entropy: randomEntropy, vault, changed: () => undefined })
  const settled = furnishUsers(store, (context, secret) => vault.seal(context, secret))
  const log: AccessRecord[] = []
  const common = {
    service,
    ports: {
      drops,
      eipCounters,
      offerShell: ({ instance }: { readonly instance: string }) => ({
        token: `token-${instance}`,
        expiresAt: wallTime(clock.wallTime() + 60_000),
      }),
      access,
      webhooks,
      history: {
        events: (query: Parameters<Reader['events']>[0]) => store.read((tx) => tx.events(query)),
        searchAudit: (query: Parameters<Reader['searchAudit']>[0]) => store.read((tx) => tx.searchAudit(query)),
      },
    },
    throttle: tokenBuckets(options.rate ?? { perSecond: 1e6, burst: 1e6 }),
    crypto: nodeCrypto,
    now: () => clock.wallTime(),
    log: (record: AccessRecord) => log.push(record),
  }
  const nonces = memoryNonceStore(nodeCrypto)
  const door = openDoor({
    ...common,
    authenticators: [signatureAuthenticator({ keys: accessKeysOf(access), nonces, crypto: nodeCrypto })],
  })
  const { sha256, timingSafeEqual } = vault
  const sessionDoor = openDoor({
    ...common,
    authenticators: [sessionAuthenticator({ identity: access, sha256, timingSafeEqual, needsCsrfToken: true })],
  })

  /** Sends a target and a form as they are. */
  const send = (method: string, target: string, form?: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> =>
    door({
      method,
      target,
      headers: new Map(
        Object.entries({
          host: 'api.test',
          ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
        }),
      ),
      body: new TextEncoder().encode(form ?? ''),
      remote: '192.0.2.7',
    })

  /** A call as signature version 1.0 has it: everything in the query but what is given as a form. */
  const call = async (
    product: Product,
    action: string,
    fields: Fields = {},
    key: string | Credentials = 'root',
    format = 'JSON',
    form?: Fields,
  ): Promise<Answered> => {
    await settled
    const credentials = typeof key === 'string' ? { id: key, secret: `secret of ${key}` } : key
    const system: [string, string][] = Object.entries({
      Action: action,
      Version: versions[product],
      AccessKeyId: credentials.id,
      ...(credentials.token !== undefined && { SecurityToken: credentials.token }),
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: `${log.length}-${Math.random()}`,
      Timestamp: `${new Date(clock.wallTime()).toISOString().slice(0, 19)}Z`,
      ...(format !== '' && { Format: format }),
      ...(form === undefined && (product === 'vpc' || product === 'ecs') ? { RegionId: 'cn-hangzhou' } : {}),
      ...fields,
    }).map(([name, value]) => [name, String(value)])
    const body: [string, string][] = Object.entries(form ?? {}).map(([name, value]) => [name, String(value)])
    const signature = toBase64(nodeCrypto.hmacSha1(`${credentials.secret}&`, stringToSignV1('POST', new Map([...system, ...body]))))
    return send('POST', `/?${encode([...system, ['Signature', signature]])}`, form && encode(body))
  }
  const ask = async (product: Product, action: string, fields: Fields = {}, key: string | Credentials = 'root'): Promise<Json> => {
    const answer = await call(product, action, fields, key)
    return { status: answer.status, ...JSON.parse(answer.body) }
  }
  /** As the console calls: by the path, with the cookie and the token against forgery. */
  const click = async (
    cookie: string,
    product: Product,
    action: string,
    fields: Fields = {},
    csrf = csrfTokenOf(cookie, sha256),
  ): Promise<Json> => {
    const answer = await sessionDoor({
      method: 'POST',
      target: `/api/${product}/${action}`,
      chosen: { action, version: versions[product] },
      headers: new Map([
        ['host', 'api.test'],
        ['cookie', `other=1; havip_session=${cookie}`],
        ['x-havip-csrf', csrf],
        ['content-type', 'application/x-www-form-urlencoded'],
      ]),
      body: new TextEncoder().encode(encode(Object.entries(fields).map(([name, value]) => [name, String(value)]))),
      remote: '192.0.2.8',
    })
    return { status: answer.status, ...JSON.parse(answer.body) }
  }
  const settle = async (): Promise<void> => {
    await reconciler.settle()
    await runner.wake()
    await runner.idle()
    await board.refresh()
  }
  return { ask, call, send, click, settle, log, plane, store, memory, service, access, compute, clock, settled }
}

export type Credentials = { readonly id: string; readonly secret: string; readonly token?: string }
type Reader = Parameters<Parameters<Store['read']>[0]>[0]

const account = '1000000000000001' as AccountId
const randomEntropy = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count))
const roleOf: Readonly<Record<string, Role>> = {
  root: 'administrator',
  hand: 'operator',
  eye: 'viewer',
  busy: 'administrator',
  bound: 'restricted',
}

/** A user and an access key of each name; the key's secret is `secret of NAME`. */
async function furnishUsers(store: Store, seal: (context: string, secret: string) => string): Promise<void> {
  const createdAt = wallTime(0)
  await store.write(async (tx) => {
    for (const [name, role] of Object.entries(roleOf)) {
      const user: User = {
        id: `u-${name}`,
        account,
        createdAt,
        name,
        displayName: '',
        role,
        isDisabled: false,
        password: undefined,
        secondFactor: undefined,
        policies: [],
      }
      await tx.insert('user', user)
      const sealedSecret = seal(name, `secret of ${name}`)
      await tx.insert('accessKey', { id: name, account, createdAt, user: user.id, sealedSecret, isActive: true, temporary: undefined })
    }
    return ok(undefined)
  })
}

/** As Go does it: a plus for a blank. */
const encode = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value).replaceAll('%20', '+')}`).join('&')
