import assert from 'node:assert/strict'
import { test } from 'node:test'
import { centiseconds, type Family, type IpAddress, ipFromBytes, type Priority, type Vrid } from '@havip/base'
import fc from 'fast-check'
import type { Advert, AdvertAuthentication, ChecksumForm } from './advert.ts'
import { decodeAdvert, encodeAdvert, readAdvert } from './vrrp.ts'

const address = (family: Family): fc.Arbitrary<IpAddress> => {
  const size = family === 'ipv4' ? 4 : 16
  return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => ipFromBytes(bytes, family))
}
const envelopes = fc
  .constantFrom<Family>('ipv4', 'ipv6')
  .chain((family) =>
    fc.record({ family: fc.constant(family), source: address(family), destination: address(family) }, { noNullPrototype: true }),
  )
const forms = fc.constantFrom<ChecksumForm>('pseudo-header', 'message-only', 'multicast-pseudo-header')

const adverts = (family: Family): fc.Arbitrary<Advert> =>
  fc.constantFrom(2 as const, 3 as const).chain((version) =>
    fc.record(
      {
        version: fc.constant(version),
        vrid: fc.integer({ min: 1, max: 255 }).map((value) => value as Vrid),
        priority: fc.integer({ min: 0, max: 255 }).map((value) => value as Priority),
        interval: (version === 2 ? fc.integer({ min: 1, max: 255 }).map((value) => 100 * value) : fc.integer({ min: 1, max: 4095 })).map(
          centiseconds,
        ),
        addresses: fc.array(address(family), { maxLength: 255, size: 'medium' }),
        authentication:
          version === 2 && family === 'ipv4'
            ? fc.oneof(
                fc.constant<AdvertAuthentication>({ kind: 'none' }),
                fc.uint8Array({ minLength: 8, maxLength: 8 }).map((password): AdvertAuthentication => ({ kind: 'pass', password })),
                fc.constant<AdvertAuthentication>({ kind: 'ah' }),
              )
            : fc.constant<AdvertAuthentication>({ kind: 'none' }),
      },
      { noNullPrototype: true },
    ),
  )

test('decoding undoes encoding', () => {
  fc.assert(
    fc.property(
      envelopes.chain((envelope) => fc.tuple(fc.constant(envelope), adverts(envelope.family))),
      forms,
      ([envelope, advert], checksum) => {
        assert.deepEqual(decodeAdvert(encodeAdvert(advert, envelope, { checksum }), envelope, { checksum }), { ok: true, value: advert })
      },
    ),
  )
})
test('any bytes give an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), envelopes, forms, (bytes, envelope, checksum) => {
      decodeAdvert(bytes, envelope, { checksum })
      readAdvert(bytes, envelope.family)
    }),
    { numRuns: 500 },
  )
})
test('no advertisement with one bit turned is accepted as it was', () => {
  fc.assert(
    fc.property(
      envelopes.chain((envelope) => fc.tuple(fc.constant(envelope), adverts(envelope.family))),
      fc.nat(),
      ([envelope, advert], position) => {
        const bytes = encodeAdvert(advert, envelope)
        const bit = position % (8 * bytes.length)
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
        assert.equal(decodeAdvert(bytes, envelope).ok, false)
      },
    ),
  )
})
