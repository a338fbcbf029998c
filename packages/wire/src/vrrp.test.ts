// Golden vectors, as recorded from keepalived on the wire, and each way an advertisement can be wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { centiseconds, type IpAddress, type Ipv4, type Priority, type Vrid } from '@havip/base'
import type { Advert, ChecksumForm } from './advert.ts'
import { type AdvertFault, decodeAdvert, encodeAdvert, readAdvert } from './vrrp.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const multicast = { family: 'ipv4', source: '10.9.0.1' as Ipv4, destination: '224.0.0.18' as Ipv4 } as const
const unicast = { ...multicast, destination: '10.9.0.2' as Ipv4 }

const advert = (over: Partial<Advert> = {}): Advert => ({
  version: 3,
  vrid: 51 as Vrid,
  priority: 255 as Priority,
  interval: centiseconds(100),
  addresses: ['10.9.0.100' as Ipv4],
  authentication: { kind: 'none' },
  ...over,
})
const password = (text: string): Uint8Array => {
  const bytes = new Uint8Array(8)
  bytes.set(Buffer.from(text))
  return bytes
}

const golden: readonly [name: string, advert: Advert, ends: typeof unicast | typeof multicast, form: ChecksumForm, bytes: string][] = [
  ['version 2', advert({ version: 2 }), multicast, 'pseudo-header', '2133ff010001d55c 0a090064 0000000000000000'],
  [
    'version 2, priority 0',
    advert({ version: 2, priority: 0 as Priority }),
    multicast,
    'pseudo-header',
    '213300010001d45d 0a090064 0000000000000000',
  ],
  [
    'version 2, PASS',
    advert({ version: 2, authentication: { kind: 'pass', password: password('abcd') } }),
    multicast,
    'pseudo-header',
    '2133ff0101010f96 0a090064 6162636400000000',
  ],
  [
    'version 2 inside AH',
    advert({ version: 2, priority: 254 as Priority, authentication: { kind: 'ah' } }),
    multicast,
    'pseudo-header',
    '2133fe010201d45c 0a090064 0000000000000000',
  ],
  ['version 3', advert(), multicast, 'pseudo-header', '3133ff010064da60 0a090064'],
  ['version 3, priority 0', advert({ priority: 0 as Priority }), multicast, 'pseudo-header', '313300010064d961 0a090064'],
  ['version 3, checksum as in version 2', advert(), multicast, 'message-only', '3133ff010064c4f9 0a090064'],
  ['version 3, unicast', advert(), unicast, 'pseudo-header', '3133ff010064b068 0a090064'],
  ['version 3, another peer', advert(), { ...unicast, destination: '10.9.0.9' as Ipv4 }, 'pseudo-header', '3133ff010064b061 0a090064'],
  ['version 3, old unicast checksum', advert(), unicast, 'multicast-pseudo-header', '3133ff010064da60 0a090064'],
]

for (const [name, given, ends, checksum, bytes] of golden) {
  test(`${name}: the bytes are keepalived's`, () => {
    assert.equal(hex(encodeAdvert(given, ends, { checksum })), bytes.replaceAll(' ', ''))
  })
  test(`${name}: the bytes read back`, () => {
    assert.deepEqual(decodeAdvert(bytesOf(bytes), ends, { checksum }), { ok: true, value: given })
  })
}

test('version 3 over IPv6 is covered by the IPv6 pseudo header', () => {
  const ends = { family: 'ipv6', source: 'fe80::c8f7:ecff:fecc:10b0' as IpAddress, destination: 'ff02::12' as IpAddress } as const
  const given = advert({ addresses: ['fe80::100' as IpAddress] })
  const bytes = encodeAdvert(given, ends)
  assert.equal(bytes.length, 24)
  assert.deepEqual(decodeAdvert(bytes, ends), { ok: true, value: given })
})
test('version 2 over IPv6 carries no authentication data', () => {
  const ends = { family: 'ipv6', source: 'fe80::1' as IpAddress, destination: 'ff02::12' as IpAddress } as const
  const given = advert({ version: 2, addresses: ['fe80::100' as IpAddress] })
  const bytes = encodeAdvert(given, ends)
  assert.equal(bytes.length, 24)
  assert.deepEqual(decodeAdvert(bytes, ends), { ok: true, value: given })
})

const good = '3133ff010064da60 0a090064'
const faults: readonly [name: string, bytes: string, fault: AdvertFault][] = [
  ['seven bytes', '3133ff01006400', { kind: 'too-short', needed: 8, have: 7 }],
  ['no bytes', '', { kind: 'too-short', needed: 8, have: 0 }],
  ['version 4', '4133ff010064da60 0a090064', { kind: 'wrong-version', version: 4 }],
  ['fewer addresses than it says', '3133ff020064da60 0a090064', { kind: 'wrong-length', expected: 16, have: 12 }],
  ['bytes behind it', `${good} 00`, { kind: 'wrong-length', expected: 12, have: 13 }],
  ['a wrong checksum', '3133ff010064da61 0a090064', { kind: 'bad-checksum', have: 0xda61, expected: 0xda60 }],
  ['type 2', '3233ff010064d960 0a090064', { kind: 'wrong-type', type: 2 }],
  ['VRID 0', '3100ff010064da93 0a090064', { kind: 'bad-vrid' }],
  ['interval 0', '3133ff010000dac4 0a090064', { kind: 'bad-interval' }],
]
for (const [name, bytes, fault] of faults) {
  test(`an advertisement with ${name} is refused with the facts`, () => {
    assert.deepEqual(decodeAdvert(bytesOf(bytes), multicast), { ok: false, fault })
  })
}
test('authentication of an unknown type is refused with its number', () => {
  assert.deepEqual(decodeAdvert(bytesOf('2133ff010301d25c 0a090064 0000000000000000'), multicast), {
    ok: false,
    fault: { kind: 'unknown-authentication', type: 3 },
  })
})
test('bytes behind the message are reported, for the trailer', () => {
  const parts = readAdvert(bytesOf(`${good} 0101`), 'ipv4')
  assert(parts.ok)
  assert.deepEqual([...parts.value.trailing], [1, 1])
})
test('version 3 with a password is our own mistake', () => {
  assert.throws(() => encodeAdvert(advert({ authentication: { kind: 'pass', password: password('x') } }), multicast), /no authentication/)
})
test('an address of the other family is our own mistake', () => {
  assert.throws(() => encodeAdvert(advert({ addresses: ['fe80::1' as IpAddress] }), multicast), /family/)
})
