import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipv4FromNumber } from '@havip/base'
import { errno } from './library.ts'
import { onReadable } from './readable.ts'
import {
  AF,
  bindSocket,
  closeDescriptor,
  connectSocket,
  internetAddress,
  localAddress,
  openSocket,
  receive,
  SOCK,
  sendTo,
  unixAddress,
} from './sockets.ts'
import { monotonicMilliseconds, openTimer } from './time.ts'

const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 2))
  assert.ok(holds())
}

test('promise reactions made in the callback run at once', async () => {
  const timer = openTimer()
  let isCalled = false
  let hasReacted = false
  const watch = onReadable(timer.fd, () => {
    timer.acknowledge()
    isCalled = true
    void Promise.resolve().then(() => {
      hasReacted = true
    })
  })
  timer.arm(monotonicMilliseconds() + 5)
  // What Node calls next finds it done; left alone, the reaction would come after that call.
  const found = await new Promise<boolean>((resolve) => {
    const look = setInterval(() => {
      if (!isCalled) return
      clearInterval(look)
      resolve(hasReacted)
    }, 20)
  })
  assert.equal(found, true)
  watch.close()
  closeDescriptor(timer.fd)
})

test('an exception is uncaught instead of lost, and the watch goes on', async () => {
  const timer = openTimer()
  const caught: string[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => caught.push(error.message))
  let calls = 0
  const watch = onReadable(timer.fd, () => {
    timer.acknowledge()
    calls++
    throw new Error(`call ${calls}`)
  })
  timer.arm(monotonicMilliseconds())
  await until(() => calls === 1)
  timer.arm(monotonicMilliseconds())
  await until(() => calls === 2 && caught.length === 2)
  process.removeAllListeners('uncaughtException')
  for (const listener of listeners) process.on('uncaughtException', listener)
  assert.deepEqual(caught, ['call 1', 'call 2'])
  watch.close()
  closeDescriptor(timer.fd)
})

test('after a socket error the watch goes on once the error was read', async () => {
  const open = (): number => openSocket(AF.INET, SOCK.DGRAM | SOCK.NONBLOCK, 0)
  const here = ipv4FromNumber(0x7f000001)
  const gone = open()
  bindSocket(gone, internetAddress(here, 0))
  const address = localAddress(gone)
  closeDescriptor(gone)
  const asker = open()
  connectSocket(asker, address)
  const results: number[] = []
  const buffer = new Uint8Array(100)
  const watch = onReadable(asker, () => {
    for (let length = receive(asker, buffer, 0); length !== -errno.EAGAIN; length = receive(asker, buffer, 0)) results.push(length)
  })
  try {
    // Nobody has this port: the answer is an ICMP error, which stops libuv's watch.
    sendTo(asker, Uint8Array.of(1), 0, null)
    await until(() => results.length === 1)
    assert.deepEqual(results, [-111])
    const answerer = open()
    bindSocket(answerer, address)
    sendTo(answerer, Uint8Array.of(1, 2, 3), 0, localAddress(asker))
    await until(() => results.length === 2)
    assert.deepEqual(results, [-111, 3])
    closeDescriptor(answerer)
  } finally {
    watch.close()
    closeDescriptor(asker)
  }
})

test('a watch survives the collector although nobody holds it', async () => {
  const path = `@havip-readable-${process.pid}`
  const server = openSocket(AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK, 0)
  bindSocket(server, unixAddress(path))
  let heard = 0
  let close: (() => void) | undefined
  ;(() => {
    const watch = onReadable(server, () => {
      while (receive(server, new Uint8Array(100), 0) >= 0) heard++
    })
    close = watch.close
  })()
  const client = openSocket(AF.UNIX, SOCK.DGRAM, 0)
  for (let i = 0; i < 20; i++) {
    Array.from({ length: 100_000 }, () => ({}))
    sendTo(client, Uint8Array.of(i), 0, unixAddress(path))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await until(() => heard === 20)
  close?.()
  closeDescriptor(client)
  closeDescriptor(server)
})
