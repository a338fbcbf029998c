// A receiver may answer anything, or nothing: each ends in time with what to do next.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { answer, startReceiver } from '../../test/webhook-world.ts'
import { deliver, type Outcome } from './delivery.ts'

const body = JSON.stringify({ events: [] })
const send = (url: string, withinMs?: number, ca?: string): Promise<Outcome> =>
  deliver({ url, headers: { 'content-type': 'application/json' }, body, ca }, withinMs)

test('what the status of an answer means', async () => {
  const receiver = await startReceiver()
  const asked = (status: number, headers = {}): Promise<Outcome> => {
    receiver.behave(answer(status, headers))
    return send(receiver.url)
  }
  try {
    for (const status of [200, 202, 204]) assert.deepEqual(await asked(status), { kind: 'taken' }, String(status))
    for (const status of [400, 401, 404, 410, 413, 422])
      assert.deepEqual(await asked(status), { kind: 'refused', why: `the answer was ${status}` })
    for (const status of [408, 429, 500, 503]) assert.deepEqual(await asked(status), { kind: 'failed', why: `the answer was ${status}` })
    assert.deepEqual(await asked(429, { 'retry-after': '7' }), { kind: 'failed', why: 'the answer was 429', afterMs: 7000 })
    assert.deepEqual(await asked(503, { 'retry-after': '999999999' }), { kind: 'failed', why: 'the answer was 503', afterMs: 300_000 })
    const before = receiver.received.length
    assert.deepEqual(await asked(307, { location: `${receiver.url}/other` }), {
      kind: 'failed',
      why: 'the answer was 307: redirects are not followed',
    })
    assert.equal(receiver.received.length, before + 1)
  } finally {
    await receiver.close()
  }
})

test('an answer without end is not read', async () => {
  const receiver = await startReceiver()
  let sent = 0
  const closed = Promise.withResolvers<void>()
  receiver.behave((_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200)
    const pour = (): void => {
      while (sent < 1e9 && response.write('x'.repeat(65_536))) sent += 65_536
    }
    response.on('drain', pour)
    response.on('close', () => closed.resolve())
    pour()
  })
  try {
    assert.deepEqual(await send(receiver.url), { kind: 'taken' })
    await closed.promise
    assert.ok(sent < 1e8, String(sent))
  } finally {
    await receiver.close()
  }
})

/** Raw TCP: what it does with each connection. */
async function withServer(behave: (socket: Socket) => void, use: (url: string) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    behave(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

const drip = (socket: Socket, first: string, text: string): void => {
  socket.write(first)
  const timer = setInterval(() => socket.write(text), 5)
  socket.on('close', () => clearInterval(timer))
}

const hostile: readonly (readonly [string, (socket: Socket) => void, RegExp])[] = [
  ['says nothing', () => {}, /^no answer within 0\.3 s$/],
  ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy()), /ECONNRESET|socket hang up/],
  ['closes', (socket) => socket.once('data', () => socket.end()), /socket hang up|closed without an answer/],
  ['speaks another protocol', (socket) => socket.write('SSH-2.0-x\r\n'), /Parse Error/],
  ['has a head without end', (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`), /Parse Error|Header overflow/],
  ['drips its head', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nx: ', 'y'), /^no answer within 0\.3 s$/],
  ['sends 100 Continue for ever', (socket) => drip(socket, '', 'HTTP/1.1 100 Continue\r\n\r\n'), /^no answer within 0\.3 s$/],
  ['wants another protocol', (socket) => socket.write('HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: y\r\n\r\n'), /the answer was 101/],
]
for (const [what, behave, why] of hostile) {
  test(`a receiver that ${what} has failed`, async () => {
    await withServer(behave, async (url) => {
      const outcome = await send(url, 300)
      assert.equal(outcome.kind, 'failed')
      assert.match(outcome.kind === 'failed' ? outcome.why : '', why)
    })
  })
}

test('nobody listens, or the name is nobody`s', async () => {
  let gone = ''
  await withServer(
    () => {},
    async (url) => {
      gone = url
    },
  )
  const refused = await send(gone)
  assert.match(refused.kind === 'failed' ? refused.why : '', /ECONNREFUSED/)
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

test('https: only a receiver that the certificates vouch for', { skip: hasOpenssl ? false : 'needs openssl' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'havip-tls-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', key, '-out', certificate, '-subj', '/CN=receiver', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ])
  assert.equal(made.status, 0, String(made.stderr))
  const ca = readFileSync(certificate, 'utf8')
  let taken = 0
  const server = createTlsServer({ key: readFileSync(key), cert: ca }, (_, response) => {
    taken++
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const stranger = await send(`https://127.0.0.1:${port}/`)
    assert.match(stranger.kind === 'failed' ? stranger.why : '', /self-signed certificate|unable to verify/)
    assert.deepEqual(await send(`https://127.0.0.1:${port}/`, undefined, ca), { kind: 'taken' })
    const misnamed = await send(`https://localhost:${port}/`, undefined, ca)
    assert.match(misnamed.kind === 'failed' ? misnamed.why : '', /does not match certificate|ECONNREFUSED/)
    assert.equal(taken, 1)
  } finally {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
