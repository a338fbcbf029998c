// Terminals over a real WebSocket, on loopback, with a shell that echoes.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { AccountId, InstanceId } from '@havip/vpc'
import type { Compute, Shell } from '@havip/vpc-service'
import { openShellDoor } from './shell-door.ts'

const instance = 'i-0000000000000000test' as InstanceId
const account = '1' as AccountId

function echoShell(seen: string[]): Shell {
  const listeners: ((data: Uint8Array) => void)[] = []
  const ends: ((status: number) => void)[] = []
  return {
    write: (data) => {
      const text = Buffer.from(data).toString()
      if (text === 'exit\r') for (const end of ends) end(3)
      else for (const listener of listeners) listener(Buffer.from(`<${text}>`))
    },
    resize: (size) => seen.push(`resize ${size.columns}x${size.rows}`),
    onData: (listener) => listeners.push(listener),
    onEnd: (listener) => ends.push(listener),
    close: () => seen.push('closed'),
  }
}

async function openDoorFor(context: TestContext, openShell: (size: { columns: number; rows: number }) => Promise<Shell>) {
  const seen: string[] = []
  const compute = { openShell: (_: InstanceId, size: { columns: number; rows: number }) => openShell(size) } as unknown as Compute
  const door = openShellDoor(compute, (event) => seen.push(`${event.who} ${event.outcome}`))
  const server = createServer((_, response) => response.writeHead(426).end())
  server.on('upgrade', (request, socket, head) => door.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const url = (token: string, of: string = instance) => `ws://127.0.0.1:${port}/shell/${of}?token=${token}&columns=100&rows=30`
  return { door, seen, url, offer: () => door.offerShell({ instance, account, who: 'LTAI' }).token }
}

/** Resolves with all messages when the connection has ended. */
function connect(url: string, send: readonly (string | Uint8Array)[]): Promise<{ messages: string[]; code: number }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    const messages: string[] = []
    socket.onopen = () => {
      for (const message of send) socket.send(message as string)
    }
    socket.onmessage = (event) => messages.push(typeof event.data === 'string' ? event.data : Buffer.from(event.data).toString())
    socket.onclose = (event) => resolve({ messages, code: event.code })
  })
}
const bytes = (text: string) => new TextEncoder().encode(text)

test('bytes go both ways, the window’s size goes in, the exit status comes out', async (context) => {
  const seen: string[] = []
  const sizes: string[] = []
  const { url, offer } = await openDoorFor(context, (size) => {
    sizes.push(`${size.columns}x${size.rows}`)
    return Promise.resolve(echoShell(seen))
  })
  const { messages, code } = await connect(url(offer()), [
    bytes('ls'),
    '{"columns":120,"rows":40}',
    '{"columns":0}',
    'junk',
    bytes('exit\r'),
  ])
  assert.deepEqual(messages, ['<ls>', '{"exit":3}'])
  assert.equal(code, 1000)
  assert.deepEqual(sizes, ['100x30'])
  assert.ok(seen.includes('resize 120x40'))
})
test('a token works once, for its own instance only', async (context) => {
  const { url, offer } = await openDoorFor(context, () => Promise.resolve(echoShell([])))
  const token = offer()
  assert.equal((await connect(url(token), [bytes('exit\r')])).code, 1000)
  assert.equal((await connect(url(token), [])).code, 1006)
  const other = offer()
  assert.equal((await connect(url(other, 'i-00000000000000other'), [])).code, 1006)
  assert.equal((await connect(url(other), [])).code, 1006)
  assert.equal((await connect(url('guessed'), [])).code, 1006)
})
test('an instance that opens no shell ends the connection with a reason', async (context) => {
  const { url, offer } = await openDoorFor(context, () => Promise.reject(new Error('not running')))
  assert.equal((await connect(url(offer()), [])).code, 1011)
})
test('a client that goes away closes the shell', async (context) => {
  const closed: string[] = []
  const { url, offer, seen } = await openDoorFor(context, () => Promise.resolve(echoShell(closed)))
  const socket = new WebSocket(url(offer()))
  await new Promise((resolve) => {
    socket.onopen = resolve
  })
  socket.close()
  await new Promise((resolve) => {
    socket.onclose = resolve
  })
  for (let i = 0; i < 100 && !seen.includes('LTAI closed'); i++) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(seen, ['LTAI opened', 'LTAI closed'])
  assert.deepEqual(closed, ['closed'])
})
test('stopping ends all terminals', async (context) => {
  const { url, offer, door } = await openDoorFor(context, () => Promise.resolve(echoShell([])))
  const ended = connect(url(offer()), [])
  await new Promise((resolve) => setTimeout(resolve, 50))
  door.close()
  assert.equal((await ended).code, 1001)
})
