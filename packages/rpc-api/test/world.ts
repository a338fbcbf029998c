// A whole control plane in memory behind the API's door: for tests that call it as clients do.
import { wallTime } from '@havip/base'
import { CommandRunner, createVpcService, defaultSettings, OwnerBoard, Reconciler, type Settings } from '@havip/vpc-service'
import { countingEntropy, FakeClock, FakeCompute, FakePlane, memoryStore } from '@havip/vpc-service/testing'
import type { AccessKey, Role } from '../src/authenticate.ts'
import { encodeStrictly, stringToSignV1, toBase64 } from '../src/canonical.ts'
import { type AccessRecord, openDoor } from '../src/handle.ts'
import { memoryNonceStore } from '../src/nonce.ts'
import { signatureAuthenticator } from '../src/signature.ts'
import { type Rate, tokenBuckets } from '../src/throttle.ts'
import { nodeCrypto } from './node-crypto.ts'

export type Fields = Readonly<Record<string, string | number | boolean>>
export type Answered = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into at places that each test names.
export type Json = any

export type WorldOptions = { readonly settings?: Partial<Settings>; readonly rate?: Rate }
const versions = { vpc: '2016-04-28', ecs: '2014-05-26', quotas: '2020-05-10', havip: '2026-11-22', location: '2015-06-12' } as const
export type Product = keyof typeof versions

export type World = Awaited<ReturnType<typeof createWorld>>

export function createWorld(options: WorldOptions = {}) {
  const clock = new FakeClock()
  const plane = new FakePlane()
  const drops = async () =>
    [...plane.index.ports.values()].map(({ port }) => ({ port, spoofedMac: 1, spoofedIpv4: 2, spoofedArp: 3, unboundHavip: 2, ipv6: 4 }))
  const compute = new FakeCompute()
  const store = memoryStore()
  const board = new OwnerBoard(plane, clock)
  const reconciler = new Reconciler({ store, plane, compute, clock })
  const runner = new CommandRunner({ store, compute, clock })
  const service = createVpcService({
    store,
    clock,
    entropy: countingEntropy(),
    settings: { ...defaultSettings, autoApprove: true, ...options.settings },
    owners: board,
    changed: () => undefined,
  })
  const roles: Record<string, Role> = { root: 'administrator', hand: 'operator', eye: 'viewer', busy: 'administrator' }
  const keyOf = (id: string): AccessKey | undefined =>
    roles[id] && { id, secret: `secret of ${id}`, account: '1000000000000001' as AccessKey['account'], role: roles[id], active: true }
  const log: AccessRecord[] = []
  const door = openDoor({
    service,
    ports: { drops, offerShell: ({ instance }) => ({ token: `token-${instance}`, expiresAt: wallTime(clock.wallTime() + 60_000) }) },
    authenticators: [
      signatureAuthenticator({
        keys: { find: (id) => Promise.resolve(keyOf(id)) },
        nonces: memoryNonceStore(nodeCrypto),
        crypto: nodeCrypto,
      }),
    ],
    throttle: tokenBuckets(options.rate ?? { perSecond: 1e6, burst: 1e6 }),
    crypto: nodeCrypto,
    now: () => clock.wallTime(),
    log: (record) => log.push(record),
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
    key = 'root',
    format = 'JSON',
    form?: Fields,
  ): Promise<Answered> => {
    const system: [string, string][] = Object.entries({
      Action: action,
      Version: versions[product],
      AccessKeyId: key,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: `${log.length}-${Math.random()}`,
      Timestamp: `${new Date(clock.wallTime()).toISOString().slice(0, 19)}Z`,
      ...(format !== '' && { Format: format }),
      ...(form === undefined && (product === 'vpc' || product === 'ecs') ? { RegionId: 'cn-hangzhou' } : {}),
      ...fields,
    }).map(([name, value]) => [name, String(value)])
    const body: [string, string][] = Object.entries(form ?? {}).map(([name, value]) => [name, String(value)])
    const signature = toBase64(nodeCrypto.hmacSha1(`secret of ${key}&`, stringToSignV1('POST', new Map([...system, ...body]))))
    return send('POST', `/?${encode([...system, ['Signature', signature]])}`, form && encode(body))
  }
  const ask = async (product: Product, action: string, fields: Fields = {}, key = 'root'): Promise<Json> => {
    const answer = await call(product, action, fields, key)
    return { status: answer.status, ...JSON.parse(answer.body) }
  }
  const settle = async (): Promise<void> => {
    await reconciler.settle()
    await runner.wake()
    await runner.idle()
    await board.refresh()
  }
  return { ask, call, send, settle, log, plane, store, service, compute, clock }
}

/** As Go does it: a plus for a blank. */
const encode = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value).replaceAll('%20', '+')}`).join('&')
