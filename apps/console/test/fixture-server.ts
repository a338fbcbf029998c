// The controller's web side for tests and development: the real API door over a control plane in memory, sessions, the event
// stream, terminals, and the built console with the content security policy it has to live with. Needs no root.
//
//   node apps/console/test/fixture-server.ts 8088     then open http://127.0.0.1:8088/#signin=one-time-token-1
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Change } from '../src/api/events.ts'
import { createFixtureWorld } from './fixture-world.ts'

/** As set-up builds it. */
export const dist = fileURLToPath(new URL('../../../dist/console', import.meta.url))
/** antd, CodeMirror and xterm write style elements, so inline styles are allowed; scripts come from files only. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const users: Readonly<Record<string, { readonly password: string; readonly key: string; readonly role: string }>> = {
  admin: { password: 'correct horse', key: 'root', role: 'administrator' },
  eve: { password: 'only looking', key: 'eye', role: 'viewer' },
}
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const eventsKept = 500

export type Fixture = Awaited<ReturnType<typeof startFixture>>

export async function startFixture(port = 0) {
  const events: Change[] = []
  const streams = new Set<ServerResponse>()
  const sessions = new Map<string, string>()
  const tokens = new Map([
    ['one-time-token-1', 'admin'],
    ['one-time-token-2', 'admin'],
  ])
  const write = (stream: ServerResponse, change: Change): void => {
    stream.write(`id: ${change.id}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`)
  }
  const tell = (change: Omit<Change, 'id' | 'at'>): void => {
    const whole = { ...change, id: String(events.length + 1), at: new Date().toISOString() }
    events.push(whole)
    if (events.length > eventsKept) events.shift()
    for (const stream of streams) write(stream, whole)
  }
  const fixture = await createFixtureWorld(tell)

  const send = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
  const read = async (request: IncomingMessage): Promise<string> => {
    let text = ''
    for await (const chunk of request) text += chunk
    return text
  }
  const cookieOf = (request: IncomingMessage): string => /havip_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
  const sessionOf = (id: string) => {
    const user = sessions.get(id)
    const found = user === undefined ? undefined : users[user]
    return (
      found && {
        account: '1000000000000001',
        user,
        role: found.role,
        csrf: `csrf-${id}`,
        expiresAt: new Date(Date.now() + 3600_000).toISOString(),
      }
    )
  }

  async function session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = { code: 'InvalidCredentials', message: 'The user name or the password is wrong.' }
    if (request.method === 'GET') {
      const found = sessionOf(cookieOf(request))
      return found ? send(response, 200, found) : send(response, 401, { code: 'NoSession', message: 'Sign in first.' })
    }
    if (request.method === 'DELETE') {
      sessions.delete(cookieOf(request))
      return send(response, 200, {})
    }
    const proof = JSON.parse(await read(request)) as { user?: string; password?: string; token?: string }
    let user: string | undefined
    if (proof.token !== undefined) {
      user = tokens.get(proof.token)
      tokens.delete(proof.token)
      if (user === undefined)
        return send(response, 401, {
          code: 'InvalidToken',
          message: 'This link has been used or is too old. Ask for a new one, or sign in.',
        })
    } else if (proof.user !== undefined && users[proof.user]?.password === proof.password) user = proof.user
    if (user === undefined) return send(response, 401, refused)
    const id = crypto.randomUUID()
    sessions.set(id, user)
    send(response, 200, sessionOf(id), { 'set-cookie': `havip_session=${id}; HttpOnly; SameSite=Strict; Path=/` })
  }

  async function api(request: IncomingMessage, response: ServerResponse, product: string, action: string): Promise<void> {
    const id = cookieOf(request)
    const text = await read(request)
    if (!sessionOf(id)) return send(response, 401, { Code: 'InvalidSession', Message: 'Sign in first.', RequestId: 'R' })
    if (request.headers['x-havip-csrf'] !== `csrf-${id}`)
      return send(response, 403, { Code: 'InvalidCsrf', Message: 'no token', RequestId: 'R' })
    const form = new URLSearchParams(text)
    if (action === 'StartHaVipTest') return send(response, 200, await fixture.startTest(form))
    if (action === 'DescribeHaVipTests') return send(response, 200, fixture.testsOf(form))
    if (action === 'DescribeDaemonStatus') return send(response, 200, fixture.daemonStatus(form.get('InstanceId') ?? ''))
    if (action === 'DescribeDaemonRecording') return send(response, 200, fixture.recording(form.get('InstanceId') ?? ''))
    if (action === 'CreateHaVipCluster') return send(response, 200, fixture.clusters.create(form))
    if (action === 'DescribeHaVipClusters') return send(response, 200, fixture.clusters.list())
    if (action === 'DeleteHaVipCluster') return send(response, 200, fixture.clusters.delete(form.get('ClusterId') ?? ''))
    const answer = await fixture.world.call(product as 'vpc', action, Object.fromEntries(form), users[sessions.get(id) ?? '']?.key ?? '')
    if (answer.status === 200 && !/^(Describe|List|Get)/.test(action)) {
      const resource = form.get('HaVipId') ?? form.get('InstanceId') ?? form.get('InstanceId.1') ?? form.get('VpcId') ?? ''
      tell({ kind: 'resource', resource: { type: product, id: resource }, text: `${action} ${resource}`.trim() })
      setTimeout(() => tell({ kind: 'audit', text: `${action}: OK` }), 400)
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(answer.body)
  }

  function stream(request: IncomingMessage, response: ServerResponse): void {
    if (!sessionOf(cookieOf(request))) {
      send(response, 401, {})
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(`event: hello\ndata: ${JSON.stringify({ controller: 'fixture', now: new Date().toISOString() })}\n\n`)
    const after = Number(request.headers['last-event-id'] ?? Number.POSITIVE_INFINITY)
    for (const change of events) if (Number(change.id) > after) write(response, change)
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  async function file(response: ServerResponse, path: string): Promise<void> {
    const name = path.includes('.') && !path.includes('..') ? path : '/index.html'
    const body = await readFile(join(dist, name)).catch(() => undefined)
    if (!body) return send(response, 404, {})
    response.writeHead(200, {
      'content-type': types[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
    })
    response.end(body)
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const [, product, action] = /^\/api\/(\w+)\/(\w+)$/.exec(pathname) ?? []
    if (pathname === '/session') return session(request, response)
    if (pathname === '/events' && request.headers.accept?.includes('text/event-stream')) return stream(request, response)
    if (product !== undefined && action !== undefined) return api(request, response, product, action)
    return file(response, pathname)
  }

  const server = createServer(
    (request, response) =>
      void route(request, response).catch((error) => send(response, 500, { Code: 'InternalError', Message: String(error) })),
  )
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const [, instance] = /^\/shell\/(i-\w+)\?token=/.exec(request.url ?? '') ?? []
    if (instance === undefined) socket.destroy()
    else sockets.handleUpgrade(request, socket, head, (peer) => shell(peer, instance))
  })

  /** Lines are typed, echoed and run. */
  function shell(peer: WebSocket, instance: string): void {
    const prompt = (): void => peer.send(Buffer.from('root@ecs:~# '))
    let line = ''
    prompt()
    peer.on('message', (data, isBinary) => {
      if (!isBinary) return
      for (const character of data.toString()) {
        if (character !== '\r') {
          line += character
          peer.send(Buffer.from(character))
          continue
        }
        const script = line
        line = ''
        if (script === 'exit') {
          peer.send(JSON.stringify({ exit: 0 }))
          peer.close()
          break
        }
        peer.send(Buffer.from('\r\n'))
        void fixture.machines.run(instance, script).then(({ output }) => {
          peer.send(Buffer.from(output.replaceAll('\n', '\r\n')))
          prompt()
        })
      }
    })
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const chosen = (server.address() as AddressInfo).port
  return {
    ...fixture,
    url: `http://127.0.0.1:${chosen}`,
    tell,
    /** As when the controller is killed: connections end, nothing answers. */
    goAway: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
    comeBack: (): Promise<void> => new Promise((resolve) => server.listen(chosen, '127.0.0.1', resolve)),
    stop: async (): Promise<void> => {
      for (const peer of sockets.clients) peer.terminate()
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
      fixture.stop()
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fixture = await startFixture(Number(process.argv[2] ?? 8088))
  console.log(`${fixture.url}/#signin=one-time-token-1`)
}
