// The HTTP side: which path is whose, bodies bounded, answers in time, upgrades for terminals, and an orderly stop.
import type { Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type ApiResponse, type Door, openApiDocument, versions } from '@havip/rpc-api'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import type { ConsoleFiles } from './console-files.ts'
import type { EventDoor } from './event-door.ts'
import type { Listen } from './options.ts'
import type { SessionDoor } from './session-door.ts'
import type { ShellDoor } from './shell-door.ts'
import { bodyBytesMax, type Environment, isForeign, readBody, refusal, requestOf, type Web } from './web.ts'

/** Clients send parameters in the query, user data too. */
const headBytesMax = 256 * 1024
/** SDKs give up after 3 s; then they should at least have been told. */
const answerMsMax = 2_700
const connectionsMax = 2_000
const stopGraceMs = 5_000

export type Health = () => Promise<{ readonly ok: boolean; readonly parts: Readonly<Record<string, unknown>> }>
export type Tls = { readonly cert: Buffer; readonly key: Buffer }

export type HttpParts = {
  /** Callers who sign. */
  readonly door: Door
  /** The console's calls: a session and its token. */
  readonly sessionCalls: Door
  readonly sessions: SessionDoor
  readonly events: EventDoor
  readonly auditExport: (web: Web) => Promise<Response>
  readonly metrics: () => Promise<string>
  readonly console: ConsoleFiles | undefined
  readonly shells: ShellDoor
  readonly health: Health
  /** Something went wrong that is no fault of the caller. */
  readonly failed: (error: unknown) => void
  readonly tls?: Tls | undefined
  readonly answerMsMax?: number
}
export type HttpServer = { readonly port: number; stop(): Promise<void> }

const unknownApi = { status: 404, code: 'InvalidApi.NotFound', message: 'Specified api is not found, please check your url and method.' }

export async function listen(address: Listen, parts: HttpParts): Promise<HttpServer> {
  const app = new Hono<Environment>()
  app.get('/healthz', async (web) => {
    const health = await parts.health()
    return web.json({ status: health.ok ? 'ok' : 'failing', ...health.parts }, health.ok ? 200 : 503)
  })
  app.get('/metrics', async (web) => web.body(await parts.metrics(), 200, { 'content-type': 'text/plain;version=0.0.4;charset=utf-8' }))
  app.get('/openapi.json', (web) => web.json(openApiDocument(`${parts.tls ? 'https' : 'http'}://${web.req.header('host') ?? ''}`)))
  app.all('/session', parts.sessions)
  app.get('/events', parts.events.open)
  app.get('/audit.ndjson', parts.auditExport)
  app.all('/api/:product/:action', (web) => answerSessionCall(web, parts))
  app.get('/', async (web) => (isRpc(web) ? undefined : await parts.console?.(web)) ?? answerRpc(web, parts))
  app.all('/', (web) => answerRpc(web, parts))
  app.get('*', async (web) => (await parts.console?.(web)) ?? refusal(web, unknownApi))
  app.notFound((web) => refusal(web, unknownApi))
  app.onError((error, web) => {
    parts.failed(error)
    // The world's failures bring a sentence for the caller; our own mistakes don't.
    if ('clientText' in error) return refusal(web, { status: 503, code: 'ServiceUnavailable', message: String(error.clientText) })
    return refusal(web, { status: 500, code: 'InternalError', message: 'The request processing has failed due to some unknown error.' })
  })
  const limits = { maxHeaderSize: headBytesMax, headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 65_000 }
  const server = createAdaptorServer({
    fetch: app.fetch as never,
    ...(parts.tls ? { createServer: createTlsServer, serverOptions: { ...limits, ...parts.tls } } : { serverOptions: limits }),
  }) as Server
  server.maxConnections = connectionsMax
  server.on('upgrade', (request, socket, head) => parts.shells.upgrade(request, socket, head))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, stop: () => stop(server, parts) }
}

/** A GET at `/` that brings what only API calls have; another one is somebody who opens the console. */
function isRpc(web: Web): boolean {
  const { incoming } = web.env
  if (incoming.headers.authorization?.startsWith('ACS3-')) return true
  const target = incoming.url ?? '/'
  const query = new URLSearchParams(target.slice(Math.max(0, target.indexOf('?'))))
  return ['Action', 'Version', 'Signature', 'AccessKeyId'].some((name) => query.has(name))
}

const tooLong = { status: 413, code: 'InvalidParameter', message: `The body has more than ${bodyBytesMax} bytes.` }

async function answerRpc(web: Web, parts: HttpParts): Promise<Response> {
  const body = await readBody(web.env.incoming)
  if (body === 'too-long') return refusal(web, tooLong, { connection: 'close' })
  return inTime(web, parts, parts.door(requestOf(web, body)))
}

/** `/api/vpc/DescribeVpcs`: the same actions, chosen by the path. */
async function answerSessionCall(web: Web, parts: HttpParts): Promise<Response> {
  if (web.req.method !== 'POST') return refusal(web, { status: 405, code: 'UnsupportedHTTPMethod', message: 'Use POST.' })
  if (isForeign(web)) return refusal(web, { status: 403, code: 'ForeignOrigin', message: 'Only pages of this address may do this.' })
  const product = web.req.param('product') ?? ''
  const version = Object.hasOwn(versions, product) ? versions[product as keyof typeof versions] : undefined
  if (version === undefined) return refusal(web, unknownApi)
  const body = await readBody(web.env.incoming)
  if (body === 'too-long') return refusal(web, tooLong, { connection: 'close' })
  const chosen = { action: web.req.param('action') ?? '', version }
  return inTime(web, parts, parts.sessionCalls({ ...requestOf(web, body), chosen }))
}

/** What is under way goes on; its effect will be seen, and a ClientToken makes the repeated call harmless. */
async function inTime(web: Web, parts: HttpParts, answer: Promise<ApiResponse>): Promise<Response> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), parts.answerMsMax ?? answerMsMax)
  })
  const response = await Promise.race([answer, deadline]).finally(() => clearTimeout(timer))
  if (response) return new Response(response.body, { status: response.status, headers: response.headers })
  const message = 'The request has failed due to a temporary failure of the server.'
  return refusal(web, { status: 503, code: 'ServiceUnavailable', message })
}

/** Takes no new calls, lets those under way end, then cuts what is left. */
async function stop(server: Server, parts: HttpParts): Promise<void> {
  parts.shells.close()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  parts.events.close()
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), stopGraceMs)
  await closed
  clearTimeout(timer)
}
