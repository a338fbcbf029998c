// Calls the control plane's API as every SDK does: one POST, signed with ACS3-HMAC-SHA256.
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { canonicalRequestV3, encodeStrictly, toHex } from '@havip/rpc-api'
import { ApiError, EndpointError } from './rpc-errors.ts'

export type Credentials = { readonly accessKeyId: string; readonly accessKeySecret: string }

/** The API's version decides the product; one endpoint serves all. */
export const apiVersions = {
  vpc: '2016-04-28',
  ecs: '2014-05-26',
  quotas: '2020-05-10',
  havip: '2026-11-22',
  sts: '2015-04-01',
  location: '2015-06-12',
} as const
export type Product = keyof typeof apiVersions

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>

export type RpcClient = {
  /** @throws ApiError, EndpointError */
  call(product: Product, action: string, parameters?: Parameters): Promise<Record<string, unknown>>
  readonly endpoint: string
}

/** @param endpoint `http://127.0.0.1:8080`; @param timeoutMs for one answer, 1 ms or more */
export function rpcClient(endpoint: string, credentials: Credentials, timeoutMs = 30_000): RpcClient {
  const base = new URL(endpoint)
  return {
    endpoint: base.origin,
    call: async (product, action, parameters = {}) => {
      const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
      const query = given.map(([name, value]) => [name, String(value)] as const)
      const headers = signedHeaders(base.host, product, action, query, credentials)
      const path =
        query.length === 0 ? '/' : `/?${query.map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`).join('&')}`
      const answer = await post(base, path, headers, timeoutMs)
      return readAnswer(answer.status, answer.body, base.origin)
    },
  }
}

function signedHeaders(
  host: string,
  product: Product,
  action: string,
  query: readonly (readonly [string, string])[],
  credentials: Credentials,
): Record<string, string> {
  const payloadHash = createHash('sha256').update('').digest('hex')
  const headers: Record<string, string> = {
    host,
    'x-acs-action': action,
    'x-acs-content-sha256': payloadHash,
    'x-acs-date': new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-version': apiVersions[product],
  }
  const names = Object.keys(headers).sort()
  const canonical = canonicalRequestV3({
    method: 'POST',
    query,
    headers: new Map(Object.entries(headers)),
    signedHeaders: names,
    payloadHash,
  })
  const toSign = `ACS3-HMAC-SHA256\n${createHash('sha256').update(canonical).digest('hex')}`
  const signature = toHex(createHmac('sha256', credentials.accessKeySecret).update(toSign).digest())
  return {
    ...headers,
    accept: 'application/json',
    'content-length': '0',
    authorization: `ACS3-HMAC-SHA256 Credential=${credentials.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`,
  }
}

/** An answer longer than this is none of ours. */
const answerBytesMax = 64 * 1024 * 1024

function post(base: URL, path: string, headers: Record<string, string>, timeoutMs: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const send = base.protocol === 'https:' ? requestTls : request
    const failed = (why: string): void => reject(new EndpointError(`no answer from ${base.origin}: ${why}`))
    const outgoing = send({ hostname: base.hostname, port: base.port, path, method: 'POST', headers, timeout: timeoutMs }, (incoming) => {
      const chunks: Buffer[] = []
      let length = 0
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > answerBytesMax) outgoing.destroy(new Error(`more than ${answerBytesMax} bytes`))
      })
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }))
      incoming.on('error', (error) => failed(error.message))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing for ${timeoutMs} ms`)))
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'ECONNREFUSED' ? 'connection refused (is the controller running there?)' : error.message),
    )
    outgoing.end()
  })
}

function readAnswer(status: number, body: string, origin: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw new EndpointError(`${origin} answered ${status} with something that is not JSON: is this a havip controller?`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new EndpointError(`${origin} answered ${status} without an object: is this a havip controller?`)
  const answer = parsed as Record<string, unknown>
  if (status === 200) return answer
  throw new ApiError(String(answer.Code ?? 'Unknown'), status, String(answer.Message ?? 'no message'), String(answer.RequestId ?? ''))
}
