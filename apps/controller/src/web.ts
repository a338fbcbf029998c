// What the HTTP doors share: taking a request apart, answers as JSON, and whether it came from a page of ours.
import type { IncomingMessage } from 'node:http'
import { type ApiRequest, faultResponse } from '@havip/rpc-api'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { nodeCrypto } from './node-crypto.ts'

export type Environment = { Bindings: HttpBindings }
export type Web = Context<Environment>

/** The largest real request carries 32 KB of user data, in Base64 and escaped. */
export const bodyBytesMax = 256 * 1024

export const newRequestId = (): string => nodeCrypto.randomUuid().toUpperCase()

export function requestOf({ env: { incoming } }: Web, body: Uint8Array = new Uint8Array()): ApiRequest {
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '/',
    headers: headersOf(incoming),
    body,
    remote: incoming.socket.remoteAddress ?? '',
  }
}

function headersOf(incoming: IncomingMessage): ReadonlyMap<string, string> {
  return new Map(Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))
}

export async function readBody(incoming: IncomingMessage, max = bodyBytesMax): Promise<Buffer | 'too-long'> {
  if (Number(incoming.headers['content-length'] ?? 0) > max) return 'too-long'
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > max) return 'too-long'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Browsers say where a request comes from. Other sites' pages have nothing to do behind the console's doors. */
export function isForeign({ env: { incoming } }: Web): boolean {
  const { origin, host } = incoming.headers
  const site = incoming.headers['sec-fetch-site']
  if (site === 'cross-site' || site === 'same-site') return true
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}

type Told = { readonly status: number; readonly code: string; readonly message: string; readonly retryAfterMs?: number }

/** A refusal in the API's own form. */
export function refusal(web: Web, fault: Told, more: Readonly<Record<string, string>> = {}): Response {
  const { status, headers, body } = faultResponse(fault, {
    format: 'json',
    requestId: newRequestId(),
    endpoint: web.req.header('host') ?? '',
  })
  return new Response(body, { status, headers: { ...headers, ...more } })
}

/** JSON that nobody keeps. */
export const answerJson = (status: number, body: object, more: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', 'cache-control': 'no-store', ...more },
  })
