import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, test } from 'node:test'
import { milliseconds } from '@havip/base'
import { createMailer } from './mail.ts'
import type { HostFault, Mail, Result } from './port.ts'
import { messageText } from './smtp.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A mail server that writes down what it is told; `answers` by the command's first word, or undefined for silence. */
async function mailServer(answers: (command: string) => string | undefined): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = []
  const server = createServer((socket) => {
    let isMessage = false
    let pending = ''
    const greeting = answers('')
    if (greeting !== undefined) socket.write(`${greeting}\r\n`)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      pending += data.toString('latin1')
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end)
        pending = pending.slice(end + 2)
        heard.push(line)
        const command = isMessage ? (line === '.' ? '.' : undefined) : (line.split(' ')[0] as string)
        if (command === '.') isMessage = false
        if (command === 'DATA') isMessage = true
        const answer = command === undefined ? undefined : answers(command)
        if (answer !== undefined) socket.write(`${answer}\r\n`)
        if (command === 'QUIT') socket.end()
      }
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, heard }
}

const friendly = (command: string): string => ({ '': '220-two\r\n220 lines', DATA: '354 go', QUIT: '221 bye' })[command] ?? '250 ok'
const mailTo = (port: number): Mail => ({
  server: { host: '127.0.0.1', port },
  helo: 'ecs-1',
  from: 'havip@example.org',
  to: ['a@example.org'],
  headers: [['Subject', 'test']],
  body: 'body',
  connectTimeout: milliseconds(300),
})
const sendMail = (mail: Mail): Promise<Result<void, HostFault>> => new Promise((resolve) => createMailer().send(mail, resolve))

test('a message reaches the server as written', async () => {
  const { port, heard } = await mailServer(friendly)
  assert.deepEqual(await sendMail(mailTo(port)), { ok: true, value: undefined })
  assert.equal(
    heard.slice(0, -1).join('\r\n'),
    `HELO ecs-1\r\nMAIL FROM:<havip@example.org>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n${messageText(mailTo(port)).trimEnd()}`,
  )
  assert.equal(heard.at(-1), 'QUIT')
})

test('a refused recipient is told with the server and its reply', async () => {
  const { port } = await mailServer((command) => (command === 'RCPT' ? '550 unknown' : friendly(command)))
  assert.deepEqual(await sendMail(mailTo(port)), {
    ok: false,
    fault: { call: 'smtp', errno: 'EPROTO', detail: `127.0.0.1:${port}: 550 unknown` },
  })
})

test('a server that says nothing is given up in time', async () => {
  const { port } = await mailServer(() => undefined)
  const result = await sendMail(mailTo(port))
  assert.equal(!result.ok && result.fault.errno, 'ETIMEDOUT')
})

test('nobody listening is told at once', async () => {
  const { port } = await mailServer(friendly)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  const result = await sendMail(mailTo(port))
  assert.equal(!result.ok && result.fault.errno, 'ECONNREFUSED')
})

test('a connection that breaks in the middle is told once', async () => {
  const server = createServer((socket) => socket.end('220 ready\r\n'))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const result = await sendMail(mailTo((server.address() as AddressInfo).port))
  assert.equal(result.ok, false)
})
