// Gratuitous ARP and unsolicited neighbour advertisements: golden bytes and their way back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ipv4, Ipv6, Mac } from '@havip/base'
import fc from 'fast-check'
import { decodeArp, encodeGratuitousArp } from './arp.ts'
import { checksumOf, pseudoHeader } from './checksum.ts'
import { decodeEthernet } from './ethernet.ts'
import { decodeIpv6 } from './ip.ts'
import { decodeNeighbourAdvertisement, encodeNeighbourAdvertisement, encodeUnsolicitedAdvertisement } from './neighbour-advertisement.ts'
import { encodeNeighbourSolicitation } from './neighbour-solicitation.ts'

const mac = '02:00:0a:09:00:01' as Mac

test('a gratuitous ARP is a request of 42 bytes with the broadcast MAC as target', () => {
  const frame = encodeGratuitousArp(mac, '10.9.0.100' as Ipv4)
  assert.equal(
    Buffer.from(frame).toString('hex'),
    'ffffffffffff02000a0900010806' + '0001080006040001' + '02000a090001' + '0a090064' + 'ffffffffffff' + '0a090064',
  )
})
test('a gratuitous ARP reads back', () => {
  const frame = decodeEthernet(encodeGratuitousArp(mac, '10.9.0.100' as Ipv4))
  assert(frame.ok)
  assert.equal(frame.value.type, 0x0806)
  assert.deepEqual(decodeArp(frame.value.payload), {
    ok: true,
    value: { operation: 1, senderMac: mac, sender: '10.9.0.100', targetMac: 'ff:ff:ff:ff:ff:ff', target: '10.9.0.100' },
  })
})
test('ARP for anything but IPv4 over Ethernet is a fault', () => {
  const payload = encodeGratuitousArp(mac, '10.9.0.100' as Ipv4)
    .subarray(14)
    .slice()
  payload[1] = 6
  assert.deepEqual(decodeArp(payload), { ok: false, fault: { kind: 'not-ethernet-ipv4', hardware: 6, protocol: 0x0800 } })
})
test('an unsolicited neighbour advertisement goes to all nodes from the address itself, with 32 bytes of ICMPv6', () => {
  const frame = decodeEthernet(encodeUnsolicitedAdvertisement(mac, 'fe80::100' as Ipv6, { isRouter: false }))
  assert(frame.ok)
  assert.equal(frame.value.destination, '33:33:00:00:00:01')
  const packet = decodeIpv6(frame.value.payload)
  assert(packet.ok)
  const { source, destination, hopLimit, nextHeader, trafficClass } = packet.value.header
  assert.deepEqual([source, destination, hopLimit, nextHeader, trafficClass], ['fe80::100', 'ff02::1', 255, 58, 0])
  assert.equal(packet.value.payload.length, 32)
  assert.deepEqual(decodeNeighbourAdvertisement(packet.value.payload, packet.value.header), {
    ok: true,
    value: { target: 'fe80::100', mac, isRouter: false, isSolicited: false, overrides: true },
  })
})
test('a router says so in its neighbour advertisement', () => {
  const frame = encodeUnsolicitedAdvertisement(mac, 'fe80::100' as Ipv6, { isRouter: true })
  assert.equal(frame[14 + 40 + 4], 0b1010_0000)
})
test('a neighbour advertisement that was routed is a fault', () => {
  const ends = { source: 'fe80::1' as Ipv6, destination: 'ff02::1' as Ipv6 }
  const message = encodeNeighbourAdvertisement({ target: ends.source, mac, isRouter: false, isSolicited: false, overrides: true }, ends)
  assert.deepEqual(decodeNeighbourAdvertisement(message, { ...ends, hopLimit: 64 }), {
    ok: false,
    fault: { kind: 'bad-hop-limit', hopLimit: 64 },
  })
})
test('any bytes as ARP or neighbour advertisement give an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      decodeEthernet(bytes)
      decodeArp(bytes)
      decodeIpv6(bytes)
      decodeNeighbourAdvertisement(bytes, { source: 'fe80::1' as Ipv6, destination: 'ff02::1' as Ipv6, hopLimit: 255 })
    }),
  )
})
test('a neighbour solicitation asks the group of its target, and says who asks', () => {
  const ends = { source: 'fe80::1' as Ipv6, sourceMac: mac, target: 'fd00::abcd:1234' as Ipv6, destinationMac: '02:00:00:00:00:99' as Mac }
  const frame = decodeEthernet(encodeNeighbourSolicitation(ends))
  assert(frame.ok)
  assert.equal(frame.value.destination, ends.destinationMac)
  const packet = decodeIpv6(frame.value.payload)
  assert(packet.ok)
  const { header, payload } = packet.value
  assert.deepEqual([header.source, header.destination, header.hopLimit, header.nextHeader], ['fe80::1', 'ff02::1:ffcd:1234', 255, 58])
  const { source, destination } = header
  assert.equal(checksumOf([pseudoHeader({ family: 'ipv6', source, destination }, 58, payload.length), payload]), 0)
  const text = Buffer.from(payload).toString('hex')
  assert.equal(text.slice(0, 4) + text.slice(8), `${'8700'}${'00000000'}fd0000000000000000000000abcd12340101${'02000a090001'}`)
})
