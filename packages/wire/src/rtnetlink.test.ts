import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IfIndex, IpAddress, Ipv4, Mac } from '@havip/base'
import fc from 'fast-check'
import { concatBytes } from './header.ts'
import { decodeMessages, encodeAttributes, encodeMessage, type NetlinkMessage, netlinkFlag, textValue, u32Value } from './netlink.ts'
import { decodeRtnetlink, encodeDump, rtnetlinkType } from './rtnetlink.ts'
import { addressFlag, encodeAddAddress, encodeDeleteAddress } from './rtnetlink-address.ts'
import { encodeAddIpvlan, encodeAddMacvlan, encodeGetLink, encodeSetLink, ipvlanFlag, macvlanMode } from './rtnetlink-link.ts'
import { encodeAddRoute, encodeDeleteRoute } from './rtnetlink-route.ts'
import { encodeAddRule } from './rtnetlink-rule.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const index = 3 as IfIndex
const only = (datagram: Uint8Array): NetlinkMessage => {
  const messages = decodeMessages(datagram)
  assert(messages.ok)
  assert.equal(messages.value.length, 1)
  return messages.value[0] as NetlinkMessage
}
const read = (datagram: Uint8Array) => {
  const decoded = decodeRtnetlink(only(datagram))
  assert(decoded.ok, JSON.stringify(decoded))
  return decoded.value
}

test('adding an IPv4 address writes the struct, both addresses and the protocol', () => {
  const bytes = encodeAddAddress(9, { index, address: '192.168.0.88' as Ipv4, prefix: 32 })
  assert.equal(
    hex(bytes),
    '30000000' +
      '1400' +
      '0506' +
      '09000000' +
      '00000000' + // nlmsghdr: 48 bytes, RTM_NEWADDR, request|ack|create|excl
      '02' +
      '20' +
      '00' +
      '00' +
      '03000000' + // ifaddrmsg
      '0800' +
      '0200' +
      'c0a80058' + // IFA_LOCAL
      '0800' +
      '0100' +
      'c0a80058' + // IFA_ADDRESS
      '0500' +
      '0b00' +
      '12000000', // IFA_PROTO 18
  )
})
test('an address with every option reads back as it was asked for', () => {
  const request = {
    index,
    address: '10.0.0.1' as IpAddress,
    prefix: 24,
    peer: '10.0.0.2' as IpAddress,
    broadcast: '10.0.0.255' as IpAddress,
    label: 'eth0:vip',
    scope: 253,
    flags: addressFlag.noPrefixRoute | addressFlag.noDad,
    preferredLifetime: 0,
    protocol: 18,
  }
  assert.deepEqual(read(encodeAddAddress(1, request)), { kind: 'address', change: 'new', address: { family: 'ipv4', ...request } })
})
test('deleting an IPv6 address reads back as deleted', () => {
  const message = read(encodeDeleteAddress(1, { index, address: 'fe80::100' as IpAddress, prefix: 128 }))
  assert.deepEqual(message, {
    kind: 'address',
    change: 'deleted',
    address: { family: 'ipv6', index, address: 'fe80::100', prefix: 128, scope: 0, flags: 0 },
  })
})
test('replacing asks for create and replace', () => {
  const { flags } = only(encodeAddAddress(1, { index, address: '10.0.0.1' as Ipv4, prefix: 32 }, { replace: true }))
  assert.equal(flags, netlinkFlag.request | netlinkFlag.acknowledge | netlinkFlag.create | netlinkFlag.replace)
})
test('a dump of addresses asks for one family', () => {
  const message = only(encodeDump(4, 'addresses', 'ipv6'))
  assert.deepEqual([message.type, message.flags, message.sequence, message.payload[0]], [rtnetlinkType.getAddress, 0x301, 4, 10])
})

/** A message of the kernel's, by hand: what a link notification has. */
const linkMessage = (attributes: Uint8Array): Uint8Array => {
  const head = new Uint8Array(16)
  const view = new DataView(head.buffer)
  view.setUint16(2, 1, true)
  view.setInt32(4, 3, true)
  view.setUint32(8, 0x11043, true)
  return encodeMessage({ type: rtnetlinkType.newLink, flags: 0, sequence: 0 }, concatBytes([head, attributes]))
}

test('a link is read with name, flags, MTU, MAC, state, kind and relatives', () => {
  const attributes = encodeAttributes([
    { type: 3, value: textValue('vrrp.51') },
    { type: 4, value: u32Value(1500) },
    { type: 1, value: Uint8Array.of(0, 0, 0x5e, 0, 1, 0x33) },
    { type: 16, value: Uint8Array.of(6) },
    { type: 5, value: u32Value(2) },
    { type: 10, value: u32Value(7) },
    // NLA_F_NESTED is no part of the type.
    { type: 18 | 0x8000, value: encodeAttributes([{ type: 1, value: textValue('macvlan') }]) },
  ])
  assert.deepEqual(read(linkMessage(attributes)), {
    kind: 'link',
    change: 'new',
    link: {
      index,
      name: 'vrrp.51',
      flags: 0x11043,
      type: 1,
      mtu: 1500,
      mac: '00:00:5e:00:01:33',
      operState: 'up',
      kind: 'macvlan',
      parent: 2,
      master: 7,
    },
  })
})
test('a link can be asked for by name', () => {
  const message = only(encodeGetLink(1, { name: 'eth0' }))
  assert.equal(message.type, rtnetlinkType.getLink)
  assert.equal(hex(message.payload.subarray(16)), '09000300' + '6574683000000000')
})
test('setting a link up changes only that flag', () => {
  const { payload } = only(encodeSetLink(1, { index, isUp: true }))
  assert.equal(hex(payload), '00000000' + '03000000' + '01000000' + '01000000')
})
test('a macvlan for a virtual MAC reads back as a link of its kind', () => {
  const message = read(encodeAddMacvlan(1, { name: 'vrrp.51', parent: index, mac: '00:00:5e:00:01:33' as Mac, mode: macvlanMode.private }))
  assert(message.kind === 'link')
  assert.deepEqual(
    [message.link.name, message.link.kind, message.link.parent, message.link.mac],
    ['vrrp.51', 'macvlan', 3, '00:00:5e:00:01:33'],
  )
})
test('an ipvlan is asked for by mode and flags', () => {
  const { payload } = only(encodeAddIpvlan(1, { name: 'vrrp.51', parent: index, flags: ipvlanFlag.vepa }))
  // After the header, the name and the interface below: IFLA_LINKINFO with the kind, then IFLA_IPVLAN_MODE and _FLAGS.
  assert.equal(
    hex(payload.subarray(36)),
    ['24001200', '0b000100', '6970766c616e0000', '14000200', '0600010000000000', '0600020002000000'].join(''),
  )
})
test('a route reads back as it was asked for', () => {
  const request = {
    family: 'ipv4' as const,
    destination: '10.1.0.0' as IpAddress,
    prefix: 16,
    gateway: '10.0.0.1' as IpAddress,
    outInterface: index,
    preferredSource: '10.0.0.5' as IpAddress,
    metric: 20,
    mtu: 1400,
    table: 1000,
  }
  const full = { ...request, protocol: 18, scope: 0, type: 1, tos: 0 }
  assert.deepEqual(read(encodeAddRoute(1, request)), { kind: 'route', change: 'new', route: full })
  assert.deepEqual(read(encodeDeleteRoute(1, request)), { kind: 'route', change: 'deleted', route: full })
})
test('a rule reads back as it was asked for', () => {
  const request = {
    family: 'ipv6' as const,
    source: { address: 'fd00::' as IpAddress, prefix: 64 },
    inInterface: 'eth1',
    mark: { value: 1, mask: 0xff },
    table: 300,
    priority: 100,
  }
  assert.deepEqual(read(encodeAddRule(1, request)), {
    kind: 'rule',
    change: 'new',
    rule: { ...request, tos: 0, isInverted: false, action: 1, protocol: 18 },
  })
})

/** NLMSG_ERROR with the request's header behind it. */
const errorMessage = (errno: number, flags: number, attributes: Uint8Array = new Uint8Array(0)): Uint8Array => {
  const payload = new Uint8Array(20)
  const view = new DataView(payload.buffer)
  view.setInt32(0, -errno, true)
  view.setUint32(4, 16, true)
  view.setUint32(12, 77, true)
  return encodeMessage({ type: 2, flags, sequence: 77 }, concatBytes([payload, attributes]))
}
test('an acknowledgement has errno 0 and the number of the request', () => {
  assert.deepEqual(read(errorMessage(0, 0)), { kind: 'acknowledgement', acknowledgement: { sequence: 77, errno: 0 } })
})
test('a refusal has a positive errno and what the kernel says of it', () => {
  const said = encodeAttributes([{ type: 1, value: textValue('Invalid scope') }])
  assert.deepEqual(read(errorMessage(22, netlinkFlag.capped | netlinkFlag.extendedAcknowledgement, said)), {
    kind: 'acknowledgement',
    acknowledgement: { sequence: 77, errno: 22, message: 'Invalid scope' },
  })
})
test('the end of a dump is told, with the errno of a broken one', () => {
  const payload = new Uint8Array(4)
  new DataView(payload.buffer).setInt32(0, -4, true)
  assert.deepEqual(read(encodeMessage({ type: 3, flags: 2, sequence: 5 }, payload)), { kind: 'done', sequence: 5, errno: 4 })
})
test('several messages of one datagram come in order', () => {
  const messages = decodeMessages(concatBytes([encodeDump(1, 'links'), encodeDump(2, 'rules')]))
  assert(messages.ok)
  assert.deepEqual(
    messages.value.map(({ sequence }) => sequence),
    [1, 2],
  )
})
test('a message that claims more than there is spoils the datagram', () => {
  const cut = encodeDump(1, 'links').subarray(0, 24)
  assert.deepEqual(decodeMessages(cut), { ok: false, fault: { kind: 'bad-length', what: 'message', claimed: 32, have: 24 } })
})
test('a message of length zero does not hang the reader', () => {
  assert.deepEqual(decodeMessages(new Uint8Array(32)), { ok: false, fault: { kind: 'bad-length', what: 'message', claimed: 0, have: 32 } })
})
test('any bytes behind any message type give an answer', () => {
  const types = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 0xffff }))
  fc.assert(
    fc.property(types, fc.integer({ min: 0, max: 0xffff }), fc.uint8Array({ maxLength: 120 }), (type, flags, payload) => {
      const messages = decodeMessages(encodeMessage({ type, flags, sequence: 1 }, payload))
      assert(messages.ok)
      for (const message of messages.value) decodeRtnetlink(message)
    }),
    { numRuns: 1000 },
  )
})
test('any datagram gives an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeMessages(bytes)),
    { numRuns: 500 },
  )
})
