import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IpAddress } from '@havip/base'
import { encodeAdvert } from '@havip/wire'
import { createLinuxClock } from './clock.ts'
import { createLinuxHost } from './host.ts'
import type { LinuxClock, LinuxHost } from './options.ts'
import type { AdvertTransport, ReceivedPacket, TransportSpec } from './port.ts'
import {
  advertPayload,
  createTestNetwork,
  eventually,
  ipv4,
  ipv4Datagram,
  ipv6,
  pause,
  skipWithoutNamespaces,
  type TestNetwork,
} from './test-network.ts'

const group = ipv4('224.0.0.18')
const groupV6 = ipv6('ff02::12')

describe('advert transports between two namespaces', { skip: skipWithoutNamespaces }, () => {
  let network: TestNetwork
  let clock: LinuxClock
  let left: LinuxHost
  let right: LinuxHost

  before(() => {
    network = createTestNetwork()
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

  const specOf = (side: 'left' | 'right', more: Partial<TransportSpec> = {}): TransportSpec => ({
    family: 'ipv4',
    protocol: 112,
    interface: network[side].indexOf('eth0'),
    groups: [],
    ...more,
  })
  function open(side: 'left' | 'right', more: Partial<TransportSpec>, heard: ReceivedPacket[] = []): AdvertTransport {
    const host = side === 'left' ? left : right
    const spec = specOf(side, more)
    const opened = network[side].within(() =>
      host.openTransport(spec, (packet) => heard.push({ ...packet, header: packet.header.slice(), payload: packet.payload.slice() })),
    )
    assert.ok(opened.ok, JSON.stringify(opened))
    return opened.value
  }
  function send(transport: AdvertTransport, source: string, destination: string, vrid: number, ttl = 255): void {
    const sent = transport.send(ipv4Datagram(source, destination, advertPayload(vrid), ttl), {
      destination: destination as IpAddress,
      source: source as IpAddress,
      hopLimit: ttl,
    })
    assert.ok(sent.ok, JSON.stringify(sent))
  }

  test('a multicast advert arrives with TTL 255, TOS 0xc0 and its addresses, and not at its sender', async () => {
    const heard: ReceivedPacket[] = []
    const echoed: ReceivedPacket[] = []
    const receiver = open('right', { groups: [group] }, heard)
    const sender = open('left', { groups: [group] }, echoed)
    const before = clock.now()
    send(sender, '10.9.0.1', group, 51)
    await eventually('the advert', () => heard.length === 1)
    const [packet] = heard as [ReceivedPacket]
    assert.equal(packet.source, '10.9.0.1')
    assert.equal(packet.destination, group)
    assert.equal(packet.ttl, 255)
    assert.equal(packet.protocol, 112)
    assert.equal(packet.header[1], 0xc0)
    assert.equal(packet.header.length, 20)
    assert.deepEqual(packet.payload, advertPayload(51))
    assert.ok(packet.at >= before)
    await pause(20)
    assert.equal(echoed.length, 0)
    receiver.close()
    sender.close()
  })

  test('a unicast advert keeps its TTL and needs no group', async () => {
    const heard: ReceivedPacket[] = []
    const receiver = open('right', {}, heard)
    const sender = open('left', {})
    send(sender, '10.9.0.1', '10.9.0.2', 7, 42)
    await eventually('the advert', () => heard.length === 1)
    assert.equal(heard[0]?.ttl, 42)
    assert.equal(heard[0]?.destination, '10.9.0.2')
    receiver.close()
    sender.close()
  })

  test('a transport without interface hears and sends unicast', async () => {
    const heard: ReceivedPacket[] = []
    const receiver = open('right', { interface: undefined }, heard)
    const sender = open('left', { interface: undefined })
    send(sender, '10.9.0.1', '10.9.0.2', 7)
    await eventually('the advert', () => heard.length === 1)
    receiver.close()
    sender.close()
  })

  test('the filter drops foreign VRIDs, unknown sources and short packets before they reach us', async () => {
    const heard: ReceivedPacket[] = []
    const receiver = open('right', {}, heard)
    const sender = open('left', {})
    network.left.ip('addr add 10.9.0.7/24 dev eth0')
    receiver.accept({ vrids: [51, 200], sources: [ipv4('10.9.0.9'), ipv4('10.9.0.1')] })
    send(sender, '10.9.0.1', '10.9.0.2', 52)
    send(sender, '10.9.0.7', '10.9.0.2', 51)
    const to = { destination: ipv4('10.9.0.2'), source: ipv4('10.9.0.1'), hopLimit: 255 }
    sender.send(ipv4Datagram('10.9.0.1', '10.9.0.2', Uint8Array.of(0x21, 51, 100)), to)
    send(sender, '10.9.0.1', '10.9.0.2', 51)
    send(sender, '10.9.0.1', '10.9.0.2', 200)
    await eventually('both adverts', () => heard.length >= 2)
    assert.deepEqual(
      heard.map(({ source, payload }) => [source, payload[1]]),
      [
        ['10.9.0.1', 51],
        ['10.9.0.1', 200],
      ],
    )
    receiver.close()
    sender.close()
  })

  test('two hundred VRIDs fit into one filter', async () => {
    const heard: ReceivedPacket[] = []
    const receiver = open('right', { groups: [group] }, heard)
    const sender = open('left', {})
    receiver.accept({ vrids: Array.from({ length: 255 }, (_, i) => i + 1).filter((vrid) => vrid !== 77), sources: undefined })
    for (const vrid of [77, 1, 255]) send(sender, '10.9.0.1', group, vrid)
    await eventually('both adverts', () => heard.length >= 2)
    assert.deepEqual(
      heard.map(({ payload }) => payload[1]),
      [1, 255],
    )
    receiver.close()
    sender.close()
  })

  test('an IPv6 advert arrives with hop limit, both addresses and a checksum that the kernel made', async () => {
    const heard: ReceivedPacket[] = []
    const receiver = open('right', { family: 'ipv6', groups: [groupV6] }, heard)
    const sender = open('left', { family: 'ipv6', groups: [groupV6] })
    receiver.accept({ vrids: [51], sources: undefined })
    const ends = { family: 'ipv6', source: ipv6('fe80::1'), destination: groupV6, ttl: 255 } as const
    const payload = encodeAdvert(
      {
        version: 3,
        vrid: 51 as never,
        priority: 100 as never,
        interval: 100 as never,
        addresses: [ipv6('fe80::100')],
        authentication: { kind: 'none' },
      },
      ends,
    )
    const unsummed = payload.slice()
    unsummed[6] = 0
    unsummed[7] = 0
    const sent = sender.send(unsummed, { destination: groupV6, source: ends.source, hopLimit: 255 })
    assert.ok(sent.ok, JSON.stringify(sent))
    await eventually('the advert', () => heard.length === 1)
    assert.equal(heard[0]?.ttl, 255)
    assert.equal(heard[0]?.source, 'fe80::1')
    assert.equal(heard[0]?.destination, 'ff02::12')
    assert.deepEqual(heard[0]?.payload, payload)
    const unicast = sender.send(unsummed, { destination: ipv6('fe80::2'), source: ends.source, hopLimit: 42 })
    assert.ok(unicast.ok, JSON.stringify(unicast))
    await eventually('the unicast advert', () => heard.length === 2)
    assert.equal(heard[1]?.ttl, 42)
    assert.ok(sender.send(unsummed, { destination: ipv6('fe80::2'), source: ends.source, hopLimit: -1 }).ok)
    await eventually('one with the kernel`s own', () => heard.length === 3)
    assert.equal(heard[2]?.ttl, 64)
    receiver.close()
    sender.close()
  })

  test('the IPv6 filter knows sources by all of their bits', async () => {
    const heard: ReceivedPacket[] = []
    const receiver = open('right', { family: 'ipv6' }, heard)
    const sender = open('left', { family: 'ipv6' })
    network.left.ip('addr add fe80::11/64 dev eth0 nodad')
    receiver.accept({ vrids: [51], sources: [ipv6('fe80::1')] })
    for (const source of [ipv6('fe80::11'), ipv6('fe80::1')]) {
      sender.send(advertPayload(51).slice(0, 12), { destination: ipv6('fe80::2'), source, hopLimit: 255 })
    }
    await eventually('the advert', () => heard.length >= 1)
    await pause(20)
    assert.deepEqual(
      heard.map(({ source }) => source),
      ['fe80::1'],
    )
    receiver.close()
    sender.close()
  })

  test('a burst of more packets than one batch holds arrives whole and in order', async () => {
    const heard: ReceivedPacket[] = []
    const receiver = open('right', {}, heard)
    const sender = open('left', {})
    for (let vrid = 1; vrid <= 150; vrid++) send(sender, '10.9.0.1', '10.9.0.2', vrid)
    await eventually('all adverts', () => heard.length === 150)
    assert.deepEqual(
      heard.map(({ payload }) => payload[1]),
      Array.from({ length: 150 }, (_, i) => i + 1),
    )
    receiver.close()
    sender.close()
  })

  test('packets that came before a deadline are seen before its timer, even after a stall', async () => {
    const order: string[] = []
    const spec = specOf('right')
    const opened = network.right.within(() => right.openTransport(spec, () => order.push('advert')))
    assert.ok(opened.ok)
    const sender = open('left', {})
    clock.setTimer((clock.now() + 20) as never, () => order.push('timer'))
    send(sender, '10.9.0.1', '10.9.0.2', 51)
    const end = clock.now() + 40
    while (clock.now() < end);
    await eventually('both', () => order.length === 2)
    assert.deepEqual(order, ['advert', 'timer'])
    opened.value.close()
    sender.close()
  })

  test('an interface that goes down and up again leaves the transport usable', async () => {
    const heard: ReceivedPacket[] = []
    const receiver = open('right', { groups: [group] }, heard)
    const sender = open('left', {})
    network.right.ip('link set eth0 down')
    await eventually('link down', () => right.links().some(({ name, isUp }) => name === 'eth0' && !isUp))
    await eventually('carrier lost', () => left.links().some(({ name, isUp }) => name === 'eth0' && !isUp))
    network.right.ip('link set eth0 up')
    await eventually('link up', () => left.links().some(({ name, isUp }) => name === 'eth0' && isUp))
    send(sender, '10.9.0.1', group, 9)
    await eventually('the advert', () => heard.length === 1)
    receiver.close()
    sender.close()
  })

  test('an interface that does not exist is refused with the reason', () => {
    const opened = network.left.within(() =>
      left.openTransport({ family: 'ipv4', protocol: 112, interface: 4711 as never, groups: [] }, () => {}),
    )
    assert.equal(opened.ok, false)
    assert.deepEqual(!opened.ok && [opened.fault.call, opened.fault.errno], ['if_indextoname', 'ENXIO'])
  })

  test('sending from a closed transport is refused, and closing twice does no harm', () => {
    const transport = open('left', {})
    transport.close()
    transport.close()
    const sent = transport.send(ipv4Datagram('10.9.0.1', '10.9.0.2', advertPayload(1)), {
      destination: ipv4('10.9.0.2'),
      source: ipv4('10.9.0.1'),
      hopLimit: 255,
    })
    assert.equal(!sent.ok && sent.fault.errno, 'EBADF')
  })
})
