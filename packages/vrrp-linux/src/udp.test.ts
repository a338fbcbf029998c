import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createLinuxClock } from './clock.ts'
import { createLinuxHost } from './host.ts'
import type { LinuxClock, LinuxHost } from './options.ts'
import type { ReceivedDatagram, UdpSocket, UdpSpec } from './port.ts'
import { createTestNetwork, eventually, ipv4, ipv6, skipWithoutNamespaces, type TestNetwork } from './test-network.ts'

describe('UDP sockets between two namespaces', { skip: skipWithoutNamespaces }, () => {
  let network: TestNetwork
  let clock: LinuxClock
  let left: LinuxHost
  let right: LinuxHost

  before(() => {
    network = createTestNetwork()
    for (const [side, number] of [['left', 1] as const, ['right', 2] as const])
      network[side].ip(`addr add fd00::${number}/64 dev eth0 nodad`)
    clock = createLinuxClock()
    left = network.left.within(() => createLinuxHost({ clock, log: () => {} }))
    right = network.right.within(() => createLinuxHost({ clock, log: () => {} }))
  })
  after(() => {
    left.close()
    right.close()
    clock.close()
    network.close()
  })

  function open(side: 'left' | 'right', more: Partial<UdpSpec>, heard: ReceivedDatagram[] = []): UdpSocket {
    const host = side === 'left' ? left : right
    const opened = network[side].within(() =>
      host.openUdp({ family: 'ipv4', address: undefined, port: { min: 49152, max: 65535 }, ttl: 255, ...more }, (datagram) =>
        heard.push({ ...datagram, payload: datagram.payload.slice() }),
      ),
    )
    assert.ok(opened.ok, JSON.stringify(opened))
    return opened.value
  }

  test('a datagram comes with both addresses and its TTL', async () => {
    const heard: ReceivedDatagram[] = []
    const listening = open('right', { port: 3784 }, heard)
    const speaking = open('left', { ttl: 254 })
    assert.deepEqual(speaking.send(Uint8Array.of(1, 2, 3), { address: ipv4('10.9.0.2'), port: 3784 }), { ok: true, value: undefined })
    await eventually('the datagram is there', () => heard.length === 1)
    const { at: _, ...rest } = heard[0] as ReceivedDatagram
    assert.deepEqual(rest, { family: 'ipv4', source: '10.9.0.1', destination: '10.9.0.2', ttl: 254, payload: Uint8Array.of(1, 2, 3) })
    speaking.close()
    listening.close()
  })
  test('over IPv6 too', async () => {
    const heard: ReceivedDatagram[] = []
    const listening = open('right', { family: 'ipv6', port: 3784 }, heard)
    const speaking = open('left', { family: 'ipv6', ttl: 64 })
    assert.ok(speaking.send(Uint8Array.of(7), { address: ipv6('fd00::2'), port: 3784 }).ok)
    await eventually('the datagram is there', () => heard.length === 1)
    const { at: _, ...rest } = heard[0] as ReceivedDatagram
    assert.deepEqual(rest, { family: 'ipv6', source: 'fd00::1', destination: 'fd00::2', ttl: 64, payload: Uint8Array.of(7) })
    speaking.close()
    listening.close()
  })
  test('a port of the range is drawn, and two sockets never share one', () => {
    const range = { min: 50000, max: 50003 }
    const sockets = [0, 1, 2].map(() => open('left', { port: range }))
    const ports = new Set(sockets.map((socket) => socket.port))
    assert.equal(ports.size, 3)
    assert([...ports].every((port) => port >= range.min && port <= range.max))
    for (const socket of sockets) socket.close()
  })
  test('a port that is taken is refused with the reason', () => {
    const first = open('left', { port: 3784 })
    const second = network.left.within(() => left.openUdp({ family: 'ipv4', address: undefined, port: 3784, ttl: 255 }, () => {}))
    assert(!second.ok)
    assert.deepEqual([second.fault.call, second.fault.errno], ['bind', 'EADDRINUSE'])
    first.close()
  })
  test('an address that is not ours is refused', () => {
    const opened = network.left.within(() => left.openUdp({ family: 'ipv4', address: ipv4('10.9.0.77'), port: 3784, ttl: 255 }, () => {}))
    assert(!opened.ok)
    assert.equal(opened.fault.errno, 'EADDRNOTAVAIL')
  })
  test('nothing is sent from a socket that is closed', () => {
    const socket = open('left', {})
    socket.close()
    assert(!socket.send(Uint8Array.of(1), { address: ipv4('10.9.0.2'), port: 3784 }).ok)
  })
})
