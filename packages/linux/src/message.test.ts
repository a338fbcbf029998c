import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createReceiveRing, createSendQueue } from './message.ts'
import { AF, bindSocket, closeDescriptor, openSocket, SOCK, unixAddress } from './sockets.ts'

const path = `@havip-message-${process.pid}`
let server: number
let client: number
before(() => {
  server = openSocket(AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK, 0)
  bindSocket(server, unixAddress(path))
  client = openSocket(AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK, 0)
})
after(() => {
  closeDescriptor(server)
  closeDescriptor(client)
})

test('a burst goes out by one call and comes in by one, in order and whole', () => {
  const queue = createSendQueue(4, 16)
  const ring = createReceiveRing(8, 64)
  for (let i = 1; i <= 4; i++) assert.equal(queue.push(new Uint8Array(i).fill(i), unixAddress(path)), true)
  assert.equal(queue.push(new Uint8Array(1), unixAddress(path)), false)
  assert.equal(queue.flush(client, 0), 4)
  assert.equal(queue.length, 0)
  assert.equal(ring.receive(server), 4)
  const received = Array.from({ length: 4 }, (_, i) => [...ring.slot(i).data.subarray(0, ring.lengthOf(i))])
  assert.deepEqual(received, [[1], [2, 2], [3, 3, 3], [4, 4, 4, 4]])
  assert.equal(ring.receive(server), -11)
})

test('a datagram that nobody takes does not stop the ones after it', () => {
  const queue = createSendQueue(3, 16)
  const ring = createReceiveRing(8, 64)
  const refused: [number, number][] = []
  queue.push(Uint8Array.of(1), unixAddress(path))
  queue.push(Uint8Array.of(2), unixAddress('@havip-nobody'))
  queue.push(Uint8Array.of(3), unixAddress(path))
  assert.equal(
    queue.flush(client, 0, (index, errno) => refused.push([index, errno])),
    2,
  )
  assert.deepEqual(refused, [[1, 111]])
  assert.equal(ring.receive(server), 2)
})

test('a datagram longer than the slot is marked, and the next round starts clean', () => {
  const queue = createSendQueue(2, 64)
  const ring = createReceiveRing(2, 8)
  queue.push(new Uint8Array(20).fill(7), unixAddress(path))
  queue.flush(client, 0)
  assert.equal(ring.receive(server), 1)
  assert.equal(ring.isTruncated(0), true)
  queue.push(new Uint8Array(3), unixAddress(path))
  queue.flush(client, 0)
  assert.equal(ring.receive(server), 1)
  assert.equal(ring.isTruncated(0), false)
  assert.equal(ring.lengthOf(0), 3)
})
