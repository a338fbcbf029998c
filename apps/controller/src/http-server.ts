// The HTTP side: bodies bounded, answers in time, upgrades for terminals, and an orderly stop.
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ApiResponse, type Door, faultResponse, openApiDocument } from '@havip/rpc-api'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { nodeCrypto } from './node-crypto.ts'
import type { Listen } from './options.ts'
import type { ShellDoor } from './shell-door.ts'

/** The largest real request carries 32 KB of user data, in Base64 and escaped. */
export const bodyBytesMax = 256 * 1024
/** Clients send parameters in the query, user data too. */
const headBytesMax = 256 * 1024
/** SDKs give up after 3 s; then they should at least have been told. */
const answerMsMax = 2_700
const connectionsMax = 2_000
const stopGraceMs = 5_000

export type Health = () => Promise<{ readonly ok: boolean; readonly parts: Readonly<Record<string, unknown>> }>
export type HttpParts = { readonly door: Door; readonly shells: ShellDoor; readonly health: Health; readonly answerMsMax?: number }
export type HttpServer = { readonly port: number; stop(): Promise<void> }

type Environment = { Bindings: HttpBindings }

export async function listen(address: Listen, parts: HttpParts): Promise<HttpServer> {
  const app = new Hono<Environment>()
  app.get('/healthz', async (context) => {
    const health = await parts.health()
    return context.json({ status: health.ok ? 'ok' : 'failing', ...health.parts }, health.ok ? 200 : 503)
  })
  app.get('/openapi.json', (context) => context.json(openApiDocument(`http://${context.req.header('host') ?? ''}`)))
  app.all('/', (context) => answerRpc(context, parts))
  app.notFound((context) =>
    toResponse(refusal(context, 404, 'InvalidApi.NotFound', 'Specified api is not found, please check your url and method.')),
  )
  app.onError((_, context) =>
    toResponse(refusal(context, 500, 'InternalError', 'The request processing has failed due to some unknown error.')),
  )

  const server = createAdaptorServer({
    fetch: app.fetch as never,
    serverOptions: { maxHeaderSize: headBytesMax, headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 65_000 },
  }) as Server
  server.maxConnections = connectionsMax
  server.on('upgrade', (request, socket, head) => parts.shells.upgrade(request, socket, head))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, stop: () => stop(server, parts.shells) }
}

async function answerRpc(context: Context<Environment>, parts: HttpParts): Promise<Response> {
  const { incoming } = context.env
  const body = await readBody(incoming)
  if (body === 'too-long') {
    return toResponse(refusal(context, 413, 'InvalidParameter', `The body has more than ${bodyBytesMax} bytes.`), { connection: 'close' })
  }
  const answer = parts.door({
    method: incoming.method ?? '',
    target: incoming.url ?? '/',
    headers: headersOf(incoming),
    body,
    remote: incoming.socket.remoteAddress ?? '',
  })
  const late = () => refusal(context, 503, 'ServiceUnavailable', 'The request has failed due to a temporary failure of the server.')
  return toResponse(await withDeadline(answer, parts.answerMsMax ?? answerMsMax, late))
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | 'too-long'> {
  if (Number(incoming.headers['content-length'] ?? 0) > bodyBytesMax) return 'too-long'
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > bodyBytesMax) return 'too-long'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function headersOf(incoming: IncomingMessage): ReadonlyMap<string, string> {
  return new Map(Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))
}

/** What is under way goes on; its effect will be seen, and a ClientToken makes the repeated call harmless. */
async function withDeadline(answer: Promise<ApiResponse>, limitMs: number, late: () => ApiResponse): Promise<ApiResponse> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<ApiResponse>((resolve) => {
    timer = setTimeout(() => resolve(late()), limitMs)
  })
  return Promise.race([answer, deadline]).finally(() => clearTimeout(timer))
}

const refusal = (context: Context<Environment>, status: number, code: string, message: string): ApiResponse =>
  faultResponse(
    { status, code, message },
    { format: 'json', requestId: nodeCrypto.randomUuid().toUpperCase(), endpoint: context.req.header('host') ?? '' },
  )

const toResponse = (response: ApiResponse, more: Readonly<Record<string, string>> = {}): Response =>
  new Response(response.body, { status: response.status, headers: { ...response.headers, ...more } })

/** Takes no new calls, lets those under way end, then cuts what is left. */
async function stop(server: Server, shells: ShellDoor): Promise<void> {
  shells.close()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), stopGraceMs)
  await closed
  clearTimeout(timer)
}
