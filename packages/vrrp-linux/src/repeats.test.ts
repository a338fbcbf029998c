import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '@havip/base'
import fc from 'fast-check'
import type { ReceivedPacket } from './port.ts'
import { createRepeats } from './repeats.ts'
import { advertPayload, ipv4, ipv4Datagram } from './test-network.ts'

const packetOf = (data: Uint8Array, at = 0): ReceivedPacket => ({
  family: 'ipv4',
  protocol: 112,
  source: ipv4('10.0.0.1'),
  destination: ipv4('224.0.0.18'),
  ttl: data[8] as number,
  header: data.subarray(0, 20),
  payload: data.subarray(20),
  at: at as Instant,
})
const advert = (vrid: number, source = '10.0.0.1'): Uint8Array => ipv4Datagram(source, '224.0.0.18', advertPayload(vrid), 255)

test('an equal datagram gives the same packet again, whatever its identification and header checksum are', () => {
  const repeats = createRepeats()
  const data = advert(7)
  assert.equal(repeats.find(data, data.length), undefined)
  const first = repeats.remember(data, data.length, packetOf(data))
  const again = advert(7)
  again.set([1, 2], 4)
  again.set([3, 4], 10)
  assert.equal(repeats.find(again, again.length), first)
})

test('what is remembered does not change with the buffer that it was read from', () => {
  const repeats = createRepeats()
  const data = advert(7)
  const before = data.slice()
  const kept = repeats.remember(data, data.length, packetOf(data))
  data.fill(0)
  assert.deepEqual(kept.payload, before.subarray(20))
  assert.deepEqual(kept.header, before.subarray(0, 20))
})

test('one byte that is different makes it another packet', () => {
  const data = advert(7)
  fc.assert(
    fc.property(fc.nat({ max: data.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const repeats = createRepeats()
      repeats.remember(data, data.length, packetOf(data))
      const other = data.slice()
      other[at] = (other[at] as number) ^ bits
      const says = (at < 4 || at > 5) && (at < 10 || at > 11)
      assert.equal(repeats.find(other, other.length) === undefined, says, `byte ${at}`)
    }),
  )
})

test('a longer or shorter one is another one, and so is what a place was given to later', () => {
  const repeats = createRepeats()
  const data = advert(7)
  repeats.remember(data, data.length, packetOf(data))
  const longer = Uint8Array.of(...data, 0)
  assert.equal(repeats.find(longer, longer.length), undefined)
  assert.equal(repeats.find(data, data.length - 1), undefined)
  // Far more speakers than places: none is ever mistaken for another.
  for (let i = 0; i < 5000; i++) {
    const one = advert((i % 255) + 1, `10.0.${i >> 8}.${i & 255}`)
    const known = repeats.find(one, one.length)
    if (known) assert.deepEqual(known.payload, one.subarray(20))
    else repeats.remember(one, one.length, packetOf(one, i))
  }
})

test('IP options and long lists are read anew each time', () => {
  const repeats = createRepeats()
  const data = new Uint8Array(400)
  assert.equal(repeats.remember(data, data.length, packetOf(data)).payload.buffer, data.buffer)
  const optioned = { ...packetOf(advert(7)), header: new Uint8Array(24) }
  assert.equal(repeats.remember(advert(7), 60, optioned), optioned)
})
